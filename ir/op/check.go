package op

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Helpers of type rules. Each returns nil or the *ir.Error of one violated condition.

func operand(i int) string { return "operand " + itoa(i) }

// wantDType refuses an operand whose element type is not in the set.
func wantDType(i int, t ir.Type, accepts dtype.Set) error {
	if accepts.Has(t.DType) {
		return nil
	}
	err := ir.Mismatch(operand(i), t.String(), describe(accepts))
	if t.DType.IsNarrow() {
		err.Hint = "nothing computes with " + t.DType.String() + ": convert to " + t.DType.Wide().String()
	}
	return err
}

// wantType refuses an operand whose type is not exactly this.
func wantType(i int, t, want ir.Type) error {
	if t.Equal(want) {
		return nil
	}
	return ir.Mismatch(operand(i), t.String(), want.String())
}

// wantOneType refuses operands that are not all of the type of the first.
func wantOneType(in []ir.Type) error {
	for i, t := range in {
		if !t.Equal(in[0]) {
			err := ir.Mismatch(operand(i), t.String(), in[0].String()+" as operand 0")
			err.Hint = "primitives neither convert nor broadcast"
			return err
		}
	}
	return nil
}

// wantAxis refuses an axis outside of the rank; negative axes are not counted from the end down here.
func wantAxis(arg string, axis, rank int) error {
	if axis >= 0 && axis < rank {
		return nil
	}
	if rank == 0 {
		return ir.Mismatch(arg, itoa(axis), "an array with at least one axis")
	}
	return ir.Mismatch(arg, itoa(axis), fmt.Sprintf("an axis from 0 to %d", rank-1))
}

// wantAxes refuses axes that are not ascending, distinct and within the rank.
func wantAxes(arg string, axes []int, rank int) error {
	for i, axis := range axes {
		if err := wantAxis(arg, axis, rank); err != nil {
			return err
		}
		if i > 0 && axis <= axes[i-1] {
			return ir.Mismatch(arg, fmt.Sprint(axes), "ascending axes without repetition")
		}
	}
	return nil
}

// wantLen refuses an attribute list with another number of entries.
func wantLen(arg string, got []int, want int) error {
	if len(got) == want {
		return nil
	}
	return ir.Mismatch(arg, fmt.Sprint(got), count(want, "number", "numbers"))
}

// wantShape refuses a shape with a negative extent or more elements than an int counts.
func wantShape(arg string, shape []int) error {
	if _, err := tensor.Size(shape); err != nil {
		return ir.Mismatch(arg, fmt.Sprint(shape), "extents of at least 0 whose product is an int")
	}
	return nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + many
}

// firstError returns the first error of a list of conditions.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// families names sets of element types for error texts, the larger ones first.
var families = []struct {
	set  dtype.Set
	name string
}{
	{dtype.Ints, "an integer"},
	{dtype.Signed, "a signed integer"},
	{dtype.Unsigned, "an unsigned integer"},
	{dtype.Floats, "a float"},
	{dtype.Complexes, "a complex"},
	{dtype.Bools, "a bool"},
}

// describe writes a set of element types as "an integer or float element type".
func describe(set dtype.Set) string {
	if set == dtype.Any {
		return "any element type"
	}
	var names []string
	for _, f := range families {
		if set&f.set == f.set {
			names = append(names, f.name)
			set &^= f.set
		}
	}
	for _, dt := range set.List() {
		names = append(names, dt.String())
	}
	if len(names) < 2 {
		return strings.Join(names, "") + " element type"
	}
	last := len(names) - 1
	for i, name := range names[1:] {
		_, short, found := strings.Cut(name, " ")
		if found {
			names[i+1] = short
		}
	}
	return strings.Join(names[:last], ", ") + " or " + names[last] + " element type"
}

func itoa(n int) string { return strconv.Itoa(n) }

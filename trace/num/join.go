package num

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/trace"
)

// promoteAll brings arrays to their common dtype.
func promoteAll(name string, xs []Array) []Array {
	if len(xs) == 0 {
		trace.Fail(name, "", "no arrays", "at least one", "")
	}
	operands := make([]any, len(xs))
	for i, x := range xs {
		operands[i] = x
	}
	return trace.Promote(name, operands...)
}

// Concatenate joins arrays along an axis that they have; the others agree.
func Concatenate(xs []Array, axis int) Array {
	const name = "concatenate"
	in := promoteAll(name, xs)
	axis = trace.AxisIndex(name, axis, in[0].Rank())
	if len(in) == 1 {
		return in[0]
	}
	return trace.Record1(name, func(b *ir.Builder, vs []*ir.Value) *ir.Value { return op.Concatenate(b, axis, vs...) }, in...)
}

// Stack joins arrays of one shape along a new axis.
func Stack(xs []Array, axis int) Array {
	in := promoteAll("stack", xs)
	for i, x := range in {
		if !sameShape(x, in[0]) {
			trace.Fail("stack", fmt.Sprintf("array %d", i), x.Type().String(), in[0].Type().String(), "all arrays of a stack have one shape")
		}
	}
	for i, x := range in {
		in[i] = x.ExpandDims(axis)
	}
	return Concatenate(in, axis)
}

// atLeast inserts leading axes up to a rank.
func atLeast(x Array, rank int) Array {
	for x.Rank() < rank {
		x = x.ExpandDims(0)
	}
	return x
}

// Vstack joins arrays along the first axis; vectors become rows.
func Vstack(xs ...Array) Array {
	rows := make([]Array, len(xs))
	for i, x := range xs {
		rows[i] = atLeast(x, 2)
	}
	return Concatenate(rows, 0)
}

// Hstack joins arrays along the second axis; vectors along their only one.
func Hstack(xs ...Array) Array {
	parts := make([]Array, len(xs))
	axis := 0
	for i, x := range xs {
		parts[i] = atLeast(x, 1)
		axis = min(parts[i].Rank()-1, 1)
	}
	return Concatenate(parts, axis)
}

// Split cuts an axis into n equal parts.
func Split(x Array, n, axis int) []Array {
	size := x.Dim(axis)
	if n < 1 || size%n != 0 {
		trace.Fail("split", "n", fmt.Sprintf("%d for an axis of extent %d", n, size), "a divisor of the extent", "use SplitAt for unequal parts")
	}
	checkLength("split", n)
	cuts := make([]int, n-1)
	for i := range cuts {
		cuts[i] = (i + 1) * (size / n)
	}
	return SplitAt(x, cuts, axis)
}

// SplitAt cuts an axis before the given indices, which ascend.
func SplitAt(x Array, cuts []int, axis int) []Array {
	bounds := append(append([]int{0}, cuts...), x.Dim(axis))
	out := make([]Array, len(bounds)-1)
	for i := range out {
		out[i] = sliceAxis(x, axis, bounds[i], bounds[i+1])
	}
	return out
}

// Append joins the elements of x and y along axis.
func Append(x, y Array, axis int) Array { return Concatenate([]Array{x, y}, axis) }

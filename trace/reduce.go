package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// The reductions below fold the given axes, or all if none is given; negative axes count from the last. The result lacks them.

type reduction = func(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value

// reduceAxes resolves a list of axes: all if it is empty, each at most once.
func reduceAxes(opName string, axes []int, rank int) []int {
	if len(axes) == 0 {
		out := make([]int, rank)
		for i := range out {
			out[i] = i
		}
		return out
	}
	out := make([]int, len(axes))
	for i, axis := range axes {
		out[i] = AxisIndex(opName, axis, rank)
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) != len(out) {
		fail(opName, "axes", shapeString(axes), "each axis once", "")
	}
	return out
}

func (a Array) reduce(opName string, axes []int, f reduction) Array {
	resolved := reduceAxes(opName, axes, len(a.need(opName).typ.Shape))
	return Record1(opName, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0], resolved...) }, a)
}

// SumType is the dtype in which elements of a are added up: bools and narrow integers count in the default integer type.
func SumType(a Array) dtype.DType {
	dt := a.DType()
	mode := modeOf([]operand{{array: a}})
	switch {
	case dt.IsBool() || dt.IsSigned() && dt.Size() < mode.Int().Size():
		return mode.Int()
	case dt.IsUnsigned() && dt.Size() < mode.Uint().Size():
		return mode.Uint()
	}
	return dt
}

// Sum returns the sum of the elements. Bools and narrow integers are added up in the default integer type.
func (a Array) Sum(axes ...int) Array { return a.AsType(SumType(a)).reduce("sum", axes, op.ReduceSum) }

// Prod returns the product of the elements, in the same dtype as Sum.
func (a Array) Prod(axes ...int) Array {
	return a.AsType(SumType(a)).reduce("prod", axes, op.ReduceProd)
}

// Mean returns the mean of the elements; of integers and bools in the default float type.
func (a Array) Mean(axes ...int) Array {
	x := PromoteFloat("mean", a)[0]
	n := 1
	for _, axis := range reduceAxes("mean", axes, x.Rank()) {
		n *= x.Dim(axis)
	}
	return x.reduce("mean", axes, op.ReduceSum).Div(n)
}

// Max returns the largest element, NaN if there is one. There must be elements.
func (a Array) Max(axes ...int) Array { return a.extremum("max", axes, op.ReduceMax) }

// Min returns the smallest element, NaN if there is one. There must be elements.
func (a Array) Min(axes ...int) Array { return a.extremum("min", axes, op.ReduceMin) }

func (a Array) extremum(opName string, axes []int, f reduction) Array {
	for _, axis := range reduceAxes(opName, axes, len(a.need(opName).typ.Shape)) {
		if a.Dim(axis) == 0 {
			fail(opName, "", "shape "+shapeString(a.d.typ.Shape), "at least one element along each folded axis", "")
		}
	}
	return a.reduce(opName, axes, f)
}

// truth returns a as bools: whether each element is not zero.
func (a Array) truth(opName string) Array {
	if a.need(opName).typ.DType == dtype.Bool {
		return a
	}
	return a.Ne(0)
}

// Any reports whether any element is not zero.
func (a Array) Any(axes ...int) Array { return a.truth("any").reduce("any", axes, op.ReduceOr) }

// All reports whether all elements are not zero.
func (a Array) All(axes ...int) Array { return a.truth("all").reduce("all", axes, op.ReduceAnd) }

// ArgMax returns the first index of the largest element along an axis, or in row-major order if none is given, in the
// default integer type. NaN counts as largest.
func (a Array) ArgMax(axis ...int) Array { return a.arg("argmax", axis, op.ArgMax) }

// ArgMin returns the first index of the smallest element; see ArgMax. NaN counts as smallest.
func (a Array) ArgMin(axis ...int) Array { return a.arg("argmin", axis, op.ArgMin) }

func (a Array) arg(opName string, axis []int, f func(*ir.Builder, *ir.Value, int, dtype.DType) *ir.Value) Array {
	if len(axis) > 1 {
		fail(opName, "axis", shapeString(axis), "at most one axis", "")
	}
	if len(axis) == 0 {
		a, axis = a.Reshape(-1), []int{0}
	}
	along := AxisIndex(opName, axis[0], len(a.need(opName).typ.Shape))
	if a.Dim(along) == 0 {
		fail(opName, "", "shape "+shapeString(a.d.typ.Shape), "at least one element along the axis", "")
	}
	dt := modeOf([]operand{{array: a}}).Int()
	return Record1(opName, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0], along, dt) }, a)
}

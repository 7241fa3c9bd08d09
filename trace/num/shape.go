package num

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// Reshape returns the elements in row-major order in another shape; one extent may be -1.
func Reshape(x Array, shape ...int) Array { return x.Reshape(shape...) }

// Ravel returns the elements as a vector.
func Ravel(x Array) Array { return x.Ravel() }

// Transpose orders the axes as listed; without a list it turns their order around.
func Transpose(x Array, axes ...int) Array { return x.Transpose(axes...) }

// BroadcastTo repeats x to a shape by NumPy's rule.
func BroadcastTo(x Array, shape ...int) Array { return x.BroadcastTo(shape...) }

// BroadcastArrays brings arrays to one shape.
func BroadcastArrays(xs ...Array) []Array {
	if len(xs) == 0 {
		return nil
	}
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		shapes[i] = x.Shape()
	}
	shape := trace.BroadcastShapes("broadcast arrays", shapes...)
	out := make([]Array, len(xs))
	for i, x := range xs {
		out[i] = x.BroadcastTo(shape...)
	}
	return out
}

// ExpandDims inserts axes of extent 1 at the given positions of the result.
func ExpandDims(x Array, axes ...int) Array { return x.ExpandDims(axes...) }

// Squeeze removes axes of extent 1: the given ones, or all.
func Squeeze(x Array, axes ...int) Array { return x.Squeeze(axes...) }

// SwapAxes exchanges two axes.
func SwapAxes(x Array, axis1, axis2 int) Array {
	perm := identity(x.Rank())
	i, j := trace.AxisIndex("swap axes", axis1, x.Rank()), trace.AxisIndex("swap axes", axis2, x.Rank())
	perm[i], perm[j] = perm[j], perm[i]
	return x.Transpose(perm...)
}

// MoveAxis moves one axis to another position and keeps the order of the rest.
func MoveAxis(x Array, source, destination int) Array {
	from, to := trace.AxisIndex("move axis", source, x.Rank()), trace.AxisIndex("move axis", destination, x.Rank())
	perm := slices.Delete(identity(x.Rank()), from, from+1)
	return x.Transpose(slices.Insert(perm, to, from)...)
}

func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Flip turns the order of elements along axes around; along all if none is given.
func Flip(x Array, axes ...int) Array {
	dims := identity(x.Rank())
	if len(axes) > 0 {
		dims = nil
		for _, axis := range axes {
			dims = append(dims, trace.AxisIndex("flip", axis, x.Rank()))
		}
	}
	return trace.Record1("flip", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Reverse(b, in[0], dims...) }, x)
}

// Roll moves the elements along axis by shift places; what leaves at the end comes back at the beginning.
func Roll(x Array, shift, axis int) Array {
	n := x.Dim(axis)
	if n == 0 {
		return x
	}
	cut := ((-shift)%n + n) % n
	if cut == 0 {
		return x
	}
	return Concatenate([]Array{sliceAxis(x, axis, cut, n), sliceAxis(x, axis, 0, cut)}, axis)
}

// sliceAxis returns the indices from lo to before hi of one axis.
func sliceAxis(x Array, axis, lo, hi int) Array {
	index := make([]any, trace.AxisIndex("slice", axis, x.Rank())+1)
	for i := range index {
		index[i] = trace.All
	}
	index[len(index)-1] = trace.Span(lo, hi)
	return x.At(index...)
}

// Pad puts value before and after the elements: widths[i] are the two counts of axis i, and a negative count cuts off.
func Pad(x Array, widths [][2]int, value any) Array {
	if len(widths) != x.Rank() {
		trace.Fail("pad", "widths", fmt.Sprint(len(widths)), fmt.Sprintf("%d, one pair for each axis", x.Rank()), "")
	}
	var low, high []int
	for _, w := range widths {
		low, high = append(low, w[0]), append(high, w[1])
	}
	interior := make([]int, len(low))
	v := trace.Full(x.DType(), value)
	return trace.Record1("pad", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Pad(b, in[0], in[1], low, high, interior) }, x, v)
}

// PadEdge repeats the elements at the edges: widths[i] are the two counts of axis i.
func PadEdge(x Array, widths [][2]int) Array {
	return padBy("pad edge", x, widths, func(i, n int) int { return min(max(i, 0), n-1) })
}

// PadWrap continues the array periodically.
func PadWrap(x Array, widths [][2]int) Array {
	return padBy("pad wrap", x, widths, func(i, n int) int { return (i%n + n) % n })
}

// PadReflect continues the array by reflection at its first and last elements, which are not repeated.
func PadReflect(x Array, widths [][2]int) Array {
	return padBy("pad reflect", x, widths, func(i, n int) int {
		if n == 1 {
			return 0
		}
		i = (i%(2*n-2) + 2*n - 2) % (2*n - 2)
		return min(i, 2*n-2-i)
	})
}

// padBy fills the padding from place f(i, n) of an axis of n elements.
func padBy(name string, x Array, widths [][2]int, f func(i, n int) int) Array {
	if len(widths) != x.Rank() {
		trace.Fail(name, "widths", fmt.Sprint(len(widths)), fmt.Sprintf("%d, one pair for each axis", x.Rank()), "")
	}
	for axis, w := range widths {
		n := x.Dim(axis)
		if w == [2]int{} {
			continue
		}
		if n == 0 || w[0] < 0 || w[1] < 0 {
			trace.Fail(name, "widths", fmt.Sprintf("%v for axis %d of extent %d", w, axis, n), "counts of 0 or more for an axis with elements", "")
		}
		checkLength(name, max(w[0], w[1], w[0]+n+w[1])) // the sum may overflow, the counts cannot
		places := make([]int, 0, w[0]+n+w[1])
		for i := -w[0]; i < n+w[1]; i++ {
			places = append(places, f(i, n))
		}
		x = x.Take(places, axis)
	}
	return x
}

// Repeat repeats each element along axis n times.
func Repeat(x Array, n, axis int) Array {
	if n < 0 {
		trace.Fail("repeat", "n", fmt.Sprint(n), "0 or more", "")
	}
	axis = trace.AxisIndex("repeat", axis, x.Rank())
	wide := x.Shape()
	wide = slices.Insert(wide, axis+1, n)
	result := x.Shape()
	result[axis] *= n
	return x.ExpandDims(axis + 1).BroadcastTo(wide...).Reshape(result...)
}

// Tile repeats the whole array reps[i] times along axis i; missing leading axes are added.
func Tile(x Array, reps ...int) Array {
	for x.Rank() < len(reps) {
		x = x.ExpandDims(0)
	}
	reps = slices.Concat(slices.Repeat([]int{1}, x.Rank()-len(reps)), reps)
	var paired, wide, result []int
	for axis, n := range x.Shape() {
		if reps[axis] < 0 {
			trace.Fail("tile", "reps", tensor.ShapeString(reps), "0 or more each", "")
		}
		paired = append(paired, 1, n)
		wide = append(wide, reps[axis], n)
		result = append(result, reps[axis]*n)
	}
	return x.Reshape(paired...).BroadcastTo(wide...).Reshape(result...)
}

package num

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// Take returns the places of one axis that indices name; see Array.Take.
func Take(x Array, indices any, axis int) Array { return x.Take(indices, axis) }

// TakeAlongAxis returns x's elements at indices along axis, line by line: indices has x's shape but for that axis, whose place it takes.
func TakeAlongAxis(x, indices Array, axis int) Array {
	return x.At(alongAxis("take along axis", x, indices, axis)...)
}

// PutAlongAxis returns x with values at indices along axis, line by line: the counterpart of TakeAlongAxis.
func PutAlongAxis(x, indices Array, values any, axis int) Array {
	return x.SetAt(values, alongAxis("put along axis", x, indices, axis)...)
}

// alongAxis returns indices for all axes: the given ones along axis, and each line's own place along the others.
func alongAxis(name string, x, indices Array, axis int) []any {
	axis = trace.AxisIndex(name, axis, x.Rank())
	if indices.Rank() != x.Rank() {
		trace.Fail(name, "indices", "shape "+tensor.ShapeString(indices.Shape()), "the rank of "+tensor.ShapeString(x.Shape()), "")
	}
	shape := x.Shape()
	shape[axis] = indices.Dim(axis)
	indices = indices.BroadcastTo(shape...)
	out := make([]any, x.Rank())
	for i := range out {
		if i == axis {
			out[i] = indices
			continue
		}
		own := make([]int, x.Rank())
		for k := range own {
			own[k] = 1
		}
		own[i] = shape[i]
		out[i] = trace.Iota(dtype.Int32, 0, shape[i]).Reshape(own...)
	}
	return out
}

// CompressIndices returns where a concrete vector of bools is true: indices for Take. It runs on the host, since how many there are
// is not known while tracing.
func CompressIndices(mask Array) []int {
	if mask.Rank() != 1 {
		trace.Fail("compress indices", "mask", "shape "+tensor.ShapeString(mask.Shape()), "a vector", "")
	}
	var out []int
	for i, on := range mask.Bools() {
		if on {
			out = append(out, i)
		}
	}
	return out
}

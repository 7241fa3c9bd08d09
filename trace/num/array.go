package num

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// Array is an immutable array of numbers; see trace.Array for its methods.
type Array = trace.Array

// Of returns an array of a Go value: a number, or slices of numbers nested to any depth. Go's int, int64, float64 and complex128
// become the default types of their kind (32 bits wide unless trace.SetX64 says otherwise), other types stay. An int stays weak: it takes
// the dtype of arrays that it meets, and is a real number to gradients.
func Of(x any) Array {
	if n, ok := x.(int); ok {
		return trace.AsArray("of", n)
	}
	t, err := tensor.FromAny(x)
	if err != nil {
		trace.Fail("of", "", err.Error(), "", "")
	}
	return canonical(t)
}

// FromSlice returns an array with a copy of data, in row-major order; without a shape it is a vector. Dtypes are those of Of.
func FromSlice[T tensor.Number](data []T, shape ...int) Array {
	a := canonical(tensor.Of(data...))
	if len(shape) == 0 {
		return a
	}
	return a.Reshape(shape...)
}

// FromTensor returns an array that shares t, which nobody may write any more, in t's own dtype.
func FromTensor(t *tensor.Tensor) Array { return trace.FromTensor(t) }

func canonical(t *tensor.Tensor) Array {
	return trace.FromTensor(t.AsType(dtype.Current().Canonical(t.DType())))
}

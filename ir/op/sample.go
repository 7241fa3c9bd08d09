package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// RandomTensor returns random elements for tests: floats and the parts of complex numbers uniform between lo and hi (both 0: -3 and 3, the
// default of ir.Domain), small integers around 0 and now and then any bit pattern, fair coins.
func RandomTensor(r *ir.Rand, dt dtype.DType, lo, hi float64, shape ...int) *tensor.Tensor {
	if lo == 0 && hi == 0 {
		lo, hi = -3, 3
	}
	t := zeros(ir.T(dt, shape...))
	uniform := func() float64 { return lo + (hi-lo)*r.Float64() }
	for i := range t.Size() {
		switch {
		case dt.IsBool():
			t.Set(i, r.IntN(2) == 1)
		case dt.IsInt() && r.IntN(8) == 0:
			t.Set(i, r.Uint64())
		case dt.IsSigned():
			t.Set(i, r.IntN(41)-20)
		case dt.IsUnsigned():
			t.Set(i, r.IntN(41))
		case dt.IsFloat():
			t.Set(i, uniform())
		default:
			t.Set(i, complex(uniform(), uniform()))
		}
	}
	return t
}

// randomShape draws a shape of rank 0 to 3 with extents up to size; size 0 gives an empty or one-element shape.
func randomShape(r *ir.Rand, size int) []int { return randomShapeOfRank(r, r.IntN(4), size) }

// randomShapeOfRank draws extents from 1 to size, and now and then 0; 0 or 1 for size 0.
func randomShapeOfRank(r *ir.Rand, rank, size int) []int {
	shape := make([]int, rank)
	for i := range shape {
		switch {
		case size == 0:
			shape[i] = r.IntN(2)
		case r.IntN(16) > 0:
			shape[i] = 1 + r.IntN(size)
		}
	}
	return shape
}

// randomDType draws a member of a set.
func randomDType(r *ir.Rand, set dtype.Set) dtype.DType {
	list := set.List()
	return list[r.IntN(len(list))]
}

// sampleTensor is RandomTensor in the default range.
func sampleTensor(r *ir.Rand, dt dtype.DType, shape ...int) *tensor.Tensor {
	return RandomTensor(r, dt, 0, 0, shape...)
}

// sampleIndices returns random integers from lo to hi, hi excluded; lo alone where the range is empty.
func sampleIndices(r *ir.Rand, dt dtype.DType, lo, hi int, shape ...int) *tensor.Tensor {
	t := tensor.Must(tensor.New(dt, shape...))
	for i := range t.Size() {
		t.Set(i, lo+r.IntN(max(hi-lo, 1)))
	}
	return t
}

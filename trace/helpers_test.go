package trace_test

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func tensorOf(xs []float64) *tensor.Tensor {
	return tensor.Must(tensor.FromSlice(xs, len(xs))).AsType(dtype.Float32)
}

func tensorOfInts(xs []int32) *tensor.Tensor { return tensor.Of(xs...) }

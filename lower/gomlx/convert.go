package gomlx

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// elementTypes are the types that both sides have, in the same bytes.
var elementTypes = map[dtype.DType]dtypes.DType{
	dtype.Bool: dtypes.Bool,
	dtype.Int8: dtypes.Int8, dtype.Int16: dtypes.Int16, dtype.Int32: dtypes.Int32, dtype.Int64: dtypes.Int64,
	dtype.Uint8: dtypes.Uint8, dtype.Uint16: dtypes.Uint16, dtype.Uint32: dtypes.Uint32, dtype.Uint64: dtypes.Uint64,
	dtype.Float16: dtypes.Float16, dtype.BFloat16: dtypes.BFloat16, dtype.Float32: dtypes.Float32, dtype.Float64: dtypes.Float64,
	dtype.Complex64: dtypes.Complex64, dtype.Complex128: dtypes.Complex128,
}

// ShapeOf returns the shape that a type has in gomlx.
func ShapeOf(t ir.Type) (shapes.Shape, error) {
	dt, ok := elementTypes[t.DType]
	if !ok {
		return shapes.Shape{}, fmt.Errorf("gomlx: element type of %s: gomlx has none of that name; convert before", t)
	}
	return shapes.Make(dt, t.Shape...), nil
}

// ToTensor copies an array to gomlx.
func ToTensor(t *tensor.Tensor) (*tensors.Tensor, error) {
	shape, err := ShapeOf(ir.T(t.DType(), t.Shape()...))
	if err != nil {
		return nil, err
	}
	out := tensors.FromShape(shape)
	if t.Size() == 0 {
		return out, nil
	}
	return out, out.MutableBytes(func(data []byte) { copy(data, t.Bytes()) })
}

// FromTensor copies an array of type want from gomlx.
func FromTensor(x *tensors.Tensor, want ir.Type) (*tensor.Tensor, error) {
	shape, err := ShapeOf(want)
	if err != nil {
		return nil, err
	}
	if !x.Shape().Equal(shape) {
		return nil, fmt.Errorf("gomlx: got a tensor %s, want %s", x.Shape(), shape)
	}
	out, err := tensor.New(want.DType, want.Shape...)
	if err != nil || out.Size() == 0 {
		return out, err
	}
	return out, x.ConstBytes(func(data []byte) { copy(out.Bytes(), data) })
}

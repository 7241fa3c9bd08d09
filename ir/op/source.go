package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// IotaAttrs are the result type of Iota and the dimension along which it counts.
type IotaAttrs struct {
	DType dtype.DType
	Shape []int
	Dim   int
}

// Const returns a constant.
func Const(b *ir.Builder, t *tensor.Tensor) *ir.Value { return b.Const(t) }

// Scalar returns a constant of rank 0: v converted to dt as by Convert.
func Scalar(b *ir.Builder, dt dtype.DType, v float64) *ir.Value {
	return b.Const(tensor.Must(tensor.Full(dt, v)))
}

// ScalarInt is Scalar for integers that a float64 may not hold.
func ScalarInt(b *ir.Builder, dt dtype.DType, v int64) *ir.Value {
	return b.Const(tensor.Must(tensor.Full(dt, v)))
}

// Full returns a value of type t filled with v, converted as by Convert: a scalar constant, broadcast.
func Full(b *ir.Builder, t ir.Type, v float64) *ir.Value {
	return Spread(b, Scalar(b, t.DType, v), t.Shape)
}

// ZerosLike returns zeros of the type of x.
func ZerosLike(b *ir.Builder, x *ir.Value) *ir.Value { return Full(b, x.Type, 0) }

// Spread returns a scalar broadcast to the shape.
func Spread(b *ir.Builder, scalar *ir.Value, shape []int) *ir.Value {
	if len(shape) == 0 {
		return scalar
	}
	return Broadcast(b, scalar, nil, shape)
}

// Iota returns an array whose elements are their index along dim, converted to dt as by Convert.
func Iota(b *ir.Builder, dt dtype.DType, shape []int, dim int) *ir.Value {
	return b.Emit1(IotaID, IotaAttrs{DType: dt, Shape: shape, Dim: dim})
}

func init() {
	ir.Register(ir.Row{
		ID: ConstID, Name: "const", Class: ir.ClassSource, Arity: 0, Attrs: ir.ConstAttrs{},
		Accepts: dtype.Any, Types: constType, Eval: evalConst, NoGradient: true, Domain: ir.Domain{Make: sampleConst},
	})
	ir.Register(ir.Row{
		ID: IotaID, Name: "iota", Class: ir.ClassSource, Arity: 0, Attrs: IotaAttrs{},
		Accepts: dtype.Numeric, Types: iotaType, Eval: evalIota, NoGradient: true, Domain: ir.Domain{Make: sampleIota},
	})
}

func constType(_ []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	value := attrs.(ir.ConstAttrs).Value
	if value == nil {
		return nil, ir.Mismatch("value", "nil", "a tensor")
	}
	return oneType(typeOf(value))
}

func evalConst(_ *ir.Eval, n *ir.Node, _ []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return oneTensor(n.Attrs.(ir.ConstAttrs).Value)
}

func iotaType(_ []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a := attrs.(IotaAttrs)
	if !dtype.Numeric.Has(a.DType) {
		return nil, ir.Mismatch("dtype", a.DType.String(), describe(dtype.Numeric))
	}
	if err := firstError(wantShape("shape", a.Shape), wantAxis("dim", a.Dim, len(a.Shape))); err != nil {
		return nil, err
	}
	return oneType(ir.T(a.DType, a.Shape...))
}

func evalIota(_ *ir.Eval, n *ir.Node, _ []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a := n.Attrs.(IotaAttrs)
	out := make([]int64, n.Result().Type.Size())
	for i, index := range tensor.Indices(a.Shape) {
		out[i] = int64(index[a.Dim])
	}
	return oneTensor(fromInts(n.Result().Type, out))
}

func sampleConst(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Attrs: ir.ConstAttrs{Value: RandomTensor(r, dt, 0, 0, randomShape(r, size)...)}}
}

func sampleIota(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShapeOfRank(r, 1+r.IntN(3), size)
	return ir.Sample{Attrs: IotaAttrs{DType: dt, Shape: shape, Dim: r.IntN(len(shape))}}
}

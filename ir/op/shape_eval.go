package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Broadcast, transpose, slice and reverse are one thing: reading the operand with other strides.

// strided returns the elements of x at start + index·strides for each index of shape.
func strided(x *tensor.Tensor, shape []int, start int, strides []int) *tensor.Tensor {
	out := zeros(ir.T(x.DType(), shape...))
	for i, index := range tensor.Indices(shape) {
		copyElement(out, i, x, start+tensor.Offset(index, strides))
	}
	return out
}

// copyElement sets element i of out to element j of x, of the same element type.
func copyElement(out *tensor.Tensor, i int, x *tensor.Tensor, j int) {
	size := x.DType().Size()
	copy(out.Bytes()[i*size:(i+1)*size], x.Bytes()[j*size:(j+1)*size])
}

func evalBroadcast(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a, x := n.Attrs.(BroadcastAttrs), in[0]
	own, strides := tensor.Strides(x.Shape()), make([]int, len(a.Shape))
	for i, dim := range a.Dims {
		if x.Dim(i) == a.Shape[dim] {
			strides[dim] = own[i]
		}
	}
	return oneTensor(strided(x, a.Shape, 0, strides))
}

func evalReshape(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	out, err := in[0].Reshape(n.Attrs.(ReshapeAttrs).Shape...)
	return []*tensor.Tensor{out}, err
}

func evalTranspose(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	perm, own := n.Attrs.(TransposeAttrs).Perm, tensor.Strides(in[0].Shape())
	strides := make([]int, len(perm))
	for i, p := range perm {
		strides[i] = own[p]
	}
	return oneTensor(strided(in[0], n.Result().Type.Shape, 0, strides))
}

func evalSlice(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a, strides := n.Attrs.(SliceAttrs), tensor.Strides(in[0].Shape())
	start := tensor.Offset(a.Start, strides)
	for i := range strides {
		strides[i] *= a.Stride[i]
	}
	return oneTensor(strided(in[0], n.Result().Type.Shape, start, strides))
}

func evalReverse(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	x, strides, start := in[0], tensor.Strides(in[0].Shape()), 0
	for _, dim := range n.Attrs.(ReverseAttrs).Dims {
		start += (x.Dim(dim) - 1) * strides[dim]
		strides[dim] = -strides[dim]
	}
	return oneTensor(strided(x, x.Shape(), start, strides))
}

func evalConcatenate(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	dim, t := n.Attrs.(ConcatenateAttrs).Dim, n.Result().Type
	out, strides, start := zeros(t), tensor.Strides(t.Shape), 0
	for _, x := range in {
		for i, index := range tensor.Indices(x.Shape()) {
			copyElement(out, start+tensor.Offset(index, strides), x, i)
		}
		start += x.Dim(dim) * strides[dim]
	}
	return oneTensor(out)
}

func evalPad(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a, t, x := n.Attrs.(PadAttrs), n.Result().Type, in[0]
	out := strided(in[1], t.Shape, 0, make([]int, t.Rank()))
	strides, to := tensor.Strides(t.Shape), make([]int, t.Rank())
	for i, index := range tensor.Indices(x.Shape()) {
		inside := true
		for d, k := range index {
			to[d] = a.Low[d] + k*(a.Interior[d]+1)
			inside = inside && to[d] >= 0 && to[d] < t.Shape[d]
		}
		if inside {
			copyElement(out, tensor.Offset(to, strides), x, i)
		}
	}
	return oneTensor(out)
}

// Samples for tests.

type sampleRule = func(r *ir.Rand, dt dtype.DType, size int) ir.Sample

func sampleOf(attrs ir.Attrs, inputs ...*tensor.Tensor) ir.Sample {
	return ir.Sample{Attrs: attrs, Inputs: inputs}
}

func sampleBroadcast(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	a := BroadcastAttrs{Shape: randomShape(r, size)}
	var shape []int
	for dim, extent := range a.Shape {
		if r.IntN(3) == 0 {
			continue
		}
		if r.IntN(3) == 0 {
			extent = 1
		}
		a.Dims, shape = append(a.Dims, dim), append(shape, extent)
	}
	return sampleOf(a, RandomTensor(r, dt, 0, 0, shape...))
}

func sampleReshape(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	flat := []int{ir.T(dt, shape...).Size()}
	if r.IntN(2) == 0 {
		shape, flat = flat, shape
	}
	return sampleOf(ReshapeAttrs{Shape: shape}, RandomTensor(r, dt, 0, 0, flat...))
}

func sampleTranspose(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShapeOfRank(r, r.IntN(5), size)
	return sampleOf(TransposeAttrs{Perm: r.Perm(len(shape))}, RandomTensor(r, dt, 0, 0, shape...))
}

func sampleSlice(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	rank := len(shape)
	a := SliceAttrs{Start: make([]int, rank), Limit: make([]int, rank), Stride: make([]int, rank)}
	for i, extent := range shape {
		a.Start[i] = r.IntN(extent/2 + 1)
		a.Limit[i] = extent - r.IntN((extent-a.Start[i])/2+1)
		a.Stride[i] = 1 + r.IntN(3)
	}
	return sampleOf(a, RandomTensor(r, dt, 0, 0, shape...))
}

func sampleConcatenate(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShapeOfRank(r, 1+r.IntN(3), size)
	a := ConcatenateAttrs{Dim: r.IntN(len(shape))}
	inputs := make([]*tensor.Tensor, 1+r.IntN(4))
	for i := range inputs {
		shape[a.Dim] = r.IntN(size + 1)
		inputs[i] = RandomTensor(r, dt, 0, 0, shape...)
	}
	return sampleOf(a, inputs...)
}

func samplePad(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	rank := len(shape)
	a := PadAttrs{Low: make([]int, rank), High: make([]int, rank), Interior: make([]int, rank)}
	for i, extent := range shape {
		a.Interior[i] = r.IntN(3)
		whole := extent + max(extent-1, 0)*a.Interior[i]
		a.Low[i] = r.IntN(4) - min(1, whole)
		a.High[i] = r.IntN(4) - min(2, max(0, whole+a.Low[i]))
	}
	return sampleOf(a, RandomTensor(r, dt, 0, 0, shape...), RandomTensor(r, dt, 0, 0))
}

func sampleReverse(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	a := ReverseAttrs{}
	for dim := range shape {
		if r.IntN(2) == 0 {
			a.Dims = append(a.Dims, dim)
		}
	}
	return sampleOf(a, RandomTensor(r, dt, 0, 0, shape...))
}

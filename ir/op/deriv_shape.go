package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		BroadcastID: linear1(broadcastTranspose),
		ReshapeID:   linear1(func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value { return Reshape(b, ct, n.Inputs[0].Type.Shape) }),
		TransposeID: linear1(func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value {
			return Transpose(b, ct, inverse(n.Attrs.(TransposeAttrs).Perm))
		}),
		SliceID:       linear1(sliceTranspose),
		ReverseID:     linear1(func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value { return b.Emit1(ReverseID, n.Attrs, ct) }),
		ConcatenateID: {Transpose: concatenateTranspose},
		PadID:         {Linear: []int{0, 1}, Transpose: padTranspose},
	})
	// Concatenate has any number of operands, all of them linear.
	ir.Extend(ConcatenateID, func(r *ir.Row) { r.Derivative.JVP = concatenateJVP })
}

// inverse returns the permutation that undoes perm.
func inverse(perm []int) []int {
	out := make([]int, len(perm))
	for i, p := range perm {
		out[p] = i
	}
	return out
}

// broadcastTranspose sums over the dimensions along which elements were repeated.
func broadcastTranspose(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value {
	a, x := n.Attrs.(BroadcastAttrs), n.Inputs[0].Type
	kept := make([]int, 0, len(a.Dims)) // dimensions of the result that just stand for one of x
	for i, d := range a.Dims {
		if x.Shape[i] == a.Shape[d] {
			kept = append(kept, d)
		}
	}
	sum := ct
	if repeated := otherDims(len(a.Shape), kept); len(repeated) > 0 {
		sum = ReduceSum(b, ct, repeated...)
	}
	if !slices.Equal(sum.Type.Shape, x.Shape) {
		sum = Reshape(b, sum, x.Shape)
	}
	return sum
}

// sliceTranspose puts the elements back to their places, with zeros around and between them.
func sliceTranspose(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value {
	a, x := n.Attrs.(SliceAttrs), n.Inputs[0].Type
	high, interior := make([]int, x.Rank()), make([]int, x.Rank())
	for d, extent := range ct.Type.Shape {
		interior[d] = a.Stride[d] - 1
		high[d] = x.Shape[d] - a.Start[d] - dilated(extent, a.Stride[d])
	}
	return Pad(b, ct, Scalar(b, x.DType, 0), a.Start, high, interior)
}

func concatenateJVP(b *ir.Builder, n *ir.Node, _, t, _ []*ir.Value) []*ir.Value {
	ts := make([]*ir.Value, len(t))
	for i, x := range t {
		ts[i] = orZero(b, x, n.Inputs[i].Type)
	}
	return []*ir.Value{b.Emit1(ConcatenateID, n.Attrs, ts...)}
}

func concatenateTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	dim, ct := n.Attrs.(ConcatenateAttrs).Dim, t.Ct[0]
	out := make([]*ir.Value, len(t.In))
	start, limit := make([]int, ct.Type.Rank()), slices.Clone(ct.Type.Shape)
	for i, x := range n.Inputs {
		limit[dim] = start[dim] + x.Type.Shape[dim]
		if t.Linear(i) {
			out[i] = Slice(b, ct, slices.Clone(start), slices.Clone(limit), nil)
		}
		start[dim] = limit[dim]
	}
	return out
}

// padTranspose takes the elements out again; the padding value gets the sum of all others.
func padTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	ct, x := t.Ct[0], n.Inputs[0].Type
	var dx *ir.Value
	if t.Linear(0) || x.Size() > 0 {
		dx = unpad(b, ct, n.Attrs.(PadAttrs), x.Shape)
	}
	out := onLinear(t, dx, nil)
	if t.Linear(1) {
		sum := ReduceSum(b, ct, allAxes(ct.Type.Rank())...)
		if dx != nil {
			sum = Sub(b, sum, ReduceSum(b, dx, allAxes(x.Rank())...))
		}
		out[1] = sum
	}
	return out
}

// unpad returns, in the given shape, the elements of x that Pad did not add, and zeros in place of those that it cropped.
func unpad(b *ir.Builder, x *ir.Value, a PadAttrs, shape []int) *ir.Value {
	rank := len(shape)
	low, high, strides := make([]int, rank), make([]int, rank), make([]int, rank)
	for d := range shape {
		low[d], high[d], strides[d] = -a.Low[d], -a.High[d], a.Interior[d]+1
	}
	x = Pad(b, x, Scalar(b, x.Type.DType, 0), low, high, make([]int, rank))
	if slices.Equal(x.Type.Shape, shape) {
		return x
	}
	return Slice(b, x, make([]int, rank), x.Type.Shape, strides)
}

// allAxes lists 0 to rank-1.
func allAxes(rank int) []int { return otherDims(rank) }

package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Batching rules stand in the files batch*.go, in tables by id; elementwise rows have the default of package autodiff, and rows without
// a rule run one lane after the other.

// batching attaches rules to rows.
func batching(table map[ir.OpID]ir.BatchRule) {
	for id, rule := range table {
		ir.Extend(id, func(r *ir.Row) { r.Batch = rule })
	}
}

// Lanes returns x with its batch axis in front; where axis is -1, x is repeated for each lane.
func Lanes(b *ir.Builder, x *ir.Value, axis, size int) *ir.Value {
	if axis < 0 {
		return Broadcast(b, x, span(1, x.Type.Rank()+1), append([]int{size}, x.Type.Shape...))
	}
	return MoveAxis(b, x, axis, 0)
}

// MoveAxis moves one axis of x to another place; the others keep their order.
func MoveAxis(b *ir.Builder, x *ir.Value, from, to int) *ir.Value {
	if from == to {
		return x
	}
	perm := slices.Insert(otherDims(x.Type.Rank(), []int{from}), to, from)
	return Transpose(b, x, perm)
}

// allLanes applies Lanes to each of a list.
func allLanes(b *ir.Builder, in []*ir.Value, axes []int, size int) []*ir.Value {
	out := make([]*ir.Value, len(in))
	for i, x := range in {
		out[i] = Lanes(b, x, axes[i], size)
	}
	return out
}

// inFront says that all of n results have their batch axis in front.
func inFront(out []*ir.Value) ([]*ir.Value, []int) { return out, make([]int, len(out)) }

// oneInFront is inFront for one result.
func oneInFront(out *ir.Value) ([]*ir.Value, []int) { return inFront([]*ir.Value{out}) }

// beside returns the places that dims have once there is one more axis.
func beside(axis int, dims []int) []int {
	out := make([]int, len(dims))
	for i, d := range dims {
		if out[i] = d; d >= axis {
			out[i]++
		}
	}
	return out
}

// with inserts v at place i of a copy of list.
func with(list []int, i, v int) []int { return slices.Insert(slices.Clone(list), i, v) }

func init() {
	stacked := func(attrs func(n *ir.Node) ir.Attrs) ir.BatchRule {
		return func(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
			return inFront(b.Emit(n.Op, attrs(n), n.Regions, allLanes(b, in, axes, size)...))
		}
	}
	same := stacked(func(n *ir.Node) ir.Attrs { return n.Attrs })
	batching(map[ir.OpID]ir.BatchRule{
		BroadcastID: broadcastBatch,
		ReshapeID:   reshapeBatch,
		TransposeID: func(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, _ int) ([]*ir.Value, []int) {
			perm := beside(axes[0], n.Attrs.(TransposeAttrs).Perm)
			return oneInFront(Transpose(b, in[0], slices.Insert(perm, 0, axes[0])))
		},
		SliceID: func(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
			a, axis := n.Attrs.(SliceAttrs), axes[0]
			return []*ir.Value{Slice(b, in[0], with(a.Start, axis, 0), with(a.Limit, axis, size), with(a.Stride, axis, 1))}, axes
		},
		ConcatenateID: stacked(func(n *ir.Node) ir.Attrs { return ConcatenateAttrs{Dim: n.Attrs.(ConcatenateAttrs).Dim + 1} }),
		PadID:         padBatch,
		ReverseID: func(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, _ int) ([]*ir.Value, []int) {
			return []*ir.Value{Reverse(b, in[0], beside(axes[0], n.Attrs.(ReverseAttrs).Dims)...)}, axes
		},
		SortID: stacked(func(n *ir.Node) ir.Attrs {
			a := n.Attrs.(SortAttrs)
			a.Dim++
			return a
		}),
		PackBitsID: same, BitcastID: same,
		CumSumID: cumBatch, CumProdID: cumBatch, CumMaxID: cumBatch, CumMinID: cumBatch,
		ReduceSumID: reduceBatch, ReduceProdID: reduceBatch, ReduceMaxID: reduceBatch, ReduceMinID: reduceBatch,
		ReduceAndID: reduceBatch, ReduceOrID: reduceBatch, ReduceXorID: reduceBatch,
		ArgMaxID: argBatch, ArgMinID: argBatch,
		CholeskyID: same, TriangularSolveID: same, LUID: same, QRID: same, EighID: same, SVDID: same, EigID: same, FFTID: same,
	})
}

func broadcastBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	a := n.Attrs.(BroadcastAttrs)
	return oneInFront(Broadcast(b, MoveAxis(b, in[0], axes[0], 0), slices.Insert(beside(0, a.Dims), 0, 0), with(a.Shape, 0, size)))
}

func reshapeBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	return oneInFront(Reshape(b, MoveAxis(b, in[0], axes[0], 0), with(n.Attrs.(ReshapeAttrs).Shape, 0, size)))
}

// padBatch pads with one value for all lanes, or chooses between elements and the value of the lane.
func padBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	a, x, value, axis := n.Attrs.(PadAttrs), in[0], in[1], axes[0]
	pad := func(x, value *ir.Value, axis int) *ir.Value {
		return Pad(b, x, value, with(a.Low, axis, 0), with(a.High, axis, 0), with(a.Interior, axis, 0))
	}
	if axes[1] < 0 {
		return []*ir.Value{pad(x, value, axis)}, axes[:1]
	}
	x = Lanes(b, x, axis, size)
	padded := pad(x, Scalar(b, x.Type.DType, 0), 0)
	isElement := pad(Full(b, x.Type.WithDType(dtype.Bool), 1), b.Const(tensor.Scalar(false)), 0)
	return oneInFront(Select(b, isElement, padded, Broadcast(b, value, []int{0}, padded.Type.Shape)))
}

func cumBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, _ int) ([]*ir.Value, []int) {
	a := n.Attrs.(CumAttrs)
	a.Axis = beside(axes[0], []int{a.Axis})[0]
	return []*ir.Value{b.Emit1(n.Op, a, in[0])}, axes
}

func reduceBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, _ int) ([]*ir.Value, []int) {
	folded := beside(axes[0], n.Attrs.(ReduceAttrs).Axes)
	return []*ir.Value{b.Emit1(n.Op, ReduceAttrs{Axes: folded}, in[0])}, []int{behindFolded(axes[0], folded)}
}

func argBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, _ int) ([]*ir.Value, []int) {
	a := n.Attrs.(ArgAttrs)
	a.Axis = beside(axes[0], []int{a.Axis})[0]
	return []*ir.Value{b.Emit1(n.Op, a, in[0])}, []int{behindFolded(axes[0], []int{a.Axis})}
}

// behindFolded is the place of an axis after others are folded.
func behindFolded(axis int, folded []int) int {
	at := axis
	for _, d := range folded {
		if d < axis {
			at--
		}
	}
	return at
}

package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	batching(map[ir.OpID]ir.BatchRule{
		GatherID:             gatherBatch,
		ScatterID:            scatterBatch,
		DynamicSliceID:       dynamicSliceBatch,
		DynamicUpdateSliceID: dynamicUpdateBatch,
	})
}

// gatherBatch: lanes of the operand are one more dimension of the windows, lanes of the indices more windows, and lanes of both a batching dimension.
func gatherBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	a := n.Attrs.(GatherAttrs)
	x, indices := in[0], in[1]
	if axes[0] >= 0 {
		x = MoveAxis(b, x, axes[0], 0)
		a.CollapsedSliceDims, a.OperandBatchingDims, a.StartIndexMap = beside(0, a.CollapsedSliceDims), beside(0, a.OperandBatchingDims), beside(0, a.StartIndexMap)
	}
	if axes[1] >= 0 {
		indices = MoveAxis(b, indices, axes[1], 0)
		a.StartIndicesBatchingDims, a.IndexVectorDim, a.IndicesAreSorted = beside(0, a.StartIndicesBatchingDims), a.IndexVectorDim+1, false
	}
	a.OffsetDims = beside(0, a.OffsetDims)
	switch {
	case axes[1] < 0:
		a.OffsetDims, a.SliceSizes = with(a.OffsetDims, 0, 0), with(a.SliceSizes, 0, size)
	case axes[0] >= 0:
		a.OperandBatchingDims, a.StartIndicesBatchingDims = with(a.OperandBatchingDims, 0, 0), with(a.StartIndicesBatchingDims, 0, 0)
		a.SliceSizes = with(a.SliceSizes, 0, min(size, 1))
	}
	return oneInFront(Gather(b, x, indices, a))
}

// scatterBatch treats the lanes as gatherBatch does; operand and updates always have them.
func scatterBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	a := n.Attrs.(ScatterAttrs)
	x, indices, updates := Lanes(b, in[0], axes[0], size), in[1], Lanes(b, in[2], axes[2], size)
	a.UpdateWindowDims, a.InsertedWindowDims = beside(0, a.UpdateWindowDims), beside(0, a.InsertedWindowDims)
	a.InputBatchingDims, a.ScatterDimsToOperandDims = beside(0, a.InputBatchingDims), beside(0, a.ScatterDimsToOperandDims)
	if axes[1] < 0 {
		a.UpdateWindowDims = with(a.UpdateWindowDims, 0, 0)
	} else {
		indices = MoveAxis(b, indices, axes[1], 0)
		a.ScatterIndicesBatchingDims, a.IndexVectorDim, a.IndicesAreSorted = beside(0, a.ScatterIndicesBatchingDims), a.IndexVectorDim+1, false
		a.InputBatchingDims, a.ScatterIndicesBatchingDims = with(a.InputBatchingDims, 0, 0), with(a.ScatterIndicesBatchingDims, 0, 0)
	}
	return inFront(b.Emit(ScatterID, a, n.Regions, x, indices, updates))
}

// startVectors joins scalar starts, each with lanes or without, to one index vector a lane; they are clamped so that a part of the given extents
// fits into x.
func startVectors(b *ir.Builder, starts []*ir.Value, axes []int, size int, x, sizes []int) *ir.Value {
	columns := make([]*ir.Value, len(starts))
	for i, s := range starts {
		columns[i] = Reshape(b, Lanes(b, s, axes[i], size), []int{size, 1})
	}
	vectors := Concatenate(b, 1, columns...)
	return clampedIndices(b, vectors, windows{indexMap: span(0, len(x)), vectorDim: 1, sizes: sizes}, x)
}

// anyLanes reports whether one of the operands has lanes.
func anyLanes(axes []int) bool {
	return slices.ContainsFunc(axes, func(a int) bool { return a >= 0 })
}

// dynamicSliceBatch slices all lanes alike, or gathers from a place of its own for each lane.
func dynamicSliceBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	sizes, x := n.Attrs.(DynamicSliceAttrs).Sizes, in[0]
	rank := len(sizes)
	if rank == 0 {
		return in, axes
	}
	if !anyLanes(axes[1:]) {
		zero := b.Const(tensor.Must(tensor.New(in[1].Type.DType)))
		return oneInFront(DynamicSlice(b, MoveAxis(b, x, axes[0], 0), with(sizes, 0, size), slices.Insert(slices.Clone(in[1:]), 0, zero)...))
	}
	vectors := startVectors(b, in[1:], axes[1:], size, n.Inputs[0].Type.Shape, sizes)
	if axes[0] < 0 {
		return oneInFront(Gather(b, x, vectors, GatherAttrs{
			OffsetDims: span(1, rank+1), StartIndexMap: span(0, rank), IndexVectorDim: 1, SliceSizes: sizes}))
	}
	return oneInFront(Gather(b, MoveAxis(b, x, axes[0], 0), vectors, GatherAttrs{
		OffsetDims: span(1, rank+1), OperandBatchingDims: []int{0}, StartIndicesBatchingDims: []int{0},
		StartIndexMap: span(1, rank+1), IndexVectorDim: 1, SliceSizes: with(sizes, 0, min(size, 1))}))
}

// dynamicUpdateBatch updates all lanes alike, or scatters to a place of its own for each lane.
func dynamicUpdateBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	x, update := Lanes(b, in[0], axes[0], size), Lanes(b, in[1], axes[1], size)
	if !anyLanes(axes[2:]) {
		if len(in) == 2 {
			return oneInFront(update)
		}
		zero := b.Const(tensor.Must(tensor.New(in[2].Type.DType)))
		return oneInFront(DynamicUpdateSlice(b, x, update, slices.Insert(slices.Clone(in[2:]), 0, zero)...))
	}
	rank := x.Type.Rank() - 1
	vectors := startVectors(b, in[2:], axes[2:], size, n.Inputs[0].Type.Shape, n.Inputs[1].Type.Shape)
	return oneInFront(Scatter(b, x, vectors, update, ScatterAttrs{
		UpdateWindowDims: span(1, rank+1), InputBatchingDims: []int{0}, ScatterIndicesBatchingDims: []int{0},
		ScatterDimsToOperandDims: span(1, rank+1), IndexVectorDim: 1, Combine: CombineSet, UniqueIndices: true}, nil))
}

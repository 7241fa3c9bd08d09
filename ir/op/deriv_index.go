package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		GatherID:             {Linear: []int{0}, Transpose: gatherTranspose},
		DynamicSliceID:       {Linear: []int{0}, Transpose: dynamicSliceTranspose},
		DynamicUpdateSliceID: {Linear: []int{0, 1}, Transpose: dynamicUpdateTranspose},
	})
}

// gatherTranspose adds the windows of the cotangent up at the places that they came from.
func gatherTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	a, x := n.Attrs.(GatherAttrs), n.Inputs[0].Type
	places := clampedIndices(b, t.In[1], a.windows(), x.Shape)
	sum := Scatter(b, orZero(b, t.Take(0), x), places, t.Ct[0], a.scatter(), nil)
	return []*ir.Value{sum, nil}
}

// scatter returns the attributes that add windows where a gather took them.
func (a GatherAttrs) scatter() ScatterAttrs {
	return ScatterAttrs{
		UpdateWindowDims: a.OffsetDims, InsertedWindowDims: a.CollapsedSliceDims,
		InputBatchingDims: a.OperandBatchingDims, ScatterIndicesBatchingDims: a.StartIndicesBatchingDims,
		ScatterDimsToOperandDims: a.StartIndexMap, IndexVectorDim: a.IndexVectorDim, Combine: CombineAdd}
}

// gather returns the attributes that take windows where a scatter put them.
func (a ScatterAttrs) gather(x, updates ir.Type) GatherAttrs {
	return GatherAttrs{
		OffsetDims: a.UpdateWindowDims, CollapsedSliceDims: a.InsertedWindowDims,
		OperandBatchingDims: a.InputBatchingDims, StartIndicesBatchingDims: a.ScatterIndicesBatchingDims,
		StartIndexMap: a.ScatterDimsToOperandDims, IndexVectorDim: a.IndexVectorDim, SliceSizes: a.windows(x, updates).sizes}
}

// lastStarts returns, in the type of indices and broadcast to their shape, the largest start of each component from which a window fits.
func lastStarts(b *ir.Builder, indices *ir.Value, w windows, operand []int) *ir.Value {
	dt := indices.Type.DType
	largest := uint64(math.MaxUint64) >> (64 - dt.Bits())
	if dt.IsSigned() {
		largest >>= 1
	}
	bounds := tensor.Must(tensor.New(dt, len(w.indexMap)))
	for i, d := range w.indexMap {
		bounds.Set(i, min(uint64(max(operand[d]-w.sizes[d], 0)), largest))
	}
	if w.vectorDim == indices.Type.Rank() {
		return Spread(b, b.Const(tensor.Must(bounds.Reshape())), indices.Type.Shape)
	}
	return Broadcast(b, b.Const(bounds), []int{w.vectorDim}, indices.Type.Shape)
}

// clampedIndices moves the starts of windows that do not fit inside, as Gather does.
func clampedIndices(b *ir.Builder, indices *ir.Value, w windows, operand []int) *ir.Value {
	if indices.Type.DType.IsSigned() {
		indices = Max(b, indices, ZerosLike(b, indices))
	}
	return Min(b, indices, lastStarts(b, indices, w, operand))
}

// windowsFit returns, in the shape of the updates, which of their elements lie in windows that Scatter does not drop.
func windowsFit(b *ir.Builder, indices *ir.Value, w windows, operand, updates []int) *ir.Value {
	fits := Le(b, indices, lastStarts(b, indices, w, operand))
	if indices.Type.DType.IsSigned() {
		fits = And(b, fits, Ge(b, indices, ZerosLike(b, indices)))
	}
	if w.vectorDim < indices.Type.Rank() {
		fits = ReduceAnd(b, fits, w.vectorDim)
	}
	return Broadcast(b, fits, otherDims(len(updates), w.windowDims), updates)
}

// dynamicSliceTranspose adds to the part that was read; the sum so far is updated in place, so that reading a few elements of a large array
// in a loop costs no more on the way back.
func dynamicSliceTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	ct, starts := t.Ct[0], t.In[1:]
	out := make([]*ir.Value, len(t.In))
	sum := t.Take(0)
	if sum == nil {
		sum = Full(b, n.Inputs[0].Type, 0)
	} else {
		ct = Add(b, DynamicSlice(b, sum, ct.Type.Shape, starts...), ct)
	}
	out[0] = DynamicUpdateSlice(b, sum, ct, starts...)
	return out
}

func dynamicUpdateTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	ct, starts, update := t.Ct[0], t.In[2:], n.Inputs[1].Type
	out := make([]*ir.Value, len(t.In))
	if t.Linear(0) {
		out[0] = DynamicUpdateSlice(b, ct, Full(b, update, 0), starts...)
	}
	if t.Linear(1) {
		out[1] = DynamicSlice(b, ct, update.Shape, starts...)
	}
	return out
}

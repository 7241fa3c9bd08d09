package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Domain.Make of the indexing rows.

// windowSample draws a random valid gather or scatter: an operand with one batching dimension, and for each of up to three more
// whether it is indexed and whether it is dropped. Index vectors lie along a random dimension; some point outside.
func windowSample(r *ir.Rand, size int) (w windows, operand []int, indices *tensor.Tensor) {
	rank, batch := 1+r.IntN(4), 1+r.IntN(2)
	batchDim := r.IntN(rank)
	for d := range rank {
		extent := 1 + r.IntN(size+1)
		window := r.IntN(extent + 1)
		switch {
		case d == batchDim && size > 0:
			extent, window = batch, 1
			w.operandBatch = append(w.operandBatch, d)
		case r.IntN(2) == 0:
			window = 1
			w.droppedDims = append(w.droppedDims, d)
		}
		operand, w.sizes = append(operand, extent), append(w.sizes, window)
	}
	for _, d := range r.Perm(rank) {
		if !slices.Contains(w.operandBatch, d) && r.IntN(3) > 0 {
			w.indexMap = append(w.indexMap, d)
		}
	}
	shape := []int{size, 2}
	if len(w.operandBatch) > 0 {
		w.indexBatch = []int{r.IntN(3)}
		shape = slices.Insert(shape, w.indexBatch[0], batch)
	}
	w.vectorDim = r.IntN(len(shape) + 1)
	if len(w.indexMap) == 1 && r.IntN(2) == 0 {
		w.vectorDim = len(shape) // scalars in place of vectors
	} else {
		shape = slices.Insert(shape, w.vectorDim, len(w.indexMap))
		if len(w.indexBatch) > 0 && w.indexBatch[0] >= w.vectorDim {
			w.indexBatch[0]++
		}
	}
	movedRank := len(w.batchShape(shape)) + len(w.keptDims())
	w.windowDims = r.Perm(movedRank)[:len(w.keptDims())]
	slices.Sort(w.windowDims)
	types := []dtype.DType{dtype.Int32, dtype.Int64, dtype.Uint32, dtype.Int8}
	dt := types[r.IntN(len(types))]
	lo := -1
	if dt.IsUnsigned() {
		lo = 0
	}
	return w, operand, sampleIndices(r, dt, lo, size+2, shape...)
}

func gatherSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	w, operand, indices := windowSample(r, size)
	return ir.Sample{Inputs: []*tensor.Tensor{sampleTensor(r, dt, operand...), indices}, Attrs: GatherAttrs{
		OffsetDims: w.windowDims, CollapsedSliceDims: w.droppedDims, OperandBatchingDims: w.operandBatch,
		StartIndicesBatchingDims: w.indexBatch, StartIndexMap: w.indexMap, IndexVectorDim: w.vectorDim, SliceSizes: w.sizes}}
}

func scatterSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	w, operand, indices := windowSample(r, size)
	ways := []Combine{CombineSet, CombineAdd, CombineMul, CombineRegion, CombineMin, CombineMax}
	if dt.IsComplex() {
		ways = ways[:4]
	}
	combine := ways[r.IntN(len(ways))]
	var regions []*ir.Graph
	if combine == CombineRegion {
		regions = []*ir.Graph{binaryRegion(AddID, ir.T(dt))}
	}
	updates := sampleTensor(r, dt, w.movedShape(indices.Shape())...)
	return ir.Sample{Regions: regions, Inputs: []*tensor.Tensor{sampleTensor(r, dt, operand...), indices, updates}, Attrs: ScatterAttrs{
		UpdateWindowDims: w.windowDims, InsertedWindowDims: w.droppedDims, InputBatchingDims: w.operandBatch,
		ScatterIndicesBatchingDims: w.indexBatch, ScatterDimsToOperandDims: w.indexMap, IndexVectorDim: w.vectorDim, Combine: combine}}
}

// partSample draws an array of rank 0 to 3, extents of a part of it, and starts that may be outside.
func partSample(r *ir.Rand, dt dtype.DType, size int) (x *tensor.Tensor, sizes []int, starts []*tensor.Tensor) {
	shape := make([]int, r.IntN(4))
	for d := range shape {
		shape[d] = r.IntN(size + 2)
		sizes = append(sizes, r.IntN(shape[d]+1))
		starts = append(starts, sampleIndices(r, dtype.Int32, -2, size+2))
	}
	return sampleTensor(r, dt, shape...), sizes, starts
}

func dynamicSliceSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	x, sizes, starts := partSample(r, dt, size)
	return ir.Sample{Attrs: DynamicSliceAttrs{Sizes: sizes}, Inputs: append([]*tensor.Tensor{x}, starts...)}
}

func dynamicUpdateSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	x, sizes, starts := partSample(r, dt, size)
	return ir.Sample{Inputs: append([]*tensor.Tensor{x, sampleTensor(r, dt, sizes...)}, starts...)}
}

package gomlx

import (
	"errors"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

var indexing = map[ir.OpID]func(b *builder, n *ir.Node, in []*graph.Node) *graph.Node{
	op.GatherID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		a := n.Attrs.(op.GatherAttrs)
		indices, vector := in[1], a.IndexVectorDim
		if vector == indices.Rank() {
			indices = graph.ExpandAxes(indices, -1)
		}
		indices = vectorFirst(indices, vector)
		vector, batching := 0, batchingBehind(a.StartIndicesBatchingDims, vector)
		indices = clamped(indices, vector, a.StartIndexMap, in[0].Shape().Dimensions, a.SliceSizes)
		collapsed, start := a.CollapsedSliceDims, a.StartIndexMap
		if len(a.OperandBatchingDims) > 0 { // a batching dimension is an indexed one whose index is the place in the batch
			indices, start = batchIndices(indices, vector, batching), slices.Concat(a.OperandBatchingDims, start)
			collapsed = slices.Sorted(slices.Values(slices.Concat(collapsed, a.OperandBatchingDims)))
		}
		return graph.BackendGather(in[0], indices, vector, a.OffsetDims, collapsed, start, a.SliceSizes, false)
	},
	op.DynamicSliceID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		sizes := n.Attrs.(op.DynamicSliceAttrs).Sizes
		if len(sizes) == 0 {
			return in[0]
		}
		axes := count0(len(sizes))
		indices := clamped(vectorOf(in[1:]), 0, axes, in[0].Shape().Dimensions, sizes)
		return graph.BackendGather(in[0], indices, 0, axes, nil, axes, sizes, false)
	},
	op.DynamicUpdateSliceID: dynamicUpdate,
	op.ScatterID:            scatter,
}

// vectorFirst moves the dimension of the index vectors to the front: gomlx wants it to be less than the rank of the operand.
func vectorFirst(indices *graph.Node, vector int) *graph.Node {
	if vector == 0 {
		return indices
	}
	order := append([]int{vector}, slices.Delete(count0(indices.Rank()), vector, vector+1)...)
	return graph.TransposeAllAxes(indices, order...)
}

// batchingBehind renumbers dimensions of indices for vectorFirst.
func batchingBehind(dims []int, vector int) []int {
	dims = slices.Clone(dims)
	for i, dim := range dims {
		if dim < vector {
			dims[i]++
		}
	}
	return dims
}

// count0 is 0, 1, ..., n - 1.
func count0(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// vectorOf joins scalars.
func vectorOf(scalars []*graph.Node) *graph.Node {
	var list []*graph.Node
	for _, s := range scalars {
		list = append(list, graph.Reshape(s, 1))
	}
	return concatenate(list, 0)
}

// limits is the vector of the largest starts along dims, shaped to stand beside indices.
func limits(indices *graph.Node, vector int, dims, shape, sizes []int) *graph.Node {
	largest := make([]int64, len(dims))
	for i, dim := range dims {
		largest[i] = int64(shape[dim] - sizes[dim])
	}
	beside := slices.Repeat([]int{1}, indices.Rank())
	beside[vector] = len(dims)
	return graph.BroadcastToDims(graph.Reshape(graph.Const(indices.Graph(), largest), beside...), indices.Shape().Dimensions...)
}

// clamped moves windows inside, as signed integers of 64 bits.
func clamped(indices *graph.Node, vector int, dims, shape, sizes []int) *graph.Node {
	indices = signed(indices)
	if len(dims) == 0 {
		return indices
	}
	return graph.Max(graph.Min(indices, limits(indices, vector, dims, shape, sizes)), graph.ZerosLike(indices))
}

// signed converts indices to i64; what does not fit is far outside either way.
func signed(indices *graph.Node) *graph.Node {
	if indices.DType() == dtypes.Uint64 {
		most := graph.Scalar(indices.Graph(), dtypes.Uint64, uint64(1)<<62)
		indices = graph.Min(indices, graph.BroadcastToDims(most, indices.Shape().Dimensions...))
	}
	return convert(indices, dtypes.Int64)
}

// batchIndices puts, in front of each index vector, its place along the batching dimensions of the indices.
func batchIndices(indices *graph.Node, vector int, dims []int) *graph.Node {
	shape := indices.Shape().Clone()
	shape.Dimensions[vector] = 1
	var parts []*graph.Node
	for _, dim := range dims {
		parts = append(parts, graph.Iota(indices.Graph(), shape, dim))
	}
	return graph.Concatenate(append(parts, indices), vector)
}

// take replaces an axis of x by the dimensions of indices, which are in range.
func take(x, indices *graph.Node, axis int) *graph.Node {
	sizes := slices.Clone(x.Shape().Dimensions)
	sizes[axis] = min(sizes[axis], 1)
	var offset []int
	for i := range x.Rank() {
		if i < axis {
			offset = append(offset, i)
		} else if i > axis {
			offset = append(offset, i-1+indices.Rank())
		}
	}
	return graph.BackendGather(x, graph.ExpandAxes(indices, 0), 0, offset, []int{axis}, []int{axis}, sizes, false)
}

// dynamicUpdate selects between x and the update, spread to the shape of x.
func dynamicUpdate(_ *builder, _ *ir.Node, in []*graph.Node) *graph.Node {
	x, update, starts := in[0], in[1], in[2:]
	if x.Rank() == 0 {
		return update
	}
	shape, sizes := x.Shape().Dimensions, slices.Clone(update.Shape().Dimensions)
	start := clamped(vectorOf(starts), 0, count0(len(shape)), shape, sizes)
	var inside *graph.Node
	for axis, size := range shape {
		line := graph.Iota(x.Graph(), shapes.Make(dtypes.Int64, size), 0)
		first := graph.BroadcastToDims(graph.Reshape(slice(start, 0, axis, axis+1, 1)), size)
		place := graph.Sub(line, first)
		last := graph.BroadcastToDims(graph.Scalar(x.Graph(), dtypes.Int64, sizes[axis]-1), size)
		zero := graph.ZerosLike(place)
		hit := graph.LogicalAnd(graph.GreaterOrEqual(place, zero), graph.LessOrEqual(place, last))
		update = take(update, graph.Max(graph.Min(place, last), zero), axis)
		beside := slices.Repeat([]int{1}, len(shape))
		beside[axis] = size
		hit = graph.BroadcastToDims(graph.Reshape(hit, beside...), shape...)
		if inside != nil {
			hit = graph.LogicalAnd(inside, hit)
		}
		inside = hit
	}
	return graph.Where(inside, update, x)
}

func checkScatter(n *ir.Node) error {
	a := n.Attrs.(op.ScatterAttrs)
	switch {
	case a.Combine != op.CombineAdd && a.Combine != op.CombineMax && a.Combine != op.CombineMin:
		return errors.New("gomlx scatters by sums and extremes")
	case n.Inputs[0].Type.DType.IsComplex() || elementTypes[n.Inputs[0].Type.DType] == dtypes.Bool:
		return errors.New("gomlx scatters real numbers")
	}
	window, updates := a.UpdateWindowDims, n.Inputs[2].Type.Shape
	for dim, size := range n.Inputs[0].Type.Shape {
		if slices.Contains(a.InsertedWindowDims, dim) || slices.Contains(a.InputBatchingDims, dim) {
			continue
		}
		if updates[window[0]] != size {
			return errors.New("gomlx's backend in Go puts windows that do not span the array in wrong places")
		}
		window = window[1:]
	}
	return nil
}

// scatter replaces updates whose window does not fit by what changes nothing, and moves them inside.
func scatter(b *builder, n *ir.Node, in []*graph.Node) *graph.Node {
	a, x, updates := n.Attrs.(op.ScatterAttrs), in[0], in[2]
	dt := x.DType()
	if dt == dtypes.Int8 { // see wide
		x, updates = convert(x, dtypes.Int32), convert(updates, dtypes.Int32)
	}
	indices, vector := signed(in[1]), a.IndexVectorDim
	if vector == indices.Rank() {
		indices = graph.ExpandAxes(indices, -1)
	}
	batching := batchingBehind(a.ScatterIndicesBatchingDims, vector)
	indices, vector = vectorFirst(indices, vector), 0
	inserted, to := a.InsertedWindowDims, a.ScatterDimsToOperandDims
	if len(a.InputBatchingDims) > 0 { // as in gather
		indices, to = batchIndices(indices, vector, batching), slices.Concat(a.InputBatchingDims, to)
		inserted = slices.Sorted(slices.Values(slices.Concat(inserted, a.InputBatchingDims)))
	}
	window := slices.Clone(a.UpdateWindowDims)
	sizes := make([]int, x.Rank())
	for dim := range sizes {
		sizes[dim] = 1
		if !slices.Contains(inserted, dim) {
			sizes[dim] = updates.Shape().Dimensions[window[0]]
			window = window[1:]
		}
	}
	if len(to) > 0 {
		inside := clamped(indices, vector, to, x.Shape().Dimensions, sizes)
		fits := graph.ReduceLogicalAnd(graph.Equal(inside, indices), vector)
		shape := slices.Clone(updates.Shape().Dimensions)
		for _, dim := range a.UpdateWindowDims {
			shape[dim] = 1
		}
		fits = graph.BroadcastToDims(graph.Reshape(fits, shape...), updates.Shape().Dimensions...)
		updates = graph.Where(fits, updates, b.neutral(a.Combine, updates))
		indices = inside
	}
	f := map[op.Combine]func(x, i, u *graph.Node, vector int, window, inserted, to []int, sorted, unique bool) *graph.Node{
		op.CombineAdd: graph.BackendScatterSum, op.CombineMax: graph.BackendScatterMax, op.CombineMin: graph.BackendScatterMin}[a.Combine]
	return convert(f(x, indices, updates, vector, a.UpdateWindowDims, inserted, to, false, false), dt)
}

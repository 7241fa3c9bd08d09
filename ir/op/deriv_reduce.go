package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		ReduceSumID: linear1(func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value {
			return alongAxes(b, ct, n.Inputs[0].Type.Shape, n.Attrs.(ReduceAttrs).Axes)
		}),
		ReduceProdID: {JVP: reduceProdJVP},
		ReduceMaxID:  {JVP: reduceLargestJVP},
		ReduceMinID:  {JVP: reduceLargestJVP},
		SortID:       {JVP: sortJVP},
		SortByID:     {JVP: sortByJVP},
	})
}

// alongAxes repeats x along axes that a reduction took away from shape.
func alongAxes(b *ir.Builder, x *ir.Value, shape, axes []int) *ir.Value {
	if len(axes) == 0 {
		return x
	}
	return Broadcast(b, x, otherDims(len(shape), axes), shape)
}

// reduceLargestJVP is the mean of the tangents of all elements that are equal to the result.
func reduceLargestJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	axes, x := n.Attrs.(ReduceAttrs).Axes, in[0]
	if x.Type.Size() == 0 {
		return []*ir.Value{nil}
	}
	isLargest := Convert(b, Eq(b, x, alongAxes(b, out[0], x.Type.Shape, axes)), x.Type.DType)
	count := ReduceSum(b, isLargest, axes...)
	sum := ReduceSum(b, Mul(b, t[0], isLargest), axes...) // a product, so that the derivative of NaN is NaN
	return []*ir.Value{Div(b, sum, count)}
}

// reduceProdJVP multiplies each tangent by the product of the other elements, which is right for zeros too.
func reduceProdJVP(b *ir.Builder, n *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	shape, axes := in[0].Type.Shape, n.Attrs.(ReduceAttrs).Axes
	kept := otherDims(len(shape), axes)
	lines := func(x *ir.Value) *ir.Value {
		flat := append(pick(shape, kept), ir.T(0, pick(shape, axes)...).Size())
		return Reshape(b, Transpose(b, x, slices.Concat(kept, axes)), flat)
	}
	x, dx := lines(in[0]), lines(t[0])
	return []*ir.Value{ReduceSum(b, Mul(b, dx, productOfOthers(b, x)), len(kept))}
}

// productOfOthers returns, for each element along the last axis, the product of those before it and those behind it.
func productOfOthers(b *ir.Builder, x *ir.Value) *ir.Value {
	last := x.Type.Rank() - 1
	shifted := func(by int) *ir.Value {
		low, high := make([]int, last+1), make([]int, last+1)
		low[last], high[last] = by, -by
		return Pad(b, x, Scalar(b, x.Type.DType, 1), low, high, make([]int, last+1))
	}
	if x.Type.Shape[last] == 0 {
		return x
	}
	return Mul(b, CumProd(b, shifted(1), last, false), CumProd(b, shifted(-1), last, true))
}

// sortJVP sorts the element numbers too, and takes the tangents in their order.
func sortJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	a, shape := n.Attrs.(SortAttrs), in[0].Type.Shape
	numbers := Iota(b, dtype.Int32, shape, a.Dim)
	sorted := b.Emit(SortID, a, nil, slices.Concat(in, []*ir.Value{numbers})...)
	copy(out, sorted)
	return takeTangents(b, t, sorted[len(in)], a.Dim)
}

func takeTangents(b *ir.Builder, t []*ir.Value, from *ir.Value, dim int) []*ir.Value {
	tangents := make([]*ir.Value, len(t))
	for i, dx := range t {
		if dx != nil {
			tangents[i] = takeAlong(b, dx, from, dim)
		}
	}
	return tangents
}

// sortByJVP is sortJVP; the region does not look at the numbers.
func sortByJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	a := n.Attrs.(SortByAttrs)
	r := ir.NewBuilder("before")
	p := r.Params(n.Regions[0].InTypes())
	r.Params([]ir.Type{indexType, indexType})
	before := r.Build(n.Regions[0].Inline(r, p...)...)
	numbers := Iota(b, dtype.Int32, in[0].Type.Shape, a.Dim)
	sorted := b.Emit(SortByID, a, []*ir.Graph{before}, slices.Concat(in, []*ir.Value{numbers})...)
	copy(out, sorted)
	return takeTangents(b, t, sorted[len(in)], a.Dim)
}

// takeAlong returns y of the shape of indices with y[.., i, ..] = x[.., indices[.., i, ..], ..] on axis.
func takeAlong(b *ir.Builder, x, indices *ir.Value, axis int) *ir.Value {
	rank := x.Type.Rank()
	others := otherDims(rank, []int{axis})
	sizes := make([]int, rank)
	for d, extent := range x.Type.Shape {
		sizes[d] = min(extent, 1)
	}
	return Gather(b, x, indices, GatherAttrs{
		CollapsedSliceDims: []int{axis}, OperandBatchingDims: others, StartIndicesBatchingDims: others,
		StartIndexMap: []int{axis}, IndexVectorDim: rank, SliceSizes: sizes})
}

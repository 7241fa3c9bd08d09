package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// What can be known about a region on scalars: which primitive it is, and how it runs on whole arrays.

// RegionOp returns the primitive that a region (x, y) -> z of two scalars consists of; the operands may stand the other way round where
// that makes no difference. It is ir.OpInvalid for any other region.
func RegionOp(region *ir.Graph) ir.OpID {
	if len(region.Params) != 2 || len(region.Outputs) != 1 {
		return ir.OpInvalid
	}
	n := region.Outputs[0].Node
	if n == nil || len(n.Results) != 1 || len(n.Inputs) != 2 || n.Attrs != nil || len(n.Regions) > 0 {
		return ir.OpInvalid
	}
	if slices.Equal(n.Inputs, region.Params) || n.Row().Commutative && n.Inputs[0] == region.Params[1] && n.Inputs[1] == region.Params[0] {
		return n.Op
	}
	return ir.OpInvalid
}

// CombineOf returns the way to combine that a region (accumulated, new) -> accumulated amounts to: CombineRegion where it is none of the others.
func CombineOf(region *ir.Graph) Combine {
	if len(region.Params) == 2 && len(region.Outputs) == 1 && region.Outputs[0] == region.Params[1] {
		return CombineSet
	}
	ways := map[ir.OpID]Combine{AddID: CombineAdd, MulID: CombineMul, MinID: CombineMin, MaxID: CombineMax}
	dt := dtype.Invalid
	if len(region.Params) > 0 {
		dt = region.Params[0].Type.DType
	}
	id := RegionOp(region)
	if c, ok := ways[id]; ok {
		return c
	}
	if dt.IsBool() && id == OrID {
		return CombineAdd
	}
	if dt.IsBool() && id == AndID {
		return CombineMul
	}
	return CombineRegion
}

// Map applies a region on scalars to arrays of one shape, element by element, as StableHLO's map: in primitives on whole arrays where
// the region is made of elementwise ones, else in a loop over the elements.
func Map(b *ir.Builder, region *ir.Graph, operands ...*ir.Value) []*ir.Value {
	if len(operands) == 0 {
		fail(b, "map", ir.Mismatch("operands", "none", "at least one array"))
	}
	shape := operands[0].Type.Shape
	for i, x := range operands {
		if !slices.Equal(x.Type.Shape, shape) {
			fail(b, "map", ir.Mismatch(operand(i), x.Type.String(), "the shape of operand 0, "+operands[0].Type.String()))
		}
	}
	if err := checkTypes("region parameter", region.InTypes(), scalarTypes(ir.TypesOf(operands))); err != nil {
		fail(b, "map", err.(*ir.Error))
	}
	for i, t := range region.OutTypes() {
		if t.Rank() != 0 {
			fail(b, "map", ir.Mismatch("region output "+itoa(i), t.String(), "a scalar"))
		}
	}
	if vectorizes(region) {
		return vectorized(b, region, shape, operands)
	}
	size := operands[0].Type.Size()
	body := ir.NewBuilder("map")
	body.Param(indexType)
	rows := make([]*ir.Value, len(operands))
	for i, x := range operands {
		rows[i] = Reshape(b, x, []int{size})
	}
	loop := body.Build(region.Inline(body, body.Params(region.InTypes())...)...)
	return map1(Loop(b, LoopAttrs{Trip: size, Xs: len(rows)}, loop, rows...), func(y *ir.Value) *ir.Value { return Reshape(b, y, shape) })
}

// vectorizes reports whether a region on scalars consists of elementwise primitives, constants and calls of such regions.
func vectorizes(region *ir.Graph) bool {
	for _, p := range region.Params {
		if p.Type.Rank() != 0 {
			return false
		}
	}
	for _, n := range region.Nodes {
		switch {
		case slices.ContainsFunc(n.Results, func(r *ir.Value) bool { return r.Type.Rank() != 0 }):
			return false
		case n.Op == CallID:
			if n.Attrs.(CallAttrs).Kind != CallPlain || !vectorizes(n.Regions[0]) {
				return false
			}
		case n.Op == ReshapeID || n.Op == BroadcastID:
			if n.Inputs[0].Type.Rank() != 0 {
				return false
			}
		case n.Op != ConstID && (n.Row().Class != ir.ClassElementwise || n.Row().Effect):
			return false
		}
	}
	return true
}

// vectorized applies a region that vectorizes to arrays of one shape.
func vectorized(b *ir.Builder, region *ir.Graph, shape []int, operands []*ir.Value) []*ir.Value {
	env := make(map[*ir.Value]*ir.Value, len(region.Nodes)+len(region.Params))
	for i, p := range region.Params {
		env[p] = operands[i]
	}
	for _, n := range region.Nodes {
		var out []*ir.Value
		switch in := ir.Lookup(env, n.Inputs); n.Op {
		case ConstID:
			out = []*ir.Value{Spread(b, b.Const(n.Attrs.(ir.ConstAttrs).Value), shape)}
		case CallID:
			out = vectorized(b, n.Regions[0], shape, in)
		case ReshapeID, BroadcastID: // of a scalar to a scalar
			out = in
		default:
			out = b.Emit(n.Op, n.Attrs, nil, in...)
		}
		for i, r := range n.Results {
			env[r] = out[i]
		}
	}
	return ir.Lookup(env, region.Outputs)
}

// folds are the primitives whose reduction has a row of its own.
var folds = map[ir.OpID]ir.OpID{
	AddID: ReduceSumID, MulID: ReduceProdID, MaxID: ReduceMaxID, MinID: ReduceMinID, AndID: ReduceAndID, OrID: ReduceOrID, XorID: ReduceXorID,
}

// ReduceBy is Reduce in an order that suits compiled programs, as StableHLO leaves the order open: by the row of its own that the region
// has (sum, maximum, ...), or pair by pair in primitives on whole arrays, with inits added last. A region that neither fits runs from
// element to element.
func ReduceBy(b *ir.Builder, operands, inits []*ir.Value, axes []int, region *ir.Graph) []*ir.Value {
	general := func() []*ir.Value { return Reduce(b, operands, inits, axes, region) }
	if _, _, err := checkFold(ir.TypesOf(slices.Concat(operands, inits))); err != nil {
		return general() // which says what is wrong
	}
	for i, x := range operands {
		if x.Type.DType != inits[i].Type.DType || checkDims("axes", axes, x.Type.Rank()) != nil {
			return general()
		}
	}
	axes = slices.Sorted(slices.Values(axes))
	if id, ok := folds[RegionOp(region)]; ok && len(operands) == 1 && id.Row().Accepts.Has(operands[0].Type.DType) {
		folded := b.Emit1(id, ReduceAttrs{Axes: axes}, operands[0])
		if isZeroSum(id, inits[0]) {
			return []*ir.Value{folded}
		}
		return vectorized(b, region, folded.Type.Shape, []*ir.Value{Spread(b, inits[0], folded.Type.Shape), folded})
	}
	if !vectorizes(region) {
		return general()
	}
	return reduceByPairs(b, operands, inits, axes, region)
}

// isZeroSum reports whether init adds nothing to a sum.
func isZeroSum(fold ir.OpID, init *ir.Value) bool {
	if fold != ReduceSumID || init.Node == nil || init.Node.Op != ConstID {
		return false
	}
	return init.Node.Attrs.(ir.ConstAttrs).Value.Complex128s()[0] == 0
}

// reduceByPairs joins neighbours along the folded elements until one is left: the order of the elements is kept, so the region need
// only be associative, as the specification asks.
func reduceByPairs(b *ir.Builder, operands, inits []*ir.Value, axes []int, region *ir.Graph) []*ir.Value {
	rank := operands[0].Type.Rank()
	kept := otherDims(rank, axes)
	keptShape, n := pick(operands[0].Type.Shape, kept), 1
	for _, a := range axes {
		n *= operands[0].Type.Shape[a]
	}
	join := func(x, y []*ir.Value) []*ir.Value { return vectorized(b, region, x[0].Type.Shape, slices.Concat(x, y)) }
	accs := make([]*ir.Value, len(inits))
	for i, init := range inits {
		accs[i] = Spread(b, init, keptShape)
	}
	if n == 0 || ir.T(0, keptShape...).Size() == 0 {
		return accs
	}
	// The folded elements lie along the first dimension.
	rows := make([]*ir.Value, len(operands))
	for i, x := range operands {
		rows[i] = Reshape(b, Transpose(b, x, slices.Concat(axes, kept)), slices.Concat([]int{n}, keptShape))
	}
	for ; n > 1; n = (n + 1) / 2 {
		joined := join(everySecond(b, rows, 0, n/2*2), everySecond(b, rows, 1, n/2*2))
		if n%2 == 1 {
			for i, last := range everySecond(b, rows, n-1, n) {
				joined[i] = Concatenate(b, 0, joined[i], last)
			}
		}
		rows = joined
	}
	for i, x := range rows {
		rows[i] = Reshape(b, x, keptShape)
	}
	return join(accs, rows)
}

// everySecond takes every second row from start on, below limit.
func everySecond(b *ir.Builder, xs []*ir.Value, start, limit int) []*ir.Value {
	out := make([]*ir.Value, len(xs))
	for i, x := range xs {
		starts, limits, strides := make([]int, x.Type.Rank()), slices.Clone(x.Type.Shape), slices.Repeat([]int{1}, x.Type.Rank())
		starts[0], limits[0], strides[0] = start, limit, 2
		out[i] = Slice(b, x, starts, limits, strides)
	}
	return out
}

// SelectAndScatter is StableHLO's select_and_scatter: in each window of x, selected (kept, new) -> Bool finds one element, and scatter
// (accumulated, new) -> accumulated adds that element of source that stands for the window to an array of init, in the place of the one
// that was found. Window, Strides and paddings of attrs say where windows lie.
func SelectAndScatter(b *ir.Builder, x, source, init *ir.Value, attrs ReduceWindowAttrs, selected, scatter *ir.Graph) *ir.Value {
	one := ir.T(x.Type.DType)
	if err := checkSignature("select", selected, []ir.Type{one, one}, []ir.Type{ir.T(dtype.Bool)}); err != nil {
		fail(b, "select_and_scatter", err.(*ir.Error))
	}
	numbers := Reshape(b, Iota(b, dtype.Int64, []int{x.Type.Size()}, 0), x.Type.Shape)
	// The fold keeps an element and its number; -1 stands for none so far.
	r := ir.NewBuilder("select")
	p := r.Params([]ir.Type{one, ir.T(dtype.Int64), one, ir.T(dtype.Int64)})
	none := Lt(r, p[1], ScalarInt(r, dtype.Int64, 0))
	keep := And(r, Not(r, none), selected.Inline(r, p[0], p[2])[0])
	fold := r.Build(Select(r, keep, p[0], p[2]), Select(r, keep, p[1], p[3]))
	found := ReduceWindowRegion(b, []*ir.Value{x, numbers}, []*ir.Value{b.Const(tensor.Must(tensor.New(x.Type.DType))), ScalarInt(b, dtype.Int64, -1)}, attrs, fold)[1]
	if !slices.Equal(found.Type.Shape, source.Type.Shape) {
		fail(b, "select_and_scatter", ir.Mismatch("source", source.Type.String(), "the shape of the windows, "+found.Type.WithDType(source.Type.DType).String()))
	}
	n := source.Type.Size()
	a := ScatterAttrs{InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: CombineOf(scatter)}
	if a.Combine != CombineRegion {
		scatter = nil
	}
	out := Scatter(b, Spread(b, init, []int{x.Type.Size()}), Reshape(b, found, []int{n}), Reshape(b, source, []int{n}), a, scatter)
	return Reshape(b, out, x.Type.Shape)
}

package stablehlo

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// StableHLO folds in any order, and takes the initial value any number of times, also for the empty places of windows. A region gives the
// same there as in order only if it is a commutative monoid with the initial value as its neutral element.

// probed is the number of triples of elements on which a region is tried.
const probed = 512

// isMonoid tries whether the region of a fold is commutative and associative and its initial values are constants that change nothing, on a fixed
// choice of small whole numbers (whose sums and products are exact), infinities and NaN. A region that only looks so would have to err
// elsewhere alone.
func isMonoid(n *ir.Node) bool {
	region, k := n.Regions[0], len(n.Inputs)/2
	inits := n.Inputs[k:]
	if slices.ContainsFunc(inits, func(v *ir.Value) bool { return v.Op() != op.ConstID }) ||
		!slices.EqualFunc(region.Params[:k], region.Params[k:], func(x, y *ir.Value) bool { return x.Type.Equal(y.Type) }) {
		return false
	}
	b, r := ir.NewBuilder("probe"), rand.New(rand.NewPCG(1, 2))
	var neutral, x, y, z []*ir.Value
	for i, p := range region.Params[:k] {
		dt := p.Type.DType
		neutral = append(neutral, op.Spread(b, b.Const(inits[i].Node.Attrs.(ir.ConstAttrs).Value), []int{probed}))
		x, y, z = append(x, probes(b, r, dt)), append(y, probes(b, r, dt)), append(z, probes(b, r, dt))
	}
	join := func(x, y []*ir.Value) []*ir.Value { return op.Map(b, region, slices.Concat(x, y)...) }
	xy := join(x, y)
	g := b.Build(slices.Concat(join(neutral, x), x, join(x, neutral), x, xy, join(y, x), join(xy, z), join(x, join(y, z)))...)
	out := evaluate(g)
	for i := 0; i < len(out); i += 2 * k {
		for j := range k {
			if !sameNumbers(out[i+j], out[i+k+j]) {
				return false
			}
		}
	}
	return out != nil
}

// probes is a constant of drawn elements.
func probes(b *ir.Builder, r *rand.Rand, dt dtype.DType) *ir.Value {
	values := []float64{0, 1, 2, 3, 5, -1, -2, -4}
	if dt.IsFloat() {
		values = append(values, math.Inf(1), math.Inf(-1), math.NaN())
	}
	t := tensor.Must(tensor.New(dt, probed))
	for i := range probed {
		t.Set(i, values[r.IntN(len(values))])
	}
	return b.Const(t)
}

// evaluate runs a graph without parameters and without regions; nil where it has them, or fails.
func evaluate(g *ir.Graph) []*tensor.Tensor {
	env := map[*ir.Value]*tensor.Tensor{}
	of := func(vs []*ir.Value) (out []*tensor.Tensor) {
		for _, v := range vs {
			out = append(out, env[v])
		}
		return out
	}
	for _, n := range g.Nodes {
		if len(n.Regions) > 0 || n.Row().Effect {
			return nil
		}
		results, err := n.Row().Eval(&ir.Eval{Step: -1}, n, of(n.Inputs))
		if err != nil {
			return nil
		}
		for i, t := range results {
			env[n.Results[i]] = t
		}
	}
	return of(g.Outputs)
}

// sameNumbers compares by value: NaN equals NaN.
func sameNumbers(x, y *tensor.Tensor) bool {
	if dt := x.DType(); dt.IsFloat() || dt.IsComplex() {
		return slices.EqualFunc(x.Complex128s(), y.Complex128s(), func(x, y complex128) bool { return x == y || x != x && y != y })
	}
	return slices.Equal(x.Int64s(), y.Int64s())
}

// sequentialFold is the definition: a loop over the folded elements, in row-major order, with all results at once.
func sequentialFold(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	operands, inits, folded := in[:len(in)/2], in[len(in)/2:], n.Attrs.(op.ReduceAttrs).Axes
	kept, count := n.Results[0].Type.Shape, 1
	perm := slices.Clone(folded)
	for d, extent := range operands[0].Type.Shape {
		if slices.Contains(folded, d) {
			count *= extent
		} else {
			perm = append(perm, d)
		}
	}
	var xs []*ir.Value
	for _, v := range operands {
		xs = append(xs, op.Reshape(b, op.Transpose(b, v, perm), append([]int{count}, kept...)))
	}
	return foldRows(b, n.Regions[0], inits, xs, nil, kept)
}

// sequentialWindows is the definition: a loop over the places of the windows, with all windows at once.
func sequentialWindows(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	operands, inits, out := in[:len(in)/2], in[len(in)/2:], n.Results[0].Type
	if operands[0].Type.Size() == 0 || out.Size() == 0 {
		return spreadAll(b, inits, out.Shape)
	}
	patches := op.NewPatches(b, n.Attrs.(op.ReduceWindowAttrs), operands[0].Type.Shape, out.Shape)
	var xs []*ir.Value
	for _, v := range operands {
		xs = append(xs, patches.Take(v))
	}
	var results []*ir.Value
	for _, v := range foldRows(b, n.Regions[0], inits, xs, patches.Valid, []int{out.Size()}) {
		results = append(results, op.Reshape(b, v, out.Shape))
	}
	return results
}

// foldRows folds rows of a shape from initial values on; where valid, of the shape of the rows, is not set, an element takes no part.
func foldRows(b *ir.Builder, region *ir.Graph, inits, rows []*ir.Value, valid *ir.Value, shape []int) []*ir.Value {
	step := ir.NewBuilder("fold")
	step.Param(indexType)
	xs := rows
	var accs, elements []*ir.Value
	for _, v := range inits {
		accs = append(accs, step.Param(v.Type.WithShape(shape...)))
	}
	for _, v := range rows {
		elements = append(elements, step.Param(v.Type.WithShape(shape...)))
	}
	next := op.Map(step, region, slices.Concat(accs, elements)...)
	if valid != nil {
		xs = append(slices.Clone(rows), valid)
		takes := step.Param(valid.Type.WithShape(shape...))
		for i, v := range next {
			next[i] = choose(step, takes, v, accs[i])
		}
	}
	attrs := op.LoopAttrs{Trip: rows[0].Type.Shape[0], Carries: len(inits), Xs: len(xs)}
	return op.Loop(b, attrs, step.Build(next...), slices.Concat(spreadAll(b, inits, shape), xs)...)
}

func spreadAll(b *ir.Builder, scalars []*ir.Value, shape []int) []*ir.Value {
	out := make([]*ir.Value, len(scalars))
	for i, v := range scalars {
		out[i] = op.Spread(b, v, shape)
	}
	return out
}

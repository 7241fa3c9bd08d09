package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Folds with a region of the user's are differentiated as the loops that they mean.

// expansions return the graph that a node stands for: (inputs...) -> (results...); nil if the node has rules of its own.
var expansions map[ir.OpID]func(n *ir.Node) *ir.Graph

func init() {
	expansions = map[ir.OpID]func(n *ir.Node) *ir.Graph{
		op.ReduceID:       expandReduce,
		op.ReduceWindowID: expandReduceWindow,
	}
}

// expanded returns the graph that n stands for, or nil.
func expanded(n *ir.Node) *ir.Graph {
	if f, ok := expansions[n.Op]; ok {
		return f(n)
	}
	return nil
}

// expandReduce folds row by row: the folded axes come first and become one, the others are lanes of the region.
func expandReduce(n *ir.Node) *ir.Graph {
	axes, k := n.Attrs.(op.ReduceAttrs).Axes, len(n.Inputs)/2
	b := ir.NewBuilder("reduce")
	in := b.Params(ir.TypesOf(n.Inputs))
	operands, shape := in[:k], in[0].Type.Shape
	order := slices.Clone(axes)
	for d := range shape {
		if !slices.Contains(axes, d) {
			order = append(order, d)
		}
	}
	lines := n.Results[0].Type.Size()
	steps := 1
	for _, d := range axes {
		steps *= shape[d]
	}
	rows := make([]*ir.Value, k)
	for i, x := range operands {
		rows[i] = op.Reshape(b, op.Transpose(b, x, order), []int{steps, lines})
	}
	return b.Build(foldRows(b, n, in[k:], rows, nil)...)
}

// foldRows folds rows [steps, lanes] from scalar inits on with the region of n, in all lanes; valid, if not nil, tells where there is an element.
func foldRows(b *ir.Builder, n *ir.Node, inits, rows []*ir.Value, valid *ir.Value) []*ir.Value {
	k, steps, lines := len(rows), rows[0].Type.Shape[0], rows[0].Type.Shape[1]
	region, _ := Batch(n.Regions[0], allMarked(2*k), lines, allMarked(k))
	accs := make([]*ir.Value, k)
	for i, v := range inits {
		accs[i] = op.Spread(b, v, []int{lines})
	}
	xs := slices.Clone(rows)
	if valid != nil {
		xs = append(xs, valid)
	}
	nb := ir.NewBuilder("step")
	nb.Param(indexType)
	carries := nb.Params(ir.TypesOf(accs))
	var elements []*ir.Value
	for _, x := range xs {
		elements = append(elements, nb.Param(x.Type.WithShape(lines)))
	}
	next := region.Inline(nb, slices.Concat(carries, elements[:k])...)
	if valid != nil {
		for i := range next {
			next[i] = op.Select(nb, elements[k], next[i], carries[i])
		}
	}
	folded := op.Loop(b, op.LoopAttrs{Trip: steps, Carries: k, Xs: len(xs)}, nb.Build(next...), slices.Concat(accs, xs)...)
	out := make([]*ir.Value, k)
	for i, r := range n.Results {
		out[i] = op.Reshape(b, folded[i], r.Type.Shape)
	}
	return out
}

// expandReduceWindow folds the places of the windows one after the other.
func expandReduceWindow(n *ir.Node) *ir.Graph {
	a, k := n.Attrs.(op.ReduceWindowAttrs), len(n.Inputs)/2
	if a.Combine != op.CombineRegion {
		return nil
	}
	b := ir.NewBuilder("reduce_window")
	in := b.Params(ir.TypesOf(n.Inputs))
	p := op.NewPatches(b, a, in[0].Type.Shape, n.Results[0].Type.Shape)
	rows := make([]*ir.Value, k)
	for i, x := range in[:k] {
		rows[i] = p.Take(x)
	}
	return b.Build(foldRows(b, n, in[k:], rows, p.Valid)...)
}

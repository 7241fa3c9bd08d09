package stablehlo

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// ruleLoop writes a loop as a while. Its carries are the count of steps done, the carries and the recorded arrays; a step reads row i of
// each xs by dynamic_slice and writes row i/e of each ys by dynamic_update_slice.
func ruleLoop(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	if len(n.Results) == 0 {
		return []*ir.Value{}
	}
	a := n.Attrs.(op.LoopAttrs)
	consts, carries, xs := in[:a.Consts], in[a.Consts:a.Consts+a.Carries], in[a.Consts+a.Carries:]
	var buffers []*ir.Value
	for _, r := range n.Results[a.Carries:] {
		buffers = append(buffers, op.Full(b, r.Type, 0))
	}
	if a.Trip == 0 {
		return slices.Concat(carries, buffers)
	}
	state := slices.Concat([]*ir.Value{op.ScalarInt(b, dtype.Int32, 0)}, carries, buffers)
	fixed := slices.Concat(consts, xs)
	out := op.While(b, op.WhileAttrs{BodyConsts: len(fixed)}, loopCond(a, ir.TypesOf(state)), loopBody(a, n.Regions[0], fixed, state), slices.Concat(fixed, state)...)
	return out[1:]
}

// loopCond is true while steps are left.
func loopCond(a op.LoopAttrs, state []ir.Type) *ir.Graph {
	b := ir.NewBuilder("cond")
	p := b.Params(state)
	return b.Build(op.Lt(b, p[0], op.ScalarInt(b, dtype.Int32, int64(a.Trip))))
}

// loopBody is one step: (consts, xs, done, carries, ys) -> (done + 1, carries, ys).
func loopBody(a op.LoopAttrs, step *ir.Graph, fixed, state []*ir.Value) *ir.Graph {
	b := ir.NewBuilder("body")
	p := b.Params(slices.Concat(ir.TypesOf(fixed), ir.TypesOf(state)))
	consts, xs := p[:a.Consts], p[a.Consts:len(fixed)]
	done, carries, ys := p[len(fixed)], p[len(fixed)+1:len(fixed)+1+a.Carries], p[len(fixed)+1+a.Carries:]
	i := done
	if a.Reverse {
		i = op.Sub(b, op.ScalarInt(b, dtype.Int32, int64(a.Trip-1)), done)
	}
	args := slices.Concat([]*ir.Value{i}, consts, carries)
	for _, x := range xs {
		args = append(args, readRow(b, x, i))
	}
	out := step.Inline(b, args...)
	next := slices.Concat([]*ir.Value{op.Add(b, done, op.ScalarInt(b, dtype.Int32, 1))}, out[:a.Carries])
	for k, y := range out[a.Carries:] {
		next = append(next, recordRow(b, a, k, ys[k], y, i))
	}
	return b.Build(next...)
}

// corner returns the start indices of row i.
func corner(b *ir.Builder, rank int, i *ir.Value) []*ir.Value {
	starts := []*ir.Value{i}
	for range rank - 1 {
		starts = append(starts, op.ScalarInt(b, dtype.Int32, 0))
	}
	return starts
}

func readRow(b *ir.Builder, x, i *ir.Value) *ir.Value {
	sizes := slices.Clone(x.Type.Shape)
	sizes[0] = 1
	return op.Reshape(b, op.DynamicSlice(b, x, sizes, corner(b, len(sizes), i)...), sizes[1:])
}

// recordRow writes y as row i/e if e divides i. Counting down, the last write to a row is the right one, so no other need be held back;
// counting up it is the first one, and the later ones write what is there.
func recordRow(b *ir.Builder, a op.LoopAttrs, k int, ys, y, i *ir.Value) *ir.Value {
	every := a.Step(k)
	row, update := i, y
	if every > 1 {
		interval := op.ScalarInt(b, dtype.Int32, int64(every))
		row = op.Div(b, i, interval)
		if !a.Reverse {
			due := op.Eq(b, op.Rem(b, i, interval), op.ScalarInt(b, dtype.Int32, 0))
			update = choose(b, op.Spread(b, due, y.Type.Shape), y, readRow(b, ys, row))
		}
	}
	update = op.Reshape(b, update, append([]int{1}, y.Type.Shape...))
	return op.DynamicUpdateSlice(b, ys, update, corner(b, ys.Type.Rank(), row)...)
}

// choose is Select also for numbers of 2 to 8 bits, which nothing but conversions take; the wider type has all of them.
func choose(b *ir.Builder, pred, yes, no *ir.Value) *ir.Value {
	dt := yes.Type.DType
	if !dt.IsNarrow() {
		return op.Select(b, pred, yes, no)
	}
	return op.Convert(b, op.Select(b, pred, op.Convert(b, yes, dt.Wide()), op.Convert(b, no, dt.Wide())), dt)
}

package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// unrolled is a Loop with several copies of its body in each turn: turns of k steps, and the steps that are left over written out.
type unrolled struct {
	op.LoopAttrs
	body *ir.Graph
	k    int
}

// emitLoop records a loop with k copies of the body in each turn. A loop that records not every step stays as it is.
func emitLoop(b *ir.Builder, attrs op.LoopAttrs, k int, body *ir.Graph, operands []*ir.Value) []*ir.Value {
	sparse := slices.ContainsFunc(attrs.Every, func(e int) bool { return e > 1 })
	if k <= 1 || sparse || attrs.Trip <= 1 {
		return op.Loop(b, attrs, body, operands...)
	}
	attrs.Every = nil
	u := unrolled{attrs, body, min(k, attrs.Trip)}
	consts, carries, xs := operands[:attrs.Consts], operands[attrs.Consts:attrs.Consts+attrs.Carries], operands[attrs.Consts+attrs.Carries:]
	turns := attrs.Trip / u.k
	inTurns := turns * u.k
	var rest, ys []*ir.Value
	if attrs.Reverse { // the last rows come first
		carries, rest = u.steps(b, consts, carries, xs, inTurns, attrs.Trip)
		carries, ys = u.loop(b, consts, carries, xs, turns)
	} else {
		carries, ys = u.loop(b, consts, carries, xs, turns)
		carries, rest = u.steps(b, consts, carries, xs, inTurns, attrs.Trip)
	}
	for i := range rest {
		ys[i] = op.Concatenate(b, 0, ys[i], rest[i])
	}
	return slices.Concat(carries, ys)
}

// row returns row i of x.
func row(b *ir.Builder, x *ir.Value, i int) *ir.Value {
	shape := x.Type.Shape
	start, limit := make([]int, len(shape)), slices.Clone(shape)
	start[0], limit[0] = i, i+1
	return op.Reshape(b, op.Slice(b, x, start, limit, nil), shape[1:])
}

// copies runs the body for the rows from lo to before hi of xs; index gives the step of a row. It returns the stacked results.
func (u *unrolled) copies(b *ir.Builder, consts, carries, xs []*ir.Value, lo, hi int, index func(i int) *ir.Value) (last, ys []*ir.Value) {
	stacks := make([][]*ir.Value, len(u.body.Outputs)-u.Carries)
	for step := range hi - lo {
		i := lo + step
		if u.Reverse {
			i = hi - 1 - step
		}
		args := slices.Concat([]*ir.Value{index(i)}, consts, carries)
		for _, x := range xs {
			args = append(args, row(b, x, i))
		}
		outs := u.body.Inline(b, args...)
		carries = outs[:u.Carries]
		for k, y := range outs[u.Carries:] {
			stacks[k] = append(stacks[k], op.Reshape(b, y, append([]int{1}, y.Type.Shape...)))
		}
	}
	if u.Reverse {
		for _, s := range stacks {
			slices.Reverse(s)
		}
	}
	for _, s := range stacks {
		ys = append(ys, op.Concatenate(b, 0, s...))
	}
	return carries, ys
}

// steps writes out the steps of the rows from lo to before hi; no rows give no results.
func (u *unrolled) steps(b *ir.Builder, consts, carries, xs []*ir.Value, lo, hi int) (last, ys []*ir.Value) {
	if lo == hi {
		return carries, nil
	}
	return u.copies(b, consts, carries, xs, lo, hi, func(i int) *ir.Value { return op.ScalarInt(b, dtype.Int32, int64(i)) })
}

// loop records the turns of k steps each.
func (u *unrolled) loop(b *ir.Builder, consts, carries, xs []*ir.Value, turns int) (last, ys []*ir.Value) {
	blocks := make([]*ir.Value, len(xs))
	for i, x := range xs {
		shape := x.Type.Shape
		limit := slices.Clone(shape)
		limit[0] = turns * u.k
		part := op.Slice(b, x, make([]int, len(shape)), limit, nil)
		blocks[i] = op.Reshape(b, part, append([]int{turns, u.k}, shape[1:]...))
	}
	attrs := u.LoopAttrs
	attrs.Trip = turns
	results := op.Loop(b, attrs, u.turn(consts, carries, blocks), slices.Concat(consts, carries, blocks)...)
	for _, y := range results[u.Carries:] {
		ys = append(ys, op.Reshape(b, y, append([]int{turns * u.k}, y.Type.Shape[2:]...)))
	}
	return results[:u.Carries], ys
}

// turn builds the body of k steps.
func (u *unrolled) turn(consts, carries, blocks []*ir.Value) *ir.Graph {
	b := ir.NewBuilder(u.body.Name)
	index := b.Param(ir.T(dtype.Int32))
	inConsts, inCarries := b.Params(ir.TypesOf(consts)), b.Params(ir.TypesOf(carries))
	var rows []*ir.Value
	for _, x := range blocks {
		rows = append(rows, b.Param(rowType(x.Type)))
	}
	first := op.Mul(b, index, op.ScalarInt(b, dtype.Int32, int64(u.k)))
	last, ys := u.copies(b, inConsts, inCarries, rows, 0, u.k, func(j int) *ir.Value {
		return op.Add(b, first, op.ScalarInt(b, dtype.Int32, int64(j)))
	})
	return b.Build(slices.Concat(last, ys)...)
}

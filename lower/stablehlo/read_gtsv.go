package stablehlo

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// readGtsv solves tridiagonal systems, operands (lower, diagonal, upper, right sides) of shapes [..., n] and [..., n, k], by elimination with
// exchanges of neighbouring rows, as LAPACK: one loop down, one loop up. The first three results hold nothing of use.
func readGtsv(s *site) []*ir.Value {
	s.operands(4)
	rhs := s.in[3]
	t := rhs.Type
	rank := t.Rank()
	if rank < 2 || t.Shape[rank-2] == 0 || !t.DType.IsFloat() && !t.DType.IsComplex() {
		s.fail("operand 3", t.String(), "matrices of floats or complex numbers with at least one row")
	}
	for i, v := range s.in[:3] {
		if want := t.WithShape(t.Shape[:rank-1]...); !v.Type.Equal(want) {
			s.fail("operand "+string(rune('0'+i)), v.Type.String(), want.String())
		}
	}
	// Rows come first: all arrays are [n, batch, k].
	n, k, batch := t.Shape[rank-2], t.Shape[rank-1], ir.T(0, t.Shape[:rank-2]...).Size()
	shape := []int{n, batch, k}
	rows := func(v *ir.Value) *ir.Value {
		v = op.Transpose(s.b, op.Reshape(s.b, v, []int{batch, n}), []int{1, 0})
		return op.Broadcast(s.b, v, []int{0, 1}, shape)
	}
	below, diagonal, above := rows(s.in[0]), rows(s.in[1]), rows(s.in[2])
	right := op.MoveAxis(s.b, op.Reshape(s.b, rhs, []int{batch, n, k}), 1, 0)
	at := op.Iota(s.b, dtype.Int32, shape, 0)
	above = op.Select(s.b, op.Eq(s.b, at, op.Full(s.b, at.Type, float64(n-1))), op.ZerosLike(s.b, above), above)

	row := func(x *ir.Value, i int) *ir.Value {
		return op.Reshape(s.b, op.Slice(s.b, x, []int{i, 0, 0}, []int{i + 1, batch, k}, nil), shape[1:])
	}
	rest := func(x *ir.Value) *ir.Value { return op.Slice(s.b, x, []int{1, 0, 0}, shape, nil) }
	one := ir.T(t.DType, batch, k)
	down := op.Loop(s.b, op.LoopAttrs{Trip: n - 1, Carries: 3, Xs: 4}, eliminationStep(one),
		row(diagonal, 0), row(above, 0), row(right, 0), rest(below), rest(diagonal), rest(above), rest(right))
	last := op.Div(s.b, down[2], down[0])
	zero := op.ZerosLike(s.b, last)
	up := op.Loop(s.b, op.LoopAttrs{Trip: n - 1, Carries: 2, Xs: 4, Reverse: true}, substitutionStep(one), slices.Concat([]*ir.Value{last, zero}, down[3:])...)
	x := op.Concatenate(s.b, 0, up[2], op.Reshape(s.b, last, []int{1, batch, k}))
	x = op.Reshape(s.b, op.MoveAxis(s.b, x, 0, 1), t.Shape)
	return []*ir.Value{s.in[0], s.in[1], s.in[2], x, s.info(x, 2)}
}

// eliminationStep takes what is left of a row (diagonal, above, right side) and the next row (below, diagonal, above, right side). The one
// with the larger leading element stays, as (diagonal, first and second above, right side), and is subtracted from the other.
func eliminationStep(one ir.Type) *ir.Graph {
	b := ir.NewBuilder("eliminate")
	b.Param(ir.T(dtype.Int32))
	p := b.Params(slices.Repeat([]ir.Type{one}, 7))
	d, e, r, l, dn, en, rn := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	stay := op.Ge(b, op.Abs(b, d), op.Abs(b, l))
	choose := func(x, y *ir.Value) *ir.Value { return op.Select(b, stay, x, y) }
	lead := choose(d, l)
	factor := op.Div(b, choose(l, d), lead)
	minus := func(x, y *ir.Value) *ir.Value { return op.Sub(b, x, op.Mul(b, factor, y)) }
	zero := op.ZerosLike(b, d)
	return b.Build(
		choose(minus(dn, e), minus(e, dn)), choose(en, minus(zero, en)), choose(minus(rn, r), minus(r, rn)),
		lead, choose(e, dn), choose(zero, en), choose(r, rn))
}

// substitutionStep solves for one row from the two below it.
func substitutionStep(one ir.Type) *ir.Graph {
	b := ir.NewBuilder("substitute")
	b.Param(ir.T(dtype.Int32))
	p := b.Params(slices.Repeat([]ir.Type{one}, 6))
	x1, x2, d, e, f, r := p[0], p[1], p[2], p[3], p[4], p[5]
	x := op.Div(b, op.Sub(b, op.Sub(b, r, op.Mul(b, e, x1)), op.Mul(b, f, x2)), d)
	return b.Build(x, x1, x)
}

package factor

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Jacobi's method in rounds: each turns n/2 disjoint pairs of columns at once. Column i is paired with column n-1-i, then all columns but
// the first move on by one place; after n-1 rounds each has met each other one, and all are at their places again. Pairs are made
// diagonal by the formulas of Golub and Van Loan, Matrix Computations, section 8.5.

// maxSweeps bounds the sweeps; ten are many.
const maxSweeps = 30

// even is the number of columns with the one of zeros that an odd number needs to make pairs.
func even(n int) int { return n + n%2 }

// rounds builds a round: it gets the fixed values and the state, and says whether a pair was turned.
type rounds func(b *ir.Builder, fixed, state []*ir.Value) (next []*ir.Value, turned *ir.Value)

// sweep repeats n-1 rounds on a state until a sweep turns nothing.
func sweep(b *ir.Builder, n int, fixed, state []*ir.Value, round rounds) []*ir.Value {
	index, flag := ir.T(dtype.Int32), ir.T(dtype.Bool)
	c := ir.NewBuilder("unsettled")
	p := c.Params(slices.Concat([]ir.Type{index, flag}, ir.TypesOf(state)))
	cond := c.Build(op.And(c, p[1], op.Lt(c, p[0], integer(c, maxSweeps))))

	d := ir.NewBuilder("sweep")
	constant, done, _, now := d.Params(ir.TypesOf(fixed)), d.Param(index), d.Param(flag), d.Params(ir.TypesOf(state))
	r := ir.NewBuilder("round")
	r.Param(index)
	outer, turnedBefore, before := r.Params(ir.TypesOf(fixed)), r.Param(flag), r.Params(ir.TypesOf(state))
	next, turned := round(r, outer, before)
	each := r.Build(slices.Concat([]*ir.Value{op.Or(r, turnedBefore, turned)}, next)...)
	attrs := op.LoopAttrs{Trip: n - 1, Consts: len(fixed), Carries: 1 + len(state)}
	out := op.Loop(d, attrs, each, slices.Concat(constant, []*ir.Value{op.Full(d, flag, 0)}, now)...)
	body := d.Build(slices.Concat([]*ir.Value{op.Add(d, done, integer(d, 1))}, out)...)

	operands := slices.Concat(fixed, []*ir.Value{integer(b, 0), op.Full(b, flag, 1)}, state)
	return op.While(b, op.WhileAttrs{BodyConsts: len(fixed)}, cond, body, operands...)[2:]
}

// rotation holds, for each pair, the unitary matrix [c s; -s*w c*w] with |w| = 1; all are [batch, n/2].
type rotation struct{ c, s, cw, sw *ir.Value }

// diagonalise returns the rotations J for which J^H [x r; conj(r) y] J is diagonal, where turn is set, else 1. x and y are real.
func diagonalise(b *ir.Builder, x, y, r, turn *ir.Value) rotation {
	one, zero := op.Full(b, x.Type, 1), op.ZerosLike(b, x)
	size := op.Select(b, turn, op.Abs(b, r), one)
	theta := op.Div(b, op.Sub(b, y, x), op.Add(b, size, size))
	root := op.Sqrt(b, op.Add(b, op.Mul(b, theta, theta), one))
	t := op.Div(b, one, op.Add(b, op.Abs(b, theta), root))
	t = op.Select(b, turn, op.Select(b, op.Lt(b, theta, zero), op.Neg(b, t), t), zero)
	c := op.Div(b, one, op.Sqrt(b, op.Add(b, op.Mul(b, t, t), one)))
	s := op.Mul(b, t, c)
	dt := r.Type.DType
	w := op.Select(b, turn, op.Div(b, conj(b, r), as(b, size, dt)), op.Full(b, r.Type, 1))
	c, s = as(b, c, dt), as(b, s, dt)
	return rotation{c, s, op.Mul(b, c, w), op.Mul(b, s, w)}
}

// halves returns the first half of the columns of x[batch, m, n], and the other half in the order of their partners.
func halves(b *ir.Builder, x *ir.Value, dim int) (first, second *ir.Value) {
	n := x.Type.Shape[dim]
	return cut(b, x, dim, 0, n/2), op.Reverse(b, cut(b, x, dim, n/2, n), dim)
}

// turned replaces each pair of columns of x by that pair times its rotation.
func (j rotation) turned(b *ir.Builder, x *ir.Value) *ir.Value {
	p, q := halves(b, x, 2)
	times := func(factor, y *ir.Value) *ir.Value { return op.Mul(b, over(b, factor, y.Type.Shape, 0, 2), y) }
	first := op.Sub(b, times(j.c, p), times(j.sw, q))
	second := op.Add(b, times(j.s, p), times(j.cw, q))
	return op.Concatenate(b, 2, first, op.Reverse(b, second, 2))
}

// moved puts each column but the first one place further along dim, the last behind the first.
func moved(b *ir.Builder, x *ir.Value, dim int) *ir.Value {
	n := x.Type.Shape[dim]
	if n < 3 {
		return x
	}
	return op.Concatenate(b, dim, cut(b, x, dim, 0, 1), cut(b, x, dim, n-1, n), cut(b, x, dim, 1, n-1))
}

// anyOf reports whether an array of bools has one that is set.
func anyOf(b *ir.Builder, x *ir.Value) *ir.Value { return op.ReduceOr(b, x, 0, 1) }

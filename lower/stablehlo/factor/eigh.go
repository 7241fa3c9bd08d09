package factor

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Eigh is op.Eigh, by two-sided Jacobi rotations.
func Eigh(b *ir.Builder, a *ir.Value, lower bool) (values, vectors *ir.Value) {
	s := open(b, a)
	dt, n := s.from.DType, s.n
	if s.empty() {
		return s.close(op.Full(b, ir.T(dtype.Float64, s.batch, n), 0), dt.Real(), n), a
	}
	s.a = mirrored(b, s.a, lower)
	ok, clean := s.finite()
	scale, unit := clean.scaled()
	size := even(n)
	start := padded(b, padded(b, unit.a, 1, size), 2, size)
	norm := op.Sqrt(b, op.ReduceSum(b, squared(b, start), 1, 2))
	small := op.Mul(b, norm, op.Full(b, norm.Type, epsilon/float64(n)))
	basis := eye(b, start.Type.DType, start.Type.Shape...)
	out := sweep(b, size, []*ir.Value{small}, []*ir.Value{start, basis}, eighRound)

	values, _ = parts(b, diagonal(b, out[0]))
	values, order := sorted(b, cut(b, values, 1, 0, n), false, start.Type.DType)
	vectors = product(b, cut(b, cut(b, out[1], 1, 0, n), 2, 0, n), order)
	values = op.Mul(b, values, over(b, scale, values.Type.Shape, 0))
	return s.close(s.orNaN(ok, values), dt.Real(), n), s.close(s.orNaN(ok, vectors), dt, n, n)
}

// mirrored makes Hermitian matrices from one of their triangles and the real part of their diagonals.
func mirrored(b *ir.Builder, a *ir.Value, lower bool) *ir.Value {
	row, column := index(b, a.Type.Shape, 1), index(b, a.Type.Shape, 2)
	if !lower {
		row, column = column, row
	}
	re, _ := parts(b, a)
	return op.Select(b, op.Gt(b, row, column), a, op.Select(b, op.Eq(b, row, column), as(b, re, a.Type.DType), adjoint(b, a)))
}

// eighRound turns the pairs whose element off the diagonal is larger than what is small[batch], and makes that element zero. The state
// is the matrices and the products of the rotations.
func eighRound(b *ir.Builder, fixed, state []*ir.Value) ([]*ir.Value, *ir.Value) {
	small, a, basis := fixed[0], state[0], state[1]
	shape, n := a.Type.Shape, a.Type.Shape[1]
	across := op.Eq(b, op.Add(b, index(b, shape, 1), index(b, shape, 2)), op.Spread(b, integer(b, n-1), shape))
	r := cut(b, picked(b, across, a, 2), 1, 0, n/2)
	level, _ := parts(b, diagonal(b, a))
	x, y := halves(b, level, 1)
	turn := op.Gt(b, op.Abs(b, r), over(b, small, r.Type.Shape, 0))
	j := diagonalise(b, x, y, r, turn)

	a = j.turned(b, adjoint(b, j.turned(b, a))) // J^H a J
	both := op.Concatenate(b, 1, turn, op.Reverse(b, turn, 1))
	done := op.And(b, across, over(b, both, shape, 0, 1))
	a = op.Select(b, done, op.ZerosLike(b, a), a)
	return []*ir.Value{moved(b, moved(b, a, 1), 2), moved(b, j.turned(b, basis), 2)}, anyOf(b, turn)
}

package factor

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// LU is op.LU. The pivot of a column is its element of largest modulus, the first of them.
func LU(b *ir.Builder, a *ir.Value) (lu, pivots, permutation *ir.Value) {
	s := open(b, a)
	steps, dt := min(s.m, s.n), s.from.DType
	rows := index(b, []int{s.batch, s.m}, 1)
	if s.empty() {
		return a, s.close(op.Full(b, ir.T(dtype.Int32, s.batch, steps), 0), dtype.Int32, steps), s.close(rows, dtype.Int32, s.m)
	}
	out := op.Loop(b, op.LoopAttrs{Trip: steps, Carries: 2}, eliminate(s), s.a, rows)
	pivots = op.Transpose(b, out[2], []int{1, 0})
	return s.close(out[0], dt, s.m, s.n), s.close(pivots, dtype.Int32, steps), s.close(out[1], dtype.Int32, s.m)
}

// eliminate is a step: (i, matrices, permutation) -> (matrices, permutation, pivot row).
func eliminate(s stack) *ir.Graph {
	b := ir.NewBuilder("eliminate")
	i, a, order := b.Param(ir.T(dtype.Int32)), b.Param(s.a.Type), b.Param(ir.T(dtype.Int32, s.batch, s.m))
	shape, column := s.a.Type.Shape, []int{s.batch, s.m}
	inColumn := at(b, op.DirEq, shape, 2, i)
	pivot := pivotOf(b, picked(b, inColumn, a, 2), i)

	// Exchange rows i and pivot.
	isTop, isPivot := at(b, op.DirEq, column, 1, i), op.Eq(b, index(b, column, 1), over(b, pivot, column, 0))
	exchange := func(x *ir.Value) *ir.Value {
		shape, lead := x.Type.Shape, []int{0, 2}[:x.Type.Rank()-1]
		inTop, inPivot := over(b, isTop, shape, 0, 1), over(b, isPivot, shape, 0, 1)
		top, chosen := picked(b, inTop, x, 1), picked(b, inPivot, x, 1)
		return op.Select(b, inTop, over(b, chosen, shape, lead...), op.Select(b, inPivot, over(b, top, shape, lead...), x))
	}
	a, order = exchange(a), exchange(order)

	// Subtract multiples of row i from those below. Where the pivot is zero, so is the column.
	top, left := picked(b, at(b, op.DirEq, shape, 1, i), a, 1), picked(b, inColumn, a, 2)
	corner := over(b, picked(b, isTop, left, 1), column, 0)
	zero := op.Eq(b, corner, op.ZerosLike(b, corner))
	factor := op.Div(b, left, op.Select(b, zero, op.Full(b, corner.Type, 1), corner))
	factor = op.Select(b, zero, op.ZerosLike(b, factor), factor)
	spread := over(b, factor, shape, 0, 1)
	rest := op.Select(b, over(b, zero, shape, 0, 1), a, op.Sub(b, a, op.Mul(b, spread, over(b, top, shape, 0, 2))))
	below := op.Select(b, inColumn, spread, op.Select(b, at(b, op.DirGt, shape, 2, i), rest, a))
	return b.Build(op.Select(b, at(b, op.DirGt, shape, 1, i), below, a), order, pivot)
}

// pivotOf returns the row of the largest element of columns from row i on; row i where that is a NaN.
func pivotOf(b *ir.Builder, column, i *ir.Value) *ir.Value {
	size := op.Abs(b, column)
	open := op.And(b, at(b, op.DirGe, size.Type.Shape, 1, i), op.Eq(b, size, size))
	first := picked(b, at(b, op.DirEq, size.Type.Shape, 1, i), size, 1)
	largest := op.ArgMax(b, op.Select(b, open, size, op.Full(b, size.Type, -1)), 1, dtype.Int32)
	return op.Select(b, op.Eq(b, first, first), largest, op.Spread(b, i, largest.Type.Shape))
}

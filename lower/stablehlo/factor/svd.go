package factor

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// SVD is op.SVD, by one-sided Jacobi rotations: they make the columns orthogonal, whose lengths are then the singular values. Small ones are as
// accurate as large ones down to shortest of the largest; smaller ones count as zero.
func SVD(b *ir.Builder, a *ir.Value, attrs op.SVDAttrs) []*ir.Value {
	s := open(b, a)
	dt, small := s.from.DType, min(s.m, s.n)
	left, right := small, small
	if attrs.Full {
		left, right = s.m, s.n
	}
	var u, values, vh *ir.Value
	if s.empty() {
		complete := s.a.Type.DType
		u, vh = eye(b, complete, s.batch, s.m, left), eye(b, complete, s.batch, right, s.n)
		values = op.Full(b, ir.T(dtype.Float64, s.batch, small), 0)
	} else {
		u, values, vh = s.svd(left, right)
	}
	values = s.close(values, dt.Real(), small)
	if !attrs.Vectors {
		return []*ir.Value{values}
	}
	return []*ir.Value{s.close(u, dt, s.m, left), values, s.close(vh, dt, right, s.n)}
}

// shortest is the length below which a column counts as zero: the square of a smaller one loses places.
const shortest = 0x1p-480

// svd returns U with so many columns, the singular values and V^H with so many rows.
func (s stack) svd(left, right int) (u, values, vh *ir.Value) {
	ok, clean := s.finite()
	scale, unit := clean.scaled()
	if s.m < s.n {
		var v, uh *ir.Value
		v, values, uh = unit.adjoint().tallSVD(right)
		u, vh = adjoint(s.b, uh), adjoint(s.b, v)
	} else {
		u, values, vh = unit.tallSVD(left)
	}
	values = op.Mul(s.b, values, over(s.b, scale, values.Type.Shape, 0))
	return s.orNaN(ok, u), s.orNaN(ok, values), s.orNaN(ok, vh)
}

// tallSVD is for matrices with at least as many rows as columns.
func (s stack) tallSVD(left int) (u, values, vh *ir.Value) {
	b, n, size, dt := s.b, s.n, even(s.n), s.a.Type.DType
	basis := eye(b, dt, s.batch, size, size)
	out := sweep(b, size, nil, []*ir.Value{padded(b, s.a, 2, size), basis}, svdRound)
	columns, v := cut(b, out[0], 2, 0, n), cut(b, cut(b, out[1], 1, 0, n), 2, 0, n)
	lengths := op.Sqrt(b, op.ReduceSum(b, squared(b, columns), 1))
	values, order := sorted(b, lengths, true, dt)
	columns = product(b, columns, order)
	return s.unitBasis(columns, values, left), values, adjoint(b, product(b, v, order))
}

// svdRound makes each pair of columns orthogonal. The state is the matrices and the products of the rotations.
func svdRound(b *ir.Builder, _, state []*ir.Value) ([]*ir.Value, *ir.Value) {
	w, basis := state[0], state[1]
	p, q := halves(b, w, 2)
	x, y := op.ReduceSum(b, squared(b, p), 1), op.ReduceSum(b, squared(b, q), 1)
	r := op.ReduceSum(b, op.Mul(b, conj(b, p), q), 1)
	tolerance := epsilon * math.Sqrt(float64(w.Type.Shape[1])) // what rounding leaves of a sum of so many products
	bound := op.Mul(b, op.Full(b, x.Type, tolerance), op.Mul(b, op.Sqrt(b, x), op.Sqrt(b, y)))
	turn := op.And(b, op.Gt(b, op.Min(b, x, y), op.Full(b, x.Type, shortest*shortest)), op.Gt(b, op.Abs(b, r), bound))
	j := diagonalise(b, x, y, r, turn)
	return []*ir.Value{moved(b, j.turned(b, w), 2), moved(b, j.turned(b, basis), 2)}, anyOf(b, turn)
}

// unitBasis divides orthogonal columns by their lengths (descending), and puts an orthonormal basis of the rest of the space in place of those
// that count as zero and behind them, for cols columns.
func (s stack) unitBasis(columns, lengths *ir.Value, cols int) *ir.Value {
	b, shape := s.b, columns.Type.Shape
	long := op.Gt(b, lengths, op.Full(b, lengths.Type, shortest))
	divisor := op.Select(b, long, lengths, op.Full(b, lengths.Type, 1))
	s.a = op.Div(b, columns, as(b, over(b, divisor, shape, 0, 2), columns.Type.DType))
	complete, _ := s.qr(cols)
	known := op.Pad(b, long, op.Full(b, ir.T(dtype.Bool), 0), []int{0, 0}, []int{0, cols - s.n}, []int{0, 0})
	return op.Select(b, over(b, known, complete.Type.Shape, 0, 2), padded(b, s.a, 2, cols), complete)
}

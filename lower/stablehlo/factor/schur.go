package factor

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// The complex QR algorithm for one matrix [n, n]: a = z t z^H with t upper triangular, from the Hessenberg form by implicit QR steps with
// Wilkinson's shift (Golub and Van Loan, Matrix Computations, sections 7.4 and 7.5).

// stepsPerValue bounds the QR steps; three for each eigenvalue are usual.
const stepsPerValue = 60

var number = ir.T(dtype.Complex128)

// entry returns element (i, j) of a matrix.
func entry(b *ir.Builder, a, i, j *ir.Value) *ir.Value {
	return op.Reshape(b, op.DynamicSlice(b, a, []int{1, 1}, i, j), nil)
}

func next(b *ir.Builder, i *ir.Value) *ir.Value { return op.Add(b, i, integer(b, 1)) }

func previous(b *ir.Builder, i *ir.Value) *ir.Value { return op.Sub(b, i, integer(b, 1)) }

// hessenberg returns h and z with a = z h z^H and h zero below its first subdiagonal.
func hessenberg(b *ir.Builder, a *ir.Value) (h, z *ir.Value) {
	n := a.Type.Shape[0]
	unit := eye(b, a.Type.DType, n, n)
	if n < 3 {
		return a, unit
	}
	stack := ir.T(a.Type.DType, 1, n, n)
	r := newHouseholder(stack)
	d, k := r.b, r.index
	x, q := d.Param(a.Type), d.Param(a.Type)
	r.index = next(d, k) // the reflection of column k leaves rows up to k alone
	column := op.Reshape(d, op.DynamicSlice(d, x, []int{n, 1}, integer(d, 0), k), []int{1, n})
	v, tau, beta := r.reflection(column)
	fromLeft := func(m, tau *ir.Value) *ir.Value {
		return op.Reshape(d, r.reflected(op.Reshape(d, m, stack.Shape), v, tau), m.Type.Shape)
	}
	fromRight := func(m *ir.Value) *ir.Value { return adjoint(d, fromLeft(adjoint(d, m), conj(d, tau))) } // m H
	y := fromRight(fromLeft(x, conj(d, tau)))
	inColumn := at(d, op.DirEq, y.Type.Shape, 1, k)
	y = op.Select(d, op.And(d, inColumn, at(d, op.DirEq, y.Type.Shape, 0, r.index)), op.Broadcast(d, op.Reshape(d, beta, nil), nil, y.Type.Shape), y)
	y = op.Select(d, op.And(d, inColumn, at(d, op.DirGt, y.Type.Shape, 0, r.index)), op.ZerosLike(d, y), y)
	out := op.Loop(b, op.LoopAttrs{Trip: n - 2, Carries: 2}, d.Build(y, fromRight(q)), a, unit)
	return out[0], out[1]
}

// schur reduces a, whose elements are at most about one in size.
func schur(b *ir.Builder, a *ir.Value) (t, z *ir.Value) {
	n := a.Type.Shape[0]
	t, z = hessenberg(b, a)
	if n == 1 {
		return t, z
	}
	index := ir.T(dtype.Int32)
	norm := op.Sqrt(b, op.ReduceSum(b, squared(b, a), 0, 1))
	t, first, last := active(b, t, norm)

	c := ir.NewBuilder("unfinished")
	p := c.Params([]ir.Type{index, index, index, a.Type, a.Type})
	cond := c.Build(op.And(c, op.Gt(c, p[2], integer(c, 0)), op.Lt(c, p[0], integer(c, stepsPerValue*n))))

	d := ir.NewBuilder("qr_step")
	size, done := d.Param(norm.Type), d.Param(index)
	from, to, u, q := d.Param(index), d.Param(index), d.Param(a.Type), d.Param(a.Type)
	u, q = qrStep(d, u, q, from, to, shift(d, u, to, done))
	u, from, to = active(d, u, size)
	body := d.Build(next(d, done), from, to, u, q)
	out := op.While(b, op.WhileAttrs{BodyConsts: 1}, cond, body, norm, integer(b, 0), first, last, t, z)
	return out[3], out[4]
}

// active clears subdiagonal elements that are negligible, and returns the first and last row of the last block that is left; last is 0 if
// there is none.
func active(b *ir.Builder, t, norm *ir.Value) (cleared, first, last *ir.Value) {
	shape, n := t.Type.Shape, t.Type.Shape[0]
	row, column := index(b, shape, 0), index(b, shape, 1)
	isBelow := op.Eq(b, row, next2(b, column))
	below := op.Abs(b, picked(b, isBelow, t, 1)) // of row i: |t[i, i-1]|
	level := op.Abs(b, picked(b, op.Eq(b, row, column), t, 1))
	zero := op.Scalar(b, dtype.Float64, 0)
	before := op.Concatenate(b, 0, op.Spread(b, zero, []int{1}), cut(b, level, 0, 0, n-1))
	size := op.Add(b, level, before)
	size = op.Select(b, op.Gt(b, size, op.ZerosLike(b, size)), size, op.Spread(b, norm, size.Type.Shape))
	negligible := op.Le(b, below, op.Mul(b, size, op.Full(b, size.Type, epsilon)))
	cleared = op.Select(b, op.And(b, isBelow, over(b, negligible, shape, 0)), op.ZerosLike(b, t), t)

	i := index(b, []int{n}, 0)
	none := op.ZerosLike(b, i)
	last = op.ReduceMax(b, op.Select(b, negligible, none, i), 0)
	start := op.And(b, negligible, op.Le(b, i, op.Spread(b, last, i.Type.Shape)))
	return cleared, op.ReduceMax(b, op.Select(b, start, i, none), 0), last
}

// next2 adds one to each of an array of indices.
func next2(b *ir.Builder, i *ir.Value) *ir.Value { return op.Add(b, i, op.Full(b, i.Type, 1)) }

// shift is the eigenvalue of the last two rows of the block that is nearer to the last diagonal element; now and then something else, against
// cycles.
func shift(b *ir.Builder, t, last, steps *ir.Value) *ir.Value {
	k := previous(b, last)
	x, y, v, w := entry(b, t, k, k), entry(b, t, k, last), entry(b, t, last, k), entry(b, t, last, last)
	half := op.Mul(b, op.Sub(b, x, w), op.Full(b, number, 0.5))
	cross := op.Mul(b, y, v)
	root := op.Sqrt(b, op.Add(b, op.Mul(b, half, half), cross))
	away := op.Lt(b, op.Real(b, op.Mul(b, op.Conj(b, half), root)), op.Scalar(b, dtype.Float64, 0))
	sum := op.Add(b, half, op.Select(b, away, op.Neg(b, root), root))
	zero := op.ZerosLike(b, sum)
	nearer := op.Sub(b, w, op.Div(b, cross, op.Select(b, op.Eq(b, sum, zero), op.Full(b, number, 1), sum)))
	mu := op.Select(b, op.Eq(b, sum, zero), w, nearer)
	exceptional := op.Eq(b, op.Rem(b, steps, integer(b, 10)), integer(b, 9))
	return op.Select(b, exceptional, op.Add(b, w, op.Convert(b, op.Abs(b, v), dtype.Complex128)), mu)
}

// qrStep chases the bulge of one step through the block from first to last.
func qrStep(b *ir.Builder, t, z, first, last, mu *ir.Value) (*ir.Value, *ir.Value) {
	index := ir.T(dtype.Int32)
	c := ir.NewBuilder("chasing")
	p := c.Params([]ir.Type{index, index, number, number, t.Type, t.Type})
	cond := c.Build(op.Lt(c, p[1], p[0]))

	d := ir.NewBuilder("chase")
	k, x, y, u, q := d.Param(index), d.Param(number), d.Param(number), d.Param(t.Type), d.Param(t.Type)
	g := givens(d, x, y)
	u, q = turnRows(d, u, g, k), turnColumns(d, q, g, k)
	u = turnColumns(d, u, g, k)
	// Beginning with the second rotation, what it eliminates lies in column k-1.
	shape := u.Type.Shape
	gone := op.And(d, at(d, op.DirEq, shape, 0, next(d, k)), at(d, op.DirLt, shape, 1, k))
	u = op.Select(d, gone, op.ZerosLike(d, u), u)
	body := d.Build(next(d, k), entry(d, u, next(d, k), k), entry(d, u, next(d, next(d, k)), k), u, q)

	x = op.Sub(b, entry(b, t, first, first), mu)
	y = entry(b, t, next(b, first), first)
	out := op.While(b, op.WhileAttrs{CondConsts: 1}, cond, body, slices.Concat([]*ir.Value{last, first, x, y, t, z})...)
	return out[3], out[4]
}

// givens returns the unitary matrix G with G (x, y) = (r, 0).
func givens(b *ir.Builder, x, y *ir.Value) *ir.Value {
	length := op.Sqrt(b, op.Add(b, squared(b, x), squared(b, y)))
	zero := op.Eq(b, length, op.ZerosLike(b, length))
	divisor := op.Convert(b, op.Select(b, zero, op.Full(b, length.Type, 1), length), dtype.Complex128)
	c := op.Select(b, zero, op.Full(b, number, 1), op.Div(b, x, divisor))
	s := op.Div(b, y, divisor)
	one := func(v *ir.Value) *ir.Value { return op.Reshape(b, v, []int{1}) }
	all := op.Concatenate(b, 0, one(op.Conj(b, c)), one(op.Conj(b, s)), one(op.Neg(b, s)), one(c))
	return op.Reshape(b, all, []int{2, 2})
}

// turnRows replaces rows k and k+1 by G times them.
func turnRows(b *ir.Builder, a, g, k *ir.Value) *ir.Value {
	zero := integer(b, 0)
	rows := op.DynamicSlice(b, a, []int{2, a.Type.Shape[1]}, k, zero)
	return op.DynamicUpdateSlice(b, a, product(b, g, rows), k, zero)
}

// turnColumns replaces columns k and k+1 by them times G^H.
func turnColumns(b *ir.Builder, a, g, k *ir.Value) *ir.Value {
	zero := integer(b, 0)
	columns := op.DynamicSlice(b, a, []int{a.Type.Shape[0], 2}, zero, k)
	return op.DynamicUpdateSlice(b, a, product(b, columns, adjoint(b, g)), zero, k)
}

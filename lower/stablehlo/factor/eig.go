package factor

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Eig is op.Eig, in complex arithmetic. Eigenvalues of a real matrix that rounding has moved from their conjugates, or from the real axis, by a few
// units of its norm are put right. There is no balancing.
func Eig(b *ir.Builder, a *ir.Value, attrs op.EigAttrs) []*ir.Value {
	s := open(b, a)
	dt, n := s.from.DType.Complex(), s.n
	square := ir.T(dtype.Complex128, s.batch, n, n)
	values, left, right := op.Full(b, ir.T(dtype.Complex128, s.batch, n), 0), op.Full(b, square, 0), op.Full(b, square, 0)
	if !s.empty() {
		ok, clean := s.finite()
		scale, unit := clean.scaled()
		out := op.Loop(b, op.LoopAttrs{Trip: s.batch, Xs: 1}, eigOfOne(unit.a.Type), unit.a)
		values = op.Mul(b, out[0], op.Convert(b, over(b, scale, out[0].Type.Shape, 0), dtype.Complex128))
		values, left, right = s.orNaN(ok, values), s.orNaN(ok, out[1]), s.orNaN(ok, out[2])
	}
	results := []*ir.Value{s.close(values, dt, n)}
	if attrs.Left {
		results = append(results, s.close(left, dt, n, n))
	}
	if attrs.Right {
		results = append(results, s.close(right, dt, n, n))
	}
	return results
}

// eigOfOne is (i, matrix) -> (values, left vectors, right vectors), for a stack of a type.
func eigOfOne(stack ir.Type) *ir.Graph {
	b := ir.NewBuilder("eig")
	b.Param(ir.T(dtype.Int32))
	a := b.Param(stack.WithShape(stack.Shape[1:]...))
	z := as(b, a, dtype.Complex128)
	t, q := schur(b, z)
	values := op.ReduceSum(b, op.Select(b, op.Eq(b, index(b, t.Type.Shape, 0), index(b, t.Type.Shape, 1)), t, op.ZerosLike(b, t)), 1)
	norm := op.Sqrt(b, op.ReduceSum(b, squared(b, t), 0, 1))
	right := unitColumns(b, product(b, q, triangularVectors(b, t, values, norm, true)))
	left := unitColumns(b, product(b, q, triangularVectors(b, adjoint(b, t), op.Conj(b, values), norm, false)))
	if !stack.DType.IsComplex() {
		values, left, right = conjugatePairs(b, values, left, right, norm)
	}
	return b.Build(values, left, right)
}

// triangularVectors returns x with columns t x[j] = values[j] x[j] and x[j, j] = 1, row by row: for upper triangular t from the last row up, for
// lower triangular t from the first row down. Differences of equal eigenvalues are taken as negligible numbers; columns that grow too large
// are scaled down.
func triangularVectors(b *ir.Builder, t, values, norm *ir.Value, upper bool) *ir.Value {
	n := t.Type.Shape[0]
	d := ir.NewBuilder("substitute")
	i, m, w, size, x := d.Param(ir.T(dtype.Int32)), d.Param(t.Type), d.Param(values.Type), d.Param(norm.Type), d.Param(t.Type)
	sum := product(d, op.Reshape(d, op.DynamicSlice(d, m, []int{1, n}, i, integer(d, 0)), []int{n}), x) // rows that are not solved are zero
	level := op.Spread(d, entry(d, m, i, i), w.Type.Shape)
	gap := op.Sub(d, level, w)
	least := op.Max(d, op.Mul(d, size, op.Scalar(d, dtype.Float64, epsilon)), op.Scalar(d, dtype.Float64, 1e-290))
	least = op.Spread(d, least, w.Type.Shape)
	gap = op.Select(d, op.Lt(d, op.Abs(d, gap), least), op.Convert(d, least, dtype.Complex128), gap)
	solved := op.Neg(d, op.Div(d, sum, gap))
	beyond := op.DirGt
	if !upper {
		beyond = op.DirLt
	}
	zero, one := op.ZerosLike(d, solved), op.Full(d, solved.Type, 1)
	solved = op.Select(d, at(d, beyond, w.Type.Shape, 0, i), solved, op.Select(d, at(d, op.DirEq, w.Type.Shape, 0, i), one, zero))
	x = op.DynamicUpdateSlice(d, x, op.Reshape(d, solved, []int{1, n}), i, integer(d, 0))
	growth := op.ReduceMax(d, op.Abs(d, x), 0)
	large := op.Full(d, growth.Type, 0x1p200)
	divisor := op.Select(d, op.Gt(d, growth, large), growth, op.Full(d, growth.Type, 1))
	x = op.Div(d, x, op.Convert(d, over(d, divisor, x.Type.Shape, 1), dtype.Complex128))
	attrs := op.LoopAttrs{Trip: n, Consts: 3, Carries: 1, Reverse: upper}
	return op.Loop(b, attrs, d.Build(x), t, values, norm, op.Full(b, t.Type, 0))[0]
}

// unitColumns divides columns by their lengths.
func unitColumns(b *ir.Builder, x *ir.Value) *ir.Value {
	for range 2 { // first by the largest element: squares of large ones overflow
		length := op.ReduceMax(b, op.Abs(b, x), 0)
		length = op.Select(b, op.Gt(b, length, op.ZerosLike(b, length)), length, op.Full(b, length.Type, 1))
		x = op.Div(b, x, op.Convert(b, over(b, length, x.Type.Shape, 1), dtype.Complex128))
	}
	length := op.Sqrt(b, op.ReduceSum(b, squared(b, x), 0))
	return op.Div(b, x, op.Convert(b, over(b, length, x.Type.Shape, 1), dtype.Complex128))
}

// conjugatePairs orders the eigenvalues of a real matrix so that conjugate ones stand side by side, and their vectors with them.
func conjugatePairs(b *ir.Builder, values, left, right, norm *ir.Value) (_, _, _ *ir.Value) {
	n := values.Type.Shape[0]
	out := op.Loop(b, op.LoopAttrs{Trip: n, Consts: 1, Carries: 2}, pairStep(n), values,
		op.Full(b, ir.T(dtype.Int32, n), 0), op.Full(b, ir.T(dtype.Int32, n), float64(n)))
	partner, place := out[0], out[1]
	// Reading in the order of places.
	order := op.Sort(b, 0, 1, []bool{false}, true, place, index(b, []int{n}, 0))[1]
	mate := op.Take(b, partner, order, 0)
	w, other := op.Take(b, values, order, 0), op.Take(b, values, mate, 0)
	second := op.Lt(b, op.Take(b, place, mate, 0), index(b, []int{n}, 0)) // the mate stands before it
	// The mean of a value and its mate's conjugate; for a value that is its own mate this is its real part.
	mean := op.Mul(b, op.Add(b, w, op.Conj(b, other)), op.Full(b, w.Type, 0.5))
	tolerance := op.Spread(b, op.Mul(b, norm, op.Scalar(b, dtype.Float64, 16*epsilon)), []int{n})
	near := op.Le(b, op.Abs(b, op.Sub(b, w, mean)), tolerance)
	conjugate := op.And(b, near, second)
	vectors := func(x *ir.Value) *ir.Value {
		return op.Select(b, over(b, conjugate, x.Type.Shape, 1), op.Conj(b, op.Take(b, x, mate, 1)), op.Take(b, x, order, 1))
	}
	return op.Select(b, near, mean, w), vectors(left), vectors(right)
}

// pairStep gives value i, unless it has one, the mate whose conjugate is nearest among those that have none, itself included, and the next
// places to both: (i, values, partners, places) -> (partners, places). A place of n means none yet.
func pairStep(n int) *ir.Graph {
	b := ir.NewBuilder("pair")
	i, values := b.Param(ir.T(dtype.Int32)), b.Param(ir.T(dtype.Complex128, n))
	partner, place := b.Param(ir.T(dtype.Int32, n)), b.Param(ir.T(dtype.Int32, n))
	open := op.Eq(b, place, op.Full(b, place.Type, float64(n)))
	isHere := at(b, op.DirEq, []int{n}, 0, i)
	here := picked(b, isHere, values, 0)
	distance := op.Abs(b, op.Sub(b, values, op.Spread(b, op.Conj(b, here), []int{n})))
	mate := op.ArgMin(b, op.Select(b, open, distance, op.Full(b, distance.Type, inf)), 0, dtype.Int32)
	free := op.ReduceOr(b, op.And(b, isHere, open), 0)
	taken := op.ReduceSum(b, op.Convert(b, op.Not(b, open), dtype.Int32), 0)
	isMate := at(b, op.DirEq, []int{n}, 0, mate)
	set := func(mask, to, old *ir.Value) *ir.Value {
		return op.Select(b, op.And(b, mask, op.Spread(b, free, []int{n})), op.Spread(b, to, []int{n}), old)
	}
	place = set(isHere, taken, set(isMate, next(b, taken), place))
	partner = set(isHere, mate, set(isMate, i, partner))
	return b.Build(partner, place)
}

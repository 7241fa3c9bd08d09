package factor

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// householder builds the steps of QR factorisation as LAPACK stores it: reflection i is I - tau v v^H, where v is 0 above row i, 1 in it,
// and stands below it in column i. All matrices of a stack [batch, m, n] go together.
type householder struct {
	t           ir.Type // of the stack
	batch, m, n int
	b           *ir.Builder // of the loop's body
	index       *ir.Value   // i32[], the step
}

func newHouseholder(t ir.Type) *householder {
	b := ir.NewBuilder("householder")
	return &householder{t: t, batch: t.Shape[0], m: t.Shape[1], n: t.Shape[2], b: b, index: b.Param(ir.T(dtype.Int32))}
}

// Geqrf factors a stack [batch, m, n]: R stands in the upper triangles, the vectors of the reflections below them; taus[batch, min(m, n)]
// are their scalars. Computed in the element type of a, as LAPACK does.
func Geqrf(b *ir.Builder, a *ir.Value) (packed, taus *ir.Value) {
	k := min(a.Type.Shape[1], a.Type.Shape[2])
	none := op.Full(b, ir.T(a.Type.DType, a.Type.Shape[0], k), 0)
	if a.Type.Size() == 0 {
		return a, none
	}
	out := op.Loop(b, op.LoopAttrs{Trip: k, Carries: 2}, newHouseholder(a.Type).factorStep(), a, none)
	return out[0], out[1]
}

// Orgqr returns the first n columns of the product of the reflections that Geqrf left in a stack [batch, m, n]: as many as there are taus.
func Orgqr(b *ir.Builder, packed, taus *ir.Value) *ir.Value {
	t, k := packed.Type, taus.Type.Shape[1]
	if t.Size() == 0 {
		return packed
	}
	attrs := op.LoopAttrs{Trip: k, Consts: 2, Carries: 1, Reverse: true}
	return op.Loop(b, attrs, newHouseholder(t).productStep(k), packed, taus, eye(b, t.DType, t.Shape...))[0]
}

// compares returns where the index along dim is dir the step.
func (h *householder) compares(dir op.Dir, dim int, shape ...int) *ir.Value {
	return at(h.b, dir, shape, dim, h.index)
}

// column returns column i of x as [batch, m].
func (h *householder) column(x *ir.Value) *ir.Value {
	zero := op.ScalarInt(h.b, dtype.Int32, 0)
	return op.Reshape(h.b, op.DynamicSlice(h.b, x, []int{h.batch, h.m, 1}, zero, zero, h.index), []int{h.batch, h.m})
}

func (h *householder) full(x float64, shape ...int) *ir.Value {
	return op.Full(h.b, ir.T(h.t.DType, shape...), x)
}

// spread repeats x, whose dimensions become dims.
func (h *householder) spread(x *ir.Value, dims []int, shape ...int) *ir.Value {
	return over(h.b, x, shape, dims...)
}

// picked sums the elements of x[batch, m] where mask is set.
func (h *householder) picked(mask, x *ir.Value) *ir.Value { return picked(h.b, mask, x, 1) }

// reflected returns x - tau v (v^H x).
func (h *householder) reflected(x, v, tau *ir.Value) *ir.Value {
	b := h.b
	w := op.Dot(b, conj(h.b, v), x, op.DotAttrs{LhsBatch: []int{0}, RhsBatch: []int{0}, LhsContract: []int{1}, RhsContract: []int{1}})
	w = op.Mul(b, w, h.spread(tau, []int{0}, h.batch, h.n))
	outer := op.Mul(b, h.spread(v, []int{0, 1}, h.t.Shape...), h.spread(w, []int{0, 2}, h.t.Shape...))
	return op.Sub(b, x, outer)
}

// reflection finds v, tau and the number beta such that I - conj(tau) v v^H maps column x to beta in row i and zeros below (LAPACK's larfg).
func (h *householder) reflection(x *ir.Value) (v, tau, beta *ir.Value) {
	b := h.b
	at, below := h.compares(op.DirEq, 1, h.batch, h.m), h.compares(op.DirGt, 1, h.batch, h.m)
	alpha := h.picked(at, x)
	rest := h.picked(below, squared(b, x))
	alphaRe, alphaIm := parts(h.b, alpha)
	zero := op.ZerosLike(b, rest)
	nothing := op.And(b, op.Eq(b, rest, zero), op.Eq(b, alphaIm, zero)) // already zero below: tau is 0
	norm := op.Sqrt(b, op.Add(b, op.Add(b, op.Mul(b, alphaRe, alphaRe), op.Mul(b, alphaIm, alphaIm)), rest))
	beta = as(b, op.Select(b, op.Ge(b, alphaRe, zero), op.Neg(b, norm), norm), h.t.DType)
	none, ones := h.full(0, h.batch), h.full(1, h.batch)
	divisor := op.Select(b, nothing, ones, op.Sub(b, alpha, beta))
	tau = op.Select(b, nothing, none, op.Div(b, op.Sub(b, beta, alpha), op.Select(b, nothing, ones, beta)))
	beta = op.Select(b, nothing, alpha, beta)
	v = op.Div(b, x, h.spread(divisor, []int{0}, h.batch, h.m))
	return h.vector(v, at, below), tau, beta
}

// vector puts 1 in row i and 0 above.
func (h *householder) vector(x, at, below *ir.Value) *ir.Value {
	return op.Select(h.b, below, x, op.Select(h.b, at, h.full(1, h.batch, h.m), h.full(0, h.batch, h.m)))
}

// factorStep is the body of a loop whose carries are the stack and taus[batch, k].
func (h *householder) factorStep() *ir.Graph {
	b, k := h.b, min(h.m, h.n)
	a, taus := b.Param(h.t), b.Param(ir.T(h.t.DType, h.batch, k))
	v, tau, beta := h.reflection(h.column(a))
	reflected := h.reflected(a, v, conj(h.b, tau))
	row := h.compares(op.DirEq, 1, h.t.Shape...)
	here := op.Select(b, row, h.spread(beta, []int{0}, h.t.Shape...), h.spread(v, []int{0, 1}, h.t.Shape...))
	here = op.Select(b, h.compares(op.DirGe, 1, h.t.Shape...), here, a)
	next := op.Select(b, h.compares(op.DirGt, 2, h.t.Shape...), reflected, op.Select(b, h.compares(op.DirEq, 2, h.t.Shape...), here, a))
	taus = op.Select(b, h.compares(op.DirEq, 1, h.batch, k), h.spread(tau, []int{0}, h.batch, k), taus)
	return b.Build(next, taus)
}

// productStep is the body of a loop that multiplies its carry by reflection i from the left; the stack and taus[batch, k] are constant.
func (h *householder) productStep(k int) *ir.Graph {
	b := h.b
	a, taus := b.Param(h.t), b.Param(ir.T(h.t.DType, h.batch, k))
	q := b.Param(h.t)
	at, below := h.compares(op.DirEq, 1, h.batch, h.m), h.compares(op.DirGt, 1, h.batch, h.m)
	tau := h.picked(h.compares(op.DirEq, 1, h.batch, k), taus)
	return b.Build(h.reflected(q, h.vector(h.column(a), at, below), tau))
}

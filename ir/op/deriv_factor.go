package op

import (
	"github.com/ranvier-go/ranvier/ir"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		QRID:  {JVP: qrJVP},
		SVDID: {JVP: svdJVP},
		FFTID: {Linear: []int{0}, Transpose: fftTranspose},
	})
}

// qrJVP differentiates the thin factors of a tall matrix by qrThin. The columns that a wide matrix has more follow from R = Q^H A; those that a full Q
// has more are a function of the others for Householder reflections.
func qrJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	rows, columns := sides(n.Inputs[0].Type)
	q, r, a, da := out[0], out[1], in[0], t[0]
	switch {
	case rows < columns:
		dq, dr := qrThin(b, q, part(b, r, 0, rows, 0, rows), part(b, da, 0, rows, 0, rows))
		rest := Add(b, MatMul(b, adjoint(b, dq), part(b, a, 0, rows, rows, columns)), MatMul(b, adjoint(b, q), part(b, da, 0, rows, rows, columns)))
		return []*ir.Value{dq, Concatenate(b, r.Type.Rank()-1, dr, rest)}
	case !n.Attrs.(QRAttrs).Full || rows == columns:
		dq, dr := qrThin(b, q, r, da)
		return []*ir.Value{dq, dr}
	}
	thin := part(b, q, 0, rows, 0, columns)
	dq, dr := qrThin(b, thin, part(b, r, 0, columns, 0, columns), da)
	return []*ir.Value{Concatenate(b, q.Type.Rank()-1, dq, qrComplement(b, q, thin, dq)), enlarged(b, dr, rows, columns)}
}

// qrThin: with X = A' R^-1 and W = Q^H X, Q' = Q (Z - W) + X and R' = (W - Z) R, where Z is skew-Hermitian with the lower triangle of W (Walter,
// Structured higher-order algorithmic differentiation in the forward and reverse mode, 2011).
func qrThin(b *ir.Builder, q, r, da *ir.Value) (dq, dr *ir.Value) {
	x := TriangularSolve(b, r, da, TriangularSolveAttrs{Transpose: NoTranspose})
	w := MatMul(b, adjoint(b, q), x)
	lower := lowerPart(b, w, -1)
	z := Sub(b, lower, adjoint(b, lower))
	if w.Type.DType.IsComplex() {
		z = Add(b, z, Mul(b, unitMatrix(b, w), Sub(b, w, Convert(b, Real(b, w), w.Type.DType))))
	}
	dq = Add(b, MatMul(b, q, Sub(b, z, w)), x)
	return dq, MatMul(b, Sub(b, w, z), r)
}

// qrComplement differentiates the columns of a full Q behind the thin ones (Roberts and Roberts, QR and LQ decomposition matrix
// backpropagation algorithms for square, wide, and deep matrices, arXiv:2009.10071; the form here is that of arXiv:2409.13374, equations 32 and 33):
// with blocks Q_nn and Q_pn of the thin Q, Z = Q_pn (Q_nn - 1)^-1, and Q_p' = Q_m' Z^H - (Q_m + Q_p Z) (Q_pn' - Z Q_nn')^H.
func qrComplement(b *ir.Builder, q, thin, dq *ir.Value) *ir.Value {
	rows, columns := sides(thin.Type)
	top := part(b, thin, 0, columns, 0, columns)
	zh := solve(b, adjoint(b, Sub(b, top, unitMatrix(b, top))), adjoint(b, part(b, thin, columns, rows, 0, columns)))
	z := adjoint(b, zh)
	change := Sub(b, part(b, dq, columns, rows, 0, columns), MatMul(b, z, part(b, dq, 0, columns, 0, columns)))
	basis := Add(b, thin, MatMul(b, part(b, q, 0, rows, columns, rows), z))
	return Sub(b, MatMul(b, dq, zh), MatMul(b, basis, adjoint(b, change)))
}

// svdJVP is for distinct singular values (Giles, as in inverseGaps). It computes the thin vectors itself if the node has none.
func svdJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	attrs := n.Attrs.(SVDAttrs)
	rows, columns := sides(n.Inputs[0].Type)
	if attrs.Vectors && attrs.Full && rows != columns {
		panic(&ir.Error{Op: "svd", Arg: "derivative", Got: "all columns of U and V of a matrix that is not square", Want: "min(m, n) of them",
			Hint: "ask for the thin factors", Pos: n.Pos})
	}
	if !attrs.Vectors {
		all := SVD(b, in[0], SVDAttrs{Vectors: true})
		out[0] = all[1]
		ds := product(b, adjoint(b, all[0]), t[0], adjoint(b, all[2]))
		return []*ir.Value{diagonal(b, realParts(b, ds))}
	}
	s := svdParts{b: b, u: out[0], s: out[1], v: adjoint(b, out[2]), da: t[0]}
	du, ds, dv := s.tangents(rows, columns)
	return []*ir.Value{du, ds, adjoint(b, dv)}
}

// svdParts is A = U diag(s) V^H, thin, and the tangent of A.
type svdParts struct {
	b           *ir.Builder
	u, s, v, da *ir.Value
}

func (d svdParts) tangents(rows, columns int) (du, ds, dv *ir.Value) {
	b := d.b
	p := product(b, adjoint(b, d.u), d.da, d.v)
	s := Convert(b, d.s, p.Type.DType)
	bySide := Mul(b, p, alongRows(b, s, p))   // P S
	byTop := Mul(b, alongColumns(b, s, p), p) // S P
	gaps := inverseGaps(b, square(b, s), p)   // 1/(s_j^2 - s_i^2)
	half := Mul(b, Sub(b, p, adjoint(b, p)), numberLike(b, p, 0.5))
	phase := Mul(b, unitMatrix(b, p), Div(b, half, alongRows(b, notZero(b, s), p)))
	du = MatMul(b, d.u, Add(b, Mul(b, gaps, Add(b, bySide, adjoint(b, bySide))), phase))
	dv = MatMul(b, d.v, Mul(b, gaps, Add(b, byTop, adjoint(b, byTop))))
	// What A' moves out of the spaces that U and V span.
	outside := func(basis, image *ir.Value) *ir.Value {
		rest := Sub(b, image, product(b, basis, adjoint(b, basis), image))
		return Div(b, rest, alongRows(b, s, rest))
	}
	if rows > columns {
		du = Add(b, du, outside(d.u, MatMul(b, d.da, d.v)))
	}
	if columns > rows {
		dv = Add(b, dv, outside(d.v, MatMul(b, adjoint(b, d.da), d.u)))
	}
	return du, diagonal(b, realParts(b, p)), dv
}

// fftTranspose: the matrices of the complex transforms are symmetric. Those from and to real numbers leave out the half of the frequencies that
// mirrors the other, so the frequencies in between count twice on one side.
func fftTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	a, ct, x := n.Attrs.(FFTAttrs), t.Ct[0], n.Inputs[0].Type
	switch a.Kind {
	case FFTForwardReal:
		high := make([]int, x.Rank())
		high[x.Rank()-1] = x.Shape[x.Rank()-1] - ct.Type.Shape[x.Rank()-1]
		full := Pad(b, ct, Scalar(b, ct.Type.DType, 0), make([]int, x.Rank()), high, make([]int, x.Rank()))
		return []*ir.Value{Real(b, FFT(b, full, FFTForward, a.Length...))}
	case FFTInverseReal:
		spectrum := FFT(b, ct, FFTForwardReal, a.Length...)
		return []*ir.Value{Conj(b, Mul(b, spectrum, mirrorWeights(b, spectrum, a.Length)))}
	}
	return []*ir.Value{b.Emit1(FFTID, a, ct)}
}

// mirrorWeights returns 1/N for the first frequency, and for the last one of an even number, and 2/N between.
func mirrorWeights(b *ir.Builder, spectrum *ir.Value, length []int) *ir.Value {
	last := length[len(length)-1]
	k := indexFromLast(b, spectrum, 1)
	constant := func(v int) *ir.Value { return Spread(b, ScalarInt(b, k.Type.DType, int64(v)), k.Type.Shape) }
	single := Eq(b, k, constant(0))
	if last%2 == 0 {
		single = Or(b, single, Eq(b, k, constant(last/2)))
	}
	scale := 1 / float64(max(ir.T(0, length...).Size(), 1))
	return Select(b, single, numberLike(b, spectrum, scale), numberLike(b, spectrum, 2*scale))
}

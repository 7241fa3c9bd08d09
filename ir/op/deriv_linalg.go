package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		CholeskyID:        {JVP: choleskyJVP},
		TriangularSolveID: {Linear: []int{1}, JVP: solveJVP, Transpose: solveTranspose},
		LUID:              {JVP: luJVP},
		EigID:             {JVP: eigJVP},
		EighID:            {JVP: eighJVP},
	})
}

// Parts of matrices that stand in the last two dimensions.

// indexFromLast returns each element's index along the dimension that many from the end.
func indexFromLast(b *ir.Builder, x *ir.Value, fromLast int) *ir.Value {
	return Iota(b, dtype.Int32, x.Type.Shape, x.Type.Rank()-fromLast)
}

// lowerPart keeps the elements with column <= row + k; the others become zero.
func lowerPart(b *ir.Builder, x *ir.Value, k int64) *ir.Value {
	rows := Add(b, indexFromLast(b, x, 2), Spread(b, ScalarInt(b, dtype.Int32, k), x.Type.Shape))
	return Select(b, Le(b, indexFromLast(b, x, 1), rows), x, ZerosLike(b, x))
}

// upperPart keeps the elements with column >= row + k.
func upperPart(b *ir.Builder, x *ir.Value, k int64) *ir.Value {
	rows := Add(b, indexFromLast(b, x, 2), Spread(b, ScalarInt(b, dtype.Int32, k), x.Type.Shape))
	return Select(b, Ge(b, indexFromLast(b, x, 1), rows), x, ZerosLike(b, x))
}

// unitMatrix returns unit matrices of the type of x, which is square.
func unitMatrix(b *ir.Builder, x *ir.Value) *ir.Value {
	return Convert(b, Eq(b, indexFromLast(b, x, 1), indexFromLast(b, x, 2)), x.Type.DType)
}

// diagonal returns the diagonals of square matrices.
func diagonal(b *ir.Builder, x *ir.Value) *ir.Value {
	onDiagonal := Select(b, Eq(b, indexFromLast(b, x, 1), indexFromLast(b, x, 2)), x, ZerosLike(b, x))
	return ReduceSum(b, onDiagonal, x.Type.Rank()-1)
}

// transposed exchanges rows and columns.
func transposed(b *ir.Builder, x *ir.Value) *ir.Value {
	rank := x.Type.Rank()
	return Transpose(b, x, append(span(0, rank-2), rank-1, rank-2))
}

// adjoint is the conjugate transpose.
func adjoint(b *ir.Builder, x *ir.Value) *ir.Value { return transposed(b, conjugate(b, x)) }

// conjugate is Conj, and nothing for real numbers.
func conjugate(b *ir.Builder, x *ir.Value) *ir.Value {
	if x.Type.DType.IsComplex() {
		return Conj(b, x)
	}
	return x
}

// realParts is Real, and nothing for real numbers.
func realParts(b *ir.Builder, x *ir.Value) *ir.Value {
	if x.Type.DType.IsComplex() {
		return Real(b, x)
	}
	return x
}

// product multiplies any number of stacks of matrices from left to right.
func product(b *ir.Builder, xs ...*ir.Value) *ir.Value {
	p := xs[0]
	for _, x := range xs[1:] {
		p = MatMul(b, p, x)
	}
	return p
}

// alongRows repeats v[..., n] as each row of matrices of the shape of x; alongColumns as each column.
func alongRows(b *ir.Builder, v, x *ir.Value) *ir.Value {
	rank := x.Type.Rank()
	return Broadcast(b, v, append(span(0, rank-2), rank-1), x.Type.Shape)
}

func alongColumns(b *ir.Builder, v, x *ir.Value) *ir.Value {
	return Broadcast(b, v, span(0, x.Type.Rank()-1), x.Type.Shape)
}

// part takes rows r0 to r1 and columns c0 to c1.
func part(b *ir.Builder, x *ir.Value, r0, r1, c0, c1 int) *ir.Value {
	rank := x.Type.Rank()
	start, limit := make([]int, rank), slices.Clone(x.Type.Shape)
	start[rank-2], limit[rank-2], start[rank-1], limit[rank-1] = r0, r1, c0, c1
	return Slice(b, x, start, limit, nil)
}

// enlarged puts zeros below and to the right, up to m rows and n columns.
func enlarged(b *ir.Builder, x *ir.Value, m, n int) *ir.Value {
	rank := x.Type.Rank()
	high := make([]int, rank)
	high[rank-2], high[rank-1] = m-x.Type.Shape[rank-2], n-x.Type.Shape[rank-1]
	return Pad(b, x, Scalar(b, x.Type.DType, 0), make([]int, rank), high, make([]int, rank))
}

// hermitian returns the matrices of which a row reads one triangle.
func hermitian(b *ir.Builder, x *ir.Value, lower bool) *ir.Value {
	if !lower {
		x = transposed(b, x)
		if x.Type.DType.IsComplex() {
			x = Conj(b, x)
		}
	}
	strict := lowerPart(b, x, -1)
	onDiagonal := Mul(b, Convert(b, realParts(b, x), x.Type.DType), unitMatrix(b, x))
	return Add(b, Add(b, strict, adjoint(b, strict)), onDiagonal)
}

// choleskyJVP: with A = L L^H, L' = L phi(L^-1 A' L^-H), where phi keeps the lower triangle and half of the diagonal (Murray,
// Differentiation of the Cholesky decomposition, arXiv:1602.07527).
func choleskyJVP(b *ir.Builder, n *ir.Node, _, t, out []*ir.Value) []*ir.Value {
	lower, l := n.Attrs.(CholeskyAttrs).Lower, out[0]
	if !lower {
		l = adjoint(b, l)
	}
	da := hermitian(b, t[0], lower)
	x := TriangularSolve(b, l, da, TriangularSolveAttrs{LeftSide: true, Lower: true, Transpose: NoTranspose})
	x = TriangularSolve(b, l, x, TriangularSolveAttrs{Lower: true, Transpose: Adjoint})
	phi := Sub(b, lowerPart(b, x, 0), Mul(b, Mul(b, unitMatrix(b, x), x), numberLike(b, x, 0.5)))
	dl := MatMul(b, l, phi)
	if !lower {
		dl = adjoint(b, dl)
	}
	return []*ir.Value{dl}
}

// solveJVP: op(A) X = B gives X' = op(A)^-1 (B' - op(A') X), and on the right side alike.
func solveJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	a, rhs := n.Attrs.(TriangularSolveAttrs), t[1]
	if t[0] != nil {
		da := readTriangle(b, t[0], a)
		var change *ir.Value
		if a.LeftSide {
			change = MatMul(b, da, out[0])
		} else {
			change = MatMul(b, out[0], da)
		}
		rhs = subJVP(b, n, nil, []*ir.Value{rhs, change}, nil)[0]
	}
	return []*ir.Value{TriangularSolve(b, in[0], rhs, a)}
}

// readTriangle returns op of the part of x that TriangularSolve reads.
func readTriangle(b *ir.Builder, x *ir.Value, a TriangularSolveAttrs) *ir.Value {
	k := int64(0)
	if a.UnitDiagonal {
		k = 1
	}
	if a.Lower {
		x = lowerPart(b, x, -k)
	} else {
		x = upperPart(b, x, k)
	}
	switch a.Transpose {
	case Transposed:
		return transposed(b, x)
	case Adjoint:
		return adjoint(b, x)
	}
	return x
}

// solveTranspose solves with the transpose of op(A).
func solveTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	a, matrix := n.Attrs.(TriangularSolveAttrs), t.In[0]
	switch a.Transpose {
	case NoTranspose:
		a.Transpose = Transposed
	case Transposed:
		a.Transpose = NoTranspose
	default:
		a.Transpose, matrix = NoTranspose, conjugate(b, matrix)
	}
	return []*ir.Value{nil, TriangularSolve(b, matrix, t.Ct[0], a)}
}

// luJVP: P A = L U gives L^-1 P A' U^-1 = L^-1 L' + U' U^-1, whose parts below and above the diagonal are the two summands (de Hoog,
// Anderssen and Lukas, Differentiation of matrix functionals using triangular factorization, 2011). L and U are made square.
func luJVP(b *ir.Builder, n *ir.Node, _, t, out []*ir.Value) []*ir.Value {
	rows, columns := sides(n.Inputs[0].Type)
	k := min(rows, columns)
	lu := out[0]
	l := enlarged(b, lowerPart(b, part(b, lu, 0, rows, 0, k), -1), rows, rows)
	u := enlarged(b, upperPart(b, part(b, lu, 0, k, 0, columns), 0), columns, columns)
	if columns > k {
		// Rows of U that are missing are those of the identity.
		missing := Ge(b, indexFromLast(b, u, 2), Spread(b, ScalarInt(b, dtype.Int32, int64(k)), u.Type.Shape))
		u = Select(b, missing, unitMatrix(b, u), u)
	}
	x := MatMul(b, permutationMatrix(b, out[2], lu.Type.DType), t[0])
	x = TriangularSolve(b, l, x, TriangularSolveAttrs{LeftSide: true, Lower: true, UnitDiagonal: true, Transpose: NoTranspose})
	x = TriangularSolve(b, u, x, TriangularSolveAttrs{Transpose: NoTranspose})
	unit := Add(b, l, unitMatrix(b, l))
	return []*ir.Value{Add(b, MatMul(b, unit, lowerPart(b, x, -1)), MatMul(b, upperPart(b, x, 0), u)), nil, nil}
}

// permutationMatrix returns P with (P A)[i] = A[p[i]].
func permutationMatrix(b *ir.Builder, p *ir.Value, dt dtype.DType) *ir.Value {
	rank := p.Type.Rank()
	shape := append(slices.Clone(p.Type.Shape), p.Type.Shape[rank-1])
	rows := Broadcast(b, p, span(0, rank), shape)
	return Convert(b, Eq(b, rows, Iota(b, dtype.Int32, shape, rank)), dt)
}

// solve returns A^-1 B for square A.
func solve(b *ir.Builder, a, rhs *ir.Value) *ir.Value {
	lu, _, p := LU(b, a)
	x := MatMul(b, permutationMatrix(b, p, a.Type.DType), rhs)
	x = TriangularSolve(b, lu, x, TriangularSolveAttrs{LeftSide: true, Lower: true, UnitDiagonal: true, Transpose: NoTranspose})
	return TriangularSolve(b, lu, x, TriangularSolveAttrs{LeftSide: true, Transpose: NoTranspose})
}

// inverseGaps returns 1/(w_j - w_i) in row i and column j, 0 on the diagonal (Giles, An extended collection of matrix derivative results
// for forward and reverse mode algorithmic differentiation, 2008).
func inverseGaps(b *ir.Builder, w, like *ir.Value) *ir.Value {
	one := unitMatrix(b, like)
	gaps := Sub(b, alongRows(b, w, like), alongColumns(b, w, like))
	return Sub(b, Div(b, numberLike(b, like, 1), Add(b, gaps, one)), one)
}

// eighJVP is first-order perturbation theory for distinct eigenvalues. Eigenvectors turn by no phase of their own.
func eighJVP(b *ir.Builder, n *ir.Node, _, t, out []*ir.Value) []*ir.Value {
	w, v := out[0], out[1]
	p := product(b, adjoint(b, v), hermitian(b, t[0], n.Attrs.(EighAttrs).Lower), v)
	gaps := inverseGaps(b, Convert(b, w, v.Type.DType), v)
	return []*ir.Value{diagonal(b, realParts(b, p)), MatMul(b, v, Mul(b, gaps, p))}
}

// eigJVP: eigenvectors keep their length and turn by no phase of their own, so derivatives hold for whatever does not depend on the phases.
func eigJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	attrs := n.Attrs.(EigAttrs)
	if !attrs.Right {
		all := Eig(b, in[0], EigAttrs{Left: attrs.Left, Right: true})
		copy(out, all)
		in = all
	} else {
		in = out
	}
	w, right := in[0], in[len(in)-1]
	da := Convert(b, t[0], w.Type.DType)
	dw, dright := eigTangents(b, w, right, da)
	tangents := []*ir.Value{dw}
	if attrs.Left {
		_, dleft := eigTangents(b, Conj(b, w), in[1], adjoint(b, da)) // u^H A = w u^H is A^H u = conj(w) u
		tangents = append(tangents, dleft)
	}
	if attrs.Right {
		tangents = append(tangents, dright)
	}
	return tangents
}

// eigTangents is perturbation theory for A v = w v with distinct eigenvalues.
func eigTangents(b *ir.Builder, w, v, da *ir.Value) (dw, dv *ir.Value) {
	p := solve(b, v, MatMul(b, da, v))
	change := MatMul(b, v, Mul(b, inverseGaps(b, w, v), p))
	along := ReduceSum(b, Real(b, Mul(b, Conj(b, v), change)), v.Type.Rank()-2)
	return diagonal(b, p), Sub(b, change, Mul(b, v, alongRows(b, Convert(b, along, v.Type.DType), v)))
}

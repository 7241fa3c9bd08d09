package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Linear algebra works on the matrices in the last two dimensions; leading dimensions are a batch. Reference evaluation computes in
// float64 or complex128 and rounds the results once: no rounding order is part of the definition, and backends are compared with a
// tolerance. Where a decomposition does not exist or the matrix has a NaN or an infinity, its results are NaN.

// CholeskyAttrs say which triangle is read and returned.
type CholeskyAttrs struct{ Lower bool }

// TriangularSolveAttrs describe the equation op(A) X = B, or X op(A) = B without LeftSide. Only one triangle of A is read, and with
// UnitDiagonal not its diagonal either, which is then taken as ones.
type TriangularSolveAttrs struct {
	LeftSide     bool
	Lower        bool
	UnitDiagonal bool
	Transpose    MatrixOp
}

// MatrixOp is what is done to a matrix before use.
type MatrixOp string

// The values of MatrixOp.
const (
	NoTranspose MatrixOp = "no"
	Transposed  MatrixOp = "transpose"
	Adjoint     MatrixOp = "adjoint" // conjugate transpose
)

// QRAttrs say whether Q has all m columns and R all m rows, or min(m, n) of them.
type QRAttrs struct{ Full bool }

// EighAttrs say which triangle of the matrix is read.
type EighAttrs struct{ Lower bool }

// SVDAttrs say whether there are vectors, and whether U and V have all columns or min(m, n) of them.
type SVDAttrs struct {
	Vectors bool
	Full    bool
}

// EigAttrs say which eigenvectors there are.
type EigAttrs struct {
	Left  bool
	Right bool
}

// FactorTypes are the element types of LU, QR, Eigh, SVD and Eig.
var factorTypes = dtype.SetOf(dtype.Float32, dtype.Float64, dtype.Complex64, dtype.Complex128)

func init() {
	for _, row := range []ir.Row{
		{ID: CholeskyID, Name: "cholesky", Arity: 1, Attrs: CholeskyAttrs{}, Accepts: dtype.Inexact, HLO: "stablehlo.cholesky",
			Types: choleskyTypes, Eval: choleskyEval, Domain: ir.Domain{Make: choleskySample}},
		{ID: TriangularSolveID, Name: "triangular_solve", Arity: 2, Attrs: TriangularSolveAttrs{}, Accepts: dtype.Inexact,
			HLO: "stablehlo.triangular_solve", Types: solveTypes, Eval: solveEval, Domain: ir.Domain{Make: solveSample}},
		{ID: LUID, Name: "lu", Arity: 1, Accepts: factorTypes, Types: luTypes, Eval: luEval, Domain: ir.Domain{Make: luSample}},
		{ID: QRID, Name: "qr", Arity: 1, Attrs: QRAttrs{}, Accepts: factorTypes, Types: qrTypes, Eval: qrEval, Domain: ir.Domain{Make: qrSample}},
		{ID: EighID, Name: "eigh", Arity: 1, Attrs: EighAttrs{}, Accepts: factorTypes, Types: eighTypes, Eval: eighEval, Domain: ir.Domain{Make: eighSample}},
		{ID: SVDID, Name: "svd", Arity: 1, Attrs: SVDAttrs{}, Accepts: factorTypes, Types: svdTypes, Eval: svdEval, Domain: ir.Domain{Make: svdSample}},
		{ID: EigID, Name: "eig", Arity: 1, Attrs: EigAttrs{}, Accepts: factorTypes, Types: eigTypes, Eval: eigEval, Domain: ir.Domain{Make: eigSample}},
	} {
		ir.Register(row)
	}
}

// Cholesky returns L with L L^H = a (lower), or U with U^H U = a, for Hermitian positive definite a. Only one triangle of a is read; the
// other one of the result is zero. All elements are NaN where a is not positive definite.
func Cholesky(b *ir.Builder, a *ir.Value, lower bool) *ir.Value {
	return b.Emit1(CholeskyID, CholeskyAttrs{Lower: lower}, a)
}

// TriangularSolve returns the solution X of the equation that attrs describe, of the shape of rhs. A zero on the diagonal gives infinities and NaN.
func TriangularSolve(b *ir.Builder, a, rhs *ir.Value, attrs TriangularSolveAttrs) *ir.Value {
	return b.Emit1(TriangularSolveID, attrs, a, rhs)
}

// LU factors a[..., m, n] with partial pivoting: row permutation[i] of a is row i of L U. lu holds U and, below the diagonal, L without
// its ones. pivots[i] is the row that step i exchanged with row i; both are i32, of min(m, n) and m elements.
func LU(b *ir.Builder, a *ir.Value) (lu, pivots, permutation *ir.Value) {
	out := b.Emit(LUID, nil, nil, a)
	return out[0], out[1], out[2]
}

// QR factors a[..., m, n] = q r with q unitary and r upper triangular, by Householder reflections as LAPACK: the diagonal of r is real, of
// either sign.
func QR(b *ir.Builder, a *ir.Value, full bool) (q, r *ir.Value) {
	out := b.Emit(QRID, QRAttrs{Full: full}, nil, a)
	return out[0], out[1]
}

// Eigh returns the eigenvalues of a Hermitian matrix in ascending order (real) and unit eigenvectors as columns, whose sign or phase is free.
func Eigh(b *ir.Builder, a *ir.Value, lower bool) (values, vectors *ir.Value) {
	out := b.Emit(EighID, EighAttrs{Lower: lower}, nil, a)
	return out[0], out[1]
}

// SVD returns a[..., m, n] = u diag(s) vh with the singular values descending. With vectors the results are (u, s, vh), else s alone.
func SVD(b *ir.Builder, a *ir.Value, attrs SVDAttrs) []*ir.Value {
	return b.Emit(SVDID, attrs, nil, a)
}

// Eig returns the eigenvalues of a square matrix (complex, in no particular order), then left and right unit eigenvectors as columns where
// attrs ask for them: u^H a = w u^H and a v = w v. Conjugate pairs of a real matrix stand side by side.
func Eig(b *ir.Builder, a *ir.Value, attrs EigAttrs) []*ir.Value {
	return b.Emit(EigID, attrs, nil, a)
}

// checkMatrix wants matrices of some element types, square ones if asked.
func checkMatrix(i int, t ir.Type, accepts dtype.Set, square bool) error {
	if err := wantDType(i, t, accepts); err != nil {
		return err
	}
	if t.Rank() < 2 {
		return ir.Mismatch(operand(i), t.String(), "at least two dimensions")
	}
	if m, n := sides(t); square && m != n {
		return ir.Mismatch(operand(i), t.String(), "square matrices in the last two dimensions")
	}
	return nil
}

// sides are the extents of the matrices.
func sides(t ir.Type) (m, n int) { return t.Shape[t.Rank()-2], t.Shape[t.Rank()-1] }

// batched is the type with the leading dimensions of t and these last ones.
func batched(t ir.Type, last ...int) ir.Type {
	return t.WithShape(slices.Concat(t.Shape[:t.Rank()-2], last)...)
}

func choleskyTypes(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	return in[:1:1], checkMatrix(0, in[0], dtype.Inexact, true)
}

func solveTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t, rhs := attrs.(TriangularSolveAttrs), in[0], in[1]
	if err := firstError(checkMatrix(0, t, dtype.Inexact, true), checkMatrix(1, rhs, dtype.SetOf(t.DType), false)); err != nil {
		return nil, err
	}
	n, _ := sides(t)
	want := slices.Clone(rhs.Shape)
	copy(want, t.Shape[:min(t.Rank()-2, len(want))])
	if a.LeftSide {
		want[len(want)-2] = n
	} else {
		want[len(want)-1] = n
	}
	if rhs.Rank() != t.Rank() || !slices.Equal(rhs.Shape, want) {
		side := "columns"
		if a.LeftSide {
			side = "rows"
		}
		return nil, ir.Mismatch(operand(1), rhs.String(), fmt.Sprintf("the leading dimensions of %s and %d %s", t, n, side))
	}
	if !slices.Contains([]MatrixOp{NoTranspose, Transposed, Adjoint}, a.Transpose) {
		return nil, ir.Mismatch("transpose", fmt.Sprintf("%q", a.Transpose), fmt.Sprintf("%q, %q or %q", NoTranspose, Transposed, Adjoint))
	}
	return oneType(rhs)
}

func luTypes(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := checkMatrix(0, in[0], factorTypes, false); err != nil {
		return nil, err
	}
	m, n := sides(in[0])
	return []ir.Type{in[0], batched(in[0], min(m, n)).WithDType(dtype.Int32), batched(in[0], m).WithDType(dtype.Int32)}, nil
}

func qrTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := checkMatrix(0, in[0], factorTypes, false); err != nil {
		return nil, err
	}
	m, n := sides(in[0])
	k := thin(attrs.(QRAttrs).Full, m, m, n)
	return []ir.Type{batched(in[0], m, k), batched(in[0], k, n)}, nil
}

// thin is the number of columns of a factor that has all of them if full, else min(m, n).
func thin(full bool, all, m, n int) int {
	if full {
		return all
	}
	return min(m, n)
}

func eighTypes(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := checkMatrix(0, in[0], factorTypes, true); err != nil {
		return nil, err
	}
	n, _ := sides(in[0])
	return []ir.Type{batched(in[0], n).WithDType(in[0].DType.Real()), in[0]}, nil
}

func svdTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := checkMatrix(0, in[0], factorTypes, false); err != nil {
		return nil, err
	}
	a := attrs.(SVDAttrs)
	m, n := sides(in[0])
	s := batched(in[0], min(m, n)).WithDType(in[0].DType.Real())
	if !a.Vectors {
		return oneType(s)
	}
	return []ir.Type{batched(in[0], m, thin(a.Full, m, m, n)), s, batched(in[0], thin(a.Full, n, m, n), n)}, nil
}

func eigTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := checkMatrix(0, in[0], factorTypes, true); err != nil {
		return nil, err
	}
	a, t := attrs.(EigAttrs), in[0].WithDType(in[0].DType.Complex())
	n, _ := sides(t)
	out := []ir.Type{batched(t, n)}
	if a.Left {
		out = append(out, t)
	}
	if a.Right {
		out = append(out, t)
	}
	return out, nil
}

// choleskySample and eighSample make Hermitian matrices; for Cholesky the diagonal makes them positive definite.
func choleskySample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Attrs: CholeskyAttrs{Lower: r.IntN(2) == 0}, Inputs: []*tensor.Tensor{hermitianSample(r, dt, size, 6*float64(size))}}
}

func eighSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Attrs: EighAttrs{Lower: r.IntN(2) == 0}, Inputs: []*tensor.Tensor{hermitianSample(r, dt, size, 0)}}
}

func hermitianSample(r *ir.Rand, dt dtype.DType, n int, diagonal float64) *tensor.Tensor {
	t := sampleTensor(r, dt, 1+r.IntN(2), n, n)
	for k := range t.Dim(0) {
		for i := range n {
			for j := range i {
				v := tensor.Must(tensor.FromAny(t.At(k, i, j))).Complex128s()[0]
				t.Set((k*n+j)*n+i, conj(v))
			}
			t.Set((k*n+i)*n+i, diagonal+r.Float64())
		}
	}
	return t
}

// solveSample keeps the diagonal away from zero, so that solutions stay small.
func solveSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	ops := []MatrixOp{NoTranspose, Transposed, Adjoint}
	attrs := TriangularSolveAttrs{r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(4) == 0, ops[r.IntN(3)]}
	batch, k := 1+r.IntN(2), r.IntN(3)
	a := RandomTensor(r, dt, -0.3, 0.3, batch, size, size)
	for i := range batch * size {
		a.Set(i*size+i%size, 1+r.Float64())
	}
	rhs := []int{batch, k, size}
	if attrs.LeftSide {
		rhs = []int{batch, size, k}
	}
	return ir.Sample{Attrs: attrs, Inputs: []*tensor.Tensor{a, sampleTensor(r, dt, rhs...)}}
}

// matrixSample draws matrices of any two extents up to size.
func matrixSample(r *ir.Rand, dt dtype.DType, size int) []*tensor.Tensor {
	return []*tensor.Tensor{sampleTensor(r, dt, 1+r.IntN(2), r.IntN(size+1), r.IntN(size+1))}
}

func luSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Inputs: matrixSample(r, dt, size)}
}

func qrSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Attrs: QRAttrs{Full: r.IntN(2) == 0}, Inputs: matrixSample(r, dt, size)}
}

func svdSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Attrs: SVDAttrs{Vectors: r.IntN(4) > 0, Full: r.IntN(2) == 0}, Inputs: matrixSample(r, dt, size)}
}

func eigSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Attrs: EigAttrs{Left: r.IntN(2) == 0, Right: r.IntN(2) == 0}, Inputs: []*tensor.Tensor{sampleTensor(r, dt, 1+r.IntN(2), size, size)}}
}

package op

import (
	"math"
	"math/cmplx"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"gonum.org/v1/gonum/mat"
)

// Eigenvalues and singular values. Real matrices go through gonum (LAPACK's algorithms in Go); it has none of these for complex
// matrices, see jacobi.go and schur.go.

func eighEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return evalMatrices(n, in, eighBatch(eighReal), eighBatch(eighComplex))
}

// eighBatch mirrors the triangle that is read and decomposes.
func eighBatch[T scalar](decompose func(a dense[T]) (values []float64, vectors dense[T], ok bool)) func(n *ir.Node, in, out []*tensor.Tensor) {
	return func(n *ir.Node, in, out []*tensor.Tensor) {
		eachMatrix(in[0], func(k int, a dense[T]) {
			values, vectors, ok := make([]float64, a.rows), newDense[T](a.rows, a.rows), false
			mirror(a, n.Attrs.(EighAttrs).Lower)
			if a.finite() {
				values, vectors, ok = decompose(a)
			}
			if !ok {
				fill(values, math.NaN())
				fill(vectors.data, nan[T]())
			}
			store(out[0], k, values)
			store(out[1], k, vectors.data)
		})
	}
}

// mirror makes a Hermitian from one of its triangles and the real part of its diagonal.
func mirror[T scalar](a dense[T], lower bool) {
	for i := range a.rows {
		a.set(i, i, fromFloat[T](realPart(a.at(i, i))))
		for j := range i {
			if lower {
				a.set(j, i, conj(a.at(i, j)))
			} else {
				a.set(i, j, conj(a.at(j, i)))
			}
		}
	}
}

func eighReal(a dense[float64]) (values []float64, vectors dense[float64], ok bool) {
	if a.rows == 0 {
		return nil, a, true
	}
	var e mat.EigenSym
	if !e.Factorize(mat.NewSymDense(a.rows, a.data), true) {
		return make([]float64, a.rows), a, false
	}
	var v mat.Dense
	e.VectorsTo(&v)
	return e.Values(nil), fromMat(&v), true
}

// fromMat copies a matrix of gonum.
func fromMat(m mat.Matrix) dense[float64] {
	rows, cols := m.Dims()
	out := newDense[float64](rows, cols)
	for i := range rows {
		for j := range cols {
			out.set(i, j, m.At(i, j))
		}
	}
	return out
}

func svdEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return evalMatrices(n, in, svdBatch(svdReal), svdBatch(svdComplex))
}

// svdBatch decomposes: u has all m columns or min(m, n), vh as many rows, as full says.
func svdBatch[T scalar](decompose func(a dense[T], full bool) (u dense[T], s []float64, vh dense[T], ok bool)) func(n *ir.Node, in, out []*tensor.Tensor) {
	return func(n *ir.Node, in, out []*tensor.Tensor) {
		attrs := n.Attrs.(SVDAttrs)
		eachMatrix(in[0], func(k int, a dense[T]) {
			small := min(a.rows, a.cols)
			left, right := thin(attrs.Full, a.rows, a.rows, a.cols), thin(attrs.Full, a.cols, a.rows, a.cols)
			u, s, vh, ok := identity[T](a.rows, left), make([]float64, small), identity[T](right, a.cols), small == 0
			if !ok && a.finite() {
				u, s, vh, ok = decompose(a, attrs.Full)
			}
			if !ok {
				fill(u.data, nan[T]())
				fill(s, math.NaN())
				fill(vh.data, nan[T]())
			}
			if !attrs.Vectors {
				store(out[0], k, s)
				return
			}
			store(out[0], k, u.data)
			store(out[1], k, s)
			store(out[2], k, vh.data)
		})
	}
}

func svdReal(a dense[float64], full bool) (u dense[float64], s []float64, vh dense[float64], ok bool) {
	kind := mat.SVDThin
	if full {
		kind = mat.SVDFull
	}
	var f mat.SVD
	if !f.Factorize(mat.NewDense(a.rows, a.cols, a.data), kind) {
		return u, s, vh, false
	}
	var um, vm mat.Dense
	f.UTo(&um)
	f.VTo(&vm)
	return fromMat(&um), f.Values(nil), fromMat(vm.T()), true
}

func eigEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return evalMatrices(n, in, eigBatch(eigReal), eigBatch(eigComplex))
}

// eigBatch decomposes and normalises the vectors.
func eigBatch[T scalar](decompose func(a dense[T]) (values []complex128, left, right dense[complex128], ok bool)) func(n *ir.Node, in, out []*tensor.Tensor) {
	return func(n *ir.Node, in, out []*tensor.Tensor) {
		attrs := n.Attrs.(EigAttrs)
		eachMatrix(in[0], func(k int, a dense[T]) {
			size := a.rows
			values, left, right, ok := make([]complex128, size), newDense[complex128](size, size), newDense[complex128](size, size), size == 0
			if !ok && a.finite() {
				values, left, right, ok = decompose(a)
			}
			if !ok {
				for _, list := range [][]complex128{values, left.data, right.data} {
					fill(list, cmplx.NaN())
				}
			}
			results := [][]complex128{values}
			if attrs.Left {
				results = append(results, unitColumns(left).data)
			}
			if attrs.Right {
				results = append(results, unitColumns(right).data)
			}
			for i, r := range results {
				store(out[i], k, r)
			}
		})
	}
}

// unitColumns returns the columns divided by their length.
func unitColumns(m dense[complex128]) dense[complex128] {
	t := m.transposed(false)
	for i := range t.rows {
		length := complex(norm(t.row(i)), 0)
		for j, v := range t.row(i) {
			t.set(i, j, v/length)
		}
	}
	return t.transposed(false)
}

func eigReal(a dense[float64]) (values []complex128, left, right dense[complex128], ok bool) {
	values, left, right = make([]complex128, a.rows), newDense[complex128](a.rows, a.rows), newDense[complex128](a.rows, a.rows)
	var e mat.Eigen
	if !e.Factorize(mat.NewDense(a.rows, a.cols, slices.Clone(a.data)), mat.EigenBoth) {
		return values, left, right, false
	}
	var l, r mat.CDense
	e.LeftVectorsTo(&l)
	e.VectorsTo(&r)
	for i := range a.rows {
		for j := range a.rows {
			left.set(i, j, l.At(i, j))
			right.set(i, j, r.At(i, j))
		}
	}
	return e.Values(nil), left, right, true
}

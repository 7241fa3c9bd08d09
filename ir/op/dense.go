package op

import (
	"math"
	"math/cmplx"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// scalar is the type in which linear algebra computes: float64 for the real element types, complex128 for the complex ones.
type scalar interface{ float64 | complex128 }

// dense is a matrix in row-major order.
type dense[T scalar] struct {
	rows, cols int
	data       []T
}

func newDense[T scalar](rows, cols int) dense[T] { return dense[T]{rows, cols, make([]T, rows*cols)} }

// identity has ones on the diagonal, also where it is not square.
func identity[T scalar](rows, cols int) dense[T] {
	m := newDense[T](rows, cols)
	for i := range min(rows, cols) {
		m.set(i, i, 1)
	}
	return m
}

func (m dense[T]) at(i, j int) T     { return m.data[i*m.cols+j] }
func (m dense[T]) set(i, j int, v T) { m.data[i*m.cols+j] = v }
func (m dense[T]) row(i int) []T     { return m.data[i*m.cols : (i+1)*m.cols] }

func (m dense[T]) clone() dense[T] {
	return dense[T]{m.rows, m.cols, append([]T(nil), m.data...)}
}

// transposed returns the transpose, with conjugated elements if asked.
func (m dense[T]) transposed(conjugate bool) dense[T] {
	t := newDense[T](m.cols, m.rows)
	for i := range m.rows {
		for j := range m.cols {
			v := m.at(i, j)
			if conjugate {
				v = conj(v)
			}
			t.set(j, i, v)
		}
	}
	return t
}

// adjoint returns the conjugate transpose.
func (m dense[T]) adjoint() dense[T] { return m.transposed(true) }

// leading returns the first columns.
func (m dense[T]) leading(cols int) dense[T] {
	out := newDense[T](m.rows, cols)
	for i := range m.rows {
		copy(out.row(i), m.row(i))
	}
	return out
}

// finite reports whether no element is NaN or infinite.
func (m dense[T]) finite() bool {
	for _, v := range m.data {
		if a := modulus(v); math.IsNaN(a) || math.IsInf(a, 0) {
			return false
		}
	}
	return true
}

// fill sets all elements.
func fill[T any](list []T, v T) {
	for i := range list {
		list[i] = v
	}
}

func nan[T scalar]() T { return fromFloat[T](math.NaN()) }

// fromFloat converts a real number to T.
func fromFloat[T scalar](x float64) T {
	var out T
	switch p := any(&out).(type) {
	case *float64:
		*p = x
	case *complex128:
		*p = complex(x, 0)
	}
	return out
}

// conj is the complex conjugate.
func conj[T scalar](x T) T {
	if z, ok := any(x).(complex128); ok {
		return any(cmplx.Conj(z)).(T)
	}
	return x
}

// modulus is the absolute value.
func modulus[T scalar](x T) float64 {
	if z, ok := any(x).(complex128); ok {
		return cmplx.Abs(z)
	}
	return math.Abs(any(x).(float64))
}

// realPart is the real part.
func realPart[T scalar](x T) float64 {
	if z, ok := any(x).(complex128); ok {
		return real(z)
	}
	return any(x).(float64)
}

// norm is the Euclidean length, without overflow.
func norm[T scalar](v []T) float64 {
	length := 0.0
	for _, x := range v {
		length = math.Hypot(length, modulus(x))
	}
	return length
}

// eachMatrix calls f for each matrix of a batch, with its elements as T.
func eachMatrix[T scalar](t *tensor.Tensor, f func(k int, m dense[T])) {
	rows, cols := sides(typeOf(t))
	all := elementsAs[T](t)
	for k := range batchSize(typeOf(t)) {
		f(k, dense[T]{rows, cols, all[k*rows*cols : (k+1)*rows*cols]})
	}
}

// batchSize is the number of matrices.
func batchSize(t ir.Type) int { return ir.T(0, t.Shape[:t.Rank()-2]...).Size() }

// elementsAs returns all elements, as T, in a new slice.
func elementsAs[T scalar](t *tensor.Tensor) []T {
	var out []T
	switch p := any(&out).(type) {
	case *[]float64:
		*p = t.Float64s()
	case *[]complex128:
		*p = t.Complex128s()
	}
	return out
}

// store rounds elements of batch member k to a result.
func store[T scalar](t *tensor.Tensor, k int, elems []T) {
	switch e := any(elems).(type) {
	case []float64:
		t.StoreFloat64(k*len(e), e)
	case []complex128:
		t.StoreComplex128(k*len(e), e)
	}
}

// storeInts is store for integers.
func storeInts(t *tensor.Tensor, k int, elems []int) {
	wide := make([]int64, len(elems))
	for i, v := range elems {
		wide[i] = int64(v)
	}
	t.StoreInt64(k*len(wide), wide)
}

// evalMatrices picks the real or the complex instance of an evaluation by the type of the operands.
func evalMatrices(n *ir.Node, in []*tensor.Tensor, real, complex func(n *ir.Node, in, out []*tensor.Tensor)) ([]*tensor.Tensor, error) {
	out := emptyResults(n)
	if in[0].DType().IsComplex() {
		complex(n, in, out)
	} else {
		real(n, in, out)
	}
	return out, nil
}

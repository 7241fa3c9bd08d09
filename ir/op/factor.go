package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Cholesky, triangular solve, LU and QR, for real and complex matrices alike.

func choleskyEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return evalMatrices(n, in, choleskyBatch[float64], choleskyBatch[complex128])
}

func choleskyBatch[T scalar](n *ir.Node, in, out []*tensor.Tensor) {
	lower := n.Attrs.(CholeskyAttrs).Lower
	eachMatrix(in[0], func(k int, a dense[T]) {
		if !lower {
			a = a.adjoint()
		}
		l, ok := cholesky(a)
		if !ok {
			fill(l.data, nan[T]())
		}
		if !lower {
			l = l.adjoint()
		}
		store(out[0], k, l.data)
	})
}

// cholesky returns L with L L^H = a, reading the lower triangle; false where a is not positive definite.
func cholesky[T scalar](a dense[T]) (dense[T], bool) {
	n := a.rows
	l := newDense[T](n, n)
	for j := range n {
		conjugated := map1(l.row(j)[:j], conj[T])
		d := realPart(a.at(j, j) - inner(l.row(j)[:j], conjugated))
		if !(d > 0) || math.IsInf(d, 1) {
			return l, false
		}
		l.set(j, j, fromFloat[T](math.Sqrt(d)))
		for i := j + 1; i < n; i++ {
			l.set(i, j, (a.at(i, j)-inner(l.row(i)[:j], conjugated))/l.at(j, j))
		}
	}
	return l, true
}

// inner is the sum of products, without conjugation.
func inner[T scalar](x, y []T) T {
	var sum T
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

func solveEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return evalMatrices(n, in, solveBatch[float64], solveBatch[complex128])
}

func solveBatch[T scalar](n *ir.Node, in, out []*tensor.Tensor) {
	attrs := n.Attrs.(TriangularSolveAttrs)
	var rhs []dense[T]
	eachMatrix(in[1], func(_ int, m dense[T]) { rhs = append(rhs, m) })
	eachMatrix(in[0], func(k int, a dense[T]) {
		b, lower := rhs[k], attrs.Lower
		if attrs.Transpose != NoTranspose {
			a, lower = a.transposed(attrs.Transpose == Adjoint), !lower
		}
		if !attrs.LeftSide { // X A = B is A^T X^T = B^T
			a, b, lower = a.transposed(false), b.transposed(false), !lower
		}
		substitute(a, b, lower, attrs.UnitDiagonal)
		if !attrs.LeftSide {
			b = b.transposed(false)
		}
		store(out[0], k, b.data)
	})
}

// substitute replaces b by the solution of a x = b, forward for a lower triangle of a, else backward.
func substitute[T scalar](a, b dense[T], lower, unit bool) {
	n := a.rows
	for step := range n {
		i, from, to := step, 0, step
		if !lower {
			i = n - 1 - step
			from, to = i+1, n
		}
		for j := from; j < to; j++ {
			subtract(b.row(i), a.at(i, j), b.row(j))
		}
		if !unit {
			for j := range b.row(i) {
				b.set(i, j, b.at(i, j)/a.at(i, i))
			}
		}
	}
}

// subtract replaces x by x - factor*y.
func subtract[T scalar](x []T, factor T, y []T) {
	for i, v := range y {
		x[i] -= factor * v
	}
}

func luEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return evalMatrices(n, in, luBatch[float64], luBatch[complex128])
}

func luBatch[T scalar](_ *ir.Node, in, out []*tensor.Tensor) {
	eachMatrix(in[0], func(k int, a dense[T]) {
		pivots, permutation := factorLU(a)
		store(out[0], k, a.data)
		storeInts(out[1], k, pivots)
		storeInts(out[2], k, permutation)
	})
}

// factorLU replaces a by its factors. The pivot of a column is its element of largest modulus, the first of them; a NaN is never one.
func factorLU[T scalar](a dense[T]) (pivots, permutation []int) {
	permutation = make([]int, a.rows)
	for i := range permutation {
		permutation[i] = i
	}
	for j := range min(a.rows, a.cols) {
		p := j
		for i := j + 1; i < a.rows; i++ {
			if modulus(a.at(i, j)) > modulus(a.at(p, j)) {
				p = i
			}
		}
		pivots = append(pivots, p)
		permutation[j], permutation[p] = permutation[p], permutation[j]
		for c := range a.cols {
			u, v := a.at(j, c), a.at(p, c)
			a.set(j, c, v)
			a.set(p, c, u)
		}
		if a.at(j, j) == 0 {
			continue // the whole column is zero
		}
		for i := j + 1; i < a.rows; i++ {
			factor := a.at(i, j) / a.at(j, j)
			a.set(i, j, factor)
			subtract(a.row(i)[j+1:], factor, a.row(j)[j+1:])
		}
	}
	return pivots, permutation
}

func qrEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return evalMatrices(n, in, qrBatch[float64], qrBatch[complex128])
}

func qrBatch[T scalar](n *ir.Node, in, out []*tensor.Tensor) {
	eachMatrix(in[0], func(k int, a dense[T]) {
		reflectors := householder(a)
		rows := min(a.rows, a.cols)
		if n.Attrs.(QRAttrs).Full {
			rows = a.rows
		}
		q := identity[T](a.rows, rows)
		for i := len(reflectors) - 1; i >= 0; i-- {
			reflectors[i].apply(q)
		}
		store(out[0], k, q.data)
		store(out[1], k, a.data[:rows*a.cols])
	})
}

// reflector is the unitary matrix 1 - tau v v^H; v is zero before element first.
type reflector[T scalar] struct {
	first int
	v     []T
	tau   T
}

// householder replaces a by R and returns reflectors H0, H1, ... with a = H0 H1 ... R.
func householder[T scalar](a dense[T]) (reflectors []reflector[T]) {
	for j := range min(a.rows, a.cols) {
		v := make([]T, a.rows-j)
		for i := range v {
			v[i] = a.at(j+i, j)
		}
		h, diagonal := reflection(v)
		h.first = j
		reflectors = append(reflectors, h)
		h.applyAdjoint(a)
		a.set(j, j, diagonal)
		for i := j + 1; i < a.rows; i++ {
			a.set(i, j, 0)
		}
	}
	return reflectors
}

// reflection returns H with H^H x = (diagonal, 0, 0, ...), diagonal real, as LAPACK's larfg.
func reflection[T scalar](x []T) (h reflector[T], diagonal T) {
	head, tail := x[0], norm(x[1:])
	if tail == 0 && head == fromFloat[T](realPart(head)) {
		return reflector[T]{v: make([]T, len(x))}, head
	}
	beta := -math.Copysign(math.Hypot(modulus(head), tail), realPart(head))
	diagonal = fromFloat[T](beta)
	h = reflector[T]{v: make([]T, len(x)), tau: (diagonal - head) / diagonal}
	h.v[0] = 1
	for i := range x[1:] {
		h.v[1+i] = x[1+i] / (head - diagonal)
	}
	return h, diagonal
}

// apply replaces m by H m.
func (h reflector[T]) apply(m dense[T]) { h.applyScaled(m, h.tau) }

// applyAdjoint replaces m by H^H m.
func (h reflector[T]) applyAdjoint(m dense[T]) { h.applyScaled(m, conj(h.tau)) }

func (h reflector[T]) applyScaled(m dense[T], tau T) {
	if tau == 0 {
		return
	}
	product := make([]T, m.cols) // v^H m
	for i, v := range h.v {
		subtract(product, -conj(v), m.row(h.first+i))
	}
	for i, v := range h.v {
		subtract(m.row(h.first+i), tau*v, product)
	}
}

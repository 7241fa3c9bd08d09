package op

import (
	"math"
	"math/cmplx"
)

// The complex QR algorithm: a = z t z^H with t upper triangular, from the Hessenberg form by QR steps with Wilkinson's shift
// (Golub and Van Loan, Matrix Computations, section 7.5).

// maxQRSteps for one eigenvalue; three are usual.
const maxQRSteps = 60

// eigComplex returns the eigenvalues of any square matrix and its left and right eigenvectors, not normalised.
func eigComplex(a dense[complex128]) (values []complex128, left, right dense[complex128], ok bool) {
	n := a.rows
	t, z, ok := schur(a)
	values, left, right = make([]complex128, n), newDense[complex128](n, n), newDense[complex128](n, n)
	for j := range n {
		values[j] = t.at(j, j)
		setColumn(right, j, z, rightVector(t, j))
		setColumn(left, j, z, leftVector(t, j))
	}
	return values, left, right, ok
}

// setColumn stores z x as column j.
func setColumn(m dense[complex128], j int, z dense[complex128], x []complex128) {
	for i := range m.rows {
		m.set(i, j, inner(z.row(i), x))
	}
}

// schur reduces a copy of a.
func schur(a dense[complex128]) (t, z dense[complex128], ok bool) {
	n := a.rows
	t, z = a.clone(), identity[complex128](n, n)
	for k := range max(n-2, 0) {
		x := make([]complex128, n-k-1)
		for i := range x {
			x[i] = t.at(k+1+i, k)
		}
		h, _ := reflection(x)
		h.first = k + 1
		h.applyAdjoint(t)
		t, z = h.fromRight(t), h.fromRight(z)
		for i := k + 2; i < n; i++ {
			t.set(i, k, 0)
		}
	}
	for last, steps := n-1, 0; last > 0; {
		first := activeBlock(t, last)
		if first == last {
			last, steps = last-1, 0
			continue
		}
		if steps++; steps > maxQRSteps {
			return t, z, false
		}
		qrStep(t, z, first, last, steps)
	}
	return t, z, true
}

// fromRight returns m H.
func (h reflector[T]) fromRight(m dense[T]) dense[T] {
	adjoint := m.adjoint()
	h.applyAdjoint(adjoint)
	return adjoint.adjoint()
}

// activeBlock clears subdiagonal elements that are negligible, and returns where the block that ends at last begins.
func activeBlock(t dense[complex128], last int) int {
	for i := last; i > 0; i-- {
		size := cmplx.Abs(t.at(i-1, i-1)) + cmplx.Abs(t.at(i, i))
		if size == 0 {
			size = norm(t.data)
		}
		if cmplx.Abs(t.at(i, i-1)) <= epsilon*size {
			t.set(i, i-1, 0)
			return i
		}
	}
	return 0
}

// shift is the eigenvalue of the last two rows that is nearer to the last diagonal element; now and then something else, against cycles.
func shift(t dense[complex128], last, steps int) complex128 {
	a, b, c, d := t.at(last-1, last-1), t.at(last-1, last), t.at(last, last-1), t.at(last, last)
	if steps%10 == 0 {
		return d + complex(cmplx.Abs(c), 0)
	}
	half := (a - d) / 2
	root := cmplx.Sqrt(half*half + b*c)
	if real(cmplx.Conj(half)*root) < 0 {
		root = -root
	}
	if half+root == 0 {
		return d
	}
	return d - b*c/(half+root)
}

// qrStep replaces the block by R Q + mu, where Q R is the block minus mu, and carries the rotations through t and z.
func qrStep(t, z dense[complex128], first, last, steps int) {
	mu := shift(t, last, steps)
	for i := first; i <= last; i++ {
		t.set(i, i, t.at(i, i)-mu)
	}
	type givens struct{ c, s complex128 }
	var turns []givens
	for k := first; k < last; k++ {
		x, y := t.at(k, k), t.at(k+1, k)
		length := complex(math.Hypot(cmplx.Abs(x), cmplx.Abs(y)), 0)
		g := givens{1, 0}
		if length != 0 {
			g = givens{x / length, y / length}
		}
		turns = append(turns, g)
		for j := k; j < t.cols; j++ {
			x, y := t.at(k, j), t.at(k+1, j)
			t.set(k, j, cmplx.Conj(g.c)*x+cmplx.Conj(g.s)*y)
			t.set(k+1, j, g.c*y-g.s*x)
		}
	}
	for i, g := range turns {
		k := first + i
		turnColumns(t, k, min(k+2, last+1), g.c, g.s)
		turnColumns(z, k, z.rows, g.c, g.s)
	}
	for i := first; i <= last; i++ {
		t.set(i, i, t.at(i, i)+mu)
	}
}

// turnColumns turns columns k and k+1 in the first rows.
func turnColumns(m dense[complex128], k, rows int, c, s complex128) {
	for i := range rows {
		x, y := m.at(i, k), m.at(i, k+1)
		m.set(i, k, c*x+s*y)
		m.set(i, k+1, cmplx.Conj(c)*y-cmplx.Conj(s)*x)
	}
}

// rightVector solves (t - t[j,j]) x = 0 with x[j] = 1 by back substitution; equal eigenvalues are moved apart a little.
func rightVector(t dense[complex128], j int) []complex128 {
	x := make([]complex128, t.rows)
	x[j] = 1
	for i := j - 1; i >= 0; i-- {
		x[i] = -inner(t.row(i)[i+1:j+1], x[i+1:j+1]) / apart(t, i, j)
		keepSmall(x)
	}
	return x
}

// leftVector solves y^H (t - t[j,j]) = 0 with y[j] = 1 by forward substitution.
func leftVector(t dense[complex128], j int) []complex128 {
	y := make([]complex128, t.rows)
	y[j] = 1
	for i := j + 1; i < t.rows; i++ {
		sum := complex128(0)
		for k := j; k < i; k++ {
			sum += cmplx.Conj(y[k]) * t.at(k, i)
		}
		y[i] = cmplx.Conj(-sum / apart(t, i, j))
		keepSmall(y)
	}
	return y
}

// apart is t[i,i] - t[j,j], or a negligible number in place of zero.
func apart(t dense[complex128], i, j int) complex128 {
	d := t.at(i, i) - t.at(j, j)
	if least := max(epsilon*norm(t.data), math.SmallestNonzeroFloat64/epsilon); cmplx.Abs(d) < least {
		return complex(least, 0)
	}
	return d
}

// keepSmall scales a vector down before it overflows.
func keepSmall(x []complex128) {
	length := norm(x)
	if length < 0x1p200 {
		return
	}
	for i := range x {
		x[i] /= complex(length, 0)
	}
}

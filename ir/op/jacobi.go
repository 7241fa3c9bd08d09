package op

import (
	"cmp"
	"math"
	"math/cmplx"
	"slices"
)

// Jacobi's method for complex matrices: plane rotations make columns orthogonal, pair by pair, until all are. Slow, short and
// accurate (Golub and Van Loan, Matrix Computations, sections 8.5 and 8.6.3).

// maxSweeps over all pairs; ten are many.
const maxSweeps = 60

// rotation is the unitary matrix [c s; -s*w c*w] with |w| = 1.
type rotation struct {
	c, s float64
	w    complex128
}

// diagonalise returns the rotation J for which J^H [a r; conj(r) b] J is diagonal.
func diagonalise(a, b float64, r complex128) rotation {
	theta := (b - a) / (2 * cmplx.Abs(r))
	t := 1 / (math.Abs(theta) + math.Hypot(theta, 1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Hypot(t, 1)
	return rotation{c, t * c, cmplx.Conj(r) / complex(cmplx.Abs(r), 0)}
}

// columns replaces columns p and q of m by those of m J.
func (j rotation) columns(m dense[complex128], p, q int) {
	c, s := complex(j.c, 0), complex(j.s, 0)
	for i := range m.rows {
		x, y := m.at(i, p), j.w*m.at(i, q)
		m.set(i, p, c*x-s*y)
		m.set(i, q, s*x+c*y)
	}
}

// rows replaces rows p and q of m by those of J^H m.
func (j rotation) rows(m dense[complex128], p, q int) {
	c, s, w := complex(j.c, 0), complex(j.s, 0), cmplx.Conj(j.w)
	for i := range m.cols {
		x, y := m.at(p, i), w*m.at(q, i)
		m.set(p, i, c*x-s*y)
		m.set(q, i, s*x+c*y)
	}
}

// sweep visits all pairs of n columns until a whole sweep changes none.
func sweep(n int, visit func(p, q int) (changed bool)) bool {
	for range maxSweeps {
		quiet := true
		for p := range n {
			for q := p + 1; q < n; q++ {
				if visit(p, q) {
					quiet = false
				}
			}
		}
		if quiet {
			return true
		}
	}
	return false
}

const epsilon = 0x1p-52

// eighComplex decomposes a Hermitian matrix.
func eighComplex(a dense[complex128]) (values []float64, vectors dense[complex128], ok bool) {
	n := a.rows
	a, vectors = a.clone(), identity[complex128](n, n)
	small := epsilon * norm(a.data) / float64(max(n, 1))
	ok = sweep(n, func(p, q int) bool {
		r := a.at(p, q)
		if cmplx.Abs(r) <= small {
			return false
		}
		j := diagonalise(real(a.at(p, p)), real(a.at(q, q)), r)
		j.columns(a, p, q)
		j.rows(a, p, q)
		j.columns(vectors, p, q)
		return true
	})
	values = make([]float64, n)
	for i := range values {
		values[i] = real(a.at(i, i))
	}
	order := sortedBy(values, func(x, y float64) int { return cmp.Compare(x, y) })
	return pickOf(values, order), pickColumns(vectors, order), ok
}

// shortest is the length below which a column counts as zero, where the largest element is one: the square of a smaller one loses places, and
// columns that should be zero would be rotated for ever.
const shortest = 0x1p-480

// svdComplex decomposes any matrix by rotating its columns; a wide one through its adjoint.
func svdComplex(a dense[complex128], full bool) (u dense[complex128], s []float64, vh dense[complex128], ok bool) {
	if a.rows < a.cols {
		v, s, uh, ok := svdComplex(a.adjoint(), full)
		return uh.adjoint(), s, v.adjoint(), ok
	}
	n := a.cols
	scale := 0.0
	for _, v := range a.data {
		scale = max(scale, cmplx.Abs(v))
	}
	columns, v := a.adjoint(), identity[complex128](n, n) // column j of a is the conjugate of row j
	if scale > 0 {
		for i := range columns.data {
			columns.data[i] /= complex(scale, 0)
		}
	}
	w := columns.adjoint()
	ok = sweep(n, func(p, q int) bool {
		a, b, r := columnProducts(w, p, q)
		if min(a, b) <= shortest*shortest || cmplx.Abs(r) <= epsilon*math.Sqrt(a)*math.Sqrt(b) {
			return false
		}
		j := diagonalise(a, b, r)
		j.columns(w, p, q)
		j.columns(v, p, q)
		return true
	})
	lengths, t := make([]float64, n), w.transposed(false)
	for j := range n {
		lengths[j] = norm(t.row(j))
	}
	order := sortedBy(lengths, func(x, y float64) int { return cmp.Compare(y, x) })
	s = pickOf(lengths, order)
	u = unitBasis(pickColumns(w, order), s, thin(full, a.rows, a.rows, n))
	for i := range s {
		s[i] *= scale
	}
	return u, s, pickColumns(v, order).adjoint(), ok
}

// columnProducts returns |x|^2, |y|^2 and x^H y of columns p and q.
func columnProducts(m dense[complex128], p, q int) (xx, yy float64, xy complex128) {
	for i := range m.rows {
		x, y := m.at(i, p), m.at(i, q)
		xx += real(x)*real(x) + imag(x)*imag(x)
		yy += real(y)*real(y) + imag(y)*imag(y)
		xy += cmplx.Conj(x) * y
	}
	return xx, yy, xy
}

// unitBasis divides orthogonal columns by their lengths (descending), and replaces those that count as zero and adds what is missing to have
// cols columns by an orthonormal basis of the rest of the space.
func unitBasis(m dense[complex128], lengths []float64, cols int) dense[complex128] {
	rank := 0
	for rank < len(lengths) && lengths[rank] > shortest {
		rank++
	}
	known := m.leading(rank)
	for i := range known.rows {
		for j := range rank {
			known.set(i, j, known.at(i, j)/complex(lengths[j], 0))
		}
	}
	out := identity[complex128](m.rows, cols)
	reflectors := householder(known.clone())
	for i := len(reflectors) - 1; i >= 0; i-- {
		reflectors[i].apply(out)
	}
	for i := range known.rows {
		copy(out.row(i), known.row(i))
	}
	return out
}

// sortedBy returns the order that sorts a list.
func sortedBy(list []float64, compare func(x, y float64) int) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compare(list[i], list[j]) })
	return order
}

func pickOf(list []float64, at []int) []float64 {
	return map1(at, func(i int) float64 { return list[i] })
}

func pickColumns(m dense[complex128], order []int) dense[complex128] {
	out := newDense[complex128](m.rows, len(order))
	for i := range m.rows {
		for to, from := range order {
			out.set(i, to, m.at(i, from))
		}
	}
	return out
}

package irtest

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Factorisations leave signs, phases, bases and orders free, so results are checked by what they are for, not against those of the interpreter.

// IsFactorisation reports whether a primitive is one that CheckFactors checks.
func IsFactorisation(id ir.OpID) bool { return factorChecks[id] != nil }

// factorChecks check one matrix and its factors: out has the results for it.
var factorChecks = map[ir.OpID]func(attrs ir.Attrs, a matrix, out []matrix, tolerance float64) error{
	op.LUID: checkLU, op.QRID: checkQR, op.EighID: checkEigh, op.SVDID: checkSVD, op.EigID: checkEig,
}

// CheckFactors checks the results of a case of one node by their definition, to a small multiple of the rounding errors of matrices of that size;
// eigenvalues of Hermitian matrices and singular values are compared with those of the interpreter too. A matrix with a NaN or an infinity is to have
// results of NaN.
func CheckFactors(c *Case, got []*tensor.Tensor) error {
	n := c.Graph.Nodes[len(c.Graph.Nodes)-1]
	want, err := Run(c)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for i, w := range want {
		if g, w := ir.TypeOf(got[i]), ir.TypeOf(w); !g.Equal(w) {
			return fmt.Errorf("output %d: got type %s, want %s", i, g, w)
		}
	}
	lead := c.Inputs[0].Rank() - 2
	unit := floatLimits[c.Inputs[0].DType().Real()].unit(1)
	for k, a := range matrices(c.Inputs[0], lead) {
		results, reference := make([]matrix, len(got)), make([]matrix, len(got))
		for i := range got {
			results[i], reference[i] = matrices(got[i], lead)[k], matrices(want[i], lead)[k]
		}
		if err := checkFactorsOf(n, a, results, reference, unit); err != nil {
			return fmt.Errorf("matrix %d: %w", k, err)
		}
	}
	return nil
}

func checkFactorsOf(n *ir.Node, a matrix, got, want []matrix, unit float64) error {
	if slices.ContainsFunc(a.data, func(z complex128) bool { return cmplx.IsNaN(z - z) }) {
		for i, w := range want {
			for e, z := range w.data {
				if cmplx.IsNaN(z) && !cmplx.IsNaN(got[i].data[e]) {
					return fmt.Errorf("output %d: got %v, want NaN", i, got[i].data[e])
				}
			}
		}
		return nil
	}
	tolerance := 20 * unit * float64(max(a.rows, a.cols, 2))
	values := map[ir.OpID]int{op.EighID: 0, op.SVDID: len(got) / 2} // values stand in the middle of U, S, V
	if i, ok := values[n.Op]; ok {
		if err := near("values", got[i], want[i], tolerance*want[i].size()); err != nil {
			return err
		}
	}
	return factorChecks[n.Op](n.Attrs, a, got, tolerance)
}

func checkLU(_ ir.Attrs, a matrix, out []matrix, tolerance float64) error {
	lu, pivots, permutation := out[0], out[1].data, out[2].data
	rows := make([]int, a.rows)
	for i := range rows {
		rows[i] = i
	}
	for i, p := range pivots {
		j := int(real(p))
		if j < i || j >= a.rows {
			return fmt.Errorf("pivot %d: got row %d, want one from %d to %d", i, j, i, a.rows-1)
		}
		rows[i], rows[j] = rows[j], rows[i]
	}
	small := min(a.rows, a.cols)
	l, u, moved := newMatrix(a.rows, small), newMatrix(small, a.cols), newMatrix(a.rows, a.cols)
	for i := range a.rows {
		if got := int(real(permutation[i])); got != rows[i] {
			return fmt.Errorf("permutation[%d]: got %d, and %d by the pivots", i, got, rows[i])
		}
		for j := range a.cols {
			moved.set(i, j, a.at(rows[i], j))
			switch {
			case j < i && cmplx.Abs(lu.at(i, j)) > 1+tolerance:
				return fmt.Errorf("l[%d, %d]: got modulus %v, want at most 1", i, j, cmplx.Abs(lu.at(i, j)))
			case j < i:
				l.set(i, j, lu.at(i, j))
			default:
				u.set(i, j, lu.at(i, j))
			}
		}
		if i < small {
			l.set(i, i, 1)
		}
	}
	return near("L U", l.times(u), moved, tolerance*a.size())
}

func checkQR(_ ir.Attrs, a matrix, out []matrix, tolerance float64) error {
	q, r := out[0], out[1]
	for i := range r.rows {
		for j := range min(i+1, r.cols) {
			if z := r.at(i, j); j < i && z != 0 || imag(z) != 0 {
				return fmt.Errorf("r[%d, %d]: got %v, want zeros below a real diagonal", i, j, z)
			}
		}
	}
	return firstOf(unitary("Q", q, tolerance), near("Q R", q.times(r), a, tolerance*a.size()))
}

func checkEigh(attrs ir.Attrs, a matrix, out []matrix, tolerance float64) error {
	h := newMatrix(a.rows, a.rows)
	for i := range a.rows {
		h.set(i, i, complex(real(a.at(i, i)), 0))
		for j := range i {
			x := a.at(i, j)
			if !attrs.(op.EighAttrs).Lower {
				x = cmplx.Conj(a.at(j, i))
			}
			h.set(i, j, x)
			h.set(j, i, cmplx.Conj(x))
		}
	}
	return firstOf(ordered(out[0].data, 1), unitary("V", out[1], tolerance),
		near("A V", h.times(out[1]), out[1].scaled(out[0].data), tolerance*h.size()))
}

func checkSVD(attrs ir.Attrs, a matrix, out []matrix, tolerance float64) error {
	s := out[len(out)/2].data
	if err := ordered(s, -1); err != nil {
		return err
	}
	if len(s) > 0 && real(s[len(s)-1]) < 0 {
		return fmt.Errorf("singular value %v is negative", s[len(s)-1])
	}
	if !attrs.(op.SVDAttrs).Vectors {
		return nil
	}
	u, vh := out[0], out[2]
	leading := newMatrix(a.rows, len(s))
	for i := range a.rows {
		copy(leading.data[i*len(s):(i+1)*len(s)], u.data[i*u.cols:])
	}
	rows := matrix{rows: len(s), cols: a.cols, data: vh.data[:len(s)*a.cols]}
	return firstOf(unitary("U", u, tolerance), unitary("V", vh.adjoint(), tolerance),
		near("U S V^H", leading.scaled(s).times(rows), a, tolerance*a.size()))
}

// checkEig also wants the conjugates of a real matrix side by side; equal eigenvalues may be as far from them as they are from each other.
func checkEig(attrs ir.Attrs, a matrix, out []matrix, tolerance float64) error {
	w, next, trace := out[0].data, 1, complex128(0)
	for i := range w {
		trace += a.at(i, i) - w[i]
	}
	if limit := tolerance * a.size() * float64(max(a.rows, 1)); cmplx.Abs(trace) > limit {
		return fmt.Errorf("the eigenvalues miss the trace by %v, want at most %g", trace, limit)
	}
	for i := 0; a.real && i < len(w); i++ {
		if imag(w[i]) == 0 {
			continue
		}
		if i+1 == len(w) || cmplx.Abs(w[i+1]-cmplx.Conj(w[i])) > math.Sqrt(tolerance)*a.size() {
			return fmt.Errorf("eigenvalues %v of a real matrix: the conjugate of number %d is not behind it", w, i)
		}
		i++
	}
	if attrs.(op.EigAttrs).Left {
		u := out[next]
		next++
		conjugated := make([]complex128, len(w))
		for i, z := range w {
			conjugated[i] = cmplx.Conj(z)
		}
		if err := firstOf(unitColumns("left vectors", u, tolerance), near("A^H U", a.adjoint().times(u), u.scaled(conjugated), tolerance*a.size())); err != nil {
			return err
		}
	}
	if attrs.(op.EigAttrs).Right {
		v := out[next]
		return firstOf(unitColumns("right vectors", v, tolerance), near("A V", a.times(v), v.scaled(w), tolerance*a.size()))
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// ordered wants real numbers to ascend (sign 1) or descend (-1).
func ordered(values []complex128, sign float64) error {
	for i := 1; i < len(values); i++ {
		if !(sign*real(values[i-1]) <= sign*real(values[i])) {
			return fmt.Errorf("values %v are not in order", values)
		}
	}
	return nil
}

// near wants no element of got to be farther from want than limit.
func near(what string, got, want matrix, limit float64) error {
	for i, w := range want.data {
		if d := cmplx.Abs(got.data[i] - w); !(d <= limit) {
			return fmt.Errorf("%s, element %d: got %v, want %v: %.3g apart, allowed %.3g", what, i, got.data[i], w, d, limit)
		}
	}
	return nil
}

// unitary wants orthonormal columns.
func unitary(what string, m matrix, tolerance float64) error {
	one := newMatrix(m.cols, m.cols)
	for i := range m.cols {
		one.set(i, i, 1)
	}
	return near(what+"^H "+what, m.adjoint().times(m), one, tolerance)
}

func unitColumns(what string, m matrix, tolerance float64) error {
	for j := range m.cols {
		sum := 0.0
		for i := range m.rows {
			sum += math.Pow(cmplx.Abs(m.at(i, j)), 2)
		}
		if !(math.Abs(sum-1) <= tolerance) {
			return fmt.Errorf("%s: column %d has squared length %v, want 1", what, j, sum)
		}
	}
	return nil
}

// matrix holds complex numbers by rows.
type matrix struct {
	rows, cols int
	data       []complex128
	real       bool // the element type is
}

func newMatrix(rows, cols int) matrix {
	return matrix{rows: rows, cols: cols, data: make([]complex128, rows*cols)}
}

// matrices splits a tensor behind its leading dimensions; what is left of a vector is one row.
func matrices(t *tensor.Tensor, lead int) []matrix {
	last := t.Shape()[lead:]
	rows, cols := 1, last[len(last)-1]
	if len(last) == 2 {
		rows = last[0]
	}
	batch := 1
	for _, extent := range t.Shape()[:lead] {
		batch *= extent
	}
	all, out := t.Complex128s(), make([]matrix, batch)
	for k := range out {
		out[k] = matrix{rows, cols, all[k*rows*cols : (k+1)*rows*cols], !t.DType().IsComplex()}
	}
	return out
}

func (m matrix) at(i, j int) complex128     { return m.data[i*m.cols+j] }
func (m matrix) set(i, j int, z complex128) { m.data[i*m.cols+j] = z }

// size is the Frobenius norm.
func (m matrix) size() float64 {
	length := 0.0
	for _, z := range m.data {
		length = math.Hypot(length, cmplx.Abs(z))
	}
	return length
}

func (m matrix) adjoint() matrix {
	out := newMatrix(m.cols, m.rows)
	for i := range m.rows {
		for j := range m.cols {
			out.set(j, i, cmplx.Conj(m.at(i, j)))
		}
	}
	return out
}

func (m matrix) times(x matrix) matrix {
	out := newMatrix(m.rows, x.cols)
	for i := range m.rows {
		for k := range m.cols {
			for j := range x.cols {
				out.data[i*x.cols+j] += m.at(i, k) * x.at(k, j)
			}
		}
	}
	return out
}

// scaled multiplies columns by numbers.
func (m matrix) scaled(factors []complex128) matrix {
	out := newMatrix(m.rows, m.cols)
	for i := range m.data {
		out.data[i] = m.data[i] * factors[i%m.cols]
	}
	return out
}

package main

import (
	"fmt"
	"math"
	"math/big"
	"slices"
)

// prec is the working precision of the fits in bits.
const prec = 320

// Func is a real function in arbitrary precision.
type Func func(x *big.Float) *big.Float

// Fit asks for the polynomial sum_k c[k] x^(From + k Step), k < Terms, that minimises the largest Weight(x) |F(x) - polynomial(x)|
// over [Lo, Hi]. Coefficients are rounded to Bits bits one after the other, lowest power first, and the rest is fitted again.
type Fit struct {
	Name       string
	Doc        string
	F          Func
	Weight     Func // nil: 1
	Lo, Hi     float64
	From, Step int // Step 0 means 1
	Terms      int
	Bits       uint
	Pin        []float64 // given values for the first coefficients
}

// Result holds the coefficients, and the error relative to 1 in the weighted norm.
type Result struct {
	Coef []float64
	Err  float64
}

func num(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }
func zero() *big.Float         { return new(big.Float).SetPrec(prec) }

// grid holds the weighted target and the weighted basis at Chebyshev points.
type grid struct {
	target   []*big.Float
	basis    [][]*big.Float // [term][point]
	negative []bool         // [point]
}

func (f *Fit) sample(points int) *grid {
	step := max(f.Step, 1)
	g := &grid{basis: make([][]*big.Float, f.Terms)}
	for i := range points {
		c := math.Cos(math.Pi * float64(points-1-i) / float64(points-1))
		x := num((f.Hi+f.Lo)/2 + (f.Hi-f.Lo)/2*c)
		if x.Sign() == 0 {
			continue // relative weights have no value there
		}
		w := num(1)
		if f.Weight != nil {
			w = zero().Abs(f.Weight(x))
		}
		g.target = append(g.target, zero().Mul(f.F(x), w))
		g.negative = append(g.negative, x.Sign() < 0)
		power, xs := zero().Set(w), num(1)
		for range f.From {
			power.Mul(power, x)
		}
		for range step {
			xs.Mul(xs, x)
		}
		for k := range f.Terms {
			g.basis[k] = append(g.basis[k], zero().Set(power))
			power.Mul(power, xs)
		}
	}
	return g
}

// Run computes the fit.
func (f *Fit) Run() Result {
	g := f.sample(60 * (f.Terms + 2))
	coef := make([]float64, f.Terms)
	var worst float64
	for k := range f.Terms {
		var c *big.Float
		if k < len(f.Pin) {
			c = num(f.Pin[k])
		} else {
			best := g.exchange(k, (f.From+k*max(f.Step, 1))%2 == 1)
			c = best[0]
		}
		coef[k], _ = new(big.Float).SetPrec(f.Bits).Set(c).Float64()
		g.subtract(k, num(coef[k]))
	}
	for _, t := range g.target {
		e, _ := t.Float64()
		worst = max(worst, math.Abs(e))
	}
	return Result{Coef: coef, Err: worst}
}

// subtract removes a fixed term from the target.
func (g *grid) subtract(k int, c *big.Float) {
	for i, b := range g.basis[k] {
		g.target[i].Sub(g.target[i], zero().Mul(c, b))
	}
}

// exchange is the algorithm of Remez on the grid for the terms from..: it returns their coefficients. Where the lowest power is odd,
// all terms change sign at zero, and so must the residuals in the theorem: x^odd is divided out up to its modulus.
func (g *grid) exchange(from int, odd bool) []*big.Float {
	basis := g.basis[from:]
	n := len(basis)
	points := len(g.target)
	ref := make([]int, n+1)
	for i := range ref {
		ref[i] = int(float64(points-1) * (1 - math.Cos(math.Pi*float64(i)/float64(n))) / 2)
	}
	var coef, level = []*big.Float(nil), zero()
	many := true
	for range 400 {
		var newLevel *big.Float
		coef, newLevel = g.solve(basis, ref, odd)
		if absCmp(newLevel, level) < 0 {
			many = false // exchanging all points at once may cycle; one at a time does not
		}
		level = newLevel
		residual := g.residuals(basis, coef, odd)
		worst := largest(residual)
		if ratio, _ := zero().Quo(zero().Abs(residual[worst]), zero().Abs(level)).Float64(); ratio < 1.0001 {
			break
		}
		if next := alternation(residual, n+1); many && next != nil {
			ref = next
		} else {
			exchangeOne(residual, ref, worst)
		}
	}
	return coef
}

// residuals evaluates target minus approximation at all points.
func (g *grid) residuals(basis [][]*big.Float, coef []*big.Float, odd bool) []*big.Float {
	out := make([]*big.Float, len(g.target))
	t := zero()
	for i := range out {
		r := zero().Set(g.target[i])
		for k, b := range basis {
			r.Sub(r, t.Mul(coef[k], b[i]))
		}
		if odd && g.negative[i] {
			r.Neg(r)
		}
		out[i] = r
	}
	return out
}

func largest(residual []*big.Float) int {
	worst := 0
	for i, r := range residual {
		if absCmp(r, residual[worst]) > 0 {
			worst = i
		}
	}
	return worst
}

// exchangeOne brings point p into the reference so that the signs still alternate.
func exchangeOne(residual []*big.Float, ref []int, p int) {
	sign := func(i int) int { return residual[ref[i]].Sign() }
	s, last := residual[p].Sign(), len(ref)-1
	i, _ := slices.BinarySearch(ref, p) // first reference point at or after p
	switch {
	case i == 0 && sign(0) != s:
		copy(ref[1:], ref[:last])
		ref[0] = p
	case i > last && sign(last) != s:
		copy(ref, ref[1:])
		ref[last] = p
	case i > last || i > 0 && sign(i-1) == s:
		ref[i-1] = p
	default:
		ref[i] = p
	}
}

// alternation picks count points of alternating sign with large residuals, or nil when the signs change too seldom.
func alternation(residual []*big.Float, count int) []int {
	var peaks []int
	for i, r := range residual {
		if r.Sign() == 0 {
			continue
		}
		last := len(peaks) - 1
		switch {
		case last < 0 || residual[peaks[last]].Sign() != r.Sign():
			peaks = append(peaks, i)
		case absCmp(r, residual[peaks[last]]) > 0:
			peaks[last] = i
		}
	}
	if len(peaks) < count {
		return nil
	}
	for len(peaks) > count { // drop the smaller end
		if absCmp(residual[peaks[0]], residual[peaks[len(peaks)-1]]) < 0 {
			peaks = peaks[1:]
		} else {
			peaks = peaks[:len(peaks)-1]
		}
	}
	return peaks
}

// solve finds coefficients whose weighted residual at the reference points has one size and alternating signs.
func (g *grid) solve(basis [][]*big.Float, ref []int, odd bool) ([]*big.Float, *big.Float) {
	n := len(basis)
	a := make([][]*big.Float, n+1)
	for i, p := range ref {
		row := make([]*big.Float, n+2)
		for k := range n {
			row[k] = zero().Set(basis[k][p])
		}
		row[n] = num(float64(1 - 2*(i%2)))
		if odd && g.negative[p] {
			row[n].Neg(row[n])
		}
		row[n+1] = zero().Set(g.target[p])
		a[i] = row
	}
	x := gauss(a)
	return x[:n], x[n]
}

// gauss solves the augmented system by elimination with partial pivoting.
func gauss(a [][]*big.Float) []*big.Float {
	n := len(a)
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if absCmp(a[r][c], a[pivot][c]) > 0 {
				pivot = r
			}
		}
		a[c], a[pivot] = a[pivot], a[c]
		if a[c][c].Sign() == 0 {
			panic(fmt.Sprintf("BUG: singular system in column %d", c))
		}
		for r := c + 1; r < n; r++ {
			m := zero().Quo(a[r][c], a[c][c])
			for k := c; k <= n; k++ {
				a[r][k].Sub(a[r][k], zero().Mul(m, a[c][k]))
			}
		}
	}
	x := make([]*big.Float, n)
	for r := n - 1; r >= 0; r-- {
		s := zero().Set(a[r][n])
		for k := r + 1; k < n; k++ {
			s.Sub(s, zero().Mul(a[r][k], x[k]))
		}
		x[r] = s.Quo(s, a[r][r])
	}
	return x
}

func absCmp(x, y *big.Float) int {
	var a, b big.Float
	return a.Abs(x).Cmp(b.Abs(y))
}

package op

import "math"

// math.Pow multiplies repeatedly, so that its error grows with the exponent (29 units in the last place at x^20, more beyond). The
// definition of a primitive must be better: pow computes e^(y log x) with twice the digits and rounds once, so that exact powers are exact.

// double is the unevaluated sum hi + lo of two float64 with |lo| at most half a unit in the last place of hi: about 106 bits.
type double struct{ hi, lo float64 }

// sum2 returns a + b exactly (Knuth).
func sum2(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

func (x double) add(y double) double {
	s := sum2(x.hi, y.hi)
	return sum2(s.hi, s.lo+(x.lo+y.lo))
}

func (x double) mul(y double) double {
	p := float64(x.hi * y.hi)
	e := math.FMA(x.hi, y.hi, -p) + (float64(x.hi*y.lo) + float64(x.lo*y.hi))
	return sum2(p, e)
}

func (x double) div(y double) double {
	q := x.hi / y.hi
	r := x.add(y.mul(double{-q, 0})) // one step of long division
	return sum2(q, (r.hi+r.lo)/y.hi)
}

func (x double) scale(exponent int) double {
	return double{math.Ldexp(x.hi, exponent), math.Ldexp(x.lo, exponent)}
}

// ln2 is the natural logarithm of 2.
var ln2 = double{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56}

// logSeries holds 1, 1/3, 1/5, ... In logDouble |s| < 0.172: the first term left out is below 2^-110.
var logSeries = func() (c [23]double) {
	for k := range c {
		c[k] = double{1, 0}.div(double{float64(2*k + 1), 0})
	}
	return c
}()

// expSeries holds 1/n!. In expDouble |r| < 0.011: the first term left out is below 2^-130.
var expSeries = func() (c [15]double) {
	c[0] = double{1, 0}
	for n := 1; n < len(c); n++ {
		c[n] = c[n-1].div(double{float64(n), 0})
	}
	return c
}()

// logDouble returns log x for normal and subnormal x > 0: with x = m 2^e and s = (m-1)/(m+1), log m = 2 (s + s^3/3 + s^5/5 + ...).
func logDouble(x float64) double {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := sum2(m, -1).div(sum2(m, 1))
	square, sum := s.mul(s), double{}
	for k := len(logSeries) - 1; k >= 0; k-- {
		sum = sum.mul(square).add(logSeries[k])
	}
	return sum.mul(s).scale(1).add(ln2.mul(double{float64(e), 0}))
}

// expDouble returns e^x rounded to float64: x = k log 2 + 32 r, e^r by Taylor's series, squared five times.
func expDouble(x double) float64 {
	k := math.Round(x.hi / ln2.hi)
	r := x.add(ln2.mul(double{-k, 0})).scale(-5)
	sum := double{}
	for n := len(expSeries) - 1; n >= 0; n-- {
		sum = sum.mul(r).add(expSeries[n])
	}
	for range 5 {
		sum = sum.mul(sum)
	}
	return math.Ldexp(sum.hi, int(k))
}

// tieExponent is the largest exponent for which an exact power can lie halfway between two float64: 3^34 has 54 bits.
const tieExponent = 34

// powSmall returns x^n for 0 < n <= tieExponent by multiplication, which is exact where the result has at most 106 bits.
func powSmall(x float64, n int) float64 {
	m, e := math.Frexp(x)
	p := double{1, 0}
	for range n {
		p = p.mul(double{m, 0})
	}
	return math.Ldexp(p.hi, e*n)
}

// pow returns x^y with the special cases of C (annex F), for which it asks math.Pow. Normal results are correctly rounded but for
// powers within 2^-90 of a tie.
func pow(x, y float64) float64 {
	integral := y == math.Trunc(y)
	if x == 0 || y == 0 || x-x != 0 || y-y != 0 || x < 0 && !integral {
		return math.Pow(x, y)
	}
	if integral && y > 0 && y <= tieExponent {
		return powSmall(x, int(y))
	}
	result := 0.0
	switch estimate := y * math.Log(math.Abs(x)); {
	case estimate > 720:
		result = math.Inf(1)
	case estimate > -760:
		result = expDouble(logDouble(math.Abs(x)).mul(double{y, 0}))
	}
	if x < 0 && math.Mod(y, 2) != 0 {
		return -result
	}
	return result
}

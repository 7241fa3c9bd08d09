package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Zeta returns the Hurwitz zeta function, the sum of (q+k)^-s over k = 0, 1, ... It is infinite for s = 1 and NaN for s < 1. At the poles
// q = 0, -1, ... it is infinite for even s and NaN for others, and NaN for other negative q unless s is an integer (as XLA).
func Zeta(b *ir.Builder, s, q *ir.Value) *ir.Value { return b.Emit1(ZetaID, nil, s, q) }

// Polygamma returns derivative n of Digamma at x, for n = 0, 1, 2, ... as a float; NaN for other n.
func Polygamma(b *ir.Builder, n, x *ir.Value) *ir.Value { return b.Emit1(PolygammaID, nil, n, x) }

func init() {
	registerBinary(
		binaryRow{id: ZetaID, name: "zeta", hlo: "chlo.zeta", lo: 1.1, hi: 6, float: zeta},
		binaryRow{id: PolygammaID, name: "polygamma", hlo: "chlo.polygamma", lo: 0.5, hi: 6, float: polygamma},
	)
}

// zetaSeries holds B(2k)/(2k)!, the coefficients of the formula of Euler and Maclaurin (Abramowitz and Stegun 23.1.30).
var zetaSeries = [...]float64{
	1. / 12, -1. / 720, 1. / 30240, -1. / 1209600, 1. / 47900160, -691. / 1307674368000, 1. / 74724249600,
	-3617. / 10670622842880000, 43867. / 5109094217170944000,
}

// zetaFrom is the q from which on the formula leaves an error below 2^-56: the terms before are summed one by one.
func zetaFrom(s float64) float64 { return 1.5 * (s + 9) }

// mostNegative are so many negative q + k that are summed one by one.
const mostNegative = 20

func zeta(s, q float64) float64 {
	switch {
	case s != s || q != q || s < 1:
		return math.NaN()
	case s == 1:
		return math.Inf(1)
	case q <= 0 && q == math.Floor(q) && math.Mod(s, 2) == 0:
		return math.Inf(1)
	case q <= 0 && (q == math.Floor(q) || s != math.Floor(s)):
		return math.NaN()
	case math.IsInf(q, 1):
		return 0
	case math.IsInf(s, 1):
		return infiniteZeta(q)
	case q > 0:
		return zetaPositive(s, double{q, 0}, double{})
	}
	// s is an integer. The sum over the negative numbers is, but for a sign, one from the fraction a of -q on to -q.
	whole := math.Floor(-q)
	a := -q - whole
	sign := 1 - 2*math.Mod(s, 2)
	if term := pow(min(a, 1-a), -s); math.IsInf(term, 1) { // of the number next to zero
		if a < 0.5 {
			return sign * term
		}
		return term
	}
	var sum double
	if whole < mostNegative {
		for k := whole; k >= 0; k-- {
			sum = sum.add(double{sign * powDouble(sum2(a, k), -s), 0})
		}
	} else {
		sum = sum2(sign*zetaPositive(s, double{a, 0}, double{}), -sign*zetaPositive(s, sum2(-q, 1), double{}))
	}
	return zetaPositive(s, sum2(1, -a), sum)
}

// zetaPositive adds zeta for q > 0 to a sum. Numbers q + k have two parts: their rounding would count s times.
func zetaPositive(s float64, q, sum double) float64 {
	for q.hi < zetaFrom(s) {
		term := powDouble(q, -s)
		if math.IsInf(term, 1) {
			return term
		}
		sum = sum.add(double{term, 0})
		q = q.add(double{1, 0})
		if !(term*max(1, q.hi/(s-1)) > math.Abs(sum.hi)*0x1p-56) { // what follows is less than the integral from here, and the first term
			return sum.hi
		}
	}
	last := powDouble(q, -s)
	factor := last * s / q.hi // s (s+1) ... (s+2k-2) q^(-s-2k+1)
	rest := last / 2
	for k, c := range zetaSeries {
		rest += factor * c
		factor *= (s + float64(2*k+1)) * (s + float64(2*k+2)) / (q.hi * q.hi)
	}
	return sum.add(double{powDouble(q, 1-s) / (s - 1), 0}).add(double{rest, 0}).hi
}

// powDouble is q^y for q > 0 of two parts.
func powDouble(q double, y float64) float64 {
	p := pow(q.hi, y)
	if p == 0 || math.IsInf(p, 0) {
		return p
	}
	return dtype.FMA64(p, y*(q.lo/q.hi), p)
}

// infiniteZeta is the limit for large s: the term of the smallest |q+k|.
func infiniteZeta(q float64) float64 {
	switch {
	case q > 1:
		return 0
	case q == 1:
		return 1
	}
	return math.Inf(1)
}

// polygamma is (-1)^(n+1) n! zeta(n+1, x) for n > 0 (Abramowitz and Stegun 6.4.10).
func polygamma(n, x float64) float64 {
	switch {
	case n == 0:
		return digamma(x)
	case n < 0 || n != math.Floor(n):
		return math.NaN()
	}
	y := math.Gamma(n+1) * zeta(n+1, x)
	if math.Mod(n, 2) == 0 {
		return -y
	}
	return y
}

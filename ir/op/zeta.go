package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
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

// zetaFrom is q - s from which on the formula of Euler and Maclaurin takes the rest of the sum; the terms before are summed one by one.
const zetaFrom = 12

// zetaSeries holds B(2k)/(2k)!, its coefficients (Abramowitz and Stegun 23.1.30).
var zetaSeries = [...]float64{
	1. / 12, -1. / 720, 1. / 30240, -1. / 1209600, 1. / 47900160, -691. / 1307674368000, 1. / 74724249600,
	-3617. / 10670622842880000, 43867. / 5109094217170944000,
}

// mostTerms bounds the sum for large negative q.
const mostTerms = 1e6

func zeta(s, q float64) float64 {
	switch {
	case s != s || q != q || s < 1:
		return math.NaN()
	case s == 1:
		return math.Inf(1)
	case q <= 0 && q == math.Floor(q) && math.Mod(s, 2) == 0:
		return math.Inf(1)
	case q <= 0 && (q == math.Floor(q) || s != math.Floor(s)) || q < -mostTerms:
		return math.NaN()
	case math.IsInf(q, 1):
		return 0
	case math.IsInf(s, 1):
		return infiniteZeta(q)
	}
	sum := 0.0
	for range max(0, int(min(zetaFrom+s-q, 2*mostTerms))) + 1 {
		term := pow(q, -s)
		sum += term
		if math.Abs(term) < math.Abs(sum)*0x1p-54 && q > 0 {
			return sum
		}
		q++
	}
	last := pow(q, -s)
	sum += q*last/(s-1) + last/2
	factor := last * s / q // s (s+1) ... (s+2k-2) q^(-s-2k+1)
	for k, c := range zetaSeries {
		sum += factor * c
		factor *= (s + float64(2*k+1)) * (s + float64(2*k+2)) / (q * q)
	}
	return sum
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

package bigmath

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAgainstStandardLibrary compares with package math, which is good to about one unit in the last place.
func TestAgainstStandardLibrary(t *testing.T) {
	unary := []struct {
		name   string
		big    func(*big.Float, uint) *big.Float
		std    func(float64) float64
		lo, hi float64
		ulps   float64
	}{
		{"exp", Exp, math.Exp, -700, 700, 2}, {"expm1", Expm1, math.Expm1, -2, 2, 2}, {"log", Log, math.Log, 0, 50, 2},
		{"log1p", Log1p, math.Log1p, -0.99, 1, 3}, {"sin", Sin, math.Sin, -1e5, 1e5, 3}, {"cos", Cos, math.Cos, -9, 9, 1e3},
		{"tan", Tan, math.Tan, -1.5, 1.5, 4}, {"atan", Atan, math.Atan, -5, 5, 3}, {"asin", Asin, math.Asin, -1, 1, 4},
		{"acos", Acos, math.Acos, -1, 1, 20}, {"sinh", Sinh, math.Sinh, -5, 5, 6}, {"cosh", Cosh, math.Cosh, -5, 5, 4},
		{"tanh", Tanh, math.Tanh, -5, 5, 4}, {"asinh", Asinh, math.Asinh, -5, 5, 4}, {"acosh", Acosh, math.Acosh, 1, 5, 20},
		{"atanh", Atanh, math.Atanh, -1, 1, 4}, {"erf", Erf, math.Erf, -6, 6, 3}, {"erfc", Erfc, math.Erfc, -6, 26, 4},
		{"erfinv", ErfInv, math.Erfinv, -1, 1, 30}, {"cbrt", Cbrt, math.Cbrt, -1e9, 1e9, 2},
		{"lgamma", Lgamma, func(x float64) float64 { y, _ := math.Lgamma(x); return y }, 2.1, 50, 20},
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, f := range unary {
		for range 300 {
			x := f.lo + (f.hi-f.lo)*r.Float64()
			got, _ := f.big(big.NewFloat(x), 100).Float64()
			want := f.std(x)
			require.InDelta(t, want, got, f.ulps*0x1p-52*math.Abs(want)+1e-300, "%s(%v)", f.name, x)
		}
	}
}

// TestIdentities checks each function at 200 bits by an identity that does not use its own series.
func TestIdentities(t *testing.T) {
	const p = 200
	small := func(name string, x, d *big.Float) {
		t.Helper()
		require.True(t, d.Sign() == 0 || exponent(d) < -180, "%s at %v: off by %v", name, x, d)
	}
	r := rand.New(rand.NewPCG(3, 4))
	one := fromInt(8, 1)
	for range 20 {
		x := big.NewFloat(r.Float64())
		y := big.NewFloat(1 + 3*r.Float64())
		s, c := SinCos(y, p)
		small("sin^2+cos^2", y, sub(p, add(p, mul(p, s, s), mul(p, c, c)), one))
		small("log exp", y, sub(p, Log(Exp(y, p), p), y))
		small("expm1 log1p", x, sub(p, Expm1(Log1p(x, p), p), x))
		small("tan atan", x, sub(p, Tan(Atan(x, p), p), x))
		small("sin asin", x, sub(p, Sin(Asin(x, p), p), x))
		small("erf erfinv", x, sub(p, Erf(ErfInv(x, p), p), x))
		small("erf + erfc", y, sub(p, add(p, Erf(y, p), Erfc(y, p)), one))
		// Gamma(x+1) = x Gamma(x), psi(x+1) = psi(x) + 1/x
		y1 := add(p, y, one)
		small("lgamma", y, sub(p, sub(p, Lgamma(y1, p), Lgamma(y, p)), Log(y, p)))
		small("digamma", y, sub(p, sub(p, Digamma(y1, p), Digamma(y, p)), quo(p, one, y)))
		// duplication: Gamma(y) Gamma(y+1/2) = 2^(1-2y) sqrt(pi) Gamma(2y)
		left := add(p, Lgamma(y, p), Lgamma(add(p, y, big.NewFloat(0.5)), p))
		right := add(p, mul(p, sub(p, one, scale(y, 1)), Ln2(p)), add(p, Log(SqrtPi(p), p), Lgamma(scale(y, 1), p)))
		small("lgamma duplication", y, sub(p, left, right))
		n := new(big.Float).Neg(x)
		left = add(p, Lgamma(n, p), Lgamma(sub(p, one, n), p))
		small("lgamma reflection", n, sub(p, left, Log(quo(p, Pi(p), Sin(mul(p, x, Pi(p)), p)), p)))
		// continued fraction against series where both work
		z := big.NewFloat(3 + 2*r.Float64())
		small("erfc", z, sub(p, quo(p, Erfc(z, p), sub(p+60, one, erfSeries(z, p+60))), one))
	}
}

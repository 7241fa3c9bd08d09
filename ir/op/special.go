package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Scalar functions that package math lacks or has with another meaning.

func sign(x float64) float64 {
	if x == 0 || x != x {
		return x
	}
	return math.Copysign(1, x)
}

func rsqrt(x float64) float64 { return 1 / math.Sqrt(x) }

// logistic avoids the overflow of e^-x.
func logistic(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func lgamma(x float64) float64 {
	if math.IsInf(x, -1) {
		return math.Inf(1) // as C has it; math.Lgamma has -Inf
	}
	v, _ := math.Lgamma(x)
	return v
}

// digammaSeries holds B(2k)/(2k), the coefficients of the asymptotic series (Abramowitz and Stegun 6.3.18).
var digammaSeries = [...]float64{
	1. / 12, -1. / 120, 1. / 252, -1. / 240, 1. / 132, -691. / 32760, 1. / 12, -3617. / 8160,
}

// digamma is the derivative of log Gamma: reflection for negative numbers (A&S 6.3.7), the asymptotic series from 10 on, and below the
// recurrence (6.3.5) to between 1 and 2, where a polynomial has the zero as a factor. So the relative error is small for all positive x.
func digamma(x float64) float64 {
	switch {
	case x != x || math.IsInf(x, -1):
		return math.NaN()
	case math.IsInf(x, 1):
		return x
	case x <= 0 && x == math.Floor(x):
		return math.NaN()
	case x < 0:
		// x - round(x) is exact, so that the tangent is accurate near the poles.
		return digamma(1-x) - math.Pi/math.Tan(float64(math.Pi*(x-math.Round(x))))
	case x < digammaFar:
		return digammaNear(x)
	}
	w, series := 1/float64(x*x), 0.0
	for k := len(digammaSeries) - 1; k >= 0; k-- {
		series = float64((series + digammaSeries[k]) * w)
	}
	return math.Log(x) - 0.5/x - series
}

// digammaRoot is the positive zero of digamma, in two parts.
const (
	digammaRoot    = 0x1.762d86356be3fp+0
	digammaRootLow = 0x1.b86a722197829p-54
)

func digammaNear(x float64) float64 {
	sum := 0.0
	for x >= 2 {
		x--
		sum += 1 / x
	}
	if x < 1 {
		sum = -1 / x
		x++
	}
	t, p := x-1.5, 0.0
	for k := len(digammaF64) - 1; k >= 0; k-- {
		p = dtype.FMA64(p, t, digammaF64[k])
	}
	return ((x-digammaRoot)-digammaRootLow)*p + sum
}

// acos is accurate near 1, where math.Acos cancels: with x = cos a, tan(a/2) = sqrt((1-x)/(1+x)).
func acos(x float64) float64 { return 2 * math.Atan2(math.Sqrt(1-x), math.Sqrt(1+x)) }

// logFloat is math.Log, whose assembly for amd64 takes every subnormal number for the largest one.
func logFloat(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// erfInv is math.Erfinv, which is off by up to 5 units in the last place, after one step of Newton's method: 1.6 at most.
func erfInv(x float64) float64 {
	y, a := math.Erfinv(x), math.Abs(x)
	switch {
	case !(a < 1):
		return y
	case a < 1e-8:
		return x * (math.Sqrt(math.Pi) / 2)
	}
	excess := math.Erf(y) - x
	if a > 0.5 { // 1 - a is exact, and erfc tells numbers near 1 apart
		excess = math.Copysign(1, x) * ((1 - a) - math.Erfc(math.Abs(y)))
	}
	return y - excess*(math.Sqrt(math.Pi)/2)*math.Exp(y*y)
}

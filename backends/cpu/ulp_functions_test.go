package cpu

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest/truth"
	"github.com/ranvier-go/ranvier/ir/op"
)

// function says how the errors of a vector function are measured.
type function struct {
	// exact and exact2 are the true values of functions of one operand and of two.
	exact  func(x float64) truth.Value
	exact2 func(x, y float64) truth.Value
	// quick is exact but for an error of less than doubt units of f32: it tells arguments where the error may be the largest so far.
	quick func(x float64) float64
	// lo and hi are where much happens, in f64.
	lo, hi float64
	// size, where there is one, is what errors are measured against where the result is smaller.
	size func(x float64) float64
	// edges are arguments next to which something changes, besides those of generalEdges.
	edges []float64
}

// doubt is the error allowed to quick in units of f32: 2^-29 units of f64 each, so that a thousand of those are nothing.
const doubt = 1e-4

var functions = map[ir.OpID]*function{
	op.ExpID:   {exact: truth.Exp, quick: math.Exp, lo: -750, hi: 715, edges: expEdges},
	op.LogID:   {exact: truth.Log, quick: math.Log, lo: 0, hi: 4, edges: []float64{math.Sqrt2, math.Sqrt2 / 2, 0.75, 1.5}},
	op.TanhID:  {exact: truth.Tanh, quick: math.Tanh, lo: -20, hi: 20},
	op.SinID:   {exact: truth.Sin, quick: farFromZero(math.Sin, truth.Sin), lo: -100, hi: 100, edges: circularEdges},
	op.CosID:   {exact: truth.Cos, quick: farFromZero(math.Cos, truth.Cos), lo: -100, hi: 100, edges: circularEdges},
	op.PowID:   {exact2: truth.Pow},
	op.ErfID:   {exact: truth.Erf, quick: math.Erf, lo: -7, hi: 7},
	op.Expm1ID: {exact: truth.Expm1, quick: math.Expm1, lo: -40, hi: 715, edges: expEdges},
	op.Log1pID: {exact: truth.Log1p, quick: math.Log1p, lo: -1, hi: 4, edges: []float64{-1, -0.25, -0.5, math.Sqrt2 - 1, math.Sqrt2/2 - 1, 0.5}},
	op.SqrtID:  {exact: truth.Sqrt, quick: math.Sqrt, lo: 0, hi: 4},

	op.LogisticID: {exact: truth.Logistic, quick: logistic, lo: -750, hi: 50, edges: expEdges},
	op.AcoshID:    {exact: truth.Acosh, quick: acosh, lo: 1, hi: 4},
	op.ErfcID:     {exact: truth.Erfc, quick: math.Erfc, lo: -6, hi: 28, edges: []float64{0.5, 0.75, 1.5, 3, 10.05, 26.5, 27.2}},
	op.AtanhID:    {exact: truth.Atanh, quick: math.Atanh, lo: -1, hi: 1},
	op.TanID:      {exact: truth.Tan, quick: farFromZero(math.Tan, truth.Tan), lo: -100, hi: 100, edges: circularEdges},
	op.Exp2ID:     {exact: truth.Exp2, quick: math.Exp2, lo: -1080, hi: 1030, edges: []float64{127, 128, -126, -149, -150, 1023, 1024, -1022, -1074, -1075}},
	op.SinhID:     {exact: truth.Sinh, quick: sinh, lo: -712, hi: 712, edges: expEdges},
	op.CoshID:     {exact: truth.Cosh, quick: math.Cosh, lo: -712, hi: 712, edges: expEdges},
	op.AsinhID:    {exact: truth.Asinh, quick: math.Asinh, lo: -8, hi: 8},
	op.AsinID:     {exact: truth.Asin, quick: math.Asin, lo: -1, hi: 1},
	op.AcosID:     {exact: truth.Acos, quick: acos, lo: -1, hi: 1},
	op.AtanID:     {exact: truth.Atan, quick: math.Atan, lo: -8, hi: 8},
	op.Atan2ID:    {exact2: truth.Atan2},
	op.RsqrtID:    {exact: truth.Rsqrt, quick: func(x float64) float64 { return 1 / math.Sqrt(x) }, lo: 0, hi: 4},
	op.CbrtID:     {exact: truth.Cbrt, quick: math.Cbrt, lo: -8, hi: 8},

	op.ErfInvID:    {exact: truth.ErfInv, quick: erfInv, lo: -1, hi: 1},
	op.LgammaID:    {exact: truth.Lgamma, quick: lgamma, lo: -20, hi: 40, size: gammaSize(lgamma), edges: gammaEdges},
	op.DigammaID:   {exact: truth.Digamma, quick: digamma, lo: -20, hi: 40, size: gammaSize(digamma), edges: gammaEdges},
	op.BesselI0eID: {exact: truth.BesselI0e, quick: besselI0e, lo: -50, hi: 50, edges: []float64{8}},
	op.BesselI1eID: {exact: truth.BesselI1e, quick: besselI1e, lo: -50, hi: 50, edges: []float64{8}},
}

var (
	expEdges   = []float64{709.782712893384, -708.3964185322641, -745.1332191019411, 88.72284, -87.33655, -103.97208, 0.34657359, -0.34657359, 710.4758600739439, 89.41599}
	gammaEdges = []float64{1.4616321449683622, 2, 3, 4, 8.5, 9, 10, 2.5, 1.5, 0.5, 2.55e305, 1e-30, 4e36}
)

// farFromZero asks for the true value near zeros of f other than 0, where the standard library is not good.
func farFromZero(f func(float64) float64, exact func(float64) truth.Value) func(float64) float64 {
	return func(x float64) float64 {
		y := f(x)
		if a := math.Abs(y); (a < 0x1p-8 || a > 0x1p8) && math.Abs(x) > 0.5 {
			return exact(x).Float64()
		}
		return y
	}
}

// gammaSize is the result at |x| for negative x, or 1 if that is larger: where the functions have many zeros.
func gammaSize(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x >= 0 {
			return 0
		}
		return max(1, math.Abs(f(-x)))
	}
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// acosh is without the cancellation of Go's formula near one.
func acosh(x float64) float64 {
	if x < 1 {
		return math.NaN()
	}
	if x > 0x1p60 {
		return math.Acosh(x)
	}
	return math.Log1p((x - 1) + math.Sqrt((x-1)*(x+1)))
}

func acos(x float64) float64 { return 2 * math.Atan2(math.Sqrt(1-x), math.Sqrt(1+x)) }

// sinh is better near zero than Go's.
func sinh(x float64) float64 {
	if math.Abs(x) < 1 {
		e := math.Expm1(x)
		return (e + e/(e+1)) / 2
	}
	return math.Sinh(x)
}

func erfInv(x float64) float64 {
	if math.Abs(x) < 1e-8 {
		return x * (math.Sqrt(math.Pi) / 2)
	}
	return math.Erfinv(x)
}

// lgamma asks for the truth near the zeros of negative numbers.
func lgamma(x float64) float64 {
	if math.IsInf(x, -1) {
		return math.Inf(1)
	}
	y, _ := math.Lgamma(x)
	if math.Abs(y) < 0x1p-8 && math.Abs(x) > 0.5 {
		return truth.Lgamma(x).Float64()
	}
	return y
}

// digamma is the asymptotic series after the recurrence, and the truth near zeros.
func digamma(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		if x < 0 && x != math.Floor(x) {
			y := digamma(1-x) - math.Pi/math.Tan(math.Pi*(x-math.Round(x)))
			if math.Abs(y) > 0x1p-8 && math.Abs(y) < 1e8 {
				return y
			}
		}
		return truth.Digamma(x).Float64()
	}
	below, z := 0.0, x
	for z < 10 {
		below += 1 / z
		z++
	}
	w := 1 / (z * z)
	y := math.Log(z) - 0.5/z - w*(1./12-w*(1./120-w*(1./252-w*(1./240-w*(1./132-w*(691./32760-w*(1./12))))))) - below
	if math.Abs(y) < 0x1p-8 {
		return truth.Digamma(x).Float64()
	}
	return y
}

func besselI0e(x float64) float64 { return besselIe(0, math.Abs(x)) }
func besselI1e(x float64) float64 { return math.Copysign(besselIe(1, math.Abs(x)), x) }

// besselIe is e^-a I_n(a) for n = 0 and 1: Abramowitz and Stegun 9.6.10 and 9.7.1.
func besselIe(n int, a float64) float64 {
	term, total := 1.0, 1.0
	if a < 24 {
		for k := 1; term > total*1e-17; k++ {
			term *= a * a / 4 / float64(k*(k+n))
			total += term
		}
		if n == 1 {
			total *= a / 2
		}
		return total * math.Exp(-a)
	}
	for k := 1; math.Abs(term) > 1e-17 && k < 30; k++ {
		term *= float64((2*k-1)*(2*k-1)-4*n*n) / (8 * float64(k) * a)
		total += term
	}
	return total / math.Sqrt(2*math.Pi*a)
}

package main

import (
	"math"
	"math/big"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
)

const halfLn2 = math.Ln2 / 2 * 1.001 // a little more than the range after rounding to the nearest multiple of log 2

func call(f func(*big.Float, uint) *big.Float) Func {
	return func(x *big.Float) *big.Float { return f(x, prec) }
}

func inverse(f Func) Func {
	return func(x *big.Float) *big.Float { return zero().Quo(num(1), f(x)) }
}

func add(x, y *big.Float) *big.Float { return zero().Add(x, y) }
func sub(x, y *big.Float) *big.Float { return zero().Sub(x, y) }
func mul(x, y *big.Float) *big.Float { return zero().Mul(x, y) }
func quo(x, y *big.Float) *big.Float { return zero().Quo(x, y) }

// fits lists all polynomials.
func fits() []Fit {
	exp := call(bigmath.Exp)
	// The rest of e^x - 1 after x, and its weight relative to e^x - 1.
	expTail := func(x *big.Float) *big.Float { return quo(sub(call(bigmath.Expm1)(x), x), mul(x, x)) }
	expTailWeight := func(x *big.Float) *big.Float { return quo(mul(x, x), call(bigmath.Expm1)(x)) }
	sqrt := call(bigmath.Sqrt)
	tanhTail := func(t *big.Float) *big.Float { x := sqrt(t); return quo(sub(call(bigmath.Tanh)(x), x), mul(x, t)) }
	tanhWeight := func(t *big.Float) *big.Float { x := sqrt(t); return quo(mul(x, t), call(bigmath.Tanh)(x)) }
	log1p := call(bigmath.Log1p)
	logTail := func(x *big.Float) *big.Float { return quo(sub(log1p(x), x), mul(x, x)) }
	logWeight := func(x *big.Float) *big.Float { return quo(mul(x, x), log1p(x)) }
	const quarter = 0.6169 // (pi/4)^2 and a little more
	sinTail := func(t *big.Float) *big.Float { x := sqrt(t); return quo(sub(x, call(bigmath.Sin)(x)), mul(x, t)) }
	sinWeight := func(t *big.Float) *big.Float { x := sqrt(t); return quo(mul(x, t), call(bigmath.Sin)(x)) }
	cosTail := func(t *big.Float) *big.Float { return quo(sub(call(bigmath.Cos)(sqrt(t)), num(1)), t) }
	cosWeight := func(t *big.Float) *big.Float { return quo(t, call(bigmath.Cos)(sqrt(t))) }
	tanTail := func(t *big.Float) *big.Float { x := sqrt(t); return quo(sub(x, call(bigmath.Tan)(x)), mul(x, t)) }
	tanWeight := func(t *big.Float) *big.Float { x := sqrt(t); return quo(mul(x, t), call(bigmath.Tan)(x)) }
	logOdd := func(z *big.Float) *big.Float {
		s := sqrt(z)
		rest := sub(sub(mul(num(2), call(bigmath.Atanh)(s)), mul(num(2), s)), quo(mul(num(2), mul(s, z)), num(3)))
		return quo(rest, mul(s, mul(z, z)))
	}
	logOddWeight := func(z *big.Float) *big.Float {
		s := sqrt(z)
		return quo(mul(s, mul(z, z)), mul(num(2), call(bigmath.Atanh)(s)))
	}
	id := func(t *big.Float) *big.Float { return t } // errors relative to x: the weight x^3/x
	tail := func(f func(*big.Float, uint) *big.Float) Func {
		return func(t *big.Float) *big.Float { x := sqrt(t); return quo(sub(call(f)(x), x), mul(x, t)) }
	}
	sinhTail, atanTail, asinTail := tail(bigmath.Sinh), tail(bigmath.Atan), tail(bigmath.Asin)
	coshTail := func(t *big.Float) *big.Float { return quo(sub(call(bigmath.Cosh)(sqrt(t)), num(1)), t) }
	invCbrt := func(x *big.Float) *big.Float { return quo(num(1), call(bigmath.Cbrt)(x)) }
	one := num(1)
	erfTail := func(t *big.Float) *big.Float { x := sqrt(t); return sub(quo(call(bigmath.Erf)(x), x), one) }
	erfWeight := func(t *big.Float) *big.Float { x := sqrt(t); return quo(x, call(bigmath.Erf)(x)) }
	logErfc := func(u *big.Float) *big.Float { return call(bigmath.Log)(call(bigmath.Erfc)(add(u, one))) }
	erfcWeight := func(u *big.Float) *big.Float { return call(bigmath.Erfc)(add(u, one)) }
	scaled := func(x *big.Float) *big.Float { return mul(call(bigmath.Exp)(mul(x, x)), call(bigmath.Erfc)(x)) }
	erfcx := func(v *big.Float) *big.Float { return quo(sub(scaled(add(v, one)), scaled(one)), v) }
	erfcFar := func(v *big.Float) *big.Float {
		x := quo(mul(num(4), add(one, v)), sub(one, v))
		return sub(one, mul(mul(bigmath.SqrtPi(prec), add(x, num(0.25))), scaled(x)))
	}
	// erfinv(x)/x as a function of w = -log(1-x^2).
	erfInvOf := func(w *big.Float) *big.Float {
		if exp, _ := w.Float64(); exp < 1e-12 {
			return quo(bigmath.SqrtPi(prec), num(2))
		}
		x := sqrt(sub(zero(), call(bigmath.Expm1)(sub(zero(), w))))
		return quo(call(bigmath.ErfInv)(x), x)
	}
	erfInv := func(center float64) Func {
		return func(v *big.Float) *big.Float { return erfInvOf(add(v, num(center))) }
	}
	erfInvFar := func(center float64) Func {
		return func(v *big.Float) *big.Float { s := add(v, num(center)); return erfInvOf(mul(s, s)) }
	}
	erfInvWeight := func(center float64) Func { return inverse(erfInv(center)) }
	erfInvFarWeight := func(center float64) Func { return inverse(erfInvFar(center)) }
	exp2 := func(x *big.Float) *big.Float { return bigmath.Exp(zero().Mul(x, bigmath.Ln2(prec)), prec) }
	return []Fit{
		{Name: "expF32", Doc: "e^x on |x| <= log(2)/2", F: exp, Weight: inverse(exp), Lo: -halfLn2, Hi: halfLn2, Terms: 7, Bits: 24,
			Pin: []float64{1, 1}},
		{Name: "expF64", Doc: "e^x on |x| <= log(2)/2", F: exp, Weight: inverse(exp), Lo: -halfLn2, Hi: halfLn2, Terms: 12, Bits: 53,
			Pin: []float64{1, 1}},
		{Name: "expFastF32", Doc: "e^x on |x| <= log(2)/2", F: exp, Weight: inverse(exp), Lo: -halfLn2, Hi: halfLn2, Terms: 6, Bits: 24,
			Pin: []float64{1}},
		{Name: "expFastF64", Doc: "e^x on |x| <= log(2)/2", F: exp, Weight: inverse(exp), Lo: -halfLn2, Hi: halfLn2, Terms: 11, Bits: 53,
			Pin: []float64{1, 1}},
		{Name: "exp2F32", Doc: "2^x on |x| <= 1/2", F: exp2, Weight: inverse(exp2), Lo: -0.5, Hi: 0.5, Terms: 7, Bits: 24, Pin: []float64{1}},
		{Name: "exp2F64", Doc: "2^x on |x| <= 1/2", F: exp2, Weight: inverse(exp2), Lo: -0.5, Hi: 0.5, Terms: 12, Bits: 53, Pin: []float64{1}},
		{Name: "expm1F32", Doc: "(e^x - 1 - x)/x^2 on |x| <= log(2)/2", F: expTail, Weight: expTailWeight, Lo: -halfLn2, Hi: halfLn2,
			Terms: 6, Bits: 24},
		{Name: "expm1F64", Doc: "(e^x - 1 - x)/x^2 on |x| <= log(2)/2", F: expTail, Weight: expTailWeight, Lo: -halfLn2, Hi: halfLn2,
			Terms: 11, Bits: 53, Pin: []float64{0.5}},
		{Name: "tanhF64", Doc: "(tanh(x) - x)/x^3 on |x| <= 1 in x^2", F: tanhTail, Weight: tanhWeight, Lo: 1e-6, Hi: 1.0001,
			Terms: 15, Bits: 53},
		{Name: "logF32", Doc: "(log(1+x) - x)/x^2 on -1/4 <= x <= 1/2", F: logTail, Weight: logWeight, Lo: -0.25, Hi: 0.5, Terms: 9, Bits: 24,
			Pin: []float64{-0.5}},
		{Name: "logF64", Doc: "(log(1+x) - x)/x^2 on -1/4 <= x <= 1/2", F: logTail, Weight: logWeight, Lo: -0.25, Hi: 0.5, Terms: 20, Bits: 53,
			Pin: []float64{-0.5}},
		{Name: "logOddF32", Doc: "(2 atanh(s) - 2 s - 2 s^3/3)/s^5 on |s| <= 1/5 in s^2", F: logOdd, Weight: logOddWeight, Lo: 1e-7, Hi: 0.0401,
			Terms: 3, Bits: 24},
		{Name: "logOddF64", Doc: "(2 atanh(s) - 2 s - 2 s^3/3)/s^5 on |s| <= 1/5 in s^2", F: logOdd, Weight: logOddWeight, Lo: 1e-7, Hi: 0.0401,
			Terms: 9, Bits: 53},
		{Name: "coshF32", Doc: "(cosh(x) - 1)/x^2 on |x| <= log(2)/2 in x^2", F: coshTail, Weight: id, Lo: 1e-9, Hi: 0.1204, Terms: 3, Bits: 24,
			Pin: []float64{0.5}},
		{Name: "coshF64", Doc: "(cosh(x) - 1)/x^2 on |x| <= log(2)/2 in x^2", F: coshTail, Weight: id, Lo: 1e-9, Hi: 0.1204, Terms: 6, Bits: 53,
			Pin: []float64{0.5}},
		{Name: "sinhF32", Doc: "(sinh(x) - x)/x^3 on |x| <= log(2)/2 in x^2", F: sinhTail, Weight: id, Lo: 1e-9, Hi: 0.1204, Terms: 2, Bits: 24},
		{Name: "sinhF64", Doc: "(sinh(x) - x)/x^3 on |x| <= log(2)/2 in x^2", F: sinhTail, Weight: id, Lo: 1e-9, Hi: 0.1204, Terms: 6, Bits: 53},
		{Name: "atanF32", Doc: "(atan(x) - x)/x^3 on |x| <= 1/2 in x^2", F: atanTail, Weight: id, Lo: 1e-9, Hi: 0.25, Terms: 5, Bits: 24},
		{Name: "atanF64", Doc: "(atan(x) - x)/x^3 on |x| <= 1/2 in x^2", F: atanTail, Weight: id, Lo: 1e-9, Hi: 0.25, Terms: 12, Bits: 53},
		{Name: "asinF32", Doc: "(asin(x) - x)/x^3 on |x| <= 1/2 in x^2", F: asinTail, Weight: id, Lo: 1e-9, Hi: 0.25, Terms: 5, Bits: 24},
		{Name: "asinF64", Doc: "(asin(x) - x)/x^3 on |x| <= 1/2 in x^2", F: asinTail, Weight: id, Lo: 1e-9, Hi: 0.25, Terms: 12, Bits: 53},
		{Name: "cbrtF32", Doc: "x^(-1/3) on 3/4 <= x <= 3/2", F: invCbrt, Weight: inverse(invCbrt), Lo: 0.75, Hi: 1.5, Terms: 4, Bits: 24},
		{Name: "cbrtF64", Doc: "x^(-1/3) on 3/4 <= x <= 3/2", F: invCbrt, Weight: inverse(invCbrt), Lo: 0.75, Hi: 1.5, Terms: 4, Bits: 53},
		{Name: "erfF32", Doc: "erf(x)/x - 1 on |x| <= 1 in x^2", F: erfTail, Weight: erfWeight, Lo: 1e-9, Hi: 1, Terms: 7, Bits: 24},
		{Name: "erfF64", Doc: "erf(x)/x - 1 on |x| <= 1 in x^2", F: erfTail, Weight: erfWeight, Lo: 1e-9, Hi: 1, Terms: 14, Bits: 53},
		{Name: "logErfcF64", Doc: "log(erfc(1+u)) on 0 <= u <= 5", F: logErfc, Weight: erfcWeight, Lo: 0, Hi: 5, Terms: 19, Bits: 53},
		{Name: "erfcxF32", Doc: "(e^(x^2) erfc(x) - c)/v with v = x - 1 and c its value at v = 0, on 0.65 <= x <= 3/2", F: erfcx, Weight: id, Lo: -0.351,
			Hi: 0.5, Terms: 8, Bits: 24},
		{Name: "erfcxF64", Doc: "(e^(x^2) erfc(x) - c)/v with v = x - 1 and c its value at v = 0, on 0.65 <= x <= 3/2", F: erfcx, Weight: id, Lo: -0.351,
			Hi: 0.5, Terms: 15, Bits: 53},
		{Name: "erfcFarF32", Doc: "1 - sqrt(pi) (x + 1/4) e^(x^2) erfc(x) for x >= 3/2 in v = (x-4)/(x+4)", F: erfcFar, Lo: -0.46, Hi: 0.47, Terms: 10, Bits: 24},
		{Name: "erfcFarF64", Doc: "1 - sqrt(pi) (x + 1/4) e^(x^2) erfc(x) for x >= 3/2 in v = (x-4)/(x+4)", F: erfcFar, Lo: -0.455, Hi: 0.751, Terms: 20, Bits: 53},
		{Name: "erfInvF32", Doc: "erfinv(x)/x in w - 5/2 with w = -log(1-x^2) below 5", F: erfInv(2.5), Weight: erfInvWeight(2.5), Lo: -2.5, Hi: 2.5,
			Terms: 11, Bits: 24},
		{Name: "erfInvF64", Doc: "erfinv(x)/x in w - 5/2 with w = -log(1-x^2) below 5", F: erfInv(2.5), Weight: erfInvWeight(2.5), Lo: -2.5, Hi: 2.5,
			Terms: 24, Bits: 53},
		{Name: "erfInvMidF32", Doc: "erfinv(x)/x in sqrt(w) - 3 with w from 5 to 17", F: erfInvFar(3), Weight: erfInvFarWeight(3), Lo: -0.77, Hi: 1.13,
			Terms: 10, Bits: 24},
		{Name: "erfInvMidF64", Doc: "erfinv(x)/x in sqrt(w) - 3 with w from 5 to 16", F: erfInvFar(3), Weight: erfInvFarWeight(3), Lo: -0.77, Hi: 1.01,
			Terms: 22, Bits: 53},
		{Name: "erfInvFarF64", Doc: "erfinv(x)/x in sqrt(w) - 5 with w from 16 to 37", F: erfInvFar(5), Weight: erfInvFarWeight(5), Lo: -1.01, Hi: 1.1,
			Terms: 18, Bits: 53},
		// Circular functions, in t = x^2. All signs but tan's are turned, see expandSin.
		{Name: "sinF32", Doc: "(x - sin(x))/x^3 on |x| <= pi/4 in x^2", F: sinTail, Weight: sinWeight, Lo: 1e-9, Hi: quarter, Terms: 3, Bits: 24},
		{Name: "sinF64", Doc: "(x - sin(x))/x^3 on |x| <= pi/4 in x^2", F: sinTail, Weight: sinWeight, Lo: 1e-9, Hi: quarter, Terms: 6, Bits: 53},
		{Name: "cosF32", Doc: "(cos(x) - 1)/x^2 on |x| <= pi/4 in x^2", F: cosTail, Weight: cosWeight, Lo: 1e-9, Hi: quarter, Terms: 4, Bits: 24,
			Pin: []float64{-0.5}},
		{Name: "cosF64", Doc: "(cos(x) - 1)/x^2 on |x| <= pi/4 in x^2", F: cosTail, Weight: cosWeight, Lo: 1e-9, Hi: quarter, Terms: 7, Bits: 53,
			Pin: []float64{-0.5}},
		{Name: "tanF32", Doc: "(x - tan(x))/x^3 on |x| <= pi/4 in x^2", F: tanTail, Weight: tanWeight, Lo: 1e-9, Hi: quarter, Terms: 7, Bits: 24},
		{Name: "tanF64", Doc: "(x - tan(x))/x^3 on |x| <= pi/4 in x^2", F: tanTail, Weight: tanWeight, Lo: 1e-9, Hi: quarter, Terms: 15, Bits: 53},
	}
}

// tables lists all tables.
func tables() []Table {
	return []Table{
		{Name: "tanhTable", Doc: "tanh(x)", F: call(bigmath.Tanh), Tangent: true, Top: 9.02, Terms: 5},
		{Name: "erfTable", Doc: "erf(x)", F: call(bigmath.Erf), Top: 4, Terms: 6},
	}
}

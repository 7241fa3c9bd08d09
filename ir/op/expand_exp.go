package op

import "math"

// Exponentials. All begin with x = n log 2 + r, |r| <= log(2)/2 (see reduceLn2), and end with a multiplication by 2^n.

// log 2 in two parts: the first has the operand's precision, so that x - n*ln2hi is exact for every n that occurs.
const (
	ln2HiF32 = 0x1.62e43p-1
	ln2LoF32 = math.Ln2 - ln2HiF32
	ln2HiF64 = 0x1.62e42fefa39efp-1
	ln2LoF64 = 0x1.abc9e3b39803fp-56
)

// The limits beyond which e^x has overflowed or vanished for certain.
const (
	expMaxF32, expMinF32 = 89, -104
	expMaxF64, expMinF64 = 710, -746
)

// reduceLn2 writes the bounded value x as (n log 2)/k + r for k = +-1 or +-2. n is integral, r1 = x - n*ln2hi/k is exact, and
// r = r1 - n*ln2lo/k is rounded.
func (l *emitter) reduceLn2(x value, k float64) (n, r1, r value) {
	n = l.roundSmall(l.num(k*math.Log2E), x)
	r1 = l.fma(n, l.pick(-ln2HiF32/k, -ln2HiF64/k), x)
	r = l.fma(n, l.pick(-ln2LoF32/k, -ln2LoF64/k), r1)
	return n, r1, r
}

// expandExp evaluates a polynomial for e^r. Overflow and denormal results come from the final multiplication by 2^n alone.
func expandExp(l *emitter, x value) value {
	x = l.clamp(x, l.pick(expMinF32, expMinF64), l.pick(expMaxF32, expMaxF64))
	n, _, r := l.reduceLn2(x, 1)
	return l.scalb(l.poly(r, l.coef(expF32, expF64)), n)
}

// expandExp2 needs no limits: x - round(x) is exact for every finite x, and the bound catches inf - inf.
func expandExp2(l *emitter, x value) value {
	n := l.rint(x)
	r := l.sub(x, n)
	r = l.min(r, l.num(0.5))
	return l.scalb(l.poly(r, l.coef(exp2F32, exp2F64)), n)
}

// expm1Parts writes e^x - 1 as 2^n (hi - lo) for bounded x, with hi exact up to lo. shrink is 2^-n.
//
//	2^-n (e^x - 1) = (1 - 2^-n) + r + r^2 g(r)
//
// The first term is exact as long as 2^-n is not below the unit of rounding; with tail its error is added to lo.
func (l *emitter) expm1Parts(x value, tail bool) (n, shrink, hi, lo value) {
	n, r1, r := l.reduceLn2(x, 1)
	shrink = l.scalb(l.num(1), l.neg(n))
	a := l.sub(shrink, l.num(1)) // the first term, negative
	hi = l.sub(r1, a)
	// All signs are turned so that zero keeps its sign: hi - lo is -0 - +0 for x = -0.
	rest := l.sub(l.add(hi, a), r1)
	ln2lo := l.pick(ln2LoF32, ln2LoF64)
	small := l.mul(n, ln2lo)
	if tail {
		small = l.fma(n, ln2lo, l.sub(shrink, l.add(a, l.num(1))))
	}
	r2 := l.mul(r, r)
	if !l.double {
		lo = l.fma(r2, l.poly(r, negated(expm1F32)), small)
	} else { // log 2 sits badly between two numbers, so less error is allowed here: r^2/2 enters unrounded
		cubic := l.mul(r, l.poly(r, negated(expm1F64[1:])))
		lo = l.fma(l.mul(r, l.num(-0.5)), r, l.fma(r2, cubic, small))
	}
	return n, shrink, hi, l.add(lo, rest)
}

// expandExpm1 adds the parts.
func expandExpm1(l *emitter, x value) value {
	x = l.clamp(x, l.pick(-18, -38), l.pick(expMaxF32, expMaxF64))
	n, _, hi, lo := l.expm1Parts(x, true)
	return l.scalb(l.sub(hi, lo), n)
}

// expandLogistic is 1/(1+e^-x). With x = n log 2 + r that is 2^n/(2^n + e^-r): no overflow, and the last step alone makes
// denormal results. The denominator -(2^n + 1 + (e^-r - 1)) is carried in two parts, and one step corrects the quotient.
func expandLogistic(l *emitter, x value) value {
	x = l.clamp(x, l.pick(expMinF32, expMinF64), l.pick(20, 40))
	n, _, r := l.reduceLn2(x, 1)
	b := l.fma(l.mul(r, r), l.poly(r, negated(stretched(l.coef(expF32, expF64), -1)[2:])), r) // 1 - e^-r
	s, minus1 := l.scalb(l.num(1), n), l.num(-1)
	a := l.sub(minus1, s)
	lost := l.sub(l.sub(minus1, a), s)
	d := l.add(a, b)
	rest := l.add(l.sub(b, l.sub(d, a)), lost)
	y := l.div(minus1, d)
	e := l.fma(y, d, l.num(1))
	e = l.fma(y, rest, e)
	return l.scalb(l.fma(y, e, y), n)
}

// expandTanh looks up in f32. In f64 it is 1 - 2/(e^2|x| + 1), and a polynomial where that loses digits.
func expandTanh(l *emitter, x value) value {
	if !l.double {
		return l.tabulated(x, tanhTable)
	}
	a := l.abs(x)
	n, _, r := l.reduceLn2(l.min(l.num(20), a), 2)
	e := l.scalb(l.poly(r, stretched(expF64, 2)), n)
	large := l.sub(l.num(1), l.div(l.num(2), l.add(e, l.num(1))))
	t := l.mul(a, a)
	small := l.fma(a, l.mul(t, l.poly(t, tanhF64)), a)
	return l.withSign(l.sel(l.lt(a, l.num(1)), small, large), x)
}

package op

import "math"

// The fast option: cheaper formulas of which some digits at the end are wrong. They give the same special values as the full ones. Their
// errors stand in the table of expansions; functions without an entry there are the same with and without the option.

// expFast is expandExp for bounded x, by a polynomial with a term less.
func (l *emitter) expFast(x value) value {
	n, _, r := l.reduceLn2(x, 1)
	return l.scalb(l.poly(r, l.coef(expFastF32, expFastF64)), n)
}

func fastExp(l *emitter, x value) value {
	return l.expFast(l.clamp(x, l.pick(expMinF32, expMinF64), l.pick(expMaxF32, expMaxF64)))
}

// fastLogistic is e^x/(1 + e^x). For large x that is one.
func fastLogistic(l *emitter, x value) value {
	e := l.expFast(l.clamp(x, l.pick(expMinF32, expMinF64), l.pick(20, 40)))
	return l.div(e, l.add(e, l.num(1)))
}

// expm1Fast is 2^n ((1 - 2^-n) + (e^r - 1)) for bounded x.
func (l *emitter) expm1Fast(x value) value {
	n, _, r := l.reduceLn2(x, 1)
	rest := l.fma(l.mul(r, r), l.poly(r, l.coef(expm1F32, expm1F64)), r)
	return l.scalb(l.add(l.sub(l.num(1), l.scalb(l.num(1), l.neg(n))), rest), n)
}

// fastExpm1 keeps the sign of zero.
func fastExpm1(l *emitter, x value) value {
	y := l.expm1Fast(l.clamp(x, l.pick(-18, -38), l.pick(expMaxF32, expMaxF64)))
	return l.sel(l.eq(x, l.num(0)), x, y)
}

// fastTanh is t/(t + 2) with t = e^2|x| - 1, in f64; the table of f32 is fast already.
func fastTanh(l *emitter, x value) value {
	if !l.double {
		return expandTanh(l, x)
	}
	a := l.min(l.num(20), l.abs(x))
	t := l.expm1Fast(l.add(a, a))
	return l.withSign(l.div(t, l.add(t, l.num(2))), x)
}

// fastLog sums e log 2 and log m without their errors.
func fastLog(l *emitter, x value) value {
	negE, m := l.splitLog(x)
	return l.logFast(negE, l.sub(m, l.num(1)))
}

func fastLog1p(l *emitter, x value) value {
	negE, f, _ := l.splitLog1p(x)
	return l.logFast(negE, f)
}

func (l *emitter) logFast(negE, f value) value {
	f2 := l.mul(f, f)
	return l.fma(negE, l.num(-math.Ln2), l.fma(f2, l.logTail(f, f2), f))
}

func fastRsqrt(l *emitter, x value) value { return l.div(l.num(1), l.sqrt(x)) }

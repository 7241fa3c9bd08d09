package op

import "math"

// Hyperbolic functions and their inverses. Tanh stands with the exponentials.

// hyperbolic splits |x| = n log 2 + r - low and returns the parts of
//
//	e^|x| + sign e^-|x| = 2^(n+1) ((C A + S B) for +, (S A + C B) for -)
//
// with C = cosh r = 1 + c, S = sinh r = r + s, A = 1/2 + 2^(-2n)/2 and B = 1/2 - 2^(-2n)/2 (tiny is the second term).
func (l *emitter) hyperbolic(x value) (n, r, c, s, a, b, tiny value) {
	n, r1, r := l.reduceLn2(l.min(l.pick(95, 720), l.abs(x)), 1)
	low := l.fma(n, l.pick(ln2LoF32, ln2LoF64), l.sub(r, r1))
	r2 := l.mul(r, r)
	c = l.mul(r2, l.poly(r2, l.coef(coshF32, coshF64)))
	s = l.sub(l.mul(l.mul(r, r2), l.poly(r2, l.coef(sinhF32, sinhF64))), low)
	tiny = l.scalb(l.num(0.5), l.mul(n, l.num(-2)))
	return n, r, c, s, l.add(l.num(0.5), tiny), l.sub(l.num(0.5), tiny), tiny
}

func expandCosh(l *emitter, x value) value {
	n, r, c, s, a, b, tiny := l.hyperbolic(x)
	h := l.fma(b, r, a)
	rest := l.add(l.fma(b, r, l.sub(l.num(0.5), h)), tiny)
	return l.scalb(l.add(h, l.add(rest, l.fma(a, c, l.mul(b, s)))), n)
}

func expandSinh(l *emitter, x value) value {
	n, r, c, s, a, b, tiny := l.hyperbolic(x)
	h := l.fma(a, r, b)
	lost := l.sub(tiny, l.sub(l.num(0.5), b)) // rounding error of b
	rest := l.sub(l.fma(a, r, l.sub(b, h)), lost)
	return l.withSign(l.scalb(l.add(h, l.add(rest, l.fma(b, c, l.mul(a, s)))), n), x)
}

// logOnePlus is log(1 + w + low) + more log 2.
func (l *emitter) logOnePlus(w, low, more value) value {
	negE, f, scale := l.splitLog1p(w)
	low = l.min(l.mul(low, scale), l.num(1)) // no NaN where w is infinite
	if more != nil {
		negE = l.sub(negE, more)
	}
	return l.logOf(negE, f, low)
}

// expandAsinh is log(1 + a + q) with a = |x| and q = sqrt(1+a^2) - 1 = a^2/(1 + sqrt(1+a^2)), and log 2a for large a. What q lacks
// follows from q(q+2) = a^2; the derivative there is roughly 0.7/(1 + sqrt(1+a^2)).
func expandAsinh(l *emitter, x value) value {
	a := l.abs(x)
	large := l.gt(a, l.pick(0x1p40, 0x1p200))
	a2, a2l := l.product(a, a)
	y := l.div(l.num(1), l.add(l.num(1), l.sqrt(l.add(a2, l.num(1)))))
	q := l.mul(a2, y)
	e := l.add(l.fma(l.neg(q), q, l.fma(q, l.num(-2), a2)), a2l)
	q, e = l.sel(large, l.num(0), q), l.sel(large, l.num(0), l.mul(l.mul(e, y), l.num(0.7)))
	w, low := l.fastTwoSum(a, q)
	return l.withSign(l.logOnePlus(w, l.add(low, e), l.sel(large, l.num(1), l.num(0))), x)
}

// expandAcosh is log(1 + t + sqrt(t(t+2))) with t = x-1, and log 2x for large x.
func expandAcosh(l *emitter, x value) value {
	large := l.gt(x, l.pick(0x1p40, 0x1p200))
	t := l.sub(x, l.num(1))
	d, dl := l.fastTwoSum(x, l.num(1))
	p, pl := l.product(t, d)
	g := l.sqrt(p)
	rest := l.add(l.fma(l.neg(g), g, p), l.fma(t, dl, pl))
	gl := l.sel(l.gt(g, l.num(0)), l.div(rest, l.add(g, g)), l.num(0))
	w, low := l.fastTwoSum(g, t)
	w, low = l.sel(large, x, w), l.sel(large, l.num(0), l.add(low, gl))
	y := l.logOnePlus(w, low, l.sel(large, l.num(1), l.num(0)))
	return l.sel(l.ge(x, l.num(1)), y, l.num(math.NaN()))
}

// expandAtanh is log(1 + w)/2 with w = 2a/(1-a), a = |x|.
func expandAtanh(l *emitter, x value) value {
	a := l.abs(x)
	d, dl := l.fastTwoSum(l.num(1), l.neg(a))
	y := l.div(l.num(1), d)
	a2 := l.add(a, a)
	w := l.mul(a2, y)
	nw := l.neg(w)
	low := l.mul(l.fma(nw, dl, l.fma(nw, d, a2)), y)
	return l.withSign(l.mul(l.logOnePlus(w, low, nil), l.num(0.5)), x)
}

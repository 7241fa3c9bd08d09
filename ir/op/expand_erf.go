package op

import "math"

// The error function and its relatives.

// expandErf looks up in f32. In f64 it is x + x p(x^2-1/2) up to 1, where powers of x^2-1/2 stay small, and 1 - e^q(|x|-1) beyond, with q the
// logarithm of erfc.
func expandErf(l *emitter, x value) value {
	if !l.double {
		return l.tabulated(x, erfTable)
	}
	a, one := l.abs(x), l.num(1)
	t := l.fma(x, x, l.num(-0.5))
	small := l.fma(a, l.poly(t, erfMidF64), a)
	u := l.sub(l.min(l.num(6), a), one)
	q := l.poly(u, logErfcF64)
	n, _, r := l.reduceLn2(q, 1)
	large := l.sub(one, l.scalb(l.poly(r, expF64), n))
	return l.withSign(l.sel(l.lt(a, one), small, large), x)
}

// expandErfc is 1 - erf x for |x| < 0.65. Beyond, erfc |x| = e^(-x^2) k(|x|) in two parts: k = c + v p(v) with v = |x| - 1 below 3/2, and
// (1 - s)/((|x| + 1/4) sqrt(pi)) with a small s from there on.
func expandErfc(l *emitter, x value) value {
	a, one := l.abs(x), l.num(1)
	h, e := l.fastTwoSum(one, l.neg(x))
	t := l.mul(x, x)
	near := l.add(h, l.sub(e, l.mul(x, l.poly(t, l.coef(erfF32, erfF64)))))

	b := l.min(l.pick(11, 28), a)
	v := l.sub(b, one)
	k, kl := l.fastTwoSum(l.pick(0x1.b5d878p-2, 0x1.b5d8780f956b2p-2), l.mul(v, l.poly(v, l.coef(erfcxF32, erfcxF64))))
	kl = l.add(kl, l.pick(0x1.f2ad64304a89p-31, 0x1.825447f231a67p-58))

	// 1/((b + 1/4) sqrt(pi)) in two parts.
	d, dl := l.fastTwoSum(b, l.num(0.25))
	z, zl := l.quotient(one, d, dl)
	c, cl := l.pick(0x1.20dd76p-1, 0x1.20dd750429b6dp-1), l.pick(-0x1.f7ac925dca38bp-26, 0x1.1ae3a914fed80p-57)
	f, fl := l.product(c, z)
	fl = l.add(fl, l.fma(c, zl, l.mul(cl, z)))
	w := l.div(l.sub(b, l.num(4)), l.add(b, l.num(4)))
	s := l.poly(w, l.coef(erfcFarF32, erfcFarF64))
	f, e = l.fastTwoSum(f, l.neg(l.mul(f, s)))
	fl = l.add(fl, e)
	far := l.ge(b, l.num(1.5))
	k, kl = l.sel(far, f, k), l.sel(far, fl, kl)

	// e^(-b^2) = 2^n (p + pl)
	square, squareLow := l.product(b, b)
	n, p, pl := l.expSplit(l.neg(square), l.neg(squareLow))
	m, ml := l.product(p, k)
	ml = l.add(ml, l.fma(pl, k, l.mul(p, kl)))
	tail := l.scalb(l.add(m, ml), n)
	tail = l.sel(l.lt(x, l.num(0)), l.sub(l.num(2), tail), tail)
	return l.sel(l.lt(a, l.num(0.65)), near, tail)
}

// expandErfInv is x p(w) with w = -log(1-x^2), in sqrt(w) where w is large.
func expandErfInv(l *emitter, x value) value {
	a, one := l.abs(x), l.num(1)
	w := l.neg(expandLog(l, l.mul(l.sub(one, a), l.add(one, a))))
	p := l.poly(l.sub(w, l.num(2.5)), l.coef(erfInvF32, erfInvF64))
	root := l.sqrt(w)
	p = l.sel(l.lt(w, l.num(5)), p, l.poly(l.sub(root, l.num(3)), l.coef(erfInvMidF32, erfInvMidF64)))
	if l.double {
		p = l.sel(l.lt(w, l.num(16)), p, l.poly(l.sub(root, l.num(5)), erfInvFarF64))
	}
	p = l.sel(l.eq(a, one), l.num(math.Inf(1)), p)
	return l.sel(l.gt(a, one), l.num(math.NaN()), l.mul(x, p)) // one NaN outside: those that come out of w have either sign
}

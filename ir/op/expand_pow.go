package op

import "math"

// Powers: e^(y log|x|) with the logarithm in two parts, and the special cases of IEEE 754.

// product is x*y and its rounding error.
func (l *emitter) product(x, y value) (p, err value) {
	p = l.mul(x, y)
	return p, l.fma(x, y, l.neg(p))
}

// fastTwoSum is x + y and its rounding error, for |x| >= |y| or x = 0.
func (l *emitter) fastTwoSum(x, y value) (sum, err value) {
	sum = l.add(x, y)
	return sum, l.sub(y, l.sub(sum, x))
}

// logParts is log a in two parts for a > 0, with about 12 more bits than one has. a = 0 and infinity give an infinite first part, and
// nothing of use in the second.
//
//	log m = 2 s + s^3 (2/3 + s^2 t(s^2)), s = (m-1)/(m+1) = f/(2+f)
func (l *emitter) logParts(a value) (hi, lo value) {
	negE, m := l.splitLog(a)
	f := l.sub(m, l.num(1))
	d, dl := l.fastTwoSum(l.num(2), f)
	y := l.div(l.num(1), d)
	s := l.mul(f, y)
	ns := l.neg(s)
	sl := l.mul(l.fma(ns, dl, l.fma(ns, d, f)), y)

	twoS := l.add(s, s)
	z, zl := l.product(s, s)
	zl = l.fma(twoS, sl, zl)
	cube, cubeL := l.product(s, z)
	cubeL = l.fma(s, zl, l.fma(sl, z, cubeL))
	third := l.pick(0x1.555556p-1, 0x1.5555555555555p-1) // 2/3
	thirdL := l.pick(2./3-0x1.555556p-1, 0x1.5555555555555p-55)
	var w, wl value
	if l.double { // the next term in two parts too: where -log 2 cancels most of log m, an error in it counts
		fifth := l.num(0x1.999999999999ap-2)
		c, cl := l.fastTwoSum(fifth, l.mul(z, l.poly(z, logOddF64[1:])))
		cl = l.add(cl, l.num(-0x1.999999999999ap-56))
		v, vl := l.product(z, c)
		vl = l.fma(z, cl, l.fma(zl, c, vl))
		w, wl = l.fastTwoSum(third, v)
		wl = l.add(wl, vl)
	} else {
		w, wl = l.fastTwoSum(third, l.mul(z, l.poly(z, logOddF32)))
	}
	wl = l.add(wl, thirdL)
	u, ul := l.product(cube, w)
	ul = l.fma(cube, wl, l.fma(cubeL, w, ul))

	eLn2 := l.mul(negE, l.pick(-ln2ShortF32, -ln2ShortF64)) // exact
	h, e1 := l.fastTwoSum(eLn2, twoS)
	h, e2 := l.fastTwoSum(h, u)
	rest := l.fma(negE, l.pick(-ln2RestF32, -ln2RestF64), l.fma(sl, l.num(2), ul))
	hi, lo = l.fastTwoSum(h, l.add(l.add(e1, e2), rest))
	return l.sel(l.lt(l.abs(negE), l.num(math.Inf(1))), hi, l.neg(negE)), lo
}

// expParts is e^(hi + lo): expandExp with everything but the last sum in two parts.
func (l *emitter) expParts(hi, lo value) value {
	n, p, pl := l.expSplit(l.clamp(hi, l.pick(-120, -800), l.pick(120, 800)), lo)
	return l.scalb(l.add(p, pl), n)
}

// expSplit writes e^(hi + lo) as 2^n (p + pl).
func (l *emitter) expSplit(hi, lo value) (n, p, pl value) {
	n = l.roundSmall(l.num(math.Log2E), hi)
	r1 := l.fma(n, l.pick(-ln2HiF32, -ln2HiF64), hi)
	r, rl := l.fastTwoSum(r1, l.fma(n, l.pick(-ln2LoF32, -ln2LoF64), lo))
	w := l.fma(l.mul(r, r), l.poly(r, l.coef(expm1F32, expm1F64)), rl)
	p, pl = l.fastTwoSum(l.num(1), r)
	return n, p, l.add(pl, w)
}

// expandPow bounds y where any x but one has overflowed or vanished, so that 1^inf is e^0.
func expandPow(l *emitter, x, y value) value {
	hi, lo := l.logParts(l.abs(x))
	limit := 0x1p40
	if l.double {
		limit = 0x1p70
	}
	b := l.clamp(y, l.num(-limit), l.num(limit))
	p, pl := l.product(b, hi)
	pl = l.max(l.min(l.fma(b, lo, pl), l.num(1)), l.num(-1)) // no NaN where hi is infinite, and nothing where p is out of range
	r := l.expParts(p, pl)

	whole := l.eq(l.rint(y), y)
	half := l.mul(y, l.num(0.5))
	odd := l.pand(whole, l.ne(l.rint(half), half))
	sign := l.iand(l.bits(x), l.signbit())
	r = l.float(l.ior(l.bits(r), l.sel(odd, sign, l.int(0))))
	negative := l.pand(l.lt(x, l.num(0)), l.gt(x, l.num(math.Inf(-1))))
	r = l.sel(l.pand(negative, l.pnot(whole)), l.num(math.NaN()), r)
	return l.sel(l.por(l.eq(y, l.num(0)), l.eq(x, l.num(1))), l.num(1), r)
}

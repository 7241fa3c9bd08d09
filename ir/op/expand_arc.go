package op

import "math"

// Inverse circular functions: base + z + z^3 p(z^2), with base a multiple of pi/2, summed with the error of base + z.

// arc is base + baseLow + z + tail, for base = 0 or |base| >= |z|.
func (l *emitter) arc(base, baseLow, z, tail value) value {
	h, e := l.fastTwoSum(base, z)
	return l.add(h, l.add(e, l.add(tail, baseLow)))
}

// pi in two parts, times a power of two.
func (l *emitter) piTimes(k float64) (hi, lo value) {
	return l.pick(0x1.921fb6p1*k, math.Pi*k), l.pick((math.Pi-0x1.921fb6p1)*k, 0x1.1a62633145c07p-53*k)
}

// quotient is n/(d + dl) for |n| <= d: z + zl.
func (l *emitter) quotient(n, d, dl value) (z, zl value) {
	y := l.div(l.num(1), d)
	z = l.mul(n, y)
	nz := l.neg(z)
	e := l.fma(nz, dl, l.fma(nz, d, n))
	return z, l.mul(l.min(e, l.num(1)), y) // no NaN where d is infinite
}

// arcTail is atan(z + zl) - z for |z| <= 1/2.
func (l *emitter) arcTail(z, zl value) value {
	t := l.mul(z, z)
	p := l.polySplit(t, l.mul(t, t), l.coef(atanF32, atanF64))
	return l.fma(l.mul(z, t), p, l.fma(zl, l.neg(t), zl)) // the derivative is 1/(1+t)
}

// expandAtan takes a = |x| below 1/2 as it is, pi/4 + atan((a-1)/(a+1)) up to 2, and pi/2 - atan(1/a) beyond.
func expandAtan(l *emitter, x value) value {
	a, zero, one := l.abs(x), l.num(0), l.num(1)
	middle, large := l.gt(a, l.num(0.5)), l.gt(a, l.num(2))
	sum, err := l.fastTwoSum(one, a)
	n := l.sel(large, l.num(-1), l.sel(middle, l.sub(a, one), a))
	d := l.sel(large, a, l.sel(middle, sum, one))
	dl := l.sel(l.pxor(large, middle), err, zero)
	z, zl := l.quotient(n, d, dl)
	quarter, quarterLow := l.piTimes(0.25)
	half, halfLow := l.piTimes(0.5)
	base := l.sel(large, half, l.sel(middle, quarter, zero))
	low := l.sel(large, halfLow, l.sel(middle, quarterLow, zero))
	return l.withSign(l.arc(base, low, z, l.arcTail(z, zl)), x)
}

// expandAtan2 is the arc tangent of n/d, the smaller coordinate over the larger one, moved to its octant; pi/4 is taken off where
// n/d > 1/2.
func expandAtan2(l *emitter, y, x value) value {
	ax, ay, zero := l.abs(x), l.abs(y), l.num(0)
	steep := l.gt(ay, ax)
	n, d := l.sel(steep, ax, ay), l.sel(steep, ay, ax)
	// 0/0 counts as 0, inf/inf as 1, finite/inf as 0. Scaled, so that the reciprocal of d is a normal number.
	inf, one := l.num(math.Inf(1)), l.num(1)
	k := l.neg(l.logb(d))
	odd := l.por(l.eq(d, zero), l.eq(d, inf))
	n = l.sel(odd, l.sel(l.eq(n, inf), one, zero), l.scalb(n, k))
	d = l.sel(odd, one, l.scalb(d, k))
	middle := l.gt(n, l.mul(d, l.num(0.5)))
	sum, err := l.fastTwoSum(d, n)
	z, zl := l.quotient(l.sel(middle, l.sub(n, d), n), l.sel(middle, sum, d), l.sel(middle, err, zero))
	tail := l.arcTail(z, zl)

	left := l.ilt(l.bits(x), l.int(0))
	minus := l.pxor(steep, left)
	z, tail = l.sel(minus, l.neg(z), z), l.sel(minus, l.neg(tail), tail)
	quarter, quarterLow := l.piTimes(0.25)
	half, halfLow := l.piTimes(0.5)
	pi, piLow := l.piTimes(1)
	base := l.sel(steep, half, l.sel(left, pi, zero))
	low := l.sel(steep, halfLow, l.sel(left, piLow, zero))
	turn, turnLow := l.sel(middle, quarter, zero), l.sel(middle, quarterLow, zero)
	turn, turnLow = l.sel(minus, l.neg(turn), turn), l.sel(minus, l.neg(turnLow), turnLow)
	base, e := l.fastTwoSum(base, turn)
	res := l.withSign(l.arc(base, l.add(e, l.add(low, turnLow)), z, tail), y)
	return l.sel(l.pand(l.eq(x, x), l.eq(y, y)), res, l.num(math.NaN()))
}

// arcSine gives the polynomial for asin: of |x| up to 1/2, else of g - gl = sqrt((1-|x|)/2), in which asin |x| = pi/2 - 2 asin(g).
func (l *emitter) arcSine(x value) (large, z, tail value) {
	a := l.abs(x)
	large = l.gt(a, l.num(0.5))
	w := l.fma(a, l.num(-0.5), l.num(0.5))
	g := l.sqrt(w)
	gl := l.div(l.fma(l.neg(g), g, w), l.max(l.add(g, g), l.pick(0x1p-126, 0x1p-1022)))
	t := l.sel(large, w, l.mul(a, a))
	z = l.sel(large, g, a)
	p := l.polySplit(t, l.mul(t, t), l.coef(asinF32, asinF64))
	tail = l.fma(l.mul(z, t), p, l.sel(large, gl, l.num(0)))
	return large, z, tail
}

func expandAsin(l *emitter, x value) value {
	large, z, tail := l.arcSine(x)
	hi, lo := l.piTimes(0.5)
	factor := l.sel(large, l.num(-2), l.num(1))
	base, low := l.sel(large, hi, l.num(0)), l.sel(large, lo, l.num(0))
	return l.withSign(l.arc(base, low, l.mul(z, factor), l.mul(tail, factor)), x)
}

// expandAcos is pi/2 - asin x for |x| up to 1/2, else 2 asin g, and pi minus that for negative x.
func expandAcos(l *emitter, x value) value {
	large, z, tail := l.arcSine(x)
	negative := l.lt(x, l.num(0))
	halfHi, halfLo := l.piTimes(0.5)
	piHi, piLo := l.piTimes(1)
	zero := l.num(0)
	base := l.sel(large, l.sel(negative, piHi, zero), halfHi)
	low := l.sel(large, l.sel(negative, piLo, zero), halfLo)
	two := l.sel(large, l.num(2), l.num(1))
	factor := l.sel(l.pxor(large, negative), two, l.neg(two))
	return l.arc(base, low, l.mul(z, factor), l.mul(tail, factor))
}

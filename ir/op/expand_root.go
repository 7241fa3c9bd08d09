package op

import "math"

// Roots.

// expandRsqrt corrects y = 1/sqrt(x) once: y + y/2 (1 - x y^2), unless the correction is not a number, as at zero and infinity.
func expandRsqrt(l *emitter, x value) value {
	y := l.div(l.num(1), l.sqrt(x))
	p, pl := l.product(x, y)
	ny := l.neg(y)
	e := l.fma(ny, pl, l.fma(ny, p, l.num(1)))
	return l.sel(l.lt(e, l.num(1)), l.fma(l.mul(y, l.num(0.5)), e, y), y)
}

// expandCbrt writes |x| = 2^(3k) z with 3/8 <= z < 3, refines an estimate r of z^(-1/3), and corrects the root z r^2 once.
func expandCbrt(l *emitter, x value) value {
	a := l.abs(x)
	negE, m := l.splitLog(a)
	k := l.roundSmall(l.num(-1./3), negE)
	j := l.fma(k, l.num(-3), l.neg(negE)) // -1, 0 or 1
	z := l.scalb(m, j)
	one := l.num(1)
	shift := l.sel(l.lt(j, l.num(0)), l.num(math.Cbrt(2)), l.sel(l.gt(j, l.num(0)), l.num(math.Cbrt(0.5)), one))
	r := l.mul(l.poly(m, l.coef(cbrtF32, cbrtF64)), shift)
	steps := 1
	if l.double {
		steps = 2
	}
	for range steps { // r + r (e/3 + 2e^2/9), e = 1 - z r^3: cubic
		e := l.fma(l.neg(l.mul(z, r)), l.mul(r, r), one)
		r = l.fma(r, l.mul(e, l.fma(e, l.num(2./9), l.num(1./3))), r)
	}
	r2 := l.mul(r, r)
	y := l.mul(z, r2)
	p, pl := l.product(y, y)
	ny := l.neg(y)
	rest := l.fma(ny, pl, l.fma(ny, p, z)) // z - y^3
	y = l.fma(rest, l.mul(r2, l.num(1./3)), y)
	y = l.withSign(l.scalb(y, k), x)
	finite := l.lt(l.abs(negE), l.num(math.Inf(1)))
	return l.sel(finite, y, x)
}

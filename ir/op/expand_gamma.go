package op

import "math"

// The logarithm of the Gamma function and its derivative. Their documented errors hold for positive numbers; for negative ones, where they
// have many zeros, they are relative to the result at |x|, or 1 if that is larger.

// Where the asymptotic series take over, and the arguments below which lgamma is -log|x| and digamma -1/x.
const (
	lgammaFar  = 8.5
	digammaFar = 10
)

// lgammaSeries are the coefficients of Stirling's series in 1/x, in odd powers: B(2k)/(2k(2k-1)).
var lgammaSeries = []float64{1. / 12, -1. / 360, 1. / 1260, -1. / 1680, 1. / 1188, -691. / 360360, 1. / 156, -3617. / 122400, 43867. / 244188}

// lgammaPositive is log Gamma(a), for a >= 0. Below 8.5 the recurrence moves a to 2 + t, |t| <= 1/2; one logarithm serves both halves.
func (l *emitter) lgammaPositive(a value) value {
	one, k := l.num(1), l.rint(a)
	t := l.sub(a, k)
	core := l.mul(l.mul(t, l.add(t, one)), l.poly(t, l.coef(lgammaF32, lgammaF64)))
	up := one
	for j := range 6 {
		up = l.mul(up, l.sel(l.gt(k, l.num(float64(j)+2.5)), l.sub(a, l.num(float64(j+1))), one))
	}
	down := l.mul(a, l.sel(l.lt(k, l.num(0.5)), l.add(a, one), one))
	below, far := l.lt(k, l.num(1.5)), l.gt(a, l.num(lgammaFar))
	log := expandLog(l, l.sel(far, a, l.sel(below, down, up)))
	small := l.add(core, l.sel(below, l.neg(log), log))

	y := l.div(one, a)
	series := l.mul(y, l.poly(l.mul(y, y), lgammaSeries))
	large := l.fma(l.sub(a, l.num(0.5)), l.sub(log, one), l.add(series, l.num(math.Log(2*math.Pi)/2-0.5)))
	return l.sel(far, large, small)
}

// expandLgamma reflects negative numbers: Gamma(x) Gamma(-x) = -pi/(x sin(pi x)).
func expandLgamma(l *emitter, x value) value {
	a := l.abs(x)
	positive := l.lgammaPositive(a)
	r := l.sub(a, l.rint(a))
	sine := l.abs(expandSin(l, l.mul(l.num(math.Pi), r)))
	reflected := l.sub(expandLog(l, l.div(l.num(math.Pi), l.mul(a, sine))), positive)
	reflected = l.sel(l.eq(r, l.num(0)), l.num(math.Inf(1)), reflected)
	y := l.sel(l.pand(l.lt(x, l.num(0)), l.gt(a, l.pick(0x1p-30, 0x1p-60))), reflected, positive)
	return l.sel(l.eq(a, l.num(math.Inf(1))), a, y)
}

// digammaTerms is digammaSeries with the sign of the sum that is subtracted.
var digammaTerms = negated(digammaSeries[:])

// digammaPositive is digamma(a), for a > 0. Below 10 the recurrence moves a to between 1 and 2, with one division for all its terms.
func (l *emitter) digammaPositive(a value) value {
	one, k := l.num(1), l.floor(a)
	under := l.lt(a, one)
	num, den := l.sel(under, l.num(-1), l.num(0)), l.sel(under, a, one)
	z := l.sel(under, l.add(a, one), a)
	for j := 1; j <= digammaFar-2; j++ {
		c, more := l.sub(a, l.num(float64(j))), l.gt(k, l.num(float64(j)+0.5))
		num, den = l.sel(more, l.fma(num, c, den), num), l.sel(more, l.mul(den, c), den)
		z = l.sel(more, c, z)
	}
	root := l.pick(0x1.762d86p+0, digammaRoot)
	distance := l.sub(l.sub(z, root), l.pick(0x1.ab5f1fb70d4e4p-27, digammaRootLow))
	core := l.mul(distance, l.poly(l.sub(z, l.num(1.5)), l.coef(digammaF32, digammaF64)))
	small := l.add(core, l.div(num, den))

	y := l.div(one, a)
	y2 := l.mul(y, y)
	large := l.add(expandLog(l, a), l.fma(y, l.num(-0.5), l.mul(y2, l.poly(y2, digammaTerms))))
	return l.sel(l.ge(a, l.num(digammaFar)), large, small)
}

// expandDigamma reflects negative numbers: digamma(-a) = digamma(a) + 1/a + pi cot(pi a).
func expandDigamma(l *emitter, x value) value {
	a := l.abs(x)
	positive, inverse := l.digammaPositive(a), l.div(l.num(1), a)
	r := l.sub(a, l.rint(a))
	cot := l.div(l.num(math.Pi), expandTan(l, l.mul(l.num(math.Pi), r)))
	reflected := l.add(l.add(positive, inverse), cot)
	reflected = l.sel(l.lt(a, l.pick(0x1p-30, 0x1p-60)), inverse, reflected)
	reflected = l.sel(l.eq(r, l.num(0)), l.num(math.NaN()), reflected)
	y := l.sel(l.lt(x, l.num(0)), reflected, positive)
	return l.sel(l.eq(x, l.num(0)), l.num(math.NaN()), y)
}

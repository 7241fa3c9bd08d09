package op

import "math"

// Logarithms. All begin with x = 2^e m, 3/4 <= m < 3/2: Logb and Significand also bring zero, infinity, NaN and negative operands to
// the right result without a test.

// splitLog returns -e and m with x = 2^e m. e is -inf for zero and inf for infinity (m is 1 then); m is NaN for negative x.
func (l *emitter) splitLog(x value) (negE, m value) {
	m = l.mant(x)
	return l.sub(l.logb(m), l.logb(x)), m
}

// log 2 in two parts, the first short enough that its product with an exponent is exact.
const (
	ln2ShortF32 = 0x1.62e4000000000p-1
	ln2RestF32  = 0x1.7f7d1cf79abcap-20
	ln2ShortF64 = 0x1.62e42fefa38p-1
	ln2RestF64  = 0x1.ef35793c7673p-45
)

// logTail is (log(1+f) - f)/f^2 for -1/4 <= f <= 1/2, with f2 = f^2.
func (l *emitter) logTail(f, f2 value) value {
	c := l.coef(logF32, logF64)
	return l.fma(f, l.polySplit(f, f2, c[1:]), l.num(c[0]))
}

// logOf is e log 2 + log(1 + f + low), given -e; low is nil or at most a rounding error of f.
func (l *emitter) logOf(negE, f, low value) value {
	f2 := l.mul(f, f)
	p := l.logTail(f, f2)
	if low != nil { // times the derivative 1/(1+f), by the parabola through its values at -1/4, 0 and 1/2
		low = l.fma(l.mul(low, f), l.fma(f, l.num(8./9), l.num(-10./9)), low)
	}
	if !l.double {
		if low != nil {
			return l.fma(negE, l.num(-math.Ln2), l.add(f, l.fma(f2, p, low)))
		}
		return l.fma(negE, l.num(-math.Ln2), l.fma(f2, p, f))
	}
	// In double precision log 2 itself is too far from a number, so e log 2 + f is summed with its error.
	y := l.fma(negE, l.num(-ln2ShortF64), f)
	rest := l.min(l.sub(f, l.fma(negE, l.num(ln2ShortF64), y)), l.num(1)) // no NaN where e is infinite
	rest = l.fma(negE, l.num(-ln2RestF64), rest)
	if low != nil {
		rest = l.add(rest, low)
	}
	return l.add(y, l.fma(f2, p, rest))
}

func expandLog(l *emitter, x value) value {
	negE, m := l.splitLog(x)
	return l.logOf(negE, l.sub(m, l.num(1)), nil)
}

// splitLog1p takes the exponent from 1+x rounded, but 1+f = 2^-e (1+x) from x itself. The bound on f is for x = -1 and infinity.
// scale is 2^-e.
func (l *emitter) splitLog1p(x value) (negE, f, scale value) {
	one := l.num(1)
	if !l.double { // x just below 1/2 must not round to 1.5, since f would be rounded then
		one = l.sel(l.gt(x, l.num(0)), l.num(1-0x1p-24), one)
	}
	negE, _ = l.splitLog(l.add(x, one))
	scale = l.scalb(l.num(1), negE)
	f = l.fma(x, scale, l.neg(l.sub(l.num(1), scale)))
	return negE, l.min(f, l.num(0.5)), scale
}

func expandLog1p(l *emitter, x value) value {
	negE, f, _ := l.splitLog1p(x)
	return l.logOf(negE, f, nil)
}

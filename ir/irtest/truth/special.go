package truth

import (
	"math"
	"math/big"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
)

var sqrtPi = pairOf(bigmath.SqrtPi(250))

// erfSmall is erf x for 0 < x < 3: 2x/sqrt(pi) e^(-x^2) (1 + 2x^2/3 + (2x^2)^2/(3 5) + ...), terms of one sign (A&S 7.1.6).
func erfSmall(x float64) Pair {
	square := product(x, x)
	term, total := one(1), one(1)
	for k := 1; term.Hi > total.Hi*0x1p-108; k++ {
		term = term.mul(square).times(2).div(one(float64(2*k + 1)))
		total = total.add(term)
	}
	e := expPair(square.neg())
	return total.mul(e.scale(e.Exp)).times(2 * x).div(sqrtPi)
}

// erfcLarge is erfc x for x >= 3, by the continued fraction of A&S 7.1.14, from as far down as x needs.
func erfcLarge(x float64) Value {
	f := one(x)
	for k := 8 + int(1500/(x*x)); k >= 1; k-- {
		f = one(float64(k) / 2).div(f).plus(x)
	}
	e := expPair(product(x, x).neg())
	return Value{e.div(f.mul(sqrtPi)), e.Exp}
}

func Erf(x float64) Value {
	if v, ok := special(x, math.Erf); ok {
		return v
	}
	a := math.Abs(x)
	var y Pair
	switch {
	case a < 0x1p-60:
		m, e := math.Frexp(x)
		return Value{one(2 * m).div(sqrtPi), e}
	case a < 3:
		y = erfSmall(a)
	case a < 10:
		c := erfcLarge(a)
		y = one(1).sub(c.scale(c.Exp))
	default:
		y = Pair{1, -0x1p-200}
	}
	return plain(y.times(math.Copysign(1, x)))
}

func Erfc(x float64) Value {
	if v, ok := special(x, math.Erfc); ok {
		return v
	}
	switch {
	case x >= 1e3:
		return Value{one(1), -6000}
	case x >= 3:
		return erfcLarge(x)
	}
	y := Erf(x)
	return plain(one(1).sub(y.scale(y.Exp)))
}

// ErfInv is the inverse of Erf: two steps of Newton's method from the standard library's.
func ErfInv(x float64) Value {
	a := math.Abs(x)
	switch {
	case x == 0 || !(a < 1):
		return exactly(math.Erfinv(x))
	case a < 0x1p-60:
		m, e := math.Frexp(x)
		return Value{one(m).mul(sqrtPi), e - 1}
	}
	start := math.Erfinv(a)
	y := one(start)
	for range 2 {
		// erf y - a with y = start + rest: erf(start) + erf'(start) (rest - start rest^2) to the third order in rest
		rest := y.plus(-start)
		e := expPair(product(start, start).neg())
		slope := e.scale(e.Exp).times(2).div(sqrtPi)
		var off Pair
		if start < 1 {
			off = erfSmall(start).plus(-a)
		} else {
			c := Erfc(start)
			off = sum(1, -a).sub(c.scale(c.Exp))
		}
		off = off.div(slope).add(rest.sub(rest.mul(rest).times(start)))
		y = y.sub(off.add(off.mul(off).times(start)))
	}
	return plain(y.times(math.Copysign(1, x)))
}

// stirling holds B(2k)/(2k (2k-1)) and stirlingSlope B(2k)/(2k), k = 1, 2, ...
var stirling, stirlingSlope = func() (value, slope []Pair) {
	bernoulli := []*big.Rat{big.NewRat(1, 1)}
	for m := int64(1); m <= 32; m++ { // sum of C(m+1, k) B(k) over k <= m is 0
		b := new(big.Rat)
		for k := range m {
			c := new(big.Rat).SetInt(new(big.Int).Binomial(m+1, k))
			b.Sub(b, c.Mul(c, bernoulli[k]))
		}
		b.Quo(b, big.NewRat(m+1, 1))
		bernoulli = append(bernoulli, b)
		if m%2 == 0 {
			f := new(big.Float).SetPrec(200).SetRat(b)
			s := new(big.Float).Quo(f, big.NewFloat(float64(m)))
			slope = append(slope, pairOf(s))
			value = append(value, pairOf(s.Quo(s, big.NewFloat(float64(m-1)))))
		}
	}
	return value, slope
}()

// asymptotic is the argument from which on Stirling's series gives 2^-100.
const asymptotic = 24

var halfLog2Pi = log2PiOverTwo()

func log2PiOverTwo() Pair { return logPair(pi, 1).scale(-1) }

// lgammaPair is log Gamma of x > 0 (A&S 6.1.41).
func lgammaPair(x Pair) Value {
	if x.Hi > 0x1p80 {
		m, e := math.Frexp(x.Hi)
		l := logPair(x.scale(-e), e)
		_ = m
		return Value{l.plus(-1).mul(x.scale(-e)), e}
	}
	shift, shiftExp := one(1), 0
	for x.Hi < asymptotic {
		shift = shift.mul(x)
		if shift.Hi < 0x1p-500 {
			shift, shiftExp = shift.scale(500), shiftExp-500
		}
		x = x.plus(1)
	}
	w := one(1).div(x)
	series := polynomial(w.mul(w), stirling).mul(w)
	y := logPair(x, 0).mul(x.plus(-0.5)).sub(x).add(halfLog2Pi).add(series)
	if shift.Hi != 1 || shiftExp != 0 {
		y = y.sub(logPair(shift, shiftExp))
	}
	return plain(y)
}

// Lgamma is log |Gamma(x)|.
func Lgamma(x float64) Value {
	switch {
	case math.IsInf(x, 0) || x <= 0 && x == math.Floor(x):
		return exactly(math.Inf(1))
	case x != x:
		return exactly(x)
	case x == 1 || x == 2:
		return exactly(0)
	}
	var y Value
	switch {
	case x > 0:
		y = lgammaPair(one(x))
	case x > -0x1p-100:
		return Lgamma(-x)
	default: // reflection: pi / (sin(pi x) Gamma(1-x))
		s, _ := sinCosPi(math.Abs(x - math.RoundToEven(x)))
		y = lgammaPair(sum(1, -x))
		y = Value{logPair(pi.div(s), 0).sub(y.scale(y.Exp)), 0}
	}
	if math.Abs(y.Hi) < 0x1p-20 && y.Exp == 0 {
		return plain(pairOf(bigmath.Lgamma(big.NewFloat(x), 110)))
	}
	return y
}

// sinCosPi is for 0 <= x <= 1/2.
func sinCosPi(x float64) (s, c Pair) {
	if x > 0.25 {
		c, s = sinCosSmall(pi.mul(sum(0.5, -x)))
		return s, c
	}
	return sinCosSmall(pi.times(x))
}

// digammaPair is the derivative of log Gamma at x > 0 (A&S 6.3.18).
func digammaPair(x Pair) Pair {
	shift := Pair{}
	for x.Hi < asymptotic {
		shift = shift.add(one(1).div(x))
		x = x.plus(1)
	}
	w := one(1).div(x)
	square := w.mul(w)
	return logPair(x, 0).sub(w.scale(-1)).sub(polynomial(square, stirlingSlope).mul(square)).sub(shift)
}

// Digamma is the derivative of log Gamma; NaN at the poles.
func Digamma(x float64) Value {
	switch {
	case x != x || math.IsInf(x, -1) || x <= 0 && x == math.Floor(x):
		return exactly(math.NaN())
	case math.IsInf(x, 1):
		return exactly(x)
	case math.Abs(x) < 0x1p-200:
		m, e := math.Frexp(x)
		return Value{one(-1).div(one(m)), -e}
	}
	var y Pair
	if x > 0 {
		y = digammaPair(one(x))
	} else {
		r := x - math.RoundToEven(x)
		s, c := sinCosPi(math.Abs(r))
		y = digammaPair(sum(1, -x)).sub(pi.mul(c.div(s)).times(math.Copysign(1, r)))
	}
	if math.Abs(y.Hi) < 0x1p-20 {
		return plain(pairOf(bigmath.Digamma(big.NewFloat(x), 110)))
	}
	return plain(y)
}

// besselIe is e^-|x| I_n(x) for n = 0 and 1.
func besselIe(n int, x float64) Value {
	a := math.Abs(x)
	switch {
	case x != x:
		return exactly(x)
	case a == 0 && n == 0:
		return exactly(1)
	case a == 0 || math.IsInf(a, 1):
		return exactly(signedZero(n, x))
	}
	var y Pair
	if a < 40 { // A&S 9.6.10
		quarter := product(a/2, a/2)
		term, total := one(1), one(1)
		for k := 1; term.Hi > total.Hi*0x1p-108; k++ {
			term = term.mul(quarter).div(one(float64(k * (k + n))))
			total = total.add(term)
		}
		e := expPair(one(-a))
		y = total.mul(e.scale(e.Exp))
		if n == 1 {
			m, exp := math.Frexp(x)
			return Value{y.times(m), exp - 1}
		}
	} else { // A&S 9.7.1
		term, total := one(1), one(1)
		for k := 1; math.Abs(term.Hi) > 0x1p-108 && k < 60 && a < 0x1p120; k++ {
			term = term.times(float64((2*k-1)*(2*k-1) - 4*n*n)).div(product(8*float64(k), a))
			total = total.add(term)
		}
		m, e := math.Frexp(a)
		if e%2 != 0 {
			m, e = 2*m, e-1
		}
		v := Value{total.div(pi.times(2 * m).sqrt()), -e / 2}
		if n == 1 && x < 0 {
			return v.negative()
		}
		return v
	}
	return plain(y)
}

// signedZero has the sign of the odd function for n = 1.
func signedZero(n int, x float64) float64 {
	if n == 1 {
		return math.Copysign(0, x)
	}
	return 0
}

func BesselI0e(x float64) Value { return besselIe(0, x) }
func BesselI1e(x float64) Value { return besselIe(1, x) }

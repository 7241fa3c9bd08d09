package truth

import (
	"math"
	"math/big"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
)

var ln2 = pairOf(bigmath.Ln2(250))

// inverseFactorials holds 1/n!.
var inverseFactorials = func() (c [32]Pair) {
	f := big.NewFloat(1).SetPrec(250)
	for n := range c {
		if n > 0 {
			f.Quo(f, big.NewFloat(float64(n)))
		}
		c[n] = pairOf(f)
	}
	return c
}()

// expm1Small is e^x - 1 for |x| < 0.4 with a small relative error: Taylor's series at x/32, and five times (1+y)^2 - 1 = y(y + 2).
func expm1Small(x Pair) Pair {
	r := x.scale(-5)
	if math.Abs(x.Hi) < 0x1p-960 {
		return x // scaling would lose digits
	}
	y := r.mul(polynomial(r, inverseFactorials[1:13]))
	for range 5 {
		y = y.mul(y.plus(2))
	}
	return y
}

// expPair is e^x for any x of moderate size; results are clamped to exponents around +-6000.
func expPair(x Pair) Value {
	if math.Abs(x.Hi) > 4000 {
		return Value{one(1), int(math.Copysign(6000, x.Hi))}
	}
	n := math.RoundToEven(x.Hi / math.Ln2)
	return Value{expm1Small(x.sub(ln2.times(n))).plus(1), int(n)}
}

func expm1Pair(x Pair) Value {
	if math.Abs(x.Hi) < 0.35 {
		return plain(expm1Small(x))
	}
	y := expPair(x)
	switch {
	case y.Exp > 200:
		return y
	case y.Exp < -200:
		return plain(Pair{-1, 0x1p-200})
	}
	return plain(y.scale(y.Exp).plus(-1))
}

// logPair is the logarithm of a normal positive number times 2^e.
func logPair(x Pair, e int) Pair {
	m, k := math.Frexp(x.Hi)
	if m < math.Sqrt2/2 {
		k--
	}
	y := log1pSmall(x.scale(-k).plus(-1))
	if k+e != 0 {
		y = y.add(ln2.times(float64(k + e)))
	}
	return y
}

// log1pSmall is log(1+x) for -0.3 < x < 0.42: one step of a method of third order from math.Log1p.
func log1pSmall(x Pair) Pair {
	if math.Abs(x.Hi) < 0x1p-500 {
		return x
	}
	y := math.Log1p(x.Hi)
	e := expm1Small(one(y))
	d := x.sub(e).div(e.plus(1))
	return one(y).add(d).plus(-d.Hi * d.Hi / 2)
}

func log1pPair(x Pair) Pair {
	if -0.29 < x.Hi && x.Hi < 0.41 {
		return log1pSmall(x)
	}
	return logPair(x.plus(1), 0)
}

// special gives what the standard library has for NaN, infinities and zeros, which it treats as IEEE 754 asks.
func special(x float64, f func(float64) float64) (Value, bool) {
	if x == 0 || x-x != 0 {
		return exactly(f(x)), true
	}
	return Value{}, false
}

// tiny is the odd function x + c x^3 + ... where further terms do not count: |x| < 2^-50.
func tiny(x, c float64) (Value, bool) { return plain(Pair{x, c * x * x * x}), math.Abs(x) < 0x1p-50 }

func Exp(x float64) Value {
	if v, ok := special(x, math.Exp); ok {
		return v
	}
	return expPair(one(x))
}

func Exp2(x float64) Value {
	if v, ok := special(x, math.Exp2); ok {
		return v
	}
	n := math.RoundToEven(min(max(x, -6000), 6000))
	v := Value{expm1Small(ln2.times(min(max(x-n, -0.5), 0.5))).plus(1), int(n)}
	return v
}

func Expm1(x float64) Value {
	if v, ok := special(x, math.Expm1); ok {
		return v
	}
	return expm1Pair(one(x))
}

// Logistic is 1/(1 + e^-x).
func Logistic(x float64) Value {
	switch {
	case x != x || math.IsInf(x, 1):
		return exactly(min(x, 1))
	case math.IsInf(x, -1):
		return exactly(0)
	}
	e := expPair(one(x))
	if e.Exp < -200 {
		return e
	}
	e = expPair(one(-x))
	if e.Exp < -200 {
		return plain(Pair{1, -0x1p-200})
	}
	return plain(one(1).div(e.scale(e.Exp).plus(1)))
}

func Log(x float64) Value {
	if x <= 0 || x-x != 0 || x == 1 {
		return exactly(math.Log(x))
	}
	m, e := math.Frexp(x)
	return plain(logPair(one(m), e))
}

func Log1p(x float64) Value {
	if x == 0 || x <= -1 || x-x != 0 {
		return exactly(math.Log1p(x))
	}
	return plain(log1pPair(one(x)))
}

// Pow is x^y as IEEE 754 has it.
func Pow(x, y float64) Value {
	if x == 0 || x-x != 0 || y-y != 0 || y == 0 || math.Abs(x) == 1 || x < 0 && y != math.Floor(y) {
		return exactly(math.Pow(x, y))
	}
	m, e := math.Frexp(math.Abs(x))
	l := logPair(one(m), e)
	v := expPair(Pair{math.Copysign(5000, l.Hi*y), 0})
	if math.Abs(l.Hi*y) < 4000 {
		v = expPair(l.times(y))
	}
	if x < 0 && math.Mod(y, 2) != 0 {
		v = v.negative()
	}
	return v
}

func Sinh(x float64) Value {
	if v, ok := special(x, math.Sinh); ok {
		return v
	}
	if v, ok := tiny(x, 1./6); ok {
		return v
	}
	e := expm1Pair(one(math.Abs(x)))
	if e.Exp == 0 { // (e + e/(e+1))/2
		e.Pair = e.add(e.div(e.plus(1)))
	}
	e.Exp--
	if x < 0 {
		return e.negative()
	}
	return e
}

func Cosh(x float64) Value {
	if v, ok := special(x, math.Cosh); ok {
		return v
	}
	e := expPair(one(math.Abs(x)))
	if e.Exp < 200 {
		e.Pair = e.add(one(1).div(e.Pair).scale(-2 * e.Exp))
	}
	e.Exp--
	return e
}

func Tanh(x float64) Value {
	if v, ok := special(x, math.Tanh); ok {
		return v
	}
	if v, ok := tiny(x, -1./3); ok {
		return v
	}
	e := expm1Pair(one(2 * math.Abs(x)))
	y := Pair{1, -0x1p-200}
	if e.Exp == 0 {
		y = e.div(e.plus(2))
	}
	if x < 0 {
		y = y.neg()
	}
	return plain(y)
}

// Asinh is log(a + sqrt(a^2 + 1)) = log1p(a + a^2/(1 + sqrt(a^2 + 1))), a = |x|.
func Asinh(x float64) Value {
	if v, ok := special(x, math.Asinh); ok {
		return v
	}
	if v, ok := tiny(x, -1./6); ok {
		return v
	}
	a := math.Abs(x)
	var y Pair
	if a > 0x1p60 {
		m, e := math.Frexp(a)
		y = logPair(one(m), e+1)
	} else {
		square := product(a, a)
		y = log1pPair(square.div(square.plus(1).sqrt().plus(1)).plus(a))
	}
	if x < 0 {
		y = y.neg()
	}
	return plain(y)
}

// Acosh is log1p(t + sqrt(t (t+2))), t = x - 1.
func Acosh(x float64) Value {
	switch {
	case !(x > 1) || math.IsInf(x, 1):
		return exactly(math.Acosh(x))
	case x > 0x1p60:
		m, e := math.Frexp(x)
		return plain(logPair(one(m), e+1))
	}
	t := sum(x, -1)
	return plain(log1pPair(t.mul(t.plus(2)).sqrt().add(t)))
}

func Atanh(x float64) Value {
	if x == 0 || !(math.Abs(x) < 1) {
		return exactly(math.Atanh(x))
	}
	if v, ok := tiny(x, 1./3); ok {
		return v
	}
	a := math.Abs(x)
	y := log1pPair(one(2 * a).div(sum(1, -a))).scale(-1)
	if x < 0 {
		y = y.neg()
	}
	return plain(y)
}

// Rsqrt is 1/sqrt(x).
func Rsqrt(x float64) Value {
	if !(x > 0) || math.IsInf(x, 1) {
		return exactly(1 / math.Sqrt(x))
	}
	m, e := math.Frexp(x)
	if e%2 != 0 {
		m, e = m*2, e-1
	}
	return Value{one(1).div(one(m).sqrt()), -e / 2}
}

// Sqrt is rounded by the standard library, and given to twice the digits here.
func Sqrt(x float64) Value {
	if !(x > 0) || math.IsInf(x, 1) {
		return exactly(math.Sqrt(x))
	}
	m, e := math.Frexp(x)
	if e%2 != 0 {
		m, e = m*2, e-1
	}
	return Value{one(m).sqrt(), e / 2}
}

func Cbrt(x float64) Value {
	if v, ok := special(x, math.Cbrt); ok {
		return v
	}
	m, e := math.Frexp(x)
	for e%3 != 0 {
		m, e = m*2, e-1
	}
	y := math.Cbrt(m) // one step of Newton's method
	r := one(m).sub(product(y, y).times(y))
	return Value{one(y).add(r.div(product(y, y).times(3))), e / 3}
}

package bigmath

import (
	"math"
	"math/big"
)

// guard bits are carried on top of the precision asked for.
const guard = 32

func newFloat(prec uint) *big.Float { return new(big.Float).SetPrec(prec) }

func fromInt(prec uint, n int64) *big.Float { return newFloat(prec).SetInt64(n) }

func add(prec uint, x, y *big.Float) *big.Float { return newFloat(prec).Add(x, y) }
func sub(prec uint, x, y *big.Float) *big.Float { return newFloat(prec).Sub(x, y) }
func mul(prec uint, x, y *big.Float) *big.Float { return newFloat(prec).Mul(x, y) }
func quo(prec uint, x, y *big.Float) *big.Float { return newFloat(prec).Quo(x, y) }
func scale(x *big.Float, n int) *big.Float      { return new(big.Float).SetMantExp(x, n) }
func round(x *big.Float, prec uint) *big.Float  { return newFloat(prec).Set(x) }

// exponent is e with 2^(e-1) <= |x| < 2^e; a very small number for zero.
func exponent(x *big.Float) int {
	if x.Sign() == 0 {
		return -1 << 30
	}
	return x.MantExp(nil)
}

// lost is the number of leading bits that vanish when x is taken relative to numbers of size one.
func lost(x *big.Float) uint {
	if e := exponent(x); e < 0 {
		return uint(min(-e, 1<<14))
	}
	return 0
}

// nearestInt is x rounded to an integer; |x| is less than 2^62.
func nearestInt(x *big.Float) int64 {
	half := big.NewFloat(0.5)
	if x.Sign() < 0 {
		half.Neg(half)
	}
	n, _ := newFloat(x.Prec()+2).Add(x, half).Int64()
	return n
}

// Exp is e^x. Beyond 2^24 x is taken as 2^24 with its sign: far outside of any float type already.
func Exp(x *big.Float, prec uint) *big.Float {
	if exponent(x) > 24 {
		x = newFloat(8).SetInt64(int64(x.Sign()) << 24)
	}
	if exponent(x) < -int(prec)-2 {
		return add(prec+8, fromInt(prec, 1), x)
	}
	one := fromInt(prec, 1)
	p := prec + guard + uint(max(exponent(x), 0))
	ln2 := Ln2(p)
	n := nearestInt(quo(p, x, ln2))
	r := sub(p, x, mul(p, fromInt(p, n), ln2))
	// e^r = (e^(r/2^k))^(2^k)
	k := int(math.Sqrt(float64(prec)) / 2)
	p += uint(k)
	r = scale(r, -k)
	sum, term := add(p, one, r), newFloat(p).Set(r)
	for i := int64(2); exponent(term) > -int(p); i++ {
		term.Mul(term, r)
		term.Quo(term, fromInt(64, i))
		sum.Add(sum, term)
	}
	for range k {
		sum.Mul(sum, sum)
	}
	return round(scale(sum, int(n)), prec)
}

// Expm1 is e^x - 1.
func Expm1(x *big.Float, prec uint) *big.Float {
	if exponent(x) < -int(prec) {
		return add(prec, x, scale(mul(prec, x, x), -1))
	}
	p := prec + guard + lost(x)
	return round(sub(p, Exp(x, p), fromInt(p, 1)), prec)
}

// Log is the natural logarithm of x > 0.
func Log(x *big.Float, prec uint) *big.Float {
	if x.Cmp(fromInt(8, 1)) == 0 {
		return newFloat(prec)
	}
	d := sub(x.Prec()+guard, x, fromInt(8, 1))
	p := prec + guard + lost(d)
	var m big.Float
	e := x.MantExp(&m)
	if f, _ := m.Float64(); f < math.Sqrt2/2 {
		m.SetMantExp(&m, 1)
		e--
	}
	f, _ := m.Float64()
	y := newFloat(p).SetFloat64(math.Log(f))
	// Each step y += 2(m - e^y)/(m + e^y) triples the number of correct digits.
	for bits := uint(40); ; bits *= 3 {
		ey := Exp(y, p)
		step := quo(p, sub(p, &m, ey), add(p, &m, ey))
		y.Add(y, scale(step, 1))
		if bits*3 > p {
			break
		}
	}
	return round(add(p, y, mul(p, fromInt(p, int64(e)), Ln2(p))), prec)
}

// Log1p is log(1+x) for x > -1.
func Log1p(x *big.Float, prec uint) *big.Float {
	if exponent(x) < -int(prec) {
		return sub(prec, x, scale(mul(prec, x, x), -1))
	}
	exact := x.Prec() + uint(max(exponent(x), 0)) + lost(x) + 8
	return Log(add(exact, x, fromInt(8, 1)), prec)
}

// Pow is x^y for x > 0.
func Pow(x, y *big.Float, prec uint) *big.Float {
	p := prec + guard + 16 + uint(max(exponent(y), 0))
	return Exp(mul(p, y, Log(x, p)), prec)
}

// Cbrt is the cube root of x.
func Cbrt(x *big.Float, prec uint) *big.Float {
	if x.Sign() == 0 {
		return newFloat(prec).Set(x)
	}
	p := prec + guard
	var m big.Float
	e := x.MantExp(&m)
	k := e / 3
	m.SetMantExp(&m, e-3*k)
	f, _ := m.Float64()
	y := newFloat(p).SetFloat64(math.Cbrt(f))
	for bits := uint(50); bits < 2*p; bits *= 2 { // Newton: y -= (y - m/y^2)/3
		q := quo(p, &m, mul(p, y, y))
		y.Sub(y, quo(p, sub(p, y, q), fromInt(8, 3)))
	}
	return round(scale(y, k), prec)
}

// Sqrt is the square root of x >= 0.
func Sqrt(x *big.Float, prec uint) *big.Float {
	return newFloat(prec).Sqrt(newFloat(max(prec, x.Prec())).Set(x))
}

// Sinh is (e^x - e^-x)/2.
func Sinh(x *big.Float, prec uint) *big.Float {
	if exponent(x) < -int(prec) {
		return round(x, prec)
	}
	p := prec + guard
	e := Expm1(new(big.Float).Abs(x), p) // sinh |x| = (e + e/(e+1))/2
	y := scale(add(p, e, quo(p, e, add(p+lost(x), e, fromInt(8, 1)))), -1)
	if x.Sign() < 0 {
		y.Neg(y)
	}
	return round(y, prec)
}

// Cosh is (e^x + e^-x)/2.
func Cosh(x *big.Float, prec uint) *big.Float {
	p := prec + guard
	e := Exp(x, p)
	return round(scale(add(p, e, quo(p, fromInt(8, 1), e)), -1), prec)
}

// Tanh is sinh/cosh.
func Tanh(x *big.Float, prec uint) *big.Float {
	if exponent(x) < -int(prec) {
		return round(x, prec)
	}
	p := prec + guard
	e := Expm1(scale(x, 1), p)
	return round(quo(p, e, add(p, e, fromInt(8, 2))), prec)
}

// Asinh is log(x + sqrt(x^2+1)).
func Asinh(x *big.Float, prec uint) *big.Float {
	if exponent(x) < -int(prec) {
		return round(x, prec)
	}
	p := prec + guard
	a := new(big.Float).Abs(x)
	x2 := mul(p, x, x)
	one := fromInt(8, 1)
	y := Log1p(add(p, a, quo(p, x2, add(p, one, Sqrt(add(p, one, x2), p)))), prec)
	if x.Sign() < 0 {
		y.Neg(y)
	}
	return y
}

// Acosh is log(x + sqrt(x^2-1)) for x >= 1.
func Acosh(x *big.Float, prec uint) *big.Float {
	p := prec + guard
	t := sub(x.Prec()+guard, x, fromInt(8, 1))
	if t.Sign() == 0 {
		return newFloat(prec)
	}
	return Log1p(add(p, t, Sqrt(add(p, scale(t, 1), mul(p, t, t)), p)), prec)
}

// Atanh is log((1+x)/(1-x))/2 for |x| < 1.
func Atanh(x *big.Float, prec uint) *big.Float {
	if exponent(x) < -int(prec) {
		return round(x, prec)
	}
	p := prec + guard
	d := sub(x.Prec()+lost(x)+guard, fromInt(8, 1), x)
	return scale(Log1p(quo(p, scale(x, 1), d), prec), -1)
}

// Logistic is 1/(1+e^-x).
func Logistic(x *big.Float, prec uint) *big.Float {
	p := prec + guard
	e := Exp(new(big.Float).Neg(x), p)
	return round(quo(p, fromInt(8, 1), add(p, fromInt(8, 1), e)), prec)
}

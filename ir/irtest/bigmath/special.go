package bigmath

import (
	"math"
	"math/big"
	"sync"
)

// Erf is 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.
func Erf(x *big.Float, prec uint) *big.Float {
	if exponent(x) >= 3 { // |x| >= 4
		c := Erfc(new(big.Float).Abs(x), prec)
		y := sub(prec, fromInt(8, 1), c)
		if x.Sign() < 0 {
			y.Neg(y)
		}
		return y
	}
	return erfSeries(x, prec)
}

// erfSeries sums 2/sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1)/(2n+1)!!, whose terms have one sign.
func erfSeries(x *big.Float, prec uint) *big.Float {
	p := prec + guard
	x2 := mul(2*x.Prec(), x, x)
	step := scale(round(x2, p), 1)
	sum, term := newFloat(p).Set(x), newFloat(p).Set(x)
	for n := int64(3); term.Sign() != 0 && exponent(term) > exponent(sum)-int(p); n += 2 {
		term.Mul(term, step)
		term.Quo(term, fromInt(64, n))
		sum.Add(sum, term)
	}
	sum.Mul(sum, Exp(new(big.Float).Neg(x2), p))
	return round(quo(p, scale(sum, 1), SqrtPi(p)), prec)
}

// Erfc is 1 - Erf.
func Erfc(x *big.Float, prec uint) *big.Float {
	f, _ := x.Float64()
	if f < 3 {
		f = max(f, 0)
		p := prec + guard + uint(f*f*1.5)
		return round(sub(p, fromInt(8, 1), Erf(x, p)), prec)
	}
	// Continued fraction erfc x = e^(-x^2)/sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), evaluated from its tail.
	p := prec + guard
	depth := math.Sqrt(2) + float64(p)*math.Ln2/(2*f)
	n := int64(depth*depth/2) + 10
	t := newFloat(p).Set(x)
	for k := n; k >= 1; k-- {
		t = add(p, x, quo(p, scale(fromInt(64, k), -1), t))
	}
	e := Exp(new(big.Float).Neg(mul(2*x.Prec(), x, x)), p)
	return round(quo(p, e, mul(p, SqrtPi(p), t)), prec)
}

// ErfInv solves Erf(y) = x for |x| < 1.
func ErfInv(x *big.Float, prec uint) *big.Float {
	if x.Sign() == 0 {
		return newFloat(prec)
	}
	p := prec + guard
	a := newFloat(x.Prec() + 8).Abs(x)
	f, _ := a.Float64()
	c := sub(x.Prec()+guard+lost(x), fromInt(8, 1), a) // 1 - |x|, exact
	cf, _ := c.Float64()
	start := math.Erfinv(f)
	if f > 0.99 {
		start = math.Sqrt(-math.Log(cf * math.Sqrt(-math.Log(cf)*math.Pi)))
	}
	if f < 1e-8 {
		start = f * math.Sqrt(math.Pi) / 2
	}
	y := newFloat(p).SetFloat64(start)
	for range 200 { // Halley on erf(y) = |x|, or on erfc(y) = 1 - |x| near one
		var err *big.Float
		if f < 0.5 {
			err = sub(p, Erf(y, p), a)
		} else {
			err = sub(p, c, Erfc(y, p))
		}
		// u = err * sqrt(pi)/2 * e^(y^2); y -= u/(1 + y u)
		u := mul(p, mul(p, err, scale(SqrtPi(p), -1)), Exp(mul(p, y, y), p))
		u.Quo(u, add(p, fromInt(8, 1), mul(p, y, u)))
		y.Sub(y, u)
		if u.Sign() == 0 || exponent(u) < exponent(y)-int(prec)-8 {
			break
		}
	}
	if x.Sign() < 0 {
		y.Neg(y)
	}
	return round(y, prec)
}

var bernoulli struct {
	sync.Mutex
	b []*big.Rat // B(0), B(2), B(4), ...
}

// bernoulliEven is B(2n), by the recurrence sum_k C(m+1, k) B(k) = 0.
func bernoulliEven(n int) *big.Rat {
	bernoulli.Lock()
	defer bernoulli.Unlock()
	for len(bernoulli.b) <= n {
		m := int64(2 * len(bernoulli.b))
		if m == 0 {
			bernoulli.b = append(bernoulli.b, big.NewRat(1, 1))
			continue
		}
		sum := big.NewRat(1-m, 2) // k = 0: 1, and k = 1: -(m+1)/2
		c := new(big.Int)
		for k := int64(2); k < m; k += 2 {
			c.Binomial(m+1, k)
			sum.Add(sum, new(big.Rat).Mul(new(big.Rat).SetInt(c), bernoulli.b[k/2]))
		}
		sum.Quo(sum, big.NewRat(-(m+1), 1))
		bernoulli.b = append(bernoulli.b, sum)
	}
	return bernoulli.b[n]
}

// shift is how far the argument of the asymptotic series must be moved up for prec bits.
func shift(x *big.Float, prec uint) int64 {
	f, _ := x.Float64()
	return max(0, int64(float64(prec)/4+4-f))
}

// Lgamma is log|Gamma(x)| for x that is not zero or a negative integer.
func Lgamma(x *big.Float, prec uint) *big.Float {
	if one, two := fromInt(8, 1), fromInt(8, 2); x.Cmp(one) == 0 || x.Cmp(two) == 0 {
		return newFloat(prec)
	}
	for extra := uint(2 * guard); ; extra *= 2 { // near a zero leading bits cancel
		y := lgamma(x, prec+extra)
		big0 := max(exponent(x), 4) + 8
		if y.Sign() != 0 && exponent(y) > big0-int(extra) {
			return round(y, prec)
		}
	}
}

// lgamma has absolute error about 2^-prec times the size of the terms that it sums.
func lgamma(x *big.Float, p uint) *big.Float {
	one := fromInt(8, 1)
	if x.Sign() < 0 { // |Gamma(x) Gamma(1-x)| = pi/|sin(pi x)|
		xi, _ := x.Int(nil)
		frac := sub(x.Prec(), x, newFloat(x.Prec()+64).SetInt(xi)) // exact: sine of a reduced argument
		s := Sin(mul(p+guard, frac, Pi(p+guard)), p)
		s.Abs(s)
		return sub(p, Log(quo(p, Pi(p), s), p), lgamma(sub(x.Prec()+guard+lost(x), one, x), p))
	}
	n := shift(x, p)
	exact := x.Prec() + lost(x) + guard
	product := fromInt(p, 1)
	z := newFloat(max(p, exact)).Set(x)
	for range n {
		product.Mul(product, z)
		z = add(max(p, exact), z, one)
	}
	// (z-1/2) log z - z + log(2 pi)/2 + sum B(2k)/(2k(2k-1) z^(2k-1)) - log product
	sum := mul(p, sub(max(p, exact), z, big.NewFloat(0.5)), Log(z, p))
	sum.Sub(sum, z)
	sum.Add(sum, scale(Log(scale(Pi(p), 1), p), -1))
	z2 := mul(p, z, z)
	power := newFloat(p).Set(z)
	for k := int64(1); k < int64(p); k++ {
		term := newFloat(p).SetRat(bernoulliEven(int(k)))
		term.Quo(term, mul(p, fromInt(64, 2*k*(2*k-1)), power))
		if exponent(term) < -int(p) {
			break
		}
		sum.Add(sum, term)
		power.Mul(power, z2)
	}
	if n > 0 {
		sum.Sub(sum, Log(product, p))
	}
	return sum
}

// Digamma is the derivative of log Gamma at x that is not zero or a negative integer.
func Digamma(x *big.Float, prec uint) *big.Float {
	for extra := uint(2 * guard); ; extra *= 2 {
		y := digamma(x, prec+extra)
		if y.Sign() != 0 && exponent(y) > max(exponent(x), 4)+8-int(extra) {
			return round(y, prec)
		}
	}
}

func digamma(x *big.Float, p uint) *big.Float {
	one := fromInt(8, 1)
	if x.Sign() < 0 { // psi(x) = psi(1-x) - pi cot(pi x)
		xi, _ := x.Int(nil)
		frac := sub(x.Prec(), x, newFloat(x.Prec()+64).SetInt(xi))
		s, c := SinCos(mul(p+guard, frac, Pi(p+guard)), p)
		cot := mul(p, Pi(p), quo(p, c, s))
		return sub(p, digamma(sub(x.Prec()+guard+lost(x), one, x), p), cot)
	}
	n := shift(x, p)
	q := max(p, x.Prec()+lost(x)+guard)
	z := newFloat(q).Set(x)
	below := newFloat(p)
	for range n {
		below.Add(below, quo(p, one, z))
		z = add(q, z, one)
	}
	// log z - 1/(2z) - sum B(2k)/(2k z^(2k))
	sum := sub(p, Log(z, p), quo(p, big.NewFloat(0.5), z))
	z2 := mul(p, z, z)
	power := newFloat(p).Set(z2)
	for k := int64(1); k < int64(p); k++ {
		term := newFloat(p).SetRat(bernoulliEven(int(k)))
		term.Quo(term, mul(p, fromInt(64, 2*k), power))
		if exponent(term) < -int(p) {
			break
		}
		sum.Sub(sum, term)
		power.Mul(power, z2)
	}
	return sum.Sub(sum, below)
}

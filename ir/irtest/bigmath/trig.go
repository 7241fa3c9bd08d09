package bigmath

import "math/big"

// reduce writes x = n*pi/2 + r with |r| <= pi/4 (about) and returns n mod 4 and r with relative error 2^-prec.
func reduce(x *big.Float, prec uint) (int, *big.Float) {
	p := prec + guard + uint(max(exponent(x), 0))
	for {
		halfPi := scale(Pi(p), -1)
		q := quo(p, x, halfPi)
		half := big.NewFloat(0.5)
		if q.Sign() < 0 {
			half.Neg(half)
		}
		n, _ := q.Add(q, half).Int(nil)
		r := sub(p, x, mul(p, newFloat(p).SetInt(n), halfPi))
		// x is no multiple of pi/2 (unless zero), so enough digits always leave a remainder.
		if n.Sign() == 0 || exponent(r) > -int(p-prec-uint(max(exponent(x), 0)))/2 {
			return int(new(big.Int).And(n, big.NewInt(3)).Int64()), r
		}
		p += p / 2
	}
}

// sinSeries and cosSeries sum the Taylor series for |r| < 1.
func sinSeries(r *big.Float, prec uint) *big.Float {
	if r.Sign() == 0 {
		return newFloat(prec)
	}
	r2 := mul(prec, r, r)
	sum, term := newFloat(prec).Set(r), newFloat(prec).Set(r)
	for k := int64(2); exponent(term) > exponent(r)-int(prec); k += 2 {
		term.Mul(term, r2)
		term.Quo(term, fromInt(64, -k*(k+1)))
		sum.Add(sum, term)
	}
	return sum
}

func cosSeries(r *big.Float, prec uint) *big.Float {
	r2 := mul(prec, r, r)
	sum, term := fromInt(prec, 1), fromInt(prec, 1)
	for k := int64(1); term.Sign() != 0 && exponent(term) > -int(prec); k += 2 {
		term.Mul(term, r2)
		term.Quo(term, fromInt(64, -k*(k+1)))
		sum.Add(sum, term)
	}
	return sum
}

// SinCos is the sine and the cosine of x.
func SinCos(x *big.Float, prec uint) (sin, cos *big.Float) {
	p := prec + guard
	n, r := reduce(x, p)
	s, c := sinSeries(r, p), cosSeries(r, p)
	switch n {
	case 1:
		s, c = c, s.Neg(s)
	case 2:
		s, c = s.Neg(s), c.Neg(c)
	case 3:
		s, c = c.Neg(c), s
	}
	return round(s, prec), round(c, prec)
}

// Sin is the sine of x.
func Sin(x *big.Float, prec uint) *big.Float {
	s, _ := SinCos(x, prec)
	return s
}

// Cos is the cosine of x.
func Cos(x *big.Float, prec uint) *big.Float {
	_, c := SinCos(x, prec)
	return c
}

// Tan is Sin/Cos.
func Tan(x *big.Float, prec uint) *big.Float {
	s, c := SinCos(x, prec+guard)
	return quo(prec, s, c)
}

// Atan is the arc tangent of x.
func Atan(x *big.Float, prec uint) *big.Float {
	if exponent(x) < -int(prec) {
		return round(x, prec)
	}
	p := prec + guard
	one := fromInt(8, 1)
	t := newFloat(p).Abs(x)
	inverse := t.Cmp(one) > 0
	if inverse {
		t = quo(p, one, t)
	}
	// atan t = 2 atan(t/(1+sqrt(1+t^2)))
	const halvings = 5
	for range halvings {
		t = quo(p, t, add(p, one, Sqrt(add(p, one, mul(p, t, t)), p)))
	}
	t2 := mul(p, t, t)
	t2.Neg(t2)
	sum, power := newFloat(p), newFloat(p).Set(t)
	for k := int64(1); exponent(power) > exponent(t)-int(p); k += 2 {
		sum.Add(sum, quo(p, power, fromInt(64, k)))
		power.Mul(power, t2)
	}
	sum = scale(sum, halvings)
	if inverse {
		sum = sub(p, scale(Pi(p), -1), sum)
	}
	if x.Sign() < 0 {
		sum.Neg(sum)
	}
	return round(sum, prec)
}

// Atan2 is the angle of the point (x, y), x != 0 or y != 0.
func Atan2(y, x *big.Float, prec uint) *big.Float {
	p := prec + guard
	if x.Sign() == 0 {
		h := scale(Pi(prec), -1)
		if y.Sign() < 0 {
			h.Neg(h)
		}
		return h
	}
	a := Atan(quo(p, y, x), p)
	if x.Sign() < 0 {
		if y.Sign() < 0 || y.Sign() == 0 && y.Signbit() {
			a.Sub(a, Pi(p))
		} else {
			a.Add(a, Pi(p))
		}
	}
	return round(a, prec)
}

// Asin is the arc sine of x, |x| <= 1.
func Asin(x *big.Float, prec uint) *big.Float {
	p := prec + guard
	c := oneMinusSquare(x, p)
	if c.Sign() == 0 {
		h := scale(Pi(prec), -1)
		if x.Sign() < 0 {
			h.Neg(h)
		}
		return h
	}
	return Atan(quo(p, x, Sqrt(c, p)), prec)
}

// Acos is the arc cosine of x, |x| <= 1.
func Acos(x *big.Float, prec uint) *big.Float {
	p := prec + guard
	if x.Sign() == 0 {
		return scale(Pi(prec), -1)
	}
	a := Atan(quo(p, Sqrt(oneMinusSquare(x, p), p), x), p)
	if x.Sign() < 0 {
		a.Add(a, Pi(p))
	}
	return round(a, prec)
}

// oneMinusSquare is (1-x)(1+x) without cancellation.
func oneMinusSquare(x *big.Float, prec uint) *big.Float {
	exact := x.Prec() + guard + lost(x)
	one := fromInt(8, 1)
	return mul(prec, sub(exact, one, x), add(exact, one, x))
}

package bigmath

import "math/big"

// besselAsymptotic is the argument from which on the asymptotic series has terms that are small enough.
const besselAsymptotic = 400

// BesselIe is e^-|x| I_n(x), the modified Bessel function of order n = 0, 1, ..., for precisions of up to some hundred bits.
func BesselIe(n int64, x *big.Float, prec uint) *big.Float {
	p := prec + guard
	a := new(big.Float).Abs(x)
	var y *big.Float
	if a.Cmp(fromInt(64, besselAsymptotic)) < 0 {
		y = mul(p, besselSeries(n, a, p), Exp(new(big.Float).Neg(a), p))
	} else {
		y = besselTail(n, a, p)
	}
	if x.Sign() < 0 && n%2 == 1 {
		y.Neg(y)
	}
	return round(y, prec)
}

// besselSeries sums (x/2)^(2k+n) / (k! (k+n)!), terms of one sign.
func besselSeries(n int64, x *big.Float, p uint) *big.Float {
	half := scale(x, -1)
	square, term := mul(p, half, half), fromInt(p, 1)
	for k := int64(1); k <= n; k++ {
		term.Quo(mul(p, term, half), fromInt(64, k))
	}
	sum := newFloat(p).Set(term)
	for k := int64(1); term.Sign() != 0 && exponent(term) > exponent(sum)-int(p) || k < 5; k++ {
		term.Quo(mul(p, term, square), fromInt(64, k*(k+n)))
		sum.Add(sum, term)
	}
	return sum
}

// besselTail sums the asymptotic series (Abramowitz and Stegun 9.7.1).
func besselTail(n int64, x *big.Float, p uint) *big.Float {
	sum, term := fromInt(p, 1), fromInt(p, 1)
	for k := int64(1); term.Sign() != 0 && exponent(term) > -int(p); k++ {
		odd := 2*k - 1
		term.Mul(term, fromInt(64, odd*odd-4*n*n))
		term.Quo(term, mul(p, x, fromInt(64, 8*k)))
		sum.Add(sum, term)
	}
	return quo(p, sum, Sqrt(mul(p, scale(Pi(p), 1), x), p))
}

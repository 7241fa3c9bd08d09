package op

import (
	"math"
	"math/big"
	"sync"
)

// Circular functions of large numbers, where package math loses digits, and the angle that keeps its sign.

// reduceFrom is where reduction by exact arithmetic begins.
const reduceFrom = 0x1p20

// sincos is math.Sincos with full precision for large numbers.
func sincos(x float64) (sin, cos float64) {
	if !(math.Abs(x) >= reduceFrom) || math.IsInf(x, 0) {
		return math.Sincos(x)
	}
	quarters, hi, lo := reduceQuarter(math.Abs(x))
	s, c := math.Sincos(hi)
	s, c = s+lo*c, c-lo*s
	switch quarters {
	case 1:
		s, c = c, -s
	case 2:
		s, c = -s, -c
	case 3:
		s, c = -c, s
	}
	return math.Copysign(1, x) * s, c
}

func sinFloat(x float64) float64 {
	if math.Abs(x) < reduceFrom {
		return math.Sin(x)
	}
	s, _ := sincos(x)
	return s
}

func cosFloat(x float64) float64 {
	if math.Abs(x) < reduceFrom {
		return math.Cos(x)
	}
	_, c := sincos(x)
	return c
}

func tanFloat(x float64) float64 {
	if math.Abs(x) < reduceFrom {
		return math.Tan(x)
	}
	s, c := sincos(x)
	return s / c
}

// piBits is the precision of pi that the largest float64 needs: its exponent, its digits twice, and some more.
const piBits = 1024 + 53 + 120

// halfPi is pi/2 times 2^piBits, by Machin's formula pi/4 = 4 atan(1/5) - atan(1/239).
var halfPi = sync.OnceValue(func() *big.Int {
	const guard = 32
	one := new(big.Int).Lsh(big.NewInt(1), piBits+guard)
	atanInverse := func(n int64) *big.Int {
		sum, power := new(big.Int), new(big.Int).Quo(one, big.NewInt(n))
		for k := int64(1); power.Sign() != 0; k += 2 {
			term := new(big.Int).Quo(power, big.NewInt(k))
			if k%4 == 1 {
				sum.Add(sum, term)
			} else {
				sum.Sub(sum, term)
			}
			power.Quo(power, big.NewInt(n*n))
		}
		return sum
	}
	pi := new(big.Int).Sub(new(big.Int).Mul(atanInverse(5), big.NewInt(8)), new(big.Int).Mul(atanInverse(239), big.NewInt(2)))
	return pi.Rsh(pi, guard)
})

// reduceQuarter writes a large finite x as quarters pi/2 + hi + lo, with |hi| <= pi/4 and quarters modulo 4.
func reduceQuarter(x float64) (quarters int, hi, lo float64) {
	mantissa, e := math.Frexp(x)
	n := new(big.Int).Lsh(big.NewInt(int64(math.Ldexp(mantissa, 53))), uint(e-53+piBits)) // e >= 20: x is no small number
	q, r := new(big.Int).QuoRem(n, halfPi(), new(big.Int))
	if new(big.Int).Lsh(r, 1).Cmp(halfPi()) > 0 {
		q.Add(q, big.NewInt(1))
		r.Sub(r, halfPi())
	}
	rest := new(big.Float).SetInt(r)
	rest.SetMantExp(rest, -piBits)
	hi, _ = rest.Float64()
	lo, _ = rest.Sub(rest, new(big.Float).SetFloat64(hi)).Float64()
	return int(q.And(q, big.NewInt(3)).Int64()), hi, lo
}

// atan2 is math.Atan2 with the sign of y also where y/x vanishes.
func atan2(y, x float64) float64 {
	if y != y || x != x {
		return math.NaN()
	}
	return math.Copysign(math.Atan2(y, x), y)
}

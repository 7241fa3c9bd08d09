package op

import (
	"math"
	"math/big"
	"sync"
)

// Circular functions with all digits, where package math loses some near multiples of pi/2, and the angle that keeps its sign.

// reduceFrom is where reduction by exact arithmetic begins.
const reduceFrom = 0x1p20

// sincos is math.Sincos with full precision.
func sincos(x float64) (sin, cos float64) {
	if !(math.Abs(x) > math.Pi/4) || math.IsInf(x, 0) {
		return math.Sincos(x)
	}
	reduce := reduceQuarter
	if math.Abs(x) < reduceFrom {
		reduce = reduceFew
	}
	quarters, hi, lo := reduce(math.Abs(x))
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
	s, _ := sincos(x)
	return s
}

func cosFloat(x float64) float64 {
	_, c := sincos(x)
	return c
}

func tanFloat(x float64) float64 {
	s, c := sincos(x)
	return s / c // math.Tan loses digits of small numbers, too
}

// halfPiWords are pi/2 in words of 33 bits, whose products with numbers below 2^20 are exact.
var halfPiWords = sync.OnceValue(func() (words [4]float64) {
	rest := new(big.Float).SetInt(halfPi())
	rest.SetMantExp(rest, -piBits)
	for i := range words {
		word := new(big.Float).SetPrec(33).SetMode(big.ToZero).Set(rest)
		words[i], _ = word.Float64()
		rest.Sub(rest, word)
	}
	return words
})

// reduceFew is reduceQuarter for numbers from pi/4 to reduceFrom.
func reduceFew(x float64) (quarters int, hi, lo float64) {
	n := math.RoundToEven(x * (2 / math.Pi))
	w := halfPiWords()
	hi = x - n*w[0] // exact: both are of one size
	for _, word := range w[1:] {
		var e float64
		hi, e = exactSum(hi, -n*word)
		lo += e
	}
	hi, lo = exactSum(hi, lo)
	return int(n) & 3, hi, lo
}

// exactSum is x + y and its rounding error.
func exactSum(x, y float64) (sum, err float64) {
	sum = x + y
	b := sum - x
	return sum, (x - (sum - b)) + (y - b)
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

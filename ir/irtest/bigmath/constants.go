package bigmath

import (
	"math/big"
	"sync"
)

// cached keeps the value of a constant at the highest precision asked for so far.
type cached struct {
	mu      sync.Mutex
	value   *big.Float
	compute func(prec uint) *big.Float
}

func (c *cached) at(prec uint) *big.Float {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.value == nil || c.value.Prec() < prec {
		c.value = c.compute(prec + prec/2)
	}
	return newFloat(prec).Set(c.value)
}

var (
	ln2   = cached{compute: computeLn2}
	pi    = cached{compute: computePi}
	sqrPi = cached{compute: func(prec uint) *big.Float { return Sqrt(Pi(prec+guard), prec) }}
)

// Ln2 is log 2.
func Ln2(prec uint) *big.Float { return ln2.at(prec) }

// Pi is the ratio of a circle's circumference to its diameter.
func Pi(prec uint) *big.Float { return pi.at(prec) }

// SqrtPi is the square root of Pi.
func SqrtPi(prec uint) *big.Float { return sqrPi.at(prec) }

// computeLn2 sums log 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749).
func computeLn2(prec uint) *big.Float {
	sum := mul(prec+guard, fromInt(8, 18), inverseArc(26, 1, prec))
	sum.Sub(sum, scale(inverseArc(4801, 1, prec), 1))
	return sum.Add(sum, scale(inverseArc(8749, 1, prec), 3))
}

// computePi sums pi = 16 atan(1/5) - 4 atan(1/239) (Machin).
func computePi(prec uint) *big.Float {
	return sub(prec+guard, scale(inverseArc(5, -1, prec), 4), scale(inverseArc(239, -1, prec), 2))
}

// inverseArc is atanh(1/n) for sign 1 and atan(1/n) for sign -1.
func inverseArc(n, sign int64, prec uint) *big.Float {
	p := prec + guard
	power := quo(p, fromInt(p, 1), fromInt(64, n))
	square := fromInt(64, n*n)
	sum := newFloat(p)
	alternate := int64(1)
	for k := int64(1); exponent(power) > -int(p); k += 2 {
		sum.Add(sum, quo(p, power, fromInt(64, k*alternate)))
		power.Quo(power, square)
		alternate *= sign
	}
	return sum
}

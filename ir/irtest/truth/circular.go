package truth

import (
	"math"
	"math/big"
	"sync"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
)

var (
	pi     = pairOf(bigmath.Pi(250))
	halfPi = pi.scale(-1)
)

// quarters holds 2^e 2/pi modulo 4 for the exponents e of float64 as an integer times 2^e, as sums of four float64 each.
var quarters = sync.OnceValue(func() *[1100][4]float64 {
	table := new([1100][4]float64)
	const digits = 1500
	t := new(big.Float).SetPrec(digits).Quo(big.NewFloat(2), bigmath.Pi(digits+50))
	t.SetMantExp(t, leastQuarter)
	for i := range table {
		quotient, _ := new(big.Float).SetMantExp(t, -2).Int(nil)
		rest := new(big.Float).SetPrec(digits).SetInt(quotient.Lsh(quotient, 2))
		rest.Sub(t, rest)
		for k := range table[i] {
			table[i][k], _ = rest.Float64()
			rest.Sub(rest, big.NewFloat(table[i][k]))
		}
		t.SetMantExp(t, 1)
	}
	return table
})

const leastQuarter = -120

// reduce writes finite x as n pi/2 + r with |r| at most a little over pi/4, and gives n modulo 4.
func reduce(x float64) (n int, r Pair) {
	if math.Abs(x) < 0.78 {
		return 0, one(x)
	}
	m, e := math.Frexp(x)
	m, e = math.Ldexp(m, 53), e-53
	var terms []float64
	for _, q := range quarters()[e-leastQuarter] {
		p := product(m, q)
		terms = append(terms, modulo4(p.Hi), modulo4(p.Lo))
	}
	distill(terms)
	whole := math.RoundToEven(terms[0])
	terms[0] -= whole
	distill(terms)
	if math.Abs(terms[0]) > 0.5 { // the rest decided otherwise
		step := math.Copysign(1, terms[0])
		whole += step
		terms[0] -= step
		distill(terms)
	}
	return int(whole) & 3, fast(terms[0], terms[1]+terms[2]).mul(halfPi)
}

// modulo4 takes off a multiple of 4, exactly.
func modulo4(x float64) float64 { return x - 4*math.RoundToEven(x/4) }

// distill makes a sum of few terms one of falling size that hardly overlap.
func distill(terms []float64) {
	for range 4 {
		for i := len(terms) - 1; i > 0; i-- {
			s := sum(terms[i-1], terms[i])
			terms[i-1], terms[i] = s.Hi, s.Lo
		}
		// zeros that cancellation left go to the end
		k := 0
		for _, t := range terms {
			if t != 0 {
				terms[k] = t
				k++
			}
		}
		clear(terms[k:])
	}
}

var sinSeries, cosSeries = func() (s, c []Pair) {
	for k := 0; k < 15; k++ {
		a, b := inverseFactorials[2*k+1], inverseFactorials[2*k]
		if k%2 == 1 {
			a, b = a.neg(), b.neg()
		}
		s, c = append(s, a), append(c, b)
	}
	return s, c
}()

// sinCosSmall is for |r| <= pi/4 and a little more.
func sinCosSmall(r Pair) (s, c Pair) {
	t := r.mul(r)
	return r.mul(polynomial(t, sinSeries)), polynomial(t, cosSeries)
}

// sinCos is for finite x.
func sinCos(x float64) (s, c Pair) {
	n, r := reduce(x)
	s, c = sinCosSmall(r)
	return turn(n, s, c)
}

// turn adds n right angles.
func turn(n int, s, c Pair) (Pair, Pair) {
	switch n {
	case 1:
		return c, s.neg()
	case 2:
		return s.neg(), c.neg()
	case 3:
		return c.neg(), s
	}
	return s, c
}

func Sin(x float64) Value {
	if v, ok := special(x, math.Sin); ok {
		return v
	}
	if v, ok := tiny(x, -1./6); ok {
		return v
	}
	s, _ := sinCos(x)
	return plain(s)
}

func Cos(x float64) Value {
	if v, ok := special(x, math.Cos); ok {
		return v
	}
	_, c := sinCos(x)
	return plain(c)
}

func Tan(x float64) Value {
	if v, ok := special(x, math.Tan); ok {
		return v
	}
	if v, ok := tiny(x, 1./3); ok {
		return v
	}
	s, c := sinCos(x)
	return plain(s.div(c))
}

// angle is atan2(y, x) for numbers of moderate size: one step from math.Atan2.
func angle(y, x Pair) Pair {
	a := math.Atan2(y.Hi, x.Hi)
	s, c := sinCos(a)
	d := y.mul(c).sub(x.mul(s)).div(x.mul(c).add(y.mul(s)))
	return one(a).add(d)
}

func Atan(x float64) Value {
	switch v, ok := tiny(x, -1./3); {
	case x != x || x == 0:
		return exactly(x)
	case ok:
		return v
	case math.Abs(x) > 0x1p110:
		return Atan2(x, 1)
	}
	return plain(angle(one(x), one(1)))
}

// Atan2 is the angle of the point (x, y).
func Atan2(y, x float64) Value {
	if x != x || y != y || y == 0 && !math.Signbit(x) {
		return exactly(math.Atan2(y, x))
	}
	sign := func(p Pair) Value { return plain(p.times(math.Copysign(1, y))) }
	switch {
	case math.IsInf(x, 0) && math.IsInf(y, 0):
		if x > 0 {
			return sign(halfPi.scale(-1))
		}
		return sign(halfPi.scale(-1).times(3))
	case math.IsInf(x, 1):
		return exactly(math.Copysign(0, y))
	case math.IsInf(x, -1) || y == 0:
		return sign(pi)
	case math.IsInf(y, 0) || x == 0:
		return sign(halfPi)
	}
	my, ey := math.Frexp(y)
	mx, ex := math.Frexp(x)
	switch d := ey - ex; {
	case d > 110:
		return sign(halfPi)
	case d < -110 && x < 0:
		return sign(pi)
	case d < -110:
		return Value{one(my).div(one(mx)), d}
	default:
		return plain(angle(one(math.Ldexp(my, d)), one(mx)))
	}
}

func Asin(x float64) Value {
	switch v, ok := tiny(x, 1./6); {
	case x == 0 || !(math.Abs(x) <= 1):
		return exactly(math.Asin(x))
	case ok:
		return v
	}
	return plain(angle(one(x), sum(1, -x).mul(sum(1, x)).sqrt()))
}

func Acos(x float64) Value {
	if !(math.Abs(x) <= 1) || x == 1 {
		return exactly(math.Acos(x))
	}
	return plain(angle(sum(1, -x).mul(sum(1, x)).sqrt(), one(x)))
}

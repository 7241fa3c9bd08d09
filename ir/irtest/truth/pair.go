package truth

import (
	"math"
	"math/big"
)

// Pair is the unevaluated sum Hi + Lo, with |Lo| at most half a unit in the last place of Hi: about 106 bits.
type Pair struct{ Hi, Lo float64 }

// sum returns a + b exactly (Knuth).
func sum(a, b float64) Pair {
	s := a + b
	t := s - a
	return Pair{s, (a - (s - t)) + (b - t)}
}

// fast is sum for |a| >= |b| or a = 0 (Dekker).
func fast(a, b float64) Pair {
	s := a + b
	return Pair{s, b - (s - a)}
}

// product returns a * b exactly.
func product(a, b float64) Pair {
	p := float64(a * b)
	return Pair{p, math.FMA(a, b, -p)}
}

func (x Pair) add(y Pair) Pair {
	s, t := sum(x.Hi, y.Hi), sum(x.Lo, y.Lo)
	s = fast(s.Hi, s.Lo+t.Hi)
	return fast(s.Hi, s.Lo+t.Lo)
}

func (x Pair) plus(y float64) Pair {
	s := sum(x.Hi, y)
	return fast(s.Hi, s.Lo+x.Lo)
}

func (x Pair) neg() Pair       { return Pair{-x.Hi, -x.Lo} }
func (x Pair) sub(y Pair) Pair { return x.add(y.neg()) }

func (x Pair) mul(y Pair) Pair {
	p := product(x.Hi, y.Hi)
	return fast(p.Hi, p.Lo+(float64(x.Hi*y.Lo)+float64(x.Lo*y.Hi)))
}

func (x Pair) times(y float64) Pair {
	p := product(x.Hi, y)
	return fast(p.Hi, p.Lo+float64(x.Lo*y))
}

func (x Pair) div(y Pair) Pair {
	q := x.Hi / y.Hi
	r := x.sub(y.times(q))
	q2 := r.Hi / y.Hi
	r = r.sub(y.times(q2))
	return fast(q, q2).plus(r.Hi / y.Hi)
}

// scale multiplies by a power of two, exactly unless the result is a denormal number.
func (x Pair) scale(e int) Pair { return Pair{math.Ldexp(x.Hi, e), math.Ldexp(x.Lo, e)} }

func (x Pair) sqrt() Pair {
	if x.Hi == 0 {
		return x
	}
	y := math.Sqrt(x.Hi)
	r := x.sub(product(y, y))
	return fast(y, r.Hi/(2*y))
}

func one(x float64) Pair { return Pair{x, 0} }

// polynomial evaluates c[0] + c[1] x + ...
func polynomial(x Pair, c []Pair) Pair {
	y := c[len(c)-1]
	for k := len(c) - 2; k >= 0; k-- {
		y = y.mul(x).add(c[k])
	}
	return y
}

// pairOf rounds to a pair.
func pairOf(x *big.Float) Pair {
	hi, _ := x.Float64()
	lo, _ := new(big.Float).SetPrec(x.Prec()+53).Sub(x, big.NewFloat(hi)).Float64()
	return Pair{hi, lo}
}

package num

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/trace"
)

// The functions of two operands take Arrays or Go numbers, broadcast, and promote.

type binaryOp = func(b *ir.Builder, x, y *ir.Value) *ir.Value

func pair(name string, x, y any, f binaryOp) Array {
	return trace.Elementwise(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0], in[1]) }, x, y)
}

func floatPair(name string, x, y any, f binaryOp) Array {
	return trace.ElementwiseFloat(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0], in[1]) }, x, y)
}

// Add returns x + y.
func Add(x, y any) Array { return pair("add", x, y, op.Add) }

// Sub returns x - y.
func Sub(x, y any) Array { return pair("sub", x, y, op.Sub) }

// Mul returns x * y.
func Mul(x, y any) Array { return pair("mul", x, y, op.Mul) }

// Div returns the true quotient x / y; see Array.Div.
func Div(x, y any) Array { return floatPair("div", x, y, op.Div) }

// FloorDivide returns the quotient rounded toward minus infinity: whole numbers of integers (all bits set if y is 0), floats of floats (x / y if y
// is 0).
func FloorDivide(x, y any) Array {
	in := trace.Promote("floor divide", x, y)
	if in[0].DType().IsFloat() {
		r := Fmod(in[0], in[1])
		q := Round(in[0].Sub(r).Div(in[1]))
		below := r.Ne(0).And(r.Lt(0).Ne(in[1].Lt(0)))
		return trace.Where(in[1].Eq(0), in[0].Div(in[1]), trace.Where(below, q.Sub(1), q))
	}
	q := pair("floor divide", in[0], in[1], op.Div)
	if in[0].DType().IsUnsigned() {
		return q
	}
	r := Fmod(in[0], in[1])
	return trace.Where(r.Ne(0).And(r.Lt(0).Ne(in[1].Lt(0))), q.Sub(1), q)
}

// Mod returns the remainder of x / y with the sign of y. Of integers with y = 0 it is x.
func Mod(x, y any) Array {
	in := trace.Promote("mod", x, y)
	return in[0].Mod(in[1])
}

// Fmod returns the remainder of x / y with the sign of x, as C's fmod does. Of integers with y = 0 it is x.
func Fmod(x, y any) Array { return pair("fmod", x, y, op.Rem) }

// Power returns x to the power y; see Array.Pow for Go integers as y.
func Power(x, y any) Array {
	if a, ok := x.(Array); ok {
		return a.Pow(y)
	}
	return pair("power", x, y, op.Pow)
}

// Maximum returns the larger of x and y, NaN if one is.
func Maximum(x, y any) Array { return pair("maximum", x, y, op.Max) }

// Minimum returns the smaller of x and y, NaN if one is.
func Minimum(x, y any) Array { return pair("minimum", x, y, op.Min) }

// Clip returns x limited to the range from lo to hi.
func Clip(x, lo, hi any) Array { return Minimum(Maximum(x, lo), hi) }

// Where returns x where cond holds and y elsewhere; see trace.Where.
func Where(cond, x, y any) Array { return trace.Where(cond, x, y) }

// Select returns, place by place, the choice of the first condition that holds, else the value otherwise.
func Select(conditions []Array, choices []any, otherwise any) Array {
	if len(conditions) != len(choices) || len(choices) == 0 {
		trace.Fail("select", "choices", "lists of different or no length", "one choice for each condition", "")
	}
	out := otherwise
	for i := len(conditions) - 1; i >= 0; i-- {
		out = trace.Where(conditions[i], choices[i], out)
	}
	return out.(Array)
}

// Arctan2 returns the angle of the point (x, y), from -pi to pi.
func Arctan2(y, x any) Array { return floatPair("arctan2", y, x, op.Atan2) }

// Nextafter returns the number next to x in the direction of y.
func Nextafter(x, y any) Array { return floatPair("nextafter", x, y, op.NextAfter) }

// Polygamma returns derivative n of Digamma at x, for n = 0, 1, 2, ...
func Polygamma(n, x any) Array { return floatPair("polygamma", n, x, op.Polygamma) }

// Zeta returns the Hurwitz zeta function, the sum of (q+k)^-s over k = 0, 1, ...
func Zeta(s, q any) Array { return floatPair("zeta", s, q, op.Zeta) }

// Hypot returns sqrt(x^2 + y^2) without overflow on the way.
func Hypot(x, y any) Array {
	in := trace.PromoteFloat("hypot", x, y)
	a, b := Abs(in[0]), Abs(in[1])
	large, small := Maximum(a, b), Minimum(a, b)
	infinite := IsInf(a).Or(IsInf(b)) // wins over NaN, as in C
	ratio := small.Div(trace.Where(large.Eq(0).Or(infinite), 1, large))
	return trace.Where(infinite, math.Inf(1), large.Mul(Sqrt(Square(ratio).Add(1))))
}

// Copysign returns the magnitude of x with the sign of y; the sign of a zero counts.
func Copysign(x, y any) Array {
	in := trace.PromoteFloat("copysign", x, y)
	negative := in[1].Lt(0).Or(in[1].Eq(0).And(Reciprocal(in[1]).Lt(0)))
	a := Abs(in[0])
	return trace.Where(negative, a.Neg(), a)
}

// Heaviside returns 0 where x < 0, 1 where x > 0, and zero where x is 0.
func Heaviside(x, zero any) Array {
	in := trace.PromoteFloat("heaviside", x, zero)
	return trace.Where(in[0].Eq(0), in[1], trace.Where(in[0].Lt(0), 0.0, trace.Where(IsNaN(in[0]), in[0], 1.0)))
}

// LogAddExp returns log(e^x + e^y) without overflow.
func LogAddExp(x, y any) Array {
	in := trace.PromoteFloat("logaddexp", x, y)
	first := in[0].Ge(in[1]) // chosen, not by Maximum: so each of two equal ones gets half of the derivative, without a search for ties
	large, small := trace.Where(first, in[0], in[1]), trace.Where(first, in[1], in[0])
	gap := small.Sub(large)
	return trace.Where(IsNaN(gap), in[0].Add(in[1]), large.Add(Log1p(Exp(gap))))
}

// Xlogy returns x log(y), and 0 where x is 0.
func Xlogy(x, y any) Array {
	in := trace.PromoteFloat("xlogy", x, y)
	zero := in[0].Eq(0)
	return trace.Where(zero, 0.0, in[0].Mul(Log(trace.Where(zero, 1.0, in[1]))))
}

// MakeComplex returns the complex numbers with the given parts, which are floats.
func MakeComplex(re, im any) Array { return floatPair("make complex", re, im, op.Complex) }

// IsClose reports where |x - y| <= atol + rtol |y|; equal infinities are close, NaN is close to nothing.
func IsClose(x, y any, rtol, atol float64) Array {
	in := trace.PromoteFloat("isclose", x, y)
	bound := Abs(in[1]).Mul(rtol).Add(atol)
	near := Abs(in[0].Sub(in[1])).Le(bound).And(IsFinite(in[1]))
	return near.Or(in[0].Eq(in[1]))
}

// AllClose reports whether all elements are close; see IsClose.
func AllClose(x, y any, rtol, atol float64) Array { return IsClose(x, y, rtol, atol).All() }

// ArrayEqual reports whether both have the same shape and elements.
func ArrayEqual(x, y Array) Array {
	if !sameShape(x, y) {
		return trace.AsArray("array equal", false)
	}
	return x.Eq(y).All()
}

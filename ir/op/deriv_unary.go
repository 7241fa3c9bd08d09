package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
)

// partial1 returns the derivative of y = f(x) with respect to x.
type partial1 func(b *ir.Builder, x, y *ir.Value) *ir.Value

// partials1 makes derivatives of elementwise functions of one operand.
func partials1(table map[ir.OpID]partial1) map[ir.OpID]ir.Derivative {
	out := map[ir.OpID]ir.Derivative{}
	for id, f := range table {
		out[id] = ir.Derivative{Partials: func(b *ir.Builder, _ *ir.Node, in, y []*ir.Value, _ []bool) []*ir.Value {
			return []*ir.Value{f(b, in[0], y[0])}
		}}
	}
	return out
}

func init() {
	derivatives(partials1(rootPartials))
	derivatives(partials1(trigonometricPartials))
	derivatives(partials1(specialPartials))
	derivatives(map[ir.OpID]ir.Derivative{
		NegID:  linear1(func(b *ir.Builder, _ *ir.Node, ct *ir.Value) *ir.Value { return Neg(b, ct) }),
		ConjID: linear1(func(b *ir.Builder, _ *ir.Node, ct *ir.Value) *ir.Value { return Conj(b, ct) }),
		RealID: linear1(func(b *ir.Builder, _ *ir.Node, ct *ir.Value) *ir.Value { return Complex(b, ct, ZerosLike(b, ct)) }),
		ImagID: linear1(func(b *ir.Builder, _ *ir.Node, ct *ir.Value) *ir.Value {
			return Complex(b, ZerosLike(b, ct), Neg(b, ct))
		}),
		AbsID: {JVP: absJVP},
		ConvertID: linear1(func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value {
			return Convert(b, ct, n.Inputs[0].Type.DType)
		}),
	})
}

// Roots, exponentials, logarithms. At a root of 0 the derivative is infinite.
var rootPartials = map[ir.OpID]partial1{
	SqrtID: func(b *ir.Builder, x, y *ir.Value) *ir.Value { return Div(b, numberLike(b, x, 0.5), y) },
	RsqrtID: func(b *ir.Builder, x, y *ir.Value) *ir.Value {
		return Mul(b, numberLike(b, x, -0.5), Div(b, y, x))
	},
	CbrtID: func(b *ir.Builder, x, y *ir.Value) *ir.Value {
		return Div(b, numberLike(b, x, 1), Mul(b, numberLike(b, x, 3), square(b, y)))
	},
	ExpID:   func(_ *ir.Builder, _, y *ir.Value) *ir.Value { return y },
	Exp2ID:  func(b *ir.Builder, x, y *ir.Value) *ir.Value { return Mul(b, numberLike(b, x, math.Ln2), y) },
	Expm1ID: func(b *ir.Builder, x, y *ir.Value) *ir.Value { return Add(b, y, numberLike(b, x, 1)) },
	LogID:   func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return Div(b, numberLike(b, x, 1), x) },
	Log1pID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value {
		one := numberLike(b, x, 1)
		return Div(b, one, Add(b, x, one))
	},
	SignificandID: func(b *ir.Builder, x, y *ir.Value) *ir.Value { return Div(b, y, x) },
	LogisticID: func(b *ir.Builder, x, y *ir.Value) *ir.Value {
		return Mul(b, y, Sub(b, numberLike(b, x, 1), y))
	},
}

var trigonometricPartials = map[ir.OpID]partial1{
	SinID:  func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return Cos(b, x) },
	CosID:  func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return Neg(b, Sin(b, x)) },
	TanID:  func(b *ir.Builder, x, y *ir.Value) *ir.Value { return Add(b, numberLike(b, x, 1), square(b, y)) },
	AsinID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return inverseRootOneMinusSquare(b, x) },
	AcosID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return Neg(b, inverseRootOneMinusSquare(b, x)) },
	AtanID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value {
		one := numberLike(b, x, 1)
		return Div(b, one, Add(b, one, square(b, x)))
	},
	SinhID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return Cosh(b, x) },
	CoshID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return Sinh(b, x) },
	TanhID: func(b *ir.Builder, x, y *ir.Value) *ir.Value { return Sub(b, numberLike(b, x, 1), square(b, y)) },
	AsinhID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value {
		return Rsqrt(b, Add(b, square(b, x), numberLike(b, x, 1)))
	},
	AcoshID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value {
		one := numberLike(b, x, 1) // two roots: x^2 - 1 has another branch for complex numbers, and overflows
		return Mul(b, Rsqrt(b, Sub(b, x, one)), Rsqrt(b, Add(b, x, one)))
	},
	AtanhID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value {
		one := numberLike(b, x, 1)
		return Div(b, one, Mul(b, Add(b, one, x), Sub(b, one, x)))
	},
}

// inverseRootOneMinusSquare is 1/sqrt(1-x^2).
func inverseRootOneMinusSquare(b *ir.Builder, x *ir.Value) *ir.Value {
	return Rsqrt(b, Sub(b, numberLike(b, x, 1), square(b, x)))
}

var specialPartials = map[ir.OpID]partial1{
	ErfID:  func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return gaussian(b, x, 2/math.SqrtPi) },
	ErfcID: func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return gaussian(b, x, -2/math.SqrtPi) },
	ErfInvID: func(b *ir.Builder, x, y *ir.Value) *ir.Value {
		return Mul(b, numberLike(b, x, math.SqrtPi/2), Exp(b, square(b, y)))
	},
	LgammaID:    func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return Digamma(b, x) },
	DigammaID:   func(b *ir.Builder, x, _ *ir.Value) *ir.Value { return trigamma(b, x) },
	BesselI0eID: func(b *ir.Builder, x, y *ir.Value) *ir.Value { return Sub(b, BesselI1e(b, x), Mul(b, Sign(b, x), y)) },
	// I1' = I0 - I1/x, and 1/2 at 0.
	BesselI1eID: func(b *ir.Builder, x, y *ir.Value) *ir.Value {
		zero := Eq(b, x, numberLike(b, x, 0))
		safe := Select(b, zero, numberLike(b, x, 1), x)
		slope := Sub(b, BesselI0e(b, x), Mul(b, y, Add(b, Sign(b, x), Div(b, numberLike(b, x, 1), safe))))
		return Select(b, zero, numberLike(b, x, 0.5), slope)
	},
}

// gaussian is factor*exp(-x^2).
func gaussian(b *ir.Builder, x *ir.Value, factor float64) *ir.Value {
	return Mul(b, numberLike(b, x, factor), Exp(b, Neg(b, square(b, x))))
}

// absJVP takes the right derivative at 0, as JAX. Of complex numbers it is the real part of dz conj(z)/|z|, and 0 at 0.
func absJVP(b *ir.Builder, _ *ir.Node, in, tangents, out []*ir.Value) []*ir.Value {
	x, t := in[0], tangents[0]
	if !x.Type.DType.IsComplex() {
		one := numberLike(b, x, 1)
		sign := Select(b, Ge(b, x, ZerosLike(b, x)), one, Neg(b, one))
		return []*ir.Value{Mul(b, t, sign)}
	}
	modulus := Convert(b, notZero(b, out[0]), x.Type.DType)
	return []*ir.Value{Real(b, Mul(b, t, Div(b, Conj(b, x), modulus)))}
}

// notZero returns x with 1 in place of 0.
func notZero(b *ir.Builder, x *ir.Value) *ir.Value {
	return Select(b, Eq(b, x, ZerosLike(b, x)), numberLike(b, x, 1), x)
}

// bernoulli holds the numbers B_2, B_4, ..., of the asymptotic series of trigamma.
var bernoulli = [...]float64{1. / 6, -1. / 30, 1. / 42, -1. / 30, 5. / 66, -691. / 2730, 7. / 6, -3617. / 510}

// trigammaShift is the argument from which on the asymptotic series with these terms is exact to double precision.
const trigammaShift = 11

// trigamma returns the second derivative of log Gamma for all real x, infinite at the poles. Below 1/2 it reflects,
// trigamma(x) = (pi/sin(pi x))^2 - trigamma(1-x); then trigamma(x) = 1/x^2 + trigamma(x+1) moves the argument up to
// where the asymptotic series 1/x + 1/(2x^2) + sum B_2k/x^(2k+1) holds (Abramowitz and Stegun 6.4.6, 6.4.7 and 6.4.12).
func trigamma(b *ir.Builder, x *ir.Value) *ir.Value {
	num := func(v float64) *ir.Value { return numberLike(b, x, v) }
	one := num(1)
	reflects := Lt(b, x, num(0.5))
	z := Select(b, reflects, Sub(b, one, x), x)
	sum := num(0)
	for range trigammaShift {
		below := Lt(b, z, num(trigammaShift))
		sum = Add(b, sum, Select(b, below, Div(b, one, square(b, z)), num(0)))
		z = Select(b, below, Add(b, z, one), z)
	}
	r := Div(b, one, z)
	r2 := square(b, r)
	series := num(bernoulli[len(bernoulli)-1])
	for k := len(bernoulli) - 2; k >= 0; k-- {
		series = Add(b, Mul(b, series, r2), num(bernoulli[k]))
	}
	tail := Mul(b, r, Add(b, one, Add(b, Mul(b, num(0.5), r), Mul(b, r2, series))))
	sum = Add(b, sum, tail)
	// The fraction of x keeps the sine exact at the poles and far from 0. Where nothing is reflected, any x without a pole keeps derivatives finite.
	pole := Select(b, reflects, x, num(0.25))
	sine := Sin(b, Mul(b, num(math.Pi), Sub(b, pole, RoundEven(b, pole))))
	return Select(b, reflects, Sub(b, square(b, Div(b, num(math.Pi), sine)), sum), sum)
}

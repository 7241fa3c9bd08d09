package num

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/trace"
)

type unaryOp = func(b *ir.Builder, x *ir.Value) *ir.Value

// float applies a function of floats; integers and bools are taken to the default float.
func float(name string, x Array, f unaryOp) Array {
	return trace.ElementwiseFloat(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0]) }, x)
}

// same applies a function in x's own dtype.
func same(name string, x Array, f unaryOp) Array {
	return trace.Elementwise(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0]) }, x)
}

// rounding applies a function that leaves integers alone.
func rounding(name string, x Array, f unaryOp) Array {
	if x.DType().IsInt() || x.DType().IsBool() {
		return x
	}
	return same(name, x, f)
}

// Sqrt returns the square root.
func Sqrt(x Array) Array { return float("sqrt", x, op.Sqrt) }

// Rsqrt returns 1 / sqrt(x).
func Rsqrt(x Array) Array { return float("rsqrt", x, op.Rsqrt) }

// Cbrt returns the cube root, of negative numbers too.
func Cbrt(x Array) Array { return float("cbrt", x, op.Cbrt) }

// Exp returns e^x.
func Exp(x Array) Array { return float("exp", x, op.Exp) }

// Exp2 returns 2^x.
func Exp2(x Array) Array { return float("exp2", x, op.Exp2) }

// Expm1 returns e^x - 1, exact for small x.
func Expm1(x Array) Array { return float("expm1", x, op.Expm1) }

// Log returns the natural logarithm.
func Log(x Array) Array { return float("log", x, op.Log) }

// Log1p returns log(1 + x), exact for small x.
func Log1p(x Array) Array { return float("log1p", x, op.Log1p) }

// Sin returns the sine.
func Sin(x Array) Array { return float("sin", x, op.Sin) }

// Cos returns the cosine.
func Cos(x Array) Array { return float("cos", x, op.Cos) }

// Tan returns the tangent.
func Tan(x Array) Array { return float("tan", x, op.Tan) }

// Arcsin returns the inverse sine.
func Arcsin(x Array) Array { return float("arcsin", x, op.Asin) }

// Arccos returns the inverse cosine.
func Arccos(x Array) Array { return float("arccos", x, op.Acos) }

// Arctan returns the inverse tangent.
func Arctan(x Array) Array { return float("arctan", x, op.Atan) }

// Sinh returns the hyperbolic sine.
func Sinh(x Array) Array { return float("sinh", x, op.Sinh) }

// Cosh returns the hyperbolic cosine.
func Cosh(x Array) Array { return float("cosh", x, op.Cosh) }

// Tanh returns the hyperbolic tangent.
func Tanh(x Array) Array { return float("tanh", x, op.Tanh) }

// Arcsinh returns the inverse hyperbolic sine.
func Arcsinh(x Array) Array { return float("arcsinh", x, op.Asinh) }

// Arccosh returns the inverse hyperbolic cosine.
func Arccosh(x Array) Array { return float("arccosh", x, op.Acosh) }

// Arctanh returns the inverse hyperbolic tangent.
func Arctanh(x Array) Array { return float("arctanh", x, op.Atanh) }

// Sigmoid returns the logistic function 1 / (1 + e^-x).
func Sigmoid(x Array) Array { return float("sigmoid", x, op.Logistic) }

// Erf returns the error function.
func Erf(x Array) Array { return float("erf", x, op.Erf) }

// Erfc returns 1 - erf(x).
func Erfc(x Array) Array { return float("erfc", x, op.Erfc) }

// ErfInv returns the inverse of the error function.
func ErfInv(x Array) Array { return float("erfinv", x, op.ErfInv) }

// Lgamma returns log |Gamma(x)|.
func Lgamma(x Array) Array { return float("lgamma", x, op.Lgamma) }

// Digamma returns the derivative of Lgamma.
func Digamma(x Array) Array { return float("digamma", x, op.Digamma) }

// BesselI0e returns e^-|x| I0(x), the modified Bessel function of order 0.
func BesselI0e(x Array) Array { return float("bessel_i0e", x, op.BesselI0e) }

// BesselI1e returns e^-|x| I1(x), the modified Bessel function of order 1.
func BesselI1e(x Array) Array { return float("bessel_i1e", x, op.BesselI1e) }

// Abs returns the absolute value; of complex numbers, the real modulus.
func Abs(x Array) Array {
	if x.DType().IsUnsigned() {
		return x
	}
	return same("abs", x, op.Abs)
}

// Sign returns -1, 0 or 1; z / |z| for complex numbers.
func Sign(x Array) Array {
	if x.DType().IsUnsigned() {
		return x.Ne(0).AsType(x.DType())
	}
	return same("sign", x, op.Sign)
}

// Floor returns the largest integer not above x, as a float.
func Floor(x Array) Array { return rounding("floor", x, op.Floor) }

// Ceil returns the smallest integer not below x, as a float.
func Ceil(x Array) Array { return rounding("ceil", x, op.Ceil) }

// Round returns the nearest integer, ties to even, as a float.
func Round(x Array) Array { return rounding("round", x, op.RoundEven) }

// Trunc returns x without its fraction.
func Trunc(x Array) Array { return rounding("trunc", x, op.Trunc) }

// Neg returns -x.
func Neg(x Array) Array { return x.Neg() }

// Square returns x * x.
func Square(x Array) Array { return x.Mul(x) }

// Reciprocal returns 1 / x.
func Reciprocal(x Array) Array { return OnesLike(trace.PromoteFloat("reciprocal", x)[0]).Div(x) }

// Log2 returns the logarithm to base 2.
func Log2(x Array) Array { return Log(x).Mul(1 / math.Ln2) }

// Log10 returns the logarithm to base 10.
func Log10(x Array) Array { return Log(x).Mul(1 / math.Ln10) }

// Sinc returns sin(pi x) / (pi x), and 1 at 0.
func Sinc(x Array) Array {
	zero := x.Eq(0)
	angle := trace.Where(zero, 1.0, x.Mul(math.Pi)) // no division by zero, in the derivative either
	return trace.Where(zero, 1.0, Sin(angle).Div(angle))
}

// Exprel returns (e^x - 1) / x, and 1 at 0.
func Exprel(x Array) Array {
	zero := x.Eq(0)
	safe := trace.Where(zero, 1.0, x)
	return trace.Where(zero, 1.0, Expm1(safe).Div(safe))
}

// Deg2Rad converts degrees to radians.
func Deg2Rad(x Array) Array { return x.Mul(math.Pi / 180) }

// Rad2Deg converts radians to degrees.
func Rad2Deg(x Array) Array { return x.Mul(180 / math.Pi) }

// IsFinite reports where x is neither infinite nor NaN.
func IsFinite(x Array) Array { return float("isfinite", x, op.IsFinite) }

// IsNaN reports where x is not a number.
func IsNaN(x Array) Array { return x.Ne(x) }

// IsInf reports where x is infinite.
func IsInf(x Array) Array { return IsFinite(x).Or(IsNaN(x)).Not() }

// NaNToNum returns x with NaN replaced by 0 and infinities by the largest finite numbers.
func NaNToNum(x Array) Array {
	if !x.DType().IsFloat() {
		return x
	}
	largest := map[dtype.DType]float64{dtype.Float16: 65504, dtype.BFloat16: 0x1.FEp127, dtype.Float32: math.MaxFloat32, dtype.Float64: math.MaxFloat64}[x.DType()]
	return trace.Where(IsNaN(x), 0, Clip(x, -largest, largest))
}

// Real returns the real part.
func Real(x Array) Array {
	if !x.DType().IsComplex() {
		return x
	}
	return same("real", x, op.Real)
}

// Imag returns the imaginary part.
func Imag(x Array) Array {
	if !x.DType().IsComplex() {
		return ZerosLike(x)
	}
	return same("imag", x, op.Imag)
}

// Conj returns the complex conjugate.
func Conj(x Array) Array {
	if !x.DType().IsComplex() {
		return x
	}
	return same("conj", x, op.Conj)
}

// Angle returns the argument of complex numbers.
func Angle(z Array) Array { return Arctan2(Imag(z), Real(z)) }

// Popcount returns the number of one bits of integers.
func Popcount(x Array) Array { return same("popcount", x, op.Popcnt) }

// Clz returns the number of leading zero bits of integers.
func Clz(x Array) Array { return same("clz", x, op.Clz) }

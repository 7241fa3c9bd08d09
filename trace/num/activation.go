package num

import (
	"math"

	"github.com/ranvier-go/ranvier/trace"
)

// Relu returns max(x, 0). Its derivative at 0 is 0, as that of jax.nn.relu, where Maximum has 1/2.
func Relu(x Array) Array { return trace.Where(x.Le(0), 0, x) }

// LeakyRelu returns x where it is positive, and slope x elsewhere.
func LeakyRelu(x Array, slope float64) Array { return trace.Where(x.Ge(0), x, x.Mul(slope)) }

// Relu6 returns x limited to the range from 0 to 6, with derivative 0 at both ends.
func Relu6(x Array) Array { return trace.Where(x.Le(0), 0, trace.Where(x.Ge(6), 6, x)) }

// negative returns x where it is not positive, and 0 elsewhere, with derivative 1 at 0.
func negative(x Array) Array { return trace.Where(x.Gt(0), 0, x) }

// Elu returns x where it is positive, and alpha (e^x - 1) elsewhere.
func Elu(x Array, alpha float64) Array {
	return trace.Where(x.Gt(0), x, Expm1(negative(x)).Mul(alpha))
}

// Selu is the scaled Elu of Klambauer and others (2017), which keeps mean 0 and variance 1.
func Selu(x Array) Array {
	const alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
	return Elu(x, alpha).Mul(scale)
}

// Celu returns x where it is positive, and alpha (e^(x/alpha) - 1) elsewhere.
func Celu(x Array, alpha float64) Array {
	return trace.Where(x.Gt(0), x, Expm1(negative(x).Div(alpha)).Mul(alpha))
}

// Gelu returns the Gaussian error linear unit in its tanh form: x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2.
func Gelu(x Array) Array {
	inner := x.Pow(3).Mul(0.044715).Add(x).Mul(math.Sqrt(2 / math.Pi))
	return x.Mul(Tanh(inner).Add(1).Mul(0.5))
}

// GeluExact returns x Phi(x), with the distribution function of the normal distribution.
func GeluExact(x Array) Array { return x.Mul(Erfc(x.Mul(-math.Sqrt(0.5)))).Mul(0.5) }

// Silu returns x sigmoid(x), also called swish.
func Silu(x Array) Array { return x.Mul(Sigmoid(x)) }

// Mish returns x tanh(softplus(x)).
func Mish(x Array) Array { return x.Mul(Tanh(Softplus(x))) }

// Softplus returns log(1 + e^x) without overflow.
func Softplus(x Array) Array { return LogAddExp(x, 0.0) }

// LogSigmoid returns log(sigmoid(x)).
func LogSigmoid(x Array) Array { return Softplus(x.Neg()).Neg() }

// SoftSign returns x / (1 + |x|).
func SoftSign(x Array) Array { return x.Div(Abs(x).Add(1)) }

// HardSigmoid returns relu6(x + 3) / 6.
func HardSigmoid(x Array) Array { return Relu6(x.Add(3)).Div(6) }

// HardTanh returns x limited to the range from -1 to 1, with derivative 1 at both ends.
func HardTanh(x Array) Array { return trace.Where(x.Gt(1), 1, trace.Where(x.Lt(-1), -1, x)) }

// HardSilu returns x relu6(x + 3) / 6.
func HardSilu(x Array) Array { return x.Mul(HardSigmoid(x)) }

// shifted returns x less its largest element along axis, which changes no ratio of exponentials and keeps them from overflowing.
func shifted(x Array, axis int) Array {
	return x.Sub(trace.StopGradient(MaxKeep(x, axis)))
}

// Softmax returns e^x divided by its sum along axis.
func Softmax(x Array, axis int) Array {
	e := Exp(shifted(x, axis))
	return e.Div(SumKeep(e, axis))
}

// LogSoftmax returns the logarithm of Softmax.
func LogSoftmax(x Array, axis int) Array {
	y := shifted(x, axis)
	return y.Sub(Log(SumKeep(Exp(y), axis)))
}

// LogSumExp returns log(sum(e^x)) over axes, all if none is given, without overflow.
func LogSumExp(x Array, axes ...int) Array {
	top := trace.StopGradient(MaxKeep(x, axes...))
	top = trace.Where(IsFinite(top), top, 0)
	keep := Log(SumKeep(Exp(x.Sub(top)), axes...)).Add(top)
	return dropKept(keep, axes)
}

// OneHot returns, for integers x, arrays of n elements along a new last axis: 1 at place x, 0 elsewhere (everywhere if x is out of range).
func OneHot(x Array, n int) Array {
	hot := x.ExpandDims(-1).Eq(Arange(n))
	return hot.AsType(defaultFloat())
}

// Standardize returns x with mean 0 and variance 1 along axes: (x - mean) / sqrt(var + epsilon).
func Standardize(x Array, epsilon float64, axes ...int) Array {
	centered := x.Sub(MeanKeep(x, axes...))
	return centered.Mul(Rsqrt(MeanKeep(Square(centered), axes...).Add(epsilon)))
}

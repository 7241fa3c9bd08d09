package rand

import (
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Normal returns standard normal numbers of the default float type, by inversion as JAX does.
func Normal(key Array, shape ...int) Array { return NormalOf(dtype.DefaultFloat(), key, shape...) }

// NormalOf is Normal of another float type.
func NormalOf(dt dtype.DType, key Array, shape ...int) Array {
	lo := num.Nextafter(trace.Full(dt, -1), 0)
	return num.ErfInv(Uniform(key, lo, trace.Full(dt, 1), shape...)).Mul(math.Sqrt2)
}

// normals returns standard normal numbers for parameters.
func normals(name string, key Array, shape []int, parameters ...Array) Array {
	return NormalOf(parameters[0].DType(), key, broadcastShape(name, shape, parameters...)...)
}

// NormalWith returns normal numbers of the given mean and standard deviation, Go numbers or Arrays.
func NormalWith(key Array, mean, std any, shape ...int) Array {
	in := trace.PromoteFloat("normal", mean, std)
	return normals("normal", key, shape, in...).Mul(in[1]).Add(in[0])
}

// TruncatedNormal returns standard normal numbers under the condition that they lie in (lo, hi).
func TruncatedNormal(key Array, lo, hi any, shape ...int) Array {
	const name = "truncated normal"
	in := trace.PromoteFloat(name, lo, hi)
	from, to := num.Erf(in[0].Div(math.Sqrt2)), num.Erf(in[1].Div(math.Sqrt2))
	x := num.ErfInv(Uniform(key, from, to, broadcastShape(name, shape, in...)...)).Mul(math.Sqrt2)
	return num.Clip(x, num.Nextafter(in[0], math.Inf(1)), num.Nextafter(in[1], math.Inf(-1)))
}

// LogNormal returns e^(mean + sigma z) for standard normal z.
func LogNormal(key Array, mean, sigma any, shape ...int) Array {
	return num.Exp(NormalWith(key, mean, sigma, shape...))
}

// open returns uniform numbers of [0, 1) of the default float type, for inversion.
func open(name string, key Array, shape []int) Array {
	return unit(name, key, dtype.DefaultFloat(), shape)
}

// Exponential returns exponential numbers with mean 1.
func Exponential(key Array, shape ...int) Array {
	return num.Log1p(open("exponential", key, shape).Neg()).Neg()
}

// Gumbel returns numbers of the standard Gumbel distribution, whose largest of a list chooses as a softmax does.
func Gumbel(key Array, shape ...int) Array { return gumbel(key, dtype.DefaultFloat(), shape) }

func gumbel(key Array, dt dtype.DType, shape []int) Array {
	tiny := map[dtype.DType]float64{dtype.Float16: 0x1p-14, dtype.BFloat16: 0x1p-126, dtype.Float32: 0x1p-126, dtype.Float64: 0x1p-1022}[dt]
	u := Uniform(key, trace.Full(dt, tiny), trace.Full(dt, 1), shape...)
	return num.Log(num.Log(u).Neg()).Neg()
}

// Laplace returns numbers of the density e^-|x| / 2.
func Laplace(key Array, shape ...int) Array {
	dt := dtype.DefaultFloat()
	u := Uniform(key, num.Nextafter(trace.Full(dt, -1), 0), trace.Full(dt, 1), shape...)
	return num.Sign(u).Mul(num.Log1p(num.Abs(u).Neg()))
}

// Logistic returns numbers of the standard logistic distribution.
func Logistic(key Array, shape ...int) Array {
	dt := dtype.DefaultFloat()
	u := Uniform(key, epsilon(dt), trace.Full(dt, 1), shape...)
	return num.Log(u.Div(trace.AsArray("logistic", 1).AsType(dt).Sub(u)))
}

// epsilon is the distance from 1 to the next number.
func epsilon(dt dtype.DType) Array {
	one := trace.Full(dt, 1)
	return num.Nextafter(one, 2).Sub(one)
}

// Cauchy returns numbers of the density 1 / (pi (1 + x^2)).
func Cauchy(key Array, shape ...int) Array {
	dt := dtype.DefaultFloat()
	u := Uniform(key, epsilon(dt), trace.Full(dt, 1), shape...)
	return num.Tan(u.Sub(0.5).Mul(math.Pi))
}

// inverted returns f of uniform numbers of (0, 1], for one parameter.
func inverted(name string, key Array, parameter any, shape []int, f func(u, p Array) Array) Array {
	p := trace.PromoteFloat(name, parameter)[0]
	u := unit(name, key, p.DType(), broadcastShape(name, shape, p))
	return f(u.Neg().Add(1), p)
}

// Pareto returns numbers of the density b x^-(b+1) for x >= 1.
func Pareto(key Array, b any, shape ...int) Array {
	return inverted("pareto", key, b, shape, func(u, b Array) Array { return num.Exp(num.Log(u).Neg().Div(b)) })
}

// Rayleigh returns numbers of the density x / sigma^2 e^(-x^2 / (2 sigma^2)).
func Rayleigh(key Array, sigma any, shape ...int) Array {
	return inverted("rayleigh", key, sigma, shape, func(u, sigma Array) Array { return num.Sqrt(num.Log(u).Mul(-2)).Mul(sigma) })
}

// Weibull returns numbers x with x^k exponential of mean 1.
func Weibull(key Array, k any, shape ...int) Array {
	return inverted("weibull", key, k, shape, func(u, k Array) Array {
		return num.Power(num.Log(u).Neg(), num.Reciprocal(k))
	})
}

// Triangular returns numbers whose density rises from left to mode and falls to right.
func Triangular(key Array, left, mode, right any, shape ...int) Array {
	const name = "triangular"
	in := trace.PromoteFloat(name, left, mode, right)
	u := unit(name, key, in[0].DType(), broadcastShape(name, shape, in...))
	l, m, r := in[0], in[1], in[2]
	width := r.Sub(l)
	below := u.Lt(m.Sub(l).Div(width))
	return num.Where(below, l.Add(num.Sqrt(u.Mul(width).Mul(m.Sub(l)))), r.Sub(num.Sqrt(u.Neg().Add(1).Mul(width).Mul(r.Sub(m)))))
}

// Maxwell returns the lengths of vectors of three standard normal numbers.
func Maxwell(key Array, shape ...int) Array {
	return num.Norm(Normal(key, append(append([]int{}, shape...), 3)...), -1)
}

// OnSphere returns points on the unit sphere in d dimensions: arrays of shape (shape..., d).
func OnSphere(key Array, d int, shape ...int) Array {
	if d < 1 {
		trace.Fail("on sphere", "d", tensor.ShapeString([]int{d}), "1 or more", "")
	}
	z := Normal(key, append(append([]int{}, shape...), d)...)
	return z.Div(num.Norm(z, -1).ExpandDims(-1))
}

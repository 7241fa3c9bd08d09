package benchmarks

import (
	"fmt"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// elementwise are functions with the range of their arguments.
var elementwise = []struct {
	name   string
	lo, hi float64
	f      func(num.Array) num.Array
}{
	{"add", -10, 10, func(x num.Array) num.Array { return x.Add(1) }},
	{"div", 0.1, 10, func(x num.Array) num.Array { return num.Reciprocal(x) }},
	{"sqrt", 0.1, 10, num.Sqrt},
	{"rsqrt", 0.1, 10, num.Rsqrt},
	{"cbrt", -10, 10, num.Cbrt},
	{"exp", -10, 10, num.Exp},
	{"exp2", -10, 10, num.Exp2},
	{"expm1", -10, 10, num.Expm1},
	{"exprel", -10, 10, num.Exprel},
	{"log", 0.1, 10, num.Log},
	{"log1p", -0.9, 10, num.Log1p},
	{"sin", -5, 5, num.Sin},
	{"cos", -5, 5, num.Cos},
	{"tan", -1.5, 1.5, num.Tan},
	{"asin", -1, 1, num.Arcsin},
	{"atan", -10, 10, num.Arctan},
	{"sinh", -5, 5, num.Sinh},
	{"cosh", -5, 5, num.Cosh},
	{"tanh", -5, 5, num.Tanh},
	{"asinh", -5, 5, num.Arcsinh},
	{"atanh", -0.9, 0.9, num.Arctanh},
	{"sigmoid", -10, 10, num.Sigmoid},
	{"erf", -4, 4, num.Erf},
	{"erfc", -4, 4, num.Erfc},
	{"erfinv", -0.99, 0.99, num.ErfInv},
	{"lgamma", 0.1, 20, num.Lgamma},
	{"digamma", 0.1, 20, num.Digamma},
	{"pow", 0.1, 10, func(x num.Array) num.Array { return x.Pow(1.3) }},
	{"atan2", -10, 10, func(x num.Array) num.Array { return num.Arctan2(x, 0.7) }},
	{"floor", -10, 10, num.Floor},
	{"chain", -4, 4, gelu},
}

// gelu stands for a chain of operations that becomes one pass over the data.
func gelu(x num.Array) num.Array {
	inner := x.Add(x.Mul(x).Mul(x).Mul(0.044715)).Mul(0.7978845608028654)
	return x.Mul(0.5).Mul(num.Tanh(inner).Add(1))
}

func BenchmarkElementwise(b *testing.B) {
	for _, e := range elementwise {
		b.Run(e.name, func(b *testing.B) {
			eachFloat(b, []int{4000, 100_000}, func(b *testing.B, dt dtype.DType, n int, on trace.Option) {
				kernel(b, ramp(dt, e.lo, e.hi, n), n, e.f, on)
			})
		})
	}
}

func BenchmarkReduce(b *testing.B) {
	for _, r := range []struct {
		name string
		f    func(num.Array) num.Array
	}{
		{"sum", func(x num.Array) num.Array { return x.Sum() }},
		{"sum rows", func(x num.Array) num.Array { return x.Sum(1) }},
		{"sum columns", func(x num.Array) num.Array { return x.Sum(0) }},
		{"max", func(x num.Array) num.Array { return x.Max() }},
		{"argmax", func(x num.Array) num.Array { return x.ArgMax() }},
		{"cumsum", func(x num.Array) num.Array { return num.CumSum(x, 1) }},
	} {
		b.Run(r.name, func(b *testing.B) {
			eachFloat(b, []int{40, 300}, func(b *testing.B, dt dtype.DType, n int, on trace.Option) {
				kernel(b, ramp(dt, -1, 1, n*n).Reshape(n, n), n*n, r.f, on)
			})
		})
	}
}

func BenchmarkMove(b *testing.B) {
	for _, m := range []struct {
		name string
		f    func(num.Array) num.Array
	}{
		{"copy", func(x num.Array) num.Array { return x }},
		{"transpose", num.Array.T},
		{"roll", func(x num.Array) num.Array { return num.Roll(x, 3, 0) }},
		{"flip", func(x num.Array) num.Array { return num.Flip(x, 0) }},
	} {
		b.Run(m.name, func(b *testing.B) {
			eachFloat(b, []int{64, 300}, func(b *testing.B, dt dtype.DType, n int, on trace.Option) {
				kernel(b, ramp(dt, -1, 1, n*n).Reshape(n, n), n*n, m.f, on)
			})
		})
	}
}

func BenchmarkMatmul(b *testing.B) {
	for _, dt := range []string{"f32", "f64"} {
		for _, s := range [][3]int{{16, 16, 16}, {64, 64, 64}, {128, 100, 100}, {256, 256, 256}, {1, 400, 400}} {
			m, k, n := s[0], s[1], s[2]
			b.Run(fmt.Sprintf("%s/%dx%dx%d", dt, m, k, n), func(b *testing.B) {
				eachTier(b, func(b *testing.B, on trace.Option) {
					y := ramp(floats[dt], -1, 1, k*n).Reshape(k, n)
					steps := turns(m * n * k / 8)
					loop := func(s *trace.Scope, x num.Array) num.Array {
						type none struct{}
						out := num.Zeros(m, n).AsType(floats[dt])
						out, _ = trace.Scan(s, out, trace.Range(steps), func(_ *trace.Scope, _, i num.Array) (num.Array, none) {
							return x.Add(i.AsType(x.DType()).Mul(1e-6)).MatMul(y), none{}
						})
						return out
					}
					ns := calls(b, loop, ramp(floats[dt], -1, 1, m*k).Reshape(m, k), on) / float64(steps)
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(ns, "ns/step")
					b.ReportMetric(2*float64(m)*float64(n)*float64(k)/ns, "GF/s")
				})
			})
		}
	}
}

package benchmarks

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// BenchmarkLines measures what runs along the lines of a matrix, and on one long line: in the machine code of a loop, or in the portable executor.
func BenchmarkLines(b *testing.B) {
	for _, l := range []struct {
		name string
		f    func(x num.Array) num.Array
	}{
		{"sum rows", func(x num.Array) num.Array { return x.Sum(0) }},
		{"argmax columns", func(x num.Array) num.Array { return x.ArgMax(0) }},
		{"argmax rows", func(x num.Array) num.Array { return x.ArgMax(1) }},
		{"cumsum columns", func(x num.Array) num.Array { return num.CumSum(x, 0) }},
		{"cumsum rows", func(x num.Array) num.Array { return num.CumSum(x, 1) }},
		{"cumsum line", func(x num.Array) num.Array { return num.CumSum(x.Reshape(-1), 0) }},
		{"sort rows", func(x num.Array) num.Array { return num.Sort(x, 1) }},
		{"sort line", func(x num.Array) num.Array { return num.Sort(x.Reshape(-1), 0) }},
		{"argsort line", func(x num.Array) num.Array { return num.ArgSort(x.Reshape(-1), 0) }},
	} {
		b.Run(l.name, func(b *testing.B) {
			eachFloat(b, []int{16, 100, 300}, func(b *testing.B, dt dtype.DType, n int, on trace.Option) {
				kernel(b, noise(dt, n, n), n*n, l.f, on)
			})
		})
	}
}

// noise is random numbers, the same in each run.
func noise(dt dtype.DType, shape ...int) num.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	r, x := rand.New(rand.NewPCG(1, 2)), make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return num.Of(x).AsType(dt).Reshape(shape...)
}

// BenchmarkMatVec measures W x in a loop that carries x: W does not change.
func BenchmarkMatVec(b *testing.B) {
	for _, n := range []int{32, 100, 400, 1000} {
		for _, columns := range []int{1, 8} {
			b.Run(fmt.Sprintf("f32/%dx%d", n, columns), func(b *testing.B) {
				eachTier(b, func(b *testing.B, on trace.Option) {
					w, steps := noise(dtype.Float32, n, n).Mul(0.01), turns(n*n*columns/8)
					loop := func(s *trace.Scope, x num.Array) num.Array {
						type none struct{}
						x, _ = trace.Scan(s, x, trace.Range(steps), func(_ *trace.Scope, x, _ num.Array) (num.Array, none) {
							return w.MatMul(x).Add(0.5), none{}
						})
						return x
					}
					ns := calls(b, loop, noise(dtype.Float32, n, columns), on) / float64(steps)
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(ns, "ns/step")
					b.ReportMetric(2*float64(n)*float64(n)*float64(columns)/ns, "GF/s")
				})
			})
		}
	}
}

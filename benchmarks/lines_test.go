package benchmarks

import (
	"fmt"
	"math"
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

// BenchmarkTurned measures W x and x W' in a loop that carries x: W does not change, and is stored by rows, along which sums run.
func BenchmarkTurned(b *testing.B) {
	for _, n := range []int{32, 100, 400} {
		for _, rows := range []int{0, 1, 4, 16} { // of x; 0: one column
			shape, name := []int{rows, n}, "x WT"
			if rows == 0 {
				shape, name = []int{n}, "W x"
			}
			b.Run(fmt.Sprintf("%s/f32/%dx%d", name, n, rows), func(b *testing.B) {
				eachTier(b, func(b *testing.B, on trace.Option) {
					steps := turns(n * n * max(rows, 1) / 8)
					scale := 0.5 / math.Sqrt(float64(n))
					type args struct{ W, X num.Array }
					loop := func(s *trace.Scope, in args) num.Array {
						type none struct{}
						w := in.W
						x, _ := trace.Scan(s, in.X, trace.Range(steps), func(_ *trace.Scope, x, _ num.Array) (num.Array, none) {
							if rows == 0 {
								return w.MatMul(x.Mul(scale)).Add(0.5), none{}
							}
							return x.Mul(scale).MatMul(w.T()).Add(0.5), none{}
						})
						return x
					}
					ns := calls(b, loop, args{noise(dtype.Float32, n, n), noise(dtype.Float32, shape...)}, on) / float64(steps)
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(ns, "ns/step")
					b.ReportMetric(2*float64(n)*float64(n)*float64(max(rows, 1))/ns, "GF/s")
				})
			})
		}
	}
}

package benchmarks

import (
	"fmt"
	"testing"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// BenchmarkLoop measures a turn of a loop that carries k vectors of 16 and does next to nothing.
func BenchmarkLoop(b *testing.B) {
	for _, k := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("%d carries", k), func(b *testing.B) {
			eachTier(b, func(b *testing.B, on trace.Option) {
				const steps = 10_000
				carries := make([]num.Array, k)
				for i := range carries {
					carries[i] = num.Zeros(16)
				}
				loop := func(s *trace.Scope, xs []num.Array) []num.Array {
					type none struct{}
					xs, _ = trace.Scan(s, xs, trace.Range(steps), func(_ *trace.Scope, xs []num.Array, i num.Array) ([]num.Array, none) {
						out := make([]num.Array, len(xs))
						for j, x := range xs {
							out[j] = x.Mul(0.999).Add(i.AsType(x.DType()).Mul(0.001))
						}
						return out, none{}
					})
					return xs
				}
				ns := calls(b, loop, carries, on)
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(ns/steps, "ns/step")
			})
		})
	}
}

// BenchmarkCall measures what a call from Go costs when there is next to nothing to compute.
func BenchmarkCall(b *testing.B) {
	type pair struct{ X, Y num.Array }
	x := num.Full(1.0)
	b.Run("scalar", func(b *testing.B) {
		eachTier(b, func(b *testing.B, on trace.Option) {
			b.ReportAllocs()
			calls(b, func(_ *trace.Scope, x num.Array) num.Array { return x.Add(1) }, x, on)
		})
	})
	b.Run("pair", func(b *testing.B) {
		eachTier(b, func(b *testing.B, on trace.Option) {
			b.ReportAllocs()
			calls(b, func(_ *trace.Scope, p pair) pair { return pair{p.Y, p.X.Add(p.Y)} }, pair{x, x}, on)
		})
	})
	b.Run("variable", func(b *testing.B) {
		v := trace.NewVariable(0.0)
		eachTier(b, func(b *testing.B, on trace.Option) {
			b.ReportAllocs()
			calls(b, func(s *trace.Scope, x num.Array) struct{} {
				v.Set(s, v.Get(s).Add(x))
				return struct{}{}
			}, x, on)
		})
	})
	b.Run("eager", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.Add(1)
		}
	})
}

// BenchmarkCompile measures tracing and compiling of a model's step in a loop.
func BenchmarkCompile(b *testing.B) {
	eachTier(b, func(b *testing.B, on trace.Option) {
		for b.Loop() {
			fn := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
				return trace.ForLoop(s, trace.Range(10), func(_ *trace.Scope, i num.Array) num.Array { return gelu(x.Add(i)) })
			}, on)
			low, err := fn.Lower(num.Zeros(100))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := low.Compile(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

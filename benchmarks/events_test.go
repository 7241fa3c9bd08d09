package benchmarks

import (
	"fmt"
	"testing"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
	"github.com/ranvier-go/ranvier/trace/sparse"
)

// rate is the part of the neurons that spike in a step.
const rate = 0.005

// deliver measures the delivery of spikes in a compiled loop: other neurons spike in each step.
func deliver(b *testing.B, n int, add func(acc, spikes num.Array) num.Array, fanOut float64, on trace.Option) {
	const steps = 200
	spikes := rand.Bernoulli(rand.Key(1), rate, steps, n)
	loop := func(s *trace.Scope, g num.Array) num.Array {
		type none struct{}
		g, _ = trace.Scan(s, g, spikes, func(_ *trace.Scope, g, row num.Array) (num.Array, none) { return add(g, row), none{} })
		return g
	}
	ns := calls(b, loop, num.Zeros(n), on) / steps
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ns, "ns/step")
	b.ReportMetric(ns/(rate*float64(n)*fanOut), "ns/syn")
}

func BenchmarkDeliver(b *testing.B) {
	const fanOut = 80
	for _, n := range []int{4_000, 40_000, 400_000} {
		p := float64(fanOut) / float64(n)
		b.Run(fmt.Sprintf("csr/%d", n), func(b *testing.B) {
			c := sparse.FixedProb(1, n, n, p, true, 0.5)
			eachTier(b, func(b *testing.B, on trace.Option) { deliver(b, n, c.AddEvents, fanOut, on) })
		})
		b.Run(fmt.Sprintf("weighted/%d", n), func(b *testing.B) {
			c := sparse.FixedProb(1, n, n, p, true, 0.5)
			c = c.WithWeights(rand.Uniform(rand.Key(2), 0, 1, c.NNZ()))
			eachTier(b, func(b *testing.B, on trace.Option) { deliver(b, n, c.AddEvents, fanOut, on) })
		})
		b.Run(fmt.Sprintf("procedural/%d", n), func(b *testing.B) {
			c := sparse.NewProcedural(1, n, n, p, true, 0.5)
			eachTier(b, func(b *testing.B, on trace.Option) { deliver(b, n, c.AddEvents, fanOut, on) })
		})
	}
}

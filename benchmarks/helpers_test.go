package benchmarks

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/cpu"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

var floats = map[string]dtype.DType{"f32": dtype.Float32, "f64": dtype.Float64}

// eachTier runs f as a sub-benchmark on each tier.
func eachTier(b *testing.B, f func(b *testing.B, on trace.Option)) {
	for _, tier := range cpu.Tiers() {
		backend, err := cpu.New(tier)
		require.NoError(b, err)
		b.Run(tier, func(b *testing.B) { f(b, trace.On(backend)) })
	}
}

// eachFloat runs f for both dtypes, each size and each tier.
func eachFloat(b *testing.B, sizes []int, f func(b *testing.B, dt dtype.DType, n int, on trace.Option)) {
	for _, name := range []string{"f32", "f64"} {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				eachTier(b, func(b *testing.B, on trace.Option) { f(b, floats[name], n, on) })
			})
		}
	}
}

// calls measures calls of a function and returns the time of one in ns.
func calls[A, R any](b *testing.B, f func(*trace.Scope, A) R, arg A, on trace.Option) float64 {
	b.Helper()
	fn := trace.Jit(f, on)
	_, err := fn.Call(arg)
	require.NoError(b, err)
	for b.Loop() {
		if _, err := fn.Call(arg); err != nil {
			b.Fatal(err)
		}
	}
	return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
}

// turns is how many steps a loop of about this many elements a step has: enough to hide the call.
func turns(elements int) int { return max(10, min(10_000, 1_000_000/max(elements, 1))) }

// kernel measures f on x in a compiled loop and reports the time of a step, for each of per elements. x moves a little in each step, so
// that nothing can be taken out of the loop, and the result is what the loop carries.
func kernel(b *testing.B, x num.Array, per int, f func(num.Array) num.Array, on trace.Option) {
	b.Helper()
	steps := turns(per)
	loop := func(s *trace.Scope, x num.Array) num.Array {
		type none struct{}
		y := num.ZerosLike(f(x))
		y, _ = trace.Scan(s, y, trace.Range(steps), func(_ *trace.Scope, _, i num.Array) (num.Array, none) {
			return f(x.Add(i.AsType(x.DType()).Mul(1e-6))), none{}
		})
		return y
	}
	ns := calls(b, loop, x, on) / float64(steps)
	b.ReportMetric(0, "ns/op") // of a loop: says nothing
	b.ReportMetric(ns, "ns/step")
	b.ReportMetric(ns/float64(per), "ns/elem")
}

// ramp is n numbers from lo to hi.
func ramp(dt dtype.DType, lo, hi float64, n int) num.Array { return num.Linspace(lo, hi, n).AsType(dt) }

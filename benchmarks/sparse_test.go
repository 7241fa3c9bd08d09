package benchmarks

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
	"github.com/ranvier-go/ranvier/trace/sparse"
)

// balanced is the E/I network of examples/ei-balance with connections that are drawn again at each spike, for some steps of 0.1 ms. It returns
// the spikes of each step.
func balanced(n, steps int) func(s *trace.Scope, input num.Array) num.Array {
	ne, p := n*4/5, 80/float64(n)
	lif := neuron.NewLIFRef(n, neuron.LIFParams{Rest: -60, Threshold: -50, Reset: -60, Tau: 20, Refractory: 5, Init: initial.Normal{Mean: -55, Std: 2}})
	e := brain.AlignPost(connect.FixedProb{P: p, Seed: 1}.Procedural(ne, n, 0.6), synapse.Expon{Tau: 5}, synapse.COBA{E: 0}, lif)
	i := brain.AlignPost(connect.FixedProb{P: p, Seed: 2}.Procedural(n-ne, n, 6.7), synapse.Expon{Tau: 10}, synapse.COBA{E: -80}, lif)
	return func(s *trace.Scope, input num.Array) num.Array {
		return brain.ForLoop(s, 0.1, trace.Range(steps), func(s *trace.Scope, _ num.Array) num.Array {
			spikes := lif.Spike.Get(s)
			e.Update(s, spikes.Slice(0, ne))
			i.Update(s, spikes.Slice(ne, n))
			return lif.Update(s, input).Sum()
		})
	}
}

// recurrent is the loss of a network of spiking units with sparse recurrent weights through time: the weights are learned, by surrogate
// gradients. spikes are the input's, by time.
func recurrent(wiring sparse.CSR, spikes num.Array) func(s *trace.Scope, weights num.Array) num.Array {
	n := wiring.Pre
	spike := trace.CustomVJP(func(_ *trace.Scope, x num.Array) num.Array { return x.Gt(0).AsType(x.DType()) },
		func(_ *trace.Scope, x num.Array) (num.Array, num.Array) { return x.Gt(0).AsType(x.DType()), x },
		func(_ *trace.Scope, x, ct num.Array) num.Array { return ct.Div(num.Square(num.Abs(x).Mul(10).Add(1))) })
	type state struct{ V, Z num.Array }
	type none struct{}
	return func(s *trace.Scope, weights num.Array) num.Array {
		rows := wiring.WithWeights(weights)
		end, _ := trace.Scan(s, state{num.Zeros(n), num.Zeros(n)}, spikes, func(s *trace.Scope, c state, in num.Array) (state, none) {
			c.V = rows.AddEvents(c.V.Mul(0.9).Mul(c.Z.Neg().Add(1)), c.Z).Add(rows.Events(in))
			c.Z = spike(s, c.V.Sub(1))
			return c, none{}
		})
		return num.Square(end.V.Sub(0.3)).Sum()
	}
}

// recurrentCase is a network of n units with fan connections each, and the spikes of some steps.
func recurrentCase(n, fan, steps int) (func(*trace.Scope, num.Array) num.Array, num.Array) {
	wiring := sparse.FixedProb(5, n, n, float64(fan)/float64(n), false, 1)
	weights := rand.Uniform(rand.Key(3), 0, 0.2, wiring.NNZ())
	return trace.Grad(recurrent(wiring, rand.Bernoulli(rand.Key(1), 0.02, steps, n))), weights
}

// requireNoExits compiles a program and fails if a step of it was left to the portable executor.
func requireNoExits[A, R any](t *testing.T, f func(*trace.Scope, A) R, arg A) {
	t.Helper()
	cpu, err := backends.Get("cpu")
	require.NoError(t, err)
	low, err := trace.Jit(f, trace.On(cpu)).Lower(arg)
	require.NoError(t, err)
	exec, err := low.Compile()
	require.NoError(t, err)
	if exec.(backends.Measured).Stats().CodeBytes == 0 {
		t.Skip("no machine code on this platform")
	}
	inspect := exec.(backends.Inspector)
	require.NotContains(t, inspect.Listing(), "left to the portable executor", "%s", inspect.Kernels())
}

// Loops over time with procedural connectivity, and gradients of sparse networks through time, run in machine code from the first step to
// the last.
func TestSparseLoopsHaveNoExits(t *testing.T) {
	requireNoExits(t, balanced(400, 20), num.Of(20.0))
	loss, weights := recurrentCase(60, 6, 10)
	requireNoExits(t, loss, weights)
	proc := sparse.NewProcedural(1, 50, 60, 0.1, true, 0.5)
	for _, p := range []sparse.Procedural{proc, proc.WithUniformWeights(0, 1), proc.WithNormalWeights(0, 1)} {
		requireNoExits(t, trace.Grad(func(s *trace.Scope, z num.Array) num.Array {
			type none struct{}
			z, _ = trace.Scan(s, z, trace.Range(5), func(_ *trace.Scope, z, _ num.Array) (num.Array, none) {
				return num.Tanh(p.MatVec(p.Events(z))), none{}
			})
			return z.Sum()
		}), num.Ones(50))
	}
}

// BenchmarkBalancedProcedural measures steps of the E/I network.
func BenchmarkBalancedProcedural(b *testing.B) {
	const steps = 1000
	eachTier(b, func(b *testing.B, on trace.Option) {
		ns := calls(b, balanced(4000, steps), num.Of(20.0), on) / steps
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(ns, "ns/step")
	})
}

// BenchmarkSparseGrad measures steps, forward and back, of the gradient with respect to sparse weights through time.
func BenchmarkSparseGrad(b *testing.B) {
	const steps = 50
	loss, weights := recurrentCase(2000, 50, steps)
	eachTier(b, func(b *testing.B, on trace.Option) {
		ns := calls(b, loss, weights, on) / steps
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(ns, "ns/step")
	})
}

// BenchmarkSparseProducts measures the products that backward passes are made of, for each synapse of a row that is visited.
func BenchmarkSparseProducts(b *testing.B) {
	const n, fan = 4000, 80
	c := sparse.FixedProb(1, n, n, float64(fan)/n, true, 0.5)
	c = c.WithWeights(rand.Uniform(rand.Key(2), 0, 1, c.NNZ()))
	p := sparse.NewProcedural(1, n, n, float64(fan)/n, true, 0.5)
	x, ones := rand.Normal(rand.Key(3), n), num.Ones(n)
	for _, v := range []struct {
		name string
		f    func(x num.Array) num.Array
	}{
		{"csr/gather", c.MatVec},
		{"csr/outer", func(x num.Array) num.Array { return c.Outer(ones, x) }},
		{"procedural/events", func(x num.Array) num.Array { return p.AddEvents(x, ones.Gt(x.Mul(0))) }},
		{"procedural/uniform", func(x num.Array) num.Array { return p.WithUniformWeights(0, 1).AddEvents(x, ones.Gt(x.Mul(0))) }},
		{"procedural/normal", func(x num.Array) num.Array { return p.WithNormalWeights(0, 1).AddEvents(x, ones.Gt(x.Mul(0))) }},
		{"procedural/gather", p.MatVec},
	} {
		b.Run(v.name, func(b *testing.B) {
			eachTier(b, func(b *testing.B, on trace.Option) {
				ns := calls(b, func(_ *trace.Scope, x num.Array) num.Array { return v.f(x) }, x, on)
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(ns/(n*fan), "ns/syn")
			})
		})
	}
}

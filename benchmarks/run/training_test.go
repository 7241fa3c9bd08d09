package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// product of matrices in plain Go.
func product(x, y []float64, m, k, n int) []float64 {
	out := make([]float64, m*n)
	for i := range m {
		for l := range k {
			for j := range n {
				out[i*n+j] += x[i*k+l] * y[l*n+j]
			}
		}
	}
	return out
}

// rnnLoss computes the loss of rnn in plain Go.
func rnnLoss(net *rnn, b series) float64 {
	w, in, out := net.W.Value().Floats(), net.In.Value().Floats(), net.Out.Value().Floats()
	units, batch := len(in), b.X.Dim(1)
	x, y := b.X.Floats(), b.Y.Floats()
	h, loss := make([]float64, batch*units), 0.0
	for t := range b.X.Dim(0) {
		next := product(h, w, batch, units, units)
		for i := range batch {
			for j := range units {
				next[i*units+j] = max(next[i*units+j]+x[t*batch+i]*in[j], 0)
			}
		}
		h = next
		for i, o := range product(h, out, batch, units, 1) {
			loss += (o - y[t*batch+i]) * (o - y[t*batch+i])
		}
	}
	return loss / float64(b.X.Size())
}

func TestRNNTrains(t *testing.T) {
	useF64(t)
	initial.SetSeed(1)
	net := newRNN(6)
	x := initial.Normal{Std: 1}.Init(5, 4, 1)
	b := series{x, num.CumSum(x, 0).Mul(0.1)}
	step := trace.Jit(net.train)
	for k := range 5 {
		want, before := rnnLoss(net, b), net.Out.Value().Floats()
		require.InDelta(t, want, step.Must(b).Float(), 1e-12, "step %d", k)
		if k == 0 { // Adam's first step has the size of the rate whatever the gradient
			for i, after := range net.Out.Value().Floats() {
				require.InDelta(t, 1e-3, math.Abs(after-before[i]), 1e-6)
			}
		}
	}
	for range 300 {
		step.Must(b)
	}
	require.Less(t, rnnLoss(net, b), 0.02)
	require.Equal(t, 305.0, net.Count.Value().Float())
}

// The gradient of the Adam step above cannot be seen; here it is checked by finite differences.
func TestRNNGradient(t *testing.T) {
	useF64(t)
	initial.SetSeed(2)
	net := newRNN(3)
	x := initial.Normal{Std: 1}.Init(4, 2, 1)
	b := series{x, num.CumSum(x, 0).Mul(0.1)}
	grad := trace.Jit(func(s *trace.Scope, b series) num.Array {
		return trace.GradVars(net.loss, trace.ParamsOf(net))(s, b).Grad[net.W]
	}).Must(b).Floats()
	w := net.W.Value()
	for i, g := range grad {
		slope := 0.0
		for _, sign := range []float64{1, -1} {
			moved := w.Floats()
			moved[i] += sign * 1e-6
			net.W.SetValue(num.Of(moved).Reshape(3, 3))
			slope += sign * rnnLoss(net, b) / 2e-6
		}
		require.InDelta(t, slope, g, 1e-6)
	}
}

// snnLoss computes the loss of snn in plain Go.
func snnLoss(net *snn, b labelled) float64 {
	in, out := net.In.Value().Floats(), net.Out.Value().Floats()
	inputs, units := net.In.Value().Dim(0), net.In.Value().Dim(1)
	steps, batch := b.X.Dim(0), b.X.Dim(1)
	x := b.X.Floats()
	v, spike := make([]float64, batch*units), make([]float64, batch*units)
	o, total := make([]float64, batch*snnClasses), make([]float64, batch*snnClasses)
	for t := range steps {
		current := product(x[t*batch*inputs:(t+1)*batch*inputs], in, batch, inputs, units)
		for i := range v {
			v[i] = 0.95*v[i]*(1-spike[i]) + current[i]
			spike[i] = 0
			if v[i] > 1 {
				spike[i] = 1
			}
		}
		for i, p := range product(spike, out, batch, units, snnClasses) {
			o[i] = 0.95*o[i] + p
			total[i] += o[i] / float64(steps)
		}
	}
	loss := 0.0
	for i, class := range b.Y.Ints() {
		sum := 0.0
		for j := range snnClasses {
			sum += math.Exp(total[i*snnClasses+j])
		}
		loss -= (total[i*snnClasses+class] - math.Log(sum)) / float64(batch)
	}
	return loss
}

func TestSNNTrains(t *testing.T) {
	useF64(t)
	initial.SetSeed(1)
	net := &snn{
		In:  trace.NewParameter(initial.Normal{Std: 0.5}.Init(20, 8)),
		Out: trace.NewParameter(initial.Normal{Std: 0.5}.Init(8, snnClasses)),
	}
	uniform := initial.Uniform{High: 1}
	b := labelled{
		X: uniform.Init(30, 5, 20).Lt(0.2).AsType(dtype.Float64),
		Y: uniform.Init(5).Mul(snnClasses).AsType(dtype.Int32),
	}
	step := trace.Jit(net.train)
	first := snnLoss(net, b)
	for range 5 {
		require.InDelta(t, snnLoss(net, b), step.Must(b).Float(), 1e-12)
	}
	inBefore := net.In.Value().Floats()
	for range 2000 {
		step.Must(b)
	}
	require.Less(t, snnLoss(net, b), 0.9*first)
	require.NotEqual(t, inBefore, net.In.Value().Floats(), "the gradient comes through the spikes")
}

func TestScanGradIsTheDerivative(t *testing.T) {
	useF64(t)
	f := trace.Jit(trace.Grad(scanLast(500)))
	for _, w := range []float64{0.7, -0.2, 3} {
		x, dx := 0.0, 0.0
		for range 500 {
			x, dx = math.Sin(x)+0.1*w, math.Cos(x)*dx+0.1
		}
		require.InDelta(t, dx, f.Must(num.Full(w)).Float(), 1e-12*math.Abs(dx)+1e-14)
	}
}

// What a step keeps for the way back lies in one buffer of the program: a call allocates as often for 10,000 steps as for 100.
func TestScanGradAllocatesNothingByTheStep(t *testing.T) {
	w := num.Full(0.7)
	allocations := func(turns int) float64 {
		f := trace.Jit(trace.Grad(scanLast(turns)))
		f.Must(w)
		return testing.AllocsPerRun(20, func() { f.Must(w) })
	}
	few := allocations(100)
	require.Less(t, few, 40.0)
	require.InDelta(t, few, allocations(10000), 5)
}

// One population with conductances of its own is what the lanes are.
func TestVmapHHIsThePopulation(t *testing.T) {
	useF64(t)
	const n, steps = 9, 4000
	c := &config{n: n, ms: steps * hhDt, threads: 1, workload: &workload{name: "test"}}
	r := &result{N: n}
	require.NoError(t, runVmapHH(c, r))
	start := num.ZerosLike(hhStart(n))
	p := hhState{hhStart(n), start.Add(0.5), start.Add(0.6), start.Add(0.32), start.AsType(dtype.Int32)}
	g := sodium(n)
	end := trace.Jit(func(s *trace.Scope, p hhState) hhState {
		type none struct{}
		p, _ = trace.Scan(s, p, trace.Range(steps), func(_ *trace.Scope, p hhState, _ num.Array) (hhState, none) { return p.step(g), none{} })
		return p
	}).Must(p)
	require.Positive(t, sum(end.Spikes))
	require.InDelta(t, sum(end.Spikes)/n/(steps*hhDt*1e-3), r.RateHz, 1e-9)
}

package main

import (
	"time"

	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Sizes of the data of snntrain.
const (
	snnSteps   = 100
	snnBatch   = 128
	snnInputs  = 784
	snnClasses = 10
)

// runSNNTrain measures a training step of a spiking network by back-propagation through time with a surrogate gradient.
func runSNNTrain(c *config, r *result) error {
	begin := time.Now()
	initial.SetSeed(c.seed)
	net := newSNN(c.n)
	uniform := initial.Uniform{High: 1}
	b := labelled{
		X: uniform.Init(snnSteps, snnBatch, snnInputs).Lt(0.05).AsType(dtype.DefaultFloat()),
		Y: uniform.Init(snnBatch).Mul(snnClasses).AsType(dtype.Int32),
	}
	r.BuildMs = millis(time.Since(begin))
	return repeat(c, r, net.train, b)
}

// labelled are spikes (time, batch, inputs) as numbers, and the class of each pattern.
type labelled struct{ X, Y num.Array }

// snn has one hidden layer of leaky integrate-and-fire units, and leaky readouts.
type snn struct {
	In, Out *trace.Variable // weights (inputs, units) and (units, classes)
}

func newSNN(units int) *snn {
	return &snn{
		In:  trace.NewParameter(initial.Normal{Std: 0.05}.Init(snnInputs, units)),
		Out: trace.NewParameter(initial.Normal{Std: 0.05}.Init(units, snnClasses)),
	}
}

// heaviside is 1 above 0; its derivative is taken to be that of a fast sigmoid, 1/(1 + 10|x|)^2.
var heaviside = trace.CustomVJP(
	func(_ *trace.Scope, x num.Array) num.Array { return x.Gt(0).AsType(x.DType()) },
	func(_ *trace.Scope, x num.Array) (spike, saved num.Array) { return x.Gt(0).AsType(x.DType()), x },
	func(_ *trace.Scope, x, ct num.Array) num.Array { return ct.Div(num.Square(num.Abs(x).Mul(10).Add(1))) },
)

// loss is the cross-entropy of the mean readout.
func (net *snn) loss(s *trace.Scope, b labelled) num.Array {
	type state struct{ V, Spike, Out, Sum num.Array }
	in, out := net.In.Get(s), net.Out.Get(s)
	hidden, readout := num.Zeros(b.X.Dim(1), in.Dim(1)), num.Zeros(b.X.Dim(1), out.Dim(1))
	type none struct{}
	end, _ := trace.Scan(s, state{hidden, hidden, readout, readout}, b.X, func(s *trace.Scope, c state, x num.Array) (state, none) {
		c.V = c.V.Mul(0.95).Mul(c.Spike.Neg().Add(1)).Add(x.MatMul(in))
		c.Spike = heaviside(s, c.V.Sub(1))
		c.Out = c.Out.Mul(0.95).Add(c.Spike.MatMul(out))
		c.Sum = c.Sum.Add(c.Out)
		return c, none{}
	})
	logp := num.LogSoftmax(end.Sum.Div(float64(b.X.Dim(0))), -1)
	return num.TakeAlongAxis(logp, b.Y.ExpandDims(1), 1).Mean().Neg()
}

// train is one step of gradient descent and returns the loss before it.
func (net *snn) train(s *trace.Scope, b labelled) num.Array {
	const rate = 1e-3
	params := trace.ParamsOf(net)
	g := trace.GradVars(net.loss, params)(s, b)
	for _, p := range params {
		p.Var.Set(s, p.Var.Get(s).Sub(g.Grad[p.Var].Mul(rate)))
	}
	return g.Value
}

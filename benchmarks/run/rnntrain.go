package main

import (
	"time"

	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Sizes of the batch of rnntrain.
const (
	rnnSteps = 25
	rnnBatch = 128
)

// runRNNTrain measures a training step of a recurrent network that learns to integrate its input: loss, gradient and Adam.
func runRNNTrain(c *config, r *result) error {
	begin := time.Now()
	initial.SetSeed(c.seed)
	net := newRNN(c.n)
	x := initial.Normal{Std: 1}.Init(rnnSteps, rnnBatch, 1)
	b := series{X: x, Y: num.CumSum(x, 0).Mul(0.1)}
	r.BuildMs = millis(time.Since(begin))
	return repeat(c, r, net.train, b)
}

// series are inputs and targets, (time, batch, 1).
type series struct{ X, Y num.Array }

// rnn is a network of rectified units, and what Adam knows about its weights.
type rnn struct {
	W, In, Out    *trace.Variable // (units, units), (1, units), (units, 1)
	First, Second []*trace.Variable
	Count         *trace.Variable // steps of Adam
}

func newRNN(units int) *rnn {
	net := &rnn{
		W:     trace.NewParameter(initial.Normal{Std: 0.1}.Init(units, units)),
		In:    trace.NewParameter(initial.Normal{Std: 1}.Init(1, units)),
		Out:   trace.NewParameter(initial.Normal{Std: 0.1}.Init(units, 1)),
		Count: trace.NewVariable(num.Zeros()),
	}
	for _, p := range trace.ParamsOf(net) {
		zero := num.ZerosLike(p.Var.Value())
		net.First = append(net.First, trace.NewVariable(zero))
		net.Second = append(net.Second, trace.NewVariable(zero))
	}
	return net
}

// loss is the mean squared error over the series.
func (net *rnn) loss(s *trace.Scope, b series) num.Array {
	w, in, out := net.W.Get(s), net.In.Get(s), net.Out.Get(s)
	h := num.Zeros(b.X.Dim(1), w.Dim(0))
	_, o := trace.Scan(s, h, b.X, func(_ *trace.Scope, h, x num.Array) (num.Array, num.Array) {
		h = num.Maximum(h.MatMul(w).Add(x.MatMul(in)), 0)
		return h, h.MatMul(out)
	})
	return num.Square(o.Sub(b.Y)).Mean()
}

// train is one step of Adam (Kingma and Ba, 2015) and returns the loss before it.
func (net *rnn) train(s *trace.Scope, b series) num.Array {
	const rate, beta1, beta2, epsilon = 1e-3, 0.9, 0.999, 1e-8
	params := trace.ParamsOf(net)
	g := trace.GradVars(net.loss, params)(s, b)
	i := net.Count.Get(s).Add(1)
	net.Count.Set(s, i)
	for k, p := range params {
		grad := g.Grad[p.Var]
		m := net.First[k].Get(s).Mul(beta1).Add(grad.Mul(1 - beta1))
		v := net.Second[k].Get(s).Mul(beta2).Add(num.Square(grad).Mul(1 - beta2))
		mean := m.Div(num.Power(beta1, i).Neg().Add(1))
		size := num.Sqrt(v.Div(num.Power(beta2, i).Neg().Add(1)))
		p.Var.Set(s, p.Var.Get(s).Sub(mean.Mul(rate).Div(size.Add(epsilon))))
		net.First[k].Set(s, m)
		net.Second[k].Set(s, v)
	}
	return g.Value
}

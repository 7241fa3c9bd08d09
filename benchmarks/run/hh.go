package main

import (
	"time"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runHH measures unconnected Hodgkin-Huxley neurons under a constant current.
func runHH(c *config, r *result) error {
	begin := time.Now()
	m := newHH(c.n)
	r.BuildMs = millis(time.Since(begin))
	return simulate(c, r, hhDt, m)
}

// hhDt is the step in ms.
const hhDt = 0.01

// hh is a population of them.
type hh struct {
	V, M, H, N *trace.Variable
	Spikes     *trace.Variable // i32: how many spikes there were
}

// hhStart are the initial potentials of n neurons in mV.
func hhStart(n int) num.Array { return num.Arange(n).AsType(dtype.DefaultFloat()).Mul(0.01).Sub(65) }

func newHH(n int) *hh {
	gate := func(x float64) *trace.Variable { return trace.NewVariable(num.Full(x, n)) }
	return &hh{V: trace.NewVariable(hhStart(n)), M: gate(0.5), H: gate(0.6), N: gate(0.32), Spikes: zeroInts(n)}
}

// Update advances the neurons by one step.
func (p *hh) Update(s *trace.Scope) {
	next := hhState{p.V.Get(s), p.M.Get(s), p.H.Get(s), p.N.Get(s), p.Spikes.Get(s)}.step(num.Full(120.0))
	p.V.Set(s, next.V)
	p.M.Set(s, next.M)
	p.H.Set(s, next.H)
	p.N.Set(s, next.N)
	p.Spikes.Set(s, next.Spikes)
}

// Count is how often each neuron has spiked.
func (p *hh) Count() *trace.Variable { return p.Spikes }

// hhState is what a step changes.
type hhState struct{ V, M, H, N, Spikes num.Array }

// step integrates by exponential Euler, each variable with the others held. The rates are those of Hodgkin and Huxley (1952) at a rest of
// -65 mV, in their direct form. An upward crossing of 20 mV counts as a spike.
func (p hhState) step(gNa num.Array) hhState {
	const gK, gL, eNa, eK, eL, input = 36, 0.03, 50, -77, -54.387, 10
	v, m, h, n := p.V, p.M, p.H, p.N
	exp := func(offset, scale float64) num.Array { return num.Exp(v.Add(offset).Neg().Div(scale)) }
	one := num.Full(1.0)
	am, bm := v.Add(40).Mul(0.1).Div(one.Sub(exp(40, 10))), exp(65, 18).Mul(4)
	ah, bh := exp(65, 20).Mul(0.07), one.Div(exp(35, 10).Add(1))
	an, bn := v.Add(55).Mul(0.01).Div(one.Sub(exp(55, 10))), exp(65, 80).Mul(0.125)

	na := m.Pow(3).Mul(h).Mul(gNa)
	k := n.Pow(4).Mul(gK)
	dv := na.Mul(v.Sub(eNa)).Neg().Sub(k.Mul(v.Sub(eK))).Sub(v.Sub(eL).Mul(gL)).Add(input)
	slope := na.Add(k).Add(gL).Neg()
	v1 := v.Add(dv.Mul(num.Exp(slope.Mul(hhDt)).Sub(1)).Div(slope))
	spike := v1.Ge(20).And(v.Lt(20))
	return hhState{
		v1, gateStep(m, am, bm, hhDt), gateStep(h, ah, bh, hhDt), gateStep(n, an, bn, hhDt),
		p.Spikes.Add(spike.AsType(dtype.Int32)),
	}
}

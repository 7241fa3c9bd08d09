package main

import (
	"time"

	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runCobaHH measures the network of Hodgkin-Huxley neurons (the modified model of Traub and Miles, 1991) with conductance synapses, of
// Brette et al. (2007).
func runCobaHH(c *config, r *result) error {
	begin := time.Now()
	m, err := newCobaHH(c)
	if err != nil {
		return err
	}
	r.BuildMs, r.N, r.Synapses = millis(time.Since(begin)), m.Net.n, m.Net.synapses()
	return simulate(c, r, netDt, m)
}

// cobaHH is integrated by exponential Euler, each variable with the others held:
//
//	C dV/dt = gl (El - V) + gNa m^3 h (ENa - V) + gK n^4 (EK - V) + ge (Ee - V) + gi (Ei - V)
//	dx/dt   = alpha_x (1 - x) - beta_x x      for x = m, h, n
//
// in pF, nS and mV. V above -20 mV is a spike; for 3 ms after one there is no other. V is not reset.
type cobaHH struct {
	Net                *network
	V, GE, GI, M, H, N *trace.Variable
	Wait               *trace.Variable // i32: steps until the next spike is possible
	Spikes             *trace.Variable // i32: how many spikes there were
}

func newCobaHH(c *config) (*cobaHH, error) {
	net, err := newNetwork(c, laws{ge: initial.Normal{Mean: 40, Std: 15}, gi: initial.Normal{Mean: 200, Std: 120}, we: 6, wi: 67})
	if err != nil {
		return nil, err
	}
	gate := func() *trace.Variable { return trace.NewVariable(num.Zeros(net.n)) }
	return &cobaHH{
		Net: net, V: trace.NewVariable(net.v), GE: trace.NewVariable(net.ge), GI: trace.NewVariable(net.gi),
		M: gate(), H: gate(), N: gate(), Wait: zeroInts(net.n), Spikes: zeroInts(net.n),
	}, nil
}

// Update advances the network by one step.
func (hh *cobaHH) Update(s *trace.Scope) {
	const cm, gl, gNa, gK, el, eNa, eK, ei = 200, 10, 20_000, 6_000, -60, 50, -90, -80
	v, ge, gi := hh.V.Get(s), hh.GE.Get(s), hh.GI.Get(s)
	m, h, n, wait := hh.M.Get(s), hh.H.Get(s), hh.N.Get(s), hh.Wait.Get(s)

	u := v.Add(63) // relative to the threshold potential of -63 mV
	am := num.Reciprocal(num.Exprel(u.Neg().Add(13).Div(4))).Mul(1.28)
	bm := num.Reciprocal(num.Exprel(u.Sub(40).Div(5))).Mul(1.4)
	ah := num.Exp(u.Neg().Add(17).Div(18)).Mul(0.128)
	bh := num.Reciprocal(num.Exp(u.Neg().Add(40).Div(5)).Add(1)).Mul(4)
	an := num.Reciprocal(num.Exprel(u.Neg().Add(15).Div(5))).Mul(0.16)
	bn := num.Exp(u.Neg().Add(10).Div(40)).Mul(0.5)

	na := m.Pow(3).Mul(h).Mul(gNa)
	k := n.Pow(4).Mul(gK)
	total := ge.Add(gi).Add(na).Add(k).Add(gl)
	current := na.Mul(eNa).Add(k.Mul(eK)).Add(gi.Mul(ei)).Add(gl * el)
	v = integrate.Linear(v, total.Div(cm), current.Div(total), netDt)

	spike := wait.Le(0).And(v.Gt(-20))
	hh.V.Set(s, v)
	hh.M.Set(s, gateStep(m, am, bm, netDt))
	hh.H.Set(s, gateStep(h, ah, bh, netDt))
	hh.N.Set(s, gateStep(n, an, bn, netDt))
	hh.Wait.Set(s, num.Where(spike, 30, wait.Sub(1)))
	hh.Spikes.Set(s, hh.Spikes.Get(s).Add(spike.AsType(dtype.Int32)))
	hh.GE.Set(s, hh.Net.E.Deliver(s, ge.Mul(1-netDt/5), spike.Slice(0, hh.Net.ne)))
	hh.GI.Set(s, hh.Net.I.Deliver(s, gi.Mul(1-netDt/10), spike.Slice(hh.Net.ne, hh.Net.n)))
}

// Count is how often each neuron has spiked.
func (hh *cobaHH) Count() *trace.Variable { return hh.Spikes }

// gateStep advances a gate that opens and closes at the given rates (1/ms) by dt ms.
func gateStep(x, open, close trace.Array, dt float64) trace.Array {
	rate := open.Add(close)
	return integrate.Linear(x, rate, open.Div(rate), dt)
}

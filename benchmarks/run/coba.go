package main

import (
	"time"

	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runCoba measures the network of leaky integrate-and-fire neurons with conductance synapses of Vogels and Abbott (2005), as Brette et
// al. (2007) define it for benchmarks.
func runCoba(c *config, r *result) error {
	begin := time.Now()
	m, err := newCoba(c)
	if err != nil {
		return err
	}
	r.BuildMs, r.N, r.Synapses = millis(time.Since(begin)), m.Net.n, m.Net.synapses()
	return simulate(c, r, netDt, m)
}

// netDt is the step of both networks in ms.
const netDt = 0.1

// coba is integrated by forward Euler:
//
//	tau dV/dt = (Erest - V) + drive + ge (Ee - V) + gi (Ei - V),   tau 20 ms
//	dge/dt = -ge/5 ms,  dgi/dt = -gi/10 ms
//
// V above -50 mV is a spike: V goes to -60 mV and is held for 5 ms. Spikes are delivered at the end of their step.
type coba struct {
	Net       *network
	V, GE, GI *trace.Variable
	Wait      *trace.Variable // i32: steps for which V is still held
	Spikes    *trace.Variable // i32: how many spikes there were
}

func newCoba(c *config) (*coba, error) {
	net, err := newNetwork(c, laws{ge: initial.Normal{Mean: 4, Std: 1.5}, gi: initial.Normal{Mean: 20, Std: 12}, we: 0.6, wi: 6.7})
	if err != nil {
		return nil, err
	}
	return &coba{
		Net: net, V: trace.NewVariable(net.v), GE: trace.NewVariable(net.ge), GI: trace.NewVariable(net.gi),
		Wait: zeroInts(net.n), Spikes: zeroInts(net.n),
	}, nil
}

// zeroInts is a vector of counters.
func zeroInts(n int) *trace.Variable { return trace.NewVariable(trace.Full(dtype.Int32, 0, n)) }

// Update advances the network by one step.
func (m *coba) Update(s *trace.Scope) {
	const rest, drive, threshold, reset, ee, ei, tau = -60, 20, -50, -60, 0, -80, 20
	v, ge, gi, wait := m.V.Get(s), m.GE.Get(s), m.GI.Get(s), m.Wait.Get(s)
	free := wait.Le(0)
	dv := v.Neg().Add(rest + drive).Add(gi.Mul(v.Neg().Add(ei))).Add(ge.Mul(v.Neg().Add(ee)))
	v = num.Where(free, v.Add(dv.Mul(netDt/tau)), v)
	spike := free.And(v.Gt(threshold))
	m.V.Set(s, num.Where(spike, reset, v))
	m.Wait.Set(s, num.Where(spike, 50, wait.Sub(1)))
	m.Spikes.Set(s, m.Spikes.Get(s).Add(spike.AsType(dtype.Int32)))
	m.GE.Set(s, m.Net.E.Deliver(s, ge.Mul(1-netDt/5), spike.Slice(0, m.Net.ne)))
	m.GI.Set(s, m.Net.I.Deliver(s, gi.Mul(1-netDt/10), spike.Slice(m.Net.ne, m.Net.n)))
}

// Count is how often each neuron has spiked.
func (m *coba) Count() *trace.Variable { return m.Spikes }

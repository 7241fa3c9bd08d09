package neuron

import (
	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// HHParams are the parameters of HH. Conductances are in mS/cm2, the capacitance in uF/cm2.
type HHParams struct {
	ENa, GNa   brain.Param // sodium: default 50 mV, 120
	EK, GK     brain.Param // potassium: default -77 mV, 36
	EL, GL     brain.Param // leak: default -54.387 mV, 0.03
	C          brain.Param // default 1
	Threshold  brain.Param // upward crossing that counts as a spike, mV; default 20
	Init       brain.Param // initial potential, mV; default -65
	M0, H0, N0 brain.Param // initial gates; default their steady state at Init
}

// HH is a population of Hodgkin-Huxley neurons (Hodgkin and Huxley 1952, with the rates in the convention of a rest at -65 mV):
//
//	C dV/dt = I - gNa m^3 h (V - ENa) - gK n^4 (V - EK) - gL (V - EL)
//	dx/dt   = alpha_x(V) (1 - x) - beta_x(V) x        for x = m, h, n
//
// Every equation is linear in its own variable when the others are held, and is integrated by exponential Euler from the values at
// the start of the step.
type HH struct {
	brain.Currents
	V, M, H, N *trace.Variable
	Spike      *trace.Variable // bool: V crossed the threshold upwards in the last step

	ENa, GNa, EK, GK, EL, GL, C, Threshold brain.Value

	size int
	init [4]trace.Array
}

// NewHH makes n neurons. A parameter of a wrong kind or shape panics with an *ir.Error.
func NewHH(n int, p HHParams) *HH {
	h := &HH{
		ENa:       brain.Resolve("HHParams.ENa", p.ENa, 50.0, n),
		GNa:       brain.Resolve("HHParams.GNa", p.GNa, 120.0, n),
		EK:        brain.Resolve("HHParams.EK", p.EK, -77.0, n),
		GK:        brain.Resolve("HHParams.GK", p.GK, 36.0, n),
		EL:        brain.Resolve("HHParams.EL", p.EL, -54.387, n),
		GL:        brain.Resolve("HHParams.GL", p.GL, 0.03, n),
		C:         brain.Resolve("HHParams.C", p.C, 1.0, n),
		Threshold: brain.Resolve("HHParams.Threshold", p.Threshold, 20.0, n),
		V:         brain.State("HHParams.Init", p.Init, -65.0, n),
		Spike:     trace.NewVariable(trace.Full(dtype.Bool, false, n)),
		size:      n,
	}
	r := hhRates(h.V.Value())
	h.M = brain.State("HHParams.M0", p.M0, r.m.steady(), n)
	h.H = brain.State("HHParams.H0", p.H0, r.h.steady(), n)
	h.N = brain.State("HHParams.N0", p.N0, r.n.steady(), n)
	for i, v := range []*trace.Variable{h.V, h.M, h.H, h.N} {
		h.init[i] = v.Value()
	}
	return h
}

// Size is the number of neurons.
func (h *HH) Size() int { return h.size }

// gate holds the opening and closing rate of a gate in 1/ms.
type gate struct{ open, close trace.Array }

func (g gate) steady() trace.Array { return g.open.Div(g.open.Add(g.close)) }

// step advances the gate variable by dt.
func (g gate) step(x trace.Array, dt float64) trace.Array {
	rate := g.open.Add(g.close)
	return integrate.Linear(x, rate, g.open.Div(rate), dt)
}

type rates struct{ m, h, n gate }

// hhRates are the rates at potential v (mV). x/(1 - exp(-x)) is written 1/exprel(-x), which is finite at x = 0.
func hhRates(v trace.Array) rates {
	exp := func(offset, scale float64) trace.Array { return num.Exp(v.Add(offset).Mul(-1 / scale)) }
	ratio := func(offset float64) trace.Array { return num.Reciprocal(num.Exprel(v.Add(offset).Mul(-0.1))) }
	return rates{
		m: gate{ratio(40), exp(65, 18).Mul(4)},
		h: gate{exp(65, 20).Mul(0.07), num.Reciprocal(exp(35, 10).Add(1))},
		n: gate{ratio(55).Mul(0.1), exp(65, 80).Mul(0.125)},
	}
}

// Update advances the population by one step and returns its spikes (bool). input is in uA/cm2.
func (h *HH) Update(s *trace.Scope, input trace.Array) trace.Array {
	dt := brain.Dt(s)
	v, m, hh, n := h.V.Get(s), h.M.Get(s), h.H.Get(s), h.N.Get(s)
	gNa := h.GNa.Get(s).Mul(m.Mul(m).Mul(m.Mul(hh)))
	n2 := n.Mul(n)
	gK := h.GK.Get(s).Mul(n2.Mul(n2))
	gL := h.GL.Get(s)
	total := gNa.Add(gK).Add(gL)
	drive := h.Total(s, v, input).Add(gNa.Mul(h.ENa.Get(s))).Add(gK.Mul(h.EK.Get(s))).Add(gL.Mul(h.EL.Get(s)))
	r := hhRates(v)
	v1 := integrate.Linear(v, total.Div(h.C.Get(s)), drive.Div(total), dt)
	th := h.Threshold.Get(s)
	spike := v1.Ge(th).And(v.Lt(th))
	h.V.Set(s, v1)
	h.M.Set(s, r.m.step(m, dt))
	h.H.Set(s, r.h.step(hh, dt))
	h.N.Set(s, r.n.step(n, dt))
	h.Spike.Set(s, spike)
	return spike
}

// Reset puts the population back to its start.
func (h *HH) Reset() {
	for i, v := range []*trace.Variable{h.V, h.M, h.H, h.N} {
		v.SetValue(h.init[i])
	}
	h.Spike.SetValue(trace.Full(dtype.Bool, false, h.size))
}

// Package synapse holds synaptic dynamics (brain.Synapse) and outputs (brain.Output).
//
// May import: trace and below, brain, brain/integrate.
package synapse

import (
	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

// Expon is a conductance that jumps by the weight at each event and decays exponentially:
//
//	dg/dt = -g/tau + sum of weights at events
type Expon struct {
	Tau brain.Param // ms; default 8
}

// Make makes the conductances of a receiving population.
func (e Expon) Make(post int) brain.SynapseState {
	return &exponState{
		G:   trace.NewVariable(trace.Full(dtype.DefaultFloat(), 0, post)),
		Tau: brain.Resolve("Expon.Tau", e.Tau, 8.0, post),
	}
}

type exponState struct {
	G   *trace.Variable
	Tau brain.Value
}

func (e *exponState) Update(s *trace.Scope, deliver func(trace.Array) trace.Array) {
	g := integrate.Decay(e.G.Get(s), e.Tau.Get(s), brain.Dt(s))
	e.G.Set(s, deliver(g))
}

func (e *exponState) Conductance(s *trace.Scope) trace.Array { return e.G.Get(s) }

func (e *exponState) Reset() { e.G.SetValue(trace.Full(e.G.DType(), 0, e.G.Shape()...)) }

// COBA is a conductance-based output: I = g (E - V).
type COBA struct {
	E brain.Param // reversal potential, mV; default 0
}

// Current is the synaptic current at potential v.
func (c COBA) Current(s *trace.Scope, g, v trace.Array) trace.Array {
	e := brain.Resolve("COBA.E", c.E, 0.0, v.Shape()...)
	return g.Mul(e.Get(s).Sub(v))
}

// CUBA is a current-based output: I = g, whatever the potential.
type CUBA struct{}

// Current is the synaptic current.
func (CUBA) Current(_ *trace.Scope, g, _ trace.Array) trace.Array { return g }

// Package neuron holds spiking neuron models, one a file: parameters, equations, update, reset.
//
// May import: trace and below, brain, brain/integrate.
package neuron

import (
	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// LIFParams are the parameters of LIFRef.
type LIFParams struct {
	Rest       brain.Param // resting potential, mV; default 0
	Reset      brain.Param // potential after a spike, mV; default -5
	Threshold  brain.Param // spike threshold, mV; default 20
	Resistance brain.Param // membrane resistance, turns input into a potential; default 1
	Tau        brain.Param // membrane time constant, ms; default 10
	Refractory float64     // refractory period, ms
	Init       brain.Param // initial potential, mV; default 0
}

// LIFRef is a population of leaky integrate-and-fire neurons with a refractory period:
//
//	tau dV/dt = -(V - rest) + R I
//	V >= threshold: spike, V = reset, and V is held for the refractory period
//
// It integrates by exponential Euler, exact for an input that is constant during the step.
type LIFRef struct {
	brain.Currents
	V     *trace.Variable // membrane potential, mV
	Spike *trace.Variable // bool: spiked in the last step
	Wait  *trace.Variable // i32: steps for which V is still held

	Rest, ResetTo, Threshold, Resistance, Tau brain.Value

	refractory float64
	size       int
	init       trace.Array
}

// NewLIFRef makes n neurons. A parameter of a wrong kind or shape panics with an *ir.Error.
func NewLIFRef(n int, p LIFParams) *LIFRef {
	l := &LIFRef{
		Rest:       brain.Resolve("LIFParams.Rest", p.Rest, 0.0, n),
		ResetTo:    brain.Resolve("LIFParams.Reset", p.Reset, -5.0, n),
		Threshold:  brain.Resolve("LIFParams.Threshold", p.Threshold, 20.0, n),
		Resistance: brain.Resolve("LIFParams.Resistance", p.Resistance, 1.0, n),
		Tau:        brain.Resolve("LIFParams.Tau", p.Tau, 10.0, n),
		V:          brain.State("LIFParams.Init", p.Init, 0.0, n),
		Spike:      trace.NewVariable(trace.Full(dtype.Bool, false, n)),
		Wait:       trace.NewVariable(trace.Full(dtype.Int32, 0, n)),
		refractory: p.Refractory,
		size:       n,
	}
	l.init = l.V.Value()
	return l
}

// Size is the number of neurons.
func (l *LIFRef) Size() int { return l.size }

// Update advances the population by one step and returns its spikes (bool). input is a current for all neurons or one for each, added
// to the currents of projections.
func (l *LIFRef) Update(s *trace.Scope, input trace.Array) trace.Array {
	dt := brain.Dt(s)
	v, wait := l.V.Get(s), l.Wait.Get(s)
	drive := l.Total(s, v, input).Mul(l.Resistance.Get(s)).Add(l.Rest.Get(s))
	free := wait.Le(0)
	v1 := num.Where(free, integrate.Leak(v, drive, l.Tau.Get(s), dt), v)
	spike := free.And(v1.Ge(l.Threshold.Get(s)))
	l.V.Set(s, num.Where(spike, l.ResetTo.Get(s), v1))
	l.Wait.Set(s, num.Where(spike, integrate.Steps(l.refractory, dt), wait.Sub(1)))
	l.Spike.Set(s, spike)
	return spike
}

// Reset puts the population back to its start.
func (l *LIFRef) Reset() {
	l.V.SetValue(l.init)
	l.Spike.SetValue(trace.Full(dtype.Bool, false, l.size))
	l.Wait.SetValue(trace.Full(dtype.Int32, 0, l.size))
}

package main

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runVmapHH measures the neurons of hh, written as a run of one neuron and mapped over lanes that differ in the sodium conductance.
func runVmapHH(c *config, r *result) error {
	steps, err := c.steps(hhDt)
	if err != nil {
		return err
	}
	r.Steps = steps
	one := func(s *trace.Scope, p lane) num.Array {
		type none struct{}
		start := hhState{V: p.V, M: num.Full(0.5), H: num.Full(0.6), N: num.Full(0.32), Spikes: num.Full(0).AsType(dtype.Int32)}
		end, _ := trace.Scan(s, start, trace.Range(steps), func(_ *trace.Scope, n hhState, _ num.Array) (hhState, none) {
			return n.step(p.GNa), none{}
		})
		return end.Spikes
	}
	lanes := lane{V: hhStart(c.n), GNa: sodium(c.n)}
	run, err := compile(c, r, trace.Vmap(one), lanes, trace.FlushDenormals())
	if err != nil {
		return err
	}
	return measureRun(r, hhDt, func() (float64, error) {
		spikes, err := run.Call(lanes)
		if err != nil {
			return 0, err
		}
		return sum(spikes), nil
	})
}

// lane is what one neuron has of its own.
type lane struct{ V, GNa num.Array }

// sodium are the conductances of n lanes in mS/cm2.
func sodium(n int) num.Array { return num.Linspace(110, 130, n).AsType(dtype.DefaultFloat()) }

package brain_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Parts that are missing, and sizes that no memory holds, are errors where a model is made.
func TestWrongModels(t *testing.T) {
	n := neuron.NewLIFRef(4, neuron.LIFParams{})
	comm, syn, out := connect.FixedProb{P: 0.5}.Event(3, 4, 1), synapse.Expon{Tau: 5}, synapse.COBA{}
	step := func(dt float64) func() {
		return func() {
			trace.Eager(func(s *trace.Scope, x num.Array) num.Array {
				return brain.ForLoop(s, dt, x, func(_ *trace.Scope, x num.Array) num.Array { return x })
			}).Must(num.Ones(3))
		}
	}
	for want, f := range map[string]func(){
		"align post: connections: got nil":                                    func() { brain.AlignPost(nil, syn, out, n) },
		"align post: synapse: got nil":                                        func() { brain.AlignPost(comm, nil, out, n) },
		"align post: output: got nil":                                         func() { brain.AlignPost(comm, syn, nil, n) },
		"align post: receiving population: got nil":                           func() { brain.AlignPost(comm, syn, out, nil) },
		"run: model: got nil":                                                 func() { run.New(nil, run.Config{}) },
		"run: monitor x: got nil":                                             func() { run.New(n, run.Config{Monitors: run.Monitors{"x": nil}}) },
		"integrate: equation: got nil":                                        func() { integrate.New[func(v, t num.Array) num.Array](integrate.ExpEuler, nil) },
		"for loop: dt: got 0, want a positive number of ms":                   step(0),
		"for loop: dt: got NaN, want a positive number of ms":                 step(math.NaN()),
		"fixed probability: connections: got about 1e+12 of 1000000 rows, wa": func() { connect.FixedProb{P: 1}.Event(1_000_000, 1_000_000, 1) },
	} {
		require.ErrorContains(t, trace.Try(f), want)
	}
	require.Equal(t, 0, connect.FixedProb{P: 1e-320}.Event(10, 10, 1).Synapses())
	require.Equal(t, 100, connect.FixedProb{P: 1}.Event(10, 10, 1).Synapses())
}

package neuron_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// The more input, the more spikes in a second.
func ExampleLIFRef() {
	n := neuron.NewLIFRef(4, neuron.LIFParams{Rest: -60, Reset: -60, Threshold: -50, Tau: 20, Refractory: 5, Init: -60})
	run := trace.Jit(func(s *trace.Scope, current num.Array) num.Array {
		return brain.ForLoop(s, 0.1, trace.Range(10_000), func(s *trace.Scope, _ num.Array) num.Array {
			return n.Update(s, current)
		}).Sum(0)
	})
	fmt.Println(n.Size(), run.Must(num.Of([]float64{5, 11, 15, 20})))
	// Output: 4 [ 0 18 37 53]
}

// A current of 10 uA/cm2 makes the squid axon fire.
func ExampleHH() {
	h := neuron.NewHH(1, neuron.HHParams{GL: 0.3})
	run := trace.Jit(func(s *trace.Scope, current num.Array) []num.Array {
		return brain.ForLoop(s, 0.01, current, func(s *trace.Scope, x num.Array) []num.Array {
			return []num.Array{h.Update(s, x), h.V.Get(s)}
		})
	})
	out := run.Must(num.Full(10.0, 10_000)) // 100 ms
	fmt.Printf("%v spikes, up to %.0f mV\n", out[0].Sum(), out[1].Max().Float())
	h.Reset()
	fmt.Println(h.V.Value())
	// Output:
	// 7 spikes, up to 40 mV
	// [-65.]
}

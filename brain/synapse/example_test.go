package synapse_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// A conductance jumps by what arrives and decays.
func ExampleExpon() {
	g := synapse.Expon{Tau: 5}.Make(1)
	run := trace.Jit(func(s *trace.Scope, arrivals num.Array) num.Array {
		return brain.ForLoop(s, 5, arrivals, func(s *trace.Scope, x num.Array) num.Array {
			g.Update(s, func(acc trace.Array) trace.Array { return acc.Add(x) })
			return g.Conductance(s).At(0)
		})
	})
	fmt.Println(run.Must(num.Of([]float64{0, 1, 0, 0})))
	// Output: [0.         1.         0.36787945 0.1353353 ]
}

// An excitatory synapse pulls the potential towards 0 mV.
func ExampleCOBA() {
	g, v := num.Of([]float64{0.5, 0.5}), num.Of([]float64{-60, 10})
	fmt.Println(synapse.COBA{E: 0}.Current(nil, g, v), synapse.CUBA{}.Current(nil, g, v))
	// Output: [30. -5.] [0.5 0.5]
}

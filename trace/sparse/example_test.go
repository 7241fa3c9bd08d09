package sparse_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/sparse"
)

// Spikes are delivered along the rows of neurons that spiked.
func ExampleCSR() {
	wiring := sparse.FromLists([][]int{{0, 1}, {2}, {0}}, 3, 0.5)
	deliver := trace.Jit(func(_ *trace.Scope, spikes num.Array) num.Array { return wiring.Events(spikes) })
	fmt.Println(deliver.Must(num.Of([]bool{true, false, true})))
	// Output: [1.  0.5 0. ]
}

// A procedural matrix is computed from its seed when it is needed; FixedProb stores the same one.
func ExampleProcedural() {
	p := sparse.NewProcedural(7, 1000, 1000, 0.1, false, 0.5)
	stored := sparse.FixedProb(7, 1000, 1000, 0.1, false, 0.5)
	spikes := num.Arange(1000).Mod(10).Eq(0)
	fmt.Println(num.ArrayEqual(p.Events(spikes), stored.Events(spikes)))
	// Output: True
}

package connect_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

func ExampleFixedProb_Event() {
	c := connect.FixedProb{P: 1}.Event(2, 3, 0.5)
	f := trace.Jit(func(s *trace.Scope, events num.Array) num.Array { return c.Deliver(s, num.Zeros(3), events) })
	fmt.Println(c.Synapses(), f.Must(num.FromSlice([]bool{true, true})))
	// Output: 6 [1. 1. 1.]
}

// A million neurons of which each has a thousand targets in a few bytes: rows are drawn again when they are needed.
func ExampleFixedProb_Procedural() {
	c := connect.FixedProb{P: 0.001, Seed: 1}.Procedural(1_000_000, 1_000_000, 0.5)
	f := trace.Jit(func(s *trace.Scope, events num.Array) num.Array {
		return c.Deliver(s, num.Zeros(1_000_000), events).Gt(0).Sum()
	})
	event := num.Arange(1_000_000).Eq(77)
	pre, post := c.Sizes()
	fmt.Println(pre, post, f.Must(event))
	// Output: 1000000 1000000 972
}

// Connections from lists of targets, each with a weight of its own.
func ExampleNewCSR() {
	c := connect.NewCSR(2, 3, []int32{0, 2, 3}, []uint32{0, 2, 1}, num.Of([]float64{1, 2, 5}))
	f := trace.Jit(func(s *trace.Scope, events num.Array) num.Array { return c.Deliver(s, num.Zeros(3), events) })
	fmt.Println(f.Must(num.FromSlice([]bool{true, false})), f.Must(num.FromSlice([]bool{true, true})))
	// Output: [1. 0. 2.] [1. 5. 2.]
}

package brain_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

func ExampleForLoop() {
	n := neuron.NewLIFRef(2, neuron.LIFParams{Tau: num.FromSlice([]float32{5, 20}), Threshold: 10})
	run := trace.Jit(func(s *trace.Scope, input num.Array) num.Array {
		return brain.ForLoop(s, 0.1, input, n.Update) // dt in ms; a method value is a loop body
	})
	spikes, err := run.Call(num.Full(20.0, 1000)) // 1,000 steps
	fmt.Println(spikes.Shape(), spikes.Sum(0), err)
	// Output: [1000 2] [21  5] <nil>
}

// A run in two parts: time goes on where the first part ended.
func ExampleForLoopFrom() {
	times := trace.Jit(func(s *trace.Scope, first num.Array) num.Array {
		return brain.ForLoopFrom(s, 0.5, first, trace.Range(3), func(s *trace.Scope, _ num.Array) num.Array { return brain.T(s) })
	})
	fmt.Println(times.Must(num.Of(0)), times.Must(num.Of(3)))
	// Output: [0.  0.5 1. ] [1.5 2.  2.5]
}

// A single step outside of a loop has a time of its own.
func ExampleAt() {
	step := trace.Eager(func(s *trace.Scope, x num.Array) num.Array {
		s = brain.At(s, 0.1, 20) // step 20 of 0.1 ms
		return x.Add(brain.T(s)).Add(brain.I(s)).Add(brain.Dt(s))
	})
	fmt.Printf("%.1f\n", step.Must(num.Of(100.0)).Float())
	// Output: 122.1
}

// Spikes of three neurons reach two others through one weight for all, and fade.
func ExampleAlignPost() {
	post := neuron.NewLIFRef(2, neuron.LIFParams{})
	p := brain.AlignPost(connect.FixedProb{P: 1}.Event(3, 2, 0.5), synapse.Expon{Tau: 1}, synapse.CUBA{}, post)
	deliver := trace.Jit(func(s *trace.Scope, spikes num.Array) num.Array {
		return brain.ForLoop(s, 1, spikes, func(s *trace.Scope, x num.Array) num.Array {
			p.Update(s, x)
			return p.Synapse.Conductance(s)
		})
	})
	spikes := num.Of([][]bool{{true, false, true}, {false, false, false}})
	fmt.Println(deliver.Must(spikes))
	// Output:
	// [[1.         1.        ]
	//  [0.36787945 0.36787945]]
}

// A parameter is nil, a number, an array, an initializer, a Variable or a function of the shape.
func ExampleResolve() {
	for _, p := range []brain.Param{nil, 0, num.Of([]float64{1, 2, 3}), initial.Constant(4)} {
		fmt.Println(brain.Resolve("Tau", p, 8.0, 3).Now())
	}
	// Output:
	// 8.0
	// 0.0
	// [1. 2. 3.]
	// [4. 4. 4.]
}

func ExampleState() {
	v := brain.State("Init", -65, nil, 3)
	fmt.Println(v.Value())
	// Output: [-65. -65. -65.]
}

// Currents are what a model of one's own embeds to receive projections.
func ExampleCurrents() {
	var c brain.Currents
	c.AddCurrent(func(_ *trace.Scope, v num.Array) num.Array { return v.Mul(-0.5) })
	fmt.Println(c.Total(nil, num.Of([]float64{-60, -50}), num.Of(1.0)))
	// Output: [31. 26.]
}

func ExampleReset() {
	n := neuron.NewLIFRef(2, neuron.LIFParams{Init: 3})
	step := trace.Jit(func(s *trace.Scope, x num.Array) num.Array { return n.Update(brain.At(s, 0.1, 0), x) })
	step.Must(num.Of(10.0))
	changed := n.V.Value().Max().Float() != 3
	brain.Reset(n)
	fmt.Println(changed, n.V.Value())
	// Output: true [3. 3.]
}

package run_test

import (
	"context"
	"fmt"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

func ExampleRunner_Run() {
	n := neuron.NewLIFRef(1, neuron.LIFParams{Rest: -60, Threshold: -50, Reset: -60, Tau: 20, Refractory: 5, Init: -60})
	r := run.New(n, run.Config{Inputs: run.Constant(20), Monitors: run.Monitors{"spike": run.Events(n.Spike), "V": run.Every(10, n.V)}})
	hist, err := r.Run(context.Background(), 50) // ms
	if err != nil {
		fmt.Println(err)
		return
	}
	v, _ := hist.Trace("V").Array()
	fmt.Println(hist.Steps, "steps, spikes in", hist.Events("spike").Step, "potentials", v.Shape())
	// Output: 500 steps, spikes in [138 327] potentials [50 1]
}

// Compiling is done before the clock starts, and the second run goes on where the first one ended.
func ExampleRunner_Prepare() {
	n := neuron.NewLIFRef(1, neuron.LIFParams{Rest: -60, Threshold: -50, Reset: -60, Tau: 20, Init: -60})
	r := run.New(n, run.Config{Inputs: run.Constant(20), Monitors: run.Monitors{"spike": run.Events(n.Spike)}})
	if err := r.Prepare(50); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		hist, err := r.Run(context.Background(), 50)
		spikes := hist.Events("spike")
		fmt.Println(hist.Steps, spikes.Len(), spikes.Rate(hist.Steps, hist.Dt), r.Elapsed() > 0, err)
	}
	// Output:
	// 500 3 60 true <nil>
	// 1000 7 70 true <nil>
}

// Inputs are constant, rows of an array, or computed from the time.
func ExampleInput() {
	ramp := run.Func(func(s *trace.Scope) trace.Array { return brain.T(s).Mul(2) })
	for _, input := range []run.Input{run.Constant(3), run.Rows{X: num.Of([]float64{1, 2, 4})}, ramp} {
		c := newCounter()
		_, err := run.New(c, run.Config{Dt: 0.5, Inputs: input}).Run(context.Background(), 1.5)
		fmt.Println(c.Sum.Value(), err)
	}
	// Output:
	// [9. 9.] <nil>
	// [7. 7.] <nil>
	// [3. 3.] <nil>
}

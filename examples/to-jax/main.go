// Command to-jax hands a spiking network to JAX: it writes the whole run as one StableHLO module, runs it, and prints what came out. The
// script run.py runs the module in JAX and prints the same lines.
//
//	go run ./examples/to-jax -output network.mlir
//	python examples/to-jax/run.py network.mlir
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Net is a balanced network: the first 80 % of the neurons excite all, the others inhibit all.
type Net struct {
	N    *neuron.LIFRef
	E, I *brain.Projection
	ne   int
}

// NewNet makes a network of size neurons with 80 connections each way on average.
func NewNet(size int) *Net {
	ne, p := size*4/5, 80/float64(size)
	n := neuron.NewLIFRef(size, neuron.LIFParams{
		Rest: -60, Threshold: -50, Reset: -60, Tau: 20, Refractory: 5, Init: initial.Normal{Mean: -55, Std: 2}})
	return &Net{
		N: n, ne: ne,
		E: brain.AlignPost(connect.FixedProb{P: p}.Event(ne, size, 0.6), synapse.Expon{Tau: 5}, synapse.COBA{E: 0}, n),
		I: brain.AlignPost(connect.FixedProb{P: p}.Event(size-ne, size, 6.7), synapse.Expon{Tau: 10}, synapse.COBA{E: -80}, n),
	}
}

// Update makes one step and returns how many neurons spiked.
func (net *Net) Update(s *trace.Scope, input num.Array) num.Array {
	spikes := net.N.Spike.Get(s)
	net.E.Update(s, spikes.Slice(0, net.ne))
	net.I.Update(s, spikes.Slice(net.ne, net.N.Size()))
	net.N.Update(s, input)
	return num.CountNonzero(net.N.Spike.Get(s))
}

// Run is the result of a simulation: spikes of all neurons in each step, and the membrane potentials (mV) at the end.
type Run struct{ Spikes, V num.Array }

// simulate returns a function of nothing: it sets the state of the network to what it is now, which so becomes constants of the program, and
// makes the steps. It computes in f64, so that XLA's exponentials and ours, which differ in the last place, give the same spikes.
func simulate(net *Net, steps int) func(*trace.Scope, struct{}) Run {
	return func(s *trace.Scope, _ struct{}) Run {
		for _, n := range trace.VarsOf(net) {
			n.Var.Set(s, n.Var.Value())
		}
		spikes := brain.ForLoop(s, 0.1, trace.Range(steps), func(s *trace.Scope, _ num.Array) num.Array {
			return net.Update(s, num.Of(20.0))
		})
		return Run{spikes, net.N.V.Get(s)}
	}
}

func main() {
	size := flag.Int("size", 400, "neurons")
	steps := flag.Int("steps", 500, "steps of 0.1 ms")
	seed := flag.Uint64("seed", 1, "seed of wiring and initial potentials")
	output := flag.String("output", "network.mlir", "StableHLO module to write")
	flag.Parse()
	if err := export(os.Stdout, *size, *steps, *seed, *output); err != nil {
		fmt.Fprintln(os.Stderr, "to-jax:", err)
		os.Exit(1)
	}
}

func export(w io.Writer, size, steps int, seed uint64, output string) error {
	if size < 100 || steps < 1 {
		return fmt.Errorf("got -size %d -steps %d, want 100 neurons and 1 step or more", size, steps)
	}
	trace.SetX64(true)
	initial.SetSeed(seed)
	f := trace.Jit(simulate(NewNet(size), steps), trace.Name("network"))
	low, err := f.Lower(struct{}{})
	if err != nil {
		return err
	}
	if err := low.Export(output); err != nil {
		return err
	}
	r, err := f.Call(struct{}{})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d spikes in %d steps\n", r.Spikes.Sum().Int(), steps)
	fmt.Fprintf(w, "mean membrane potential %.9f mV\n", r.V.Mean().Float())
	return nil
}

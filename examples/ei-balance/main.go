// Command ei-balance runs the balanced network of 4,000 neurons of the BrainPy tutorials: 3,200 excitatory and 800 inhibitory
// leaky integrate-and-fire neurons with exponential conductance synapses, each pair connected with probability 0.02.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/plot"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// started is taken before anything else of the program runs.
var started = time.Now()

// EINet is one population whose first 80 % are excitatory.
type EINet struct {
	N    *neuron.LIFRef
	E, I *brain.Projection
	ne   int
}

// NewEINet makes a network of 4000*scale neurons. The number of connections per neuron stays the same.
func NewEINet(scale float64) *EINet {
	size := int(4000 * scale)
	ne := size * 4 / 5
	p := 80 / float64(size)
	n := neuron.NewLIFRef(size, neuron.LIFParams{
		Rest: -60, Threshold: -50, Reset: -60, Tau: 20, Refractory: 5, Init: initial.Normal{Mean: -55, Std: 2}})
	return &EINet{
		N: n, ne: ne,
		E: brain.AlignPost(connect.FixedProb{P: p}.Event(ne, size, 0.6), synapse.Expon{Tau: 5}, synapse.COBA{E: 0}, n),
		I: brain.AlignPost(connect.FixedProb{P: p}.Event(size-ne, size, 6.7), synapse.Expon{Tau: 10}, synapse.COBA{E: -80}, n),
	}
}

// Update delivers the spikes of the last step and advances the neurons.
func (net *EINet) Update(s *trace.Scope, input num.Array) num.Array {
	spikes := net.N.Spike.Get(s)
	net.E.Update(s, spikes.Slice(0, net.ne))
	net.I.Update(s, spikes.Slice(net.ne, net.N.Size()))
	return net.N.Update(s, input)
}

func main() {
	scale := flag.Float64("scale", 1, "size of the network in units of 4,000 neurons")
	duration := flag.Float64("duration", 1000, "biological time in ms")
	seed := flag.Uint64("seed", 1, "seed of wiring and initial potentials")
	backend := flag.String("backend", "", "cpu (compiled, the default) or interp (the reference interpreter)")
	threads := flag.Int("threads", 0, "threads of the run; 0 takes what the size of the network makes worth while")
	output := flag.String("output", "ei-balance.png", "raster plot to write: .png, .svg or .pdf; empty for none")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "ei-balance: arguments: got %q, want flags only\n", flag.Args())
		os.Exit(1)
	}
	if err := simulate(*scale, *duration, *seed, *threads, *backend, *output); err != nil {
		fmt.Fprintln(os.Stderr, "ei-balance:", err)
		os.Exit(1)
	}
}

func simulate(scale, duration float64, seed uint64, threads int, backend, output string) error {
	if !(scale >= 0.05 && scale <= 1000) {
		return fmt.Errorf("scale: got %v, want a number from 0.05 to 1000", scale)
	}
	if threads < 0 {
		return fmt.Errorf("threads: got %d, want 0 or more", threads)
	}
	if !(duration >= 0.1) {
		return fmt.Errorf("duration: got %v, want one step of 0.1 ms or more", duration)
	}
	if output != "" {
		if err := plot.Check(output); err != nil {
			return err
		}
	}
	if err := trace.SetBackend(backend); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	initial.SetSeed(seed)
	begin := time.Now()
	net := NewEINet(scale)
	built := time.Since(begin)
	r := run.New(net, run.Config{
		Dt: 0.1, Inputs: run.Constant(20), Monitors: run.Monitors{"spike": run.Events(net.N.Spike)},
		Options: []trace.Option{trace.Threads(threads)},
	})
	begin = time.Now()
	if err := r.Prepare(min(duration, 10)); err != nil {
		return err
	}
	compiled := time.Since(begin)
	hist, err := r.Run(ctx, min(duration, 10))
	if err != nil {
		return err
	}
	first := time.Since(started)
	if duration > 10 {
		if err := r.Prepare(duration - 10); err != nil {
			return err
		}
		if hist, err = r.Run(ctx, duration-10); err != nil {
			return err
		}
	}
	spikes := hist.Events("spike")
	fmt.Printf("%d neurons, %d synapses, built in %.1f ms, compiled in %.1f ms\n", net.N.Size(), synapses(net), ms(built), ms(compiled))
	fmt.Printf("first spikes after %.1f ms\n", ms(first))
	fmt.Printf("%d steps of 0.1 ms in %.1f ms: %.2f us a step\n", hist.Steps, ms(r.Elapsed()), ms(r.Elapsed())*1e3/float64(hist.Steps))
	fmt.Printf("mean rate %.1f Hz\n", spikes.Rate(hist.Steps, hist.Dt))
	if output == "" {
		return nil
	}
	if err := plot.Raster(output, spikes, hist.Dt); err != nil {
		return err
	}
	fmt.Println("raster:", output)
	return nil
}

func synapses(net *EINet) int {
	return net.E.Comm.(*connect.CSR).Synapses() + net.I.Comm.(*connect.CSR).Synapses()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

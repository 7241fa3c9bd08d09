// Command hodgkin-huxley runs neurons with the equations of Hodgkin and Huxley (1952) under a constant current, tells when they spike, and
// draws the membrane potential over time.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"time"

	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/plot"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// maxLines is how many neurons are drawn at most.
const maxLines = 5

// drawEvery is the time between points of the picture, in ms.
const drawEvery = 0.1

// Population is a number of neurons that differ in where they start, and the potentials of the first few for the picture.
type Population struct {
	*neuron.HH
	Drawn *trace.Variable // mV
}

// NewPopulation makes n neurons that start between -65 and -60 mV.
func NewPopulation(n int) *Population {
	start := num.Linspace(-65, -60, n)
	return &Population{
		HH:    neuron.NewHH(n, neuron.HHParams{Init: start}),
		Drawn: trace.NewVariable(start.Slice(0, min(n, maxLines))),
	}
}

// Update advances the neurons by one step.
func (p *Population) Update(s *trace.Scope, input num.Array) num.Array {
	spikes := p.HH.Update(s, input)
	p.Drawn.Set(s, p.V.Get(s).Slice(0, p.Drawn.Shape()[0]))
	return spikes
}

// settings are the flags.
type settings struct {
	neurons                int
	duration, dt, input    float64
	backend, output, dtype string
}

func main() {
	var set settings
	flag.IntVar(&set.neurons, "neurons", 1, "number of neurons")
	flag.Float64Var(&set.duration, "duration", 100, "biological time in ms")
	flag.Float64Var(&set.dt, "dt", 0.01, "time step in ms")
	flag.Float64Var(&set.input, "input", 10, "current into each neuron, in uA/cm2")
	flag.StringVar(&set.dtype, "dtype", "f32", "f32 or f64")
	flag.StringVar(&set.backend, "backend", "", "cpu (compiled, the default) or interp (the reference interpreter)")
	flag.StringVar(&set.output, "output", "hodgkin-huxley.png", "picture to write: .png, .svg or .pdf; empty for none")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "hodgkin-huxley: arguments: got %q, want flags only\n", flag.Args())
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := simulate(ctx, set, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hodgkin-huxley:", err)
		os.Exit(1)
	}
}

// check refuses settings that make no sense.
func (set settings) check() error {
	switch {
	case set.neurons < 1 || set.neurons > 10_000_000:
		return fmt.Errorf("neurons: got %d, want 1 to 10000000", set.neurons)
	case !(set.dt > 0 && set.dt <= 0.1):
		return fmt.Errorf("dt: got %v, want more than 0 and at most 0.1 ms, or the gates become unstable", set.dt)
	case !(set.duration >= set.dt && set.duration <= 1e6):
		return fmt.Errorf("duration: got %v, want one step to 1e6 ms", set.duration)
	case math.IsNaN(set.input) || math.IsInf(set.input, 0):
		return fmt.Errorf("input: got %v, want a finite current", set.input)
	case set.dtype != "f32" && set.dtype != "f64":
		return fmt.Errorf("dtype: got %q, want f32 or f64", set.dtype)
	}
	if set.output != "" {
		if err := plot.Check(set.output); err != nil {
			return err
		}
	}
	return trace.SetBackend(set.backend)
}

func simulate(ctx context.Context, set settings, out io.Writer) error {
	if err := set.check(); err != nil {
		return err
	}
	trace.SetX64(set.dtype == "f64")
	p := NewPopulation(set.neurons)
	every := max(int(math.Round(drawEvery/set.dt)), 1)
	r := run.New(p, run.Config{
		Dt:     set.dt,
		Inputs: run.Constant(set.input),
		Monitors: run.Monitors{
			"spike": run.Events(p.Spike),
			"V":     run.Every(every, p.Drawn),
		},
	})
	begin := time.Now()
	if err := r.Prepare(set.duration); err != nil {
		return err
	}
	compiled := time.Since(begin)
	hist, err := r.Run(ctx, set.duration)
	if err != nil {
		return err
	}
	spikes := hist.Events("spike")
	fmt.Fprintf(out, "traced and compiled in %.1f ms\n", ms(compiled))
	fmt.Fprintf(out, "%d steps of %v ms for %d neurons in %.1f ms: %.2f us a step\n",
		hist.Steps, set.dt, set.neurons, ms(r.Elapsed()), ms(r.Elapsed())*1e3/float64(hist.Steps))
	fmt.Fprintf(out, "%d spikes, mean rate %.1f Hz\n", spikes.Len(), spikes.Rate(hist.Steps, set.dt))
	return draw(set.output, hist, float64(every)*set.dt, out)
}

// draw writes the picture.
func draw(file string, hist *run.History, step float64, out io.Writer) error {
	if file == "" {
		return nil
	}
	v, err := hist.Trace("V").Array()
	if err != nil {
		return err
	}
	if err := plot.Lines(file, v, step); err != nil {
		return err
	}
	fmt.Fprintln(out, "picture:", file)
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

package main

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/trace"
)

// meter is a backend that measures what compiling takes on the one below it, and keeps what it compiled last.
type meter struct {
	backends.Backend
	took time.Duration
	exec backends.Executable
}

func (m *meter) Compile(g *ir.Graph, opts backends.Options) (exec backends.Executable, err error) {
	start := time.Now()
	m.exec, err = m.Backend.Compile(g, opts)
	m.took += time.Since(start)
	return m.exec, err
}

// compiled is a function made ready for measuring.
type compiled[A, R any] struct {
	*trace.Compiled[A, R]
	meter *meter // nil for eager functions
}

// compile traces f for arg and says how long it took in r. The backend compiles at the first call.
func compile[A, R any](c *config, r *result, f func(*trace.Scope, A) R, arg A, opts ...trace.Option) (*compiled[A, R], error) {
	if c.backend == eagerBackend {
		return &compiled[A, R]{Compiled: trace.Eager(f, opts...)}, nil
	}
	b, err := backends.Default()
	if err != nil {
		return nil, err
	}
	m := &meter{Backend: b}
	jit := trace.Jit(f, append(opts, trace.On(m), trace.Threads(c.threads), trace.Name(c.workload.name))...)
	start := time.Now()
	low, err := jit.Lower(arg)
	if err != nil {
		return nil, err
	}
	r.TraceMs = millis(time.Since(start))
	if c.show == "ir" {
		fmt.Fprintln(c.notes, low.IR())
	}
	return &compiled[A, R]{jit, m}, nil
}

// report notes what compiling took, after the first call, and shows what the user wants to see.
func (f *compiled[A, R]) report(c *config, r *result) error {
	if f.meter == nil {
		return nil
	}
	r.CompileMs = millis(f.meter.took)
	insp, ok := f.meter.exec.(backends.Inspector)
	switch {
	case c.show == "" || c.show == "ir":
	case !ok:
		return fmt.Errorf("show: backend %s has no %s to show", r.Backend, c.show)
	case c.show == "kernels":
		fmt.Fprintln(c.notes, insp.Kernels())
	case c.show == "listing":
		fmt.Fprintln(c.notes, insp.Listing())
	default:
		return fmt.Errorf("show: got %q, want ir, kernels or listing", c.show)
	}
	return nil
}

// repeat measures calls of f: as many as fill c.ms.
func repeat[A, R any](c *config, r *result, f func(*trace.Scope, A) R, arg A, opts ...trace.Option) error {
	fn, err := compile(c, r, f, arg, opts...)
	if err != nil {
		return err
	}
	if _, err := fn.Call(arg); err != nil {
		return err
	}
	if err := fn.report(c, r); err != nil {
		return err
	}
	runtime.GC()
	want := time.Duration(c.ms * float64(time.Millisecond))
	for n := 1; ; {
		watch := startWatch()
		if err := calls(fn.Compiled, arg, n); err != nil {
			return err
		}
		took, cpu := watch.read()
		if took >= want || n >= math.MaxInt32 {
			r.Steps = n
			r.setTime(took, cpu)
			return nil
		}
		// Aim a little above the wanted time, but never grow by more than ten times on the word of a short run.
		n = int(min(float64(n)*1.1*float64(want)/float64(max(took, 1)), 10*float64(n))) + 1
	}
}

func calls[A, R any](f *trace.Compiled[A, R], arg A, n int) error {
	for range n {
		if _, err := f.Call(arg); err != nil {
			return err
		}
	}
	return nil
}

// setTime notes the times that all steps took.
func (r *result) setTime(wall, cpu time.Duration) {
	r.UsPerStep, r.CPUPerStep = micros(wall)/float64(r.Steps), micros(cpu)/float64(r.Steps)
}

// model is what simulate runs: its Update advances it by one step. Its Variables are found by trace.VarsOf.
type model interface {
	Update(s *trace.Scope)
	// Count is how often each neuron has spiked.
	Count() *trace.Variable
}

// simulate measures a model over c.ms in steps of dt ms. The whole run is one call, made twice: the first compiles, then the state is put
// back and the second is measured.
func simulate(c *config, r *result, dt float64, m model) error {
	steps := math.Round(c.ms / dt)
	if !(steps >= 1 && steps <= math.MaxInt32) {
		return fmt.Errorf("ms: got %v, want a time of 1 to %d steps of %v ms", c.ms, math.MaxInt32, dt)
	}
	r.Steps = int(steps)
	start := keepState(m)
	run := func(s *trace.Scope, none struct{}) struct{} {
		trace.ForLoop(s, trace.Range(r.Steps), func(s *trace.Scope, _ trace.Array) struct{} {
			m.Update(s)
			return none
		})
		return none
	}
	fn, err := compile(c, r, run, struct{}{}, trace.FlushDenormals())
	if err != nil {
		return err
	}
	if _, err := fn.Call(struct{}{}); err != nil {
		return err
	}
	if err := fn.report(c, r); err != nil {
		return err
	}
	start.restore()
	runtime.GC()
	watch := startWatch()
	if _, err := fn.Call(struct{}{}); err != nil {
		return err
	}
	spikes := sum(m.Count().Value())
	r.setTime(watch.read())
	r.RateHz = spikes / float64(r.N) / (steps * dt * 1e-3)
	return nil
}

// sum adds up without overflow.
func sum(x trace.Array) float64 {
	total := 0.0
	for _, v := range x.Ints() {
		total += float64(v)
	}
	return total
}

// state is the Variables of a model with their values.
type state struct {
	vars   trace.Vars
	values []trace.Array
}

func keepState(m model) state {
	s := state{vars: trace.VarsOf(m)}
	for _, v := range s.vars {
		s.values = append(s.values, v.Var.Value())
	}
	return s
}

func (s state) restore() {
	for i, v := range s.vars {
		v.Var.SetValue(s.values[i])
	}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

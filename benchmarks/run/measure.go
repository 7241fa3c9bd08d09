package main

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// compile traces and compiles f for arg, and says how long that took in r.
func compile[A, R any](c *config, r *result, f func(*trace.Scope, A) R, arg A, opts ...trace.Option) (*trace.Compiled[A, R], error) {
	if c.backend == eagerBackend {
		return trace.Eager(f, opts...), nil
	}
	jit := trace.Jit(f, append(opts, trace.Threads(c.threads), trace.Name(c.workload.name))...)
	start := time.Now()
	low, err := jit.Lower(arg)
	if err != nil {
		return nil, err
	}
	traced := time.Now()
	exec, err := low.Compile()
	if err != nil {
		return nil, err
	}
	r.TraceMs, r.CompileMs = millis(traced.Sub(start)), millis(time.Since(traced))
	return jit, c.showProgram(r, low, exec)
}

// showProgram writes what -show asks for.
func (c *config) showProgram(r *result, low *trace.Lowered, exec backends.Executable) error {
	insp, ok := exec.(backends.Inspector)
	switch {
	case c.show == "":
	case c.show == "ir":
		fmt.Fprintln(c.notes, low.IR())
	case c.show != "kernels" && c.show != "listing":
		return fmt.Errorf("show: got %q, want ir, kernels or listing", c.show)
	case !ok:
		return fmt.Errorf("show: backend %s has no %s to show", r.Backend, c.show)
	case c.show == "kernels":
		fmt.Fprintln(c.notes, insp.Kernels())
	default:
		fmt.Fprintln(c.notes, insp.Listing())
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
	runtime.GC()
	want := time.Duration(c.ms * float64(time.Millisecond))
	for n := 1; ; {
		watch := startWatch()
		if err := calls(fn, arg, n, c.keep); err != nil {
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

// calls makes n calls, and releases the result of each unless it is to be kept.
func calls[A, R any](f *trace.Compiled[A, R], arg A, n int, keep bool) error {
	for range n {
		r, err := f.Call(arg)
		if err != nil {
			return err
		}
		if a, ok := any(r).(num.Array); ok && !keep {
			a.Release()
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

// simulate measures a model over c.ms in steps of dt ms.
func simulate(c *config, r *result, dt float64, m model) error {
	steps, err := c.steps(dt)
	if err != nil {
		return err
	}
	r.Steps = steps
	type none struct{}
	run := func(s *trace.Scope, _ none) none {
		trace.ForLoop(s, trace.Range(steps), func(s *trace.Scope, _ trace.Array) none {
			m.Update(s)
			return none{}
		})
		return none{}
	}
	fn, err := compile(c, r, run, none{}, trace.FlushDenormals())
	if err != nil {
		return err
	}
	start := keepState(m)
	return measureRun(r, dt, func() (float64, error) {
		start.restore()
		if _, err := fn.Call(none{}); err != nil {
			return 0, err
		}
		return sum(m.Count().Value()), nil
	})
}

// steps is the time of the run in steps of dt ms.
func (c *config) steps(dt float64) (int, error) {
	steps := math.Round(c.ms / dt)
	if !(steps >= 1 && steps <= math.MaxInt32) {
		return 0, fmt.Errorf("ms: got %v, want a time of 1 to %d steps of %v ms", c.ms, math.MaxInt32, dt)
	}
	return int(steps), nil
}

// measureRun measures a run of all steps in one call, which returns the number of spikes. It is made twice: the first one warms up.
func measureRun(r *result, dt float64, run func() (spikes float64, err error)) error {
	if _, err := run(); err != nil {
		return err
	}
	runtime.GC()
	watch := startWatch()
	spikes, err := run()
	if err != nil {
		return err
	}
	r.setTime(watch.read())
	r.RateHz = spikes / float64(r.N) / (float64(r.Steps) * dt * 1e-3)
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

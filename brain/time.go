package brain

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

// clock is what a scope knows about time.
type clock struct {
	index trace.Array // i32 scalar
	dt    float64
}

type clockKey struct{}

// ForLoop runs body for each row of xs, one step of dt (ms) each, and stacks its results, as trace.ForLoop. Inside of the body, I,
// T and Dt tell the step, the time and dt.
func ForLoop[X, Y any](s *trace.Scope, dt float64, xs X, body func(*trace.Scope, X) Y, opts ...trace.LoopOption) Y {
	return ForLoopFrom(s, dt, 0, xs, body, opts...)
}

// ForLoopFrom is ForLoop with the first step numbered start (an int or an integer scalar): for runs in several parts.
func ForLoopFrom[X, Y any](s *trace.Scope, dt float64, start any, xs X, body func(*trace.Scope, X) Y, opts ...trace.LoopOption) Y {
	type step struct {
		X X
		I trace.Array
	}
	checkDt("for loop", dt)
	first := trace.AsArray("for loop", start).AsType(dtype.Int32)
	in := step{X: xs, I: trace.Range(trace.Rows(xs))}
	return trace.ForLoop(s, in, func(s *trace.Scope, x step) Y {
		c := clock{index: x.I.AsType(dtype.Int32).Add(first), dt: dt}
		return body(s.With(clockKey{}, c), x.X)
	}, opts...)
}

// At returns a scope with a time of its own: a single step outside of a loop.
func At(s *trace.Scope, dt float64, index any) *trace.Scope {
	checkDt("at", dt)
	return s.With(clockKey{}, clock{trace.AsArray("at", index).AsType(dtype.Int32), dt})
}

func checkDt(op string, dt float64) {
	if !(dt > 0) || math.IsInf(dt, 0) {
		trace.Fail(op, "dt", fmt.Sprint(dt), "a positive number of ms", "")
	}
}

// I is the index of the step, an i32 scalar.
func I(s *trace.Scope) trace.Array { return clockOf(s, "brain.I").index }

// T is the time at the start of the step in ms: the index times dt.
func T(s *trace.Scope) trace.Array {
	c := clockOf(s, "brain.T")
	return c.index.AsType(dtype.DefaultFloat()).Mul(c.dt)
}

// Dt is the length of a step in ms.
func Dt(s *trace.Scope) float64 { return clockOf(s, "brain.Dt").dt }

func clockOf(s *trace.Scope, op string) clock {
	c, ok := s.Value(clockKey{}).(clock)
	if !ok {
		trace.Fail(op, "scope", "a scope without time", "a scope inside of brain.ForLoop or run.Run", "or give it one with brain.At")
	}
	return c
}

package run

import (
	"fmt"

	"github.com/ranvier-go/ranvier/trace"
)

// Input is what drives a model: the argument of its Update in each step.
type Input interface {
	// rows returns the inputs of n steps from start as stacked rows; inputs that need none return the numbers from 0.
	rows(start, n int) (trace.Array, error)
	// at returns the input of one step from its row.
	at(s *trace.Scope, row trace.Array) trace.Array
}

// Constant is the same number in each step.
type Constant float64

func (Constant) rows(_, n int) (trace.Array, error) { return trace.Range(n), nil }

func (c Constant) at(*trace.Scope, trace.Array) trace.Array {
	return trace.AsArray("input", float64(c))
}

// Rows gives step i row i of an array: (steps) or (steps, neurons).
type Rows struct{ X trace.Array }

func (r Rows) rows(start, n int) (trace.Array, error) {
	if r.X.Rank() == 0 || start+n > r.X.Dim(0) {
		return trace.Array{}, fmt.Errorf("run: input rows: got %s, want at least %d rows for the steps of this run", r.X.Type(), start+n)
	}
	return r.X.Slice(start, start+n), nil
}

func (Rows) at(_ *trace.Scope, row trace.Array) trace.Array { return row }

// Func computes the input in each step; brain.T(s) and brain.I(s) tell the time.
type Func func(s *trace.Scope) trace.Array

func (Func) rows(_, n int) (trace.Array, error) { return trace.Range(n), nil }

func (f Func) at(s *trace.Scope, _ trace.Array) trace.Array { return f(s) }

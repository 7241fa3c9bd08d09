package irtest

import (
	"context"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// maxSteps bounds the nodes and iterations of one Run: graphs that Shrink tries may loop for ever.
const maxSteps = 1 << 18

// Run evaluates a case by the interpreter. A case that takes more than some 100,000 nodes and iterations gives the error
// context.DeadlineExceeded.
func Run(c *Case) ([]*tensor.Tensor, error) {
	ctx := &stepLimit{Context: context.Background(), left: maxSteps}
	return interp.Run(ctx, c.Graph, c.Inputs, interp.PrintTo(func(string) {}))
}

// stepLimit is a context that ends after a number of polls, wherever it runs.
type stepLimit struct {
	context.Context
	left int
}

func (l *stepLimit) Err() error {
	if l.left--; l.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// walk evaluates a graph with watchers: before sees each run of a graph or region, after may replace the results of each node.
func walk(c *Case, before func(g *ir.Graph, in []*tensor.Tensor), after func(n *ir.Node, out []*tensor.Tensor)) ([]*tensor.Tensor, error) {
	poll := &stepLimit{Context: context.Background(), left: maxSteps}
	ev := &ir.Eval{Poll: poll.Err, Print: func(string) {}, Step: -1}
	ev.Run = func(g *ir.Graph, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		before(g, in)
		env := make(map[*ir.Value]*tensor.Tensor, len(g.Params)+len(g.Nodes))
		for i, p := range g.Params {
			env[p] = in[i]
		}
		for _, n := range g.Nodes {
			out, err := n.Row().Eval(ev, n, lookup(env, n.Inputs))
			if err != nil {
				return nil, err
			}
			after(n, out)
			for i, v := range n.Results {
				env[v] = out[i]
			}
		}
		return lookup(env, g.Outputs), nil
	}
	return ev.Run(c.Graph, c.Inputs)
}

// direction chooses, for a number that is disturbed, whether it becomes larger (1) or smaller (-1).
type direction func() float64

// runDisturbed evaluates a graph where each result of a row with a documented error is moved by twice that error: what an executor with
// functions of its own may compute, and more, since later rounding can hide a smaller change.
func runDisturbed(c *Case, d direction) ([]*tensor.Tensor, error) {
	return runMoved(c, d, func(n *ir.Node, _ dtype.DType) float64 { return 2 * math.Ceil(n.Row().ULP) })
}

// runMoved evaluates a graph where each result is moved by so many units in the last place.
func runMoved(c *Case, d direction, units func(n *ir.Node, dt dtype.DType) float64) ([]*tensor.Tensor, error) {
	return walk(c, func(*ir.Graph, []*tensor.Tensor) {}, func(n *ir.Node, out []*tensor.Tensor) {
		for i, t := range out {
			if u := units(n, t.DType()); u > 0 {
				out[i] = disturbed(t, d, u)
			}
		}
	})
}

// regionRuns returns cases of the regions of c with the inputs that they get when c runs: of each region the first runs.
func regionRuns(c *Case) []*Case {
	const most = 2
	var cases []*Case
	runs := map[*ir.Graph]int{}
	walk(c, func(g *ir.Graph, in []*tensor.Tensor) {
		if runs[g]++; g != c.Graph && runs[g] <= most {
			cases = append(cases, &Case{g, slices.Clone(in)})
		}
	}, func(*ir.Node, []*tensor.Tensor) {})
	return cases
}

func lookup(env map[*ir.Value]*tensor.Tensor, vs []*ir.Value) []*tensor.Tensor {
	out := make([]*tensor.Tensor, len(vs))
	for i, v := range vs {
		out[i] = env[v]
	}
	return out
}

// disturbed moves each float, or part of a complex number, by units in the last place.
func disturbed(t *tensor.Tensor, d direction, units float64) *tensor.Tensor {
	if !dtype.Inexact.Has(t.DType()) {
		return t
	}
	l := floatLimits[t.DType().Real()]
	x := parts(t)
	for i, v := range x {
		if v-v == 0 && v != 0 {
			x[i] += d() * units * l.unit(v)
		}
	}
	out := tensor.Must(tensor.New(t.DType(), t.Shape()...))
	if t.DType().IsComplex() {
		for i := range t.Size() {
			out.Set(i, complex(x[2*i], x[2*i+1]))
		}
	} else {
		out.StoreFloat64(0, x)
	}
	return out
}

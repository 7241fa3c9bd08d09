package irtest

import (
	"context"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
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

// runDisturbed evaluates a graph where each result of a row with a documented error is moved at random within that error: what an
// executor with functions of its own may compute.
func runDisturbed(r *ir.Rand, c *Case) ([]*tensor.Tensor, error) {
	return walk(c, func(*ir.Graph, []*tensor.Tensor) {}, func(n *ir.Node, out []*tensor.Tensor) {
		if ulp := n.Row().ULP; ulp > 0 {
			for i, t := range out {
				out[i] = disturbed(r, t, ulp)
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

// disturbed moves each float by up to ulp units in the last place, rounded up.
func disturbed(r *ir.Rand, t *tensor.Tensor, ulp float64) *tensor.Tensor {
	steps := int64(math.Ceil(ulp))
	out := t.Clone()
	switch dt := t.DType(); {
	case dt.IsFloat():
		x := t.Float64s()
		for i := range x {
			x[i] = moved(x[i], r.Int64N(2*steps+1)-steps, floatLimits[dt])
		}
		out.StoreFloat64(0, x)
	case dt.IsComplex():
		z := t.Complex128s()
		l := floatLimits[dt.Real()]
		for i := range z {
			z[i] = complex(moved(real(z[i]), r.Int64N(2*steps+1)-steps, l), moved(imag(z[i]), r.Int64N(2*steps+1)-steps, l))
		}
		out.StoreComplex128(0, z)
	}
	return out
}

// moved returns x moved by a number of units in its last place.
func moved(x float64, steps int64, l limits) float64 {
	if x-x != 0 || x == 0 {
		return x
	}
	return x + float64(steps)*l.unit(x)
}

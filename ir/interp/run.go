package interp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/ranvier-go/ranvier/ir"
	_ "github.com/ranvier-go/ranvier/ir/op" // registers the rows
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Option changes what a run does besides computing.
type Option func(*interpreter)

// PrintTo sends the text of print nodes to f, one call a node; without it they go to standard output, a line each.
func PrintTo(f func(text string)) Option { return func(it *interpreter) { it.eval.Print = f } }

// ReportTo has outermost loops call f after each step.
func ReportTo(f func(done, total int)) Option {
	return func(it *interpreter) { it.eval.Progress = f }
}

// CheckNaN stops the run at the first node that makes a NaN of inputs without one, with a *NaNError.
func CheckNaN() Option { return func(it *interpreter) { it.checkNaN = true } }

// interpreter is the state of one run.
type interpreter struct {
	ctx      context.Context
	eval     ir.Eval
	checkNaN bool
	plans    map[*ir.Graph]*plan // of the graph and its regions, which loops run many times
}

// Run computes the outputs of g. The inputs must have exactly the types of its parameters; an *ir.Error says which has not. Errors of
// nodes are an *Error; a cancelled context stops the run before the next node and is returned as ctx.Err().
func Run(ctx context.Context, g *ir.Graph, inputs []*tensor.Tensor, opts ...Option) ([]*tensor.Tensor, error) {
	if err := checkInputs(g, inputs); err != nil {
		return nil, err
	}
	it := &interpreter{ctx: ctx, plans: map[*ir.Graph]*plan{}}
	it.eval = ir.Eval{
		Run:   it.run,
		Poll:  ctx.Err,
		Print: func(text string) { fmt.Fprintln(os.Stdout, text) },
		Step:  -1,
	}
	for _, opt := range opts {
		opt(it)
	}
	return it.run(g, inputs)
}

func checkInputs(g *ir.Graph, inputs []*tensor.Tensor) error {
	op := "run " + g.Name
	if len(inputs) != len(g.Params) {
		return &ir.Error{Op: op, Arg: "inputs", Got: strconv.Itoa(len(inputs)), Want: strconv.Itoa(len(g.Params))}
	}
	for i, p := range g.Params {
		arg := "input " + strconv.Itoa(i)
		if inputs[i] == nil {
			return &ir.Error{Op: op, Arg: arg, Got: "nil", Want: p.Type.String()}
		}
		if got := ir.T(inputs[i].DType(), inputs[i].Shape()...); !got.Equal(p.Type) {
			return &ir.Error{Op: op, Arg: arg, Got: got.String(), Want: p.Type.String()}
		}
	}
	return nil
}

// run evaluates a graph, or a region for a row.
func (it *interpreter) run(g *ir.Graph, inputs []*tensor.Tensor) ([]*tensor.Tensor, error) {
	p, ok := it.plans[g]
	if !ok {
		p = newPlan(g)
		it.plans[g] = p
	}
	frame := make([]*tensor.Tensor, p.slots)
	copy(frame, inputs)
	for i := range p.steps {
		st := &p.steps[i]
		if err := it.ctx.Err(); err != nil {
			return nil, err
		}
		in := pick(frame, st.in)
		results, err := it.evalNode(st.node, in)
		if err != nil {
			return nil, err
		}
		if it.checkNaN && makesNaN(st.node, in, results) {
			return nil, nodeError(st.node, &NaNError{Step: it.eval.Step})
		}
		for k, s := range st.results {
			frame[s] = results[k]
		}
		for _, s := range st.dead {
			frame[s] = nil
		}
	}
	return pick(frame, p.outputs), nil
}

// evalNode applies the row's evaluation and checks that it keeps the promise of the type rule.
func (it *interpreter) evalNode(n *ir.Node, in []*tensor.Tensor) (results []*tensor.Tensor, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(n, p)
		}
	}()
	row := n.Row()
	if row.Eval == nil {
		panic("BUG: no reference evaluation")
	}
	results, err = row.Eval(&it.eval, n, in)
	if err != nil {
		if stopped := it.ctx.Err(); stopped != nil && errors.Is(err, stopped) {
			return nil, stopped
		}
		return nil, nodeError(n, err)
	}
	if len(results) != len(n.Results) {
		panic(fmt.Sprintf("BUG: %d results, the type rule promised %d", len(results), len(n.Results)))
	}
	for i, v := range n.Results {
		if r := results[i]; r.DType() != v.Type.DType || !slices.Equal(r.Shape(), v.Type.Shape) {
			panic(fmt.Sprintf("BUG: result %d is %s%v, the type rule promised %s", i, r.DType(), r.Shape(), v.Type))
		}
	}
	return results, nil
}

func pick(frame []*tensor.Tensor, slots []int) []*tensor.Tensor {
	out := make([]*tensor.Tensor, len(slots))
	for i, s := range slots {
		out[i] = frame[s]
	}
	return out
}

package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// LiftedCheck is a check that LiftChecks took out of a graph.
type LiftedCheck struct {
	Message string
	Pos     ir.Position // the user's call, may be unknown
}

// Error is the failure of the check in a step of the innermost loop, -1 outside of loops; there is an *op.CheckError in it.
func (c LiftedCheck) Error(step int) error {
	err := &op.CheckError{Message: c.Message, Step: step}
	if c.Pos.IsValid() {
		return fmt.Errorf("%s:%d: check: %w", c.Pos.File, c.Pos.Line, err)
	}
	return fmt.Errorf("check: %w", err)
}

// LiftChecks turns the checks of g into two more outputs, for targets that cannot stop a run: which check failed first (i32, counted from 1
// in the returned list, 0 for none), and in which step. Whiles end at a failure; loops go on with numbers that nobody will see. Checks in
// conditions of whiles and in regions of folds are left out. A graph without checks is returned as it is, with no list.
func LiftChecks(g *ir.Graph) (*ir.Graph, []LiftedCheck) {
	if !hasChecks(g) {
		return g, nil
	}
	l := &checkLifter{}
	b := ir.NewBuilder(g.Name)
	params := b.Params(g.InTypes())
	zero, outside := op.ScalarInt(b, dtype.Int32, 0), op.ScalarInt(b, dtype.Int32, -1)
	outputs, s := l.inline(b, g, params, checkState{zero, outside, outside})
	return b.Build(append(slices.Clone(outputs), s.failed, s.at)...), l.checks
}

func hasChecks(g *ir.Graph) bool {
	found := false
	g.Walk(func(n *ir.Node) { found = found || n.Op == op.CheckID })
	return found
}

func nodeHasChecks(n *ir.Node) bool { return slices.ContainsFunc(n.Regions, hasChecks) }

type checkLifter struct{ checks []LiftedCheck }

// checkState is what goes through the program: which check failed, in which step, and the step now.
type checkState struct{ failed, at, step *ir.Value }

// stateTypes are the types of failed and at.
var stateTypes = []ir.Type{indexType, indexType}

// inline appends the nodes of g with its checks lifted.
func (l *checkLifter) inline(b *ir.Builder, g *ir.Graph, args []*ir.Value, s checkState) ([]*ir.Value, checkState) {
	env := map[*ir.Value]*ir.Value{}
	for i, p := range g.Params {
		env[p] = args[i]
	}
	for _, n := range g.Nodes {
		in := ir.Lookup(env, n.Inputs)
		b.Locate = func() ir.Position { return n.Pos }
		var out []*ir.Value
		switch {
		case n.Op == op.CheckID:
			s = l.check(b, n, in[0], s)
		case nodeHasChecks(n):
			out, s = l.control(b, n, in, s)
		default:
			out = b.Copy(n, in).Results
		}
		for i, r := range n.Results {
			env[r] = out[i]
		}
	}
	return ir.Lookup(env, g.Outputs), s
}

func (l *checkLifter) check(b *ir.Builder, n *ir.Node, ok *ir.Value, s checkState) checkState {
	l.checks = append(l.checks, LiftedCheck{n.Attrs.(op.CheckAttrs).Message, n.Pos})
	number := op.ScalarInt(b, dtype.Int32, int64(len(l.checks)))
	first := op.And(b, op.Not(b, ok), op.Eq(b, s.failed, op.ScalarInt(b, dtype.Int32, 0)))
	return checkState{op.Select(b, first, number, s.failed), op.Select(b, first, s.step, s.at), s.step}
}

// control lifts the checks of the regions of n.
func (l *checkLifter) control(b *ir.Builder, n *ir.Node, in []*ir.Value, s checkState) ([]*ir.Value, checkState) {
	switch n.Op {
	case op.LoopID:
		return l.loop(b, n, in, s)
	case op.WhileID:
		return l.while(b, n, in, s)
	case op.SwitchID:
		branches := make([]*ir.Graph, len(n.Regions))
		for i, g := range n.Regions {
			branches[i] = l.region(g)
		}
		out := op.Switch(b, in[0], branches, append(slices.Clone(in[1:]), s.failed, s.at, s.step)...)
		return splitState(out, s)
	case op.CallID:
		attrs := op.CallAttrs{Name: n.Attrs.(op.CallAttrs).Name}
		out := op.Call(b, attrs, []*ir.Graph{l.region(n.Regions[0])}, append(slices.Clone(in), s.failed, s.at, s.step)...)
		return splitState(out, s)
	}
	return b.Copy(n, in).Results, s
}

// splitState takes the state off the end of a list of results.
func splitState(out []*ir.Value, s checkState) ([]*ir.Value, checkState) {
	k := len(out) - 2
	return out[:k], checkState{out[k], out[k+1], s.step}
}

// region is a graph with the state behind its parameters, and failed and at behind its outputs.
func (l *checkLifter) region(g *ir.Graph) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	args := b.Params(g.InTypes())
	outputs, s := l.inline(b, g, args, checkState{b.Param(indexType), b.Param(indexType), b.Param(indexType)})
	return b.Build(append(slices.Clone(outputs), s.failed, s.at)...)
}

func (l *checkLifter) loop(b *ir.Builder, n *ir.Node, in []*ir.Value, s checkState) ([]*ir.Value, checkState) {
	a, g := n.Attrs.(op.LoopAttrs), n.Regions[0]
	body := ir.NewBuilder(g.Name)
	index := body.Param(indexType)
	fixed := body.Params(ir.TypesOf(in[:a.Consts+a.Carries]))
	state := body.Params(stateTypes)
	rows := body.Params(ir.TypesOf(g.Params[1+a.Consts+a.Carries:]))
	outputs, after := l.inline(body, g, slices.Concat([]*ir.Value{index}, fixed, rows), checkState{state[0], state[1], index})
	region := body.Build(slices.Concat(outputs[:a.Carries], []*ir.Value{after.failed, after.at}, outputs[a.Carries:])...)
	carries := a.Carries
	operands := slices.Concat(in[:a.Consts+carries], []*ir.Value{s.failed, s.at}, in[a.Consts+carries:])
	a.Carries += 2
	out := op.Loop(b, a, region, operands...)
	return slices.Concat(out[:carries], out[carries+2:]), checkState{out[carries], out[carries+1], s.step}
}

// while counts its steps in a third carry.
func (l *checkLifter) while(b *ir.Builder, n *ir.Node, in []*ir.Value, s checkState) ([]*ir.Value, checkState) {
	a := n.Attrs.(op.WhileAttrs)
	state := append(slices.Clone(stateTypes), indexType)

	c := ir.NewBuilder("cond")
	p := c.Params(n.Regions[0].InTypes())
	carried := c.Params(state)
	goOn := n.Regions[0].Inline(c, p...)[0]
	cond := c.Build(op.And(c, goOn, op.Eq(c, carried[0], op.ScalarInt(c, dtype.Int32, 0))))

	d := ir.NewBuilder("body")
	q := d.Params(n.Regions[1].InTypes())
	now := d.Params(state)
	outputs, after := l.inline(d, n.Regions[1], q, checkState{now[0], now[1], now[2]})
	next := op.Add(d, now[2], op.ScalarInt(d, dtype.Int32, 1))
	body := d.Build(append(slices.Clone(outputs), after.failed, after.at, next)...)

	operands := append(slices.Clone(in), s.failed, s.at, op.ScalarInt(b, dtype.Int32, 0))
	out := op.While(b, a, cond, body, operands...)
	k := len(out) - 3
	return out[:k], checkState{out[k], out[k+1], s.step}
}

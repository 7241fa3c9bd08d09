package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// whileRule differentiates op.While, forwards only: the number of iterations, and with it the memory for the way back, is unknown.
type whileRule struct{}

func (whileRule) flow(n *ir.Node, in []bool, p property) []bool {
	carries, _ := whileFlow(n, in, p)
	return carries
}

// whileFlow returns the marks of the carries, and whether the condition is reached; then all carries are.
func whileFlow(n *ir.Node, in []bool, p property) (carries []bool, cond bool) {
	a := n.Attrs.(op.WhileAttrs)
	condConsts, bodyConsts := in[:a.CondConsts], in[a.CondConsts:a.CondConsts+a.BodyConsts]
	carries = slices.Clone(in[a.CondConsts+a.BodyConsts:])
	for changed := true; changed; {
		_, next := flowThrough(n.Regions[1], slices.Concat(bodyConsts, carries), p)
		changed = union(carries, next)
		if p == byValue && !cond {
			_, out := flowThrough(n.Regions[0], slices.Concat(condConsts, carries), p)
			if cond = out[0]; cond {
				for i := range carries {
					carries[i] = true
				}
			}
		}
	}
	return carries, cond
}

// The loop of jvp has the tangents of active body consts and carries behind them; the condition looks at the carries alone.
func (whileRule) jvp(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	a, cond, body := n.Attrs.(op.WhileAttrs), n.Regions[0], n.Regions[1]
	first := a.CondConsts + a.BodyConsts
	active, _ := whileFlow(n, given(ts), byTangent)
	bodyActive := slices.Concat(given(ts[a.CondConsts:first]), active)

	nb := ir.NewBuilder(body.Name)
	var args, argTangents []*ir.Value
	operands := slices.Clone(in[:a.CondConsts])
	attrs := op.WhileAttrs{CondConsts: a.CondConsts}
	addList := func(from, to int) { // of the body's parameters
		args = append(args, nb.Params(ir.TypesOf(body.Params[from:to]))...)
		operands = append(operands, in[a.CondConsts+from:a.CondConsts+to]...)
		for i := from; i < to; i++ {
			var t *ir.Value
			if bodyActive[i] {
				t = nb.Param(body.Params[i].Type)
				operands = append(operands, orZero(b, ts[a.CondConsts+i], t.Type))
			}
			argTangents = append(argTangents, t)
		}
	}
	addList(0, a.BodyConsts)
	attrs.BodyConsts = len(operands) - a.CondConsts
	addList(a.BodyConsts, len(body.Params))
	results, resultTangents := jvpGraph(nb, body, args, argTangents)
	for i, t := range resultTangents {
		if active[i] {
			results = append(results, orZero(nb, t, body.Outputs[i].Type))
		}
	}
	cb := ir.NewBuilder(cond.Name)
	condArgs := cb.Params(cond.InTypes())
	cb.Params(ir.TypesOf(kept(n.Results, active)))
	all := op.While(b, attrs, cb.Build(cond.Inline(cb, condArgs...)...), nb.Build(results...), operands...)
	return unzipDuals(all, len(active), active, 0, nil)
}

// split computes the known carries by themselves. The open part is the whole loop once more.
func (whileRule) split(s *splitter, n *ir.Node, in []half) []half {
	open, cond := whileFlow(n, openMarks(in), byValue)
	out := s.copy(n, in)
	if cond || !slices.Contains(open, false) {
		return out
	}
	a := n.Attrs.(op.WhileAttrs)
	first := a.CondConsts + a.BodyConsts
	bodyOpen := slices.Concat(openMarks(in[a.CondConsts:first]), open)
	condOpen := slices.Concat(openMarks(in[:a.CondConsts]), open)
	body := knownPart(n.Regions[1], bodyOpen, open)
	test := knownPart(n.Regions[0], condOpen, []bool{false})
	attrs := op.WhileAttrs{CondConsts: a.CondConsts - count(condOpen[:a.CondConsts]), BodyConsts: a.BodyConsts - count(bodyOpen[:a.BodyConsts])}
	operands := slices.Concat(
		dropped(in[:a.CondConsts], condOpen[:a.CondConsts]), dropped(in[a.CondConsts:first], bodyOpen[:a.BodyConsts]), dropped(in[first:], open))
	results := op.While(s.known, attrs, test, body, halfValues(operands)...)
	for i := range out {
		if !open[i] {
			out[i], results = half{value: results[0]}, results[1:]
		}
	}
	return out
}

// knownPart returns the part of a region that computes the outputs not marked, which depend on the parameters not marked alone.
func knownPart(g *ir.Graph, openParams, openOuts []bool) *ir.Graph {
	s := newSplitter(ir.NewBuilder(g.Name))
	in := make([]half, len(g.Params))
	for i, p := range g.Params {
		if openParams[i] {
			in[i] = s.param(p.Type)
		} else {
			in[i] = half{value: s.known.Param(p.Type)}
		}
	}
	return prune(s.known.Build(halfValues(dropped(s.graph(g, in), openOuts))...)) // without what loops stack for the open part
}

func (whileRule) transpose(_ *ir.Builder, n *ir.Node, _ *ir.Transposition) []*ir.Value {
	panic(&ir.Error{Op: "while", Arg: "reverse-mode derivative", Got: "a loop whose number of steps is not known before it ends",
		Want: "ForLoop or Scan, which have a trip count", Hint: "bound the number of steps and let finished ones change nothing, or use forward mode (JVP, JacobianFwd)", Pos: n.Pos})
}

package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

// DCE drops nodes whose results nobody reads, effects excepted, and from control flow the operands, carries, stacked inputs and
// results that nobody needs, with their parameters and outputs in the regions. A While that is not read is dropped as if it ended.
var DCE = everywhere(dce)

func dce(g *ir.Graph) *ir.Graph {
	l := newLiveness(g, g.Outputs)
	if l.all && len(l.shrunk) == 0 {
		return g
	}
	return l.sweep(g, g.Params, g.Outputs)
}

// liveness is what goes through a graph backwards: what the outputs and the effects need.
type liveness struct {
	live   map[*ir.Value]bool
	shrunk map[*ir.Node]*shrinkage // control flow that keeps a part of itself
	kept   []bool                  // of the nodes
	all    bool                    // all nodes are kept
}

func newLiveness(g *ir.Graph, outputs []*ir.Value) *liveness {
	l := &liveness{live: make(map[*ir.Value]bool, len(g.Params)+len(g.Nodes)), kept: make([]bool, len(g.Nodes)), all: true}
	l.mark(outputs)
	for i, n := range slices.Backward(g.Nodes) {
		l.kept[i] = l.visit(n)
		l.all = l.all && l.kept[i]
	}
	return l
}

// sweep copies the needed part of g with these of its parameters, which must be all that are needed.
func (l *liveness) sweep(g *ir.Graph, params, outputs []*ir.Value) *ir.Graph {
	e := newEditorWith(g, params)
	for i, n := range g.Nodes {
		switch s := l.shrunk[n]; {
		case !l.kept[i]:
		case s != nil:
			s.emit(e, n)
		default:
			e.keep(n)
		}
	}
	return e.b.Build(ir.Lookup(e.env, outputs)...)
}

func (l *liveness) mark(vs []*ir.Value) {
	for _, v := range vs {
		l.live[v] = true
	}
}

// visit reports whether n is needed, and marks what it needs.
func (l *liveness) visit(n *ir.Node) bool {
	used := make([]bool, 0, 8)
	any := false
	for _, r := range n.Results {
		used = append(used, l.live[r])
		any = any || l.live[r]
	}
	if !any && !n.HasEffect() {
		return false
	}
	if len(n.Regions) > 0 {
		if s := shrink(n, used); s != nil {
			if l.shrunk == nil {
				l.shrunk = map[*ir.Node]*shrinkage{}
			}
			l.shrunk[n] = s
			for _, i := range s.operands {
				l.live[n.Inputs[i]] = true
			}
			return true
		}
	}
	l.mark(n.Inputs)
	return true
}

// needed reports which parameters of a region the marked outputs and the effects need.
func needed(g *ir.Graph, outputs []bool) []bool {
	l := newLiveness(g, kept(g.Outputs, outputs))
	params := make([]bool, len(g.Params))
	for i, p := range g.Params {
		params[i] = l.live[p]
	}
	return params
}

// restrict returns the region with the marked parameters and outputs only; the outputs and effects need no other parameters.
func restrict(g *ir.Graph, params, outputs []bool) *ir.Graph {
	out := kept(g.Outputs, outputs)
	return newLiveness(g, out).sweep(g, kept(g.Params, params), out)
}

// kept returns the marked elements of list.
func kept[T any](list []T, marks []bool) []T {
	out := make([]T, 0, len(list))
	for i, x := range list {
		if marks[i] {
			out = append(out, x)
		}
	}
	return out
}

package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

// Pass returns a graph that computes the same as g, or g itself if there is nothing to do.
type Pass func(g *ir.Graph) *ir.Graph

// editor copies a graph into a new one, node by node. Nodes that a pass emits get the position of the node they stand for.
type editor struct {
	b   *ir.Builder
	env map[*ir.Value]*ir.Value // of the old graph to the new one
	at  *ir.Node                // the old node that is being copied
}

// newEditor starts a copy of g with its parameters.
func newEditor(g *ir.Graph) *editor { return newEditorWith(g, g.Params) }

// newEditorWith starts a copy of g with some of its parameters.
func newEditorWith(g *ir.Graph, params []*ir.Value) *editor {
	e := &editor{b: ir.NewBuilder(g.Name), env: make(map[*ir.Value]*ir.Value, len(g.Params)+len(g.Nodes))}
	e.b.Locate = e.position
	for _, p := range params {
		e.env[p] = e.b.Param(p.Type)
	}
	return e
}

func (e *editor) position() ir.Position {
	if e.at == nil {
		return ir.Position{}
	}
	return e.at.Pos
}

// inputs returns the inputs of n in the new graph.
func (e *editor) inputs(n *ir.Node) []*ir.Value { return ir.Lookup(e.env, n.Inputs) }

// replace lets values of the new graph stand for the results of n.
func (e *editor) replace(n *ir.Node, values []*ir.Value) {
	for i, r := range n.Results {
		e.env[r] = values[i]
	}
}

// keep copies n.
func (e *editor) keep(n *ir.Node) *ir.Node {
	m := e.b.Copy(n, e.inputs(n))
	e.replace(n, m.Results)
	return m
}

// finish builds the new graph.
func (e *editor) finish(g *ir.Graph) *ir.Graph {
	return e.b.Build(ir.Lookup(e.env, g.Outputs)...)
}

// rebuild copies g, where step may return values of the new graph that stand for the results of n; nil keeps n.
func rebuild(g *ir.Graph, step func(e *editor, n *ir.Node, in []*ir.Value) []*ir.Value) *ir.Graph {
	e := newEditor(g)
	for _, n := range g.Nodes {
		e.at = n
		in := e.inputs(n)
		if values := step(e, n, in); values != nil {
			e.replace(n, values)
			continue
		}
		e.replace(n, e.b.Copy(n, in).Results)
	}
	return e.finish(g)
}

// everywhere makes a pass of one that looks at a graph without its regions: it is applied to the regions first, innermost first. A
// region that serves several nodes stays one.
func everywhere(local Pass) Pass {
	return func(g *ir.Graph) *ir.Graph {
		v := visitor{local: local}
		return v.visit(g)
	}
}

type visitor struct {
	local Pass
	done  map[*ir.Graph]*ir.Graph
}

func (v *visitor) visit(g *ir.Graph) *ir.Graph {
	if h, ok := v.done[g]; ok {
		return h
	}
	var regions map[*ir.Node][]*ir.Graph
	for _, n := range g.Nodes {
		for i, r := range n.Regions {
			s := v.visit(r)
			if s == r {
				continue
			}
			if regions == nil {
				regions = map[*ir.Node][]*ir.Graph{}
			}
			if regions[n] == nil {
				regions[n] = slices.Clone(n.Regions)
			}
			regions[n][i] = s
		}
	}
	h := g
	if regions != nil {
		h = withRegions(g, regions)
	}
	h = v.local(h)
	if v.done == nil {
		v.done = map[*ir.Graph]*ir.Graph{}
	}
	v.done[g] = h
	return h
}

// withRegions copies g with other regions, of the same signatures, in some nodes.
func withRegions(g *ir.Graph, regions map[*ir.Node][]*ir.Graph) *ir.Graph {
	e := newEditor(g)
	for _, n := range g.Nodes {
		m := e.keep(n)
		if r := regions[n]; r != nil {
			m.Regions = r
		}
	}
	return e.finish(g)
}

// region builds a region with parameters of these types.
func region(name string, params []ir.Type, f func(b *ir.Builder, p []*ir.Value) []*ir.Value) *ir.Graph {
	b := ir.NewBuilder(name)
	return b.Build(f(b, b.Params(params))...)
}

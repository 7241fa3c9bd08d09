package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

// half is a value of a graph that is being split: known, in one builder, or open, in the other.
type half struct {
	value *ir.Value
	open  bool
}

// splitter separates a graph by what depends on its open parameters. Known nodes are appended to known. The others are appended to open, whose
// nodes may read values of known: it is not a graph yet, see closing.
type splitter struct {
	known  *ir.Builder
	open   *ir.Builder
	isOpen map[*ir.Value]bool // values of the open builder
	nodes  []*ir.Node         // of the open builder
}

func newSplitter(known *ir.Builder) *splitter {
	return &splitter{known: known, open: ir.NewBuilder("open"), isOpen: map[*ir.Value]bool{}}
}

// param adds an open parameter.
func (s *splitter) param(t ir.Type) half {
	v := s.open.Param(t)
	s.isOpen[v] = true
	return half{v, true}
}

// add registers a node of the open builder.
func (s *splitter) add(n *ir.Node) []half {
	s.nodes = append(s.nodes, n)
	out := make([]half, len(n.Results))
	for i, r := range n.Results {
		s.isOpen[r] = true
		out[i] = half{r, true}
	}
	return out
}

// emit appends an open node.
func (s *splitter) emit(id ir.OpID, attrs ir.Attrs, regions []*ir.Graph, inputs ...*ir.Value) []half {
	return s.add(s.open.Emit(id, attrs, regions, inputs...)[0].Node)
}

// graph emits g on known and open inputs.
func (s *splitter) graph(g *ir.Graph, in []half) []half {
	env := make(map[*ir.Value]half, len(g.Params)+len(g.Nodes))
	for i, p := range g.Params {
		env[p] = in[i]
	}
	defer keepLocate(s.known)()
	for _, n := range g.Nodes {
		at(s.known, n)
		at(s.open, n)
		for i, h := range s.node(n, ir.Lookup(env, n.Inputs)) {
			env[n.Results[i]] = h
		}
	}
	return ir.Lookup(env, g.Outputs)
}

func (s *splitter) node(n *ir.Node, in []half) []half {
	if !slices.ContainsFunc(in, func(h half) bool { return h.open }) {
		return known(s.known.Copy(n, halfValues(in)).Results)
	}
	if c, ok := controls[n.Op]; ok {
		return c.split(s, n, in)
	}
	if g := expanded(n); g != nil {
		return s.graph(g, in)
	}
	return s.copy(n, in)
}

// copy puts the whole node into the open part.
func (s *splitter) copy(n *ir.Node, in []half) []half { return s.add(s.open.Copy(n, halfValues(in))) }

func known(vs []*ir.Value) []half {
	out := make([]half, len(vs))
	for i, v := range vs {
		out[i] = half{value: v}
	}
	return out
}

func halfValues(hs []half) []*ir.Value {
	out := make([]*ir.Value, len(hs))
	for i, h := range hs {
		out[i] = h.value
	}
	return out
}

func openMarks(hs []half) []bool {
	out := make([]bool, len(hs))
	for i, h := range hs {
		out[i] = h.open
	}
	return out
}

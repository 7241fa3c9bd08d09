package autodiff

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

// Transpose reverses a graph that is linear in the parameters with linear[i]. The new graph has the other parameters, then a cotangent for
// each output that depends on the linear ones (see LinearOutputs); its outputs are the cotangents of the linear parameters.
func Transpose(g *ir.Graph, linear []bool) *ir.Graph {
	_, outLinear := flowThrough(g, linear, byValue)
	return transposeRegion(g.Name+".transpose", g, linear, outLinear, linear)
}

// LinearOutputs reports which outputs of g depend on the parameters with linear[i].
func LinearOutputs(g *ir.Graph, linear []bool) []bool {
	_, outputs := flowThrough(g, linear, byValue)
	return outputs
}

// puller walks the open nodes of a splitter backwards and emits cotangents into b, where the known values are.
type puller struct {
	b   *ir.Builder
	s   *splitter
	cts map[*ir.Value]*ir.Value // of open values; a missing one is zero so far
	// defers has, for open values that are only factors of products, who takes over such a node: with its other factor and the cotangent.
	defers map[*ir.Value]func(n *ir.Node, factor, ct *ir.Value)
}

func newPuller(b *ir.Builder, s *splitter) *puller {
	return &puller{b: b, s: s, cts: map[*ir.Value]*ir.Value{}, defers: map[*ir.Value]func(*ir.Node, *ir.Value, *ir.Value){}}
}

// seed adds cotangents of outputs; nil ones are zero, and those of known outputs lead nowhere.
func (p *puller) seed(outs []half, cts []*ir.Value) {
	for i, h := range outs {
		if h.open {
			p.add(h.value, cts[i])
		}
	}
}

func (p *puller) add(v, ct *ir.Value) {
	if sum := plus(p.b, p.cts[v], ct); sum != nil {
		p.cts[v] = sum
	}
}

func (p *puller) run() {
	defer keepLocate(p.b)()
	for _, n := range slices.Backward(p.s.nodes) {
		cts := make([]*ir.Value, len(n.Results))
		for i, r := range n.Results {
			cts[i] = p.cts[r]
		}
		if !allNil(cts) {
			at(p.b, n)
			p.node(n, cts)
		}
	}
}

// node adds the cotangents of one node's inputs.
func (p *puller) node(n *ir.Node, cts []*ir.Value) {
	for _, v := range n.Inputs {
		if takeOver := p.defers[v]; takeOver != nil {
			takeOver(n, otherInput(n, v), cts[0])
			return
		}
	}
	t := &ir.Transposition{In: slices.Clone(n.Inputs), Ct: cts, Sums: make([]*ir.Value, len(n.Inputs))}
	for i, v := range n.Inputs {
		if p.s.isOpen[v] {
			t.In[i] = nil
			if slices.Index(n.Inputs, v) == i { // a sum can be handed over once
				t.Sums[i] = p.cts[v]
			}
		}
	}
	had := given(t.Sums)
	out := transposeNode(p.b, n, t)
	for i, v := range n.Inputs {
		if t.In[i] != nil {
			continue
		}
		if had[i] && t.Sums[i] == nil {
			p.cts[v] = out[i] // the rule added it up
		} else {
			p.add(v, out[i])
		}
	}
}

func transposeNode(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	if c, ok := controls[n.Op]; ok {
		return c.transpose(b, n, t)
	}
	d := n.Row().Derivative
	if d == nil || d.Transpose == nil {
		panic(notLinear(n))
	}
	if d.Linear != nil {
		linear := 0
		for i := range t.In {
			if t.Linear(i) {
				linear++
				if !slices.Contains(d.Linear, i) {
					panic(notLinear(n))
				}
			}
		}
		if linear > 1 && d.Multilinear {
			panic(notLinear(n))
		}
	}
	return d.Transpose(b, n, t)
}

func notLinear(n *ir.Node) *ir.Error {
	return &ir.Error{Op: n.Row().Name, Arg: "tangent", Got: fmt.Sprintf("a use of a tangent by %s that is not linear", n.Row().Name),
		Want: "a derivative rule that is linear in the tangents", Hint: "check the custom derivative that this node stands in", Pos: n.Pos}
}

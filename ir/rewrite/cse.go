package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

// CSE computes once what several nodes compute alike: nodes of one primitive with equal attributes, structurally equal regions and
// the same inputs. Nodes with effects stay apart.
var CSE = everywhere(cse)

// sameKey is equal for nodes that may compute the same: a hash of primitive, attributes and regions, and the first inputs.
type sameKey struct {
	hash   uint64
	inputs int
	first  [3]*ir.Value
}

// valueNumbers finds the node that computes the same as a given one.
type valueNumbers struct {
	nodes   map[sameKey]*ir.Node
	replace map[*ir.Value]*ir.Value // of the results of repeated nodes, to those of the first such node
}

func cse(g *ir.Graph) *ir.Graph {
	v := valueNumbers{nodes: make(map[sameKey]*ir.Node, len(g.Nodes))}
	repeated := map[*ir.Node]bool{}
	for _, n := range g.Nodes {
		if n.HasEffect() {
			continue
		}
		in := v.inputs(n)
		first := v.find(n, in)
		if first == nil {
			continue
		}
		repeated[n] = true
		if v.replace == nil {
			v.replace = map[*ir.Value]*ir.Value{}
		}
		for i, r := range n.Results {
			v.replace[r] = first.Results[i]
		}
	}
	if len(repeated) == 0 {
		return g
	}
	e := newEditor(g)
	for _, n := range g.Nodes {
		if !repeated[n] {
			e.keep(n)
			continue
		}
		for _, r := range n.Results {
			e.env[r] = e.env[v.replace[r]]
		}
	}
	return e.finish(g)
}

// inputs returns the inputs of n with repeated values replaced by the first ones.
func (v *valueNumbers) inputs(n *ir.Node) []*ir.Value {
	in := n.Inputs
	for i, x := range n.Inputs {
		if first := v.replace[x]; first != nil {
			if &in[0] == &n.Inputs[0] {
				in = slices.Clone(in)
			}
			in[i] = first
		}
	}
	return in
}

// find returns an earlier node that computes the same as n on these inputs; if there is none, n is remembered.
func (v *valueNumbers) find(n *ir.Node, in []*ir.Value) *ir.Node {
	key := sameKey{hash: ir.HashNode(n), inputs: len(in)}
	copy(key.first[:], in)
	if m := v.nodes[key]; m != nil && v.same(n, in, m) {
		return m
	}
	if n.Row().Commutative && len(in) >= 2 {
		swapped := key
		swapped.first[0], swapped.first[1] = in[1], in[0]
		if m := v.nodes[swapped]; m != nil {
			in = slices.Clone(in)
			in[0], in[1] = in[1], in[0]
			if v.same(n, in, m) {
				return m
			}
		}
	}
	if v.nodes[key] == nil {
		v.nodes[key] = n
	}
	return nil
}

func (v *valueNumbers) same(n *ir.Node, in []*ir.Value, m *ir.Node) bool {
	return slices.Equal(in, v.inputs(m)) && ir.EqualNodes(n, m)
}

package autodiff

import (
	"github.com/ranvier-go/ranvier/ir"
)

// residuals says how the open part of a splitter gets the known values that it reads.
type residuals struct {
	saved []*ir.Value // kept from the known part
	free  []*ir.Value // at hand anyway
	// All others are computed again from these.
}

// residuals chooses what to keep for the open nodes and the outputs. isFree tells which known values the open part has at no cost.
// Of the others it keeps those of the least cost: what is cheap to compute may be computed again.
func (s *splitter) residuals(outs []half, isFree func(v *ir.Value) bool, cost func(v *ir.Value) int) residuals {
	c := newCut(isFree, cost)
	for _, n := range s.nodes {
		for _, v := range n.Inputs {
			if !s.isOpen[v] {
				c.need(v)
			}
		}
	}
	for _, h := range outs {
		if !h.open {
			c.need(h.value)
		}
	}
	return c.solve()
}

// bytes is the cost of keeping a value. It is positive, so that nothing is kept that need not be.
func bytes(v *ir.Value) int { return max(v.Type.Size()*v.Type.DType.Size(), 1) }

// cheap reports whether a node may be computed again rather than kept: elementwise arithmetic without functions that are approximated,
// moves of elements, constants.
func cheap(n *ir.Node) bool {
	row := n.Row()
	switch row.Class {
	case ir.ClassElementwise:
		return len(n.Results) == 1 && row.ULP == 0 && row.Expand == nil
	case ir.ClassShape, ir.ClassSource:
		return true
	}
	return false
}

// close appends the open nodes to b, where env has the open parameters and the residuals, and returns the outputs.
func (s *splitter) close(b *ir.Builder, env map[*ir.Value]*ir.Value, outs []half) []*ir.Value {
	var get func(v *ir.Value) *ir.Value
	get = func(v *ir.Value) *ir.Value {
		w, ok := env[v]
		if !ok {
			if v.IsParam() || !cheap(v.Node) {
				panic("BUG: a residual is missing")
			}
			w = b.Copy(v.Node, getAll(get, v.Node.Inputs)).Result()
			env[v] = w
		}
		return w
	}
	for _, n := range s.nodes {
		m := b.Copy(n, getAll(get, n.Inputs))
		for i, r := range n.Results {
			env[r] = m.Results[i]
		}
	}
	return getAll(get, halfValues(outs))
}

func getAll(get func(*ir.Value) *ir.Value, vs []*ir.Value) []*ir.Value {
	out := make([]*ir.Value, len(vs))
	for i, v := range vs {
		out[i] = get(v)
	}
	return out
}

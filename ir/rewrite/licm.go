package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// LICM (loop-invariant code motion) computes in front of a Loop or While what its regions compute from their consts alone, and gives it
// to them as further consts. Constants, iotas and broadcasts stay, as they take no time, and so does what would turn a few
// operands into a large array that the loop has to read.
var LICM = everywhere(licm)

// growthLimit is the number of elements up to which a hoisted value may be larger than what it is computed from.
const growthLimit = 1 << 16

func licm(g *ir.Graph) *ir.Graph {
	if !slices.ContainsFunc(g.Nodes, func(n *ir.Node) bool { return n.Op == op.LoopID || n.Op == op.WhileID }) {
		return g
	}
	changed := false
	h := rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) (out []*ir.Value) {
		switch n.Op {
		case op.LoopID:
			out = hoistFromLoop(e.b, n, in)
		case op.WhileID:
			out = hoistFromWhile(e.b, n, in)
		}
		changed = changed || out != nil
		return out
	})
	if !changed {
		return g
	}
	return h
}

func hoistFromLoop(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a := n.Attrs.(op.LoopAttrs)
	h := findInvariants(n.Regions[0], 1, a.Consts, a.Trip > 0)
	if len(h.frontier) == 0 {
		return nil
	}
	hoisted := h.emit(b, in[:a.Consts])
	body := h.without(1 + a.Consts)
	operands := slices.Concat(in[:a.Consts], hoisted, in[a.Consts:])
	a.Consts += len(hoisted)
	return op.Loop(b, a, body, operands...)
}

func hoistFromWhile(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a := n.Attrs.(op.WhileAttrs)
	condConsts, bodyConsts := in[:a.CondConsts], in[a.CondConsts:a.CondConsts+a.BodyConsts]
	cond := findInvariants(n.Regions[0], 0, a.CondConsts, true) // the condition is computed at least once
	body := findInvariants(n.Regions[1], 0, a.BodyConsts, false)
	if len(cond.frontier)+len(body.frontier) == 0 {
		return nil
	}
	forCond, forBody := cond.emit(b, condConsts), body.emit(b, bodyConsts)
	newCond, newBody := cond.without(a.CondConsts), body.without(a.BodyConsts)
	operands := slices.Concat(condConsts, forCond, bodyConsts, forBody, in[a.CondConsts+a.BodyConsts:])
	a.CondConsts += len(forCond)
	a.BodyConsts += len(forBody)
	return op.While(b, a, newCond, newBody, operands...)
}

// invariants are the nodes of a region that depend on its consts only.
type invariants struct {
	region   *ir.Graph
	first    int               // the parameter of the first const
	nodes    []*ir.Node        // all of them, in order
	frontier []*ir.Value       // the results of hoisted nodes that stay in use inside: the new consts
	source   map[*ir.Value]int // of invariant values: the number of elements they are computed from
}

// findInvariants looks through a region whose consts are count parameters from first on. runs says that the region is run at least once,
// so that a While in it, which need not end, may be run before.
func findInvariants(g *ir.Graph, first, count int, runs bool) *invariants {
	h := &invariants{region: g, first: first, source: map[*ir.Value]int{}}
	for _, p := range g.Params[first : first+count] {
		h.source[p] = p.Type.Size()
	}
	hoisted := map[*ir.Value]bool{}
	for _, n := range g.Nodes {
		size, ok := h.sourceOf(n)
		if !ok || !runs && mayNotEnd(n) {
			continue
		}
		h.nodes = append(h.nodes, n)
		worth := worthHoisting(n, size)
		for _, r := range n.Results {
			h.source[r] = size
			hoisted[r] = worth
		}
	}
	// What stays: everything else, and invariant nodes that are not worth hoisting. They and the outputs see the frontier.
	seen := map[*ir.Value]bool{}
	use := func(vs []*ir.Value) {
		for _, v := range vs {
			if hoisted[v] && !seen[v] {
				seen[v] = true
				h.frontier = append(h.frontier, v)
			}
		}
	}
	live := map[*ir.Value]bool{}
	for _, v := range g.Outputs {
		live[v] = true
	}
	use(g.Outputs)
	for _, n := range slices.Backward(g.Nodes) {
		isLive := n.HasEffect() || slices.ContainsFunc(n.Results, func(r *ir.Value) bool { return live[r] })
		if !isLive || len(n.Results) > 0 && hoisted[n.Results[0]] {
			continue
		}
		for _, v := range n.Inputs {
			live[v] = true
		}
		use(n.Inputs)
	}
	return h
}

// sourceOf returns the number of elements of the consts that n is computed from; not ok if n is not invariant.
func (h *invariants) sourceOf(n *ir.Node) (size int, ok bool) {
	if n.HasEffect() {
		return 0, false
	}
	for _, v := range n.Inputs {
		s, ok := h.source[v]
		if !ok {
			return 0, false
		}
		size += s
	}
	if n.Op == op.ConstID {
		size = n.Results[0].Type.Size()
	}
	return size, true
}

// worthHoisting reports whether n takes time in each iteration that reading its results does not.
func worthHoisting(n *ir.Node, source int) bool {
	if n.Row().Class == ir.ClassSource || n.Op == op.BroadcastID {
		return false
	}
	size := 0
	for _, r := range n.Results {
		size += r.Type.Size()
	}
	return size <= max(source, growthLimit)
}

// mayNotEnd reports whether n is or holds a While.
func mayNotEnd(n *ir.Node) bool {
	if n.Op == op.WhileID {
		return true
	}
	for _, r := range n.Regions {
		if slices.ContainsFunc(r.Nodes, mayNotEnd) {
			return true
		}
	}
	return false
}

// emit computes the frontier in front of the loop from the consts given there.
func (h *invariants) emit(b *ir.Builder, consts []*ir.Value) []*ir.Value {
	needed := map[*ir.Value]bool{}
	for _, v := range h.frontier {
		needed[v] = true
	}
	var nodes []*ir.Node
	for _, n := range slices.Backward(h.nodes) {
		if slices.ContainsFunc(n.Results, func(r *ir.Value) bool { return needed[r] }) {
			nodes = append(nodes, n)
			for _, v := range n.Inputs {
				needed[v] = true
			}
		}
	}
	e := &editor{b: b, env: map[*ir.Value]*ir.Value{}}
	for i, v := range consts {
		e.env[h.region.Params[h.first+i]] = v
	}
	for _, n := range slices.Backward(nodes) {
		e.keep(n)
	}
	return ir.Lookup(e.env, h.frontier)
}

// without returns the region with the frontier as further parameters, at place at. The nodes that were hoisted are still there, unless
// they compute nothing but the frontier; DCE drops the others.
func (h *invariants) without(at int) *ir.Graph {
	if len(h.frontier) == 0 {
		return h.region
	}
	e := &editor{b: ir.NewBuilder(h.region.Name), env: map[*ir.Value]*ir.Value{}}
	for _, p := range h.region.Params[:at] {
		e.env[p] = e.b.Param(p.Type)
	}
	for _, v := range h.frontier {
		e.env[v] = e.b.Param(v.Type)
	}
	for _, p := range h.region.Params[at:] {
		e.env[p] = e.b.Param(p.Type)
	}
	inFrontier := map[*ir.Value]bool{}
	for _, v := range h.frontier {
		inFrontier[v] = true
	}
	for _, n := range h.region.Nodes {
		if len(n.Results) > 0 && !slices.ContainsFunc(n.Results, func(r *ir.Value) bool { return !inFrontier[r] }) {
			continue
		}
		m := e.b.Copy(n, e.inputs(n))
		for i, r := range n.Results {
			if !inFrontier[r] {
				e.env[r] = m.Results[i]
			}
		}
	}
	return e.finish(h.region)
}

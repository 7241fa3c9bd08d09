package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// classify decides how each node's results come about, binds constants and computes the views of aliases.
func (b *blockLowerer) classify() {
	for _, n := range b.g.Nodes {
		b.nodes[n] = &nodeInfo{kind: b.kindOf(n), unit: -1}
		for _, r := range n.Results {
			b.vals[r] = &valueInfo{last: -1}
		}
	}
}

func (b *blockLowerer) kindOf(n *ir.Node) kind {
	switch {
	case n.Op == op.ConstID:
		b.bound[n.Result()] = b.constBinding(n.Attrs.(ir.ConstAttrs).Value)
		return kindSplat
	case n.Op == op.BroadcastID && b.bound[n.Inputs[0]].splat != nil:
		b.bound[n.Result()] = b.bound[n.Inputs[0]]
		return kindSplat
	case isLane(n):
		return kindLane
	case b.bindAlias(n):
		return kindAlias
	case isTrailingFold(n):
		return kindFold
	}
	return kindBarrier
}

// plan groups nodes into units. A phase is a round of Maps followed by a round of barriers. A lane node runs in the Map of its
// shape and phase: the earliest phase in which its inputs are ready, or a later one when all its readers are there. So whatever is
// elementwise between two barriers becomes one pass over the data.
//
//	phase p:  Map of shape A, Map of shape B, ... then barrier, barrier, ...
func (b *blockLowerer) plan() {
	effects := 0
	for _, n := range b.g.Nodes {
		info := b.nodes[n]
		info.phase = b.earliest(n, info.kind)
		if n.HasEffect() { // in program order
			info.phase = max(info.phase, effects)
			effects = info.phase
		}
	}
	b.sink()
	b.markStored()
	b.makeUnits()
}

func (b *blockLowerer) earliest(n *ir.Node, k kind) int {
	phase := 0
	for _, in := range n.Inputs {
		phase = max(phase, b.ready(n, k, in))
	}
	for _, v := range b.waits[n] {
		phase = max(phase, b.written(v))
	}
	return phase
}

// written is the first phase in which v is there, from the first Map or behind it.
func (b *blockLowerer) written(v *ir.Value) int {
	root, _ := b.root(v)
	src, ok := b.nodes[root.Node]
	switch {
	case !ok || src.kind == kindSplat: // parameters and constants
		return 0
	case src.kind == kindLane:
		return src.phase
	}
	return src.phase + 1
}

// ready is the first phase in which node n of kind k can read in.
func (b *blockLowerer) ready(n *ir.Node, k kind, in *ir.Value) int {
	root, _ := b.root(in)
	src, ok := b.nodes[root.Node]
	if !ok || src.kind == kindSplat { // parameters and constants
		return 0
	}
	switch {
	case k == kindAlias || k == kindBarrier:
		return src.phase
	case src.kind == kindLane && (b.sameIndex(n, in) || b.inlines(in)):
		return src.phase
	}
	return src.phase + 1
}

// sameIndex reports whether lane or fold node n reads in at its own index: not through a view.
func (b *blockLowerer) sameIndex(n *ir.Node, in *ir.Value) bool {
	_, isView := b.root(in)
	return !isView && slices.Equal(in.Type.Shape, mapShape(n))
}

// mapShape is the index space in which a lane or fold node runs.
func mapShape(n *ir.Node) []int {
	if n.Row().Class == ir.ClassReduce {
		return n.Inputs[0].Type.Shape
	}
	return n.Results[0].Type.Shape
}

// root follows aliases to the value in whose memory they look; isView reports whether there were any.
func (b *blockLowerer) root(v *ir.Value) (root *ir.Value, isView bool) {
	if r, ok := b.rel[v]; ok {
		return r.root, true
	}
	return v, false
}

// maxInline bounds a scalar expression that is computed again in each Map that broadcasts it, instead of going through memory.
const maxInline = 24

// inlines reports whether v broadcasts a small scalar lane expression.
func (b *blockLowerer) inlines(v *ir.Value) bool {
	if v.Node == nil || v.Node.Op != op.BroadcastID || v.Node.Inputs[0].Type.Rank() != 0 {
		return false
	}
	if info, ok := b.nodes[v.Node.Inputs[0].Node]; !ok || info.kind != kindLane {
		return false
	}
	budget := maxInline
	return b.isSmall(v.Node.Inputs[0], &budget)
}

// isSmall counts the lane nodes under a scalar; anything else is a leaf, read from memory.
func (b *blockLowerer) isSmall(v *ir.Value, budget *int) bool {
	info, ok := b.nodes[v.Node]
	if !ok || info.kind != kindLane {
		return true
	}
	if *budget--; *budget < 0 {
		return false
	}
	for _, in := range v.Node.Inputs {
		if !b.isSmall(in, budget) {
			return false
		}
	}
	return true
}

// sink moves lane nodes to the phase of their first reader, when all their readers are at the same index in a Map. What moves
// need not be stored.
func (b *blockLowerer) sink() {
	first := map[*ir.Value]int{} // phase of the first such reader
	pinned := map[*ir.Value]bool{}
	for _, o := range b.g.Outputs {
		root, _ := b.root(o)
		pinned[root] = true
	}
	for _, n := range slices.Backward(b.g.Nodes) {
		info := b.nodes[n]
		if info.kind == kindLane && !pinned[n.Result()] {
			if p, ok := first[n.Result()]; ok {
				info.phase = max(info.phase, p)
			}
		}
		for _, in := range n.Inputs {
			root, _ := b.root(in)
			if info.kind != kindLane && info.kind != kindFold || !b.sameIndex(n, in) {
				pinned[root] = true
			} else if p, ok := first[in]; !ok || info.phase < p {
				first[in] = info.phase
			}
		}
	}
}

// markStored finds the values that must be in memory: results of folds and barriers, outputs, and what is read outside of its Map.
func (b *blockLowerer) markStored() {
	for _, n := range b.g.Nodes {
		info := b.nodes[n]
		if info.kind == kindFold || info.kind == kindBarrier {
			for _, r := range n.Results {
				b.vals[r].stored = true
			}
		}
		if info.kind == kindAlias || info.kind == kindSplat {
			continue
		}
		for _, in := range n.Inputs {
			if !b.fused(n, info, in) {
				b.markInMemory(in)
			}
		}
	}
	for _, o := range b.g.Outputs {
		b.markInMemory(o)
	}
}

func (b *blockLowerer) markInMemory(v *ir.Value) {
	root, _ := b.root(v)
	b.vals[root].stored = true
}

// fused reports whether n gets in without going through memory.
func (b *blockLowerer) fused(n *ir.Node, info *nodeInfo, in *ir.Value) bool {
	if info.kind != kindLane && info.kind != kindFold {
		return false
	}
	if b.inlines(in) {
		return true
	}
	src, ok := b.nodes[in.Node]
	return ok && src.kind == kindLane && src.phase == info.phase && b.sameIndex(n, in)
}

// makeUnits lists the steps in order: by phase, Maps before barriers, in program order.
func (b *blockLowerer) makeUnits() {
	unneeded := b.unneededScalars()
	var units []*unit
	type space struct {
		phase int
		shape string
	}
	maps := map[space]*unit{}
	for _, n := range b.g.Nodes {
		info := b.nodes[n]
		switch info.kind {
		case kindLane, kindFold:
			if unneeded[n] {
				continue
			}
			key := space{info.phase, ir.Type{Shape: mapShape(n)}.String()}
			u := maps[key]
			if u == nil {
				u = &unit{shape: mapShape(n), isMap: true, phase: info.phase}
				maps[key] = u
				units = append(units, u)
			}
			u.nodes = append(u.nodes, n)
		case kindBarrier:
			units = append(units, &unit{nodes: []*ir.Node{n}, phase: info.phase})
		}
	}
	slices.SortStableFunc(units, func(x, y *unit) int { return x.rank() - y.rank() })
	for i, u := range units {
		u.number = i
		for _, n := range u.nodes {
			b.nodes[n].unit = i
		}
	}
	b.units = units
}

func (u *unit) rank() int {
	if u.isMap {
		return 2 * u.phase
	}
	return 2*u.phase + 1
}

// unneededScalars finds scalar lane nodes that only Maps read that compute them again for themselves.
func (b *blockLowerer) unneededScalars() map[*ir.Node]bool {
	unneeded := map[*ir.Node]bool{}
	read := map[*ir.Value]bool{} // by a lane or fold node that stays
	for _, n := range slices.Backward(b.g.Nodes) {
		info := b.nodes[n]
		if info.kind == kindLane && n.Result().Type.Rank() == 0 && !b.vals[n.Result()].stored && !read[n.Result()] {
			unneeded[n] = true
			continue
		}
		if info.kind == kindLane || info.kind == kindFold {
			for _, in := range n.Inputs {
				read[in] = true
			}
		}
	}
	return unneeded
}

package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

// findReads records which units read each value's memory.
func (b *blockLowerer) findReads() {
	for _, u := range b.units {
		for _, n := range u.nodes {
			info := b.nodes[n]
			for _, in := range n.Inputs {
				if u.isMap {
					b.readInMap(u, n, info, in)
				} else {
					_, isView := b.root(in)
					b.addRead(in, u.number, !isView)
				}
			}
		}
	}
	for _, o := range b.g.Outputs {
		b.addRead(o, len(b.units), false)
	}
}

func (b *blockLowerer) readInMap(u *unit, n *ir.Node, info *nodeInfo, in *ir.Value) {
	switch {
	case b.inlines(in):
		b.readLeaves(u, in.Node.Inputs[0])
	case !b.fused(n, info, in):
		b.addRead(in, u.number, b.sameIndex(n, in))
	}
}

// readLeaves records the reads of a scalar expression that a Map computes for itself.
func (b *blockLowerer) readLeaves(u *unit, v *ir.Value) {
	info, ok := b.nodes[v.Node]
	if !ok || info.kind != kindLane {
		b.addRead(v, u.number, false)
		return
	}
	for _, in := range v.Node.Inputs {
		b.readLeaves(u, in)
	}
}

func (b *blockLowerer) addRead(v *ir.Value, unit int, direct bool) {
	root, _ := b.root(v)
	info := b.vals[root]
	info.reads = append(info.reads, read{unit, direct})
	info.last = max(info.last, unit)
}

// claimWants decides which outputs are computed right where they are wanted. The others are copied at the end of the block.
func (b *blockLowerer) claimWants(wants []*want) {
	for _, carries := range []bool{true, false} { // carries first: in-place updates save the most
		for i, w := range wants {
			if w.guard == nil && (w.param != nil) == carries {
				w.claimed = b.claim(b.g.Outputs[i], w)
			}
		}
	}
}

// claim stores v directly at w.view if that is safe: nothing may read the old contents afterwards.
func (b *blockLowerer) claim(v *ir.Value, w *want) bool {
	info, node := b.vals[v], b.nodes[v.Node]
	if node == nil || info == nil {
		return false // a parameter
	}
	switch node.kind {
	case kindAlias, kindSplat:
		return false
	case kindBarrier:
		if len(info.target) > 0 {
			return false
		}
		return b.claimBarrier(v, w)
	}
	if len(info.target) > 0 && (w.param != nil || node.kind == kindFold) || !b.dead(w.param, node.unit, nil) {
		return false
	}
	info.target = append(info.target, w.view)
	return true
}

// claimBarrier stores a barrier's result at w.view; an operand that is updated in place has to come there first.
func (b *blockLowerer) claimBarrier(v *ir.Value, w *want) bool {
	unit := b.nodes[v.Node].unit
	acc, ok := inPlaceOperand(v)
	if !ok {
		if !b.dead(w.param, unit, nil) {
			return false
		}
		b.vals[v].target = []View{w.view}
		return true
	}
	if !b.dead(w.param, unit, acc) {
		return false
	}
	b.vals[v].target = []View{w.view}
	if acc != w.param && b.owned(acc, unit) && b.countUses(v.Node, acc) == 1 {
		b.claim(acc, w) // else it is copied
	}
	return true
}

// dead reports whether the old contents of a carry are not needed after the unit, and not by the unit itself except at the same
// index or as the operand that it updates in place.
func (b *blockLowerer) dead(param *ir.Value, unit int, acc *ir.Value) bool {
	if param == nil {
		return true
	}
	uses := 0
	for _, r := range b.vals[param].reads {
		if r.unit > unit {
			return false
		}
		if r.unit == unit {
			uses++
			if !r.direct || !b.units[unit].isMap && param != acc {
				return false
			}
		}
	}
	return acc == nil || uses <= 1
}

// owned reports whether v's memory was made by this block and nobody reads it after the unit.
func (b *blockLowerer) owned(v *ir.Value, unit int) bool {
	node := b.nodes[v.Node]
	return node != nil && (node.kind == kindLane || node.kind == kindFold || node.kind == kindBarrier) && b.vals[v].last == unit
}

// countUses counts the operands of a node that are v or look into its memory.
func (b *blockLowerer) countUses(n *ir.Node, v *ir.Value) int {
	uses := 0
	for _, in := range n.Inputs {
		if root, _ := b.root(in); root == v {
			uses++
		}
	}
	return uses
}

// place returns where a result is stored, making a buffer if nothing was decided, and binds the value there.
func (b *blockLowerer) place(v *ir.Value) View {
	info := b.vals[v]
	if len(info.target) == 0 {
		info.target = []View{b.temp(v.Type, "")}
	}
	b.bound[v] = binding{view: info.target[0]}
	return info.target[0]
}

// placeInPlace returns where the result of a step that updates operand acc is stored, with acc's contents already there.
func (b *blockLowerer) placeInPlace(u *unit, v, acc *ir.Value) View {
	info := b.vals[v]
	if len(info.target) == 0 && b.owned(acc, u.number) && b.countUses(v.Node, acc) == 1 {
		info.target = []View{b.viewOf(acc)}
	}
	dst := b.place(v)
	b.copyInto(dst, acc)
	return dst
}

// copyInto makes dst hold v, unless it is there already.
func (b *blockLowerer) copyInto(dst View, v *ir.Value) {
	if s := b.bound[v].splat; s != nil {
		b.emitStep(b.fill(dst, *s))
		return
	}
	src := b.viewOf(v)
	if !sameView(dst, src) {
		b.emitStep(&Copy{Dst: dst, Src: src})
	}
}

// fill is a Map that stores one number everywhere.
func (lw *lowerer) fill(dst View, s splat) *Map {
	m := &Map{Shape: dst.Shape, Insts: []Inst{{Op: OpImm, DT: s.dt, Imm: s.bits}}, Uni: 1, Stores: []Store{{0, dst}}}
	lw.finishMap(m)
	return m
}

func sameView(x, y View) bool {
	return x.Buf == y.Buf && x.Offset == y.Offset && slices.Equal(x.Shape, y.Shape) && slices.Equal(x.Strides, y.Strides) &&
		slices.Equal(x.Dyn, y.Dyn)
}

// finish copies the outputs that are not yet where they are wanted, as if all at once: first the guarded ones, then the others.
func (b *blockLowerer) finish(wants []*want) {
	var copies []Copy
	var last []Step // fills, which read nothing
	for i, w := range wants {
		o := b.g.Outputs[i]
		var step Step
		if s := b.bound[o].splat; s != nil {
			step = b.fill(w.view, *s)
		}
		switch {
		case w.claimed:
		case w.guard != nil:
			b.emitGuarded(w, o, step)
		case step != nil:
			last = append(last, step)
		default:
			if src := b.viewOf(o); !sameView(src, w.view) {
				copies = append(copies, Copy{Dst: w.view, Src: src})
			}
		}
	}
	b.parallelCopy(copies)
	for _, s := range last {
		b.emitStep(s)
	}
}

// emitGuarded adds the copy of an output to its Guard, which is emitted with its first copy.
func (b *blockLowerer) emitGuarded(w *want, o *ir.Value, fill Step) {
	if len(w.guard.Body) == 0 {
		b.emitStep(w.guard)
	}
	if fill == nil {
		fill = &Copy{Dst: w.view, Src: b.viewOf(o)}
	}
	w.guard.Body = append(w.guard.Body, fill)
}

// parallelCopy orders copies so that none overwrites what another still has to read; a cycle is cut by a temporary.
func (b *blockLowerer) parallelCopy(pending []Copy) {
	for len(pending) > 0 {
		free := slices.IndexFunc(pending, func(c Copy) bool {
			return !slices.ContainsFunc(pending, func(d Copy) bool { return d.Src.Buf == c.Dst.Buf })
		})
		// A copy may read the buffer that it alone overwrites only by way of a temporary.
		if free < 0 {
			b.saveSource(&pending[0])
			continue
		}
		c := pending[free]
		b.emitStep(&c)
		pending = slices.Delete(pending, free, free+1)
	}
}

func (b *blockLowerer) saveSource(c *Copy) {
	dt := b.prog.Buffers[c.Src.Buf].DType
	saved := b.temp(ir.Type{DType: dt, Shape: c.Src.Shape}, "")
	b.emitStep(&Copy{Dst: saved, Src: c.Src})
	c.Src = saved
}

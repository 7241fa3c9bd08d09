package native

import (
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// A rare stretch is jumped over where its condition holds in no lane:
//
//	results := what the selects give without it
//	if the condition holds in a lane:
//	    save all registers; the stretch; results := the selects; restore the registers
//
// Both ways have to leave every value in the same place. So what the stretch does to registers is undone, in memory and in the
// books of the allocator.

// rareAt is the stretch that begins at instruction id, or nil.
func (g *gen) rareAt(id int) *kernel.Rare {
	for i := range g.m.Rare {
		if g.m.Rare[i].From == id {
			return &g.m.Rare[i]
		}
	}
	return nil
}

// inRare reports whether an instruction belongs to a stretch: what it needs should not take registers from others.
func (g *gen) inRare(id int) bool {
	return slices.ContainsFunc(g.m.Rare, func(r kernel.Rare) bool { return r.From <= id && id < r.To })
}

// saved is a state of the allocator, and where the registers in use were saved.
type saved struct {
	vals        []value
	vecs, masks []int32
	slots       []int
	at          map[int32]int // frame slot by value
}

func (g *gen) rare(r *kernel.Rare) {
	end := int32(r.To + r.Selects)
	g.now = int(end) - 1
	for id := int32(r.To); id < end; id++ {
		if len(g.vals[id].uses) == 0 {
			continue
		}
		from := g.use(g.m.Insts[id].Args[2])
		g.copy(g.define(id, false), from)
		g.unlock()
	}
	skip := g.a.NewLabel()
	cond := g.use(r.Cond)
	g.isa.testAny(g, cond)
	g.unlock()
	g.a.Jump(asm.JE, skip)

	state := g.save()
	for id := r.From; id < r.To; id++ {
		g.inst(int32(id))
	}
	for id := int32(r.To); id < end; id++ {
		if len(g.vals[id].uses) > 0 {
			g.choose(id, r.Cond, state)
		}
	}
	g.restore(state)
	g.a.Bind(skip)
	g.pass(end)
}

// save stores the registers of values that have no other place.
func (g *gen) save() *saved {
	s := &saved{slices.Clone(g.vals), slices.Clone(g.vecs.holds), slices.Clone(g.masks.holds), slices.Clone(g.slots), map[int32]int{}}
	for _, f := range []*file{g.vecs, g.masks} {
		for r, id := range f.holds {
			if id < 0 || g.vals[id].home.kind != homeNone {
				continue
			}
			v := &g.vals[id]
			if v.mask {
				s.at[id] = g.lay.slot(8, 8)
				g.a.Emit(asm.KMOVQ, work(s.at[id]), asm.K(r))
			} else {
				s.at[id] = g.lay.slot(g.isa.bytes, g.isa.bytes)
				g.a.Emit(asm.VMOVUPS, work(s.at[id]), g.vec(r, v.dt))
			}
		}
	}
	return s
}

// choose does select id on the way through the stretch. The result goes to where restore finds it.
func (g *gen) choose(id, cond int32, s *saved) {
	in := &g.m.Insts[id]
	at, ok := s.at[id]
	if !ok {
		at = s.vals[id].home.slot
	}
	k, yes, no := g.use(cond), g.use(in.Args[1]), g.use(in.Args[2])
	if g.vals[id].mask {
		t, u := g.tempMask(), g.tempMask()
		g.emit(asm.KANDQ, t, k, yes)
		g.emit(asm.KANDNQ, u, k, no)
		g.emit(asm.KORQ, t, t, u)
		g.emit(asm.KMOVQ, work(at), t)
	} else {
		t := g.temp(in.DT)
		g.isa.blend(g, in.DT, t, g.isa.maskFor(g, in.DT, k), yes.Operand(), no)
		g.emit(asm.VMOVUPS, work(at), t)
	}
	g.unlock()
}

// restore is the way back to a saved state.
func (g *gen) restore(s *saved) {
	g.vals, g.slots = s.vals, s.slots
	copy(g.vecs.holds, s.vecs)
	copy(g.masks.holds, s.masks)
	for _, f := range []*file{g.vecs, g.masks} {
		for r, id := range f.holds {
			if id < 0 {
				continue
			}
			v := &g.vals[id]
			at, moved := s.at[id]
			switch {
			case !moved:
				g.loadHome(v, r)
			case v.mask:
				g.a.Emit(asm.KMOVQ, asm.K(r), work(at))
			default:
				g.a.Emit(asm.VMOVUPS, g.vec(r, v.dt), work(at))
			}
		}
	}
}

// pass frees what nothing from instruction end on reads.
func (g *gen) pass(end int32) {
	for id := range g.vals {
		v := &g.vals[id]
		for v.next < len(v.uses) && v.uses[v.next] < end {
			v.next++
		}
		if v.reg >= 0 && v.nextUse() == never {
			g.file(v.mask).holds[v.reg] = regFree
			v.reg = -1
		}
	}
}

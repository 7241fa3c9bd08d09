package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// file is one register file: vectors or masks. Values take registers as they are computed, in a straight line; when none is free
// the value whose next use is furthest away goes to its home in the frame (or is just forgotten, if it has one already).
type file struct {
	holds  []int32 // value in each register, or one of the marks below
	locked []bool  // by the instruction being emitted
}

const (
	regFree     int32 = -1
	regReserved int32 = -2 // never allocated
	regTemp     int32 = -3 // of the instruction being emitted
)

func newFile(n int) *file {
	f := &file{holds: make([]int32, n), locked: make([]bool, n)}
	for i := range f.holds {
		f.holds[i] = regFree
	}
	return f
}

// home is where a value is when it is in no register.
type home struct {
	kind homeKind
	slot int       // homeSlot: full vector (or mask) in the frame
	pool asm.Label // homePool: made by gen.pool
	reg  int       // homePinned
}

type homeKind uint8

const (
	homeNone homeKind = iota
	homeSlot
	homePool
	homePinned
)

// value is the state of one instruction's result during emission.
type value struct {
	dt   dtype.DType
	mask bool // lives in a mask register
	reg  int  // -1: in none
	home home
	uses []int32 // instruction numbers that read it, in order; stores and folds read at the end
	next int     // index in uses of the next one
}

const never = int32(1) << 30

func (v *value) nextUse() int32 {
	if v.next < len(v.uses) {
		return v.uses[v.next]
	}
	return never
}

func (g *gen) file(mask bool) *file {
	if mask {
		return g.masks
	}
	return g.vecs
}

// take returns a free register of a file, evicting if there is none.
func (g *gen) take(mask bool) int {
	f := g.file(mask)
	best, bestUse := -1, int32(-1)
	for r, id := range f.holds {
		if id == regFree {
			return r
		}
		if id < 0 || f.locked[r] {
			continue
		}
		if u := g.vals[id].nextUse(); u > bestUse {
			best, bestUse = r, u
		}
	}
	if best < 0 {
		panic(frameFull{}) // an instruction that needs more registers than there are
	}
	g.evict(f, best)
	return best
}

func (g *gen) evict(f *file, r int) {
	v := &g.vals[f.holds[r]]
	if v.home.kind == homeNone && v.nextUse() < never {
		g.saveHome(v, r)
	}
	v.reg = -1
	f.holds[r] = regFree
}

// operands are the values that an instruction reads.
func (g *gen) operands(in *kernel.Inst) []int32 {
	args := in.Args[:arity(in)]
	if _, _, _, ok := g.clampSelect(in); ok {
		return args[1:] // not the condition
	}
	return args
}

// saveHome stores the register of a value into a new slot of the frame.
func (g *gen) saveHome(v *value, r int) {
	if v.mask {
		v.home = home{kind: homeSlot, slot: g.lay.slot(8, 8)}
		g.a.Emit(asm.KMOVQ, work(v.home.slot), asm.K(r))
		return
	}
	v.home = home{kind: homeSlot, slot: g.vectorSlot()}
	g.a.Emit(asm.VMOVUPS, work(v.home.slot), g.vec(r, v.dt))
}

// vectorSlot is a slot for a spilled vector, one that a dead value has left if there is any.
func (g *gen) vectorSlot() int {
	if n := len(g.slots); n > 0 {
		at := g.slots[n-1]
		g.slots = g.slots[:n-1]
		return at
	}
	return g.lay.slot(g.isa.bytes, g.isa.bytes)
}

// use returns the register that holds value id, loading it from its home if need be, and locks it for this instruction.
func (g *gen) use(id int32) asm.Reg {
	v := &g.vals[id]
	if v.home.kind == homePinned {
		return g.regOf(v, v.home.reg)
	}
	f := g.file(v.mask)
	if v.reg < 0 {
		r := g.take(v.mask)
		v.reg = r
		f.holds[r] = id
		g.loadHome(v, r)
	}
	f.locked[v.reg] = true
	return g.regOf(v, v.reg)
}

func (g *gen) regOf(v *value, r int) asm.Reg {
	if v.mask {
		return asm.K(r)
	}
	return g.vec(r, v.dt)
}

func (g *gen) loadHome(v *value, r int) {
	switch {
	case v.home.kind == homeSlot && v.mask:
		g.a.Emit(asm.KMOVQ, asm.K(r), work(v.home.slot))
	case v.home.kind == homeSlot:
		g.a.Emit(asm.VMOVUPS, g.vec(r, v.dt), work(v.home.slot))
	case v.home.kind == homePool:
		g.loadPool(g.vec(r, v.dt), v.home.pool, v.dt)
	default:
		panic("BUG: value has no home")
	}
}

// useRM is use, or a memory operand where the value is not in a register and its home can be read directly.
func (g *gen) useRM(id int32) asm.Operand {
	v := &g.vals[id]
	if v.reg < 0 && !v.mask {
		switch v.home.kind {
		case homeSlot:
			return work(v.home.slot).Operand()
		case homePool:
			return g.poolOperand(v.home.pool)
		}
	}
	return g.use(id).Operand()
}

// define gives the result of instruction id a register. Operands that die here may give theirs up first if reuse is set, which is right
// for rules of one machine instruction, or whose last one writes the result.
func (g *gen) define(id int32, reuse bool) asm.Reg {
	if reuse {
		g.endUses(id)
	}
	v := &g.vals[id]
	r := g.take(v.mask)
	f := g.file(v.mask)
	v.reg = r
	f.holds[r] = id
	f.locked[r] = true
	return g.regOf(v, r)
}

// redefine moves a register from a dying operand to the result, for instructions that overwrite an operand. If the operand lives on
// its value is copied first.
func (g *gen) redefine(id, arg int32) asm.Reg {
	from := &g.vals[arg]
	src := g.use(arg)
	if from.home.kind != homePinned && from.lastUse(int32(g.now)) {
		f := g.file(from.mask)
		r := from.reg
		from.reg = -1
		v := &g.vals[id]
		v.reg = r
		f.holds[r] = id
		return g.regOf(v, r)
	}
	dst := g.define(id, false)
	g.move(dst, src)
	return dst
}

func (g *gen) move(dst, src asm.Reg) {
	if dst != src {
		g.a.Emit(asm.VMOVAPS, dst, src)
	}
}

// lastUse reports whether nothing after instruction now reads the value.
func (v *value) lastUse(now int32) bool {
	return len(v.uses) == 0 || v.uses[len(v.uses)-1] <= now
}

// temp reserves a register for this instruction only.
func (g *gen) temp(dt dtype.DType) asm.Reg {
	r := g.take(false)
	g.vecs.holds[r] = regTemp
	return g.vec(r, dt)
}

func (g *gen) tempMask() asm.Reg {
	r := g.take(true)
	g.masks.holds[r] = regTemp
	return asm.K(r)
}

// tempBool is a temporary for a bool.
func (g *gen) tempBool() asm.Reg {
	if g.isa.masks > 0 {
		return g.tempMask()
	}
	return g.temp(dtype.Bool)
}

// drop gives temporaries back before the instruction ends.
func (g *gen) drop(regs ...asm.Reg) {
	for _, r := range regs {
		if f := g.file(r.Class() == asm.Mask); f.holds[r.Num()] == regTemp {
			f.holds[r.Num()] = regFree
		}
	}
}

// unlockValue lets an operand of this instruction be evicted: it has been read for the last time.
func (g *gen) unlockValue(id int32) {
	if v := &g.vals[id]; v.reg >= 0 {
		g.file(v.mask).locked[v.reg] = false
	}
}

// unlock ends an instruction: its operands may be evicted again, its temporaries are free.
func (g *gen) unlock() {
	for _, f := range []*file{g.vecs, g.masks} {
		for r := range f.holds {
			f.locked[r] = false
			if f.holds[r] == regTemp {
				f.holds[r] = regFree
			}
		}
	}
}

// endUses frees the registers of operands of instruction id that are not read again.
func (g *gen) endUses(id int32) {
	for _, a := range g.operands(&g.m.Insts[id]) {
		g.release(a)
	}
}

func (g *gen) release(id int32) {
	v := &g.vals[id]
	if v.reg >= 0 && v.lastUse(int32(g.now)) {
		f := g.file(v.mask)
		f.holds[v.reg] = regFree
		f.locked[v.reg] = false
		v.reg = -1
	}
}

// endInst unlocks registers, drops temporaries and moves on to the next instruction.
func (g *gen) endInst(id int32) {
	g.endUses(id)
	g.unlock()
	for _, a := range g.operands(&g.m.Insts[id]) {
		v := &g.vals[a]
		for v.next < len(v.uses) && v.uses[v.next] <= id {
			v.next++
		}
		if v.home.kind == homeSlot && !v.mask && int(a) >= g.m.Uni && v.lastUse(id) {
			g.slots = append(g.slots, v.home.slot)
			v.home = home{}
		}
	}
}

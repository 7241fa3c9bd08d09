package native

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// isa is an instruction set: how wide it is and the rules that turn lane instructions into machine instructions.
type isa struct {
	name     string
	bytes    int  // of the widest vector
	vecs     int  // vector registers
	masks    int  // mask registers; 0: bools are vectors of all-ones lanes
	embedded bool // memory operands may be broadcast
	rules    map[ir.OpID]rule
	keeps    map[ir.OpID]bool      // primitives that would be expanded otherwise
	integer  map[ir.OpID]mnemonics // two-operand instructions on integers
	mul      func(g *gen, dt dtype.DType, dst, x, y asm.Reg)
	extreme  func(g *gen, dt dtype.DType, isMax bool, dst, x, y asm.Reg)
}

// rule emits one instruction of a Map. It reports false when it has no code for these types.
type rule func(g *gen, in *kernel.Inst, id int32) bool

// gen emits the code of one Map.
type gen struct {
	a    *asm.Assembler
	lay  *layout
	isa  *isa
	m    *kernel.Map
	vals []value

	lanes int // elements in one vector
	vecs  *file
	masks *file

	ptrs   []pointer
	loads  []access // of Map.Loads
	stores []access
	folds  []foldState

	now    int  // instruction being emitted
	masked bool // the tail: lanes beyond the row are off
	shift  int  // elements by which this copy of an unrolled body is ahead of the index register
	tail   asm.Reg
	index  []int // frame slots of the counters of outer dimensions
}

// laneSize is the bytes that a value takes in a lane: narrow types live widened, bools in masks.
func laneSize(dt dtype.DType) int {
	if dt == dtype.Bool {
		return 1
	}
	return max(4, dt.Size())
}

// vec is vector register r in the width that the lanes of this Map need for the type.
func (g *gen) vec(r int, dt dtype.DType) asm.Reg { return vecOfBytes(r, g.lanes*laneSize(dt)) }

func vecOfBytes(r, bytes int) asm.Reg {
	switch {
	case bytes > 32:
		return asm.Z(r)
	case bytes > 16:
		return asm.Y(r)
	}
	return asm.X(r)
}

// chooseLanes picks how many elements one vector holds: as many as the widest type allows, no more than the row needs.
func chooseLanes(m *kernel.Map, is *isa, row int) int {
	widest := 4
	for _, in := range m.Insts {
		widest = max(widest, laneSize(in.DT))
	}
	lanes := is.bytes / widest
	for len(m.Folds) == 0 && lanes*widest > 16 && lanes/2 >= row { // folds have 16 lanes anyway
		lanes /= 2
	}
	return lanes
}

// emitMap emits a Map, or reports why the portable executor has to run it.
func emitMap(a *asm.Assembler, lay *layout, is *isa, m *kernel.Map) error {
	if len(m.Shape) == 0 {
		scalar := *m
		scalar.Shape = []int{1}
		m = withUnitDim(&scalar)
	}
	if slices.Contains(m.Shape, 0) && len(m.Folds) == 0 {
		return nil
	}
	m = withRotations(m, is)
	row := m.Shape[len(m.Shape)-1]
	g := &gen{a: a, lay: lay, isa: is, m: m, vecs: newFile(is.vecs), masks: newFile(max(is.masks, 1))}
	g.masks.holds[0] = regReserved
	g.lanes = chooseLanes(m, is, row)
	if err := g.check(); err != nil {
		return err
	}
	g.prepare()
	g.uniforms()
	g.pin()
	return g.nest()
}

// withUnitDim gives a scalar Map one dimension.
func withUnitDim(m *kernel.Map) *kernel.Map {
	unit := func(v kernel.View) kernel.View {
		v.Shape, v.Strides = []int{1}, []int{0}
		return v
	}
	m.Loads = slices.Clone(m.Loads)
	for i := range m.Loads {
		m.Loads[i] = unit(m.Loads[i])
	}
	m.Stores = slices.Clone(m.Stores)
	for i := range m.Stores {
		m.Stores[i].View = unit(m.Stores[i].View)
		m.Stores[i].View.Strides = []int{1}
	}
	return m
}

// check refuses what has no code, before anything is emitted.
func (g *gen) check() error {
	for _, in := range g.m.Insts {
		if in.DT.IsComplex() {
			return fmt.Errorf("complex lanes")
		}
		if g.isa.rules[in.Op] == nil {
			return fmt.Errorf("no rule for %s", in.Op)
		}
	}
	return g.checkFolds()
}

// prepare sets up values, uses and accesses.
func (g *gen) prepare() {
	g.vals = make([]value, len(g.m.Insts))
	for i := range g.m.Insts {
		in := &g.m.Insts[i]
		g.vals[i] = value{dt: in.DT, mask: in.DT == dtype.Bool && g.isa.masks > 0, reg: -1}
		for _, arg := range in.Args[:arity(in)] {
			v := &g.vals[arg]
			if n := len(v.uses); n == 0 || v.uses[n-1] != int32(i) {
				v.uses = append(v.uses, int32(i))
			}
		}
	}
	end := int32(len(g.m.Insts))
	for _, s := range g.m.Stores {
		g.vals[s.Inst].uses = append(g.vals[s.Inst].uses, end)
	}
	for _, f := range g.m.Folds {
		g.vals[f.Inst].uses = append(g.vals[f.Inst].uses, end)
	}
	g.prepareAccesses()
}

// uniforms emits the instructions that do not depend on the index, once for the Map, and gives those that the body reads a home.
func (g *gen) uniforms() {
	for id := range g.m.Uni {
		in := &g.m.Insts[id]
		v := &g.vals[id]
		if in.Op == kernel.OpImm {
			g.immediate(v, in)
			continue
		}
		g.inst(int32(id))
		if !v.lastUse(int32(g.m.Uni)-1) && v.reg >= 0 {
			g.saveHome(v, v.reg)
		}
	}
	for _, f := range []*file{g.vecs, g.masks} {
		for r, id := range f.holds {
			if id >= 0 {
				g.vals[id].reg = -1
				f.holds[r] = regFree
			}
		}
	}
}

// immediate gives a constant its home. Constants of mask type become a mask in the frame.
func (g *gen) immediate(v *value, in *kernel.Inst) {
	switch {
	case v.mask:
		all := int64(0)
		if in.Imm != 0 {
			all = -1
		}
		slot := g.lay.slot(8, 8)
		g.a.Emit(asm.MOV, work(slot).Sized(8), asm.Imm(all))
		v.home = home{kind: homeSlot, slot: slot}
	case laneSize(in.DT) == 8:
		v.home = home{kind: homePool, pool: g.a.Uint64(in.Imm)}
	default:
		v.home = home{kind: homePool, pool: g.a.Uint32(uint32(laneBits(in.DT, in.Imm)))}
	}
}

// pin keeps the uniform values with the most uses in registers that the body leaves over.
func (g *gen) pin() {
	type candidate struct {
		id   int32
		uses int
	}
	var cands []candidate
	for id := range g.m.Uni {
		v := &g.vals[id]
		uses := 0
		for _, u := range v.uses {
			if int(u) >= g.m.Uni {
				uses++
			}
		}
		if uses > 0 && !v.mask {
			cands = append(cands, candidate{int32(id), uses})
		}
	}
	slices.SortStableFunc(cands, func(x, y candidate) int { return y.uses - x.uses })
	free := g.isa.vecs - g.pressure() - spareRegs - g.accumulators()
	for _, c := range cands[:min(max(free, 0), len(cands))] {
		v := &g.vals[c.id]
		r := g.take(false)
		g.loadHome(v, r)
		g.vecs.holds[r] = regReserved
		v.home = home{kind: homePinned, reg: r}
	}
}

// spareRegs are left for temporaries of rules and for loading operands.
const spareRegs = 5

// pressure is the largest number of vector values of the body alive at once.
func (g *gen) pressure() int {
	ends := make([]int, len(g.m.Insts)+1)
	alive, most := 0, 0
	for i := g.m.Uni; i < len(g.m.Insts); i++ {
		v := &g.vals[i]
		if !v.mask && len(v.uses) > 0 {
			alive++
			ends[v.uses[len(v.uses)-1]]++
		}
		most = max(most, alive)
		alive -= ends[i]
	}
	return most
}

// inst emits one instruction of the Map.
func (g *gen) inst(id int32) {
	g.now = int(id)
	in := &g.m.Insts[id]
	if len(g.vals[id].uses) == 0 {
		return
	}
	if !g.isa.rules[in.Op](g, in, id) {
		panic(noCode{fmt.Sprintf("no code for %s of %s", in.Op, in.DT)})
	}
	g.endInst(id)
}

// noCode stops the compilation of one step, which is left to the portable executor.
type noCode struct{ why string }

// body emits the instructions that depend on the index, then the stores and folds.
func (g *gen) body() {
	for i := range g.vals {
		v := &g.vals[i]
		v.next = 0
		for v.next < len(v.uses) && int(v.uses[v.next]) < g.m.Uni {
			v.next++
		}
	}
	for id := g.m.Uni; id < len(g.m.Insts); id++ {
		g.inst(int32(id))
	}
	g.now = len(g.m.Insts)
	for i := range g.m.Stores {
		g.store(&g.m.Stores[i], &g.stores[i])
		g.unlock()
	}
	for i := range g.folds {
		g.accumulate(&g.folds[i])
		g.unlock()
	}
	g.forget()
}

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

// forget drops all values of the body from registers: the next copy of the body computes its own.
func (g *gen) forget() {
	for i := range g.vals {
		v := &g.vals[i]
		if v.reg >= 0 {
			g.file(v.mask).holds[v.reg] = regFree
			v.reg = -1
		}
		if i >= g.m.Uni {
			v.home = home{}
		}
	}
}

package native

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// isa is an instruction set: how wide it is, its rules, and the instructions that shared rules take from it (rules.go).
type isa struct {
	name     string
	bytes    int  // of the widest vector
	vecs     int  // vector registers
	masks    int  // mask registers; 0: bools are vectors of all-ones lanes, as wide as the widest type of the Map
	embedded bool // memory operands may be broadcast
	rules    map[ir.OpID]rule
	keeps    map[ir.OpID]bool // primitives that would be expanded otherwise

	and, or, xor mnemonics // bitwise, with laneBool for bools
	max, min     mnemonics // of integers and bools; 0: by comparison
	mul          mnemonics // 0: unit.mulWide
	abs          mnemonics // of signed integers; 0: by the sign
	round        mnemonics // to an integral float; the mode is an immediate
	convert      map[[2]lane]asm.Op
	high         asm.Op // the upper half of a ymm register
	unit
}

// unit is the code for what instruction sets do in different ways. A result may share its register with an operand unless said otherwise.
type unit interface {
	// mulWide multiplies 64-bit integers.
	mulWide(g *gen, dst, x, y asm.Reg)
	// extreme is the float max or min that propagates NaN and orders -0 below +0.
	extreme(g *gen, l lane, isMax bool, dst, x, y asm.Reg)
	// compare makes a bool of two numbers, compareBools of two bools; dst is no operand.
	compare(g *gen, l lane, dir kernel.Dir, dst, x asm.Reg, y asm.Operand)
	compareBools(g *gen, dir kernel.Dir, dst, x, y asm.Reg)
	// maskFor brings a bool to the width of the lanes that it selects; blend is then k ? yes : no, in one instruction.
	maskFor(g *gen, dt dtype.DType, k asm.Reg) asm.Reg
	blend(g *gen, dt dtype.DType, dst, k asm.Reg, yes asm.Operand, no asm.Reg)
	// not is the complement.
	not(g *gen, dt dtype.DType, dst, x asm.Reg)
	// spread copies a general register to all lanes of an integer type.
	spread(g *gen, dt dtype.DType, dst, from asm.Reg)

	// fromBool makes numbers 0 and 1.
	fromBool(g *gen, dt dtype.DType, dst, k asm.Reg)
	// floatToInt truncates to 32 or 64 bits, saturates, and maps NaN to 0; dst is not x.
	floatToInt(g *gen, from, to dtype.DType, dst, x asm.Reg)
	// convertLanes does the conversions that isa.convert has no instruction for; dst is not x.
	convertLanes(g *gen, src, dst lane, out, x asm.Reg)

	// testAny sets the zero flag if a bool holds in no lane.
	testAny(g *gen, k asm.Reg)
	// boolFromWord makes a bool of rTmp, 0 or -1; boolsFromBytes makes bools of the first bytes of an xmm register, and bytesFromBools
	// bytes 0 and 1 of bools; dst is no operand.
	boolFromWord(g *gen, dst asm.Reg)
	boolsFromBytes(g *gen, dst, bytes asm.Reg)
	bytesFromBools(g *gen, dst, k asm.Reg)
	// bits puts a bool into a general register, a bit for each lane; others are undefined.
	bits(g *gen, dst, k asm.Reg)
	// merge replaces the lanes that are left at the end of a row; x may be lost.
	merge(g *gen, dt dtype.DType, dst, x asm.Reg)
	// gather and scatter move lanes of four and eight bytes at a stride.
	gather(g *gen, acc *access, dst asm.Reg)
	scatter(g *gen, acc *access, x asm.Reg)
	// pack narrows lanes to the size of the type in memory; storeNarrowed does so on the way to memory, if it can.
	pack(g *gen, dt dtype.DType, x asm.Reg) asm.Reg
	storeNarrowed(g *gen, dt dtype.DType, at asm.Mem, x asm.Reg) bool
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

	lanes  int // elements in one vector
	widest int // bytes of the widest lane
	vecs   *file
	masks  *file

	ptrs   []pointer
	loads  []access // of Map.Loads
	stores []access
	folds  []foldState

	now    int  // instruction being emitted
	masked bool // the tail: lanes beyond the row are off
	shift  int  // elements by which this copy of an unrolled body is ahead of the index register
	tail   asm.Reg
	twice  int   // frame slot of rotateFolds, 0: none yet
	slots  []int // of values that are dead, in this copy of the body
	index  []int // frame slots of the counters of outer dimensions

	across bool // folds go over the dimension before the last, see fold_across.go
	scan   bool // they store each running result, see scan.go
	phase  int  // which running result this copy of the body is for, then
}

// width is the bytes that a value takes in a lane. Bools in vectors are as wide as the widest type of the Map.
func (g *gen) width(dt dtype.DType) int {
	if dt == dtype.Bool {
		return g.widest
	}
	return laneSize(dt)
}

// vec is vector register r in the width that the lanes of this Map need for the type.
func (g *gen) vec(r int, dt dtype.DType) asm.Reg { return vecOfBytes(r, g.lanes*g.width(dt)) }

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
func (g *gen) chooseLanes() {
	g.widest = 4
	for _, in := range g.m.Insts {
		g.widest = max(g.widest, laneSize(in.DT))
	}
	g.lanes = g.isa.bytes / g.widest
	for (len(g.m.Folds) == 0 || g.across) && g.lanes*g.widest > 16 && g.lanes/2 >= g.row() { // folds along rows have 16 lanes anyway
		g.lanes /= 2
	}
}

// emitMap emits a Map, or reports why the portable executor has to run it.
func emitMap(a *asm.Assembler, lay *layout, is *isa, m *kernel.Map) error {
	if len(m.Shape) == 0 {
		scalar := *m
		scalar.Shape = []int{1}
		m = withUnitDim(&scalar)
	}
	m, isAcross := across(combined(m, is))
	return (&gen{a: a, lay: lay, isa: is, m: m, across: isAcross}).emitSteps()
}

// emitSteps emits the Map of a gen that is fresh but for the form that it is in.
func (g *gen) emitSteps() error {
	m := g.m
	g.vecs, g.masks = newFile(g.isa.vecs), newFile(max(g.isa.masks, 1))
	if slices.Contains(m.Shape[:g.firstFolded()], 0) {
		return nil
	}
	g.masks.holds[0] = regReserved
	g.chooseLanes()
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
		for _, arg := range g.operands(&g.m.Insts[i]) {
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
	bits := laneBits(in.DT, in.Imm)
	if in.DT == dtype.Bool && bits != 0 {
		bits = ^uint64(0)
	}
	if !v.mask {
		v.home = home{kind: homePool, pool: g.pool(in.DT, bits)}
		return
	}
	v.home = home{kind: homeSlot, slot: g.lay.slot(8, 8)}
	g.a.Emit(asm.MOV, work(v.home.slot).Sized(8), asm.Imm(int64(bits)))
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
			if int(u) >= g.m.Uni && !g.inRare(int(u)) {
				uses++
			}
		}
		if uses > 0 && !v.mask {
			cands = append(cands, candidate{int32(id), uses})
		}
	}
	slices.SortStableFunc(cands, func(x, y candidate) int { return y.uses - x.uses })
	free := g.isa.vecs - g.pressure() - spareRegs - g.heldAccumulators()
	for _, c := range cands[:min(max(free, 0), len(cands))] {
		v := &g.vals[c.id]
		r := g.take(false)
		g.loadHome(v, r)
		g.vecs.holds[r] = regReserved
		v.home = home{kind: homePinned, reg: r}
	}
}

// spareRegs are left for temporaries of rules and for loading operands.
const spareRegs = 8

// pressure is the largest number of vector values of the body alive at once.
func (g *gen) pressure() int {
	ends := make([]int, len(g.m.Insts)+1)
	alive, most := 0, 0
	for i := g.m.Uni; i < len(g.m.Insts); i++ {
		v := &g.vals[i]
		if !v.mask && len(v.uses) > 0 && !g.inRare(i) {
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

// body emits the instructions that depend on the index, then the stores and folds. The next copy uses the same slots of the frame.
func (g *gen) body() {
	frame := g.lay.frame
	defer func() { g.lay.frame, g.slots = frame, nil }()
	for i := range g.vals {
		v := &g.vals[i]
		v.next = 0
		for v.next < len(v.uses) && int(v.uses[v.next]) < g.m.Uni {
			v.next++
		}
	}
	for id := g.m.Uni; id < len(g.m.Insts); id++ {
		if r := g.rareAt(id); r != nil {
			g.rare(r)
			id = r.To + r.Selects - 1
			continue
		}
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

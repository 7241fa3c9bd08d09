package native

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// foldLanes is the number of running results of a fold: element k goes to lane k mod 16, whatever the vector width.
const foldLanes = 16

// foldState is one fold during emission: 16 lanes of running results. Narrow types fold in 32 bits and are rounded or wrapped at the end.
type foldState struct {
	dt    dtype.DType
	step  ir.OpID // the primitive of two operands
	start uint64  // bits of the value that changes nothing, in a lane
	out   access
	inst  int32
	accs  []int // registers of the running results,
	slots []int // or frame slots; of bools there is one, lanes in any order
}

// checkFolds refuses what has no code. All folds of a Map go over the same dimensions.
func (g *gen) checkFolds() error {
	for _, f := range g.m.Folds {
		dt := g.m.Insts[f.Inst].DT
		if f.Dims != g.m.Folds[0].Dims {
			return fmt.Errorf("folds over %d and over %d dimensions", g.m.Folds[0].Dims, f.Dims)
		}
		if _, ok := foldStep(f.Op, dt); !ok {
			return fmt.Errorf("%s of %s", f.Op, dt)
		}
	}
	return nil
}

// firstFolded is the first of the dimensions that folds go over; the rank if there are none.
func (g *gen) firstFolded() int {
	if len(g.m.Folds) == 0 {
		return len(g.m.Shape)
	}
	return len(g.m.Shape) - g.m.Folds[0].Dims
}

func (g *gen) newFold(f kernel.Fold) foldState {
	dt := g.m.Insts[f.Inst].DT
	step, _ := foldStep(f.Op, dt)
	outer, inner := f.View.Strides, 0
	if g.across {
		last := len(outer) - 1
		outer, inner = outer[:last], outer[last]
	}
	return foldState{
		dt: dt, step: step, start: g.start(f.Op, dt), inst: f.Inst,
		out: g.newAccess(f.View, g.strides(outer), inner),
	}
}

// vectors is the number of registers that the 16 lanes of a fold take. Across, each lane is a vector, and those that nothing is added to are
// left out: the tree would change nothing by them.
func (g *gen) vectors() int {
	if g.scan {
		return 1
	}
	if g.across {
		return min(foldLanes, ceilPow2(g.m.Shape[len(g.m.Shape)-2]))
	}
	return max(1, foldLanes/g.lanes)
}

// heldAccumulators is the number of registers that folds hold through the loop. Folds that would take more than half of them keep
// their running results in the frame, and so do bools.
func (g *gen) heldAccumulators() int {
	n := 0
	for _, f := range g.m.Folds {
		if g.m.Insts[f.Inst].DT != dtype.Bool {
			n += g.vectors()
		}
	}
	if n <= g.isa.vecs/2 {
		return n
	}
	return 0
}

// openFolds reserves registers or slots for the running results.
func (g *gen) openFolds() {
	inFrame := g.heldAccumulators() == 0
	for i := range g.folds {
		f := &g.folds[i]
		if f.dt == dtype.Bool {
			f.slots = []int{g.lay.slot(g.isa.bytes, g.isa.bytes)}
			continue
		}
		for range g.vectors() {
			if inFrame {
				f.slots = append(f.slots, g.lay.slot(g.isa.bytes, g.isa.bytes))
				continue
			}
			r := g.take(false)
			g.vecs.holds[r] = regReserved
			f.accs = append(f.accs, r)
		}
	}
}

// result is the register of a running result, or one to load it to from the frame.
func (g *gen) result(f *foldState, i int) asm.Reg {
	if f.slots == nil {
		return g.vec(f.accs[i], f.dt)
	}
	return g.temp(f.dt)
}

// running brings a running result into a register.
func (g *gen) running(f *foldState, i int) asm.Reg {
	r := g.result(f, i)
	if f.slots != nil {
		g.emit(asm.VMOVUPS, r, work(f.slots[i]))
	}
	return r
}

// setRunning puts a running result back.
func (g *gen) setRunning(f *foldState, i int, r asm.Reg) {
	if f.slots != nil {
		g.emit(asm.VMOVUPS, work(f.slots[i]), r)
	}
}

// resetFolds puts the identity into all lanes.
func (g *gen) resetFolds() {
	for i := range g.folds {
		f := &g.folds[i]
		if f.dt == dtype.Bool {
			g.resetBools(f)
			continue
		}
		for j := range g.vectors() {
			r := g.result(f, j)
			g.fill(r, f.dt, f.start)
			g.setRunning(f, j, r)
			g.drop(r)
		}
		g.unlock()
	}
}

// identity is the bits, in a lane, of the value that changes nothing. Of bools it is one bit.
func identity(id ir.OpID, dt dtype.DType) uint64 {
	if dt.IsFloat() {
		switch id {
		case op.ReduceProdID:
			return floatBits(dt, 1)
		case op.ReduceMaxID:
			return floatBits(dt, math.Inf(-1))
		case op.ReduceMinID:
			return floatBits(dt, math.Inf(1))
		}
		return 0
	}
	all := ^uint64(0) >> (64 - dt.Bits())
	bits := uint64(0)
	switch id {
	case op.ReduceProdID:
		bits = 1
	case op.ReduceMaxID:
		if dt.IsSigned() {
			bits = all/2 + 1
		}
	case op.ReduceMinID:
		bits = all
		if dt.IsSigned() {
			bits = all / 2
		}
	case op.ReduceAndID:
		bits = all
	}
	return laneBits(dt, bits)
}

// foldStep is the two-operand primitive of a fold.
func foldStep(id ir.OpID, dt dtype.DType) (ir.OpID, bool) {
	step, ok := map[ir.OpID]ir.OpID{
		op.ReduceSumID: op.AddID, op.ReduceProdID: op.MulID, op.ReduceMaxID: op.MaxID, op.ReduceMinID: op.MinID,
		op.ReduceAndID: op.AndID, op.ReduceOrID: op.OrID, op.ReduceXorID: op.XorID,
	}[id]
	bitwise := step == op.AndID || step == op.OrID || step == op.XorID
	return step, ok && (dt.IsFloat() && !bitwise || dt.IsInt() || dt == dtype.Bool)
}

// accumulate adds the value of this copy of the body to its lanes.
func (g *gen) accumulate(f *foldState) {
	if f.dt == dtype.Bool {
		g.accumulateBools(f)
		return
	}
	i := g.shift / g.lanes % g.vectors()
	if g.across {
		i = g.phase % g.vectors()
	}
	x, acc := g.use(f.inst), g.running(f, i)
	if g.masked && !g.across { // lanes behind the row have results that nobody wants
		t := g.temp(f.dt)
		g.combine(f.step, f.dt, t, acc, x)
		g.isa.merge(g, f.dt, acc, t)
	} else {
		g.combine(f.step, f.dt, acc, acc, x)
	}
	g.setRunning(f, i, acc)
	g.keep(f, acc)
}

// rotateFolds moves lane i+n (mod 16) to lane i, where n elements in a row left the next row to begin at lane n.
func (g *gen) rotateFolds(n int) {
	if n %= foldLanes; n == 0 {
		return
	}
	for i := range g.folds {
		f := &g.folds[i]
		if f.dt == dtype.Bool {
			continue
		}
		size := laneSize(f.dt)
		all, each := foldLanes*size, g.lanes*size
		if g.twice == 0 {
			g.twice = g.lay.slot(2*foldLanes*8, 64)
		}
		for j := range g.vectors() {
			r := g.running(f, j)
			g.emit(asm.VMOVUPS, work(g.twice+j*each), r)
			g.emit(asm.VMOVUPS, work(g.twice+all+j*each), r)
			g.drop(r)
		}
		for j := range g.vectors() {
			r := g.result(f, j)
			g.emit(asm.VMOVUPS, r, work(g.twice+n*size+j*each))
			g.setRunning(f, j, r)
		}
		g.unlock()
	}
}

// closeFolds combines the lanes (j and j+8, j+4, j+2, j+1) and stores the results at the outer index.
func (g *gen) closeFolds() {
	for i := range g.folds {
		f := &g.folds[i]
		if f.dt == dtype.Bool {
			g.closeBools(f)
			continue
		}
		accs := make([]asm.Reg, g.vectors())
		for j := range accs {
			accs[j] = g.running(f, j)
		}
		for n := len(accs); n > 1; n /= 2 {
			for j := range n / 2 {
				g.combine(f.step, f.dt, accs[j], accs[j], accs[j+n/2])
			}
		}
		g.combineLanes(f.step, f.dt, accs[0].Num())
		g.storeResult(f, accs[0])
		g.unlock()
	}
}

// storeResult stores the first lane, rounded or wrapped.
func (g *gen) storeResult(f *foldState, x asm.Reg) {
	if g.wrap(f.dt, x) {
		x = g.isa.pack(g, f.dt, x)
	}
	g.storeBytes(g.address(&f.out), x, f.dt.Size())
}

// wrap brings lanes that were computed with 32 bits to what a narrow type holds.
func (g *gen) wrap(dt dtype.DType, x asm.Reg) bool {
	if !isNarrow(dt) {
		return false
	}
	wide := dtype.Int32
	if dt.IsFloat() {
		wide = dtype.Float32
	}
	g.narrow(wide, dt, x)
	return true
}

// combineLanes folds the lanes of one register in halves.
func (g *gen) combineLanes(step ir.OpID, dt dtype.DType, acc int) {
	size := laneSize(dt)
	t := g.temp(dt)
	for bytes := g.lanes * size; bytes > size; bytes /= 2 {
		low := vecOfBytes(acc, bytes/2)
		high := vecOfBytes(t.Num(), bytes/2)
		switch bytes {
		case 64:
			g.emit(asm.VEXTRACTF64X4, high, asm.Z(acc), asm.Imm(1))
		case 32:
			g.emit(g.isa.high, high, asm.Y(acc), asm.Imm(1))
		case 16:
			g.emit(asm.VPERMILPD, high, asm.X(acc), asm.Imm(1))
		case 8:
			g.emit(asm.VPERMILPS, high, asm.X(acc), asm.Imm(1))
		}
		g.combine(step, dt, low, low, high)
	}
	g.drop(t)
}

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

// foldState is one fold during emission: 16 lanes of running results.
type foldState struct {
	fold  kernel.Fold
	out   access
	accs  []int // registers of the running results,
	slots []int // or frame slots
}

func (g *gen) checkFolds() error {
	for _, f := range g.m.Folds {
		dt := g.m.Insts[f.Inst].DT
		switch {
		case f.Dims != 1:
			return fmt.Errorf("fold over %d dimensions", f.Dims)
		case g.row() == 0:
			return fmt.Errorf("fold over nothing")
		case laneSize(dt) != dt.Size():
			return fmt.Errorf("fold of %s", dt)
		}
		if _, ok := foldStep(f.Op, dt); !ok {
			return fmt.Errorf("%s of %s", f.Op, dt)
		}
	}
	return nil
}

// vectors is the number of registers that the 16 lanes of a fold take.
func (g *gen) vectors() int { return max(1, foldLanes/g.lanes) }

// heldAccumulators is the number of registers that folds hold through the loop. Folds that would take more than half of them keep
// their running results in the frame.
func (g *gen) heldAccumulators() int {
	if n := len(g.m.Folds) * g.vectors(); n <= g.isa.vecs/2 {
		return n
	}
	return 0
}

// openFolds reserves registers or slots for the running results.
func (g *gen) openFolds() {
	inFrame := g.heldAccumulators() == 0
	for i := range g.folds {
		f := &g.folds[i]
		for range g.vectors() {
			if inFrame {
				f.slots = append(f.slots, g.lay.slot(64, 64))
				continue
			}
			r := g.take(false)
			g.vecs.holds[r] = regReserved
			f.accs = append(f.accs, r)
		}
	}
}

// running brings a running result into a register.
func (g *gen) running(f *foldState, i int) asm.Reg {
	dt := g.m.Insts[f.fold.Inst].DT
	if f.slots == nil {
		return g.vec(f.accs[i], dt)
	}
	t := g.temp(dt)
	g.emit(asm.VMOVUPS, t, work(f.slots[i]))
	return t
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
		dt := g.m.Insts[f.fold.Inst].DT
		for j := range g.vectors() {
			r := g.running(f, j)
			g.fill(r, dt, identity(f.fold.Op, dt))
			g.setRunning(f, j, r)
		}
		g.unlock()
	}
}

// identity is the bits of the value that changes nothing.
func identity(id ir.OpID, dt dtype.DType) uint64 {
	bitsOf := func(x float64) uint64 {
		if dt == dtype.Float32 {
			return uint64(math.Float32bits(float32(x)))
		}
		return math.Float64bits(x)
	}
	width := uint(dt.Bits())
	switch id {
	case op.ReduceProdID:
		if dt.IsFloat() {
			return bitsOf(1)
		}
		return 1
	case op.ReduceMaxID:
		switch {
		case dt.IsFloat():
			return bitsOf(math.Inf(-1))
		case dt.IsSigned():
			return 1 << (width - 1)
		}
	case op.ReduceMinID:
		switch {
		case dt.IsFloat():
			return bitsOf(math.Inf(1))
		case dt.IsSigned():
			return 1<<(width-1) - 1
		}
		return ^uint64(0) >> (64 - width)
	case op.ReduceAndID:
		return ^uint64(0) >> (64 - width)
	}
	return 0
}

// foldStep is the two-operand primitive of a fold.
func foldStep(id ir.OpID, dt dtype.DType) (ir.OpID, bool) {
	step, ok := map[ir.OpID]ir.OpID{
		op.ReduceSumID: op.AddID, op.ReduceProdID: op.MulID, op.ReduceMaxID: op.MaxID, op.ReduceMinID: op.MinID,
		op.ReduceAndID: op.AndID, op.ReduceOrID: op.OrID, op.ReduceXorID: op.XorID,
	}[id]
	bitwise := step == op.AndID || step == op.OrID || step == op.XorID
	return step, ok && (dt.IsFloat() && !bitwise || dt.IsInt())
}

// accumulate adds the value of this copy of the body to its lanes.
func (g *gen) accumulate(f *foldState) {
	dt := g.m.Insts[f.fold.Inst].DT
	step, _ := foldStep(f.fold.Op, dt)
	i := g.shift / g.lanes % g.vectors()
	x, acc := g.use(f.fold.Inst), g.running(f, i)
	if g.masked {
		t := g.temp(dt)
		g.combine(step, dt, t, acc, x)
		g.isa.merge(g, dt, acc, t)
	} else {
		g.combine(step, dt, acc, acc, x)
	}
	g.setRunning(f, i, acc)
}

// closeFolds combines the lanes (j and j+8, j+4, j+2, j+1) and stores the results at the outer index.
func (g *gen) closeFolds() {
	for i := range g.folds {
		f := &g.folds[i]
		dt := g.m.Insts[f.fold.Inst].DT
		step, _ := foldStep(f.fold.Op, dt)
		accs := make([]asm.Reg, g.vectors())
		for j := range accs {
			accs[j] = g.running(f, j)
		}
		for n := len(accs); n > 1; n /= 2 {
			for j := range n / 2 {
				g.combine(step, dt, accs[j], accs[j], accs[j+n/2])
			}
		}
		g.combineLanes(step, dt, accs[0].Num())
		out := g.address(&f.out)
		if dt.Size() == 8 {
			g.emit(asm.VMOVSD, out, accs[0].As(asm.XMM))
		} else {
			g.emit(asm.VMOVSS, out, accs[0].As(asm.XMM))
		}
		g.unlock()
	}
}

// combineLanes folds the lanes of one register in halves.
func (g *gen) combineLanes(step ir.OpID, dt dtype.DType, acc int) {
	size := dt.Size()
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
}

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

// foldState is one fold during emission: its running results stand in registers.
type foldState struct {
	fold kernel.Fold
	out  access
	accs []int
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
		case g.isa.masks == 0 && g.row()%g.lanes != 0:
			return fmt.Errorf("fold with a partial vector")
		}
		if _, ok := foldStep(f.Op, dt); !ok {
			return fmt.Errorf("%s of %s", f.Op, dt)
		}
	}
	return nil
}

// accumulators is the number of registers that folds hold through the loop.
func (g *gen) accumulators() int { return len(g.m.Folds) * max(1, foldLanes/g.lanes) }

// openFolds reserves registers for the running results.
func (g *gen) openFolds() {
	for i := range g.folds {
		f := &g.folds[i]
		for range max(1, foldLanes/g.lanes) {
			r := g.take(false)
			g.vecs.holds[r] = regReserved
			f.accs = append(f.accs, r)
		}
	}
}

// resetFolds puts the identity into all lanes.
func (g *gen) resetFolds() {
	for i := range g.folds {
		f := &g.folds[i]
		dt := g.m.Insts[f.fold.Inst].DT
		bits := identity(f.fold.Op, dt)
		for _, r := range f.accs {
			if bits == 0 {
				x := asm.X(r)
				g.a.Emit(asm.VPXORD, x, x, x)
				continue
			}
			label := g.a.Uint64(bits)
			if dt.Size() == 4 {
				label = g.a.Uint32(uint32(bits))
			}
			g.broadcast(g.vec(r, dt), label.Mem(), dt)
		}
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
	x := g.use(f.fold.Inst)
	acc := f.accs[(g.shift/g.lanes)%len(f.accs)]
	step, _ := foldStep(f.fold.Op, dt)
	dst := g.vec(acc, dt)
	if !g.masked {
		g.combine(step, dt, dst, dst, x)
		return
	}
	t := g.temp(dt)
	g.combine(step, dt, t, dst, x)
	g.a.Emit(moveOf(dt), dst.Mask(g.tail), t)
}

// moveOf is the register move whose mask counts lanes of the type.
func moveOf(dt dtype.DType) asm.Op {
	if laneSize(dt) == 8 {
		return asm.VMOVAPD
	}
	return asm.VMOVAPS
}

// closeFolds combines the lanes (j and j+8, j+4, j+2, j+1) and stores the results at the outer index.
func (g *gen) closeFolds() {
	for i := range g.folds {
		f := &g.folds[i]
		dt := g.m.Insts[f.fold.Inst].DT
		step, _ := foldStep(f.fold.Op, dt)
		for n := len(f.accs); n > 1; n /= 2 {
			for j := range n / 2 {
				dst := g.vec(f.accs[j], dt)
				g.combine(step, dt, dst, dst, g.vec(f.accs[j+n/2], dt))
			}
		}
		g.combineLanes(step, dt, f.accs[0], min(g.lanes, foldLanes))
		out := g.address(&f.out)
		if dt.Size() == 8 {
			g.a.Emit(asm.VMOVSD, out, asm.X(f.accs[0]))
		} else {
			g.a.Emit(asm.VMOVSS, out, asm.X(f.accs[0]))
		}
		g.unlock()
	}
}

// combineLanes folds the lanes of one register in halves. Fewer lanes than 16 mean that the others would hold the identity, with
// which combining changes nothing except the sign of zero, which is restored by the identity being +0.
func (g *gen) combineLanes(step ir.OpID, dt dtype.DType, acc, lanes int) {
	size := dt.Size()
	t := g.temp(dt)
	for bytes := lanes * size; bytes > size; bytes /= 2 {
		low := vecOfBytes(acc, bytes/2)
		high := vecOfBytes(t.Num(), bytes/2)
		switch bytes {
		case 64:
			g.a.Emit(asm.VEXTRACTF64X4, high, asm.Z(acc), asm.Imm(1))
		case 32:
			g.a.Emit(asm.VEXTRACTF128, high, asm.Y(acc), asm.Imm(1))
		case 16:
			g.a.Emit(asm.VPERMILPD, high, asm.X(acc), asm.Imm(1))
		case 8:
			g.a.Emit(asm.VPERMILPS, high, asm.X(acc), asm.Imm(1))
		}
		g.combine(step, dt, low, low, high)
	}
}

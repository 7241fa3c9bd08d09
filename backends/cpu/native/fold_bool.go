package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Folds of bools: order does not matter, so one bool of as many lanes as there are collects everything. It waits in the frame.

// boolFold is the instruction that folds bools.
func (g *gen) boolFold(f *foldState) asm.Op {
	switch f.step {
	case op.AndID, op.MinID, op.MulID:
		return g.isa.and[laneBool]
	case op.XorID:
		return g.isa.xor[laneBool]
	}
	return g.isa.or[laneBool]
}

// moveBool moves a bool between register and frame.
func (g *gen) moveBool() asm.Op {
	if g.isa.masks > 0 {
		return asm.KMOVQ
	}
	return asm.VMOVUPS
}

func (g *gen) resetBools(f *foldState) {
	bytes := g.lanes * g.widest
	if g.isa.masks > 0 {
		bytes = 8
	}
	for i := 0; i < bytes; i += 8 {
		g.emit(asm.MOV, work(f.slots[0]+i).Sized(8), asm.Imm(-int64(f.start)))
	}
}

func (g *gen) accumulateBools(f *foldState) {
	x, acc := g.use(f.inst), g.tempBool()
	slot := work(f.slots[0])
	g.emit(g.moveBool(), acc, slot)
	if !g.masked || g.across {
		g.emit(g.boolFold(f), acc, acc, x)
	} else {
		t := g.tempBool()
		g.emit(g.boolFold(f), t, acc, x)
		g.isa.merge(g, dtype.Bool, acc, t)
	}
	g.emit(g.moveBool(), slot, acc)
	g.keep(f, acc)
}

// closeBools brings the lanes to a general register.
func (g *gen) closeBools(f *foldState) {
	acc := g.tempBool()
	bits := rTmp.As(asm.Dword)
	all := asm.Imm(1<<g.lanes - 1)
	g.emit(g.moveBool(), acc, work(f.slots[0]))
	g.isa.bits(g, rTmp, acc)
	result := rBit
	switch g.boolFold(f) {
	case g.isa.and[laneBool]:
		g.emit(asm.NOT, bits)
		g.emit(asm.TEST, bits, all)
		g.emit(asm.SETE, result)
	case g.isa.xor[laneBool]:
		g.emit(asm.AND, bits, all)
		g.emit(asm.POPCNT, result.As(asm.Dword), bits)
		g.emit(asm.AND, result, asm.Imm(1))
	default:
		g.emit(asm.TEST, bits, all)
		g.emit(asm.SETNE, result)
	}
	g.emit(asm.MOV, g.address(&f.out), result)
	g.unlock()
}

// rBit takes the result: the address may need rTmp.
const rBit = asm.BL

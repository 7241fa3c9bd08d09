package native

import (
	"encoding/binary"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

func (g *gen) emit(code asm.Op, args ...asm.Arg) { g.a.Emit(code, args...) }

// pool is a constant in all lanes: one element where memory operands can be broadcast, else a full vector.
func (g *gen) pool(dt dtype.DType, bits uint64) asm.Label {
	if !g.isa.embedded {
		return g.vector(dt, func(int) uint64 { return bits }).Label
	}
	if laneSize(dt) == 8 {
		return g.a.Uint64(bits)
	}
	return g.a.Uint32(uint32(bits))
}

// poolOperand is a constant of pool as an operand of instructions on lanes of its type.
func (g *gen) poolOperand(l asm.Label) asm.Operand {
	if g.isa.embedded {
		return l.Mem().Broadcast().Operand()
	}
	return l.Mem().Operand()
}

// constant is the operand of instructions on lanes of the type that is the same in all lanes.
func (g *gen) constant(dt dtype.DType, bits uint64) asm.Operand {
	return g.poolOperand(g.pool(dt, bits))
}

// loadPool loads a constant of pool.
func (g *gen) loadPool(dst asm.Reg, l asm.Label, dt dtype.DType) {
	if g.isa.embedded {
		g.broadcast(dst, l.Mem(), dt)
	} else {
		g.emit(asm.VMOVUPS, dst, l.Mem())
	}
}

// fill puts a constant into all lanes of a register.
func (g *gen) fill(dst asm.Reg, dt dtype.DType, bits uint64) {
	if bits == 0 {
		g.clear(dst)
	} else {
		g.loadPool(dst, g.pool(dt, bits), dt)
	}
}

// broadcast fills a register with one element of memory.
func (g *gen) broadcast(dst asm.Reg, from asm.Mem, dt dtype.DType) {
	code := asm.VBROADCASTSS
	if laneSize(dt) == 8 {
		code = asm.VBROADCASTSD
		if dst.Class() == asm.XMM {
			code = asm.VMOVDDUP
		}
	}
	g.emit(code, dst, from)
}

// vector is a constant vector of the lanes of a type, at least 16 bytes, filled up with element 0.
func (g *gen) vector(dt dtype.DType, element func(lane int) uint64) asm.Mem {
	size := g.width(dt)
	var b []byte
	for i := 0; i < g.lanes || len(b) < 16; i++ {
		x := element(0)
		if i < g.lanes {
			x = element(i)
		}
		b = binary.LittleEndian.AppendUint64(b, x)[:len(b)+size]
	}
	return g.a.Const(b, len(b)).Mem()
}

// bytes is a constant as wide as a register.
func (g *gen) bytes(like asm.Reg, element func(i int) byte) asm.Mem {
	b := make([]byte, vectorBytes(like))
	for i := range b {
		b[i] = element(i)
	}
	return g.a.Const(b, len(b)).Mem()
}

// table is a constant of whole registers.
func (g *gen) table(b []byte) asm.Mem { return g.a.Const(b, len(b)).Mem() }

// vectorBytes is the width of a vector register.
func vectorBytes(r asm.Reg) int { return 16 << (r.Class() - asm.XMM) }

// clear makes a register zero.
func (g *gen) clear(r asm.Reg) {
	x := r.As(asm.XMM)
	g.emit(g.isa.xor[laneI32], x, x, x)
}

// zero is a temporary of zeros.
func (g *gen) zero(dt dtype.DType) asm.Reg {
	r := g.temp(dt)
	g.clear(r)
	return r
}

// constValue returns the bits of an immediate operand.
func (g *gen) constValue(id int32) (uint64, bool) {
	in := &g.m.Insts[id]
	return laneBits(in.DT, in.Imm), in.Op == kernel.OpImm
}

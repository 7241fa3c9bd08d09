package native

import (
	"encoding/binary"
	"math"

	"github.com/x448/float16"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

func float16Lane(bits uint16) uint32 { return math.Float32bits(float16.Frombits(bits).Float32()) }

// The instructions that both vector instruction sets have in the same form.
var (
	addOps  = byLane(asm.VPADDD, asm.VPADDQ, asm.VADDPS, asm.VADDPD)
	subOps  = byLane(asm.VPSUBD, asm.VPSUBQ, asm.VSUBPS, asm.VSUBPD)
	divOps  = byFloat(asm.VDIVPS, asm.VDIVPD)
	sqrtOps = byFloat(asm.VSQRTPS, asm.VSQRTPD)
	maxOps  = byFloat(asm.VMAXPS, asm.VMAXPD)
	minOps  = byFloat(asm.VMINPS, asm.VMINPD)
)

// binary makes the rule of a two-operand instruction.
func binaryRule(ops mnemonics, commutes bool) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		if isNarrow(in.DT) {
			return false
		}
		code := ops[laneOf(in.DT)]
		if code == 0 {
			return false
		}
		a, b := in.Args[0], in.Args[1]
		if commutes && g.vals[a].reg < 0 && g.vals[a].home.kind != homePinned { // the operand in memory goes last
			a, b = b, a
		}
		x := g.use(a)
		y := g.useRM(b)
		g.a.EmitOperands(code, g.define(id, true).Operand(), x.Operand(), y)
		return true
	}
}

// unaryRule makes the rule of a one-operand instruction.
func unaryRule(ops mnemonics) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		code := ops[laneOf(in.DT)]
		if isNarrow(in.DT) || code == 0 {
			return false
		}
		x := g.useRM(in.Args[0])
		g.a.EmitOperands(code, g.define(id, true).Operand(), x)
		return true
	}
}

// fmaRule multiplies and adds with one rounding: the addend's or a factor's register becomes the result.
func fmaRule(g *gen, in *kernel.Inst, id int32) bool {
	add231 := byFloat(asm.VFMADD231PS, asm.VFMADD231PD)[laneOf(in.DT)]
	mul213 := byFloat(asm.VFMADD213PS, asm.VFMADD213PD)[laneOf(in.DT)]
	if isNarrow(in.DT) || add231 == 0 {
		return false
	}
	x, y, z := in.Args[0], in.Args[1], in.Args[2]
	if g.dies(y) && !g.dies(x) {
		x, y = y, x
	}
	if g.dies(x) && !g.dies(z) && x != y && x != z { // x = x*y + z
		yr, zr := g.use(y), g.useRM(z)
		dst := g.redefine(id, x)
		g.a.EmitOperands(mul213, dst.Operand(), yr.Operand(), zr)
		return true
	}
	if g.vals[x].reg < 0 && g.vals[x].home.kind != homePinned {
		x, y = y, x
	}
	if g.vals[x].reg < 0 { // make sure that z's copy does not evict it
		g.use(x)
	}
	xr, yr := g.use(x), g.useRM(y)
	dst := g.redefine(id, z) // z = x*y + z
	g.a.EmitOperands(add231, dst.Operand(), xr.Operand(), yr)
	return true
}

// dies reports whether the instruction being emitted is the last to read a value that is in a register of its own.
func (g *gen) dies(id int32) bool {
	v := &g.vals[id]
	return v.home.kind != homePinned && v.reg >= 0 && v.lastUse(int32(g.now))
}

// broadcast fills a register with one element of memory.
func (g *gen) broadcast(dst asm.Reg, from asm.Mem, dt dtype.DType) {
	switch {
	case laneSize(dt) == 8 && dst.Class() == asm.XMM:
		g.a.Emit(asm.VMOVDDUP, dst, from)
	case laneSize(dt) == 8:
		g.a.Emit(asm.VBROADCASTSD, dst, from)
	default:
		g.a.Emit(asm.VBROADCASTSS, dst, from)
	}
}

// splat64 is the memory of a pool constant of one lane.
func (g *gen) splat(dt dtype.DType, bits uint64) asm.Mem {
	if laneSize(dt) == 8 {
		return g.a.Uint64(bits).Mem()
	}
	return g.a.Uint32(uint32(bits)).Mem()
}

// fullConst is a constant that fills a whole vector in memory, for instruction sets without embedded broadcast.
func (g *gen) fullConst(dt dtype.DType, bits uint64) asm.Mem {
	size := laneSize(dt)
	n := max(16, g.lanes*size)
	b := make([]byte, n)
	for i := 0; i < n; i += size {
		if size == 8 {
			binary.LittleEndian.PutUint64(b[i:], bits)
		} else {
			binary.LittleEndian.PutUint32(b[i:], uint32(bits))
		}
	}
	return g.a.Const(b, n).Mem()
}

// signBit and absMask are the masks of Neg and Abs.
func signBit(dt dtype.DType) uint64 { return 1 << (8*laneSize(dt) - 1) }

// combine emits dst = step(x, y) for a fold.
func (g *gen) combine(step ir.OpID, dt dtype.DType, dst, x, y asm.Reg) {
	l := laneOf(dt)
	switch {
	case step == op.AddID:
		g.a.Emit(addOps[l], dst, x, y)
	case step == op.MulID:
		g.isa.mul(g, dt, dst, x, y)
	case (step == op.MaxID || step == op.MinID) && l.isFloat():
		g.isa.extreme(g, dt, step == op.MaxID, dst, x, y)
	default:
		g.a.Emit(g.isa.integer[step][l], dst, x, y)
	}
}

// constValue returns the bits of an immediate operand.
func (g *gen) constValue(id int32) (uint64, bool) {
	in := &g.m.Insts[id]
	return laneBits(in.DT, in.Imm), in.Op == kernel.OpImm
}

package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// convertRule converts between lane types, then rounds or wraps to narrow types, which live widened.
func convertRule(g *gen, in *kernel.Inst, id int32) bool {
	from, to := g.m.Insts[in.Args[0]].DT, in.DT
	src, dst := laneOf(from), laneOf(to)
	switch {
	case from == to:
		return moveRule(g, in, id)
	case dst == laneBool:
		zero := g.zero(from)
		x := g.use(in.Args[0])
		g.isa.compare(g, src, kernel.NE, g.define(id, false), x, zero.Operand())
		return true
	case src == laneBool:
		k := g.use(in.Args[0])
		g.isa.fromBool(g, to, g.define(id, false), k)
		return true
	case src.isFloat() && to.IsInt():
		x := g.use(in.Args[0])
		out := g.define(id, false)
		if isNarrow(to) {
			g.floatToNarrow(from, to, out, x)
		} else {
			g.isa.floatToInt(g, from, to, out, x)
		}
		return true
	case roundsTwice(from, to):
		return false
	case src == dst || src.isWide() == dst.isWide() && !src.isFloat() && !dst.isFloat():
		x := g.use(in.Args[0])
		out := g.define(id, false)
		g.move(out, x)
		g.narrow(from, to, out)
		return true
	}
	x := g.use(in.Args[0])
	out := g.define(id, false)
	if code := g.isa.convert[[2]lane{src, dst}]; code != 0 {
		g.emit(code, out, x)
	} else {
		g.isa.convertLanes(g, src, dst, out, x)
	}
	g.narrow(from, to, out)
	return true
}

// roundsTwice reports whether the way to a 16-bit float through f32 could round before the last step.
func roundsTwice(from, to dtype.DType) bool {
	return to.IsFloat() && isNarrow(to) && !isNarrow(from) && from != dtype.Float32
}

// narrow rounds or wraps fresh lanes to a narrow type.
func (g *gen) narrow(from, to dtype.DType, x asm.Reg) {
	if from.IsInt() && to.IsInt() && from.Size() < to.Size() && (from.IsUnsigned() || to.IsSigned()) {
		return // holds every number of from
	}
	switch to {
	case dtype.Int8, dtype.Int16:
		n := asm.Imm(32 - to.Bits())
		g.emit(asm.VPSLLD, x, x, n)
		g.emit(asm.VPSRAD, x, x, n)
	case dtype.Uint8, dtype.Uint16:
		g.emit(g.isa.and[laneI32], x, x, g.constant(to, 1<<to.Bits()-1))
	case dtype.Float16:
		half := vecOfBytes(x.Num(), g.lanes*2)
		g.emit(asm.VCVTPS2PH, half, x, asm.Imm(0))
		g.emit(asm.VCVTPH2PS, x, half)
	case dtype.BFloat16:
		g.roundToBF16(x)
	}
}

// roundToBF16 rounds f32 lanes to eight bits of significand, to nearest even; NaN stays NaN.
func (g *gen) roundToBF16(x asm.Reg) {
	dt := dtype.Uint32
	t, k := g.temp(dt), g.tempBool()
	g.emit(asm.VPSRLD, t, x, asm.Imm(16))
	g.emit(g.isa.and[laneI32], t, t, g.constant(dt, 1))
	g.emit(asm.VPADDD, t, t, g.constant(dt, 0x7fff))
	g.emit(asm.VPADDD, t, t, x)
	g.isa.compare(g, laneF32, kernel.NE, k, x, x.Operand())
	g.emit(g.isa.or[laneI32], x, x, g.constant(dt, 0x400000))
	g.isa.blend(g, dt, x, g.isa.maskFor(g, dt, k), x.Operand(), t)
	g.emit(g.isa.and[laneI32], x, x, g.constant(dt, 0xffff0000))
}

// floatToNarrow truncates to 8 or 16 bits, saturates, and maps NaN to 0: the bounds are floats, so it is enough to clamp.
func (g *gen) floatToNarrow(from, to dtype.DType, out, x asm.Reg) {
	lo, hi := 0.0, float64(uint64(1)<<to.Bits()-1)
	if to.IsSigned() {
		half := float64(uint64(1) << (to.Bits() - 1))
		lo, hi = -half, half-1
	}
	t := g.temp(from)
	g.clampNumber(from, t, x, lo, hi)
	g.emit(map[int]asm.Op{4: asm.VCVTTPS2DQ, 8: asm.VCVTTPD2DQ}[laneSize(from)], out, t)
}

// clampNumber bounds floats and makes NaN zero. dst is not x.
func (g *gen) clampNumber(dt dtype.DType, dst, x asm.Reg, lo, hi float64) {
	l := laneOf(dt)
	k := g.tempBool()
	g.isa.compare(g, l, kernel.EQ, k, x, x.Operand())
	g.clear(dst)
	g.isa.blend(g, dt, dst, g.isa.maskFor(g, dt, k), x.Operand(), dst)
	g.emit(maxOps[l], dst, dst, g.constant(dt, floatBits(dt, lo)))
	g.emit(minOps[l], dst, dst, g.constant(dt, floatBits(dt, hi)))
	g.drop(k)
}

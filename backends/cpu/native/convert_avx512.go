package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// convert512 are the conversions that one instruction does.
var convert512 = map[[2]lane]asm.Op{
	{laneI32, laneF32}: asm.VCVTDQ2PS, {laneU32, laneF32}: asm.VCVTUDQ2PS,
	{laneI32, laneF64}: asm.VCVTDQ2PD, {laneU32, laneF64}: asm.VCVTUDQ2PD,
	{laneI64, laneF64}: asm.VCVTQQ2PD, {laneU64, laneF64}: asm.VCVTUQQ2PD,
	{laneI64, laneF32}: asm.VCVTQQ2PS, {laneU64, laneF32}: asm.VCVTUQQ2PS,
	{laneF32, laneF64}: asm.VCVTPS2PD, {laneF64, laneF32}: asm.VCVTPD2PS,
	{laneI32, laneI64}: asm.VPMOVSXDQ, {laneI32, laneU64}: asm.VPMOVSXDQ,
	{laneU32, laneI64}: asm.VPMOVZXDQ, {laneU32, laneU64}: asm.VPMOVZXDQ,
	{laneI64, laneI32}: asm.VPMOVQD, {laneI64, laneU32}: asm.VPMOVQD,
	{laneU64, laneI32}: asm.VPMOVQD, {laneU64, laneU32}: asm.VPMOVQD,
}

// truncate512 truncate floats. They give the integer indefinite for what does not fit: the smallest signed or the largest unsigned one.
var truncate512 = map[[2]lane]asm.Op{
	{laneF32, laneI32}: asm.VCVTTPS2DQ, {laneF32, laneU32}: asm.VCVTTPS2UDQ,
	{laneF64, laneI32}: asm.VCVTTPD2DQ, {laneF64, laneU32}: asm.VCVTTPD2UDQ,
	{laneF32, laneI64}: asm.VCVTTPS2QQ, {laneF32, laneU64}: asm.VCVTTPS2UQQ,
	{laneF64, laneI64}: asm.VCVTTPD2QQ, {laneF64, laneU64}: asm.VCVTTPD2UQQ,
}

func (unit512) convertLanes(*gen, lane, lane, asm.Reg, asm.Reg) {
	panic("BUG: every conversion is one instruction")
}

func (unit512) fromBool(g *gen, dt dtype.DType, dst, k asm.Reg) {
	one := uint64(1)
	if dt.IsFloat() {
		one = floatBits(dt, 1)
	}
	code := asm.VBROADCASTSS
	if laneSize(dt) == 8 {
		code = asm.VBROADCASTSD
		if dst.Class() == asm.XMM {
			code = asm.VMOVDDUP
		}
	}
	g.emit(code, dst.Mask(k).Zero(), g.pool(dt, one).Mem())
}

func (unit512) floatToInt(g *gen, from, to dtype.DType, dst, x asm.Reg) {
	src := laneOf(from)
	code := truncate512[[2]lane{src, laneOf(to)}]
	if to.IsUnsigned() { // what is negative or NaN becomes 0: the instruction returns its second operand when in doubt
		t := g.zero(from)
		g.emit(maxOps[src], t, x, t)
		g.emit(code, dst, t)
		return
	}
	// What is positive and too large has to become the largest integer: the complement of the indefinite one.
	limit := floatBits(from, float64(signBit(to)))
	xor, all := asm.VPXORD, g.constant(dtype.Uint32, 1<<32-1)
	if laneSize(to) == 8 {
		xor, all = asm.VPXORQ, g.constant(dtype.Uint64, 1<<64-1)
	}
	k := g.tempMask()
	g.emit(code, dst, x)
	g.emit(cmpOps[src], k, x, g.constant(from, limit), asm.Imm(0x1d)) // not less
	g.emit(xor, dst.Mask(k), dst, all)
	g.emit(cmpOps[src], k, x, x, asm.Imm(3)) // NaN
	g.emit(xor, dst.Mask(k), dst, dst)
}

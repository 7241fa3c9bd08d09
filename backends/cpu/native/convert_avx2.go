package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// convert256 are the conversions that one instruction does.
var convert256 = map[[2]lane]asm.Op{
	{laneI32, laneF32}: asm.VCVTDQ2PS, {laneI32, laneF64}: asm.VCVTDQ2PD,
	{laneF32, laneF64}: asm.VCVTPS2PD, {laneF64, laneF32}: asm.VCVTPD2PS,
	{laneI32, laneI64}: asm.VPMOVSXDQ, {laneI32, laneU64}: asm.VPMOVSXDQ,
	{laneU32, laneI64}: asm.VPMOVZXDQ, {laneU32, laneU64}: asm.VPMOVZXDQ,
}

const (
	two52 = 0x433 << 52 // bits of 2^52: an integer below it can be added in the low bits
	two84 = 0x453 << 52
)

func (u unit256) convertLanes(g *gen, src, dst lane, out, x asm.Reg) {
	f32, f64, u64 := dtype.Float32, dtype.Float64, dtype.Uint64
	switch [2]lane{src, dst} {
	case [2]lane{laneU32, laneF32}: // 2^16 high + low, rounded once
		t := g.temp(f32)
		g.emit(asm.VPSRLD, t, x, asm.Imm(16))
		g.emit(asm.VCVTDQ2PS, t, t)
		g.emit(asm.VPAND, out, x, g.constant(f32, 0xffff))
		g.emit(asm.VCVTDQ2PS, out, out)
		g.emit(asm.VFMADD231PS, out, t, g.constant(f32, floatBits(f32, 1<<16)))
	case [2]lane{laneU32, laneF64}:
		g.emit(asm.VPMOVZXDQ, out, x)
		g.emit(asm.VPOR, out, out, g.constant(u64, two52))
		g.emit(asm.VSUBPD, out, out, g.constant(u64, two52))
	case [2]lane{laneI64, laneF64}, [2]lane{laneU64, laneF64}:
		t := g.temp(f64)
		u.wideToDouble(g, src == laneI64, out, x, t)
	case [2]lane{laneI64, laneF32}, [2]lane{laneU64, laneF32}:
		u.wideToSingle(g, src == laneI64, out, x)
	default: // 64-bit integers to 32 bits
		g.evenDwords(out, x)
	}
}

// wideToDouble is 2^32 high + low, with both halves put into the low bits of large floats: only the last addition rounds. out is neither
// x nor t.
func (unit256) wideToDouble(g *gen, signed bool, out, x, t asm.Reg) {
	u64 := dtype.Uint64
	high := uint64(two84)
	if signed {
		high |= 1 << 31 // turns the sign, which counts 2^63
	}
	g.emit(asm.VPSRLQ, t, x, asm.Imm(32))
	g.emit(asm.VPXOR, t, t, g.constant(u64, high))
	g.emit(asm.VSUBPD, t, t, g.constant(u64, high|1<<20)) // 2^84 (+ 2^63) + 2^52
	g.emit(asm.VPBLENDD, out, x, g.constant(u64, two52), asm.Imm(0b10101010))
	g.emit(asm.VADDPD, out, t, out)
}

// wideToSingle goes through f64 with the bits that f64 has no room for gathered in the last one, so that only the last step rounds.
func (u unit256) wideToSingle(g *gen, signed bool, out, x asm.Reg) {
	u64 := dtype.Uint64
	sign, m, t, odd := g.temp(u64), g.temp(u64), g.temp(u64), g.temp(u64)
	g.move(m, x)
	if signed {
		g.signs(laneI64, sign, x)
		g.emit(asm.VPXOR, m, m, sign)
		g.emit(asm.VPSUBQ, m, m, sign)
	}
	g.emit(asm.VPAND, odd, m, g.constant(u64, 1<<11-1))
	g.emit(asm.VPADDQ, odd, odd, g.constant(u64, 1<<11-1))
	g.emit(asm.VPOR, odd, odd, m)
	g.emit(asm.VPAND, odd, odd, g.constant(u64, ^uint64(1<<11-1)))
	g.emit(asm.VPSRLQ, t, m, asm.Imm(53))
	g.emit(asm.VPCMPEQQ, t, t, g.constant(u64, 0)) // fits
	g.emit(asm.VBLENDVPD, odd, odd, m, t)
	u.wideToDouble(g, false, m, odd, t)
	g.emit(asm.VCVTPD2PS, out, m)
	if signed {
		g.evenDwords(t, sign)
		low := t.As(out.Class())
		g.emit(asm.VPSLLD, low, low, asm.Imm(31))
		g.emit(asm.VPOR, out, out, low)
	}
}

func (u unit256) floatToInt(g *gen, from, to dtype.DType, dst, x asm.Reg) {
	if laneSize(from) == 4 {
		switch to {
		case dtype.Int32:
			u.singleToInt(g, dst, x)
			return
		case dtype.Uint32:
			u.singleToUint(g, dst, x)
			return
		}
		wide := g.temp(dtype.Float64)
		g.emit(asm.VCVTPS2PD, wide, x)
		x = wide
	}
	t := g.temp(dtype.Float64)
	switch to {
	case dtype.Int32:
		g.clampNumber(dtype.Float64, t, x, -1<<31, 1<<31-1)
		g.emit(asm.VCVTTPD2DQ, dst, t)
	case dtype.Uint32:
		g.clampNumber(dtype.Float64, t, x, 0, 1<<32-1)
		g.emit(asm.VROUNDPD, t, t, asm.Imm(3|8))
		g.emit(asm.VADDPD, t, t, g.constant(dtype.Uint64, two52))
		g.evenDwords(dst, t)
	case dtype.Int64:
		g.clampNumber(dtype.Float64, t, x, -1<<63, 1<<63-1<<10)
		u.doubleToWide(g, dst, t)
		g.emit(asm.VCMPPD, t, x, g.constant(dtype.Float64, floatBits(dtype.Float64, 1<<63)), floatPredicate[kernel.GE])
		g.emit(asm.VBLENDVPD, dst, dst, g.constant(to, 1<<63-1), t)
	case dtype.Uint64:
		g.clampNumber(dtype.Float64, t, x, 0, 1<<64-1<<11)
		u.doubleToWide(g, dst, t)
		g.emit(asm.VCMPPD, t, x, g.constant(dtype.Float64, floatBits(dtype.Float64, 1<<64)), floatPredicate[kernel.GE])
		g.emit(asm.VPOR, dst, dst, t)
	}
}

// singleToInt corrects the integer indefinite: its complement is the largest integer.
func (unit256) singleToInt(g *gen, dst, x asm.Reg) {
	f32 := dtype.Float32
	t := g.temp(f32)
	g.emit(asm.VCVTTPS2DQ, dst, x)
	g.emit(asm.VCMPPS, t, x, g.constant(f32, floatBits(f32, 1<<31)), floatPredicate[kernel.GE])
	g.emit(asm.VPXOR, dst, dst, t)
	g.emit(asm.VCMPPS, t, x, x, asm.Imm(7)) // not NaN
	g.emit(asm.VPAND, dst, dst, t)
}

// singleToUint takes 2^31 off what is larger, and puts it back as a bit.
func (unit256) singleToUint(g *gen, dst, x asm.Reg) {
	f32 := dtype.Float32
	two31 := g.constant(f32, floatBits(f32, 1<<31))
	t, large, part := g.zero(f32), g.temp(f32), g.temp(f32)
	g.emit(asm.VMAXPS, t, x, t) // NaN to 0
	g.emit(asm.VCMPPS, large, t, two31, floatPredicate[kernel.GE])
	g.emit(asm.VANDPS, part, large, two31)
	g.emit(asm.VSUBPS, part, t, part)
	g.emit(asm.VCVTTPS2DQ, dst, part)
	g.emit(asm.VPSLLD, large, large, asm.Imm(31))
	g.emit(asm.VPXOR, dst, dst, large)
	g.emit(asm.VCMPPS, t, t, g.constant(f32, floatBits(f32, 1<<32)), floatPredicate[kernel.GE])
	g.emit(asm.VPOR, dst, dst, t)
}

// doubleToWide truncates numbers of at most 64 bits, in halves that are read from the low bits of large floats. t is lost.
func (unit256) doubleToWide(g *gen, dst, t asm.Reg) {
	f64 := dtype.Float64
	number := func(x float64) asm.Operand { return g.constant(f64, floatBits(f64, x)) }
	high := g.temp(f64)
	g.emit(asm.VROUNDPD, t, t, asm.Imm(3|8))
	g.emit(asm.VMULPD, high, t, number(0x1p-32))
	g.emit(asm.VROUNDPD, high, high, asm.Imm(1|8))
	g.emit(asm.VFNMADD231PD, t, high, number(0x1p32))
	g.emit(asm.VADDPD, high, high, number(0x1.8p52))
	g.emit(asm.VPSLLQ, high, high, asm.Imm(32))
	g.emit(asm.VADDPD, t, t, number(0x1p52))
	g.emit(asm.VPBLENDD, dst, high, t, asm.Imm(0b01010101))
	g.drop(high)
}

func (u unit256) fromBool(g *gen, dt dtype.DType, dst, k asm.Reg) {
	one := uint64(1)
	if dt.IsFloat() {
		one = floatBits(dt, 1)
	}
	g.emit(asm.VPAND, dst, u.maskFor(g, dt, k), g.constant(dt, one))
}

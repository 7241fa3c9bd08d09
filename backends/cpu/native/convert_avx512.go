package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// convert512 converts between lane types, then rounds or wraps to narrow types, which live widened.
func convert512(g *gen, in *kernel.Inst, id int32) bool {
	from := g.m.Insts[in.Args[0]].DT
	src, dst := laneOf(from), laneOf(in.DT)
	switch {
	case from == in.DT:
		g.move512(in, id)
		return true
	case dst == laneBool:
		return g.toMask512(in, id, src)
	case src == laneBool:
		return g.fromMask512(in, id, dst)
	case src.isFloat() && !dst.isFloat():
		return !isNarrow(in.DT) && g.floatToInt512(in, id, src, dst)
	}
	if code, ok := convertOps512[[2]lane{src, dst}]; ok {
		x := g.useRM(in.Args[0])
		out := g.define(id, false)
		g.a.EmitOperands(code, out.Operand(), x)
		return g.narrow512(in.DT, from, out)
	}
	if src.isWide() != dst.isWide() || src.isFloat() != dst.isFloat() {
		return false
	}
	g.move512(in, id)
	return g.narrow512(in.DT, from, g.vec(g.vals[id].reg, in.DT))
}

// convertOps512 are the conversions that one instruction does.
var convertOps512 = map[[2]lane]asm.Op{
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

// move512 gives the value of the operand another name.
func (g *gen) move512(in *kernel.Inst, id int32) {
	x := g.use(in.Args[0])
	dst := g.define(id, true)
	if dst.Class() == asm.Mask {
		g.a.Emit(asm.KMOVQ, dst, x)
		return
	}
	g.move(dst, x)
}

func (g *gen) toMask512(in *kernel.Inst, id int32, src lane) bool {
	from := g.m.Insts[in.Args[0]].DT
	x := g.use(in.Args[0])
	dst := g.define(id, false)
	switch src {
	case laneF32, laneF64:
		zero := g.temp(from)
		g.a.Emit(asm.VPXORD, zero.As(asm.XMM), zero.As(asm.XMM), zero.As(asm.XMM))
		g.a.Emit(byFloat(asm.VCMPPS, asm.VCMPPD)[src], dst, x, zero, asm.Imm(4))
	case laneI64, laneU64:
		g.a.Emit(asm.VPTESTMQ, dst, x, x)
	default:
		g.a.Emit(asm.VPTESTMD, dst, x, x)
	}
	return true
}

func (g *gen) fromMask512(in *kernel.Inst, id int32, dst lane) bool {
	k := g.use(in.Args[0])
	out := g.define(id, false)
	one := map[lane]uint64{laneF32: 0x3f800000, laneF64: 0x3ff << 52}[dst]
	if one == 0 {
		one = 1
	}
	code := asm.VBROADCASTSS
	if dst.isWide() {
		code = asm.VBROADCASTSD
		if out.Class() == asm.XMM {
			code = asm.VMOVDDUP
		}
	}
	g.a.EmitOperands(code, out.Operand().Mask(k).Zero(), g.splat(in.DT, one).Operand())
	return true
}

// floatToInt512 truncates, saturates, and maps NaN to 0. The instructions give the integer indefinite for what does not fit: the
// smallest signed or the largest unsigned integer.
func (g *gen) floatToInt512(in *kernel.Inst, id int32, src, dst lane) bool {
	from := g.m.Insts[in.Args[0]].DT
	code := map[[2]lane]asm.Op{
		{laneF32, laneI32}: asm.VCVTTPS2DQ, {laneF32, laneU32}: asm.VCVTTPS2UDQ,
		{laneF64, laneI32}: asm.VCVTTPD2DQ, {laneF64, laneU32}: asm.VCVTTPD2UDQ,
		{laneF32, laneI64}: asm.VCVTTPS2QQ, {laneF32, laneU64}: asm.VCVTTPS2UQQ,
		{laneF64, laneI64}: asm.VCVTTPD2QQ, {laneF64, laneU64}: asm.VCVTTPD2UQQ,
	}[[2]lane{src, dst}]
	x := g.use(in.Args[0])
	out := g.define(id, false)
	if dst == laneU32 || dst == laneU64 { // what is negative or NaN becomes 0: the instruction returns its second operand when in doubt
		t, zero := g.temp(from), g.temp(from)
		g.a.Emit(asm.VPXORD, zero.As(asm.XMM), zero.As(asm.XMM), zero.As(asm.XMM))
		g.a.Emit(maxOps[src], t, x, zero)
		g.a.Emit(code, out, t)
		return true
	}
	// What is positive and too large has to become the largest integer: the complement of the indefinite one.
	k := g.tempMask()
	limit := map[[2]lane]uint64{
		{laneF32, laneI32}: 0x4f000000, {laneF64, laneI32}: 0x41e0000000000000,
		{laneF32, laneI64}: 0x5f000000, {laneF64, laneI64}: 0x43e0000000000000,
	}[[2]lane{src, dst}]
	cmp := byFloat(asm.VCMPPS, asm.VCMPPD)[src]
	largest := uint64(1)<<(8*laneSize(in.DT)-1) - 1
	g.a.Emit(code, out, x)
	g.a.Emit(cmp, k, x, g.splat(from, limit).Broadcast(), asm.Imm(0x1d))
	bcast := asm.VPBROADCASTD
	xor := asm.VPXORD
	if dst.isWide() {
		bcast, xor = asm.VPBROADCASTQ, asm.VPXORQ
	}
	g.a.EmitOperands(bcast, out.Operand().Mask(k), g.splat(in.DT, largest).Operand())
	g.a.Emit(cmp, k, x, x, asm.Imm(3)) // NaN
	g.a.EmitOperands(xor, out.Operand().Mask(k), out.Operand(), out.Operand())
	return true
}

// narrow512 rounds or wraps a fresh lane to a narrow type.
func (g *gen) narrow512(dt, from dtype.DType, x asm.Reg) bool {
	if !isNarrow(dt) || from.IsInt() && dt.IsInt() && from.Size() < dt.Size() && (from.IsUnsigned() || dt.IsSigned()) {
		return true
	}
	switch dt {
	case dtype.Int8, dtype.Int16:
		n := asm.Imm(32 - dt.Bits())
		g.a.Emit(asm.VPSLLD, x, x, n)
		g.a.Emit(asm.VPSRAD, x, x, n)
	case dtype.Uint8, dtype.Uint16:
		g.a.Emit(asm.VPANDD, x, x, g.splat(dt, 1<<dt.Bits()-1).Broadcast())
	case dtype.Float16:
		if from != dtype.Float32 && from != dtype.BFloat16 { // would round twice
			return false
		}
		half := vecOfBytes(x.Num(), g.lanes*2)
		g.a.Emit(asm.VCVTPS2PH, half, x, asm.Imm(8))
		g.a.Emit(asm.VCVTPH2PS, x, half)
	case dtype.BFloat16:
		if from != dtype.Float32 && from != dtype.Float16 {
			return false
		}
		g.roundToBF16(x)
	}
	return true
}

// roundToBF16 rounds f32 lanes to eight bits of significand, to nearest even; NaN stays NaN.
func (g *gen) roundToBF16(x asm.Reg) {
	t, k := g.temp(dtype.Int32), g.tempMask()
	g.a.Emit(asm.VCMPPS, k, x, x, asm.Imm(3))
	g.a.Emit(asm.VPSRLD, t, x, asm.Imm(16))
	g.a.Emit(asm.VPANDD, t, t, g.splat(dtype.Int32, 1).Broadcast())
	g.a.Emit(asm.VPADDD, t, t, g.splat(dtype.Int32, 0x7fff).Broadcast())
	g.a.Emit(asm.VPADDD, t, t, x)
	g.a.EmitOperands(asm.VPORD, t.Operand().Mask(k), x.Operand(), g.splat(dtype.Int32, 0x400000).Broadcast().Operand())
	g.a.Emit(asm.VPANDD, x, t, g.splat(dtype.Uint32, 0xffff0000).Broadcast())
}

package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// avx2 needs the extensions AVX2, FMA, F16C, BMI1, BMI2 and LZCNT.
var avx2 = newAVX2()

// unit256 has the methods of unit.
type unit256 struct{}

func newAVX2() *isa {
	is := &isa{
		name: "avx2", bytes: 32, vecs: 16, unit: unit256{},
		and:     byLane(asm.VPAND, asm.VPAND, asm.VANDPS, asm.VANDPD).with(laneBool, asm.VPAND),
		or:      byLane(asm.VPOR, asm.VPOR, asm.VORPS, asm.VORPD).with(laneBool, asm.VPOR),
		xor:     byLane(asm.VPXOR, asm.VPXOR, asm.VXORPS, asm.VXORPD).with(laneBool, asm.VPXOR),
		max:     mnemonics{laneBool: asm.VPOR, laneI32: asm.VPMAXSD, laneU32: asm.VPMAXUD},
		min:     mnemonics{laneBool: asm.VPAND, laneI32: asm.VPMINSD, laneU32: asm.VPMINUD},
		mul:     byLane(asm.VPMULLD, 0, asm.VMULPS, asm.VMULPD),
		abs:     byInt(asm.VPABSD, 0),
		round:   byFloat(asm.VROUNDPS, asm.VROUNDPD),
		convert: convert256,
		high:    asm.VEXTRACTF128,
	}
	is.rules = sharedRules(is)
	is.rules[op.SarID] = sar256
	is.rules[op.ScalbID] = scalb256
	is.rules[op.PopcntID] = popcntRule
	is.rules[op.ClzID] = clz256
	is.rules[op.LookupID] = lookup256
	return is
}

// complement turns all bits.
func (g *gen) complement(dst, x asm.Reg) {
	g.emit(asm.VPXOR, dst, x, firstBytes(g.a, dst, vectorBytes(dst)))
}

// mulWide adds the three products of 32-bit halves that reach into the low 64 bits.
func (unit256) mulWide(g *gen, dst, x, y asm.Reg) {
	t, u := g.temp(dtype.Int64).As(dst.Class()), g.temp(dtype.Int64).As(dst.Class())
	g.emit(asm.VPSRLQ, t, x, asm.Imm(32))
	g.emit(asm.VPMULUDQ, t, t, y)
	g.emit(asm.VPSRLQ, u, y, asm.Imm(32))
	g.emit(asm.VPMULUDQ, u, u, x)
	g.emit(asm.VPADDQ, t, t, u)
	g.emit(asm.VPSLLQ, t, t, asm.Imm(32))
	g.emit(asm.VPMULUDQ, u, x, y)
	g.emit(asm.VPADDQ, dst, t, u)
	g.drop(t, u)
}

// extreme asks both ways round. The answers differ for zeros, whose signs or (for min) and and (for max) combine, and for NaN: or keeps
// it, and needs the bits set.
func (unit256) extreme(g *gen, l lane, isMax bool, dst, x, y asm.Reg) {
	dt := dtype.Float64
	t, u := g.temp(dt).As(dst.Class()), g.temp(dt).As(dst.Class())
	code := minOps[l]
	if isMax {
		code = maxOps[l]
	}
	g.emit(code, t, x, y)
	g.emit(code, u, y, x)
	if isMax {
		g.emit(asm.VANDPS, t, t, u)
		g.emit(cmpOps[l], u, x, y, asm.Imm(3)) // unordered
	}
	g.emit(asm.VORPS, dst, t, u)
	g.drop(t, u)
}

func (u unit256) compare(g *gen, l lane, dir kernel.Dir, dst, x asm.Reg, y asm.Operand) {
	low := dst.As(x.Class())
	if l.isFloat() {
		g.emit(cmpOps[l], low, x, y, floatPredicate[dir])
	} else {
		u.compareInts(g, l, dir, low, x, y)
	}
	if g.widest == 8 && !l.isWide() {
		g.emit(asm.VPMOVSXDQ, dst, low)
	}
}

// compareInts has equal and greater of signed integers to work with.
func (unit256) compareInts(g *gen, l lane, dir kernel.Dir, dst, x asm.Reg, y asm.Operand) {
	equal, greater, dt := asm.VPCMPEQD, asm.VPCMPGTD, dtype.Int32
	if l.isWide() {
		equal, greater, dt = asm.VPCMPEQQ, asm.VPCMPGTQ, dtype.Int64
	}
	switch {
	case dir == kernel.EQ || dir == kernel.NE:
		g.emit(equal, dst, x, y)
	default:
		if l == laneU32 || l == laneU64 { // with the first bit turned they are ordered as signed ones
			t := g.temp(dt).As(x.Class())
			g.emit(asm.VMOVUPS, dst, g.constant(dt, signBit(dt)))
			g.emit(asm.VPXOR, t, dst, x)
			g.emit(asm.VPXOR, dst, dst, y)
			x, y = t, dst.Operand()
			defer g.drop(t)
		}
		if dir == kernel.GT || dir == kernel.LE {
			g.emit(greater, dst, x, y)
			break
		}
		if y.IsMem() {
			g.emit(asm.VMOVUPS, dst, y)
			y = dst.Operand()
		}
		g.emit(greater, dst, y, x)
	}
	if dir == kernel.NE || dir == kernel.LE || dir == kernel.GE {
		g.complement(dst, dst)
	}
}

// compareBools takes false as less than true.
func (unit256) compareBools(g *gen, dir kernel.Dir, dst, x, y asm.Reg) {
	switch dir {
	case kernel.EQ:
		g.emit(asm.VPCMPEQD, dst, x, y)
	case kernel.NE:
		g.emit(asm.VPXOR, dst, x, y)
	case kernel.LT, kernel.GE: // !x & y
		g.emit(asm.VPANDN, dst, x, y)
	case kernel.GT, kernel.LE:
		g.emit(asm.VPANDN, dst, y, x)
	}
	if dir == kernel.LE || dir == kernel.GE {
		g.complement(dst, dst)
	}
}

func (unit256) testAny(g *gen, k asm.Reg) { g.emit(asm.VPTEST, k, k) }

func (unit256) maskFor(g *gen, dt dtype.DType, k asm.Reg) asm.Reg {
	if g.width(dt) == g.widest {
		return k
	}
	t := g.temp(dt)
	g.evenDwords(t, k)
	return t
}

// evenDwords collects the low halves of 64-bit lanes. dst is not x.
func (g *gen) evenDwords(dst, x asm.Reg) {
	dst = dst.As(asm.XMM)
	if x.Class() == asm.XMM {
		g.emit(asm.VPSHUFD, dst, x, asm.Imm(0b1000))
		return
	}
	g.emit(asm.VEXTRACTF128, dst, x, asm.Imm(1))
	g.emit(asm.VSHUFPS, dst, x.As(asm.XMM), dst, asm.Imm(0b10001000))
}

func (unit256) blend(g *gen, _ dtype.DType, dst, k asm.Reg, yes asm.Operand, no asm.Reg) {
	g.emit(asm.VBLENDVPS, dst, no, yes, k.As(dst.Class()))
}

func (unit256) not(g *gen, _ dtype.DType, dst, x asm.Reg) { g.complement(dst, x) }

func (unit256) spread(g *gen, dt dtype.DType, dst, from asm.Reg) {
	x := dst.As(asm.XMM)
	if laneSize(dt) == 8 {
		g.emit(asm.VMOVQ, x, from)
		g.emit(asm.VPBROADCASTQ, dst, x)
	} else {
		g.emit(asm.VMOVD, x, from.As(asm.Dword))
		g.emit(asm.VPBROADCASTD, dst, x)
	}
}

// sar256 shifts what is negative as its complement: zeros that come in become ones.
func sar256(g *gen, in *kernel.Inst, id int32) bool {
	if laneSize(in.DT) == 4 {
		return shiftRule(shifts{byInt(asm.VPSRAD, 0), byInt(asm.VPSRAVD, 0)})(g, in, id)
	}
	x := g.use(in.Args[0])
	sign, dst := g.temp(in.DT), g.define(id, false)
	g.signs(laneI64, sign, x)
	g.emit(asm.VPXOR, dst, x, sign)
	if n, ok := g.constValue(in.Args[1]); ok {
		g.emit(asm.VPSRLQ, dst, dst, asm.Imm(min(n, 255)))
	} else {
		g.emit(asm.VPSRLVQ, dst, dst, g.useRM(in.Args[1]))
	}
	g.emit(asm.VPXOR, dst, dst, sign)
	return true
}

// clz256 sets all bits below the first one and counts the zeros.
func clz256(g *gen, in *kernel.Inst, id int32) bool {
	if isNarrow(in.DT) {
		return false
	}
	l := laneOf(in.DT)
	x := g.use(in.Args[0])
	t, u := g.temp(in.DT), g.temp(in.DT)
	dst := g.define(id, false)
	g.move(t, x)
	for n := 1; n < in.DT.Bits(); n *= 2 {
		g.emit(shrOps.fixed[l], u, t, asm.Imm(n))
		g.emit(asm.VPOR, t, t, u)
	}
	g.complement(t, t)
	g.countBits(in.DT, dst, t, t, u)
	return true
}

// lookup256 looks up in both halves of the table; bit 3 of the index chooses.
func lookup256(g *gen, in *kernel.Inst, id int32) bool {
	x := g.use(in.Args[0]).As(asm.YMM)
	k, high := g.temp(in.DT).As(asm.YMM), g.temp(in.DT).As(asm.YMM)
	table := in.Table.Bytes()
	half := len(table) / 2
	g.emit(asm.VPSLLD, k, x, asm.Imm(28))
	g.emit(asm.VPERMPS, high, x, g.table(table[half:]))
	dst := g.define(id, true).As(asm.YMM)
	g.emit(asm.VPERMPS, dst, x, g.table(table[:half]))
	g.emit(asm.VBLENDVPS, dst, dst, high, k)
	return true
}

// scalb256 multiplies by 2^n in steps of which only the last may round: x * 2^a * 2^a * 2^b with n = 2a + b, |b| within the exponents of
// normal numbers, and a = 0 where b is enough. Where the first products are denormal, and so may be inexact, the result is zero.
// 2^k is made from k + bias in the low bits of a float, moved to the exponent. Infinite and NaN n give factors 0, inf and NaN.
func scalb256(g *gen, in *kernel.Inst, id int32) bool {
	if isNarrow(in.DT) {
		return false
	}
	dt, l := in.DT, laneOf(in.DT)
	add, sub, mul, shl := addOps[l], subOps[l], g.isa.mul[l], asm.VPSLLD
	limit, top, bias, fraction := 280.0, 126.0, 127.0, 23
	if l == laneF64 {
		limit, top, bias, fraction, shl = 2110, 1022, 1023, 52, asm.VPSLLQ
	}
	magic := float64(int64(3)<<(fraction-1)) + bias
	number := func(x float64) asm.Operand { return g.constant(dt, floatBits(dt, x)) }
	x, n := g.use(in.Args[0]), g.use(in.Args[1])
	dst, a, b, odd := g.define(id, false), g.temp(dt), g.temp(dt), g.temp(dt)

	g.emit(g.isa.round[l], b, n, asm.Imm(1|8))
	g.emit(maxOps[l], b, b, number(-limit))
	g.emit(minOps[l], b, b, number(limit))
	g.emit(maxOps[l], a, b, number(1-top))
	g.emit(minOps[l], a, a, number(top))
	g.emit(sub, a, b, a)
	g.emit(mul, a, a, number(0.5))
	g.emit(g.isa.round[l], a, a, asm.Imm(0|8))
	g.emit(byFloat(asm.VFNMADD231PS, asm.VFNMADD231PD)[l], b, a, number(2))
	g.emit(add, a, a, number(magic))
	g.emit(add, b, b, number(magic))
	g.emit(shl, a, a, asm.Imm(fraction))
	g.emit(shl, b, b, asm.Imm(fraction))

	g.clear(dst)
	g.emit(maxOps[l], dst, dst, n) // n itself where it is NaN
	g.emit(sub, odd, n, n)         // NaN for infinities too
	g.emit(cmpOps[l], odd, odd, odd, asm.Imm(3))
	g.emit(asm.VBLENDVPS, b, b, dst, odd)

	g.emit(mul, dst, x, a)
	g.emit(mul, dst, dst, a)
	g.emit(mul, dst, dst, b)
	return true
}

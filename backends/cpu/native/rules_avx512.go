package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// avx512 needs the extensions F, CD, BW, DQ and VL.
var avx512 = newAVX512(exec.Features())

// unit512 has the methods of unit.
type unit512 struct{}

func newAVX512(features exec.FeatureSet) *isa {
	is := &isa{
		name: "avx512", bytes: 64, vecs: 32, masks: 8, embedded: true, unit: unit512{},
		and:     mnemonics{asm.KANDQ, asm.VPANDD, asm.VPANDD, asm.VPANDQ, asm.VPANDQ, asm.VANDPS, asm.VANDPD},
		or:      mnemonics{asm.KORQ, asm.VPORD, asm.VPORD, asm.VPORQ, asm.VPORQ, asm.VORPS, asm.VORPD},
		xor:     mnemonics{asm.KXORQ, asm.VPXORD, asm.VPXORD, asm.VPXORQ, asm.VPXORQ, asm.VXORPS, asm.VXORPD},
		max:     mnemonics{asm.KORQ, asm.VPMAXSD, asm.VPMAXUD, asm.VPMAXSQ, asm.VPMAXUQ},
		min:     mnemonics{asm.KANDQ, asm.VPMINSD, asm.VPMINUD, asm.VPMINSQ, asm.VPMINUQ},
		mul:     byLane(asm.VPMULLD, asm.VPMULLQ, asm.VMULPS, asm.VMULPD),
		abs:     byInt(asm.VPABSD, asm.VPABSQ),
		round:   byFloat(asm.VRNDSCALEPS, asm.VRNDSCALEPD),
		convert: convert512,
		high:    asm.VEXTRACTF64X2,
		keeps:   map[ir.OpID]bool{op.LogbID: true, op.SignificandID: true},
	}
	is.rules = sharedRules(is)
	is.rules[op.SarID] = shiftRule(shifts{byInt(asm.VPSRAD, asm.VPSRAQ), byInt(asm.VPSRAVD, asm.VPSRAVQ)})
	is.rules[op.ScalbID] = scalb512
	is.rules[op.LogbID] = unaryRule(byFloat(asm.VGETEXPPS, asm.VGETEXPPD))
	is.rules[op.SignificandID] = significand512
	is.rules[op.ClzID] = unaryRule(byInt(asm.VPLZCNTD, asm.VPLZCNTQ))
	is.rules[opRotate] = rotate512
	is.rules[opTernary] = ternary512
	is.rules[op.LookupID] = lookup512
	is.rules[op.PopcntID] = popcntRule
	if features.AVX512VPOPCNTDQ {
		is.rules[op.PopcntID] = unaryRule(byInt(asm.VPOPCNTD, asm.VPOPCNTQ))
	}
	return is
}

func (unit512) mulWide(*gen, asm.Reg, asm.Reg, asm.Reg) {
	panic("BUG: a 64-bit product is one instruction")
}

// extreme corrects the result for NaN.
func (unit512) extreme(g *gen, l lane, isMax bool, dst, x, y asm.Reg) {
	k, t := g.tempMask(), g.temp(dtype.Float64).As(dst.Class())
	mode := asm.Imm(0b0100)
	if isMax {
		mode = 0b0101
	}
	g.emit(cmpOps[l], k, x, y, asm.Imm(3)) // unordered
	g.emit(byFloat(asm.VRANGEPS, asm.VRANGEPD)[l], t, x, y, mode)
	g.emit(addOps[l], t.Mask(k), x, y)
	g.move(dst, t)
	g.drop(k, t)
}

// scalb512 leaves NaN out, of which the instruction makes inf and 0 for infinite exponents, unless there are none of these.
func scalb512(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(in.DT)
	code := byFloat(asm.VSCALEFPS, asm.VSCALEFPD)[l]
	if isNarrow(in.DT) {
		return false
	}
	x := g.use(in.Args[0])
	n := g.useRM(in.Args[1])
	bits, isConst := g.constValue(in.Args[0])
	if isConst && bits&^signBit(in.DT) <= infinity(in.DT) || g.bounds(in.Args[1], maxBoundDepth).finite() {
		g.emit(code, g.define(id, true), x, n)
		return true
	}
	k := g.tempMask()
	g.emit(cmpOps[l], k, x, x, asm.Imm(7)) // not NaN
	g.emit(code, g.redefine(id, in.Args[0]).Mask(k), x, n)
	return true
}

// significand512 brings the significand to [3/4, 3/2); that of negative numbers is NaN.
func significand512(g *gen, in *kernel.Inst, id int32) bool {
	if isNarrow(in.DT) {
		return false
	}
	x := g.useRM(in.Args[0])
	g.emit(byFloat(asm.VGETMANTPS, asm.VGETMANTPD)[laneOf(in.DT)], g.define(id, true), x, asm.Imm(0b1011))
	return true
}

func rotate512(g *gen, in *kernel.Inst, id int32) bool {
	x := g.useRM(in.Args[0])
	g.emit(byInt(asm.VPROLD, asm.VPROLQ)[laneOf(in.DT)], g.define(id, true), x, asm.Imm(in.Imm))
	return true
}

// lookup512 looks the low bits of all lanes up at once.
func lookup512(g *gen, in *kernel.Inst, id int32) bool {
	x := g.use(in.Args[0])
	g.emit(asm.VPERMPS, g.define(id, true).As(asm.ZMM), x.As(asm.ZMM), g.table(in.Table.Bytes()))
	return true
}

// intPredicate are the comparisons of integers, by kernel.Dir.
var intPredicate = [...]asm.Imm{kernel.EQ: 0, kernel.NE: 4, kernel.LT: 1, kernel.LE: 2, kernel.GT: 6, kernel.GE: 5}

func (unit512) compare(g *gen, l lane, dir kernel.Dir, dst, x asm.Reg, y asm.Operand) {
	if l.isFloat() {
		g.emit(cmpOps[l], dst, x, y, floatPredicate[dir])
		return
	}
	code := map[lane]asm.Op{laneI32: asm.VPCMPD, laneU32: asm.VPCMPUD, laneI64: asm.VPCMPQ, laneU64: asm.VPCMPUQ}[l]
	g.emit(code, dst, x, y, intPredicate[dir])
}

// compareBools takes false as less than true.
func (unit512) compareBools(g *gen, dir kernel.Dir, dst, x, y asm.Reg) {
	switch dir {
	case kernel.EQ:
		g.emit(asm.KXNORQ, dst, x, y)
	case kernel.NE:
		g.emit(asm.KXORQ, dst, x, y)
	case kernel.LT: // !x & y
		g.emit(asm.KANDNQ, dst, x, y)
	case kernel.GT:
		g.emit(asm.KANDNQ, dst, y, x)
	case kernel.LE:
		g.emit(asm.KNOTQ, dst, x)
		g.emit(asm.KORQ, dst, dst, y)
	case kernel.GE:
		g.emit(asm.KNOTQ, dst, y)
		g.emit(asm.KORQ, dst, dst, x)
	}
}

// testAny looks at eight or sixteen lanes: if there are fewer, bits above may be set in vain.
func (unit512) testAny(g *gen, k asm.Reg) {
	if g.lanes > 8 {
		g.emit(asm.KORTESTW, k, k)
	} else {
		g.emit(asm.KORTESTB, k, k)
	}
}

func (unit512) maskFor(_ *gen, _ dtype.DType, k asm.Reg) asm.Reg { return k }

func (unit512) blend(g *gen, dt dtype.DType, dst, k asm.Reg, yes asm.Operand, no asm.Reg) {
	code := asm.VBLENDMPS
	if laneSize(dt) == 8 {
		code = asm.VBLENDMPD
	}
	g.emit(code, dst.Mask(k), no, yes)
}

func (unit512) not(g *gen, _ dtype.DType, dst, x asm.Reg) {
	if dst.Class() == asm.Mask {
		g.emit(asm.KNOTQ, dst, x)
	} else {
		g.emit(asm.VPTERNLOGD, dst, x, x, asm.Imm(0x55))
	}
}

func (unit512) spread(g *gen, dt dtype.DType, dst, from asm.Reg) {
	if laneSize(dt) == 8 {
		g.emit(asm.VPBROADCASTQ, dst, from)
	} else {
		g.emit(asm.VPBROADCASTD, dst, from.As(asm.Dword))
	}
}

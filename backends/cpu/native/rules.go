package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// The instructions that all instruction sets have.
var (
	addOps  = byLane(asm.VPADDD, asm.VPADDQ, asm.VADDPS, asm.VADDPD)
	subOps  = byLane(asm.VPSUBD, asm.VPSUBQ, asm.VSUBPS, asm.VSUBPD)
	divOps  = byFloat(asm.VDIVPS, asm.VDIVPD)
	sqrtOps = byFloat(asm.VSQRTPS, asm.VSQRTPD)
	maxOps  = byFloat(asm.VMAXPS, asm.VMAXPD) // the second operand in doubt
	minOps  = byFloat(asm.VMINPS, asm.VMINPD)
	cmpOps  = byFloat(asm.VCMPPS, asm.VCMPPD)
	shlOps  = shifts{byInt(asm.VPSLLD, asm.VPSLLQ), byInt(asm.VPSLLVD, asm.VPSLLVQ)}
	shrOps  = shifts{byInt(asm.VPSRLD, asm.VPSRLQ), byInt(asm.VPSRLVD, asm.VPSRLVQ)}
)

// shifts are the instructions of a kind of shift: by an immediate, and lane by lane.
type shifts struct{ fixed, variable mnemonics }

// sharedRules are the rules that differ between instruction sets in mnemonics and in what isa.unit does.
func sharedRules(is *isa) map[ir.OpID]rule {
	return map[ir.OpID]rule{
		kernel.OpImm:   func(*gen, *kernel.Inst, int32) bool { return true }, // constants are homes, not instructions
		kernel.OpLoad:  loadRule,
		kernel.OpIndex: indexRule,
		op.AddID:       binaryRule(addOps.with(laneBool, is.or[laneBool]), true),
		op.SubID:       binaryRule(subOps, false),
		op.MulID:       mulRule(binaryRule(is.mul.with(laneBool, is.and[laneBool]), true)),
		op.DivID:       divRule(binaryRule(divOps, false), false),
		op.RemID:       divRule(remRule, true),
		op.FMAID:       fmaRule,
		opFMA:          fmaRule,
		op.SqrtID:      unaryRule(sqrtOps),
		op.NegID:       negRule,
		op.AbsID:       absRule,
		op.SignID:      signRule,
		op.FloorID:     roundRule(1),
		op.CeilID:      roundRule(2),
		op.RoundEvenID: roundRule(0),
		op.TruncID:     roundRule(3),
		op.RoundAwayID: roundAwayRule,
		op.MaxID:       maxMinRule(true),
		op.MinID:       maxMinRule(false),
		op.AndID:       bitwiseRule(is.and),
		op.OrID:        bitwiseRule(is.or),
		op.XorID:       bitwiseRule(is.xor),
		op.NotID:       notRule,
		op.ShlID:       shiftRule(shlOps),
		op.ShrID:       shiftRule(shrOps),
		op.CompareID:   compareRule,
		op.SelectID:    selectRule,
		op.ConvertID:   convertRule,
		op.BitcastID:   bitcastRule,
		op.IsFiniteID:  finiteRule,

		op.StopGradientID: moveRule,
		op.RareID:         moveRule,
	}
}

// binaryRule makes the rule of a two-operand instruction.
func binaryRule(ops mnemonics, commutes bool) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		code := ops[laneOf(in.DT)]
		if isNarrow(in.DT) || code == 0 {
			return false
		}
		g.binary(code, commutes, in, id)
		return true
	}
}

// bitwiseRule is binaryRule for what works on narrow integers too: extended bits stay extended.
func bitwiseRule(ops mnemonics) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		code := ops[laneOf(in.DT)]
		if code == 0 {
			return false
		}
		g.binary(code, true, in, id)
		return true
	}
}

func (g *gen) binary(code asm.Op, commutes bool, in *kernel.Inst, id int32) {
	a, b := in.Args[0], in.Args[1]
	if commutes && !g.inRegister(a) { // the operand in memory goes last
		a, b = b, a
	}
	x := g.use(a)
	y := g.useRM(b)
	g.a.EmitOperands(code, g.define(id, true).Operand(), x.Operand(), y)
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

// mulRule adds the 64-bit product to a rule, for instruction sets that lack it.
func mulRule(single rule) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		l := laneOf(in.DT)
		if !l.isWide() || l.isFloat() || g.isa.mul[l] != 0 {
			return single(g, in, id)
		}
		x, y := g.use(in.Args[0]), g.use(in.Args[1])
		g.isa.mulWide(g, g.define(id, false), x, y)
		return true
	}
}

// fmaForms are the instructions of a fused multiply-add by the signs of product and addend, see opFMA: those that overwrite the addend
// and those that overwrite the first factor.
var fmaForms = [4]struct{ addend, factor mnemonics }{
	{byFloat(asm.VFMADD231PS, asm.VFMADD231PD), byFloat(asm.VFMADD213PS, asm.VFMADD213PD)},
	{byFloat(asm.VFNMADD231PS, asm.VFNMADD231PD), byFloat(asm.VFNMADD213PS, asm.VFNMADD213PD)},
	{byFloat(asm.VFMSUB231PS, asm.VFMSUB231PD), byFloat(asm.VFMSUB213PS, asm.VFMSUB213PD)},
	{byFloat(asm.VFNMSUB231PS, asm.VFNMSUB231PD), byFloat(asm.VFNMSUB213PS, asm.VFNMSUB213PD)},
}

// fmaRule multiplies and adds with one rounding: the addend's or a factor's register becomes the result.
func fmaRule(g *gen, in *kernel.Inst, id int32) bool {
	form := &fmaForms[in.Imm]
	add231, mul213 := form.addend[laneOf(in.DT)], form.factor[laneOf(in.DT)]
	if isNarrow(in.DT) || add231 == 0 {
		return false
	}
	x, y, z := in.Args[0], in.Args[1], in.Args[2]
	if g.dies(y) && !g.dies(x) {
		x, y = y, x
	}
	if g.dies(x) && !g.dies(z) && x != y && x != z { // x = x*y + z
		yr, zr := g.use(y), g.useRM(z)
		g.a.EmitOperands(mul213, g.redefine(id, x).Operand(), yr.Operand(), zr)
		return true
	}
	if !g.inRegister(x) { // the operand in memory goes last
		x, y = y, x
	}
	xr, yr := g.use(x), g.useRM(y)
	g.a.EmitOperands(add231, g.redefine(id, z).Operand(), xr.Operand(), yr) // z = x*y + z
	return true
}

// dies reports whether the instruction being emitted is the last to read a value that is in a register of its own.
func (g *gen) dies(id int32) bool {
	v := &g.vals[id]
	return v.home.kind != homePinned && v.reg >= 0 && v.lastUse(int32(g.now))
}

func (g *gen) inRegister(id int32) bool {
	v := &g.vals[id]
	return v.reg >= 0 || v.home.kind == homePinned
}

func negRule(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(in.DT)
	switch {
	case l.isFloat():
		x := g.use(in.Args[0])
		g.emit(g.isa.xor[l], g.define(id, true), x, g.constant(in.DT, signBit(in.DT)))
		return true
	case isNarrow(in.DT):
		return false
	}
	zero := g.zero(in.DT)
	x := g.useRM(in.Args[0])
	g.emit(subOps[l], g.define(id, true), zero, x)
	return true
}

func absRule(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(in.DT)
	x := g.use(in.Args[0])
	switch {
	case l.isFloat():
		g.emit(g.isa.and[l], g.define(id, true), x, g.constant(in.DT, signBit(in.DT)-1))
	case isNarrow(in.DT):
		return false
	case g.isa.abs[l] != 0:
		g.emit(g.isa.abs[l], g.define(id, true), x)
	default: // (x ^ sign) - sign, with the sign in all bits
		sign := g.temp(in.DT)
		g.signs(l, sign, x)
		dst := g.define(id, false)
		g.emit(g.isa.xor[l], dst, x, sign)
		g.emit(subOps[l], dst, dst, sign)
	}
	return true
}

// signRule gives floats one with the sign of x, or x itself where it is zero or NaN.
func signRule(g *gen, in *kernel.Inst, id int32) bool {
	dt, l := in.DT, laneOf(in.DT)
	x := g.use(in.Args[0])
	dst := g.define(id, false)
	if !l.isFloat() {
		one := g.temp(dt)
		g.fill(one, dt, 1)
		g.maxMin(l, false, dst, x, one)
		g.fill(one, dt, laneBits(dt, ^uint64(0)))
		g.maxMin(l, true, dst, dst, one)
		return true
	}
	k := g.tempBool()
	g.emit(g.isa.and[l], dst, x, g.constant(dt, signBit(dt)-1))
	g.isa.compare(g, l, kernel.GT, k, dst, g.constant(dt, 0))
	one := g.temp(dt)
	g.emit(g.isa.and[l], one, x, g.constant(dt, signBit(dt)))
	g.emit(g.isa.or[l], one, one, g.constant(dt, floatBits(dt, 1)))
	g.isa.blend(g, dt, dst, g.isa.maskFor(g, dt, k), one.Operand(), x)
	return true
}

// roundRule rounds to an integer in a fixed direction, without exceptions.
func roundRule(mode int) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		x := g.useRM(in.Args[0])
		g.emit(g.isa.round[laneOf(in.DT)], g.define(id, true), x, asm.Imm(mode|8))
		return true
	}
}

// roundAwayRule adds the largest number below 1/2 with the sign of x and truncates: 1/2 itself would take its neighbour to 1.
func roundAwayRule(g *gen, in *kernel.Inst, id int32) bool {
	dt, l := in.DT, laneOf(in.DT)
	if isNarrow(dt) {
		return false
	}
	x := g.use(in.Args[0])
	dst := g.define(id, false)
	g.emit(g.isa.and[l], dst, x, g.constant(dt, signBit(dt)))
	g.emit(g.isa.or[l], dst, dst, g.constant(dt, floatBits(dt, 0.5)-1))
	g.emit(addOps[l], dst, dst, x)
	g.emit(g.isa.round[l], dst, dst, asm.Imm(3|8))
	return true
}

func maxMinRule(isMax bool) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		l := laneOf(in.DT)
		ops := g.isa.min
		if isMax {
			ops = g.isa.max
		}
		if ops[l] != 0 {
			g.binary(ops[l], true, in, id)
			return true
		}
		if c, x, ok := g.plainBound(in); ok {
			// With a constant that is neither NaN nor zero, the instruction's habit of returning its second operand when in
			// doubt is right if that is the other one.
			cr, xr := g.use(c), g.useRM(x)
			code := minOps[l]
			if isMax {
				code = maxOps[l]
			}
			g.emit(code, g.define(id, true), cr, xr)
			return true
		}
		x, y := g.use(in.Args[0]), g.use(in.Args[1])
		g.maxMin(l, isMax, g.define(id, false), x, y)
		return true
	}
}

// maxMin emits the larger or smaller of two numbers. dst may be x or y.
func (g *gen) maxMin(l lane, isMax bool, dst, x, y asm.Reg) {
	ops, dir := g.isa.min, kernel.LT
	if isMax {
		ops, dir = g.isa.max, kernel.GT
	}
	switch {
	case l.isFloat():
		g.isa.extreme(g, l, isMax, dst, x, y)
	case ops[l] != 0:
		g.emit(ops[l], dst, x, y)
	default: // wide integers
		k := g.tempBool()
		g.isa.compare(g, l, dir, k, x, y.Operand())
		g.isa.blend(g, dtype.Int64, dst, g.isa.maskFor(g, dtype.Int64, k), x.Operand(), y)
		g.drop(k)
	}
}

// plainBound finds an operand of a float max or min that is a constant other than NaN and zero.
func (g *gen) plainBound(in *kernel.Inst) (bound, other int32, ok bool) {
	if !in.DT.IsFloat() {
		return 0, 0, false
	}
	for i := range 2 {
		bits, isConst := g.constValue(in.Args[i])
		if abs := bits &^ signBit(in.DT); isConst && abs != 0 && abs <= infinity(in.DT) {
			return in.Args[i], in.Args[1-i], true
		}
	}
	return 0, 0, false
}

func bitcastRule(g *gen, in *kernel.Inst, id int32) bool {
	from := g.m.Insts[in.Args[0]].DT
	if from != in.DT && isNarrow(in.DT) {
		return from.IsInt() && in.DT.IsInt() && convertRule(g, in, id)
	}
	return moveRule(g, in, id)
}

// moveRule gives the value of the operand another name.
func moveRule(g *gen, in *kernel.Inst, id int32) bool {
	x := g.use(in.Args[0])
	g.copy(g.define(id, true), x)
	return true
}

// copy is move for masks, too.
func (g *gen) copy(dst, x asm.Reg) {
	if dst.Class() == asm.Mask {
		g.emit(asm.KMOVQ, dst, x)
	} else {
		g.move(dst, x)
	}
}

// indexRule is the index along a dimension. Extents are below 2^31: nothing larger could be stored at.
func indexRule(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(in.DT)
	if isNarrow(in.DT) || l == laneBool {
		return false
	}
	dst := g.define(id, false)
	if int(id) < g.m.Uni { // of a dimension of size one
		g.clear(dst)
		return true
	}
	ints := dtype.Int32
	if l.isWide() && !l.isFloat() {
		ints = dtype.Int64
	}
	lanes := g.vec(dst.Num(), ints)
	if d := int(in.Imm); d < len(g.m.Shape)-1 {
		g.emit(asm.MOV, rTmp, work(g.index[d]))
		g.isa.spread(g, ints, lanes, rTmp)
	} else {
		g.isa.spread(g, ints, lanes, rIndex)
		g.emit(addOps[laneOf(ints)], lanes, lanes, g.iota(ints))
	}
	switch l {
	case laneF32:
		g.emit(asm.VCVTDQ2PS, dst, lanes)
	case laneF64:
		g.emit(asm.VCVTDQ2PD, dst, lanes)
	}
	return true
}

// iota is the constant vector shift, shift+1, ...
func (g *gen) iota(dt dtype.DType) asm.Mem {
	return g.vector(dt, func(i int) uint64 { return uint64(i + g.shift) })
}

// combine emits dst = step(x, y) for a fold. dst may be x or y.
func (g *gen) combine(step ir.OpID, dt dtype.DType, dst, x, y asm.Reg) {
	l := laneOf(dt)
	switch step {
	case op.AddID:
		g.emit(addOps[l], dst, x, y)
	case op.MulID:
		if g.isa.mul[l] == 0 {
			g.isa.mulWide(g, dst, x, y)
		} else {
			g.emit(g.isa.mul[l], dst, x, y)
		}
	case op.MaxID, op.MinID:
		g.maxMin(l, step == op.MaxID, dst, x, y)
	default:
		ops := map[ir.OpID]mnemonics{op.AndID: g.isa.and, op.OrID: g.isa.or, op.XorID: g.isa.xor}[step]
		g.emit(ops[l], dst, x, y)
	}
}

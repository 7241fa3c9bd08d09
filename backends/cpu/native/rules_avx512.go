package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

var avx512 = &isa{name: "avx512", bytes: 64, vecs: 32, masks: 8, embedded: true}

func init() {
	mulOps := byLane(asm.VPMULLD, asm.VPMULLQ, asm.VMULPS, asm.VMULPD)
	avx512.mul = func(g *gen, dt dtype.DType, dst, x, y asm.Reg) { g.a.Emit(mulOps[laneOf(dt)], dst, x, y) }
	avx512.extreme = extreme512
	avx512.integer = map[ir.OpID]mnemonics{
		op.MaxID: {laneI32: asm.VPMAXSD, laneU32: asm.VPMAXUD, laneI64: asm.VPMAXSQ, laneU64: asm.VPMAXUQ},
		op.MinID: {laneI32: asm.VPMINSD, laneU32: asm.VPMINUD, laneI64: asm.VPMINSQ, laneU64: asm.VPMINUQ},
		op.AndID: byLane(asm.VPANDD, asm.VPANDQ, 0, 0),
		op.OrID:  byLane(asm.VPORD, asm.VPORQ, 0, 0),
		op.XorID: byLane(asm.VPXORD, asm.VPXORQ, 0, 0),
	}
	avx512.keeps = map[ir.OpID]bool{op.LogbID: true, op.SignificandID: true}
	avx512.rules = map[ir.OpID]rule{
		kernel.OpLoad:    load512,
		kernel.OpIndex:   index512,
		op.AddID:         orMask(binaryRule(addOps, true), asm.KORQ),
		op.SubID:         binaryRule(subOps, false),
		op.MulID:         orMask(binaryRule(mulOps, true), asm.KANDQ),
		op.DivID:         binaryRule(divOps, false),
		op.FMAID:         fmaRule,
		op.SqrtID:        unaryRule(sqrtOps),
		op.NegID:         neg512,
		op.AbsID:         abs512,
		op.FloorID:       roundRule(1),
		op.CeilID:        roundRule(2),
		op.RoundEvenID:   roundRule(0),
		op.TruncID:       roundRule(3),
		op.MaxID:         maxMin512(true),
		op.MinID:         maxMin512(false),
		op.AndID:         orMask(binaryRule(avx512.integer[op.AndID], true), asm.KANDQ),
		op.OrID:          orMask(binaryRule(avx512.integer[op.OrID], true), asm.KORQ),
		op.XorID:         orMask(binaryRule(avx512.integer[op.XorID], true), asm.KXORQ),
		op.NotID:         not512,
		op.ShlID:         shift512(byLane(asm.VPSLLD, asm.VPSLLQ, 0, 0), byLane(asm.VPSLLVD, asm.VPSLLVQ, 0, 0)),
		op.ShrID:         shift512(byLane(asm.VPSRLD, asm.VPSRLQ, 0, 0), byLane(asm.VPSRLVD, asm.VPSRLVQ, 0, 0)),
		op.SarID:         shift512(byLane(asm.VPSRAD, asm.VPSRAQ, 0, 0), byLane(asm.VPSRAVD, asm.VPSRAVQ, 0, 0)),
		op.ScalbID:       binaryRule(byFloat(asm.VSCALEFPS, asm.VSCALEFPD), false),
		op.LogbID:        unaryRule(byFloat(asm.VGETEXPPS, asm.VGETEXPPD)),
		op.SignificandID: significand512,
		op.CompareID:     compare512,
		op.SelectID:      select512,
		op.ConvertID:     convert512,
		op.BitcastID:     bitcast512,
		op.IsFiniteID:    finite512,
		op.PopcntID:      unaryRule(byLane(asm.VPOPCNTD, asm.VPOPCNTQ, 0, 0)),
		op.ClzID:         unaryRule(byLane(asm.VPLZCNTD, asm.VPLZCNTQ, 0, 0)),
	}
	avx512.rules[opRotate] = rotate512
	// Constants are homes, not instructions; the entry says that they are known.
	avx512.rules[kernel.OpImm] = func(*gen, *kernel.Inst, int32) bool { return true }
}

// orMask adds the mask form of a rule, for bools.
func orMask(r rule, code asm.Op) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		if in.DT != dtype.Bool {
			return r(g, in, id)
		}
		x, y := g.use(in.Args[0]), g.use(in.Args[1])
		g.a.Emit(code, g.define(id, true), x, y)
		return true
	}
}

func not512(g *gen, in *kernel.Inst, id int32) bool {
	x := g.use(in.Args[0])
	dst := g.define(id, true)
	if in.DT == dtype.Bool {
		g.a.Emit(asm.KNOTQ, dst, x)
		return true
	}
	if isNarrow(in.DT) && laneOf(in.DT) == laneU32 {
		return false
	}
	g.a.Emit(asm.VPTERNLOGD, dst, x, x, asm.Imm(0x55))
	return true
}

func neg512(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(in.DT)
	x := g.use(in.Args[0])
	switch {
	case l.isFloat():
		code := byFloat(asm.VXORPS, asm.VXORPD)[l]
		g.a.Emit(code, g.define(id, true), x, g.splat(in.DT, signBit(in.DT)).Broadcast())
		return true
	case isNarrow(in.DT):
		return false
	}
	zero := g.temp(in.DT)
	g.a.Emit(asm.VPXORD, zero.As(asm.XMM), zero.As(asm.XMM), zero.As(asm.XMM))
	g.a.Emit(subOps[l], g.define(id, true), zero, x)
	return true
}

func abs512(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(in.DT)
	x := g.use(in.Args[0])
	switch l {
	case laneF32, laneF64:
		code := byFloat(asm.VANDPS, asm.VANDPD)[l]
		g.a.Emit(code, g.define(id, true), x, g.splat(in.DT, signBit(in.DT)-1).Broadcast())
	case laneI32, laneI64:
		if isNarrow(in.DT) {
			return false
		}
		g.a.Emit(byLane(asm.VPABSD, asm.VPABSQ, 0, 0)[l], g.define(id, true), x)
	default:
		g.move(g.define(id, true), x)
	}
	return true
}

// roundRule rounds to an integer in a fixed direction, without exceptions.
func roundRule(mode int) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		code := byFloat(asm.VRNDSCALEPS, asm.VRNDSCALEPD)[laneOf(in.DT)]
		if code == 0 {
			return false
		}
		x := g.useRM(in.Args[0])
		g.a.EmitOperands(code, g.define(id, true).Operand(), x, asm.Imm(mode|8).Operand())
		return true
	}
}

// significand512 takes the significand in [3/4, 3/2), NaN for negative numbers.
func significand512(g *gen, in *kernel.Inst, id int32) bool {
	code := byFloat(asm.VGETMANTPS, asm.VGETMANTPD)[laneOf(in.DT)]
	if code == 0 || isNarrow(in.DT) {
		return false
	}
	x := g.useRM(in.Args[0])
	g.a.EmitOperands(code, g.define(id, true).Operand(), x, asm.Imm(0b1011).Operand())
	return true
}

func maxMin512(isMax bool) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		l := laneOf(in.DT)
		step := op.MinID
		if isMax {
			step = op.MaxID
		}
		if !l.isFloat() {
			if l == laneBool {
				code := asm.KANDQ
				if isMax {
					code = asm.KORQ
				}
				return orMask(nil, code)(g, in, id)
			}
			x, y := g.use(in.Args[0]), g.useRM(in.Args[1])
			g.a.EmitOperands(avx512.integer[step][l], g.define(id, true).Operand(), x.Operand(), y)
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
			g.a.EmitOperands(code, g.define(id, true).Operand(), cr.Operand(), xr)
			return true
		}
		x, y := g.use(in.Args[0]), g.use(in.Args[1])
		extreme512(g, in.DT, isMax, g.define(id, false), x, y)
		return true
	}
}

// plainBound finds an operand of max or min that is a constant other than NaN and zero.
func (g *gen) plainBound(in *kernel.Inst) (bound, other int32, ok bool) {
	for i := range 2 {
		bits, isConst := g.constValue(in.Args[i])
		size := uint(8 * laneSize(in.DT))
		abs := bits << (65 - size) >> (65 - size)
		inf := uint64(0x7f800000)
		if size == 64 {
			inf = 0x7ff << 52
		}
		if isConst && abs != 0 && abs <= inf {
			return in.Args[i], in.Args[1-i], true
		}
	}
	return 0, 0, false
}

// extreme512 is max or min that propagates NaN and orders -0 below +0. dst may be x, not y.
func extreme512(g *gen, dt dtype.DType, isMax bool, dst, x, y asm.Reg) {
	k, t := g.tempMask(), g.temp(dt).As(dst.Class())
	l := laneOf(dt)
	mode := 0b0100
	if isMax {
		mode = 0b0101
	}
	g.a.Emit(byFloat(asm.VCMPPS, asm.VCMPPD)[l], k, x, y, asm.Imm(3)) // unordered
	g.a.Emit(byFloat(asm.VRANGEPS, asm.VRANGEPD)[l], t, x, y, asm.Imm(mode))
	g.a.Emit(addOps[l], t.Mask(k), x, y)
	g.move(dst, t)
}

// shift512 shifts by a constant or lane by lane; counts of the width and more give 0 or the sign, as the instructions do.
func shift512(fixed, variable mnemonics) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		l := laneOf(in.DT)
		if isNarrow(in.DT) || variable[l] == 0 {
			return false
		}
		x := g.use(in.Args[0])
		if n, ok := g.constValue(in.Args[1]); ok {
			g.a.Emit(fixed[l], g.define(id, true), x, asm.Imm(min(n, 255)))
			return true
		}
		n := g.useRM(in.Args[1])
		g.a.EmitOperands(variable[l], g.define(id, true).Operand(), x.Operand(), n)
		return true
	}
}

func rotate512(g *gen, in *kernel.Inst, id int32) bool {
	code := byLane(asm.VPROLD, asm.VPROLQ, 0, 0)[laneOf(in.DT)]
	x := g.useRM(in.Args[0])
	g.a.EmitOperands(code, g.define(id, true).Operand(), x, asm.Imm(in.Imm).Operand())
	return true
}

// Comparison predicates, by kernel.Dir.
var (
	floatPredicate = [...]int{kernel.EQ: 0x00, kernel.NE: 0x04, kernel.LT: 0x11, kernel.LE: 0x12, kernel.GT: 0x1e, kernel.GE: 0x1d}
	intPredicate   = [...]int{kernel.EQ: 0, kernel.NE: 4, kernel.LT: 1, kernel.LE: 2, kernel.GT: 6, kernel.GE: 5}
)

func compare512(g *gen, in *kernel.Inst, id int32) bool {
	dt := g.m.Insts[in.Args[0]].DT
	l := laneOf(dt)
	dir := in.Dir
	if dir >= kernel.TotalEQ {
		if l.isFloat() {
			return false
		}
		dir -= kernel.TotalEQ
	}
	if l == laneBool {
		return compareMasks(g, in, id, dir)
	}
	x, y := g.use(in.Args[0]), g.useRM(in.Args[1])
	dst := g.define(id, false)
	code, predicate := asm.VPCMPD, intPredicate[dir]
	switch l {
	case laneU32:
		code = asm.VPCMPUD
	case laneI64:
		code = asm.VPCMPQ
	case laneU64:
		code = asm.VPCMPUQ
	case laneF32:
		code, predicate = asm.VCMPPS, floatPredicate[dir]
	case laneF64:
		code, predicate = asm.VCMPPD, floatPredicate[dir]
	}
	g.a.EmitOperands(code, dst.Operand(), x.Operand(), y, asm.Imm(predicate).Operand())
	return true
}

// compareMasks compares bools: false is less than true.
func compareMasks(g *gen, in *kernel.Inst, id int32, dir kernel.Dir) bool {
	x, y := g.use(in.Args[0]), g.use(in.Args[1])
	dst := g.define(id, false)
	switch dir {
	case kernel.EQ:
		g.a.Emit(asm.KXNORQ, dst, x, y)
	case kernel.NE:
		g.a.Emit(asm.KXORQ, dst, x, y)
	case kernel.LT: // !x & y
		g.a.Emit(asm.KANDNQ, dst, x, y)
	case kernel.GT:
		g.a.Emit(asm.KANDNQ, dst, y, x)
	case kernel.LE:
		g.a.Emit(asm.KNOTQ, dst, x)
		g.a.Emit(asm.KORQ, dst, dst, y)
	case kernel.GE:
		g.a.Emit(asm.KNOTQ, dst, y)
		g.a.Emit(asm.KORQ, dst, dst, x)
	}
	return true
}

func select512(g *gen, in *kernel.Inst, id int32) bool {
	k := g.use(in.Args[0])
	if in.DT == dtype.Bool {
		x, y := g.use(in.Args[1]), g.use(in.Args[2])
		t, dst := g.tempMask(), g.define(id, false)
		g.a.Emit(asm.KANDQ, t, k, x)
		g.a.Emit(asm.KANDNQ, dst, k, y)
		g.a.Emit(asm.KORQ, dst, dst, t)
		return true
	}
	code := asm.VBLENDMPS
	if laneSize(in.DT) == 8 {
		code = asm.VBLENDMPD
	}
	y, x := g.use(in.Args[2]), g.useRM(in.Args[1])
	g.a.EmitOperands(code, g.define(id, true).Operand().Mask(k), y.Operand(), x)
	return true
}

func bitcast512(g *gen, in *kernel.Inst, id int32) bool {
	from := g.m.Insts[in.Args[0]].DT
	if isNarrow(in.DT) || isNarrow(from) || from == dtype.Bool || in.DT == dtype.Bool {
		return false
	}
	x := g.use(in.Args[0])
	g.move(g.define(id, true), x)
	return true
}

func finite512(g *gen, in *kernel.Inst, id int32) bool {
	dt := g.m.Insts[in.Args[0]].DT
	l := laneOf(dt)
	x := g.use(in.Args[0])
	t := g.temp(dt)
	inf := uint64(0x7f800000)
	if l == laneF64 {
		inf = 0x7ff << 52
	}
	g.a.Emit(byFloat(asm.VANDPS, asm.VANDPD)[l], t, x, g.splat(dt, signBit(dt)-1).Broadcast())
	g.a.Emit(byFloat(asm.VCMPPS, asm.VCMPPD)[l], g.define(id, false), t, g.splat(dt, inf).Broadcast(), asm.Imm(0x11))
	return true
}

// index512 is the index along a dimension.
func index512(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(in.DT)
	if isNarrow(in.DT) || l == laneBool {
		return false
	}
	intType := dtype.Int32
	if l.isWide() {
		intType = dtype.Int64
	}
	dst := g.define(id, false)
	last := int(in.Imm) == len(g.m.Shape)-1
	src := rIndex
	if !last {
		src = rTmp
		g.a.Emit(asm.MOV, rTmp, work(g.index[in.Imm]))
	}
	if l.isWide() {
		g.a.Emit(asm.VPBROADCASTQ, dst, src)
	} else {
		g.a.Emit(asm.VPBROADCASTD, dst, src.As(asm.Dword))
	}
	if last {
		g.a.Emit(addOps[laneOf(intType)], dst, dst, g.iota(l.isWide()))
	}
	switch l {
	case laneF32:
		g.a.Emit(asm.VCVTDQ2PS, dst, dst)
	case laneF64:
		g.a.Emit(asm.VCVTQQ2PD, dst, dst)
	}
	return true
}

// iota is the constant vector shift, shift+1, ...
func (g *gen) iota(wide bool) asm.Mem {
	lanes := make([]int32, 0, 16)
	for i := range g.lanes {
		lanes = append(lanes, int32(i+g.shift))
		if wide {
			lanes = append(lanes, 0)
		}
	}
	return g.pool32(lanes).Mem()
}

package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Rules for bits and bools.

// shiftRule shifts by a constant or lane by lane; counts of the width and more give 0 or the sign, as the instructions do.
func shiftRule(s shifts) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		l := laneOf(in.DT)
		if isNarrow(in.DT) || s.variable[l] == 0 {
			return false
		}
		x := g.use(in.Args[0])
		if n, ok := g.constValue(in.Args[1]); ok {
			g.emit(s.fixed[l], g.define(id, true), x, asm.Imm(min(n, 255)))
			return true
		}
		n := g.useRM(in.Args[1])
		g.emit(s.variable[l], g.define(id, true), x, n)
		return true
	}
}

func notRule(g *gen, in *kernel.Inst, id int32) bool {
	if isNarrow(in.DT) && in.DT.IsUnsigned() { // would leave ones above the type's bits
		return false
	}
	x := g.use(in.Args[0])
	g.isa.not(g, in.DT, g.define(id, true), x)
	return true
}

func compareRule(g *gen, in *kernel.Inst, id int32) bool {
	l := laneOf(g.m.Insts[in.Args[0]].DT)
	dir := in.Dir
	if dir >= kernel.TotalEQ {
		dir -= kernel.TotalEQ
		if l.isFloat() {
			g.compareTotal(in, id, dir)
			return true
		}
	}
	x := g.use(in.Args[0])
	if l == laneBool {
		y := g.use(in.Args[1])
		g.isa.compareBools(g, dir, g.define(id, false), x, y)
		return true
	}
	y := g.useRM(in.Args[1])
	g.isa.compare(g, l, dir, g.define(id, false), x, y)
	return true
}

// compareTotal compares the bits as integers, turned where they are negative: larger magnitudes come first there.
func (g *gen) compareTotal(in *kernel.Inst, id int32, dir kernel.Dir) {
	ints := dtype.Int32
	if laneOf(g.m.Insts[in.Args[0]].DT).isWide() {
		ints = dtype.Int64
	}
	l := laneOf(ints)
	var keys [2]asm.Reg
	for i := range keys {
		x := g.use(in.Args[i])
		keys[i] = g.temp(ints)
		g.signs(l, keys[i], x)
		g.emit(shrOps.fixed[l], keys[i], keys[i], asm.Imm(1))
		g.emit(g.isa.xor[l], keys[i], keys[i], x)
	}
	g.isa.compare(g, l, dir, g.define(id, false), keys[0], keys[1].Operand())
}

// signs fills each lane with its sign bit. dst is not x.
func (g *gen) signs(l lane, dst, x asm.Reg) {
	switch {
	case !l.isWide():
		g.emit(asm.VPSRAD, dst, x, asm.Imm(31))
	case g.isa.masks > 0:
		g.emit(asm.VPSRAQ, dst, x, asm.Imm(63))
	default:
		g.clear(dst)
		g.emit(asm.VPCMPGTQ, dst, dst, x)
	}
}

// floatPredicate are the comparisons of floats without exceptions, by kernel.Dir.
var floatPredicate = [...]asm.Imm{kernel.EQ: 0x00, kernel.NE: 0x04, kernel.LT: 0x11, kernel.LE: 0x12, kernel.GT: 0x1e, kernel.GE: 0x1d}

// finiteRule compares the magnitude with infinity.
func finiteRule(g *gen, in *kernel.Inst, id int32) bool {
	dt := g.m.Insts[in.Args[0]].DT
	l := laneOf(dt)
	x := g.use(in.Args[0])
	t := g.temp(dt)
	g.emit(g.isa.and[l], t, x, g.constant(dt, signBit(dt)-1))
	g.isa.compare(g, l, kernel.LT, g.define(id, false), t, g.constant(dt, infinity(dt)))
	return true
}

// clampSelect finds a select between the operands of a comparison that one instruction does: the minimum or maximum that is the second
// operand where it is in doubt.
func (g *gen) clampSelect(in *kernel.Inst) (code asm.Op, x, y int32, ok bool) {
	if in.Op != op.SelectID {
		return 0, 0, 0, false
	}
	cmp := &g.m.Insts[in.Args[0]]
	l := laneOf(in.DT)
	if !l.isFloat() || cmp.Op != op.CompareID || cmp.Dir != kernel.LT && cmp.Dir != kernel.GT {
		return 0, 0, 0, false
	}
	x, y = in.Args[1], in.Args[2]
	swapped := x == cmp.Args[1] && y == cmp.Args[0]
	if !swapped && (x != cmp.Args[0] || y != cmp.Args[1]) {
		return 0, 0, 0, false
	}
	if (cmp.Dir == kernel.LT) != swapped {
		return minOps[l], x, y, true
	}
	return maxOps[l], x, y, true
}

func selectRule(g *gen, in *kernel.Inst, id int32) bool {
	if code, x, y, ok := g.clampSelect(in); ok {
		xr, yr := g.use(x), g.useRM(y)
		g.emit(code, g.define(id, true), xr, yr)
		return true
	}
	k := g.use(in.Args[0])
	if g.vals[id].mask {
		yes, no := g.use(in.Args[1]), g.use(in.Args[2])
		t, dst := g.tempMask(), g.define(id, false)
		g.emit(asm.KANDQ, t, k, yes)
		g.emit(asm.KANDNQ, dst, k, no)
		g.emit(asm.KORQ, dst, dst, t)
		return true
	}
	m := g.isa.maskFor(g, in.DT, k)
	no, yes := g.use(in.Args[2]), g.useRM(in.Args[1])
	g.isa.blend(g, in.DT, g.define(id, true), m, yes, no)
	return true
}

// popcntRule counts bits four at a time by a table, then adds up the bytes of a lane.
func popcntRule(g *gen, in *kernel.Inst, id int32) bool {
	if isNarrow(in.DT) {
		return false
	}
	x := g.use(in.Args[0])
	lo, hi := g.temp(in.DT), g.temp(in.DT)
	g.countBits(in.DT, g.define(id, false), x, lo, hi)
	return true
}

// countBits needs two temporaries; dst may be none of them, nor x.
func (g *gen) countBits(dt dtype.DType, dst, x, lo, hi asm.Reg) {
	nibble := g.bytes(dst, func(int) byte { return 0x0f })
	g.emit(asm.VPSRLD, hi, x, asm.Imm(4))
	g.emit(asm.VMOVUPS, dst, nibble)
	g.emit(g.isa.and[laneI32], lo, x, dst)
	g.emit(g.isa.and[laneI32], hi, hi, dst)
	g.emit(asm.VMOVUPS, dst, g.bytes(dst, func(i int) byte { return byte(popcount4[i%16]) }))
	g.emit(asm.VPSHUFB, lo, dst, lo)
	g.emit(asm.VPSHUFB, hi, dst, hi)
	g.emit(asm.VPADDB, lo, lo, hi)
	if laneSize(dt) == 8 {
		g.clear(hi)
		g.emit(asm.VPSADBW, dst, lo, hi)
		return
	}
	g.emit(asm.VPMADDUBSW, lo, lo, g.bytes(dst, func(int) byte { return 1 }))
	g.emit(asm.VPMADDWD, dst, lo, g.bytes(dst, func(i int) byte { return byte(1 - i%2) }))
}

// popcount4 are the numbers of one bits in 0 to 15.
var popcount4 = [16]int{0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4}

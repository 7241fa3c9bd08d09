package native

import (
	"math"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// divRule adds integers to a rule of division: vector units cannot divide them, so lanes go one by one through the frame.
//
//	RBX lane   RAX, RDX dividend, quotient and remainder   rTmp divisor
func divRule(floats rule, remainder bool) rule {
	return func(g *gen, in *kernel.Inst, id int32) bool {
		if !in.DT.IsInt() || isNarrow(in.DT) {
			return floats(g, in, id)
		}
		x, y := g.use(in.Args[0]), g.use(in.Args[1])
		bytes := g.isa.bytes
		xs, ys, saved := g.lay.slot(bytes, bytes), g.lay.slot(bytes, bytes), g.lay.slot(16, 16)
		g.emit(asm.VMOVUPS, work(xs), x)
		g.emit(asm.VMOVUPS, work(ys), y)
		g.emit(asm.MOV, work(saved), asm.RAX) // may be pointers
		g.emit(asm.MOV, work(saved+8), asm.RDX)
		g.emit(asm.XOR, asm.EBX, asm.EBX)
		top := g.a.Here()
		g.divideLane(in.DT, remainder, laneAt(xs, in.DT), laneAt(ys, in.DT))
		g.emit(asm.INC, asm.RBX)
		g.emit(asm.CMP, asm.RBX, asm.Imm(g.count()))
		g.a.Jump(asm.JL, top)
		g.emit(asm.MOV, asm.RAX, work(saved))
		g.emit(asm.MOV, asm.RDX, work(saved+8))
		g.emit(asm.VMOVUPS, g.define(id, true), work(xs))
		return true
	}
}

// remRule is the exact remainder of floats. |x| is reduced by |y|, or by as large a multiple 2^k |y| as leaves a quotient q that its
// type holds exactly: then |x| - q 2^k |y| is exact, and at most one too small.
func remRule(g *gen, in *kernel.Inst, id int32) bool {
	if isNarrow(in.DT) {
		return false
	}
	dt, l := in.DT, laneOf(in.DT)
	x, y := g.use(in.Args[0]), g.use(in.Args[1])
	abs := g.constant(dt, signBit(dt)-1)
	r := remainder{gen: g, dt: dt, l: l, x: g.define(id, false), y: g.temp(dt)}
	g.emit(g.isa.and[l], r.x, x, abs)
	g.emit(g.isa.and[l], r.y, y, abs)
	if in.Args[1] != in.Args[0] {
		g.unlockValue(in.Args[1]) // registers are short
	}
	r.s, r.q, r.k = g.temp(dt), g.temp(dt), g.tempBool()
	ok := g.tempBool()
	g.isa.compare(g, l, kernel.LT, r.k, r.x, g.constant(dt, infinity(dt)))
	g.isa.compare(g, l, kernel.GT, ok, r.y, g.constant(dt, 0))
	g.emit(g.isa.and[laneBool], ok, ok, r.k)
	g.clear(r.q)
	r.choose(r.x, ok, r.x, r.q) // others are done
	r.reduce()
	g.emit(g.isa.and[l], r.q, x, g.constant(dt, signBit(dt)))
	g.emit(g.isa.or[l], r.x, r.x, r.q)
	g.fill(r.y, dt, floatBits(dt, math.NaN()))
	r.choose(r.x, ok, r.x, r.y)
	return true
}

// remainder holds the registers of remRule: |x|, which becomes the remainder, |y|, the multiple of it, a quotient, a bool.
type remainder struct {
	*gen
	dt         dtype.DType
	l          lane
	x, y, s, q asm.Reg
	k          asm.Reg
}

func (r *remainder) choose(dst, k, yes, no asm.Reg) {
	m := r.isa.maskFor(r.gen, r.dt, k)
	r.isa.blend(r.gen, r.dt, dst, m, yes.Operand(), no)
	if m != k {
		r.drop(m)
	}
}

// jumpIfNone compares, and jumps if that holds for no lane.
func (r *remainder) jumpIfNone(dir kernel.Dir, x asm.Reg, y asm.Operand, to asm.Label) {
	r.isa.compare(r.gen, r.l, dir, r.k, x, y)
	r.isa.bits(r.gen, asm.RBX, r.k)
	r.emit(asm.TEST, asm.EBX, asm.EBX)
	r.gen.a.Jump(asm.JE, to)
}

// reduce brings x below y.
func (r *remainder) reduce() {
	precision := map[lane]int{laneF32: 24, laneF64: 53}[r.l]
	power := func(n int) asm.Operand { return r.constant(r.dt, floatBits(r.dt, math.Ldexp(1, n))) }
	mul, a := r.isa.mul[r.l], r.gen.a
	done, small := a.NewLabel(), a.NewLabel()
	top := a.Here()
	r.jumpIfNone(kernel.GE, r.x, r.y.Operand(), done)
	r.move(r.s, r.y)
	scale := a.Here()
	r.emit(divOps[r.l], r.q, r.x, r.s)
	r.jumpIfNone(kernel.GE, r.q, power(precision), small)
	r.emit(mul, r.q, r.s, power(precision-1))
	r.choose(r.s, r.k, r.q, r.s)
	a.Jump(asm.JMP, scale)
	a.Bind(small)
	r.emit(r.isa.round[r.l], r.q, r.q, asm.Imm(3|8))
	r.emit(byFloat(asm.VFNMADD213PS, asm.VFNMADD213PD)[r.l], r.q, r.s, r.x)
	r.emit(addOps[r.l], r.s, r.s, r.q)
	r.isa.compare(r.gen, r.l, kernel.LT, r.k, r.q, r.constant(r.dt, 0))
	r.choose(r.q, r.k, r.s, r.q)
	r.isa.compare(r.gen, r.l, kernel.GE, r.k, r.x, r.y.Operand())
	r.choose(r.x, r.k, r.q, r.x)
	a.Jump(asm.JMP, top)
	a.Bind(done)
}

// laneAt is lane RBX of a slot.
func laneAt(slot int, dt dtype.DType) asm.Mem {
	return asm.Mem{Base: rWork, Index: asm.RBX, Scale: uint8(dt.Size()), Disp: int32(slot)}
}

// divideLane replaces x by the quotient or remainder. Division by zero gives -1 (all bits) and x; by -1, which may overflow, -x and 0.
func (g *gen) divideLane(dt dtype.DType, remainder bool, x, y asm.Mem) {
	class := asm.Dword
	if dt.Size() == 8 {
		class = asm.Qword
	}
	rax, rdx, divisor := asm.RAX.As(class), asm.RDX.As(class), rTmp.As(class)
	done, zero, minus := g.a.NewLabel(), g.a.NewLabel(), g.a.NewLabel()
	g.emit(asm.MOV, rax, x)
	g.emit(asm.MOV, divisor, y)
	g.emit(asm.TEST, divisor, divisor)
	g.a.Jump(asm.JE, zero)
	if dt.IsSigned() {
		g.emit(asm.CMP, divisor, asm.Imm(-1))
		g.a.Jump(asm.JE, minus)
		g.emit(map[asm.Class]asm.Op{asm.Dword: asm.CDQ, asm.Qword: asm.CQO}[class])
		g.emit(asm.IDIV, divisor)
	} else {
		g.emit(asm.XOR, asm.EDX, asm.EDX)
		g.emit(asm.DIV, divisor)
	}
	if remainder {
		g.emit(asm.MOV, rax, rdx)
	}
	g.a.Jump(asm.JMP, done)
	g.a.Bind(minus)
	if remainder {
		g.emit(asm.XOR, asm.EAX, asm.EAX)
	} else {
		g.emit(asm.NEG, rax)
	}
	g.a.Jump(asm.JMP, done)
	g.a.Bind(zero)
	if !remainder {
		g.emit(asm.MOV, rax, asm.Imm(-1))
	}
	g.a.Bind(done)
	g.emit(asm.MOV, x, rax)
}

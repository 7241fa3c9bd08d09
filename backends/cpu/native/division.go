package native

import (
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
			return floats != nil && floats(g, in, id)
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

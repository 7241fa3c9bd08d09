package native

import (
	"fmt"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// pack emits a Pack: 64 bools become 8 bytes.
func (c *compiler) pack(s *kernel.Pack) error {
	if c.isa.masks == 0 {
		return fmt.Errorf("packing without mask registers")
	}
	n := s.Src.Size()
	if n == 0 {
		return nil
	}
	a := c.a
	c.pointer(asm.RSI, s.Src)
	c.pointer(asm.RDI, s.Dst)
	a.Emit(asm.XOR, asm.ECX, asm.ECX)
	main := n - n%64
	if main > 0 {
		top := a.Here()
		bitsOf(a, 64)
		a.Emit(asm.MOV, asm.Mem{Base: asm.RDI}, asm.RAX)
		a.Emit(asm.ADD, asm.RDI, asm.Imm(8))
		a.Emit(asm.ADD, asm.RCX, asm.Imm(64))
		a.Emit(asm.CMP, asm.RCX, asm.Imm(main))
		a.Jump(asm.JL, top)
	}
	if rest := n - main; rest > 0 {
		bitsOf(a, rest)
		a.Emit(asm.MOV, asm.Mem{Base: asm.RDI}, asm.EAX)
		if rest > 32 {
			a.Emit(asm.SHR, asm.RAX, asm.Imm(32))
			a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Disp: 4}, asm.EAX)
		}
	}
	return nil
}

// bitsOf gathers n flags (bytes 0 and 1) from [RSI+RCX] into the bits of RAX.
func bitsOf(a *asm.Assembler, n int) {
	at := asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: 1}
	if n < 64 {
		a.Emit(asm.MOV, asm.RAX, asm.Imm(int64(1)<<n-1))
		a.Emit(asm.KMOVQ, asm.K(1), asm.RAX)
		a.EmitOperands(asm.VMOVDQU8, asm.Z(1).Mask(asm.K(1)).Zero(), at.Operand())
	} else {
		a.Emit(asm.VMOVDQU8, asm.Z(1), at)
	}
	a.Emit(asm.VPTESTMB, asm.K(1), asm.Z(1), asm.Z(1))
	a.Emit(asm.KMOVQ, asm.RAX, asm.K(1))
}

package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// pack emits a Pack: 64 bools become 8 bytes.
func (c *compiler) pack(s *kernel.Pack) error {
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
		c.bitsOf(0, 64)
		a.Emit(asm.MOV, asm.Mem{Base: asm.RDI}, asm.RAX)
		a.Emit(asm.ADD, asm.RDI, asm.Imm(8))
		a.Emit(asm.ADD, asm.RCX, asm.Imm(64))
		a.Emit(asm.CMP, asm.RCX, asm.Imm(main))
		a.Jump(asm.JL, top)
	}
	if rest := n - main; rest > 0 {
		c.bitsOf(main, rest)
		a.Emit(asm.MOV, asm.Mem{Base: asm.RDI}, asm.EAX)
		if rest > 32 {
			a.Emit(asm.SHR, asm.RAX, asm.Imm(32))
			a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Disp: 4}, asm.EAX)
		}
	}
	return nil
}

// bitsOf gathers n flags (bytes 0 and 1) from [RSI+RCX] into the bits of RAX. There are at least so many flags before them. RBX is lost.
func (c *compiler) bitsOf(before, n int) {
	a := c.a
	at := asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: 1}
	if c.isa.masks == 0 {
		c.partsOf(before, n, at)
		return
	}
	if n < 64 {
		a.Emit(asm.MOV, asm.RAX, asm.Imm(int64(1)<<n-1))
		a.Emit(asm.KMOVQ, asm.K(1), asm.RAX)
		a.Emit(asm.VMOVDQU8, asm.Z(1).Mask(asm.K(1)).Zero(), at)
	} else {
		a.Emit(asm.VMOVDQU8, asm.Z(1), at)
	}
	a.Emit(asm.VPTESTMB, asm.K(1), asm.Z(1), asm.Z(1))
	a.Emit(asm.KMOVQ, asm.RAX, asm.K(1))
}

// partsOf is bitsOf without mask registers.
func (c *compiler) partsOf(before, n int, at asm.Mem) {
	for i, p := range flagParts(before, n) {
		bits := asm.RAX
		if i > 0 {
			bits = asm.RBX
		}
		partBits(c.a, bits.As(asm.Dword), at.Offset(p.at-p.again), p)
		if i > 0 {
			c.a.Emit(asm.SHL, asm.RBX, asm.Imm(p.at))
			c.a.Emit(asm.OR, asm.RAX, asm.RBX)
		}
	}
}

// flagPart is a piece of consecutive flags that one load reads: a power of two, the first of which may have been read before.
type flagPart struct{ at, width, again int }

// flagParts cuts n flags, behind others, into parts that read nothing else.
func flagParts(before, n int) []flagPart {
	var parts []flagPart
	for at := 0; at < n; {
		width := 32
		for width > before+n || width/2 >= n-at {
			width /= 2
		}
		again := max(0, width-(n-at))
		parts = append(parts, flagPart{at, width, again})
		at += width - again
	}
	return parts
}

// partBits turns a part into bits, without those read again: the low bit of each byte, moved to its sign.
func partBits(a *asm.Assembler, bits asm.Reg, at asm.Mem, p flagPart) {
	x := vecOfBytes(1, p.width)
	switch p.width {
	case 32, 16:
		a.Emit(asm.VMOVUPS, x, at)
	case 8:
		a.Emit(asm.VMOVQ, x, at)
	case 4:
		a.Emit(asm.VMOVD, x, at)
	default:
		a.Emit(asm.MOVZX, bits, at.Sized(p.width))
		a.Emit(asm.VMOVD, x, bits)
	}
	a.Emit(asm.VPSLLW, x, x, asm.Imm(7))
	a.Emit(asm.VPMOVMSKB, bits, x)
	if p.again > 0 {
		a.Emit(asm.SHR, bits, asm.Imm(p.again))
	}
}

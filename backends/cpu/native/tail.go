package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// Partial vectors at the end of a row: lanes beyond it are off, in a mask register or a vector of all-ones lanes. They are zero in
// loads, and memory behind the row is not touched.

// tailReg is a register for a mask over vectors of a width: a mask register, or a vector one with another number.
func (is *isa) tailReg(mask, vec, bytes int) asm.Reg {
	if is.masks > 0 {
		return asm.K(mask)
	}
	return vecOfBytes(vec, bytes)
}

// tailMask sets a mask to the first n lanes, of size bytes. rTmp may be lost.
func (is *isa) tailMask(a *asm.Assembler, mask asm.Reg, n, size int) {
	if is.masks > 0 {
		a.Emit(asm.MOV, rTmp.As(asm.Dword), asm.Imm(1<<n-1))
		a.Emit(asm.KMOVD, mask, rTmp.As(asm.Dword))
		return
	}
	a.Emit(asm.VMOVUPS, mask, firstBytes(a, mask, n*size))
}

// firstBytes is a constant as wide as a register, with ones in the first n bytes.
func firstBytes(a *asm.Assembler, like asm.Reg, n int) asm.Mem {
	b := make([]byte, vectorBytes(like))
	for i := range n {
		b[i] = 0xff
	}
	return a.Const(b, len(b)).Mem()
}

// loadTail reads the lanes of a mask.
func (is *isa) loadTail(a *asm.Assembler, size int, dst asm.Reg, at asm.Mem, mask asm.Reg) {
	if is.masks > 0 {
		a.Emit(moveOp(size), dst.Mask(mask).Zero(), at)
	} else {
		a.Emit(maskedMove(size), dst, mask, at)
	}
}

// storeTail writes the lanes of a mask.
func (is *isa) storeTail(a *asm.Assembler, size int, at asm.Mem, x, mask asm.Reg) {
	if is.masks > 0 {
		a.Emit(moveOp(size), at.Mask(mask), x)
	} else {
		a.Emit(maskedMove(size), at, mask, x)
	}
}

// moveOp is the move whose mask counts lanes of a size, maskedMove the one with a vector as mask.
func moveOp(size int) asm.Op {
	if size == 8 {
		return asm.VMOVUPD
	}
	return asm.VMOVUPS
}

func maskedMove(size int) asm.Op {
	if size == 8 {
		return asm.VMASKMOVPD
	}
	return asm.VMASKMOVPS
}

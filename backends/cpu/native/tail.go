package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// Partial vectors at the end of a row: lanes beyond it are off, in a mask register or a vector of all-ones lanes. They are zero in
// loads, and memory behind the row is not touched.

// tailMask puts the mask of the first n lanes, of size bytes, into the given register of either kind. EAX may be lost.
func (is *isa) tailMask(a *asm.Assembler, r, n, size int) asm.Reg {
	if is.masks > 0 {
		a.Emit(asm.MOV, asm.EAX, asm.Imm(1<<n-1))
		a.Emit(asm.KMOVD, asm.K(r), asm.EAX)
		return asm.K(r)
	}
	v := vecOfBytes(r, is.bytes)
	a.Emit(asm.VMOVUPS, v, firstBytes(a, v, n*size))
	return v
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

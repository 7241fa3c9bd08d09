package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// turnTemps is the number of registers that a transposition needs.
const turnTemps = 8

// turn transposes a square tile of tileBytes in registers from temp on: contiguous columns at at, of which there are have, become rows that
// use is called with, in order. The register of a row is free again after the call.
func (m *nest) turn(at asm.Mem, temp, have int, use func(row int, r asm.Reg)) {
	if m.p.f.size == 8 {
		m.turn4(at, temp, have, use)
	} else {
		m.turn8(at, temp, have, use)
	}
}

// turn8 transposes 8 by 8 elements of four bytes. Registers hold four rows of two columns each, half a tile apart, so that shuffles stay within
// the halves of a register.
func (m *nest) turn8(at asm.Mem, temp, have int, use func(int, asm.Reg)) {
	y := func(i int) asm.Reg { return asm.Y(temp + i) }
	for half := range 2 {
		for c := range 4 {
			m.twoColumns(temp+c, at.Offset(16*half), c, c+4, have)
		}
		for c := 0; c < 4; c += 2 {
			m.a.Emit(asm.VUNPCKLPS, y(4+c), y(c), y(c+1))
			m.a.Emit(asm.VUNPCKHPS, y(5+c), y(c), y(c+1))
		}
		for i := range 2 {
			m.a.Emit(asm.VUNPCKLPD, y(2*i), y(4+i), y(6+i))
			m.a.Emit(asm.VUNPCKHPD, y(2*i+1), y(4+i), y(6+i))
		}
		for row := range 4 {
			use(4*half+row, y(row))
		}
	}
}

// turn4 transposes 4 by 4 elements of eight bytes.
func (m *nest) turn4(at asm.Mem, temp, have int, use func(int, asm.Reg)) {
	y := func(i int) asm.Reg { return asm.Y(temp + i) }
	for half := range 2 {
		m.twoColumns(temp, at.Offset(16*half), 0, 2, have)
		m.twoColumns(temp+1, at.Offset(16*half), 1, 3, have)
		m.a.Emit(asm.VUNPCKLPD, y(2), y(0), y(1))
		m.a.Emit(asm.VUNPCKHPD, y(3), y(0), y(1))
		use(2*half, y(2))
		use(2*half+1, y(3))
	}
}

// twoColumns loads 16 bytes of column c into the lower half of a register and of column d into the upper one. Columns that are not
// there are read as others.
func (m *nest) twoColumns(r int, at asm.Mem, c, d, have int) {
	m.a.Emit(asm.VMOVUPS, asm.X(r), at.Offset(c%have*m.p.rhs.col))
	m.insertUpper(r, at.Offset(d%have*m.p.rhs.col))
}

// insertUpper loads the upper half of ymm register r.
func (m *nest) insertUpper(r int, at asm.Mem) {
	op := asm.VINSERTF128
	if r >= 16 {
		op = asm.VINSERTF32X4
	}
	m.a.Emit(op, asm.Y(r), asm.Y(r), at, asm.Imm(1))
}

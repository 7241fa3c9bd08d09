package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// A packed panel holds, for each k of a block, the panel's vectors one after the other. The panel is packed just before the block rows
// that use it, so it is still in the first-level cache.

// columns is the number of columns of B in a panel.
func (m *nest) columns(panel run) int {
	n := panel.size * m.lanes
	if panel.masked {
		n -= m.lanes - m.p.n%m.lanes
	}
	return n
}

// openPack points runA to B and runB to the packed panel.
func (m *nest) openPack() {
	m.a.Emit(asm.MOV, runA, nestB)
	m.a.Emit(asm.LEA, runB, work(m.scratch))
}

// counted emits a body count times.
func (m *nest) counted(counter asm.Reg, count int, body func()) {
	if count == 0 {
		return
	}
	if count == 1 {
		body()
		return
	}
	counter = counter.As(asm.Dword)
	m.a.Emit(asm.MOV, counter, asm.Imm(count))
	top := m.a.Here()
	body()
	m.a.Emit(asm.DEC, counter)
	m.a.Jump(asm.JNE, top)
}

// packRows copies contiguous rows.
func (m *nest) packRows(panel run, depth int) {
	const unroll = 4
	m.openPack()
	to := panel.size * m.bytes
	rows := func(n int) {
		for k := range n {
			for j := range panel.size {
				v := m.vec(j % 8)
				at := asm.Mem{Base: runA, Disp: int32(k*m.p.rhs.row + j*m.bytes)}
				m.load(v, at, panel.masked && j == panel.size-1)
				m.a.Emit(m.p.f.move, asm.Mem{Base: runB, Disp: int32(k*to + j*m.bytes)}, v)
			}
		}
		m.add(runA, n*m.p.rhs.row)
		m.add(runB, n*to)
	}
	m.counted(countK, depth/unroll, func() { rows(unroll) })
	rows(depth % unroll)
}

// packElems copies element by element.
func (m *nest) packElems(panel run, depth int) {
	m.openPack()
	to, columns := panel.size*m.bytes, m.columns(panel)
	elem := rTmp.As(m.p.f.scalar)
	m.counted(countRows, columns, func() {
		m.counted(countK, depth, func() {
			m.a.Emit(asm.MOV, elem, asm.Mem{Base: runA})
			m.a.Emit(asm.MOV, asm.Mem{Base: runB}, elem)
			m.add(runA, m.p.rhs.row)
			m.add(runB, to)
		})
		m.add(runA, m.p.rhs.col-depth*m.p.rhs.row)
		m.add(runB, m.p.f.size-depth*to)
	})
}

// packTiles transposes contiguous columns, a square tile of 32 bytes by 32 bytes at a time.
func (m *nest) packTiles(panel run, depth int) {
	m.openPack()
	t, size := m.p.tile(), m.p.f.size
	to, columns := panel.size*m.bytes, m.columns(panel)
	strip := func(have int) {
		m.counted(countK, depth/t, func() {
			m.transposeTile(have, to)
			m.add(runA, t*size)
			m.add(runB, t*to)
		})
		if rest := depth % t; rest != 0 { // the last tile overlaps the one before
			m.add(runA, (rest-t)*size)
			m.add(runB, (rest-t)*to)
			m.transposeTile(have, to)
			m.add(runA, t*size)
			m.add(runB, t*to)
		}
		m.add(runA, t*m.p.rhs.col-depth*size)
		m.add(runB, t*size-depth*to)
	}
	m.counted(countRows, columns/t, func() { strip(t) })
	if rest := columns % t; rest != 0 {
		strip(rest)
	}
}

// transposeTile reads a tile of contiguous columns at runA, of which there are have, and writes it as rows of to bytes at runB.
func (m *nest) transposeTile(have, to int) {
	if m.p.f.size == 8 {
		m.transpose4(have, to)
	} else {
		m.transpose8(have, to)
	}
}

// twoHalves loads 16 bytes of column c of the tile into the lower half of a register and of column c+half into the upper one. Columns
// that are not there are read as others.
func (m *nest) twoHalves(r, c, half, have, offset int) {
	at := func(c int) asm.Mem {
		return asm.Mem{Base: runA, Disp: int32(c%have*m.p.rhs.col + offset)}
	}
	m.a.Emit(asm.VMOVUPS, asm.X(r), at(c))
	m.a.Emit(asm.VINSERTF128, asm.Y(r), asm.Y(r), at(c+half), asm.Imm(1))
}

func (m *nest) storeRow(k, to, r int) {
	m.a.Emit(asm.VMOVUPS, asm.Mem{Base: runB, Disp: int32(k * to)}, asm.Y(r))
}

// transpose8 transposes 8 by 8 elements of four bytes: the halves of a register are two tiles of 4 by 4.
func (m *nest) transpose8(have, to int) {
	a := m.a
	for half := range 2 {
		for c := range 4 {
			m.twoHalves(c, c, 4, have, 16*half)
		}
		for c := 0; c < 4; c += 2 {
			a.Emit(asm.VUNPCKLPS, asm.Y(4+c), asm.Y(c), asm.Y(c+1))
			a.Emit(asm.VUNPCKHPS, asm.Y(5+c), asm.Y(c), asm.Y(c+1))
		}
		for i := range 2 {
			a.Emit(asm.VUNPCKLPD, asm.Y(8+2*i), asm.Y(4+i), asm.Y(6+i))
			a.Emit(asm.VUNPCKHPD, asm.Y(9+2*i), asm.Y(4+i), asm.Y(6+i))
		}
		for k := range 4 {
			m.storeRow(4*half+k, to, 8+k)
		}
	}
}

// transpose4 transposes 4 by 4 elements of eight bytes.
func (m *nest) transpose4(have, to int) {
	for half := range 2 {
		m.twoHalves(0, 0, 2, have, 16*half)
		m.twoHalves(1, 1, 2, have, 16*half)
		m.a.Emit(asm.VUNPCKLPD, asm.Y(2), asm.Y(0), asm.Y(1))
		m.a.Emit(asm.VUNPCKHPD, asm.Y(3), asm.Y(0), asm.Y(1))
		m.storeRow(2*half, to, 2)
		m.storeRow(2*half+1, to, 3)
	}
}

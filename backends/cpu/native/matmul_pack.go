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
	m.a.Emit(asm.LEA, runB, work(m.packed))
}

// packRows copies contiguous rows.
func (m *nest) packRows(panel run, depth int) {
	const unroll, fetchAhead = 4, 16
	m.openPack()
	to := panel.size * m.bytes
	rows := func(n int) {
		for k := range n {
			for j := range panel.size {
				v := m.vec(j % 8)
				at := asm.Mem{Base: runA, Disp: int32(k*m.p.rhs.row + j*m.bytes)}
				m.a.Emit(asm.PREFETCHT0, at.Offset(fetchAhead*m.p.rhs.row).Sized(1))
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

// packTiles transposes contiguous columns, a tile at a time.
func (m *nest) packTiles(panel run, depth int) {
	m.openPack()
	t, size := m.p.tile(), m.p.f.size
	to, columns := panel.size*m.bytes, m.columns(panel)
	strip := func(have int) {
		m.counted(countK, depth/t, func() {
			m.packTile(have, to)
			m.add(runA, t*size)
			m.add(runB, t*to)
		})
		if rest := depth % t; rest != 0 { // the last tile overlaps the one before
			m.add(runA, (rest-t)*size)
			m.add(runB, (rest-t)*to)
			m.packTile(have, to)
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

// packTile transposes a tile of contiguous columns at runA, of which there are have, to rows of to bytes at runB.
func (m *nest) packTile(have, to int) {
	m.turn(asm.Mem{Base: runA}, 0, have, func(k int, r asm.Reg) {
		m.a.Emit(asm.VMOVUPS, asm.Mem{Base: runB, Disp: int32(k * to)}, r)
	})
}

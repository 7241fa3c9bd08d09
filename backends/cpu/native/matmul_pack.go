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

// copyOf describes the copy of a part of A: count contiguous rows (or columns) of so many bytes, from and to such a distance apart.
func (m *nest) copyOf(rows, depth int) (c struct{ count, bytes, from, to int }) {
	c.count, c.bytes, c.from = rows, depth*m.p.f.size, m.p.lhs.row
	if m.p.lhs.col != m.p.f.size {
		c.count, c.bytes, c.from = depth, rows*m.p.f.size, m.p.lhs.col
	}
	c.to = (c.bytes+63)&^63 | 64 // odd cache lines: few share a set of a cache
	return c
}

// copyLhs copies the part of A for a chunk of rows and a block of k.
func (m *nest) copyLhs(rows, depth int) {
	c := m.copyOf(rows, depth)
	m.lhs = m.p.lhs
	if m.p.lhs.col == m.p.f.size {
		m.lhs.row = c.to
	} else {
		m.lhs.col = c.to
	}
	m.a.Emit(asm.MOV, runA, nestA)
	m.a.Emit(asm.LEA, runB, work(m.copied))
	m.counted(countRows, c.count, func() {
		m.copyBytes(c.bytes)
		m.add(runA, c.from)
		m.add(runB, c.to)
	})
}

// copyBytes copies n bytes, at least a vector, from runA to runB.
func (m *nest) copyBytes(n int) {
	const unroll = 4
	size := m.p.isa.bytes
	copies := func(at int) {
		v := vecOfBytes(at/size%unroll, size)
		m.a.Emit(asm.VMOVUPS, v, asm.Mem{Base: runA, Disp: int32(at)})
		m.a.Emit(asm.VMOVUPS, asm.Mem{Base: runB, Disp: int32(at)}, v)
	}
	loops := n / (unroll * size)
	if loops > 1 {
		m.counted(countK, loops, func() {
			for i := range unroll {
				copies(i * size)
			}
			m.add(runA, unroll*size)
			m.add(runB, unroll*size)
		})
	} else {
		loops = 0
	}
	done := loops * unroll * size
	for i := 0; i+size <= n-done; i += size {
		copies(i)
	}
	if (n-done)%size != 0 { // the last vector overlaps the one before
		copies(n - done - size)
	}
	m.add(runA, -done)
	m.add(runB, -done)
}

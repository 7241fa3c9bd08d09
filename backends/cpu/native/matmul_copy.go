package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// A copy of the part of A in a chunk has one of two forms. Contiguous rows stay rows, at a better distance. Contiguous columns become strips,
// one for each block of rows: a strip holds the block's elements of each k one after the other, as the block reads them.

// rowBytes is the distance of copied rows: an odd number of cache lines, so that few share a set of a cache.
func (m *nest) rowBytes(depth int) int { return (depth*m.p.f.size+63)&^63 | 64 }

// stripBytes is the distance of strips of h rows.
func (m *nest) stripBytes(h, depth int) int { return (h*depth*m.p.f.size+63)&^63 | 64 }

// copySize is the memory that the copy takes.
func (m *nest) copySize(rows, depth int) (bytes int) {
	if !m.strips {
		return rows * m.rowBytes(depth)
	}
	for _, r := range evenly(rows, m.p.height(m.plan, m.panels[0])) {
		bytes += r.count * m.stripBytes(r.size, depth)
	}
	return bytes
}

// copyChunk copies the part of A for a chunk of rows and a block of k.
func (m *nest) copyChunk(rows, depth int) {
	if !m.copyA {
		return
	}
	m.a.Emit(asm.MOV, runA, nestA)
	m.a.Emit(asm.LEA, runB, work(m.copied))
	if m.strips {
		m.copyStrips(rows, depth)
		return
	}
	m.counted(countRows, rows, func() {
		m.copyRow(depth * m.p.f.size)
		m.add(runA, m.p.lhs.row)
		m.add(runB, m.rowBytes(depth))
	})
}

// copyStrips appends column after column to the strips. Strips of the second height, one less, are shorter: RDX, as many elements as columns
// before, is the difference.
func (m *nest) copyStrips(rows, depth int) {
	const behind = asm.RDX
	size, runs := m.p.f.size, evenly(rows, m.p.height(m.plan, m.panels[0]))
	m.a.Emit(asm.XOR, behind.As(asm.Dword), behind.As(asm.Dword))
	m.counted(countK, depth, func() {
		total := 0
		for i, r := range runs {
			if i > 0 {
				m.a.Emit(asm.SUB, runB, behind)
			}
			strip := m.stripBytes(r.size, depth)
			m.counted(countRows, r.count, func() {
				m.copyBytes(r.size * size)
				m.add(runA, r.size*size)
				m.add(runB, strip)
			})
			total += r.count * strip
		}
		m.add(runA, m.p.lhs.col-rows*size)
		if len(runs) > 1 {
			m.a.Emit(asm.ADD, runB, behind)
		}
		m.add(runB, runs[0].size*size-total)
		m.add(behind, size)
	})
}

// copyRow copies n bytes from runA to runB.
func (m *nest) copyRow(n int) {
	const unroll = 4
	size := m.p.isa.bytes
	loops := n / (unroll * size)
	if loops < 2 {
		loops = 0
	}
	done := loops * unroll * size
	m.counted(countK, loops, func() {
		m.copyBytes(unroll * size)
		m.add(runA, unroll*size)
		m.add(runB, unroll*size)
	})
	m.copyBytes(n - done)
	m.add(runA, -done)
	m.add(runB, -done)
}

// copyBytes copies n bytes, a multiple of four, in pieces from runA to runB.
func (m *nest) copyBytes(n int) {
	piece := m.p.isa.bytes
	for at := 0; at < n; {
		for at+piece > n {
			piece /= 2
		}
		from, to := asm.Mem{Base: runA, Disp: int32(at)}, asm.Mem{Base: runB, Disp: int32(at)}
		r, move := vecOfBytes(at/16%8, piece), asm.VMOVUPS
		switch piece {
		case 8:
			r, move = rTmp, asm.MOV
		case 4:
			r, move = rTmp.As(asm.Dword), asm.MOV
		}
		m.a.Emit(move, r, from)
		m.a.Emit(move, to, r)
		at += piece
	}
}

package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// Registers of a product. The pointers of the nest stand at the first elements of the current part; the others run ahead of them.
const (
	nestA, nestB, nestC = asm.R11, asm.R12, asm.R13
	runA, runB, runC    = asm.RSI, asm.RDI, asm.RDX
	countK, countRows   = asm.RCX, asm.R8
)

// The levels of the nest; see plan.
const (
	levelBatch = iota
	levelDepth
	levelChunk
	levelPanel
	levels
)

// nestCounters count the parts done at each level.
var nestCounters = [levels]asm.Reg{asm.RBX, asm.RAX, asm.R9, asm.R10}

// nest emits the loops of a product.
type nest struct {
	*plan
	p      *product
	a      *asm.Assembler
	lhs    matrix    // A as the blocks see it
	live   []asm.Reg // registers that the current loops need
	outer  int       // enclosing loops that need the pointers back
	slots  map[asm.Reg]int
	pollAt int // level
	cost   int // nanoseconds between polls
	packed int // workspace offset of the packed panel
	copied int // and of the copied part of A
	tail   asm.Reg
}

func newNest(p *product, pl *plan) *nest {
	m := &nest{plan: pl, p: p, a: p.compiler.a, slots: map[asm.Reg]int{}}
	m.tail = p.isa.tailReg(1, p.isa.vecs-1, pl.bytes)
	level, cycles := pl.pollLevel()
	m.pollAt, m.cost = level, nanoseconds(cycles)
	m.reserve()
	return m
}

// reserve takes scratch memory for the packed panel and the copy of A.
func (m *nest) reserve() {
	bytes := 0
	if m.feed.packs() {
		row := m.panels[0].size * m.bytes
		m.packed = m.p.tile() * row // the last tile of a block may begin before the block
		bytes = m.packed + m.depth[0].size*row + tileBytes
	}
	bytes = (bytes + 63) &^ 63
	m.copied = bytes
	if m.copyA {
		bytes += m.copySize(m.chunks[0].size, m.depth[0].size)
	}
	at := m.p.lay.scratch(bytes)
	m.packed += at
	m.copied += at
}

// step is how far the pointers advance for a part of size one, in bytes.
type step struct{ a, b, c int }

// emit emits the nest.
func (m *nest) emit() {
	p := m.p
	p.pointer(nestA, p.lhs.view)
	p.pointer(nestB, p.rhs.view)
	p.pointer(nestC, p.out.view)
	m.live = []asm.Reg{nestA, nestB, nestC}
	batch := []run{{count: p.batch, size: 1}}
	m.loop(levelBatch, batch, step{p.lhs.batch, p.rhs.batch, p.out.batch}, func(run) {
		m.loop(levelDepth, m.depth, step{p.lhs.col, p.rhs.row, 0}, func(depth run) {
			m.loop(levelChunk, m.chunks, step{p.lhs.row, 0, p.out.row}, func(rows run) {
				m.copyChunk(rows.size, depth.size)
				m.loop(levelPanel, m.panels, step{0, m.lanes * p.rhs.col, m.lanes * p.out.col}, func(panel run) {
					m.panel(panel, rows.size, depth.size)
				})
			})
		})
	})
}

// loop emits a loop over the parts of one level.
func (m *nest) loop(level int, runs []run, by step, body func(run)) {
	if parts(runs) == 1 {
		body(runs[0])
		m.poll(level)
		return
	}
	counter := nestCounters[level]
	m.live = append(m.live, counter)
	m.outer++
	m.a.Emit(asm.XOR, counter.As(asm.Dword), counter.As(asm.Dword))
	done, total := 0, 0
	for _, r := range runs {
		top := m.a.Here()
		body(r)
		m.advance(by, r.size)
		m.a.Emit(asm.INC, counter)
		m.poll(level)
		done += r.count
		total += r.count * r.size
		if r.count > 1 {
			m.a.Emit(asm.CMP, counter, asm.Imm(done))
			m.a.Jump(asm.JL, top)
		}
	}
	m.live = m.live[:len(m.live)-1]
	m.outer--
	if m.outer > 0 {
		m.advance(by, -total)
	}
}

// advance moves the pointers of the nest.
func (m *nest) advance(by step, n int) {
	m.add(nestA, by.a*n)
	m.add(nestB, by.b*n)
	m.add(nestC, by.c*n)
}

// counted emits a body that runs count times.
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

func (m *nest) add(r asm.Reg, n int) {
	if n != 0 {
		m.a.Emit(asm.ADD, r, asm.Imm(n))
	}
}

// poll leaves if the budget is used up, at the end of a part of the level that polls. What the loops need is in registers and only
// saved when it comes to that.
func (m *nest) poll(level int) {
	if m.p.part != nil {
		return
	}
	if level != m.pollAt {
		return
	}
	on := m.a.NewLabel()
	m.a.Emit(asm.SUB, work(offBudget).Sized(8), asm.Imm(m.cost))
	m.a.Jump(asm.JG, on)
	for _, r := range m.live {
		m.a.Emit(asm.MOV, work(m.slot(r)), r)
	}
	m.p.exit(ExitYield, 0)
	for _, r := range m.live {
		m.a.Emit(asm.MOV, r, work(m.slot(r)))
	}
	m.a.Bind(on)
}

func (m *nest) slot(r asm.Reg) int {
	if m.slots[r] == 0 {
		m.slots[r] = m.p.lay.slot(8, 8)
	}
	return m.slots[r]
}

// panel emits the product of a chunk of rows of A and a panel of B.
func (m *nest) panel(panel run, rows, depth int) {
	if panel.masked {
		m.p.isa.tailMask(m.a, m.tail, m.p.n%m.lanes, m.p.f.size)
	}
	switch m.feed {
	case packedRows:
		m.packRows(panel, depth)
	case packedTiles:
		m.packTiles(panel, depth)
	case packedElems:
		m.packElems(panel, depth)
	}
	if m.copyA {
		m.a.Emit(asm.LEA, runA, work(m.copied))
	} else {
		m.a.Emit(asm.MOV, runA, nestA)
	}
	m.a.Emit(asm.MOV, runC, nestC)
	for _, r := range evenly(rows, m.p.height(m.plan, panel)) {
		next := m.viewA(r.size, depth)
		m.counted(countRows, r.count, func() {
			ahead := m.block(r.size, panel, depth)
			m.add(runA, next-ahead)
			m.add(runC, r.size*m.p.out.row)
		})
	}
}

// viewA sets how a block of h rows sees A, and returns how far apart in bytes such blocks are.
func (m *nest) viewA(h, depth int) (next int) {
	m.lhs = m.p.lhs
	switch {
	case m.strips:
		m.lhs.row, m.lhs.col = m.p.f.size, h*m.p.f.size
		return m.stripBytes(h, depth)
	case m.copyA:
		m.lhs.row = m.rowBytes(depth)
	}
	return h * m.lhs.row
}

func (m *nest) vec(r int) asm.Reg { return vecOfBytes(r, m.bytes) }

// load reads a vector of B or C, or what there is of the last one.
func (m *nest) load(dst asm.Reg, at asm.Mem, masked bool) {
	if masked {
		m.p.isa.loadTail(m.a, m.p.f.size, dst, at, m.tail)
		return
	}
	m.a.Emit(m.p.f.move, dst, at)
}

func (m *nest) store(at asm.Mem, src asm.Reg, masked bool) {
	if masked {
		m.p.isa.storeTail(m.a, m.p.f.size, at, src, m.tail)
		return
	}
	m.a.Emit(m.p.f.move, at, src)
}

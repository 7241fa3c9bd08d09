package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// block is one block of C in registers: h rows of w vectors. Registers: the accumulators row by row, then the operands.
type block struct {
	*nest
	h, w     int
	masked   bool // the last column of vectors is partial
	partialB bool // and has to be read as such
	rowB     int  // bytes from one row of B to the next
}

// block emits the product of h rows at runA with a panel of B, into C at runC. It returns the bytes by which runA is left ahead.
func (m *nest) block(h int, panel run, depth int) (ahead int) {
	b := &block{nest: m, h: h, w: panel.size, masked: panel.masked, rowB: m.p.rhs.row}
	if m.feed.packs() {
		m.a.Emit(asm.LEA, runB, work(m.packed))
		b.rowB = panel.size * m.bytes
	} else {
		m.a.Emit(asm.MOV, runB, nestB)
	}
	b.partialB = panel.masked && (m.feed == inPlace || m.feed == packedElems)
	b.open()
	steps, rest := depth/m.unroll, depth%m.unroll
	if steps > 1 {
		ahead = steps * m.unroll * m.lhs.col
		b.loop(steps)
		steps = 0
	}
	b.steps(steps*m.unroll + rest)
	b.close()
	return ahead
}

// loop emits the main loop over k.
func (b *block) loop(steps int) {
	a := b.a
	a.Emit(asm.MOV, countK.As(asm.Dword), asm.Imm(steps))
	a.Align(32)
	top := a.Here()
	b.steps(b.unroll)
	b.add(runA, b.unroll*b.lhs.col)
	b.add(runB, b.unroll*b.rowB)
	a.Emit(asm.DEC, countK.As(asm.Dword))
	a.Jump(asm.JNE, top)
}

// steps emits so many steps of all chains.
func (b *block) steps(n int) {
	if b.feed == turned {
		b.turnedSteps(n)
		return
	}
	for k := range n {
		b.multiply(k)
	}
}

func (b *block) acc(i, j int) asm.Reg { return b.vec(i*b.w + j) }

// operand is a register behind the accumulators.
func (b *block) operand(i int) asm.Reg { return b.vec(b.h*b.w + i) }

func (b *block) atA(i, k int) asm.Mem {
	return asm.Mem{Base: runA, Disp: int32(i*b.lhs.row + k*b.lhs.col)}
}

func (b *block) atB(k, j int) asm.Mem {
	return asm.Mem{Base: runB, Disp: int32(k*b.rowB + j*b.bytes)}
}

func (b *block) atC(i, j int) asm.Mem {
	return asm.Mem{Base: runC, Disp: int32(i*b.p.out.row + j*b.bytes)}
}

// isPartial reports whether column j of vectors is the partial one.
func (b *block) isPartial(j int) bool { return b.masked && j == b.w-1 }

// open zeroes the accumulators, or takes up the sums of the blocks of k before this one.
func (b *block) open() {
	if b.p.largeC(b.plan) {
		for i := range b.h {
			for j := range b.w {
				b.a.Emit(asm.PREFETCHW, b.atC(b.h+i, j).Sized(1))
			}
		}
	}
	first, done := b.a.NewLabel(), b.a.NewLabel()
	resumes := parts(b.depth) > 1
	if resumes {
		before := nestCounters[levelDepth]
		b.a.Emit(asm.TEST, before, before)
		b.a.Jump(asm.JE, first)
		for i := range b.h {
			for j := range b.w {
				b.load(b.acc(i, j), b.atC(i, j), b.isPartial(j))
			}
		}
		b.a.Jump(asm.JMP, done)
	}
	b.a.Bind(first)
	for r := range b.h * b.w {
		b.zero(r)
	}
	b.a.Bind(done)
}

func (b *block) zero(r int) {
	x := asm.X(r)
	if r < 16 {
		b.a.Emit(asm.VXORPS, x, x, x)
	} else {
		b.a.Emit(asm.VPXORD, x, x, x)
	}
}

func (b *block) close() {
	for i := range b.h {
		for j := range b.w {
			b.store(b.atC(i, j), b.acc(i, j), b.isPartial(j))
		}
	}
}

// multiply emits step k of all chains: the shorter of the operands' column and row stays in registers, the other passes through one.
func (b *block) multiply(k int) {
	switch {
	case b.w == 1 && b.p.isa.embedded:
		b.loadB(b.operand(0), k, 0)
		for i := range b.h {
			b.a.Emit(b.p.f.fma, b.acc(i, 0), b.operand(0), b.atA(i, k).Broadcast())
		}
	case b.w <= b.h:
		for j := range b.w {
			b.loadB(b.operand(j), k, j)
		}
		through := b.operand(b.w)
		for i := range b.h {
			b.broadcast(through, b.atA(i, k))
			for j := range b.w {
				b.a.Emit(b.p.f.fma, b.acc(i, j), b.operand(j), through)
			}
		}
	default:
		b.multiplyWide(k)
	}
}

func (b *block) multiplyWide(k int) {
	for i := range b.h {
		b.broadcast(b.operand(i), b.atA(i, k))
	}
	through := b.operand(b.h)
	for j := range b.w {
		if b.h == 1 && !(b.partialB && b.isPartial(j)) {
			b.a.Emit(b.p.f.fma, b.acc(0, j), b.operand(0), b.atB(k, j))
			continue
		}
		b.loadB(through, k, j)
		for i := range b.h {
			b.a.Emit(b.p.f.fma, b.acc(i, j), b.operand(i), through)
		}
	}
}

// turnedSteps transposes tiles of B and multiplies with their rows. A last tile of fewer rows begins before them.
func (b *block) turnedSteps(n int) {
	t := b.p.tile()
	for k := 0; k < n; k += t {
		first := min(k, n-t)
		for j := range b.w {
			have := t
			if b.isPartial(j) {
				have = b.p.n % t
			}
			at := asm.Mem{Base: runB, Disp: int32(first*b.p.f.size + j*t*b.p.rhs.col)}
			b.turn(at, b.h*b.w, have, func(row int, r asm.Reg) {
				if first+row >= k {
					b.multiplyRow(first+row, j, r)
				}
			})
		}
	}
}

// multiplyRow adds A[i, k] times a row of column j of vectors for all i.
func (b *block) multiplyRow(k, j int, row asm.Reg) {
	for i := range b.h {
		if b.p.isa.embedded {
			b.a.Emit(b.p.f.fma, b.acc(i, j), row, b.atA(i, k).Broadcast())
			continue
		}
		through := b.operand(turnTemps)
		b.broadcast(through, b.atA(i, k))
		b.a.Emit(b.p.f.fma, b.acc(i, j), row, through)
	}
}

func (b *block) loadB(dst asm.Reg, k, j int) {
	b.load(dst, b.atB(k, j), b.partialB && b.isPartial(j))
}

func (b *block) broadcast(dst asm.Reg, at asm.Mem) {
	op := b.p.f.broadcast
	if dst.Class() == asm.XMM {
		op = b.p.f.broadcastX
	}
	b.a.Emit(op, dst, at)
}

package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Loads and stores. Nothing outside of the elements of a view is touched: what is less than a vector goes in pieces of 8, 4, 2 and 1
// bytes, or by masked moves.

// loadOps bring elements in memory to lanes.
var loadOps = map[dtype.DType]asm.Op{
	dtype.Int8: asm.VPMOVSXBD, dtype.Uint8: asm.VPMOVZXBD,
	dtype.Int16: asm.VPMOVSXWD, dtype.Uint16: asm.VPMOVZXWD, dtype.BFloat16: asm.VPMOVZXWD, dtype.Float16: asm.VCVTPH2PS,
}

// loadRule reads the next lanes of a view, widened.
func loadRule(g *gen, in *kernel.Inst, id int32) bool {
	acc := &g.loads[in.Imm]
	switch {
	case acc.inner == 0:
		g.loadScalar(in.DT, g.address(acc), g.define(id, false))
	case acc.inner == 1 && in.DT != dtype.Bool:
		dst := g.define(id, false)
		g.loadRow(in.DT, dst, g.address(acc))
	case acc.size >= 4:
		g.isa.gather(g, acc, g.define(id, false))
	default:
		g.loadNarrow(acc, in.DT, id)
	}
	return true
}

// loadScalar fills all lanes with one element.
func (g *gen) loadScalar(dt dtype.DType, at asm.Mem, dst asm.Reg) {
	tmp := rTmp.As(asm.Dword)
	switch dt {
	case dtype.Bool: // 0 or 1, negated, is no lane or all
		loadInteger(g.a, rTmp, at, dt)
		g.emit(asm.NEG, rTmp)
		g.isa.boolFromWord(g, dst)
	case dtype.Float16:
		loadInteger(g.a, rTmp, at, dtype.Uint16)
		x := dst.As(asm.XMM)
		g.emit(asm.VMOVD, x, tmp)
		g.emit(asm.VCVTPH2PS, x, x)
		g.emit(asm.VBROADCASTSS, dst, x)
	case dtype.BFloat16:
		loadInteger(g.a, rTmp, at, dtype.Uint16)
		g.emit(asm.SHL, tmp, asm.Imm(16))
		g.isa.spread(g, dtype.Int32, dst, rTmp)
	case dtype.Int8, dtype.Uint8, dtype.Int16, dtype.Uint16:
		loadInteger(g.a, rTmp, at, dt)
		g.isa.spread(g, dtype.Int32, dst, rTmp)
	default:
		g.broadcast(dst, at, dt)
	}
}

// loadRow reads elements that follow each other.
func (g *gen) loadRow(dt dtype.DType, dst asm.Reg, at asm.Mem) {
	code := loadOps[dt]
	if code == 0 {
		code = asm.VMOVUPS
	}
	switch {
	case !g.masked && g.fullRegister(dt):
		g.emit(code, dst, at)
	case g.masked && dt.Size() >= 4:
		g.isa.loadTail(g.a, dt.Size(), dst, at, g.tailFor(dt))
	case g.masked && g.isa.masks > 0:
		g.emit(code, dst.Mask(g.tail).Zero(), at)
	default:
		x := dst.As(asm.XMM)
		g.loadBytes(x, at, g.count()*dt.Size())
		if code != asm.VMOVUPS {
			g.emit(code, dst, x)
		}
	}
	if dt == dtype.BFloat16 {
		g.emit(asm.VPSLLD, dst, dst, asm.Imm(16))
	}
}

// tailFor is the mask of the lanes of a type that are left at the end of a row.
func (g *gen) tailFor(dt dtype.DType) asm.Reg {
	if g.isa.masks > 0 {
		return g.tail
	}
	return g.tailVector(dt)
}

// fullRegister reports whether the lanes of a type fill a register: if not, instructions would move more than them.
func (g *gen) fullRegister(dt dtype.DType) bool { return g.lanes*laneSize(dt) >= 16 }

// loadNarrow reads bools, and narrow elements at a stride, through bytes in xmm registers.
func (g *gen) loadNarrow(acc *access, dt dtype.DType, id int32) {
	n := g.count()
	lo := g.temp(dtype.Int32).As(asm.XMM)
	hi := lo
	if n*acc.size > 16 {
		hi = g.temp(dtype.Int32).As(asm.XMM)
	}
	if acc.inner == 1 {
		g.loadBytes(lo, g.address(acc), n*acc.size)
	} else {
		g.insertLanes(acc, lo, hi, n)
	}
	dst := g.define(id, false)
	if dt == dtype.Bool {
		g.isa.boolsFromBytes(g, dst, lo)
		return
	}
	if hi != lo {
		g.emit(asm.VINSERTI32X4, lo.As(asm.YMM), lo.As(asm.YMM), hi, asm.Imm(1))
	}
	g.emit(loadOps[dt], dst, vecOfBytes(lo.Num(), g.lanes*acc.size))
	if dt == dtype.BFloat16 {
		g.emit(asm.VPSLLD, dst, dst, asm.Imm(16))
	}
}

// insertLanes collects narrow elements at a stride, 16 bytes in each register.
func (g *gen) insertLanes(acc *access, lo, hi asm.Reg, n int) {
	at := g.lane0(acc)
	g.clear(lo)
	if hi != lo {
		g.clear(hi)
	}
	code, each := asm.VPINSRB, 16/acc.size
	if acc.size == 2 {
		code = asm.VPINSRW
	}
	for i := range n {
		r := lo
		if i >= each {
			r = hi
		}
		g.emit(code, r, r, at.Offset(i*acc.inner*acc.size), asm.Imm(i%each))
	}
}

// loadBytes reads n bytes, at most 16, into a register and clears the rest of it.
func (g *gen) loadBytes(dst asm.Reg, at asm.Mem, n int) {
	switch {
	case n == 16:
		g.emit(asm.VMOVUPS, dst, at)
		return
	case n >= 8:
		g.emit(asm.VMOVQ, dst, at)
	case n >= 4:
		g.emit(asm.VMOVD, dst, at)
	default:
		g.clear(dst)
	}
	done := 0
	if n >= 4 {
		done = 4 << (n / 8)
	}
	g.pieces(done, n, func(i, size int) {
		code := map[int]asm.Op{1: asm.VPINSRB, 2: asm.VPINSRW, 4: asm.VPINSRD}[size]
		g.emit(code, dst, dst, at.Offset(i), asm.Imm(i/size))
	})
}

// storeBytes writes the low n bytes of a register, at most 16, or all of a ymm register.
func (g *gen) storeBytes(at asm.Mem, x asm.Reg, n int) {
	if n >= 16 {
		g.emit(asm.VMOVUPS, at, vecOfBytes(x.Num(), n))
		return
	}
	x = x.As(asm.XMM)
	g.pieces(0, n, func(i, size int) {
		switch {
		case size == 8:
			g.emit(asm.VMOVQ, at.Offset(i), x)
		case size == 4 && i == 0:
			g.emit(asm.VMOVD, at, x)
		default:
			code := map[int]asm.Op{1: asm.VPEXTRB, 2: asm.VPEXTRW, 4: asm.VPEXTRD}[size]
			g.emit(code, at.Offset(i), x, asm.Imm(i/size))
		}
	})
}

// pieces calls f for the bytes from i to n in pieces of powers of two, aligned to their size.
func (g *gen) pieces(i, n int, f func(i, size int)) {
	for size := 8; size > 0; size /= 2 {
		for n-i >= size {
			f(i, size)
			i += size
		}
	}
}

// store writes a value.
func (g *gen) store(s *kernel.Store, acc *access) {
	g.storeLanes(g.vals[s.Inst].dt, g.use(s.Inst), acc)
}

// storeLanes writes the lanes of a register, narrowed.
func (g *gen) storeLanes(dt dtype.DType, x asm.Reg, acc *access) {
	switch {
	case acc.inner == 0:
		panic(noCode{"store without a stride"})
	case acc.inner != 1 && acc.size >= 4:
		g.isa.scatter(g, acc, x)
	case dt == dtype.Bool:
		t := g.temp(dtype.Int32).As(asm.XMM)
		g.isa.bytesFromBools(g, t, x)
		g.storeNarrow(acc, t)
	case acc.size < 4 && (acc.inner != 1 || !g.isa.storeNarrowed(g, dt, g.address(acc), x)):
		g.storeNarrow(acc, g.isa.pack(g, dt, x))
	case acc.size < 4:
	case g.masked && g.count() == 1:
		g.storeBytes(g.address(acc), x, acc.size)
	case g.masked:
		tail := g.tailFor(dt)
		g.isa.storeTail(g.a, dt.Size(), g.address(acc), x, tail)
	default:
		g.storeBytes(g.address(acc), x, g.lanes*acc.size)
	}
}

// storeNarrow writes elements of one or two bytes that lie in a register as in memory.
func (g *gen) storeNarrow(acc *access, x asm.Reg) {
	n := g.count()
	if acc.inner == 1 {
		g.storeBytes(g.address(acc), x, n*acc.size)
		return
	}
	at := g.lane0(acc)
	code, each := asm.VPEXTRB, 16/acc.size
	if acc.size == 2 {
		code = asm.VPEXTRW
	}
	for i := range n {
		if i == each {
			g.emit(g.isa.high, x.As(asm.XMM), x, asm.Imm(1))
		}
		g.emit(code, at.Offset(i*acc.inner*acc.size), x.As(asm.XMM), asm.Imm(i%each))
	}
}

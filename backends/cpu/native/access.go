package native

import (
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// access is how a view of a Map is addressed in its innermost loop.
type access struct {
	size  int // bytes of an element in memory
	ptr   int // index in gen.ptrs; -1: at a fixed place of the workspace
	disp  int // bytes from there
	inner int // stride of the innermost dimension in elements
}

// pointer is an address kept for accesses that share a buffer, dynamic offsets and outer strides.
type pointer struct {
	buf   kernel.BufID
	dyn   []kernel.Index
	outer []int   // bytes by which an outer dimension advances
	reg   asm.Reg // 0: in the frame
	slot  int
}

func (g *gen) prepareAccesses() {
	last := len(g.m.Shape) - 1
	for _, v := range g.m.Loads {
		strides := g.strides(v.Strides)
		g.loads = append(g.loads, g.newAccess(v, strides[:last], strides[last]))
	}
	for _, s := range g.m.Stores {
		strides := g.strides(s.View.Strides)
		acc := g.newAccess(s.View, strides[:last], strides[last])
		if g.row() == 1 {
			acc.inner = 1
		}
		g.stores = append(g.stores, acc)
	}
	for _, f := range g.m.Folds {
		fold := g.newFold(f)
		if g.across && g.row() == 1 {
			fold.out.inner = 1
		}
		g.folds = append(g.folds, fold)
	}
	for i := range g.ptrs {
		g.openPointer(&g.ptrs[i], i)
	}
}

// strides are those of a view, in the order of the Map's dimensions; one of size one has none.
func (g *gen) strides(of []int) []int {
	out := slices.Clone(of)
	for d := range out {
		if g.m.Shape[d] == 1 {
			out[d] = 0
		}
	}
	return out
}

func (g *gen) newAccess(v kernel.View, outer []int, inner int) access {
	buf := &g.lay.prog.Buffers[v.Buf]
	acc := access{size: buf.DType.Size(), ptr: -1, inner: inner}
	acc.disp = v.Offset * acc.size
	moves := slices.ContainsFunc(outer, func(s int) bool { return s != 0 })
	if buf.Storage == kernel.Arena && len(v.Dyn) == 0 && !moves {
		acc.disp += g.lay.bufferAddr(v.Buf)
	} else {
		acc.ptr = g.pointerFor(v, outer, acc.size)
	}
	if span := inner * acc.size * max(g.lanes, foldLanes); !fits32(acc.disp) || !fits32(acc.disp+span) || !fits32(span) {
		panic(noCode{"offsets beyond 2 GiB"})
	}
	return acc
}

func fits32(x int) bool { return x == int(int32(x)) }

// pointerFor finds or makes the pointer with this movement.
func (g *gen) pointerFor(v kernel.View, outer []int, size int) int {
	steps := make([]int, len(outer))
	for d, s := range outer {
		steps[d] = s * size
		if !fits32(steps[d] * g.m.Shape[d]) {
			panic(noCode{"strides beyond 2 GiB"})
		}
	}
	i := slices.IndexFunc(g.ptrs, func(p pointer) bool {
		return p.buf == v.Buf && slices.Equal(p.dyn, v.Dyn) && slices.Equal(p.outer, steps)
	})
	if i < 0 {
		i = len(g.ptrs)
		g.ptrs = append(g.ptrs, pointer{buf: v.Buf, dyn: v.Dyn, outer: steps})
	}
	return i
}

// openPointer computes the address for the first index of the Map.
func (g *gen) openPointer(p *pointer, i int) {
	r := rIndex
	if i < len(pointerRegs) {
		p.reg = pointerRegs[i]
		r = p.reg
	} else {
		p.slot = g.lay.slot(8, 8)
	}
	emitBase(g.a, g.lay, r, p.buf)
	for _, d := range p.dyn {
		emitIndex(g.a, g.lay, d, g.lay.prog.Buffers[p.buf].DType.Size())
		g.a.Emit(asm.ADD, r, rTmp)
	}
	if p.reg == 0 {
		g.a.Emit(asm.MOV, work(p.slot), r)
	}
}

// emitBase loads the address of a buffer's first element.
func emitBase(a *asm.Assembler, lay *layout, r asm.Reg, id kernel.BufID) {
	if lay.prog.Buffers[id].Storage == kernel.Arena {
		a.Emit(asm.LEA, r, work(lay.bufferAddr(id)))
		return
	}
	a.Emit(asm.MOV, r, work(lay.base[id]))
}

// emitIndex computes a dynamic offset in bytes into rTmp: the scalar, clamped to [0, Max], times its stride. Flags are lost.
func emitIndex(a *asm.Assembler, lay *layout, d kernel.Index, size int) {
	buf := &lay.prog.Buffers[d.Buf]
	at := work(lay.bufferAddr(d.Buf) + d.At*buf.DType.Size())
	if buf.Storage != kernel.Arena {
		a.Emit(asm.MOV, rTmp, work(lay.base[d.Buf]))
		at = asm.Mem{Base: rTmp, Disp: int32(d.At * buf.DType.Size())}
	}
	loadInteger(a, rTmp, at, buf.DType)
	nonNegative, inRange := a.NewLabel(), a.NewLabel()
	if buf.DType.IsSigned() {
		a.Emit(asm.TEST, rTmp, rTmp)
		a.Jump(asm.JNS, nonNegative)
		a.Emit(asm.XOR, rTmp.As(asm.Dword), rTmp.As(asm.Dword))
	}
	a.Bind(nonNegative)
	a.Emit(asm.CMP, rTmp, asm.Imm(d.Max))
	a.Jump(asm.JBE, inRange)
	a.Emit(asm.MOV, rTmp, asm.Imm(d.Max))
	a.Bind(inRange)
	if stride := d.Stride * size; stride != 1 {
		a.Emit(asm.IMUL, rTmp, rTmp, asm.Imm(stride))
	}
}

// loadInteger reads an integer scalar of any width into a 64-bit register.
func loadInteger(a *asm.Assembler, r asm.Reg, at asm.Mem, dt dtype.DType) {
	switch dt {
	case dtype.Int8:
		a.Emit(asm.MOVSX, r, at.Sized(1))
	case dtype.Int16:
		a.Emit(asm.MOVSX, r, at.Sized(2))
	case dtype.Int32:
		a.Emit(asm.MOVSXD, r, at.Sized(4))
	case dtype.Uint8, dtype.Bool:
		a.Emit(asm.MOVZX, r.As(asm.Dword), at.Sized(1))
	case dtype.Uint16:
		a.Emit(asm.MOVZX, r.As(asm.Dword), at.Sized(2))
	case dtype.Uint32:
		a.Emit(asm.MOV, r.As(asm.Dword), at)
	default:
		a.Emit(asm.MOV, r, at)
	}
}

// advancePointers moves the pointers by n rows of an outer dimension.
func (g *gen) advancePointers(dim, n int) {
	for i := range g.ptrs {
		p := &g.ptrs[i]
		if dim >= len(p.outer) || p.outer[dim] == 0 {
			continue
		}
		step := asm.Imm(n * p.outer[dim])
		if p.reg != 0 {
			g.a.Emit(asm.ADD, p.reg, step)
		} else {
			g.a.Emit(asm.ADD, work(p.slot).Sized(8), step)
		}
	}
}

// address is the memory of the access at the current index (with its innermost stride 0 or 1).
func (g *gen) address(acc *access) asm.Mem {
	m := asm.Mem{Base: rWork, Disp: int32(acc.disp)}
	if acc.ptr >= 0 {
		m.Base = g.pointerReg(acc.ptr)
	}
	if acc.inner == 1 {
		m.Index, m.Scale = rIndex, uint8(acc.size)
		m.Disp += int32(g.shift * acc.size)
	}
	return m
}

func (g *gen) pointerReg(i int) asm.Reg {
	p := &g.ptrs[i]
	if p.reg != 0 {
		return p.reg
	}
	g.a.Emit(asm.MOV, rTmp, work(p.slot))
	return rTmp
}

// lane0 is the memory of the first lane of an access with any stride. The address lies in rTmp.
func (g *gen) lane0(acc *access) asm.Mem {
	step := acc.inner * acc.size
	g.a.Emit(asm.IMUL, rTmp, rIndex, asm.Imm(step))
	if acc.ptr < 0 {
		g.a.Emit(asm.ADD, rTmp, rWork)
	} else if p := &g.ptrs[acc.ptr]; p.reg != 0 {
		g.a.Emit(asm.ADD, rTmp, p.reg)
	} else {
		g.a.Emit(asm.ADD, rTmp, work(p.slot))
	}
	return asm.Mem{Base: rTmp, Disp: int32(acc.disp + g.shift*step)}
}

// strided is the memory operand of a gather or scatter: all lanes of an access. The byte offsets of the lanes are put in a register
// of 32-bit lanes.
func (g *gen) strided(acc *access, offsets asm.Reg) asm.Mem {
	at := g.lane0(acc)
	step := acc.inner * acc.size
	g.a.Emit(asm.VMOVUPS, offsets, g.vector(dtype.Int32, func(i int) uint64 { return uint64(uint32(i * step)) }))
	at.Index, at.Scale = offsets, 1
	return at
}

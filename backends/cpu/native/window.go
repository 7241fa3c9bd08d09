package native

import (
	"fmt"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// windowWalk emits the loop over rows of indices of a Gather or Scatter, and those over the dimensions of a window down to runs of elements that
// follow each other, both in the window and in its row.
//
//	RSI indices   RDI rows   R8 the array   R9 rows left   R10 start of the window in the array
type windowWalk struct {
	*compiler
	w       *kernel.Windows
	rows    kernel.View
	window  kernel.View
	size    int // of an element
	n       int // elements of a run
	outer   int // dimensions of a window that runs do not cover
	dropOut bool
	tail    asm.Reg // mask of the last vector of a run
}

func (c *compiler) newWalk(w *kernel.Windows, rows, window kernel.View) (*windowWalk, error) {
	k := &windowWalk{compiler: c, w: w, rows: rows, window: window, size: c.prog.Buffers[window.Buf].DType.Size(), n: 1, outer: len(window.Shape)}
	if k.size > 8 {
		return nil, fmt.Errorf("windows of elements of %d bytes", k.size)
	}
	for d := k.outer - 1; d >= 0; d-- {
		if extent := window.Shape[d]; extent != 1 {
			if window.Strides[d] != k.n || rows.Strides[d+1] != k.n {
				break
			}
			k.n *= extent
		}
		k.outer = d
	}
	return k, nil
}

// each emits the loops; body finds a run of the window at R10 and of its row at RDI.
func (k *windowWalk) each(body func()) {
	a := k.a
	k.pointer(asm.RSI, k.w.Index)
	k.pointer(asm.RDI, k.rows)
	k.pointer(asm.R8, k.window)
	a.Emit(asm.MOV, asm.R9, asm.Imm(k.w.Index.Shape[0]))
	if rest := k.n % k.lanes(); k.n > 1 && k.size >= 4 && rest != 0 {
		k.tail = k.isa.tailReg(2, 2, k.isa.bytes)
		k.isa.tailMask(a, k.tail, rest, k.size)
	}
	top, next := a.Here(), a.NewLabel()
	a.Emit(asm.MOV, asm.R10, asm.R8)
	for j := range k.w.Max {
		k.component(j, next)
	}
	k.runs(0, body)
	a.Bind(next)
	index := k.prog.Buffers[k.w.Index.Buf].DType.Size()
	a.Emit(asm.ADD, asm.RSI, asm.Imm(k.w.Index.Strides[0]*index))
	a.Emit(asm.ADD, asm.RDI, asm.Imm(k.rows.Strides[0]*k.size))
	a.Emit(asm.DEC, asm.R9)
	a.Jump(asm.JNE, top)
}

// runs emits the loops over the dimensions of a window from d on.
func (k *windowWalk) runs(d int, body func()) {
	if d == k.outer {
		body()
		return
	}
	n, row, window := k.window.Shape[d], k.rows.Strides[d+1]*k.size, k.window.Strides[d]*k.size
	if n == 1 {
		k.runs(d+1, body)
		return
	}
	left := work(k.lay.slot(8, 8)).Sized(8)
	k.a.Emit(asm.MOV, left, asm.Imm(n))
	top := k.a.Here()
	k.runs(d+1, body)
	k.a.Emit(asm.ADD, asm.RDI, asm.Imm(row))
	k.a.Emit(asm.ADD, asm.R10, asm.Imm(window))
	k.a.Emit(asm.DEC, left)
	k.a.Jump(asm.JNE, top)
	k.a.Emit(asm.SUB, asm.RDI, asm.Imm(n*row))
	k.a.Emit(asm.SUB, asm.R10, asm.Imm(n*window))
}

// component adds index j to the window's address: clamped, or leaving the row out if it does not fit.
func (k *windowWalk) component(j int, skip asm.Label) {
	a := k.a
	dt := k.prog.Buffers[k.w.Index.Buf].DType
	loadInteger(a, asm.RAX, asm.Mem{Base: asm.RSI, Disp: int32(j * k.w.Index.Strides[1] * dt.Size())}, dt)
	if k.dropOut {
		a.Emit(asm.MOV, asm.RDX, asm.Imm(k.w.Max[j]))
		a.Emit(asm.CMP, asm.RAX, asm.RDX)
		a.Jump(asm.JA, skip) // as unsigned numbers: negative ones are too large
	} else {
		a.Emit(asm.XOR, asm.EDX, asm.EDX)
		if dt.IsSigned() {
			a.Emit(asm.TEST, asm.RAX, asm.RAX)
			a.Emit(asm.CMOVS, asm.RAX, asm.RDX)
		}
		a.Emit(asm.MOV, asm.RDX, asm.Imm(k.w.Max[j]))
		a.Emit(asm.CMP, asm.RAX, asm.RDX)
		a.Emit(asm.CMOVA, asm.RAX, asm.RDX)
	}
	a.Emit(asm.IMUL, asm.RAX, asm.RAX, asm.Imm(k.w.Stride[j]*k.size))
	a.Emit(asm.ADD, asm.R10, asm.RAX)
}

func (k *windowWalk) lanes() int { return k.isa.bytes / k.size }

// vectors emits step for each vector of a window; the last one may be partial.
func (k *windowWalk) vectors(step func(offset asm.Mem, masked bool)) {
	a := k.a
	main := k.n - k.n%k.lanes()
	at := asm.Mem{Index: asm.RCX, Scale: uint8(k.size)}
	a.Emit(asm.XOR, asm.ECX, asm.ECX)
	if main > 0 {
		top := a.Here()
		step(at, false)
		a.Emit(asm.ADD, asm.RCX, asm.Imm(k.lanes()))
		a.Emit(asm.CMP, asm.RCX, asm.Imm(main))
		a.Jump(asm.JL, top)
	}
	if main < k.n {
		step(at, true)
	}
}

func based(m asm.Mem, base asm.Reg) asm.Mem { m.Base = base; return m }

// gather emits a Gather.
func (c *compiler) gather(s *kernel.Gather) error {
	k, err := c.newWalk(&s.Windows, s.Dst, s.Src)
	if err != nil {
		return err
	}
	k.each(func() { k.copyRun(asm.RDI, asm.R10) })
	return nil
}

// copyRun copies a run.
func (k *windowWalk) copyRun(to, from asm.Reg) {
	switch {
	case k.n == 1 || k.size < 4:
		k.copyBytes(to, from, k.n*k.size)
	default:
		k.vectors(func(at asm.Mem, masked bool) {
			k.load(0, based(at, from), masked)
			k.store(based(at, to), 0, masked)
		})
	}
}

// copyBytes copies vectors of bytes, and what is left in pieces.
func (k *windowWalk) copyBytes(to, from asm.Reg, n int) {
	a, wide := k.a, k.isa.bytes
	main := n - n%wide
	if main > 0 {
		at := asm.Mem{Index: asm.RCX, Scale: 1}
		a.Emit(asm.XOR, asm.ECX, asm.ECX)
		top := a.Here()
		a.Emit(asm.VMOVUPS, k.vec(0), based(at, from))
		a.Emit(asm.VMOVUPS, based(at, to), k.vec(0))
		a.Emit(asm.ADD, asm.RCX, asm.Imm(wide))
		a.Emit(asm.CMP, asm.RCX, asm.Imm(main))
		a.Jump(asm.JL, top)
	}
	for at, piece := main, wide; at < n; {
		for at+piece > n {
			piece /= 2
		}
		r, move := vecOfBytes(0, piece), asm.VMOVUPS
		if part := map[int]asm.Reg{1: asm.AL, 2: asm.AX, 4: asm.EAX, 8: asm.RAX}[piece]; part != 0 {
			r, move = part, asm.MOV
		}
		a.Emit(move, r, asm.Mem{Base: from, Disp: int32(at)})
		a.Emit(move, asm.Mem{Base: to, Disp: int32(at)}, r)
		at += piece
	}
}

func (k *windowWalk) vec(r int) asm.Reg { return vecOfBytes(r, k.isa.bytes) }

func (k *windowWalk) load(r int, at asm.Mem, masked bool) {
	if masked {
		k.isa.loadTail(k.a, k.size, k.vec(r), at, k.tail)
	} else {
		k.a.Emit(asm.VMOVUPS, k.vec(r), at)
	}
}

func (k *windowWalk) store(at asm.Mem, r int, masked bool) {
	if masked {
		k.isa.storeTail(k.a, k.size, at, k.vec(r), k.tail)
	} else {
		k.a.Emit(asm.VMOVUPS, at, k.vec(r))
	}
}

// scatter emits a Scatter that overwrites or adds.
func (c *compiler) scatter(s *kernel.Scatter) error {
	k, err := c.newWalk(&s.Windows, s.Updates, s.Dst)
	if err != nil {
		return err
	}
	dt := c.prog.Buffers[s.Dst.Buf].DType
	if s.Combine != ir.OpInvalid && s.Combine != op.AddID {
		return fmt.Errorf("scatter by %s", s.Combine)
	}
	k.dropOut = true
	k.each(func() {
		switch {
		case s.Combine == ir.OpInvalid:
			k.copyRun(asm.R10, asm.RDI)
		case k.n == 1:
			k.addOne(dt)
		default:
			k.vectors(func(at asm.Mem, masked bool) {
				k.load(0, based(at, asm.RDI), masked)
				k.load(1, based(at, asm.R10), masked)
				c.a.Emit(addOps[laneOf(dt)], k.vec(0), k.vec(1), k.vec(0))
				k.store(based(at, asm.R10), 0, masked)
			})
		}
	})
	return nil
}

// addOne adds a single element.
func (k *windowWalk) addOne(dt dtype.DType) {
	a := k.a
	from, to := asm.Mem{Base: asm.RDI}, asm.Mem{Base: asm.R10}
	if dt.IsFloat() {
		mov, add := asm.VMOVSS, asm.VADDSS
		if k.size == 8 {
			mov, add = asm.VMOVSD, asm.VADDSD
		}
		a.Emit(mov, asm.X(0), to)
		a.Emit(add, asm.X(0), asm.X(0), from)
		a.Emit(mov, to, asm.X(0))
		return
	}
	r := asm.RAX
	if k.size == 4 {
		r = asm.EAX
	}
	a.Emit(asm.MOV, r, from)
	a.Emit(asm.ADD, r, to)
	a.Emit(asm.MOV, to, r)
}

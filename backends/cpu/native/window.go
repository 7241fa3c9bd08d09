package native

import (
	"fmt"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// windowWalk emits the loop over rows of indices of a Gather or Scatter.
//
//	RSI indices   RDI rows   R8 the array   R9 rows left   R10 start of the window in the array
type windowWalk struct {
	*compiler
	w       *kernel.Windows
	rows    kernel.View
	window  kernel.View
	size    int // of an element
	n       int // elements of a window, which follow each other
	dropOut bool
	tail    asm.Reg // mask of the last vector of a window
}

func (c *compiler) newWalk(w *kernel.Windows, rows, window kernel.View) (*windowWalk, error) {
	size := c.prog.Buffers[window.Buf].DType.Size()
	if !window.Contiguous() || !(&kernel.View{Shape: rows.Shape[1:], Strides: rows.Strides[1:]}).Contiguous() {
		return nil, fmt.Errorf("windows with strides")
	}
	if size != 4 && size != 8 {
		return nil, fmt.Errorf("windows of elements of %d bytes", size)
	}
	return &windowWalk{compiler: c, w: w, rows: rows, window: window, size: size, n: window.Size()}, nil
}

// each emits the loop; body finds the window at R10 and its row at RDI.
func (k *windowWalk) each(body func()) {
	a := k.a
	k.pointer(asm.RSI, k.w.Index)
	k.pointer(asm.RDI, k.rows)
	k.pointer(asm.R8, k.window)
	a.Emit(asm.MOV, asm.R9, asm.Imm(k.w.Index.Shape[0]))
	if rest := k.n % k.lanes(); k.n > 1 && rest != 0 {
		k.tail = k.isa.tailReg(2, 2, k.isa.bytes)
		k.isa.tailMask(a, k.tail, rest, k.size)
	}
	top, next := a.Here(), a.NewLabel()
	a.Emit(asm.MOV, asm.R10, asm.R8)
	for j := range k.w.Max {
		k.component(j, next)
	}
	body()
	a.Bind(next)
	index := k.prog.Buffers[k.w.Index.Buf].DType.Size()
	a.Emit(asm.ADD, asm.RSI, asm.Imm(k.w.Index.Strides[0]*index))
	a.Emit(asm.ADD, asm.RDI, asm.Imm(k.rows.Strides[0]*k.size))
	a.Emit(asm.DEC, asm.R9)
	a.Jump(asm.JNE, top)
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
	k.each(func() {
		if k.n == 1 {
			r := asm.RAX
			if k.size == 4 {
				r = asm.EAX
			}
			c.a.Emit(asm.MOV, r, asm.Mem{Base: asm.R10})
			c.a.Emit(asm.MOV, asm.Mem{Base: asm.RDI}, r)
			return
		}
		k.vectors(func(at asm.Mem, masked bool) {
			k.load(0, based(at, asm.R10), masked)
			k.store(based(at, asm.RDI), 0, masked)
		})
	})
	return nil
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
		if k.n == 1 {
			k.scatterOne(s.Combine, dt)
			return
		}
		k.vectors(func(at asm.Mem, masked bool) {
			k.load(0, based(at, asm.RDI), masked)
			if s.Combine == op.AddID {
				k.load(1, based(at, asm.R10), masked)
				c.a.Emit(addOps[laneOf(dt)], k.vec(0), k.vec(1), k.vec(0))
			}
			k.store(based(at, asm.R10), 0, masked)
		})
	})
	return nil
}

// scatterOne combines a single element.
func (k *windowWalk) scatterOne(combine ir.OpID, dt dtype.DType) {
	a := k.a
	from, to := asm.Mem{Base: asm.RDI}, asm.Mem{Base: asm.R10}
	if combine == op.AddID && dt.IsFloat() {
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
	if combine == op.AddID {
		a.Emit(asm.ADD, r, to)
	}
	a.Emit(asm.MOV, to, r)
}

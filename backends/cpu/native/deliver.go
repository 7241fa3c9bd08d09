package native

import (
	"fmt"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// deliver emits event delivery in two rounds: the rows with an event are listed, 64 events tested at a time, or a vector where they are
// numbers; then each listed row is added, times its event if that is a number, while the head of the next one is fetched.
//
//	RSI events   RDI list   R8 row pointers   R9 targets   R10 accumulator   R11 weights   R13 events that are numbers
//	XMM0 the weight for all, XMM3 before it is multiplied by the event in XMM4
func (c *compiler) deliver(s *kernel.Deliver) error {
	bufs := c.prog.Buffers
	acc, events := bufs[s.Acc.Buf].DType, bufs[s.Events.Buf].DType
	switch {
	case acc != dtype.Float32 && acc != dtype.Float64:
		return fmt.Errorf("events into %s", acc)
	case events != dtype.Bool && events != acc:
		return fmt.Errorf("events of %s", events)
	case bufs[s.IndPtr.Buf].DType != dtype.Int32:
		return fmt.Errorf("row pointers of %s", bufs[s.IndPtr.Buf].DType)
	}
	pre, post := s.Events.Size(), s.Acc.Size()
	if pre == 0 || post == 0 {
		return nil
	}
	d := &delivery{compiler: c, s: s, acc: acc, scaled: events != dtype.Bool, bad: c.a.NewLabel()}
	c.a.Comment("deliver events")
	d.openPointers()
	if len(s.Lists) > 0 {
		d.joinLists()
	} else {
		d.listEvents(events, pre, 0)
	}
	d.addRows(post)
	return nil
}

// list emits the first round alone.
//
//	RSI events   RDI list   RDX its end
func (c *compiler) list(s *kernel.List) error {
	c.a.Comment("list events")
	d := &delivery{compiler: c}
	d.pointer(asm.RDI, s.Dst)
	d.a.Emit(asm.ADD, asm.RDI, asm.Imm(4))
	d.a.Emit(asm.MOV, asm.RDX, asm.RDI)
	if n := s.Events.Size(); n > 0 {
		d.pointer(asm.RSI, s.Events)
		d.listEvents(c.prog.Buffers[s.Events.Buf].DType, n, s.Row)
	}
	d.a.Emit(asm.SUB, asm.RDX, asm.RDI)
	d.a.Emit(asm.SHR, asm.RDX, asm.Imm(2))
	d.a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Disp: -4}, asm.EDX)
	return nil
}

// joinLists copies the lists of all parts, one behind the other, to RDI, and leaves the end in RDX.
func (d *delivery) joinLists() {
	a := d.a
	a.Emit(asm.MOV, asm.RDX, asm.RDI)
	for _, l := range d.s.Lists {
		d.pointer(asm.RSI, l)
		end := a.NewLabel()
		a.Emit(asm.MOV, asm.ECX, asm.Mem{Base: asm.RSI})
		a.Emit(asm.LEA, asm.RBX, asm.Mem{Base: asm.RDX, Index: asm.RCX, Scale: 4})
		a.Emit(asm.TEST, asm.ECX, asm.ECX)
		a.Jump(asm.JE, end)
		top := a.Here()
		a.Emit(asm.MOV, asm.EAX, asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: 4})
		a.Emit(asm.MOV, asm.Mem{Base: asm.RDX, Index: asm.RCX, Scale: 4, Disp: -4}, asm.EAX)
		a.Emit(asm.DEC, asm.RCX)
		a.Jump(asm.JNE, top)
		a.Bind(end)
		a.Emit(asm.MOV, asm.RDX, asm.RBX)
	}
}

type delivery struct {
	*compiler
	s      *kernel.Deliver
	acc    dtype.DType
	scaled bool      // the events are numbers
	bad    asm.Label // where malformed connections go
}

// openPointers loads the addresses of all operands.
func (d *delivery) openPointers() {
	d.pointer(asm.RSI, d.s.Events)
	if d.scaled {
		d.a.Emit(asm.MOV, asm.R13, asm.RSI)
	}
	d.pointer(asm.R8, d.s.IndPtr)
	d.pointer(asm.R9, d.s.Indices)
	d.pointer(asm.R10, d.s.Acc)
	d.pointer(asm.R11, d.s.Weights)
	d.a.Emit(asm.LEA, asm.RDI, work(d.lay.scratch(4*(d.s.Events.Size()+16))))
}

// pointer loads the address of a view's first element.
func (c *compiler) pointer(r asm.Reg, v kernel.View) {
	size := c.prog.Buffers[v.Buf].DType.Size()
	emitBase(c.a, c.lay, r, v.Buf)
	if v.Offset != 0 {
		c.a.Emit(asm.ADD, r, asm.Imm(v.Offset*size))
	}
	for _, i := range v.Dyn {
		emitIndex(c.a, c.lay, i, size)
		c.a.Emit(asm.ADD, r, rTmp)
	}
}

// listEvents writes the numbers of the rows with an event to the list at RDI and leaves the end of the list in RDX. The first row is number
// row.
func (d *delivery) listEvents(events dtype.DType, pre, row int) {
	a := d.a
	a.Emit(asm.MOV, asm.RDX, asm.RDI)
	a.Emit(asm.XOR, asm.ECX, asm.ECX)
	if events != dtype.Bool {
		d.listNumbers(events.Size(), pre, row)
		return
	}
	main := pre - pre%64
	if main > 0 {
		top, next := a.Here(), a.NewLabel()
		d.testEvents(0, 64)
		a.Jump(asm.JE, next)
		d.appendBits(row)
		a.Bind(next)
		a.Emit(asm.ADD, asm.RCX, asm.Imm(64))
		a.Emit(asm.CMP, asm.RCX, asm.Imm(main))
		a.Jump(asm.JL, top)
	}
	if rest := pre - main; rest > 0 {
		done := a.NewLabel()
		d.testEvents(main, rest)
		a.Jump(asm.JE, done)
		d.appendBits(row)
		a.Bind(done)
	}
}

// listNumbers is listEvents for events of so many bytes that are numbers: of either zero there is none. RCX begins as 0.
func (d *delivery) listNumbers(size, pre, row int) {
	a := d.a
	lanes := d.isa.bytes / size
	elems, magnitude := vecOfBytes(1, d.isa.bytes), vecOfBytes(0, d.isa.bytes)
	at := asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: uint8(size)}
	main := pre - pre%lanes
	if main > 0 {
		d.magnitudeMask(magnitude, size)
		top, next := a.Here(), a.NewLabel()
		a.Emit(asm.VMOVUPS, elems, at)
		d.bitsOfNumbers(elems, magnitude, size)
		a.Jump(asm.JE, next)
		d.appendBits(row)
		a.Bind(next)
		a.Emit(asm.ADD, asm.RCX, asm.Imm(lanes))
		a.Emit(asm.CMP, asm.RCX, asm.Imm(main))
		a.Jump(asm.JL, top)
	}
	if main == pre {
		return
	}
	top, next := a.Here(), a.NewLabel()
	bits := asm.RAX.As(asm.Dword)
	if size == 8 {
		bits = asm.RAX
	}
	a.Emit(asm.MOV, bits, at)
	a.Emit(asm.ADD, bits, bits) // without the sign
	a.Jump(asm.JE, next)
	a.Emit(asm.LEA, asm.RBX, asm.Mem{Base: asm.RCX, Disp: int32(row)})
	a.Emit(asm.MOV, asm.Mem{Base: asm.RDX}, asm.EBX)
	a.Emit(asm.ADD, asm.RDX, asm.Imm(4))
	a.Bind(next)
	a.Emit(asm.INC, asm.RCX)
	a.Emit(asm.CMP, asm.RCX, asm.Imm(pre))
	a.Jump(asm.JL, top)
}

// magnitudeMask sets all bits but the signs.
func (d *delivery) magnitudeMask(r asm.Reg, size int) {
	if size == 8 {
		d.a.Emit(asm.VPBROADCASTQ, r, d.a.Const([]byte{255, 255, 255, 255, 255, 255, 255, 127}, 8).Mem())
	} else {
		d.a.Emit(asm.VPBROADCASTD, r, d.a.Const([]byte{255, 255, 255, 127}, 4).Mem())
	}
}

// bitsOfNumbers gathers which elements are not zero into the bits of RAX, and tests them.
func (d *delivery) bitsOfNumbers(elems, magnitude asm.Reg, size int) {
	a, lanes := d.a, d.isa.bytes/size
	if d.isa.masks > 0 {
		test := asm.VPTESTMD
		if size == 8 {
			test = asm.VPTESTMQ
		}
		a.Emit(test, asm.K(1), elems, magnitude)
		a.Emit(asm.KMOVW, asm.EAX, asm.K(1))
		a.Emit(asm.TEST, asm.EAX, asm.EAX)
		return
	}
	zero := vecOfBytes(2, d.isa.bytes)
	a.Emit(asm.VPAND, elems, elems, magnitude)
	a.Emit(asm.VPXOR, zero, zero, zero)
	if size == 8 {
		a.Emit(asm.VPCMPEQQ, elems, elems, zero)
		a.Emit(asm.VMOVMSKPD, asm.EAX, elems)
	} else {
		a.Emit(asm.VPCMPEQD, elems, elems, zero)
		a.Emit(asm.VMOVMSKPS, asm.EAX, elems)
	}
	a.Emit(asm.XOR, asm.EAX, asm.Imm(1<<lanes-1))
}

// testEvents gathers n flags from [RSI+RCX] into the bits of RAX and tests them. There are at least so many flags before them.
func (d *delivery) testEvents(before, n int) {
	d.bitsOf(before, n)
	d.a.Emit(asm.TEST, asm.RAX, asm.RAX)
}

// appendBits appends RCX + i + row for each set bit i of RAX (not zero) to the list at RDX.
func (c *compiler) appendBits(row int) {
	a := c.a
	top := a.Here()
	a.Emit(asm.TZCNT, asm.RBX, asm.RAX)
	a.Emit(asm.LEA, asm.RBX, asm.Mem{Base: asm.RBX, Index: asm.RCX, Scale: 1, Disp: int32(row)})
	a.Emit(asm.MOV, asm.Mem{Base: asm.RDX}, asm.EBX)
	a.Emit(asm.ADD, asm.RDX, asm.Imm(4))
	a.Emit(asm.BLSR, asm.RAX, asm.RAX)
	a.Jump(asm.JNE, top)
}

// addRows adds the weights of each listed row. A row or a target outside of its array ends the run with an error.
func (d *delivery) addRows(post int) {
	a := d.a
	done := a.NewLabel()
	size := d.acc.Size()
	equal := d.s.Weights.Size() == 1 && len(d.s.Weights.Shape) == 0
	one := asm.X(0)
	if d.scaled {
		one = asm.X(3)
	}
	if equal {
		d.loadWeight(one, asm.Mem{Base: asm.R11})
	}
	d.chargeRows()
	rows := a.Here()
	a.Emit(asm.CMP, asm.RDI, asm.RDX)
	a.Jump(asm.JAE, done)
	a.Emit(asm.MOV, asm.EBX, asm.Mem{Base: asm.RDI})
	if d.scaled {
		d.loadWeight(asm.X(4), asm.Mem{Base: asm.R13, Index: asm.RBX, Scale: uint8(size)})
		if equal {
			d.scale(asm.X(0), one)
		}
	}
	d.prefetchNext()
	a.Emit(asm.ADD, asm.RDI, asm.Imm(4))
	d.rowBounds(asm.R8, asm.RBX, d.s.Indices.Size(), d.bad)
	d.rowPointers(size, equal)
	d.addSynapses(post, size, equal)
	a.Jump(asm.JMP, rows)
	a.Bind(d.bad)
	d.fail("event delivery: a row or target lies outside of its array: check indptr and indices")
	a.Bind(done)
}

// chargeRows takes what the listed rows will cost from the budget: the loop around knows only what few events cost.
func (d *delivery) chargeRows() {
	if d.part != nil && d.part.helpers { // the budget is the program's
		return
	}
	perRow := max((5+d.s.Indices.Size()/d.s.Events.Size()/2)/4, 1) // nanoseconds by the four bytes of a row in the list
	d.a.Emit(asm.MOV, asm.RAX, asm.RDX)
	d.a.Emit(asm.SUB, asm.RAX, asm.RDI)
	d.a.Emit(asm.IMUL, asm.RAX, asm.RAX, asm.Imm(perRow))
	d.a.Emit(asm.SUB, work(offBudget).Sized(8), asm.RAX)
}

// prefetchNext asks for the first lines of the row after this one.
func (d *delivery) prefetchNext() {
	a := d.a
	last := a.NewLabel()
	a.Emit(asm.LEA, asm.RAX, asm.Mem{Base: asm.RDI, Disp: 4})
	a.Emit(asm.CMP, asm.RAX, asm.RDX)
	a.Jump(asm.JAE, last)
	a.Emit(asm.MOV, asm.EAX, asm.Mem{Base: asm.RAX})
	a.Emit(asm.MOVSXD, asm.RAX, asm.Mem{Base: asm.R8, Index: asm.RAX, Scale: 4}.Sized(4))
	width := d.prog.Buffers[d.s.Indices.Buf].DType.Size()
	for line := range prefetchLines {
		a.Emit(asm.PREFETCHT0, asm.Mem{Base: asm.R9, Index: asm.RAX, Scale: uint8(width), Disp: int32(64 * line)}.Sized(1))
	}
	a.Bind(last)
}

// prefetchLines covers a row of about 80 targets of four bytes, as many as fetching ahead pays for.
const prefetchLines = 6

// rowPointers turns the start of a row in RCX into the address of its targets in RSI and of its weights in R12.
func (d *delivery) rowPointers(size int, equal bool) {
	width := d.prog.Buffers[d.s.Indices.Buf].DType.Size()
	d.a.Emit(asm.LEA, asm.RSI, asm.Mem{Base: asm.R9, Index: asm.RCX, Scale: uint8(width)})
	if !equal {
		d.a.Emit(asm.LEA, asm.R12, asm.Mem{Base: asm.R11, Index: asm.RCX, Scale: uint8(size)})
	}
}

// addSynapses adds RBX weights to the targets at RSI, four at a time.
func (d *delivery) addSynapses(post, size int, equal bool) {
	a := d.a
	const unroll = 4
	width := d.prog.Buffers[d.s.Indices.Buf].DType.Size()
	single, end := a.NewLabel(), a.NewLabel()
	a.Emit(asm.SUB, asm.RBX, asm.Imm(unroll))
	a.Jump(asm.JL, single)
	top := a.Here()
	for i := range unroll {
		d.addSynapse(post, i, size, width, equal)
	}
	a.Emit(asm.ADD, asm.RSI, asm.Imm(unroll*width))
	if !equal {
		a.Emit(asm.ADD, asm.R12, asm.Imm(unroll*size))
	}
	a.Emit(asm.SUB, asm.RBX, asm.Imm(unroll))
	a.Jump(asm.JGE, top)
	a.Bind(single)
	a.Emit(asm.ADD, asm.RBX, asm.Imm(unroll))
	a.Jump(asm.JE, end)
	one := a.Here()
	d.addSynapse(post, 0, size, width, equal)
	a.Emit(asm.ADD, asm.RSI, asm.Imm(width))
	if !equal {
		a.Emit(asm.ADD, asm.R12, asm.Imm(size))
	}
	a.Emit(asm.DEC, asm.RBX)
	a.Jump(asm.JNE, one)
	a.Bind(end)
}

// addSynapse adds one weight.
func (d *delivery) addSynapse(post, i, size, width int, equal bool) {
	a := d.a
	at := asm.Mem{Base: asm.RSI, Disp: int32(i * width)}
	if width == 2 {
		a.Emit(asm.MOVZX, asm.EAX, at.Sized(2))
	} else {
		a.Emit(asm.MOV, asm.EAX, at)
	}
	if width != 2 || post < 1<<16 {
		a.Emit(asm.CMP, asm.EAX, asm.Imm(post))
		a.Jump(asm.JAE, d.bad)
	}
	cell := asm.Mem{Base: asm.R10, Index: asm.RAX, Scale: uint8(size)}
	w := asm.X(0)
	if !equal {
		w = asm.X(2)
		d.loadWeight(w, asm.Mem{Base: asm.R12, Disp: int32(i * size)})
		if d.scaled {
			d.scale(w, w)
		}
	}
	if size == 8 {
		a.Emit(asm.VADDSD, asm.X(1), w, cell)
		a.Emit(asm.VMOVSD, cell, asm.X(1))
	} else {
		a.Emit(asm.VADDSS, asm.X(1), w, cell)
		a.Emit(asm.VMOVSS, cell, asm.X(1))
	}
}

// scale multiplies a weight by the event of the row.
func (d *delivery) scale(dst, weight asm.Reg) {
	if d.acc.Size() == 8 {
		d.a.Emit(asm.VMULSD, dst, weight, asm.X(4))
	} else {
		d.a.Emit(asm.VMULSS, dst, weight, asm.X(4))
	}
}

func (d *delivery) loadWeight(r asm.Reg, at asm.Mem) {
	if d.acc.Size() == 8 {
		d.a.Emit(asm.VMOVSD, r, at)
	} else {
		d.a.Emit(asm.VMOVSS, r, at)
	}
}

package native

import (
	"fmt"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// A line is sorted as records of eight bytes: a word of the key, turned such that words order as the numbers do, above the place of the element
// in the line. Words are sorted one after the other, the least important first, each time without changing the order of equal ones: the last
// key before the first, the lower half of a key of 64 bits before the upper. What the records end up with is where each element of the
// result comes from.
//
//	for each line
//	    for each word: records from the places so far; insertion, or one pass of counting for each byte
//	    for each operand: result[i] = operand[place of record i]
//
// State between the loops is in the frame, so long sorts yield. In the loops:
//
//	RDI records   R8 the other records   R9 counts   RSI elements   R10 result   RCX index
type sorter struct {
	*compiler
	keys          []sortKey
	n             int
	operands      []sortOperand
	cur, other    int // frame slots: the address of the records, of as many others
	at, limit     int // frame slots of a loop that is left now and then
	counts        int // workspace offset
	recordsOffset int
}

// sortKey is a key operand.
type sortKey struct {
	operand int
	dt      dtype.DType
	down    bool
}

// sortOperand is an operand and its result, as lines along the last dimension; from and to are frame slots with the address of a line.
type sortOperand struct {
	in, out  kernel.View
	size     int
	from, to int
}

const (
	insertionLength = 40      // up to here insertion is faster than counting
	countBytes      = 4 * 256 // of the counts for one byte of a word
	sortChunk       = 1 << 17 // elements between two polls
)

// sort emits an op.SortID.
func (c *compiler) sort(s *kernel.Eval) error {
	a := s.Node.Attrs.(op.SortAttrs)
	if s.In[0].Size() == 0 {
		return nil
	}
	k := &sorter{compiler: c, n: s.In[0].Shape[a.Dim]}
	for i := range s.In {
		dt := s.Node.Inputs[i].Type.DType
		if i < a.Keys {
			if dt.IsNarrow() {
				return fmt.Errorf("sort of %s", dt)
			}
			k.keys = append(k.keys, sortKey{i, dt, a.Descending[i]})
		}
		size := c.prog.Buffers[s.In[i].Buf].DType.Size()
		if size > 8 {
			return fmt.Errorf("sort of elements of %d bytes", size)
		}
		k.operands = append(k.operands, sortOperand{in: s.In[i].Line(a.Dim, false), out: s.Out[i].Line(a.Dim, false), size: size,
			from: c.lay.slot(8, 8), to: c.lay.slot(8, 8)})
	}
	k.cur, k.other, k.at, k.limit = c.lay.slot(8, 8), c.lay.slot(8, 8), c.lay.slot(8, 8), c.lay.slot(8, 8)
	if k.n >= 1<<26 {
		return fmt.Errorf("sort of lines of %d elements", k.n)
	}
	k.counts = c.lay.scratch(4*countBytes + 16*k.n)
	k.recordsOffset = k.counts + 4*countBytes
	c.a.Comment(fmt.Sprintf("sort of %d elements", k.n))
	for _, o := range k.operands {
		c.pointer(asm.RAX, o.in)
		c.a.Emit(asm.MOV, work(o.from), asm.RAX)
		c.pointer(asm.RAX, o.out)
		c.a.Emit(asm.MOV, work(o.to), asm.RAX)
	}
	k.lines(0)
	return nil
}

// lines emits the loops over the dimensions from d on, but the last, around a line.
func (k *sorter) lines(d int) {
	shape := k.operands[0].in.Shape
	if d == len(shape)-1 {
		k.line()
		return
	}
	counter := work(k.lay.slot(8, 8)).Sized(8)
	k.a.Emit(asm.MOV, counter, asm.Imm(shape[d]))
	top := k.a.Here()
	k.lines(d + 1)
	k.advance(d, 1)
	k.a.Emit(asm.DEC, counter)
	k.a.Jump(asm.JNE, top)
	k.advance(d, -shape[d])
}

// advance moves all lines by n along a dimension.
func (k *sorter) advance(d, n int) {
	for _, o := range k.operands {
		for _, m := range []struct{ slot, stride int }{{o.from, o.in.Strides[d]}, {o.to, o.out.Strides[d]}} {
			k.a.Emit(asm.MOV, asm.RAX, asm.Imm(n*m.stride*o.size))
			k.a.Emit(asm.ADD, work(m.slot), asm.RAX)
		}
	}
}

// line sorts one line.
func (k *sorter) line() {
	k.a.Emit(asm.LEA, asm.RAX, work(k.recordsOffset))
	k.a.Emit(asm.MOV, work(k.cur), asm.RAX)
	k.a.Emit(asm.LEA, asm.RAX, work(k.recordsOffset+8*k.n))
	k.a.Emit(asm.MOV, work(k.other), asm.RAX)
	first := true
	for i := len(k.keys) - 1; i >= 0; i-- {
		key := k.keys[i]
		for half := range max(1, key.dt.Size()/4) {
			k.word(key, half, first)
			first = false
		}
	}
	for i := range k.operands {
		k.collect(&k.operands[i])
	}
	k.poll(k.n * 4)
}

// word sorts the records by four bytes of a key, or fewer.
func (k *sorter) word(key sortKey, half int, first bool) {
	bytes := min(4, key.dt.Size())
	counting := k.n > insertionLength
	if counting {
		k.clearCounts(bytes)
	}
	o := &k.operands[key.operand]
	k.each(o, 0, func() { k.record(key, o, half, first, counting) })
	switch {
	case counting:
		for b := range bytes {
			k.pass(b)
		}
	case k.n > 1:
		k.each(o, 1, k.insert)
	}
}

// each emits a loop over the records from start on. Long ones are left now and then.
func (k *sorter) each(o *sortOperand, start int, body func()) {
	a := k.a
	load := func() {
		a.Emit(asm.MOV, asm.RDI, work(k.cur))
		a.Emit(asm.MOV, asm.R8, work(k.other))
		a.Emit(asm.LEA, asm.R9, work(k.counts))
		if o != nil {
			a.Emit(asm.MOV, asm.RSI, work(o.from))
			a.Emit(asm.MOV, asm.R10, work(o.to))
		}
	}
	if k.n <= sortChunk {
		load()
		a.Emit(asm.MOV, asm.ECX, asm.Imm(start))
		top := a.Here()
		body()
		a.Emit(asm.INC, asm.RCX)
		a.Emit(asm.CMP, asm.RCX, asm.Imm(k.n))
		a.Jump(asm.JL, top)
		return
	}
	a.Emit(asm.MOV, work(k.at).Sized(8), asm.Imm(start))
	chunk := a.Here()
	load()
	a.Emit(asm.MOV, asm.RCX, work(k.at))
	a.Emit(asm.LEA, asm.RAX, asm.Mem{Base: asm.RCX, Disp: sortChunk})
	a.Emit(asm.MOV, asm.EDX, asm.Imm(k.n))
	a.Emit(asm.CMP, asm.RAX, asm.RDX)
	a.Emit(asm.CMOVA, asm.RAX, asm.RDX)
	a.Emit(asm.MOV, work(k.limit), asm.RAX)
	top := a.Here()
	body()
	a.Emit(asm.INC, asm.RCX)
	a.Emit(asm.CMP, asm.RCX, work(k.limit))
	a.Jump(asm.JL, top)
	a.Emit(asm.MOV, work(k.at), asm.RCX)
	k.poll(3 * sortChunk)
	a.Emit(asm.CMP, work(k.at).Sized(8), asm.Imm(k.n))
	a.Jump(asm.JL, chunk)
}

// record makes record RCX of the element whose place it has, or of element RCX, and counts its bytes.
func (k *sorter) record(key sortKey, o *sortOperand, half int, first, counting bool) {
	a := k.a
	place := asm.R11
	if first {
		place = asm.RCX
	} else {
		a.Emit(asm.MOV, asm.R11D, asm.Mem{Base: asm.RDI, Index: asm.RCX, Scale: 8})
	}
	bits := map[int]dtype.DType{1: dtype.Int8, 2: dtype.Int16, 4: dtype.Int32, 8: dtype.Int64}[o.size]
	loadInteger(a, asm.RAX, k.element(asm.RSI, place, o.in, o.size), bits)
	k.ordered(key)
	if half == 1 {
		a.Emit(asm.SHR, asm.RAX, asm.Imm(32))
	}
	if o.size == 8 {
		a.Emit(asm.MOV, asm.EAX, asm.EAX)
	}
	if counting {
		for b := range min(4, o.size) {
			if b == 0 {
				a.Emit(asm.MOVZX, asm.EDX, asm.AL)
			} else {
				a.Emit(asm.MOV, asm.EDX, asm.EAX)
				a.Emit(asm.SHR, asm.EDX, asm.Imm(8*b))
				a.Emit(asm.MOVZX, asm.EDX, asm.DL)
			}
			a.Emit(asm.INC, asm.Mem{Base: asm.R9, Index: asm.RDX, Scale: 4, Disp: int32(b * countBytes)}.Sized(4))
		}
	}
	a.Emit(asm.SHL, asm.RAX, asm.Imm(32))
	a.Emit(asm.OR, asm.RAX, place)
	a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Index: asm.RCX, Scale: 8}, asm.RAX)
}

// element is element number index of a line at base. RBX may be lost.
func (k *sorter) element(base, index asm.Reg, v kernel.View, size int) asm.Mem {
	stride := v.Strides[len(v.Strides)-1]
	if stride == 1 {
		return asm.Mem{Base: base, Index: index, Scale: uint8(size)}
	}
	if !fits32(stride * size) {
		panic(noCode{"strides beyond 2 GiB"})
	}
	k.a.Emit(asm.IMUL, asm.RBX, index, asm.Imm(stride*size))
	return asm.Mem{Base: base, Index: asm.RBX, Scale: 1}
}

// ordered turns the bits of a number in RAX, extended by its sign, into ones that order as unsigned integers as the numbers do: the sign bit is
// turned, and all others of negative floats.
func (k *sorter) ordered(key sortKey) {
	a, dt := k.a, key.dt
	switch {
	case dt.IsFloat():
		a.Emit(asm.MOV, asm.RDX, asm.RAX)
		a.Emit(asm.SAR, asm.RDX, asm.Imm(63))
		a.Emit(asm.MOV, asm.RBX, asm.Imm(int64(-1)<<(dt.Bits()-1)))
		a.Emit(asm.OR, asm.RDX, asm.RBX)
		a.Emit(asm.XOR, asm.RAX, asm.RDX)
	case dt.IsSigned():
		a.Emit(asm.MOV, asm.RDX, asm.Imm(int64(-1)<<(dt.Bits()-1)))
		a.Emit(asm.XOR, asm.RAX, asm.RDX)
	}
	if key.down {
		a.Emit(asm.NOT, asm.RAX)
	}
	switch dt.Size() {
	case 1:
		a.Emit(asm.MOVZX, asm.EAX, asm.AL)
	case 2:
		a.Emit(asm.MOVZX, asm.EAX, asm.AX)
	case 4:
		a.Emit(asm.MOV, asm.EAX, asm.EAX)
	}
}

// insert moves record RCX in front of those before it with a larger word.
func (k *sorter) insert() {
	a := k.a
	a.Emit(asm.MOV, asm.RAX, asm.Mem{Base: asm.RDI, Index: asm.RCX, Scale: 8})
	a.Emit(asm.MOV, asm.RDX, asm.RAX)
	a.Emit(asm.SHR, asm.RDX, asm.Imm(32))
	a.Emit(asm.MOV, asm.R11, asm.RCX)
	top, done := a.NewLabel(), a.NewLabel()
	before := asm.Mem{Base: asm.RDI, Index: asm.R11, Scale: 8, Disp: -8}
	a.Bind(top)
	a.Emit(asm.CMP, before.Offset(4), asm.EDX)
	a.Jump(asm.JBE, done)
	a.Emit(asm.MOV, asm.RBX, before)
	a.Emit(asm.MOV, before.Offset(8), asm.RBX)
	a.Emit(asm.DEC, asm.R11)
	a.Jump(asm.JNE, top)
	a.Bind(done)
	a.Emit(asm.MOV, before.Offset(8), asm.RAX)
}

func (k *sorter) clearCounts(bytes int) {
	k.a.Emit(asm.VXORPS, asm.X(0), asm.X(0), asm.X(0))
	k.a.Emit(asm.LEA, asm.R9, work(k.counts))
	k.a.Emit(asm.LEA, asm.RAX, work(k.counts+bytes*countBytes))
	top := k.a.Here()
	for i := range 4 {
		k.a.Emit(asm.VMOVUPS, asm.Mem{Base: asm.R9, Disp: int32(32 * i)}, asm.Y(0))
	}
	k.a.Emit(asm.ADD, asm.R9, asm.Imm(128))
	k.a.Emit(asm.CMP, asm.R9, asm.RAX)
	k.a.Jump(asm.JB, top)
}

// pass sorts the records by byte b of the word: counts become places, and records go there. Where all have the same byte there is nothing to do.
func (k *sorter) pass(b int) {
	a, skip := k.a, k.a.NewLabel()
	counts := asm.Mem{Base: asm.R9, Disp: int32(b * countBytes)}
	at := func(i asm.Reg) asm.Mem { m := counts; m.Index, m.Scale = i, 4; return m }
	a.Emit(asm.MOV, asm.RDI, work(k.cur))
	a.Emit(asm.LEA, asm.R9, work(k.counts))
	a.Emit(asm.MOVZX, asm.EAX, asm.Mem{Base: asm.RDI, Disp: int32(4 + b)}.Sized(1))
	a.Emit(asm.CMP, at(asm.RAX).Sized(4), asm.Imm(k.n))
	a.Jump(asm.JE, skip)
	a.Emit(asm.XOR, asm.EDX, asm.EDX)
	a.Emit(asm.XOR, asm.ECX, asm.ECX)
	top := a.Here()
	a.Emit(asm.MOV, asm.EAX, at(asm.RCX))
	a.Emit(asm.MOV, at(asm.RCX), asm.EDX)
	a.Emit(asm.ADD, asm.EDX, asm.EAX)
	a.Emit(asm.INC, asm.RCX)
	a.Emit(asm.CMP, asm.RCX, asm.Imm(256))
	a.Jump(asm.JL, top)
	k.each(nil, 0, func() {
		record := asm.Mem{Base: asm.RDI, Index: asm.RCX, Scale: 8}
		a.Emit(asm.MOV, asm.RAX, record)
		a.Emit(asm.MOVZX, asm.EDX, record.Offset(4+b).Sized(1))
		a.Emit(asm.MOV, asm.EBX, at(asm.RDX))
		a.Emit(asm.MOV, asm.Mem{Base: asm.R8, Index: asm.RBX, Scale: 8}, asm.RAX)
		a.Emit(asm.INC, asm.EBX)
		a.Emit(asm.MOV, at(asm.RDX), asm.EBX)
	})
	a.Emit(asm.MOV, asm.RAX, work(k.cur))
	a.Emit(asm.MOV, asm.RDX, work(k.other))
	a.Emit(asm.MOV, work(k.cur), asm.RDX)
	a.Emit(asm.MOV, work(k.other), asm.RAX)
	a.Bind(skip)
}

// collect writes the result of an operand.
func (k *sorter) collect(o *sortOperand) {
	a := k.a
	part := map[int]asm.Reg{1: asm.AL, 2: asm.AX, 4: asm.EAX, 8: asm.RAX}[o.size]
	k.each(o, 0, func() {
		a.Emit(asm.MOV, asm.R11D, asm.Mem{Base: asm.RDI, Index: asm.RCX, Scale: 8})
		a.Emit(asm.MOV, part, k.element(asm.RSI, asm.R11, o.in, o.size))
		a.Emit(asm.MOV, k.element(asm.R10, asm.RCX, o.out, o.size), part)
	})
}

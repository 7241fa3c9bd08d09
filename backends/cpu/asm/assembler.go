package asm

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Assembler collects machine code. Make one with New; it is not safe for concurrent use.
type Assembler struct {
	buf    []byte
	labels []int32 // offset of each label, -1 while unbound; pool labels hold -2-offset in the pool
	fixups []fixup
	pool   constPool
	err    error
	noEVEX bool     // see LimitAVX2
	lines  *listing // nil: not kept
}

// fixup is a place in the code to fill in with a distance to a label.
type fixup struct {
	pos, next int32 // of the four bytes, and of the next instruction
	label     Label
}

// New is an empty Assembler.
func New() *Assembler { return &Assembler{} }

// Reset empties a, keeping its memory for the next function. Labels of before are void.
func (a *Assembler) Reset() {
	a.buf, a.labels, a.fixups, a.err = a.buf[:0], a.labels[:0], a.fixups[:0], nil
	a.pool.reset()
	if a.lines != nil {
		a.lines = &listing{}
	}
}

// LimitAVX2 makes instructions that need AVX-512 an error: EVEX encodings and mask registers.
func (a *Assembler) LimitAVX2() { a.noEVEX = true }

// Len is the number of bytes of code so far, without the constant pool.
func (a *Assembler) Len() int { return len(a.buf) }

// Err is the first error so far: a wrong operand or an unencodable instruction.
func (a *Assembler) Err() error { return a.err }

func (a *Assembler) fail(format string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf("asm: "+format, args...)
	}
}

// NewLabel is a label that is not bound yet.
func (a *Assembler) NewLabel() Label {
	a.labels = append(a.labels, -1)
	return Label(len(a.labels))
}

// Bind puts l at the current place.
func (a *Assembler) Bind(l Label) {
	switch {
	case !a.knows(l):
		a.fail("bind %s: no such label", l)
	case a.labels[l-1] != -1:
		a.fail("bind %s: bound before", l)
	default:
		a.labels[l-1] = int32(len(a.buf))
		if a.lines != nil {
			a.lines.bind(l, len(a.buf))
		}
	}
}

// Here is a label bound to the current place.
func (a *Assembler) Here() Label {
	l := a.NewLabel()
	a.Bind(l)
	return l
}

// Offset is the offset of a bound label from the start of the code; -1 for an unbound label or a constant.
func (a *Assembler) Offset(l Label) int {
	if !a.knows(l) || a.labels[l-1] < 0 {
		return -1
	}
	return int(a.labels[l-1])
}

func (a *Assembler) knows(l Label) bool { return l > 0 && int(l) <= len(a.labels) }

// String is the name of l in listings.
func (l Label) String() string { return fmt.Sprintf("L%d", int32(l)) }

// Jump emits a jump or call to l: Jump(JNE, l). The two-byte form is taken for bound labels within reach, else the 32-bit form.
func (a *Assembler) Jump(op Op, l Label) {
	o := [4]Operand{l.Operand()}
	a.emit(op, &o, 1, 0)
}

// TrapBase is the address of trap code 0. Package exec, which turns traps into errors, has the same constant.
const TrapBase = 0x1000

// Trap emits a load from an address that is never mapped, which package exec reports as a fault with the code, 0 to 0xEFFF. EAX is
// lost. (UD2 and INT3 would end the process.)
func (a *Assembler) Trap(code int) {
	if code < 0 || code > 0xEFFF {
		a.fail("trap code %d: want 0 to %d", code, 0xEFFF)
	}
	a.Emit(MOV, EAX, Mem{Disp: TrapBase + int32(code)})
}

// Align fills with long no-operation instructions up to a multiple of n, a power of two. Loops entered often gain from 16 or 32.
func (a *Assembler) Align(n int) {
	for pad := -len(a.buf) & (n - 1); pad > 0; {
		k := min(pad, len(nops))
		a.Data([]byte(nops[k-1]))
		pad -= k
	}
}

// nops[i] is the recommended no-operation of i+1 bytes (Intel SDM volume 2B, NOP).
var nops = [...]string{
	"\x90", "\x66\x90", "\x0F\x1F\x00", "\x0F\x1F\x40\x00", "\x0F\x1F\x44\x00\x00", "\x66\x0F\x1F\x44\x00\x00",
	"\x0F\x1F\x80\x00\x00\x00\x00", "\x0F\x1F\x84\x00\x00\x00\x00\x00", "\x66\x0F\x1F\x84\x00\x00\x00\x00\x00",
}

// Data appends raw bytes to the code, such as a jump table that the code addresses by a label.
func (a *Assembler) Data(b []byte) {
	if a.lines != nil {
		a.lines.data(len(a.buf), len(a.buf)+len(b))
	}
	a.buf = append(a.buf, b...)
}

// Bytes is the code with its constant pool, or the first error. The result is relocatable as a whole if its start stays aligned
// to the largest alignment of a constant (64 at most).
func (a *Assembler) Bytes() ([]byte, error) {
	if a.err != nil {
		return nil, a.err
	}
	out := slices.Clone(a.buf)
	starts, out := a.pool.place(out)
	for _, f := range a.fixups {
		target := a.labels[f.label-1]
		switch {
		case target == -1:
			return nil, fmt.Errorf("asm: %s is used at offset %d but never bound", f.label, f.pos)
		case target < -1:
			target = starts[-2-target]
		}
		// The field already holds the displacement from the label, usually 0.
		field := out[f.pos : f.pos+4]
		binary.LittleEndian.PutUint32(field, binary.LittleEndian.Uint32(field)+uint32(target-f.next))
	}
	return out, nil
}

// constPool holds the deduplicated constants of a function.
type constPool struct {
	index map[string]Label
	data  []constant
}

type constant struct {
	bytes string
	align int
}

const maxAlign = 64

func (p *constPool) reset() {
	clear(p.index)
	p.data = p.data[:0]
}

// Const puts data into the constant pool behind the code, at a multiple of align (a power of two up to 64), and returns its label.
// Equal constants are stored once.
func (a *Assembler) Const(data []byte, align int) Label {
	if align <= 0 || align&(align-1) != 0 || align > maxAlign {
		a.fail("constant of %d bytes: alignment %d is not a power of two up to %d", len(data), align, maxAlign)
		align = maxAlign
	}
	p := &a.pool
	if l, ok := p.index[string(data)]; ok {
		c := &p.data[-2-a.labels[l-1]]
		c.align = max(c.align, align)
		return l
	}
	if p.index == nil {
		p.index = map[string]Label{}
	}
	l := a.NewLabel()
	a.labels[l-1] = int32(-2 - len(p.data))
	c := constant{string(data), align}
	p.data = append(p.data, c)
	p.index[c.bytes] = l
	return l
}

// place appends the constants to code, largest alignment first, and returns where each went.
func (p *constPool) place(code []byte) ([]int32, []byte) {
	starts := make([]int32, len(p.data))
	for align := maxAlign; align > 0 && len(p.data) > 0; align /= 2 {
		for i, c := range p.data {
			if c.align != align {
				continue
			}
			for len(code)&(align-1) != 0 {
				code = append(code, 0xCC) // int3: never executed
			}
			starts[i] = int32(len(code))
			code = append(code, c.bytes...)
		}
	}
	return starts, code
}

// Uint32 is the pool constant v, 4 bytes.
func (a *Assembler) Uint32(v uint32) Label {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], v)
	return a.Const(b[:], 4)
}

// Uint64 is the pool constant v, 8 bytes.
func (a *Assembler) Uint64(v uint64) Label {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return a.Const(b[:], 8)
}

// Float32 is the pool constant v.
func (a *Assembler) Float32(v float32) Label { return a.Uint32(math.Float32bits(v)) }

// Float64 is the pool constant v.
func (a *Assembler) Float64(v float64) Label { return a.Uint64(math.Float64bits(v)) }

// Emit appends one instruction, destination first. A combination of operands that has no form is kept as an error.
func (a *Assembler) Emit(op Op, args ...Arg) {
	var ops [4]Operand
	n, round := 0, Rounding(0)
	for _, arg := range args {
		var o Operand
		switch v := arg.(type) {
		case Reg:
			o = v.Operand()
		case Mem:
			o = v.Operand()
		case Imm:
			o = v.Operand()
		case Label:
			o = v.Operand()
		case Operand:
			o = v
		case Rounding:
			round = v
			continue
		}
		if n == len(ops) {
			a.fail("%s: more than four operands", op)
			return
		}
		ops[n] = o
		n++
	}
	a.emit(op, &ops, n, round)
}

// EmitOperands is Emit for operands made before.
func (a *Assembler) EmitOperands(op Op, args ...Operand) {
	var ops [4]Operand
	n, round := 0, Rounding(0)
	for i := range args {
		if args[i].isRounding() {
			round = Rounding(args[i].val)
			continue
		}
		if n == len(ops) {
			a.fail("%s: more than four operands", op)
			return
		}
		ops[n] = args[i]
		n++
	}
	a.emit(op, &ops, n, round)
}

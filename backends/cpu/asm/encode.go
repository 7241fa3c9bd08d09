package asm

import "encoding/binary"

// maxLen is the longest instruction that the processor takes.
const maxLen = 15

// encode appends the bytes of the operands in form f (Intel SDM volume 2, chapter 2).
func (a *Assembler) encode(f *form, ops *[4]Operand, useEVEX bool, round Rounding) {
	start := len(a.buf)
	if cap(a.buf)-start < maxLen+8 {
		a.buf = append(make([]byte, 0, 2*cap(a.buf)+1024), a.buf...)
	}
	e := encoder{b: a.buf[start : start+maxLen+8], f: f}
	e.fields(ops)
	switch {
	case useEVEX:
		e.evex(ops, round)
	case f.space&vex != 0:
		e.vex()
	default:
		e.legacy(ops)
	}
	e.modrm(useEVEX)
	e.immediate(ops)
	a.buf = a.buf[:start+e.n]
	if e.fix >= 0 {
		a.fixups = append(a.fixups, fixup{int32(start + e.fix), int32(start + e.n), e.label})
	} else if e.label != 0 { // short jump, to a place behind us
		a.buf[start+e.n-1] = byte(int(a.labels[e.label-1]) - (start + e.n))
	}
}

// encoder writes one instruction.
type encoder struct {
	b     []byte
	n     int
	f     *form
	reg   uint8 // number for modrm.reg, or the opcode extension
	vvvv  uint8 // number for vvvv
	rm    Operand
	isRM  bool  // there is a modrm byte
	isLow bool  // a register stands in the opcode
	base  uint8 // number of the register or base in rm
	index uint8 // number of the index
	fix   int   // place of a distance to fill in, -1: none
	label Label
}

func (e *encoder) put(b byte) {
	e.b[e.n] = b
	e.n++
}

// fields finds which operand goes where.
func (e *encoder) fields(ops *[4]Operand) {
	f := e.f
	e.fix = -1
	if i := f.at[atReg]; i >= 0 {
		e.reg = uint8(ops[i].reg)
	} else if f.digit >= 0 {
		e.reg = uint8(f.digit)
	}
	if i := f.at[atVvvv]; i >= 0 {
		e.vvvv = uint8(ops[i].reg)
	}
	if i := f.at[atRM]; i >= 0 {
		e.rm, e.isRM = ops[i], true
		e.base, e.index = uint8(e.rm.reg), uint8(e.rm.index)
	}
	if i := f.at[atOpcode]; i >= 0 {
		e.base, e.isLow = uint8(ops[i].reg), true
	}
}

func (e *encoder) isMem() bool { return e.rm.types&tAnyMem != 0 }

// bit is 1 if v has the given bit.
func bit(v, mask uint8) byte {
	if v&mask != 0 {
		return 1
	}
	return 0
}

var prefixBytes = [...]byte{0, 0x66, 0xF3, 0xF2}

func (e *encoder) legacy(ops *[4]Operand) {
	f := e.f
	if f.flags&fOpSize16 != 0 {
		e.put(0x66)
	}
	if f.flags&fLock != 0 {
		e.put(0xF0)
	}
	if f.pp != 0 {
		e.put(prefixBytes[f.pp])
	}
	rex := f.vexW<<3 | bit(e.reg, 8)<<2 | bit(e.index, 8)<<1 | bit(e.base, 8)
	needed := rex != 0
	for i := range f.n { // SPL, BPL, SIL and DIL exist only with a REX prefix
		needed = needed || ops[i].reg >= SPL && ops[i].reg <= DIL
	}
	if needed {
		e.put(0x40 | rex)
	}
	switch f.opmap {
	case 1:
		e.put(0x0F)
	case 2:
		e.put(0x0F)
		e.put(0x38)
	case 3:
		e.put(0x0F)
		e.put(0x3A)
	}
	if e.isLow {
		e.put(f.opcode | e.base&7)
		return
	}
	e.put(f.opcode)
}

func (e *encoder) vex() {
	f := e.f
	r, x, b := bit(e.reg, 8), bit(e.index, 8), bit(e.base, 8)
	last := (^e.vvvv&15)<<3 | f.length<<2 | f.pp
	if x|b|f.vexW == 0 && f.opmap == 1 {
		e.put(0xC5)
		e.put((r^1)<<7 | last)
	} else {
		e.put(0xC4)
		e.put((r^1)<<7 | (x^1)<<6 | (b^1)<<5 | f.opmap)
		e.put(f.vexW<<7 | last)
	}
	e.put(f.opcode)
}

func (e *encoder) evex(ops *[4]Operand, round Rounding) {
	f := e.f
	x, b, vHigh := bit(e.index, 8), bit(e.base, 8), bit(e.vvvv, 16)
	length, flag, zero := f.length, byte(0), byte(0)
	switch {
	case e.isMem():
		if e.rm.types&tVMem != 0 {
			vHigh = bit(e.index, 16)
		}
		if e.rm.types&tBcast != 0 {
			flag = 1
		}
	default:
		x = bit(e.base, 16) // the fifth bit of a register in modrm.rm
	}
	if round != 0 {
		flag = 1
		if length = 0; round != SuppressAll {
			length = uint8(round - RoundNearest)
		}
	}
	if ops[0].zero {
		zero = 1
	}
	e.put(0x62)
	e.put((bit(e.reg, 8)^1)<<7 | (x^1)<<6 | (b^1)<<5 | (bit(e.reg, 16)^1)<<4 | f.opmap)
	e.put(f.evexW<<7 | (^e.vvvv&15)<<3 | 1<<2 | f.pp)
	e.put(zero<<7 | length<<5 | flag<<4 | (vHigh^1)<<3 | ops[0].mask)
	e.put(f.opcode)
}

// modrm writes the modrm and sib bytes and the displacement.
func (e *encoder) modrm(compress bool) {
	if !e.isRM {
		return
	}
	reg, m := e.reg&7<<3, &e.rm
	switch {
	case !e.isMem():
		e.put(0xC0 | reg | e.base&7)
		return
	case m.label != 0:
		e.put(reg | 5)
		e.fix, e.label = e.n, m.label
		e.put32(m.val)
		return
	case m.reg == 0: // no base: sib with base 5 and a 32-bit displacement
		e.put(reg | 4)
		index := byte(4) // none
		if m.index != 0 {
			index = e.index & 7
		}
		e.put(m.scale<<6 | index<<3 | 5)
		e.put32(m.val)
		return
	}
	mod, short, unit := byte(0x80), m.val, uint8(0)
	if compress {
		if unit = e.f.disp8; m.types&tBcast != 0 {
			unit = log2(e.f.bcast)
		}
		short = m.val >> unit
	}
	switch {
	case m.val == 0 && e.base&7 != 5: // RBP and R13 always have a displacement
		mod = 0
	case short >= -128 && short < 128 && short<<unit == m.val:
		mod = 0x40
	}
	if m.index != 0 || e.base&7 == 4 { // RSP and R12 as base need a sib byte
		index := byte(4)
		if m.index != 0 {
			index = e.index & 7
		}
		e.put(mod | reg | 4)
		e.put(m.scale<<6 | index<<3 | e.base&7)
	} else {
		e.put(mod | reg | e.base&7)
	}
	switch mod {
	case 0x40:
		e.put(byte(short))
	case 0x80:
		e.put32(m.val)
	}
}

func log2(n uint8) uint8 {
	k := uint8(0)
	for ; n > 1; n >>= 1 {
		k++
	}
	return k
}

func (e *encoder) put32(v int64) {
	binary.LittleEndian.PutUint32(e.b[e.n:], uint32(v))
	e.n += 4
}

// immediate writes what follows the address: an immediate, a register in its upper half, a jump distance, or a fixed byte.
func (e *encoder) immediate(ops *[4]Operand) {
	f := e.f
	if f.flags&fFixed != 0 {
		e.put(f.fixed)
	}
	if i := f.at[atIs4]; i >= 0 {
		e.put(uint8(ops[i].reg) << 4)
	}
	i := f.at[atImm]
	if i < 0 {
		return
	}
	if f.flags&fRelative != 0 {
		e.label = ops[i].label
		if f.immSize == 4 {
			e.fix = e.n
		}
	}
	v := ops[i].val
	switch f.immSize {
	case 1:
		e.put(byte(v))
	case 2:
		binary.LittleEndian.PutUint16(e.b[e.n:], uint16(v))
		e.n += 2
	case 4:
		e.put32(v)
	case 8:
		binary.LittleEndian.PutUint64(e.b[e.n:], uint64(v))
		e.n += 8
	}
}

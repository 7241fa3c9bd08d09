package asm

import "math/bits"

// Arg is what Emit takes as an operand: a Reg, a Mem, an Imm, a Label (as a jump target), a Rounding, or an Operand.
type Arg interface{ isArg() }

func (Reg) isArg()      {}
func (Mem) isArg()      {}
func (Imm) isArg()      {}
func (Label) isArg()    {}
func (Rounding) isArg() {}
func (Operand) isArg()  {}

// Imm is an immediate. It may be given signed or unsigned: Imm(-1) and Imm(255) are the same byte.
type Imm int64

// Label is a place in the code or in the constant pool. The zero value is no label.
type Label int32

// Mem is a memory operand at the address Base + Index*Scale + Disp, or, with a Label, at the label plus Disp.
// Index may be a vector register, for gathers and scatters. All parts are optional.
type Mem struct {
	Base, Index Reg
	Scale       uint8 // 1, 2, 4 or 8; 0 means 1
	Size        uint8 // bytes accessed, after broadcasting; needed only where no register tells it, as in MOV of an immediate
	Bcast       bool  // one element, broadcast to the vector (AVX-512)
	Disp        int32
	Label       Label // address relative to RIP; excludes Base and Index
}

// Mem is the memory at l.
func (l Label) Mem() Mem { return Mem{Label: l} }

// Broadcast is m as one element that is broadcast to all elements of the vector.
func (m Mem) Broadcast() Mem { m.Bcast = true; return m }

// Sized is m with the number of bytes accessed.
func (m Mem) Sized(bytes int) Mem { m.Size = uint8(bytes); return m }

// Offset is m moved by so many bytes.
func (m Mem) Offset(bytes int) Mem { m.Disp += int32(bytes); return m }

// Mask is m as a destination of which only the elements selected by mask register k are written.
func (m Mem) Mask(k Reg) Operand { return m.Operand().Mask(k) }

// Mask is r as a destination of which only the elements selected by mask register k are written; the others keep their value,
// or become zero with Zero.
func (r Reg) Mask(k Reg) Operand { return r.Operand().Mask(k) }

// Rounding is an operand that replaces the rounding mode of one AVX-512 instruction, or suppresses its exceptions.
// It goes with 512-bit or scalar register operands, and may stand anywhere in the list.
type Rounding uint8

// Rounding modes. All suppress floating-point exceptions.
const (
	RoundNearest Rounding = iota + 1
	RoundDown
	RoundUp
	RoundZero
	SuppressAll // keeps the rounding mode
)

var roundingNames = [...]string{"", "{rn-sae}", "{rd-sae}", "{ru-sae}", "{rz-sae}", "{sae}"}

// String is the mode in Intel syntax, such as "{rn-sae}".
func (r Rounding) String() string { return roundingNames[r] }

// opType is a set of operand types. An operand has all types that it can stand for, a form lists those it takes.
type opType uint32

const (
	tR8  opType = 1 << Byte
	tR16 opType = 1 << Word
	tR32 opType = 1 << Dword
	tR64 opType = 1 << Qword
	tX   opType = 1 << XMM
	tY   opType = 1 << YMM
	tZ   opType = 1 << ZMM
	tK   opType = 1 << Mask
)

const (
	tCL opType = 1 << (iota + 9) // the register CL as a shift count
	tM8
	tM16
	tM32
	tM64
	tM128
	tM256
	tM512
	tB16 // memory broadcasts, by element size
	tB32
	tB64
	tVMX // memory with a vector index
	tVMY
	tVMZ
	tOne // the immediate 1
	tI8
	tI8s
	tI16
	tI32
	tI32s
	tI64
	tRel8
	tRel32

	tMem    = tM8 | tM16 | tM32 | tM64 | tM128 | tM256 | tM512
	tBcast  = tB16 | tB32 | tB64
	tVMem   = tVMX | tVMY | tVMZ
	tAnyMem = tMem | tBcast | tVMem
	tImm    = tOne | tI8 | tI8s | tI16 | tI32 | tI32s | tI64
	tAnyReg = tR8 | tR16 | tR32 | tR64 | tX | tY | tZ | tK
)

// Operand is a decorated or converted operand: a small value to keep in tables and to give to EmitOperands.
type Operand struct {
	types opType
	reg   Reg // register, or base of memory
	index Reg
	mask  uint8 // number of the mask register, 0: none
	zero  bool
	scale uint8 // log2
	size  uint8 // bytes of memory, 0: unknown
	label Label
	val   int64 // immediate, displacement or rounding
	bad   fault
}

// fault is what is wrong with an operand by itself. (A string here would make every operand escape to the heap.)
type fault uint8

const (
	sound fault = iota
	badRegister
	badMask
	badBase
	badIndex
	rspIndex
	badScale
	badSize
	labelAndBase
	bcastAndIndex
)

var faultTexts = [...]string{
	badRegister:   "no such register",
	badMask:       "mask is not one of k1 to k7",
	badBase:       "base is not a 64-bit general register",
	badIndex:      "index is not a 64-bit general or a vector register",
	rspIndex:      "rsp cannot be an index",
	badScale:      "scale is not 1, 2, 4 or 8",
	badSize:       "size is not a power of two up to 64",
	labelAndBase:  "a label excludes base and index",
	bcastAndIndex: "a vector index excludes broadcast",
}

func (f fault) String() string { return faultTexts[f] }

// Operand is r as an Operand.
func (r Reg) Operand() Operand {
	o := Operand{reg: r, types: 1 << r.Class()}
	if !r.valid() {
		o.types, o.bad = 0, badRegister
	}
	if r == CL {
		o.types |= tCL
	}
	return o
}

// Operand is m as an Operand.
func (m Mem) Operand() Operand {
	o := Operand{reg: m.Base, index: m.Index, size: m.Size, label: m.Label, val: int64(m.Disp)}
	if m.Scale != 0 {
		o.scale = uint8(bits.TrailingZeros8(m.Scale))
	}
	switch {
	case m.Bcast:
		o.types = tBcast
	case m.Index.IsVector():
		o.types = tVMX << (m.Index.Class() - XMM)
	case m.Size == 0:
		o.types = tMem
	default:
		o.types = tM8 << bits.TrailingZeros8(m.Size)
	}
	if o.bad = m.fault(); o.bad != sound {
		o.types = 0
	}
	return o
}

// fault is what is wrong with m.
func (m Mem) fault() fault {
	isIndex := m.Index.valid() && (m.Index.Class() == Qword || m.Index.IsVector())
	switch {
	case m.Base != 0 && !(m.Base.valid() && m.Base.Class() == Qword):
		return badBase
	case m.Index != 0 && !isIndex:
		return badIndex
	case m.Index == RSP:
		return rspIndex
	case m.Scale > 8 || m.Scale&(m.Scale-1) != 0:
		return badScale
	case m.Size > 64 || m.Size&(m.Size-1) != 0:
		return badSize
	case m.Label != 0 && (m.Base != 0 || m.Index != 0):
		return labelAndBase
	case m.Bcast && m.Index.IsVector():
		return bcastAndIndex
	}
	return sound
}

// Operand is i as an Operand.
func (i Imm) Operand() Operand {
	t := tI64
	if i == 1 {
		t |= tOne
	}
	if i >= -1<<31 && i < 1<<32 {
		t |= tI32
	}
	if i >= -1<<31 && i < 1<<31 {
		t |= tI32s
	}
	if i >= -1<<15 && i < 1<<16 {
		t |= tI16
	}
	if i >= -1<<7 && i < 1<<8 {
		t |= tI8
	}
	if i >= -1<<7 && i < 1<<7 {
		t |= tI8s
	}
	return Operand{types: t, val: int64(i)}
}

// Operand is l as a jump target.
func (l Label) Operand() Operand { return Operand{types: tRel32, label: l} }

// Operand is r as an Operand.
func (r Rounding) Operand() Operand { return Operand{val: int64(r)} }

// Mask is o with mask register k, which must not be K0.
func (o Operand) Mask(k Reg) Operand {
	if k.Class() != Mask || !k.valid() || k.Num() == 0 {
		o.types, o.bad = 0, badMask
	}
	o.mask = uint8(k.Num())
	return o
}

// Zero is o with the unselected elements set to zero; it needs Mask.
func (o Operand) Zero() Operand {
	o.zero = true
	return o
}

// isRounding reports whether o is a Rounding and not an operand of its own.
func (o *Operand) isRounding() bool {
	return o.types == 0 && o.bad == sound && o.val > 0 && o.val <= int64(SuppressAll)
}

// IsMem reports whether o is a memory operand.
func (o Operand) IsMem() bool { return o.types&tAnyMem != 0 }

// Reg is the register if o is one, else the base register of memory (0 if there is none).
func (o Operand) Reg() Reg { return o.reg }

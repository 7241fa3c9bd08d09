package asm

// Op is a mnemonic. The constants are generated from forms.txt.
type Op uint16

// String is the mnemonic in lower case.
func (op Op) String() string {
	if op == 0 || op >= numOps {
		return "badop"
	}
	return opNames[op]
}

// form is one row of the encoder's table: operand types and how they become bytes.
type form struct {
	accept  [4]opType
	n       uint8 // operands
	space   encSpace
	pp      uint8 // mandatory prefix: 0 none, 1 66, 2 F3, 3 F2
	opmap   uint8 // 0 one-byte opcodes, 1 0F, 2 0F38, 3 0F3A
	opcode  uint8
	digit   int8 // opcode extension in modrm.reg, -1: none
	vexW    uint8
	evexW   uint8
	length  uint8 // 0 128 bits or scalar, 1 256, 2 512
	memSize uint8 // bytes of the memory operand, after broadcasting; 0: none or any
	disp8   uint8 // log2 of the unit of an EVEX 8-bit displacement
	bcast   uint8 // bytes of a broadcast element
	at      [6]int8
	immSize uint8
	fixed   uint8 // last byte if fFixed
	flags   formFlags
}

// Index in form.at: which operand goes into modrm.reg, vvvv, modrm.rm, the immediate, imm8[7:4], the opcode's low bits; -1: none.
const (
	atReg = iota
	atVvvv
	atRM
	atImm
	atIs4
	atOpcode
)

// encSpace is the set of encodings that a form has.
type encSpace uint8

const (
	legacy encSpace = 1 << iota
	vex
	evex
)

type formFlags uint16

const (
	fMask       formFlags = 1 << iota // takes a mask
	fZero                             // takes zeroing
	fMaskNeeded                       // does not work without a mask
	fRound                            // takes embedded rounding
	fSAE                              // takes suppression of exceptions
	fCommutes                         // the two sources may be swapped
	fLock                             // has a lock prefix
	fNeedSize                         // the memory operand must say its size
	fOpSize16                         // has an operand-size prefix
	fFixed                            // has a fixed last byte
	fRelative                         // the immediate is a jump distance
	fScalar                           // works on one element, whatever the length
	fDistinct                         // the vector registers must differ (gathers)
)

// Commutes reports whether the two sources of op (the last two operands before an immediate; for two-operand instructions,
// both operands) may be swapped without changing the result, apart from which NaN is returned.
func (op Op) Commutes() bool { return forms[opForms[op]].flags&fCommutes != 0 }

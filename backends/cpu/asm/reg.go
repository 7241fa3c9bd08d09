package asm

import "fmt"

// Reg is a register: a class and a number within it. The zero value is no register.
type Reg uint16

// Class is the kind and width of a register.
type Class uint8

// Register classes.
const (
	NoClass Class = iota
	Byte          // AL to R15B, low bytes only (AH, BH, CH and DH have no names here)
	Word          // AX to R15W
	Dword         // EAX to R15D
	Qword         // RAX to R15
	XMM
	YMM
	ZMM
	Mask // K0 to K7
)

func reg(c Class, n int) Reg { return Reg(c)<<8 | Reg(n) }

// General registers, 64 bits.
const (
	RAX = Reg(Qword)<<8 + iota
	RCX
	RDX
	RBX
	RSP
	RBP
	RSI
	RDI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
)

// Low 32 bits of the general registers. Writing one clears the upper half.
const (
	EAX = Reg(Dword)<<8 + iota
	ECX
	EDX
	EBX
	ESP
	EBP
	ESI
	EDI
	R8D
	R9D
	R10D
	R11D
	R12D
	R13D
	R14D
	R15D
)

// Low 16 bits of the general registers.
const (
	AX = Reg(Word)<<8 + iota
	CX
	DX
	BX
	SP
	BP
	SI
	DI
	R8W
	R9W
	R10W
	R11W
	R12W
	R13W
	R14W
	R15W
)

// Low 8 bits of the general registers.
const (
	AL = Reg(Byte)<<8 + iota
	CL
	DL
	BL
	SPL
	BPL
	SIL
	DIL
	R8B
	R9B
	R10B
	R11B
	R12B
	R13B
	R14B
	R15B
)

// X is the 128-bit vector register n, 0 to 31.
func X(n int) Reg { return reg(XMM, n) }

// Y is the 256-bit vector register n, 0 to 31.
func Y(n int) Reg { return reg(YMM, n) }

// Z is the 512-bit vector register n, 0 to 31.
func Z(n int) Reg { return reg(ZMM, n) }

// K is the mask register n, 0 to 7. K0 cannot mask an instruction.
func K(n int) Reg { return reg(Mask, n) }

// R is the 64-bit general register n, 0 to 15, in machine order: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15.
func R(n int) Reg { return reg(Qword, n) }

// Class is the kind and width of r.
func (r Reg) Class() Class { return Class(r >> 8) }

// Num is the number of r within its class, as encoded.
func (r Reg) Num() int { return int(r & 0xFF) }

// As is the register of class c with the number of r, for example RAX.As(Dword) is EAX and Z(3).As(XMM) is X(3).
func (r Reg) As(c Class) Reg { return reg(c, r.Num()) }

// IsVector reports whether r is an xmm, ymm or zmm register.
func (r Reg) IsVector() bool { return r.Class() >= XMM && r.Class() <= ZMM }

// valid reports whether the number of r exists in its class.
func (r Reg) valid() bool {
	switch c := r.Class(); {
	case c >= Byte && c <= Qword:
		return r.Num() < 16
	case r.IsVector():
		return r.Num() < 32
	case c == Mask:
		return r.Num() < 8
	}
	return false
}

var lowNames = [...]string{"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"}

// String is the name in Intel syntax, such as "rax" or "zmm3".
func (r Reg) String() string {
	n := r.Num()
	if !r.valid() {
		if r == 0 {
			return "none"
		}
		return fmt.Sprintf("badreg(%d:%d)", r.Class(), n)
	}
	switch c := r.Class(); c {
	case Byte:
		switch {
		case n < 4:
			return lowNames[n][:1] + "l"
		case n < 8:
			return lowNames[n] + "l"
		}
		return fmt.Sprintf("r%db", n)
	case Word, Dword, Qword:
		if n < 8 {
			return [...]string{"", "e", "r"}[c-Word] + lowNames[n]
		}
		return fmt.Sprintf("r%d%s", n, [...]string{"w", "d", ""}[c-Word])
	case Mask:
		return fmt.Sprintf("k%d", n)
	default:
		return fmt.Sprintf("%cmm%d", 'x'+c-XMM, n)
	}
}

package dtype

import "sync/atomic"

// Mode says which types numbers get that nobody typed: 32 bits wide or 64.
// It is part of every compilation key, so code below trace takes it as an argument and never asks Current.
type Mode uint8

// The two modes. X32 is the default, as in JAX.
const (
	X32 Mode = iota
	X64
)

var x64 atomic.Bool

// SetX64 sets the process-wide mode to X64 (true) or X32 (false). Graphs built before keep their types.
func SetX64(on bool) { x64.Store(on) }

// Current returns the process-wide mode.
func Current() Mode {
	if x64.Load() {
		return X64
	}
	return X32
}

// DefaultFloat returns the float type of the process-wide mode: Float32, or Float64 after SetX64(true).
func DefaultFloat() DType { return Current().Float() }

// DefaultInt returns the integer type of the process-wide mode: Int32, or Int64 after SetX64(true).
func DefaultInt() DType { return Current().Int() }

// String returns "x32" or "x64".
func (m Mode) String() string {
	if m == X64 {
		return "x64"
	}
	return "x32"
}

// Float returns the default float type: Float32 or Float64.
func (m Mode) Float() DType { return m.pick(Float32, Float64) }

// Int returns the default integer type: Int32 or Int64.
func (m Mode) Int() DType { return m.pick(Int32, Int64) }

// Uint returns the default unsigned type: Uint32 or Uint64.
func (m Mode) Uint() DType { return m.pick(Uint32, Uint64) }

// Complex returns the default complex type: Complex64 or Complex128.
func (m Mode) Complex() DType { return m.pick(Complex64, Complex128) }

// Default returns the default type of d's family: Float for floats, Int for signed integers, and so on. Bool stays Bool.
func (m Mode) Default(d DType) DType {
	switch d.info().kind {
	case kindSigned:
		return m.Int()
	case kindUnsigned:
		return m.Uint()
	case kindFloat:
		return m.Float()
	case kindComplex:
		return m.Complex()
	}
	return d
}

// Canonical returns d, or in mode X32 its 32-bit relative where d is a 64-bit type (Complex64 for Complex128).
func (m Mode) Canonical(d DType) DType {
	if wide(d) {
		return m.Default(d)
	}
	return d
}

// wide reports whether d is a type that mode X32 makes only from operands that have it already.
func wide(d DType) bool { return d.Real().Size() == 8 }

func (m Mode) pick(narrow, wide DType) DType {
	if m == X64 {
		return wide
	}
	return narrow
}

package native

import (
	"math"

	"github.com/x448/float16"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// lane is the type of a value inside a Map, narrow types widened.
type lane uint8

const (
	laneBool lane = iota
	laneI32
	laneU32
	laneI64
	laneU64
	laneF32
	laneF64
	laneNone
)

func laneOf(dt dtype.DType) lane {
	switch dt {
	case dtype.Bool:
		return laneBool
	case dtype.Int8, dtype.Int16, dtype.Int32:
		return laneI32
	case dtype.Uint8, dtype.Uint16, dtype.Uint32:
		return laneU32
	case dtype.Int64:
		return laneI64
	case dtype.Uint64:
		return laneU64
	case dtype.Float16, dtype.BFloat16, dtype.Float32:
		return laneF32
	case dtype.Float64:
		return laneF64
	}
	return laneNone
}

func (l lane) isFloat() bool { return l == laneF32 || l == laneF64 }

func (l lane) isWide() bool { return l == laneI64 || l == laneU64 || l == laneF64 }

// isNarrow reports whether values of the type live widened: arithmetic on them would have to round or wrap.
func isNarrow(dt dtype.DType) bool { return dt != dtype.Bool && dt.Size() < 4 }

// mnemonics names the instruction of an operation for each lane type, 0 where there is none.
type mnemonics [laneNone]asm.Op

func byLane(i32, i64, f32, f64 asm.Op) mnemonics {
	return mnemonics{laneI32: i32, laneU32: i32, laneI64: i64, laneU64: i64, laneF32: f32, laneF64: f64}
}

func byFloat(f32, f64 asm.Op) mnemonics { return mnemonics{laneF32: f32, laneF64: f64} }

func byInt(i32, i64 asm.Op) mnemonics { return byLane(i32, i64, 0, 0) }

// with is the table with another entry.
func (m mnemonics) with(l lane, code asm.Op) mnemonics {
	m[l] = code
	return m
}

// laneBits are the bits of a constant of type dt in a lane: integers extended, narrow floats as f32.
func laneBits(dt dtype.DType, bits uint64) uint64 {
	switch dt {
	case dtype.Int8:
		return uint64(uint32(int32(int8(bits))))
	case dtype.Int16:
		return uint64(uint32(int32(int16(bits))))
	case dtype.BFloat16:
		return uint64(uint32(bits) << 16)
	case dtype.Float16:
		return uint64(math.Float32bits(float16.Frombits(uint16(bits)).Float32()))
	}
	return bits
}

// signBit is the sign in a lane.
func signBit(dt dtype.DType) uint64 { return 1 << (8*laneSize(dt) - 1) }

// infinity is the bits of +inf in a lane of a float type.
func infinity(dt dtype.DType) uint64 {
	if laneSize(dt) == 8 {
		return 0x7ff << 52
	}
	return 0xff << 23
}

// floatBits is a number in a lane of a float type.
func floatBits(dt dtype.DType, x float64) uint64 {
	if laneSize(dt) == 8 {
		return math.Float64bits(x)
	}
	return uint64(math.Float32bits(float32(x)))
}

// laneSize is the bytes that a number takes in a lane: narrow types live widened. Of bools see gen.width.
func laneSize(dt dtype.DType) int { return max(4, dt.Size()) }

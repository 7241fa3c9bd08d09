package native

import (
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
		return uint64(float16Lane(uint16(bits)))
	}
	return bits
}

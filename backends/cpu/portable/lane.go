package portable

import (
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// lane is the type that a value has inside a Map. The types narrower than 32 bits live in wider lanes, always
// as a value that the narrow type has.
type lane uint8

const (
	laneBool lane = iota // one byte, 0 or 1
	laneI32              // i8, i16, i32
	laneU32              // ui8, ui16, ui32
	laneI64
	laneU64
	laneF32 // f16, bf16, f32
	laneF64
)

var laneSizes = [...]int{laneBool: 1, laneI32: 4, laneU32: 4, laneI64: 8, laneU64: 8, laneF32: 4, laneF64: 8}

// size is the bytes that a value takes in scratch memory.
func (l lane) size() int { return laneSizes[l] }

func (l lane) isFloat() bool { return l == laneF32 || l == laneF64 }

// laneOf is the lane type of an element type that is not complex.
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
	panic("BUG: no lane type for " + dt.String())
}

// isNarrow reports whether elements are stored in fewer bits than they have in a lane.
func isNarrow(dt dtype.DType) bool { return dt.Size() != laneOf(dt).size() }

type (
	signed   interface{ ~int32 | ~int64 }
	unsigned interface{ ~uint32 | ~uint64 }
	integer  interface{ signed | unsigned }
	float    interface{ ~float32 | ~float64 }
	number   interface{ integer | float }
)

// strip is one operation on n elements: d receives the result, a, b and c are operands (elements, or one scalar).
// d may be an operand's memory: element i is read before element i is written.
type strip func(d, a, b, c unsafe.Pointer, n int)

// vec views n elements at p.
func vec[T any](p unsafe.Pointer, n int) []T { return unsafe.Slice((*T)(p), n) }

// forms are the strips of one operation, by which of its operands are scalars; nil where there is none, then scalars are spread
// out first.
type forms struct {
	v    strip // all operands are vectors
	s1   strip // the first is a scalar
	s2   strip // the second
	s3   strip // the third
	s23  strip // the second and the third
	swap bool  // the first two operands may be exchanged
}

// pick returns the strip for operands of which those with their bit set in scalars are scalars, and whether the first two are to
// be exchanged for it; nil if there is none.
func (f *forms) pick(scalars int) (s strip, exchange bool) {
	if f.swap && scalars&3 == 1 {
		scalars, exchange = scalars^3, true
	}
	switch scalars {
	case 0:
		s = f.v
	case 1:
		s = f.s1
	case 2:
		s = f.s2
	case 4:
		s = f.s3
	case 6:
		s = f.s23
	}
	return s, exchange
}

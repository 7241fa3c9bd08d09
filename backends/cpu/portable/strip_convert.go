package portable

import (
	"math"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/x448/float16"
)

// Conversions between lanes, and to values that the narrow types have.

// convert is Go's conversion: integers wrap, everything to floats rounds to nearest even. Not for floats to integers.
func convert[D number, S number | uint8](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[S](a, n), vec[D](d, n)
	for i := range z {
		z[i] = D(x[i])
	}
}

// saturating converts floats to integers between lo and hi without their fraction; NaN gives 0. Lanes of D hold the integer type.
func saturating[D integer, S float](lo, hi D) strip {
	// float64(hi) is hi or, for 64 bits, hi + 1, so that >= is right for both.
	low, high := float64(lo), float64(hi)
	return func(d, a, _, _ unsafe.Pointer, n int) {
		x, z := vec[S](a, n), vec[D](d, n)
		for i := range z {
			switch v := float64(x[i]); {
			case v > low && v < high:
				z[i] = D(v)
			case v >= high:
				z[i] = hi
			case v <= low:
				z[i] = lo
			default:
				z[i] = 0
			}
		}
	}
}

// saturatingTo returns the strip from floats of type S to an integer type.
func saturatingTo[S float](dt dtype.DType) strip {
	switch dt {
	case dtype.Int8:
		return saturating[int32, S](math.MinInt8, math.MaxInt8)
	case dtype.Int16:
		return saturating[int32, S](math.MinInt16, math.MaxInt16)
	case dtype.Int32:
		return saturating[int32, S](math.MinInt32, math.MaxInt32)
	case dtype.Int64:
		return saturating[int64, S](math.MinInt64, math.MaxInt64)
	case dtype.Uint8:
		return saturating[uint32, S](0, math.MaxUint8)
	case dtype.Uint16:
		return saturating[uint32, S](0, math.MaxUint16)
	case dtype.Uint32:
		return saturating[uint32, S](0, math.MaxUint32)
	case dtype.Uint64:
		return saturating[uint64, S](0, math.MaxUint64)
	}
	panic("BUG: no integer type: " + dt.String())
}

// oddFromInt64 and oddFromUint64 round to float64 so that rounding to a 16-bit float afterwards is as rounding once.
func oddFromInt64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[int64](a, n), vec[float64](d, n)
	for i := range z {
		z[i] = dtype.Float64FromInt64Odd(x[i])
	}
}

func oddFromUint64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint64](a, n), vec[float64](d, n)
	for i := range z {
		z[i] = dtype.Float64FromUint64Odd(x[i])
	}
}

// The 16-bit floats live in float32 lanes.

func roundF16(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float32](a, n), vec[float32](d, n)
	for i := range z {
		z[i] = dtype.F16FromFloat32(x[i]).Float32()
	}
}

func roundBF16(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float32](a, n), vec[float32](d, n)
	for i := range z {
		z[i] = dtype.BF16FromFloat32(x[i]).Float32()
	}
}

func f16FromF64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float64](a, n), vec[float32](d, n)
	for i := range z {
		z[i] = dtype.F16FromFloat64(x[i]).Float32()
	}
}

func bf16FromF64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float64](a, n), vec[float32](d, n)
	for i := range z {
		z[i] = dtype.BF16FromFloat64(x[i]).Float32()
	}
}

// Bit patterns of the 16-bit floats, in the low half of 32 bits.

func bitsOfF16(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float32](a, n), vec[uint32](d, n)
	for i := range z {
		z[i] = uint32(dtype.F16FromFloat32(x[i]).Bits())
	}
}

func bitsOfBF16(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float32](a, n), vec[uint32](d, n)
	for i := range z {
		z[i] = uint32(dtype.BF16FromFloat32(x[i]))
	}
}

func f16OfBits(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint32](a, n), vec[float32](d, n)
	for i := range z {
		z[i] = float16.Frombits(uint16(x[i])).Float32()
	}
}

func bf16OfBits(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint32](a, n), vec[float32](d, n)
	for i := range z {
		z[i] = dtype.BF16(x[i]).Float32()
	}
}

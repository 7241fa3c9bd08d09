package dtype

import (
	"math"
	"strconv"
)

// BF16 is a bfloat16 number: the upper half of a float32's bits.
type BF16 uint16

// BF16FromFloat32 returns x rounded to the nearest bfloat16, ties to even. NaN stays NaN, quiet, with its
// sign and the upper bits of its payload.
func BF16FromFloat32(x float32) BF16 {
	b := math.Float32bits(x)
	if x != x {
		return BF16(b>>16 | 0x40) // the quiet bit: a payload in the lower half alone would read as infinity
	}
	return BF16((b + 0x7fff + b>>16&1) >> 16)
}

// BF16FromFloat64 returns x rounded once to the nearest bfloat16, ties to even.
func BF16FromFloat64(x float64) BF16 { return BF16FromFloat32(float32Odd(x)) }

// Float32 returns the exact value of b.
func (b BF16) Float32() float32 { return math.Float32frombits(uint32(b) << 16) }

// Float64 returns the exact value of b.
func (b BF16) Float64() float64 { return float64(b.Float32()) }

// Bits returns the bit pattern of b.
func (b BF16) Bits() uint16 { return uint16(b) }

// String returns the value with as many digits as tell it from its neighbours in float32.
func (b BF16) String() string { return strconv.FormatFloat(b.Float64(), 'g', -1, 32) }

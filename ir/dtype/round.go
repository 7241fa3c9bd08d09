package dtype

import (
	"math"
	"math/bits"

	"github.com/x448/float16"
)

// float32Odd returns x rounded to odd: x itself where a float32 holds it, else of the two float32
// around x the one with an odd last bit. The odd bit remembers that something was cut off, so that a second
// rounding to a type at least two bits narrower gives what one rounding of x would (Boldo and
// Melquiond, Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd, 2008).
func float32Odd(x float64) float32 {
	f := float32(x)
	b := math.Float32bits(f)
	switch {
	case float64(f) == x || x != x || b&1 == 1:
		return f
	case math.Abs(x) > math.Abs(float64(f)):
		return math.Float32frombits(b + 1)
	}
	return math.Float32frombits(b - 1) // from infinity too: to the largest float32, which is odd
}

// F16FromFloat32 returns x rounded to the nearest float16, ties to even; NaN stays NaN.
func F16FromFloat32(x float32) float16.Float16 { return float16.Fromfloat32(x) }

// F16FromFloat64 returns x rounded once to the nearest float16, ties to even; NaN stays NaN.
func F16FromFloat64(x float64) float16.Float16 { return float16.Fromfloat32(float32Odd(x)) }

// Float64FromUint64Odd returns x rounded to odd (see float32Odd): what a float narrower than float64 is
// to be rounded from.
func Float64FromUint64Odd(x uint64) float64 {
	drop := 64 - 53 - bits.LeadingZeros64(x)
	if drop <= 0 {
		return float64(x)
	}
	kept := x >> drop
	if kept<<drop != x {
		kept |= 1
	}
	return float64(kept << drop)
}

// Float64FromInt64Odd is Float64FromUint64Odd for signed integers.
func Float64FromInt64Odd(x int64) float64 {
	if x < 0 {
		return -Float64FromUint64Odd(-uint64(x))
	}
	return Float64FromUint64Odd(uint64(x))
}

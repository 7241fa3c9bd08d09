package dtype

import (
	"math"
	"sync"
)

// Narrow types have fewer than 8 bits, or are floats of 8 bits. Arrays store them, a byte an element, and convert them; nothing computes
// with them. A byte holds an integer as int8 or uint8 would, and the bits of a float in its low bits.

// narrowFloat is the layout of a narrow float: sign (if any), exponent and mantissa, from the highest bit down.
type narrowFloat struct {
	exponent, mantissa int
	bias               int
	signed             bool
	special            special
}

// special says what a format has beside finite numbers.
type special uint8

const (
	ieeeSpecial   special = iota // the highest exponent: infinities and NaN
	nanHighest                   // FN: all ones are NaN; nothing is infinite
	nanZero                      // FNUZ: the bits of -0 are NaN; no -0, nothing is infinite
	finiteSpecial                // FN of 4 and 6 bits: all bits are finite numbers
)

var narrowFloats = map[DType]narrowFloat{
	Float8E5M2:        {5, 2, 15, true, ieeeSpecial},
	Float8E4M3:        {4, 3, 7, true, ieeeSpecial},
	Float8E3M4:        {3, 4, 3, true, ieeeSpecial},
	Float8E4M3FN:      {4, 3, 7, true, nanHighest},
	Float8E8M0FNU:     {8, 0, 127, false, nanHighest},
	Float8E4M3FNUZ:    {4, 3, 8, true, nanZero},
	Float8E5M2FNUZ:    {5, 2, 16, true, nanZero},
	Float8E4M3B11FNUZ: {4, 3, 11, true, nanZero},
	Float6E2M3FN:      {2, 3, 1, true, finiteSpecial},
	Float6E3M2FN:      {3, 2, 3, true, finiteSpecial},
	Float4E2M1FN:      {2, 1, 1, true, finiteSpecial},
}

// IsNarrow reports whether d is one of the types that are stored and converted only.
func (d DType) IsNarrow() bool { return d > numDTypes && d < numAll }

// Narrow returns the types that are stored and converted only, in the order of the constants. All does not have them.
func Narrow() []DType {
	var out []DType
	for d := numDTypes + 1; d < numAll; d++ {
		out = append(out, d)
	}
	return out
}

// Wide returns the type to compute in with the numbers of a narrow one: Int8, Uint8 or Float32, which hold them all. It is d for the others.
func (d DType) Wide() DType {
	switch {
	case !d.IsNarrow():
		return d
	case d == Int2 || d == Int4:
		return Int8
	case d == Uint2 || d == Uint4:
		return Uint8
	}
	return Float32
}

// NarrowInt keeps the bits of v that an integer of type d has, as the byte that stores it.
func (d DType) NarrowInt(v uint64) byte {
	shift := 8 - d.Bits()
	b := byte(v) << shift
	if d.Wide() == Int8 {
		return byte(int8(b) >> shift)
	}
	return b >> shift
}

// narrowValues has the number that each byte stands for, by type.
var narrowValues = sync.OnceValue(func() map[DType]*[256]float64 {
	tables := map[DType]*[256]float64{}
	for d, f := range narrowFloats {
		t := new([256]float64)
		for i := range t {
			t[i] = f.value(byte(i), d.Bits())
		}
		tables[d] = t
	}
	return tables
})

// NarrowFloats returns the number that each byte of a narrow float type stands for.
func (d DType) NarrowFloats() *[256]float64 { return narrowValues()[d] }

// value is the number of a byte; bits above those of the type do not count.
func (f narrowFloat) value(b byte, bits int) float64 {
	b &= byte(1<<bits - 1)
	sign := 1.0
	if f.signed && b>>(bits-1) == 1 {
		sign = -1
		b -= 1 << (bits - 1)
	}
	ones := byte(1<<f.exponent - 1)
	e, m := int(b>>f.mantissa), int(b&(1<<f.mantissa-1))
	switch {
	case f.special == ieeeSpecial && byte(e) == ones:
		if m > 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	case f.special == nanHighest && b == 1<<(f.exponent+f.mantissa)-1:
		return math.NaN()
	case f.special == nanZero && b == 0 && sign < 0:
		return math.NaN()
	case !f.signed: // an exponent alone
		return math.Ldexp(1, e-f.bias)
	case e == 0:
		return math.Copysign(math.Ldexp(float64(m), 1-f.bias-f.mantissa), sign)
	}
	return sign * math.Ldexp(float64(m+1<<f.mantissa), e-f.bias-f.mantissa)
}

// NarrowFromFloat64 rounds to a narrow float type: to nearest, ties to even. Beyond the largest number it is infinite where there are
// infinities, NaN where there is only that, and the largest number where all are finite; there NaN is -0. Float8E8M0FNU has powers of two
// only: 0 and negative numbers become NaN.
func NarrowFromFloat64(d DType, x float64) byte {
	f := narrowFloats[d]
	magnitudeBits := f.exponent + f.mantissa
	sign := byte(0)
	if f.signed && math.Signbit(x) {
		sign = 1 << magnitudeBits
	}
	nan := f.nanByte(sign)
	if x != x || !f.signed && x <= 0 {
		return nan
	}
	code, over := f.round(math.Abs(x))
	if !over {
		if code == 0 && f.special == nanZero {
			return 0 // no -0
		}
		return sign | byte(code)
	}
	switch f.special {
	case ieeeSpecial:
		return sign | byte((1<<f.exponent-1)<<f.mantissa)
	case finiteSpecial:
		return sign | byte(1<<magnitudeBits-1)
	}
	return nan
}

// nanByte is NaN, or what stands in its place.
func (f narrowFloat) nanByte(sign byte) byte {
	ones := byte(1<<(f.exponent+f.mantissa) - 1)
	switch f.special {
	case ieeeSpecial:
		return sign | byte((1<<f.exponent-1)<<f.mantissa) | 1<<(f.mantissa-1)
	case nanHighest:
		return sign | ones
	}
	return ones + 1 // the bits of -0
}

// round returns the bits of a positive number, and whether it is beyond the largest one.
func (f narrowFloat) round(x float64) (code int, over bool) {
	largest := 1<<(f.exponent+f.mantissa) - 1
	switch f.special {
	case ieeeSpecial:
		largest = (1<<f.exponent-1)<<f.mantissa - 1
	case nanHighest:
		largest--
	}
	if x == 0 || math.IsInf(x, 1) {
		return 0, x > 0
	}
	smallest := 1 - f.bias // exponent of the smallest normal number
	if !f.signed {
		smallest = -f.bias
	}
	_, e := math.Frexp(x)
	e = max(e-1, smallest)
	q := int(math.RoundToEven(math.Ldexp(x, f.mantissa-e))) // in units of the last place; 1<<mantissa carries into the exponent
	if f.signed {
		code = q + (e-smallest)<<f.mantissa
	} else {
		code = e - smallest + max(q-1, 0)
	}
	return code, code > largest
}

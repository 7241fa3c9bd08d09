package dtype

import (
	"fmt"
	"strings"
)

// DType is the element type of an array. The zero value is Invalid.
type DType uint8

// The element types. Bool takes one byte of memory, 0 or 1.
const (
	Invalid DType = iota
	Bool
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Float16
	BFloat16
	Float32
	Float64
	Complex64
	Complex128

	numDTypes // one past the types that arrays compute with

	// Narrow types: stored, a byte an element, and converted, nothing else. See narrow.go.
	Int2
	Int4
	Uint2
	Uint4
	Float8E5M2
	Float8E4M3
	Float8E3M4
	Float8E4M3FN
	Float8E8M0FNU
	Float8E4M3FNUZ
	Float8E5M2FNUZ
	Float8E4M3B11FNUZ
	Float6E2M3FN
	Float6E3M2FN
	Float4E2M1FN

	numAll
)

// kind is the family an element type belongs to.
type kind uint8

const (
	kindInvalid kind = iota
	kindBool
	kindSigned
	kindUnsigned
	kindFloat
	kindComplex
	kindNarrow
)

// info is what there is to know about one element type.
type info struct {
	hlo   string // StableHLO spelling
	numpy string // NumPy spelling (bfloat16 as in ml_dtypes)
	size  uint8  // bytes in memory
	bits  uint8  // bits that carry information
	kind  kind
}

var infos = [numAll]info{
	Invalid:    {"invalid", "invalid", 0, 0, kindInvalid},
	Bool:       {"i1", "bool", 1, 1, kindBool},
	Int8:       {"i8", "int8", 1, 8, kindSigned},
	Int16:      {"i16", "int16", 2, 16, kindSigned},
	Int32:      {"i32", "int32", 4, 32, kindSigned},
	Int64:      {"i64", "int64", 8, 64, kindSigned},
	Uint8:      {"ui8", "uint8", 1, 8, kindUnsigned},
	Uint16:     {"ui16", "uint16", 2, 16, kindUnsigned},
	Uint32:     {"ui32", "uint32", 4, 32, kindUnsigned},
	Uint64:     {"ui64", "uint64", 8, 64, kindUnsigned},
	Float16:    {"f16", "float16", 2, 16, kindFloat},
	BFloat16:   {"bf16", "bfloat16", 2, 16, kindFloat},
	Float32:    {"f32", "float32", 4, 32, kindFloat},
	Float64:    {"f64", "float64", 8, 64, kindFloat},
	Complex64:  {"complex<f32>", "complex64", 8, 64, kindComplex},
	Complex128: {"complex<f64>", "complex128", 16, 128, kindComplex},

	numDTypes:         {"invalid", "invalid", 0, 0, kindInvalid},
	Int2:              {"i2", "int2", 1, 2, kindNarrow},
	Int4:              {"i4", "int4", 1, 4, kindNarrow},
	Uint2:             {"ui2", "uint2", 1, 2, kindNarrow},
	Uint4:             {"ui4", "uint4", 1, 4, kindNarrow},
	Float8E5M2:        {"f8E5M2", "float8_e5m2", 1, 8, kindNarrow},
	Float8E4M3:        {"f8E4M3", "float8_e4m3", 1, 8, kindNarrow},
	Float8E3M4:        {"f8E3M4", "float8_e3m4", 1, 8, kindNarrow},
	Float8E4M3FN:      {"f8E4M3FN", "float8_e4m3fn", 1, 8, kindNarrow},
	Float8E8M0FNU:     {"f8E8M0FNU", "float8_e8m0fnu", 1, 8, kindNarrow},
	Float8E4M3FNUZ:    {"f8E4M3FNUZ", "float8_e4m3fnuz", 1, 8, kindNarrow},
	Float8E5M2FNUZ:    {"f8E5M2FNUZ", "float8_e5m2fnuz", 1, 8, kindNarrow},
	Float8E4M3B11FNUZ: {"f8E4M3B11FNUZ", "float8_e4m3b11fnuz", 1, 8, kindNarrow},
	Float6E2M3FN:      {"f6E2M3FN", "float6_e2m3fn", 1, 6, kindNarrow},
	Float6E3M2FN:      {"f6E3M2FN", "float6_e3m2fn", 1, 6, kindNarrow},
	Float4E2M1FN:      {"f4E2M1FN", "float4_e2m1fn", 1, 4, kindNarrow},
}

// All returns every DType that arrays compute with, in the order of the constants. See Narrow for the others.
func All() []DType {
	all := make([]DType, 0, numDTypes-1)
	for d := Bool; d < numDTypes; d++ {
		all = append(all, d)
	}
	return all
}

func (d DType) info() info {
	if d >= numAll {
		return infos[Invalid]
	}
	return infos[d]
}

// String returns the StableHLO spelling: i1, i8, ui8, f16, bf16, complex<f32>.
func (d DType) String() string { return d.info().hlo }

// Name returns the NumPy spelling: bool, int8, uint8, float16, bfloat16, complex64.
func (d DType) Name() string { return d.info().numpy }

// Size returns the bytes one element takes in memory: 1 for Bool, 0 for Invalid.
func (d DType) Size() int { return int(d.info().size) }

// Bits returns the bits of one element that carry information: 1 for Bool, 2 to 8 for narrow types, 8 Size for all others.
func (d DType) Bits() int { return int(d.info().bits) }

// Valid reports whether d is one of the element types.
func (d DType) Valid() bool { return d.info().kind != kindInvalid }

// IsBool reports whether d is Bool.
func (d DType) IsBool() bool { return d == Bool }

// IsFloat reports whether d is a real floating-point type.
func (d DType) IsFloat() bool { return d.info().kind == kindFloat }

// IsComplex reports whether d is a complex type.
func (d DType) IsComplex() bool { return d.info().kind == kindComplex }

// IsInt reports whether d is an integer type, signed or unsigned. Bool is none.
func (d DType) IsInt() bool { return d.IsSigned() || d.IsUnsigned() }

// IsSigned reports whether d is a signed integer type.
func (d DType) IsSigned() bool { return d.info().kind == kindSigned }

// IsUnsigned reports whether d is an unsigned integer type. Bool is none.
func (d DType) IsUnsigned() bool { return d.info().kind == kindUnsigned }

// IsNumeric reports whether d is an integer, float or complex type. Bool and narrow types are none.
func (d DType) IsNumeric() bool { return d.info().kind > kindBool && !d.IsNarrow() }

// Real returns the type of the real part: Float32 of Complex64, Float64 of Complex128, d of all others.
func (d DType) Real() DType {
	switch d {
	case Complex64:
		return Float32
	case Complex128:
		return Float64
	}
	return d
}

// Complex returns the complex type that holds d: Complex128 for Float64, Complex64 for the narrower floats,
// d for complex types and Invalid for all others.
func (d DType) Complex() DType {
	switch {
	case d.IsComplex():
		return d
	case d == Float64:
		return Complex128
	case d.IsFloat():
		return Complex64
	}
	return Invalid
}

// Parse returns the DType with the given StableHLO or NumPy spelling ("f32" or "float32").
func Parse(s string) (DType, error) {
	for d := Bool; d < numAll; d++ {
		if d.Valid() && (s == infos[d].hlo || s == infos[d].numpy) {
			return d, nil
		}
	}
	known := make([]string, 0, numDTypes)
	for _, d := range All() {
		known = append(known, d.String())
	}
	return Invalid, fmt.Errorf("parse dtype: got %q, want one of %s", s, strings.Join(known, ", "))
}

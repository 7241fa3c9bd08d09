package dtype

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNamesAndSizes(t *testing.T) {
	assert.Equal(t, "[i1 i8 i16 i32 i64 ui8 ui16 ui32 ui64 f16 bf16 f32 f64 complex<f32> complex<f64>]", toString(All()))
	for _, d := range All() {
		assert.Equal(t, int(d.GoType().Size()), d.Size(), d)
		assert.Equal(t, d.GoType().Size(), uintptr(d.GoType().Align())*uintptr(1+b2i(d.IsComplex())), d)
		if d != Bool {
			assert.Equal(t, 8*d.Size(), d.Bits(), d)
		}
		for _, spelling := range []string{d.String(), d.Name()} {
			got, err := Parse(spelling)
			require.NoError(t, err)
			assert.Equal(t, d, got)
		}
	}
	assert.Equal(t, 1, Bool.Bits())
	for _, bad := range []string{"", "invalid", "float", "F32", "complex<f16>"} {
		_, err := Parse(bad)
		assert.ErrorContains(t, err, "f32")
	}
}

func toString(dts []DType) string {
	s := "["
	for i, d := range dts {
		if i > 0 {
			s += " "
		}
		s += d.String()
	}
	return s + "]"
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestKinds(t *testing.T) {
	for _, d := range All() {
		// Every type is of exactly one family.
		assert.Equal(t, 1, b2i(d.IsBool())+b2i(d.IsSigned())+b2i(d.IsUnsigned())+b2i(d.IsFloat())+b2i(d.IsComplex()), d)
		assert.Equal(t, d.IsSigned() || d.IsUnsigned(), d.IsInt(), d)
		assert.Equal(t, d != Bool, d.IsNumeric(), d)
	}
	assert.True(t, Int8.IsSigned() && Uint64.IsUnsigned() && BFloat16.IsFloat() && Complex64.IsComplex())
	for _, d := range []DType{Invalid, numDTypes, 255} {
		assert.False(t, d.Valid() || d.IsNumeric() || d.IsInt() || d.IsFloat() || d.IsComplex() || d.IsBool())
		assert.Zero(t, d.Size())
		assert.Equal(t, "invalid", d.String())
		assert.Nil(t, d.GoType())
	}
}

func TestRealAndComplex(t *testing.T) {
	assert.Equal(t, Float32, Complex64.Real())
	assert.Equal(t, Float64, Complex128.Real())
	assert.Equal(t, Float16, Float16.Real())
	assert.Equal(t, Complex128, Float64.Complex())
	assert.Equal(t, Complex64, BFloat16.Complex())
	assert.Equal(t, Complex64, Complex64.Complex())
	assert.Equal(t, Invalid, Int32.Complex())
}

func TestOf(t *testing.T) {
	assert.Equal(t, Float32, Of[float32]())
	assert.Equal(t, BFloat16, Of[BF16]())
	assert.Equal(t, Uint16, Of[uint16]())
	for _, d := range All() {
		assert.Equal(t, d, OfValue(reflect.Zero(d.GoType()).Interface()))
	}
	assert.Equal(t, Invalid, OfValue(1))
	assert.Equal(t, Invalid, OfValue("x"))
	assert.Equal(t, Invalid, OfValue(nil))
}

func TestSet(t *testing.T) {
	for _, d := range All() {
		assert.Equal(t, d.IsInt(), Ints.Has(d))
		assert.Equal(t, d.IsFloat(), Floats.Has(d))
		assert.Equal(t, d.IsComplex(), Complexes.Has(d))
		assert.Equal(t, d.IsNumeric(), Numeric.Has(d))
	}
	assert.Equal(t, All(), Any.List())
	assert.False(t, Any.Has(Invalid))
}

package tensor

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/x448/float16"
)

// exact is a number without rounding: a big.Float, or an infinity or NaN.
type exact struct {
	x       *big.Float
	special float64 // infinity or NaN, else 0
	negZero bool
}

func exactFloat(v float64) exact {
	if v-v != 0 {
		return exact{special: v}
	}
	return exact{x: new(big.Float).SetFloat64(v), negZero: v == 0 && math.Signbit(v)}
}

// exactParts returns an element as exact real and imaginary parts.
func exactParts(v any) (re, im exact) {
	zero := exactFloat(0)
	switch v := v.(type) {
	case bool:
		if v {
			return exactFloat(1), zero
		}
		return zero, zero
	case int8:
		return exactFloat(float64(v)), zero
	case int16:
		return exactFloat(float64(v)), zero
	case int32:
		return exactFloat(float64(v)), zero
	case int64:
		return exact{x: new(big.Float).SetInt64(v)}, zero
	case uint8:
		return exactFloat(float64(v)), zero
	case uint16:
		return exactFloat(float64(v)), zero
	case uint32:
		return exactFloat(float64(v)), zero
	case uint64:
		return exact{x: new(big.Float).SetUint64(v)}, zero
	case float16.Float16:
		return exactFloat(float64(v.Float32())), zero
	case dtype.BF16:
		return exactFloat(v.Float64()), zero
	case float32:
		return exactFloat(float64(v)), zero
	case float64:
		return exactFloat(v), zero
	case complex64:
		return exactFloat(float64(real(v))), exactFloat(float64(imag(v)))
	case complex128:
		return exactFloat(real(v)), exactFloat(imag(v))
	}
	panic("BUG: no element")
}

func (e exact) isZero() bool { return e.special == 0 && e.x.Sign() == 0 }

// toFloat rounds once to a float of prec bits with the given least normal exponent and largest value.
func (e exact) toFloat(prec uint, minExponent int, largest float64) float64 {
	switch {
	case e.special != 0:
		return e.special
	case e.negZero:
		return math.Copysign(0, -1)
	case e.x.Sign() == 0:
		return 0
	}
	// Below the normal numbers there are fewer bits; none at all is a choice between 0 and the least number.
	exponent := e.x.MantExp(nil) - 1
	if lost := minExponent - exponent; lost > 0 {
		least := math.Ldexp(1, minExponent-int(prec)+1)
		if lost >= int(prec) {
			if new(big.Float).Abs(e.x).Cmp(big.NewFloat(least/2)) <= 0 {
				least = 0
			}
			return math.Copysign(least, float64(e.x.Sign()))
		}
		prec -= uint(lost)
	}
	y, _ := new(big.Float).SetPrec(prec).SetMode(big.ToNearestEven).Set(e.x).Float64()
	if math.Abs(y) > largest {
		return math.Copysign(math.Inf(1), y)
	}
	return y
}

// toInt is the integer of the given width: floats lose their fraction and saturate, integers wrap.
func (e exact) toInt(bits uint, signed, wrap bool) *big.Int {
	lo, hi := big.NewInt(0), new(big.Int).Lsh(big.NewInt(1), bits)
	if signed {
		lo.Neg(new(big.Int).Lsh(big.NewInt(1), bits-1))
		hi.Lsh(big.NewInt(1), bits-1)
	}
	top := new(big.Int).Sub(hi, big.NewInt(1))
	switch {
	case math.IsNaN(e.special):
		return big.NewInt(0)
	case e.special > 0:
		return top
	case e.special < 0:
		return lo
	}
	n, _ := e.x.Int(nil)
	switch {
	case wrap:
		span := new(big.Int).Lsh(big.NewInt(1), bits)
		n.Mod(n, span)
		if n.Cmp(hi) >= 0 {
			n.Sub(n, span)
		}
	case n.Cmp(lo) < 0:
		return lo
	case n.Cmp(top) > 0:
		return top
	}
	return n
}

// expected is what the documentation of AsType says, by exact arithmetic.
func expected(v any, to dtype.DType) any {
	re, im := exactParts(v)
	from := dtype.OfValue(v)
	float32Of := func(e exact) float32 { return float32(e.toFloat(24, -126, math.MaxFloat32)) }
	float64Of := func(e exact) float64 { return e.toFloat(53, -1022, math.MaxFloat64) }
	integer := func() *big.Int { return re.toInt(uint(to.Bits()), to.IsSigned(), !from.IsFloat() && !from.IsComplex()) }
	switch to {
	case dtype.Bool:
		return !(re.isZero() && im.isZero())
	case dtype.Int8:
		return int8(integer().Int64())
	case dtype.Int16:
		return int16(integer().Int64())
	case dtype.Int32:
		return int32(integer().Int64())
	case dtype.Int64:
		return integer().Int64()
	case dtype.Uint8:
		return uint8(integer().Uint64())
	case dtype.Uint16:
		return uint16(integer().Uint64())
	case dtype.Uint32:
		return uint32(integer().Uint64())
	case dtype.Uint64:
		return integer().Uint64()
	case dtype.Float16:
		return float16.Fromfloat32(float32(re.toFloat(11, -14, 65504)))
	case dtype.BFloat16:
		return dtype.BF16(math.Float32bits(float32(re.toFloat(8, -126, 0x1.fep127))) >> 16)
	case dtype.Float32:
		return float32Of(re)
	case dtype.Float64:
		return float64Of(re)
	case dtype.Complex64:
		return complex(float32Of(re), float32Of(im))
	case dtype.Complex128:
		return complex(float64Of(re), float64Of(im))
	}
	panic("BUG: no type")
}

// samples returns elements of a type: limits, ties, neighbours of powers of two, and random bits.
func samples(dt dtype.DType, n int) *Tensor {
	r := rand.New(rand.NewPCG(uint64(dt), 1))
	t := Must(New(dt, n))
	for i := range t.data {
		t.data[i] = byte(r.Uint32())
	}
	if dt == dtype.Bool {
		for i := range t.data {
			t.data[i] &= 1
		}
		return t
	}
	for i := 0; i < n/2; i++ {
		switch {
		case dt.IsInt():
			t.Set(i, uint64(1)<<r.IntN(64)*uint64(r.IntN(600))+uint64(r.IntN(5))-2)
		case dt.IsFloat():
			t.Set(i, sampleFloat(r))
		default:
			t.Set(i, complex(sampleFloat(r), sampleFloat(r)))
		}
	}
	return t
}

func sampleFloat(r *rand.Rand) float64 {
	switch r.IntN(8) {
	case 0:
		return []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 0.5, -0.5, -0.99, math.MaxFloat64}[r.IntN(9)]
	case 1: // around the limits of the integer types
		x := math.Ldexp(float64(1-2*r.IntN(2)), 7+r.IntN(58)) + float64(r.IntN(5)-2)/2
		return math.Nextafter(x, float64(r.IntN(3)-1)*math.MaxFloat64)
	case 2: // ties
		return math.Ldexp(float64(2*r.IntN(1<<12)+1), r.IntN(200)-150)
	case 3:
		return math.Ldexp(r.NormFloat64(), -r.IntN(200))
	}
	return math.Ldexp(r.NormFloat64(), r.IntN(80)-10)
}

func TestAsTypeAllPairs(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 700
	}
	for _, from := range dtype.All() {
		x := samples(from, n)
		for _, to := range dtype.All() {
			got := x.AsType(to)
			want := Must(New(to, n))
			for i := range n {
				reflectSet(want, i, expected(x.Get(i), to))
			}
			if got.Equal(want) {
				continue
			}
			for i := range n {
				if !got.Slice(i, i+1).Equal(want.Slice(i, i+1)) {
					t.Fatalf("%s to %s: %v gives %v, want %v", from, to, x.Get(i), got.Get(i), want.Get(i))
				}
			}
		}
	}
}

// reflectSet stores a value of the element's own Go type, without conversion.
func reflectSet(t *Tensor, i int, v any) {
	one := spanOfNumber(v)
	if one.dt != t.dt {
		panic("BUG: want a value of the element type")
	}
	copy(t.span(i, 1).data, one.data)
}

func TestAsTypeByHand(t *testing.T) {
	x := Of(-1.5, 2.9, 300, math.NaN(), math.Inf(-1), -0.9)
	assert.Equal(t, []int8{-1, 2, 127, 0, -128, 0}, Flat[int8](x.AsType(dtype.Int8)))
	assert.Equal(t, []uint8{0, 2, 255, 0, 0, 0}, Flat[uint8](x.AsType(dtype.Uint8)))
	assert.Equal(t, []bool{true, true, true, true, true, true}, Flat[bool](x.AsType(dtype.Bool)))
	assert.Equal(t, []int64{math.MaxInt64, math.MinInt64}, Flat[int64](Of(1e300, -1e300).AsType(dtype.Int64)))
	assert.Equal(t, []uint64{math.MaxUint64, 1 << 63}, Flat[uint64](Of(1e300, 0x1p63).AsType(dtype.Uint64)))
	assert.Equal(t, []uint8{0, 255, 44}, Flat[uint8](Of(256, -1, 300).AsType(dtype.Uint8)), "integers wrap")
	assert.Equal(t, float32(1<<24), Scalar(1<<24+1).AsType(dtype.Float32).Item(), "ties go to even")
	assert.Equal(t, float32(1<<24+4), Scalar(1<<24+3).AsType(dtype.Float32).Item())
	// 2^40 + 2^32 is a bfloat16 tie; with one more it is not, though a float32 loses that one.
	assert.Equal(t, dtype.BF16FromFloat32(1<<40+1<<33), Scalar(1<<40+1<<32+1).AsType(dtype.BFloat16).Item())
	assert.Equal(t, dtype.BF16FromFloat32(1<<40), Scalar(1<<40+1<<32).AsType(dtype.BFloat16).Item())
	assert.Equal(t, -1.5, Scalar(-1.5+2i).AsType(dtype.Float64).Item())
	assert.Equal(t, true, Scalar(2i).AsType(dtype.Bool).Item())
	y := sixInts()
	assert.Same(t, y, y.AsType(dtype.Int32))
	assert.Equal(t, []int{2, 3}, y.AsType(dtype.Float16).Shape())
	assert.Zero(t, Must(New(dtype.Float32, 0, 2)).AsType(dtype.Int8).Size())
	requireMisuse(t, "dtype", func() { y.AsType(dtype.Invalid) })
}

// Loaders and storers convert as AsType does, from any position.
func TestLoadAndStore(t *testing.T) {
	for _, dt := range dtype.All() {
		x := samples(dt, 600)
		f, i, u, c := make([]float64, 500), make([]int64, 500), make([]uint64, 500), make([]complex128, 500)
		x.LoadFloat64(f, 77)
		x.LoadInt64(i, 77)
		x.LoadUint64(u, 77)
		x.LoadComplex128(c, 77)
		part := x.Slice(77, 577)
		for _, want := range []*Tensor{Of(f...), Of(i...), Of(u...), Of(c...)} {
			assert.True(t, want.Equal(part.AsType(want.DType())), "%s to %s", dt, want.DType())
		}
		assert.True(t, Of(x.Float64s()...).Equal(x.AsType(dtype.Float64)))
		assert.True(t, Of(x.Int64s()...).Equal(x.AsType(dtype.Int64)))
		assert.True(t, Of(x.Complex128s()...).Equal(x.AsType(dtype.Complex128)))

		for _, store := range []struct {
			source *Tensor
			store  func(*Tensor)
		}{
			{Of(f...), func(y *Tensor) { y.StoreFloat64(50, f) }},
			{Of(i...), func(y *Tensor) { y.StoreInt64(50, i) }},
			{Of(u...), func(y *Tensor) { y.StoreUint64(50, u) }},
			{Of(c...), func(y *Tensor) { y.StoreComplex128(50, c) }},
		} {
			y := x.Clone()
			store.store(y)
			assert.True(t, y.Slice(0, 50).Equal(x.Slice(0, 50)))
			assert.True(t, y.Slice(550, 600).Equal(x.Slice(550, 600)))
			assert.True(t, y.Slice(50, 550).Equal(store.source.AsType(dt)), "%s from %s", dt, store.source.DType())
		}
	}
	x := sixInts()
	requireMisuse(t, "range of 3 elements at 4", func() { x.LoadFloat64(make([]float64, 3), 4) })
	requireMisuse(t, "range of 1 elements at -1", func() { x.StoreInt64(-1, []int64{1}) })
	x.StoreFloat64(6, nil)
}

// Bulk conversion takes no memory but the result.
func TestConversionDoesNotAllocate(t *testing.T) {
	x, dst := Must(Full(dtype.BFloat16, 1.5, 1000)), make([]float64, 1000)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		x.LoadFloat64(dst, 0)
		x.StoreFloat64(0, dst)
	}))
}

func BenchmarkConvert(b *testing.B) {
	for _, pair := range [][2]dtype.DType{
		{dtype.Float32, dtype.Float64}, {dtype.Float64, dtype.Float32}, {dtype.Float64, dtype.Int32},
		{dtype.Float32, dtype.BFloat16}, {dtype.Int32, dtype.Float32}, {dtype.Float64, dtype.Float16},
	} {
		b.Run(pair[0].Name()+"-"+pair[1].Name(), func(b *testing.B) {
			x, y := Must(Full(pair[0], 1.5, 4096)), Must(New(pair[1], 4096))
			for b.Loop() {
				convert(y.span(0, 4096), x.span(0, 4096))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/element")
		})
	}
}

package dtype

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/x448/float16"
)

// nearest is x rounded once to a float with the given stored mantissa bits and least normal exponent: by
// scaling to units in the last place, which float64 does exactly.
func nearest(x float64, mantissa, minExponent int, largest float64) float64 {
	if x == 0 || x-x != 0 {
		return x
	}
	ulp := max(math.Ilogb(x), minExponent) - mantissa
	y := math.Ldexp(math.RoundToEven(math.Ldexp(x, -ulp)), ulp)
	if math.Abs(y) > largest {
		return math.Copysign(math.Inf(1), x)
	}
	return y
}

func nearestF16(x float64) float64 { return nearest(x, 10, -14, 65504) }

func nearestBF16(x float64) float64 {
	return nearest(x, 7, -126, math.Ldexp(1.9921875, 127))
}

func requireSame(t *testing.T, want, got, x float64) {
	t.Helper()
	if math.Float64bits(want) != math.Float64bits(got) {
		t.Fatalf("%x rounds to %x, want %x", x, got, want)
	}
}

// Every float16 and bfloat16, every midpoint between two, and the float64 numbers beside them.
func TestRoundingExhaustive(t *testing.T) {
	check := func(x float64) {
		requireSame(t, nearestF16(x), float64(F16FromFloat64(x).Float32()), x)
		requireSame(t, nearestBF16(x), BF16FromFloat64(x).Float64(), x)
		if f := float32(x); float64(f) == x {
			requireSame(t, nearestF16(x), float64(F16FromFloat32(f).Float32()), x)
			requireSame(t, nearestBF16(x), BF16FromFloat32(f).Float64(), x)
		}
	}
	around := func(x float64) {
		for _, y := range []float64{x, math.Nextafter(x, 0), math.Nextafter(x, math.MaxFloat64)} {
			check(y)
			check(-y)
		}
	}
	for i := range uint16(0x7c00) {
		a := float64(float16.Frombits(i).Float32())
		b := float64(float16.Frombits(i + 1).Float32())
		if math.IsInf(b, 0) {
			b = 65536
		}
		around(a)
		around((a + b) / 2)
	}
	for i := range uint16(0x7f80) {
		a, b := BF16(i).Float64(), BF16(i+1).Float64()
		if math.IsInf(b, 0) {
			b = math.Ldexp(1, 128)
		}
		around(a)
		around((a + b) / 2)
	}
	for _, x := range []float64{math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxFloat32, math.Nextafter(math.MaxFloat32, math.MaxFloat64), math.Inf(1)} {
		check(x)
		check(-x)
	}
}

func TestRoundingRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for range cases(t, 2_000_000) {
		x := math.Float64frombits(r.Uint64() >> r.IntN(3) << r.IntN(60))
		x = math.Ldexp(math.Copysign(1+math.Mod(math.Abs(x), 1), x), r.IntN(320)-160)
		if x-x != 0 {
			continue
		}
		requireSame(t, nearestF16(x), float64(F16FromFloat64(x).Float32()), x)
		requireSame(t, nearestBF16(x), BF16FromFloat64(x).Float64(), x)
	}
}

// Rounding by way of float32 gives another number here: the helper must not.
func TestRoundingOnce(t *testing.T) {
	x := 1 + math.Ldexp(1, -11) + math.Ldexp(1, -40) // just above the middle of 1 and the next float16
	require.Equal(t, float16.Frombits(0x3c00), F16FromFloat32(float32(x)))
	require.Equal(t, float16.Frombits(0x3c01), F16FromFloat64(x))
	y := 1 + math.Ldexp(1, -8) + math.Ldexp(1, -40)
	require.Equal(t, BF16(0x3f80), BF16FromFloat32(float32(y)))
	require.Equal(t, BF16(0x3f81), BF16FromFloat64(y))
}

func TestNaNStaysNaN(t *testing.T) {
	for _, bits := range []uint32{0x7f800001, 0x7fffffff, 0xff800001, 0x7fc00000, 0x7f80ffff} {
		nan := math.Float32frombits(bits)
		require.True(t, F16FromFloat32(nan).IsNaN(), "%x", bits)
		b := BF16FromFloat32(nan)
		require.True(t, math.IsNaN(b.Float64()), "%x", bits)
		require.Equal(t, bits>>31, uint32(b.Bits())>>15)
	}
	for _, bits := range []uint64{0x7ff0000000000001, 0xfff0000000000001, 0x7ff8000000000000} {
		nan := math.Float64frombits(bits)
		require.True(t, F16FromFloat64(nan).IsNaN())
		require.True(t, math.IsNaN(BF16FromFloat64(nan).Float64()))
	}
	require.Equal(t, "NaN", BF16FromFloat64(math.NaN()).String())
	require.Equal(t, "1.5", BF16FromFloat64(1.5).String())
}

// An integer rounded to odd and then to a narrower float is the integer rounded once.
func TestIntegersToOdd(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	for range cases(t, 400_000) {
		x := r.Uint64() >> r.IntN(64)
		switch r.IntN(3) {
		case 0: // a bfloat16 tie, and next to it
			x = uint64(2*r.IntN(1<<8)+1)<<r.IntN(55) + uint64(r.IntN(3)-1)
		case 1:
			x = -x
		}
		odd := Float64FromUint64Odd(x)
		requireSame(t, bigRound(new(big.Int).SetUint64(x), 8), BF16FromFloat64(odd).Float64(), odd)
		i := int64(x)
		odd = Float64FromInt64Odd(i)
		requireSame(t, bigRound(big.NewInt(i), 8), BF16FromFloat64(odd).Float64(), odd)
		if x < 1<<53 {
			require.Equal(t, float64(x), Float64FromUint64Odd(x))
		}
	}
	require.Equal(t, -math.Ldexp(1, 63), Float64FromInt64Odd(math.MinInt64))
	require.Zero(t, Float64FromInt64Odd(0))
}

// bigRound rounds an integer to a float of prec bits.
func bigRound(x *big.Int, prec uint) float64 {
	y, _ := new(big.Float).SetPrec(prec).SetMode(big.ToNearestEven).SetInt(x).Float64()
	return y
}

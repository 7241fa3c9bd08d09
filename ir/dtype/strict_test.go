package dtype

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// exactFMA32 is a*b + c of finite numbers by exact arithmetic, rounded once by math/big.
func exactFMA32(a, b, c float32) float32 {
	const exact = 1100 // bits: the exponents of product and addend are less than 600 apart
	x := new(big.Float).SetPrec(exact).SetFloat64(float64(a))
	x.Mul(x, new(big.Float).SetPrec(exact).SetFloat64(float64(b)))
	x.Add(x, new(big.Float).SetPrec(exact).SetFloat64(float64(c)))
	if x.Sign() == 0 {
		// big.Float forgets the sign of an exact zero; IEEE: the sum of the signs, +0 of opposite ones.
		return float32(float64(a)*float64(b)) + c
	}
	got, _ := x.Float32()
	return got
}

func checkFMA32(t *testing.T, a, b, c float32) {
	t.Helper()
	got, want := FMA32(a, b, c), exactFMA32(a, b, c)
	if math.Float32bits(got) != math.Float32bits(want) {
		t.Fatalf("FMA32(%x, %x, %x) = %x, want %x", a, b, c, got, want)
	}
}

func cases(t *testing.T, n int) int {
	if testing.Short() {
		return n / 20
	}
	return n
}

// anyFloat32 returns a finite number with an exponent between lo and hi (biased, 0 is subnormal) and often few bits.
func anyFloat32(r *rand.Rand, lo, hi int) float32 {
	exponent := uint32(lo + r.IntN(hi-lo+1))
	mantissa := r.Uint32() >> 9
	switch r.IntN(4) {
	case 0:
		mantissa &= 0x7ff << r.IntN(13) // short: products end early, sums tie
	case 1:
		mantissa |= 0x7fffff >> r.IntN(23) // trailing ones
	}
	return math.Float32frombits(r.Uint32()&(1<<31) | exponent<<23 | mantissa)
}

func TestFMA32Random(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range cases(t, 1_000_000) {
		checkFMA32(t, anyFloat32(r, 0, 254), anyFloat32(r, 0, 254), anyFloat32(r, 0, 254))
	}
}

// The addend is close to the product, so that they cancel, or overlap by any number of bits.
func TestFMA32Overlap(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for range cases(t, 1_500_000) {
		a, b := anyFloat32(r, 1, 254), anyFloat32(r, 1, 254)
		p := float64(a) * float64(b)
		c := float32(math.Ldexp(p, r.IntN(120)-60))
		if r.IntN(3) == 0 {
			c = -float32(p)
		}
		if math.IsInf(float64(c), 0) {
			continue
		}
		checkFMA32(t, a, b, math.Float32frombits(math.Float32bits(c)^uint32(r.IntN(4))))
	}
}

// nearPowers returns pairs of float32 whose exact product is 1 or 1 plus or minus at most 2^-34: so close that a float64 sum
// with something 2^24 times as large loses the difference.
func nearPowers() (pairs [][2]float32) {
	for m := 17; m < 24; m++ {
		e := float32(math.Ldexp(1, -m))
		pairs = append(pairs, [2]float32{1 + e, 1 - e}) // 1 - 2^-2m
	}
	for k := 34; k < 47; k++ {
		for a := uint64(1<<k+1)>>24 | 1; a < 1<<((k+1)/2); a += 2 {
			if n := uint64(1<<k + 1); n%a == 0 {
				pairs = append(pairs, [2]float32{float32(a), float32(math.Ldexp(float64(n/a), -k))})
			}
		}
	}
	return append(pairs, [2]float32{1, 1})
}

// The sum is a tie between two float32, or beside one by much less than a bit of a float64: this is where rounding
// twice goes wrong. Half of the results are subnormal.
func TestFMA32NearTies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	pairs := nearPowers()
	twiceWrong := [2]int{}
	for i := range cases(t, 2_000_000) {
		c := anyFloat32(r, 1, 220)
		if i%2 == 1 {
			c = anyFloat32(r, 0, 1)
		}
		size := float32(math.Abs(float64(c)))
		half := float64(math.Nextafter32(size, math.MaxFloat32)-size) / 2
		pair := pairs[r.IntN(len(pairs))]
		// The half is a power of two: shared out between the factors, it does not change their digits.
		split := math.Ldexp(1, math.Ilogb(half)/2)
		a, b := float32(float64(pair[0])*split), float32(float64(pair[1])*(half/split))
		if r.IntN(2) == 0 {
			a = -a
		}
		require.InEpsilon(t, half, math.Abs(float64(a)*float64(b)), 1e-9)
		checkFMA32(t, a, b, c)
		if float32(float64(a)*float64(b)+float64(c)) != FMA32(a, b, c) {
			twiceWrong[i%2]++
		}
	}
	require.Greater(t, min(twiceWrong[0], twiceWrong[1]), 10_000, "the cases are not hard")
}

// Sums of small numbers whose last bits lie far below the least float32.
func TestFMA32Subnormal(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	for range cases(t, 1_000_000) {
		a, b := anyFloat32(r, 127-80, 127-60), anyFloat32(r, 127-80, 127-60)
		checkFMA32(t, a, b, anyFloat32(r, 0, 4))
	}
}

func TestFMA32Special(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	zero := float32(0)
	negZero := float32(math.Copysign(0, -1))
	big, tiny := float32(math.MaxFloat32), float32(math.SmallestNonzeroFloat32)
	for _, c := range [][4]float32{
		{inf, 1, 1, inf}, {inf, -1, 1, -inf}, {1, 1, -inf, -inf}, {inf, 1, -inf, nan}, {inf, 0, 1, nan}, {nan, 0, 0, nan},
		{0, 1, nan, nan}, {1, nan, inf, nan},
		{zero, 1, zero, zero}, {negZero, 1, negZero, negZero}, {negZero, 1, zero, zero}, {1, 1, -1, zero}, {-1, 1, 1, zero},
		{big, big, 0, inf}, {big, big, -inf, -inf}, {big, 1, big, inf}, {big, 2, -big, big}, {-big, 2, 0, -inf},
		{tiny, 0.5, 0, zero}, {tiny, -0.5, 0, negZero}, {tiny, 0.5, tiny, 2 * tiny}, {tiny, 0.75, 0, tiny}, {tiny, tiny, tiny, tiny},
		{-tiny, tiny, 0, negZero}, {tiny, tiny, -tiny, -tiny},
	} {
		got := FMA32(c[0], c[1], c[2])
		if c[3] != c[3] {
			require.True(t, got != got, "%v: got %v", c, got)
			continue
		}
		require.Equal(t, math.Float32bits(c[3]), math.Float32bits(got), "%v: got %v", c, got)
	}
	// The largest finite result, and half an ulp above it: a tie that goes to infinity, and just below.
	halfUlp := float32(math.Ldexp(1, 103))
	require.Equal(t, inf, FMA32(halfUlp, 1, big))
	require.Equal(t, big, FMA32(halfUlp, math.Nextafter32(1, 0), big))
	require.Equal(t, big, FMA32(tiny, -1, big))
}

func FuzzFMA32(f *testing.F) {
	f.Add(uint32(0x3f800001), uint32(0x33800000), uint32(0x3f800000))
	f.Fuzz(func(t *testing.T, a, b, c uint32) {
		x, y, z := math.Float32frombits(a), math.Float32frombits(b), math.Float32frombits(c)
		for _, v := range []float32{x, y, z} {
			if v-v != 0 {
				return
			}
		}
		checkFMA32(t, x, y, z)
	})
}

// What is not fused rounds the product: 1 + 2^-12 squared minus one has a last bit that float32 loses.
func TestUnfused(t *testing.T) {
	a := float32(1 + 1.0/4096)
	require.Equal(t, float32(1.0/2048), float32(a*a)-1)
	require.NotEqual(t, float32(1.0/2048), FMA32(a, a, -1))
	b := 1 + math.Ldexp(1, -27)
	require.Equal(t, math.Ldexp(1, -26), float64(b*b)-1)
	require.Equal(t, math.Ldexp(1, -26)+math.Ldexp(1, -54), FMA64(b, b, -1))
	require.Equal(t, complex(float32(1.0/2048), 2*a), MulComplex64(complex(a, 1), complex(a, 1)))
	require.Equal(t, complex(math.Ldexp(1, -26), 2*b), MulComplex128(complex(b, 1), complex(b, 1)))
	require.Equal(t, complex(float32(-7), 22), MulComplex64(2+3i, 4+5i))
	require.Equal(t, complex(-7.0, 22), MulComplex128(2+3i, 4+5i))
}

var sink32 float32

func BenchmarkFMA32(b *testing.B) {
	xs := make([]float32, 1024)
	r := rand.New(rand.NewPCG(5, 1))
	for i := range xs {
		xs[i] = r.Float32()
	}
	for b.Loop() {
		var sum float32
		for i := range 1022 {
			sum += FMA32(xs[i], xs[i+1], xs[i+2])
		}
		sink32 = sum
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1022, "ns/fma")
}

func BenchmarkFMA32Exact(b *testing.B) {
	for b.Loop() {
		var sum float32
		for i := range 1022 {
			sum += FMA32(float32(i), 2, 3)
		}
		sink32 = sum
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1022, "ns/fma")
}

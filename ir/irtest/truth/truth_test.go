package truth

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
	"github.com/stretchr/testify/assert"
)

// functions lists what can be compared with arbitrary precision, on lo to hi and, where tiny is set, also on numbers of all exponents there.
var functions = []struct {
	name   string
	quick  func(float64) Value
	big    func(*big.Float, uint) *big.Float
	lo, hi float64
	tiny   bool
}{
	{"exp", Exp, bigmath.Exp, -760, 720, true}, {"exp2", Exp2, bigExp2, -1080, 1030, true}, {"expm1", Expm1, bigmath.Expm1, -50, 720, true},
	{"logistic", Logistic, bigmath.Logistic, -750, 50, true}, {"log", Log, bigmath.Log, 0, 3, true}, {"log1p", Log1p, bigmath.Log1p, -0.9999, 3, true},
	{"sinh", Sinh, bigmath.Sinh, -712, 712, true}, {"cosh", Cosh, bigmath.Cosh, -712, 712, true}, {"tanh", Tanh, bigmath.Tanh, -25, 25, true},
	{"asinh", Asinh, bigmath.Asinh, -5, 5, true}, {"acosh", Acosh, bigmath.Acosh, 1, 5, false}, {"atanh", Atanh, bigmath.Atanh, -1, 1, true},
	{"cbrt", Cbrt, bigmath.Cbrt, -9, 9, true}, {"sqrt", Sqrt, bigmath.Sqrt, 0, 9, true},
	{"rsqrt", Rsqrt, func(x *big.Float, p uint) *big.Float {
		return new(big.Float).SetPrec(p).Quo(big.NewFloat(1), bigmath.Sqrt(x, p+9))
	}, 0, 9, true},
	{"sin", Sin, bigmath.Sin, -10, 10, true}, {"cos", Cos, bigmath.Cos, -10, 10, true}, {"tan", Tan, bigmath.Tan, -10, 10, true},
	{"asin", Asin, bigmath.Asin, -1, 1, true}, {"acos", Acos, bigmath.Acos, -1, 1, true}, {"atan", Atan, bigmath.Atan, -5, 5, true},
	{"erf", Erf, bigmath.Erf, -7, 7, true}, {"erfc", Erfc, bigmath.Erfc, -7, 28, true}, {"erfinv", ErfInv, bigmath.ErfInv, -1, 1, true},
	{"lgamma", Lgamma, bigmath.Lgamma, -20, 60, false}, {"digamma", Digamma, bigmath.Digamma, -20, 60, false},
	{"i0e", BesselI0e, func(x *big.Float, p uint) *big.Float { return bigmath.BesselIe(0, x, p) }, -60, 60, true},
	{"i1e", BesselI1e, func(x *big.Float, p uint) *big.Float { return bigmath.BesselIe(1, x, p) }, -60, 60, true},
}

func bigExp2(x *big.Float, prec uint) *big.Float {
	y := new(big.Float).SetPrec(prec+64).Mul(x, bigmath.Ln2(prec+128))
	return bigmath.Exp(y, prec)
}

// distance is the relative error of a value in bits.
func distance(v Value, want *big.Float) float64 {
	got := new(big.Float).SetPrec(300).SetFloat64(v.Hi)
	got.Add(got, big.NewFloat(v.Lo))
	got.SetMantExp(got, v.Exp)
	if got.Sub(got, want).Sign() == 0 {
		return -1e3
	}
	return float64(got.MantExp(nil) - want.MantExp(nil))
}

// The errors that matter are those of the last place: 2^-75 is 1e-7 of that.
func TestAgainstBig(t *testing.T) {
	times := 1000
	if testing.Short() {
		times = 100
	}
	for _, f := range functions {
		r := rand.New(rand.NewPCG(1, 2))
		worst, at := -1e3, 0.0
		for i := range times {
			x := f.lo + (f.hi-f.lo)*r.Float64()
			if f.tiny && i%4 == 0 {
				x = math.Ldexp(x, -r.IntN(1100))
			}
			if x < f.lo || x > f.hi || x == 0 {
				continue
			}
			if d := distance(f.quick(x), f.big(big.NewFloat(x), 150)); d > worst {
				worst, at = d, x
			}
		}
		t.Logf("%-8s %4g at %v", f.name, worst, at)
		assert.LessOrEqual(t, worst, -75., "%s(%v)", f.name, at)
	}
}

// Large arguments, and those that are nearest to multiples of pi/2.
func TestCircularOfLargeNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	try := func(x float64) {
		for _, f := range functions {
			if f.name == "sin" || f.name == "cos" || f.name == "tan" {
				assert.LessOrEqual(t, distance(f.quick(x), f.big(big.NewFloat(x), 150)), -75., "%s(%v)", f.name, x)
			}
		}
	}
	for range 100 {
		try(math.Ldexp(r.Float64(), 1+r.IntN(1023)))
		try(math.RoundToEven(math.Ldexp(r.Float64(), r.IntN(60))) * (math.Pi / 2))
	}
	try(6381956970095103 * 0x1p797)
	try(math.MaxFloat64)
}

func TestBinary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		x, y := math.Ldexp(1+r.Float64(), r.IntN(41)-20), math.Ldexp(1+r.Float64(), r.IntN(41)-20)*math.Copysign(1, r.Float64()-0.5)
		if p := y * math.Log2(x); math.Abs(p) < 1100 {
			assert.LessOrEqual(t, distance(Pow(x, y), bigmath.Pow(big.NewFloat(x), big.NewFloat(y), 150)), -75., "pow(%v, %v)", x, y)
		}
		x *= math.Copysign(1, r.Float64()-0.5)
		assert.LessOrEqual(t, distance(Atan2(y, x), bigmath.Atan2(big.NewFloat(y), big.NewFloat(x), 150)), -75., "atan2(%v, %v)", y, x)
	}
	assert.Equal(t, -8., Pow(-2, 3).Float64())
	assert.Equal(t, 16., Pow(-2, 4).Float64())
}

// TestUnits measures errors that are known.
func TestUnits(t *testing.T) {
	third := plain(one(1).div(one(3)))
	x := 1. / 3
	assert.InDelta(t, 1./3, third.ULP64(x), 1e-9)
	assert.InDelta(t, 2./3, third.ULP64(math.Nextafter(x, 1)), 1e-9)
	assert.InDelta(t, 1./3, third.ULP32(float32(x)), 1e-9)
	half := Value{one(1), -1075} // half of the smallest number
	assert.Equal(t, 0.5, half.ULP64(0))
	assert.Equal(t, 0.5, half.ULP64(5e-324))
	below := plain(Pair{1, -0x1p-80}) // in the binade below 1
	assert.InDelta(t, 0x1p-27, below.ULP64(1), 1e-20)
	assert.InDelta(t, 1, below.ULP64(1-0x1p-53), 1e-7)
	limit := Value{one(1), 1024}
	assert.Equal(t, 0., limit.ULP64(math.Inf(1)))
	assert.Equal(t, 1., limit.ULP64(math.MaxFloat64))
	assert.Equal(t, 1., plain(one(math.MaxFloat64)).ULP64(math.Inf(1)))
	assert.Equal(t, 0., exactly(math.NaN()).ULP64(math.NaN()))
	assert.Equal(t, math.Inf(1), exactly(0).ULP64(math.Copysign(0, -1)))
	assert.Equal(t, math.Inf(1), exactly(math.Inf(1)).ULP64(math.MaxFloat64))
	assert.Equal(t, math.Inf(1), third.ULP64(-x))
}

func BenchmarkFunctions(b *testing.B) {
	for _, f := range functions {
		b.Run(f.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				f.quick(f.lo + (f.hi-f.lo)*r.Float64())
			}
		})
	}
}

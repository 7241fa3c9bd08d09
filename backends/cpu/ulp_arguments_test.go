package cpu

import (
	"math"
	"math/big"
	"math/rand/v2"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
)

// generalEdges are arguments near which every function is tried.
var generalEdges = []float64{
	0, 1, -1, 0.5, -0.5, 2, -2, math.MaxFloat32, -math.MaxFloat32, math.MaxFloat64, -math.MaxFloat64, 0x1p-126, -0x1p-126, 0x1p-149, -0x1p-149,
	0x1p-1022, -0x1p-1022, math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.NaN(),
}

// argument draws arguments of f: any bits, moderate exponents, where much happens, near multiples of pi/2, near 1, numbers of few digits,
// denormal and huge numbers, and the neighbourhood of edges; each kind as often.
func (f *function) argument(r *rand.Rand) float64 {
	sign := 1 - 2*float64(r.IntN(2))
	switch r.IntN(8) {
	case 0:
		return math.Float64frombits(r.Uint64())
	case 1:
		return sign * math.Ldexp(1+r.Float64(), r.IntN(72)-60)
	case 2:
		return f.lo + (f.hi-f.lo)*r.Float64()
	case 3:
		k := math.Round(math.Ldexp(1+r.Float64(), r.IntN(60)))
		return sign * neighbour(r, k*(math.Pi/2), 4)
	case 4:
		return sign + math.Ldexp(2*r.Float64()-1, -r.IntN(53))
	case 5:
		return sign * math.Ldexp(float64(1+r.IntN(1<<(1+r.IntN(12)))), r.IntN(40)-30)
	case 6:
		bits := r.Uint64N(4 << 52)
		if r.IntN(2) == 0 {
			bits = (2047 << 52) - 1 - bits
		}
		return sign * math.Float64frombits(bits)
	}
	if len(f.edges) > 0 && r.IntN(2) == 0 {
		return neighbour(r, f.edges[r.IntN(len(f.edges))], 1<<r.IntN(21))
	}
	return neighbour(r, generalEdges[r.IntN(len(generalEdges))], 1<<r.IntN(21))
}

// neighbour moves x by up to n of its last places.
func neighbour(r *rand.Rand, x float64, n uint64) float64 {
	return math.Float64frombits(math.Float64bits(x) + r.Uint64N(2*n+1) - n)
}

// pair draws arguments of a function of two operands; largest is the logarithm of the largest number of the type.
func pair(r *rand.Rand, pow bool, largest float64) (x, y float64) {
	sign := 1 - 2*float64(r.IntN(2))
	var general function
	switch k := r.IntN(8); {
	case k == 0:
		return math.Float64frombits(r.Uint64()), math.Float64frombits(r.Uint64())
	case k == 1:
		return general.argument(r), general.argument(r)
	case !pow: // atan2: quotients of moderate size, near 1, and near the limits
		x = sign * math.Ldexp(1+r.Float64(), r.IntN(100)-50)
		switch k {
		case 2:
			return x, x * (1 - 2*float64(r.IntN(2))) * (1 + math.Ldexp(2*r.Float64()-1, -r.IntN(50)))
		case 3:
			return x, x * math.Exp(largest*(2*r.Float64()-1))
		}
		return x, x * math.Exp(10*(2*r.Float64()-1))
	}
	switch r.IntN(5) { // pow: results of all sizes
	case 0:
		x = 1 + math.Ldexp(2*r.Float64()-1, -r.IntN(52))
	case 1:
		x = math.Ldexp(1+math.Ldexp(2*r.Float64()-1, -r.IntN(52)), r.IntN(200)-100) // next to powers of two
	case 2:
		x = math.Exp(largest * (2*r.Float64() - 1))
	case 3:
		x = math.Ldexp(r.Float64(), -int(largest*math.Log2E)) // denormal numbers
	default:
		x = math.Exp(math.Ldexp(2*r.Float64()-1, r.IntN(12)-6))
	}
	x = math.Abs(x)
	y = 1.08 * largest * (2*r.Float64() - 1) / max(math.Abs(math.Log(x)), 1e-9)
	switch r.IntN(6) {
	case 0:
		return sign * x, math.Round(y)
	case 1:
		return x, math.Round(2*y) / 2
	}
	return x, y
}

// circularEdges are the float64 nearest to multiples of pi/2, relative to their size, at each exponent: denominators of the
// continued fraction of 2^e 2/pi.
var circularEdges = func() []float64 {
	const digits = 1400
	pi := bigmath.Pi(digits)
	list := []float64{math.Pi / 4, 3 * math.Pi / 4, 0x1p17, 0x1p36}
	for e := -52; e <= 971; e++ {
		t := new(big.Float).SetPrec(digits).Quo(big.NewFloat(2), pi)
		t.SetMantExp(t, e+160)
		num, _ := t.Int(nil)
		den := new(big.Int).Lsh(big.NewInt(1), 160)
		num.Mod(num, den)
		// num/den is the fraction to 160 bits; q0 and q1 are the last two denominators
		q0, q1 := big.NewInt(0), big.NewInt(1)
		for num.Sign() > 0 && q1.BitLen() <= 53 {
			if q1.BitLen() > 45 {
				x, _ := new(big.Float).SetInt(q1).Float64()
				list = append(list, math.Ldexp(x, e), -math.Ldexp(x, e))
			}
			a, rest := new(big.Int).QuoRem(den, num, new(big.Int))
			q0, q1 = q1, a.Add(a.Mul(a, q1), q0)
			num, den = rest, num
		}
	}
	return list
}()

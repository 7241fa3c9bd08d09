package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// unitNormal maps a uniform 32-bit word to a standard normal number by the inverse of its distribution function, in a fixed sequence
// of float32 operations, so that every executor can repeat it to the last bit. The error is below 2e-6 (see its test), the largest
// magnitude 6.33. Bit 31 is the sign; the other bits t choose the probability p = (t + 1/2) / 2^32 of the tail beyond it.
//
// With x = 1 - 2p and w = -log(4p(1-p)), so that 1 - x^2 = exp(-w), the result over x is a smooth function of w up to 5 and of sqrt(w)
// from there on (Giles, Approximating the erfinv function, GPU Computing Gems 2, 2010). The polynomials are Chebyshev
// interpolants of that function, made for this range.
func unitNormal(word uint32) float32 {
	tail := dtype.FMA32(float32(int32(word&0x7fffffff)), 0x1p-32, 0x1p-33)
	x := dtype.FMA32(-2, tail, 1)
	w := -logf(float32(4*tail) * float32(1-tail))
	var ratio float32
	if w < 5 {
		ratio = horner(w-2.5, centreCoefficients[:])
	} else {
		ratio = horner(float32(math.Sqrt(float64(w)))-3.3, tailCoefficients[:])
	}
	z := float32(ratio * x)
	if word>>31 != 0 {
		return -z
	}
	return z
}

// logf returns the logarithm of a positive normal number: log(2^e m) = e log(2) + log(m) with m from sqrt(1/2) to sqrt(2).
func logf(x float32) float32 {
	bits := math.Float32bits(x)
	exponent := int32(bits-sqrtHalfBits) >> 23
	f := math.Float32frombits(bits-uint32(exponent)<<23) - 1
	return dtype.FMA32(float32(exponent), math.Ln2, float32(f*horner(f, logCoefficients[:])))
}

const sqrtHalfBits = 0x3f3504f3

// horner evaluates a polynomial, highest coefficient first, with one fused multiply-add a step.
func horner(x float32, coefficients []float32) float32 {
	sum := coefficients[0]
	for _, c := range coefficients[1:] {
		sum = dtype.FMA32(sum, x, c)
	}
	return sum
}

var (
	centreCoefficients = [...]float32{3.196968e-08, 4.8397885e-07, -4.885796e-06, -6.1947458e-06, 0.00030874118,
		-0.0017730828, -0.00590766, 0.34880272, 2.1233134}
	tailCoefficients = [...]float32{4.9797538e-05, -6.6970184e-05, -0.0003792922, 0.0012995872, -0.002112131,
		0.0029275888, -0.004621199, 0.006856474, 1.4223691, 4.4323735}
	logCoefficients = [...]float32{0.08533313, -0.14269258, 0.14977401, -0.16577993, 0.19955933,
		-0.25001353, 0.33334193, -0.49999997, 1}
)

// NormalLaw are the constants of the standard normal numbers of procedural connectivity (unitNormal), for executors that repeat its operations:
// coefficients with the highest first, and the bits of sqrt(1/2), from which on the logarithm takes mantissas.
var NormalLaw = struct {
	Centre, Tail, Log []float32
	SqrtHalf          uint32
}{centreCoefficients[:], tailCoefficients[:], logCoefficients[:], sqrtHalfBits}

package op

import (
	"math"
	"math/cmplx"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Scalar functions of complex numbers that package math/cmplx lacks, or has with less range or accuracy.

// divComplex divides by Smith's method (Algorithm 116, CACM 1962), which does not overflow in c*c + d*d. As in C (annex G), a nonzero number
// over zero is infinite, and so is infinity over a finite number; finite over infinite is 0.
func divComplex(x, y complex128) complex128 {
	a, b, c, d := real(x), imag(x), real(y), imag(y)
	var re, im float64
	if math.Abs(c) >= math.Abs(d) {
		r := d / c
		den := c + float64(d*r)
		re, im = (a+float64(b*r))/den, (b-float64(a*r))/den
	} else {
		r := c / d
		den := d + float64(c*r)
		re, im = (float64(a*r)+b)/den, (float64(b*r)-a)/den
	}
	if re == re || im == im {
		return complex(re, im)
	}
	switch {
	case c == 0 && d == 0 && (a == a || b == b):
		inf := math.Copysign(math.Inf(1), c)
		return complex(inf*a, inf*b)
	case cmplx.IsInf(x) && isFiniteComplex(y):
		a, b = unitBox(a), unitBox(b)
		return complex(math.Inf(1)*(float64(a*c)+float64(b*d)), math.Inf(1)*(float64(b*c)-float64(a*d)))
	case cmplx.IsInf(y) && isFiniteComplex(x):
		c, d = unitBox(c), unitBox(d)
		return complex(0*(float64(a*c)+float64(b*d)), 0*(float64(b*c)-float64(a*d)))
	}
	return complex(re, im)
}

func isFiniteComplex(z complex128) bool { return !cmplx.IsInf(z) && !cmplx.IsNaN(z) }

// unitBox maps infinities to 1 and everything else to 0, with the sign kept.
func unitBox(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.Copysign(1, x)
	}
	return math.Copysign(0, x)
}

// signComplex returns z/|z|, and 0 for 0.
func signComplex(z complex128) complex128 {
	r := cmplx.Abs(z)
	if r == 0 {
		return 0
	}
	if r != r {
		return cmplx.NaN()
	}
	return complex(real(z)/r, imag(z)/r)
}

// sqrtComplex is the root with a real part of at least 0, and the imaginary part's sign that of z.
func sqrtComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	switch {
	case x == 0 && y == 0:
		return complex(0, y)
	case math.IsInf(y, 0):
		return complex(math.Inf(1), y)
	case math.IsInf(x, 1):
		return complex(x, 0*y)
	case math.IsInf(x, -1):
		return complex(0*math.Abs(y), math.Copysign(math.Inf(1), y))
	case x != x || y != y:
		return cmplx.NaN()
	}
	// Scaled by a power of 4, so that nothing overflows or is subnormal.
	_, e := math.Frexp(max(math.Abs(x), math.Abs(y)))
	e &^= 1
	a, b := math.Ldexp(math.Abs(x), -e), math.Ldexp(math.Abs(y), -e)
	w := math.Ldexp(math.Sqrt((a+math.Hypot(a, b))/2), e/2)
	if x >= 0 {
		return complex(w, y/(2*w))
	}
	return complex(math.Abs(y)/(2*w), math.Copysign(w, y))
}

func rsqrtComplex(z complex128) complex128 { return divComplex(1, sqrtComplex(z)) }

// expComplex does not overflow where e^x alone does, and e^x comes with full precision where it alone is subnormal. A real number stays real
// also where e^x is infinite.
func expComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if y == 0 {
		return complex(math.Exp(x), y)
	}
	if math.IsInf(y, 0) || y != y {
		return cmplx.NaN() // also for infinite x, as the suite of StableHLO has it
	}
	sin, cos := sincos(y)
	if !(math.Abs(x) >= 700) || math.IsInf(x, 0) {
		e := math.Exp(x)
		return complex(float64(e*cos), float64(e*sin))
	}
	e := math.Exp(x / 2)
	return complex(float64(e*cos)*e, float64(e*sin)*e)
}

// expm1Complex uses e^x cos y - 1 = expm1(x) cos y - 2 sin^2(y/2), which does not cancel near 0.
func expm1Complex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if !isFiniteComplex(z) || x > 700 {
		return expComplex(z) - 1
	}
	sin, cos := sincos(y)
	half := sinFloat(y / 2)
	re := float64(math.Expm1(x)*cos) - float64(2*half*half)
	return complex(re, math.Exp(x)*sin)
}

// logComplex takes log|z| from |z|^2 - 1 near the unit circle, where |z| itself has lost the digits.
func logComplex(z complex128) complex128 {
	x, y := math.Abs(real(z)), math.Abs(imag(z))
	x, y = max(x, y), min(x, y)
	r := math.Hypot(x, y)
	var re float64
	switch {
	case r > 0.5 && r < 2:
		re = 0.5 * math.Log1p(sumOfSquares(-1, x, y))
	case math.IsInf(r, 1) && !math.IsInf(x, 1):
		re = math.Log(math.Hypot(x/2, y/2)) + math.Ln2
	case r < 0x1p-1000:
		re = logFloat(math.Hypot(x*0x1p100, y*0x1p100)) - 100*math.Ln2
	default:
		re = logFloat(r)
	}
	return complex(re, atan2(imag(z), real(z)))
}

// sumOfSquares is c + x^2 + y^2 with the error of the square of the result's size only: what cancels is kept.
func sumOfSquares(c, x, y float64) float64 {
	xx, yy := float64(x*x), float64(y*y)
	rest := dtype.FMA64(x, x, -xx) + dtype.FMA64(y, y, -yy)
	sum := c
	for _, v := range [2]float64{xx, yy} {
		next := sum + v
		back := next - sum
		rest += (sum - (next - back)) + (v - back) // what the addition lost
		sum = next
	}
	return sum + rest
}

// log1pComplex uses |1+z|^2 - 1 = 2x + x^2 + y^2 where |1+z| is near 1.
func log1pComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if r := math.Hypot(1+x, y); !(r > 0.5 && r < 2) {
		return logComplex(complex(1+x, y))
	}
	return complex(0.5*math.Log1p(sumOfSquares(2*x, x, y)), atan2(y, 1+x))
}

func logisticComplex(z complex128) complex128 {
	if real(z) < 0 {
		e := expComplex(z)
		return divComplex(e, 1+e)
	}
	return divComplex(1, 1+expComplex(-z))
}

// sinhComplex is sinh x cos y + i cosh x sin y.
func sinhComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if !isFiniteComplex(z) {
		return cmplx.Sinh(z)
	}
	sin, cos := sincos(y)
	if math.Abs(x) < 700 {
		return complex(float64(math.Sinh(x)*cos), float64(math.Cosh(x)*sin))
	}
	e := math.Exp(math.Abs(x) / 2)
	return complex(math.Copysign(e, x)*(0.5*cos)*e, e*(0.5*sin)*e)
}

// coshComplex is cosh x cos y + i sinh x sin y.
func coshComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if !isFiniteComplex(z) {
		return cmplx.Cosh(z)
	}
	sin, cos := sincos(y)
	if math.Abs(x) < 700 {
		return complex(float64(math.Cosh(x)*cos), float64(math.Sinh(x)*sin))
	}
	e := math.Exp(math.Abs(x) / 2)
	return complex(e*(0.5*cos)*e, math.Copysign(e, x)*(0.5*sin)*e)
}

// sinComplex turns by a quarter: sin z = -i sinh(iz).
func sinComplex(z complex128) complex128 {
	w := sinhComplex(complex(-imag(z), real(z)))
	return complex(imag(w), -real(w))
}

// cosComplex turns by a quarter: cos z = cosh(iz).
func cosComplex(z complex128) complex128 { return coshComplex(complex(-imag(z), real(z))) }

// tanhComplex is (sinh x cosh x + i sin y cos y)/(sinh^2 x + cos^2 y), which goes to +-1 for large x (Kahan, Branch cuts, 1987).
func tanhComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if !isFiniteComplex(z) {
		return cmplx.Tanh(z)
	}
	sin, cos := sincos(y)
	if math.Abs(x) > 20 {
		e := math.Exp(-math.Abs(x))
		return complex(math.Copysign(1, x), float64(4*sin*cos)*float64(e*e))
	}
	sinh := math.Sinh(x)
	den := float64(sinh*sinh) + float64(cos*cos)
	return complex(float64(sinh*math.Cosh(x))/den, float64(sin*cos)/den)
}

// tanComplex is tanh turned by a quarter: tan z = -i tanh(iz).
func tanComplex(z complex128) complex128 {
	w := tanhComplex(complex(-imag(z), real(z)))
	return complex(imag(w), -real(w))
}

// powComplex is x^y with x^0 = 1, as for real numbers.
func powComplex(x, y complex128) complex128 {
	if y == 0 {
		return 1
	}
	return cmplx.Pow(x, y)
}

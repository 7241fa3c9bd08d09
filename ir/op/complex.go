package op

import (
	"math"
	"math/cmplx"
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

func rsqrtComplex(z complex128) complex128 { return divComplex(1, cmplx.Sqrt(z)) }

// expm1Complex uses e^x cos y - 1 = expm1(x) cos y - 2 sin^2(y/2), which does not cancel near 0.
func expm1Complex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if !isFiniteComplex(z) {
		return cmplx.Exp(z) - 1
	}
	sin, cos := math.Sincos(y)
	half := math.Sin(y / 2)
	re := float64(math.Expm1(x)*cos) - float64(2*half*half)
	return complex(re, math.Exp(x)*sin)
}

// logComplex takes log|z| from |z|^2 - 1 near the unit circle, where |z| itself has lost the digits.
func logComplex(z complex128) complex128 {
	x, y := math.Abs(real(z)), math.Abs(imag(z))
	r := math.Hypot(x, y)
	re := logFloat(r)
	if r > 0.5 && r < 2 {
		x, y = max(x, y), min(x, y)
		re = 0.5 * math.Log1p(float64((x-1)*(x+1))+float64(y*y))
	}
	return complex(re, cmplx.Phase(z))
}

// log1pComplex uses |1+z|^2 - 1 = x(2+x) + y^2 near 0.
func log1pComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if math.Abs(x) > 0.5 || !(math.Abs(y) <= 0.5) {
		return logComplex(1 + z)
	}
	return complex(0.5*math.Log1p(float64(x*(2+x))+float64(y*y)), math.Atan2(y, 1+x))
}

func logisticComplex(z complex128) complex128 {
	if real(z) < 0 {
		e := cmplx.Exp(z)
		return divComplex(e, 1+e)
	}
	return divComplex(1, 1+cmplx.Exp(-z))
}

// tanhComplex goes to +-1 where sinh and cosh of the real part overflow (Kahan, Branch cuts, 1987).
func tanhComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if math.Abs(x) < 20 || !isFiniteComplex(z) {
		return cmplx.Tanh(z)
	}
	sin, cos := math.Sincos(y)
	e := math.Exp(-math.Abs(x))
	return complex(math.Copysign(1, x), float64(4*sin*cos)*float64(e*e))
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

package op

import (
	"math"
	"math/cmplx"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Inverse circular and hyperbolic functions of complex numbers, each part accurate to a few units in its last place, without overflow on
// the way. The arc sine and cosine follow T. E. Hull, T. F. Fairgrieve and P. T. P. Tang, Implementing the complex arcsine and arccosine
// functions using exception handling, ACM TOMS 23 (1997). Branch cuts, signed zeros and infinities are those of C (annex G).

// Bounds within which squares and products of them neither overflow nor lose digits.
const (
	arcSafeMax = 0x1p508
	arcSafeMin = 0x1p-509
	arcEps     = 0x1p-52
)

// arc holds what the arc sine and cosine of x + iy in the first quadrant have in common.
type arc struct {
	sin, cos float64 // real parts of both
	im       float64 // the imaginary part, without sign
}

func newArc(x, y float64) arc {
	if x > arcSafeMax || y > arcSafeMax || y < arcSafeMin || x < arcSafeMin {
		return arcAtEdge(x, y)
	}
	r, s := math.Hypot(x+1, y), math.Hypot(x-1, y)
	a := (r + s) / 2
	b := x / a
	var v arc
	if b <= 0.6417 {
		v.sin, v.cos = atan2(b, math.Sqrt((1-b)*(1+b))), atan2(math.Sqrt((1-b)*(1+b)), b)
	} else {
		// sqrt(a^2 - x^2), from sums of positive numbers.
		apx, root := a+x, 0.0
		if x <= 1 {
			root = math.Sqrt(0.5 * apx * (y*y/(r+(x+1)) + (s + (1 - x))))
		} else {
			root = y * math.Sqrt(0.5*(apx/(r+(x+1))+apx/(s+(x-1))))
		}
		v.sin, v.cos = atan2(x, root), atan2(root, x)
	}
	if a > 1.5 {
		v.im = math.Log(a + math.Sqrt((a-1)*(a+1)))
		return v
	}
	// a - 1, from sums of positive numbers.
	am1 := y * y / (r + (x + 1))
	if x < 1 {
		am1 += y * y / (s + (1 - x))
	} else {
		am1 += s + (x - 1)
	}
	am1 /= 2
	v.im = math.Log1p(am1 + math.Sqrt(am1*(a+1)))
	return v
}

// arcAtEdge takes what can be left out where x or y is huge or tiny.
func arcAtEdge(x, y float64) arc {
	switch {
	case x != 1 && y <= arcEps*math.Abs(x-1):
		root := math.Sqrt(math.Abs(x-1)) * math.Sqrt(x+1) // sqrt|x^2 - 1|
		switch {
		case x < 1:
			return arc{math.Asin(x), atan2(math.Sqrt((1-x)*(1+x)), x), y / root}
		case x > arcSafeMax:
			return arc{math.Pi / 2, y / root, math.Log(x) + math.Ln2}
		}
		return arc{math.Pi / 2, y / root, math.Log1p(x - 1 + root)}
	case y <= arcSafeMin: // x = 1
		root := math.Sqrt(y)
		return arc{math.Pi/2 - root, root, root}
	case arcEps*y-1 >= x:
		return arc{x / y, math.Pi / 2, math.Log(y) + math.Ln2}
	case x > 1:
		q := x / y
		return arc{math.Atan(q), atan2(y, x), math.Ln2 + math.Log(y) + 0.5*math.Log1p(q*q)}
	}
	a := math.Sqrt(1 + y*y)
	return arc{x / a, math.Pi / 2, 0.5 * math.Log1p(2*y*(y+a))}
}

func asinComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	if !isFiniteComplex(z) {
		switch {
		case x == 0:
			return complex(x, y)
		case math.IsInf(y, 0) && x == x:
			if math.IsInf(x, 0) {
				return complex(math.Copysign(math.Pi/4, x), y)
			}
			return complex(math.Copysign(0, x), y)
		case math.IsInf(x, 0) && y == y:
			return complex(math.Copysign(math.Pi/2, x), math.Copysign(math.Inf(1), y))
		}
		if math.IsInf(x, 0) || math.IsInf(y, 0) {
			return complex(math.NaN(), math.Copysign(math.Inf(1), y))
		}
		return cmplx.NaN()
	}
	v := newArc(math.Abs(x), math.Abs(y))
	return complex(math.Copysign(v.sin, x), math.Copysign(v.im, y))
}

func acosComplex(z complex128) complex128 {
	x, y := real(z), imag(z)
	inf, nan := math.Inf(1), math.NaN()
	switch {
	case isFiniteComplex(z):
	case math.IsInf(x, 0) && math.IsInf(y, 0):
		re := math.Pi / 4
		if x < 0 {
			re = 3 * math.Pi / 4
		}
		return complex(re, -y)
	case math.IsInf(x, 0):
		if y != y {
			return complex(nan, inf)
		}
		re := 0.0
		if x < 0 {
			re = math.Pi
		}
		return complex(re, math.Copysign(inf, -math.Copysign(1, y)))
	case math.IsInf(y, 0):
		if x != x {
			return complex(nan, -y)
		}
		return complex(math.Pi/2, -y)
	case x == 0:
		return complex(math.Pi/2, nan)
	default:
		return complex(nan, nan)
	}
	v := newArc(math.Abs(x), math.Abs(y))
	if x < 0 {
		v.cos = math.Pi - v.cos
	}
	return complex(v.cos, math.Copysign(v.im, -math.Copysign(1, y)))
}

// asinhComplex turns by a quarter: asinh z = -i asin(iz).
func asinhComplex(z complex128) complex128 {
	w := asinComplex(complex(imag(z), real(z)))
	return complex(imag(w), real(w))
}

// acoshComplex is i acos z or -i acos z, whichever has a positive real part.
func acoshComplex(z complex128) complex128 {
	w := acosComplex(z)
	return complex(math.Abs(imag(w)), math.Copysign(real(w), imag(z)))
}

// atanhComplex is log|(1+z)/(1-z)|/2 + i arg((1+z)/(1-z))/2.
func atanhComplex(z complex128) complex128 {
	x, y := math.Abs(real(z)), math.Abs(imag(z))
	var re, im float64
	switch {
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		re, im = 0, math.Pi/2
	case x != x || y != y:
		re, im = math.NaN(), math.NaN()
		if x == 0 {
			re = 0
		}
	case max(x, y) > 0x1p300: // |z|^2 may overflow
		h := math.Hypot(x/4, y/4) * 2
		re, im = x/2/h/h/2, math.Pi/2
	case x == 1 && y < 0x1p-500: // y^2 vanishes
		re, im = 0.5*(math.Ln2-logFloat(y)), math.Pi/4
		if y == 0 {
			im = 0
		}
	default:
		d := float64((1-x)*(1-x)) + float64(y*y)
		re = 0.25 * math.Log1p(4*x/d)
		im = 0.5 * atan2(2*y, float64((1-x)*(1+x))-float64(y*y))
	}
	return complex(math.Copysign(re, real(z)), math.Copysign(im, imag(z)))
}

// atanComplex turns by a quarter: atan z = -i atanh(iz).
func atanComplex(z complex128) complex128 {
	w := atanhComplex(complex(imag(z), real(z)))
	return complex(imag(w), real(w))
}

// atan2Complex is -i log((x + iy)/sqrt(x^2 + y^2)): the arc tangent of y/x, which is accurate, and a multiple of pi that the formula tells.
func atan2Complex(y, x complex128) complex128 {
	w := logComplex(divComplex(x+complex(-imag(y), real(y)), sqrtComplex(dtype.MulComplex128(x, x)+dtype.MulComplex128(y, y))))
	rough := complex(imag(w), -real(w))
	if x == 0 || !isFiniteComplex(rough) {
		return rough
	}
	fine := atanComplex(divComplex(y, x))
	if d := real(rough) - real(fine); math.Abs(d) > 1.5 {
		fine += complex(math.Copysign(math.Pi, d), 0)
	}
	return fine
}

// cbrtComplex is the principal cube root.
func cbrtComplex(z complex128) complex128 {
	if z == 0 {
		return z
	}
	r := math.Cbrt(cmplx.Abs(z))
	sin, cos := sincos(atan2(imag(z), real(z)) / 3)
	return complex(r*cos, r*sin)
}

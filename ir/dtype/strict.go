package dtype

import "math"

// The Go compiler may fuse x*y + z into one rounding on some platforms and not on others (Go specification,
// "Floating-point operators"). Code whose bits must be the same everywhere says what it wants with
// these functions, or rounds each product by an explicit conversion, as they do.

// FMA32 returns a*b + c rounded once to float32, as the instruction VFMADD does.
func FMA32(a, b, c float32) float32 {
	// The product of two float32 has at most 48 bits, so it is exact. The sum s is rounded to 53 bits, and
	// rounding s again to float32 can only go wrong where s looks like a tie between two float32 (or lies on
	// one): then the bits below the half are zero. That is the upper bit of 29 for normal
	// results and a higher one for subnormal results, so 28 zero bits cover both.
	p := float64(float64(a) * float64(b))
	s := p + float64(c)
	if math.Float64bits(s)&(1<<28-1) != 0 {
		return float32(s)
	}
	return fma32Tie(p, float64(c), s)
}

// fma32Tie rounds p + c to float32, where s is p + c rounded to nearest and even. Inlined, it would make the common
// case of FMA32 slower by a third.
//
//go:noinline
func fma32Tie(p, c, s float64) float32 {
	// Two-sum (Knuth): e is exactly what rounding cut off. No overflow: the operands come from float32.
	t := s - p
	e := (p - (s - t)) + (c - t)
	if e != 0 && e == e {
		// Round to odd instead: the neighbour of s on the side of e.
		bits := math.Float64bits(s)
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
		s = math.Float64frombits(bits)
	}
	return float32(s)
}

// FMA64 returns a*b + c rounded once to float64.
func FMA64(a, b, c float64) float64 { return math.FMA(a, b, c) }

// MulComplex64 returns a*b by the schoolbook formula, each product and sum rounded to float32.
func MulComplex64(a, b complex64) complex64 {
	re := float32(real(a)*real(b)) - float32(imag(a)*imag(b))
	im := float32(real(a)*imag(b)) + float32(imag(a)*real(b))
	return complex(re, im)
}

// MulComplex128 returns a*b by the schoolbook formula, each product and sum rounded to float64.
func MulComplex128(a, b complex128) complex128 {
	re := float64(real(a)*real(b)) - float64(imag(a)*imag(b))
	im := float64(real(a)*imag(b)) + float64(imag(a)*real(b))
	return complex(re, im)
}

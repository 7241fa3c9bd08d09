package portable

import (
	"math"
	"unsafe"
)

// Operations on floats. Those of float32 that package math has for float64 are exact there, or correctly rounded with so
// many digits to spare that rounding once more does no harm (square root).

const (
	sign32 = 1 << 31
	sign64 = 1 << 63
)

func fabs32(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint32](a, n), vec[uint32](d, n)
	for i := range z {
		z[i] = x[i] &^ sign32
	}
}

func fabs64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint64](a, n), vec[uint64](d, n)
	for i := range z {
		z[i] = x[i] &^ sign64
	}
}

// fneg32 and fneg64 flip the sign of everything, NaN too.
func fneg32(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint32](a, n), vec[uint32](d, n)
	for i := range z {
		z[i] = x[i] ^ sign32
	}
}

func fneg64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint64](a, n), vec[uint64](d, n)
	for i := range z {
		z[i] = x[i] ^ sign64
	}
}

// fsign is -1 or 1; zeros and NaN stay what they are.
func fsign[T float](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		v := x[i]
		if v > 0 {
			v = 1
		} else if v < 0 {
			v = -1
		}
		z[i] = v
	}
}

func fsqrt32(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float32](a, n), vec[float32](d, n)
	for i := range z {
		z[i] = float32(math.Sqrt(float64(x[i])))
	}
}

func fsqrt64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float64](a, n), vec[float64](d, n)
	for i := range z {
		z[i] = math.Sqrt(x[i])
	}
}

func floor[T float](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		z[i] = T(math.Floor(float64(x[i])))
	}
}

func ceil[T float](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		z[i] = T(math.Ceil(float64(x[i])))
	}
}

func trunc[T float](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		z[i] = T(math.Trunc(float64(x[i])))
	}
}

func roundAway[T float](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		z[i] = T(math.Round(float64(x[i])))
	}
}

func roundEven64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[float64](a, n), vec[float64](d, n)
	for i := range z {
		z[i] = math.RoundToEven(x[i])
	}
}

// roundEven32 lets the addition round: float32 of at least 2^23 have no fraction.
func roundEven32(d, a, _, _ unsafe.Pointer, n int) {
	const big = 1 << 23
	x, z := vec[float32](a, n), vec[float32](d, n)
	for i := range z {
		v := x[i]
		bits := math.Float32bits(v)
		m := math.Float32frombits(bits &^ sign32)
		if m < big {
			m = float32(m+big) - big
			v = math.Float32frombits(math.Float32bits(m) | bits&sign32)
		}
		z[i] = v
	}
}

func isFinite32(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint32](a, n), vec[bool](d, n)
	for i := range z {
		z[i] = x[i]&0x7f800000 != 0x7f800000
	}
}

func isFinite64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[uint64](a, n), vec[bool](d, n)
	for i := range z {
		z[i] = x[i]&(0x7ff<<52) != 0x7ff<<52
	}
}

func nextAfter32(d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[float32](a, n), vec[float32](b, n), vec[float32](d, n)
	for i := range z {
		if x[i] == y[i] {
			z[i] = y[i]
		} else {
			z[i] = math.Nextafter32(x[i], y[i])
		}
	}
}

func nextAfter64(d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[float64](a, n), vec[float64](b, n), vec[float64](d, n)
	for i := range z {
		if x[i] == y[i] {
			z[i] = y[i]
		} else {
			z[i] = math.Nextafter(x[i], y[i])
		}
	}
}

// scalb32 adds to the exponent where x and the result are normal and n is a small integer.
func scalb32(d, a, b, _ unsafe.Pointer, n int) {
	const magic = 3 << 22 // added to a small integer, it leaves the integer in the last bits
	x, y, z := vec[uint32](a, n), vec[float32](b, n), vec[uint32](d, n)
	for i := range z {
		u, e := x[i], y[i]
		t := e + magic
		k := math.Float32bits(t) - math.Float32bits(magic)
		if exponent := u >> 23 & 0xff; t-magic == e && exponent-1 < 254 && exponent+k-1 < 254 {
			z[i] = u + k<<23
		} else {
			z[i] = math.Float32bits(scalbRounded(math.Float32frombits(u), e))
		}
	}
}

// scalbRounded is x * 2^floor(n), rounded once.
//
//go:noinline
func scalbRounded(x, n float32) float32 { return float32(scalb(float64(x), float64(n))) }

func scalb64(d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[float64](a, n), vec[float64](b, n), vec[float64](d, n)
	for i := range z {
		z[i] = scalb(x[i], y[i])
	}
}

// scalb is x * 2^floor(n), also for infinite n: 2^-inf is 0 and 2^inf is infinite, and what they make of infinities and zeros is NaN.
func scalb(x, n float64) float64 {
	n = math.Floor(n)
	switch {
	case n != n:
		return n
	case math.IsInf(n, 1):
		return x * n
	case math.IsInf(n, -1):
		return x * 0
	}
	return math.Ldexp(x, int(min(max(n, -4400), 4400))) // no float64 is moved further without becoming 0 or infinite
}

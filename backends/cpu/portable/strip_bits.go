package portable

import (
	"math/bits"
	"unsafe"
)

// Bitwise operations and shifts. The amount of a shift is unsigned, and Go gives 0 (or the sign) from the width on.

func andVV[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = x[i] & y[i]
	}
}

func andVS[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	for i := range z {
		z[i] = x[i] & y
	}
}

func orVV[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = x[i] | y[i]
	}
}

func orVS[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	for i := range z {
		z[i] = x[i] | y
	}
}

func xorVV[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = x[i] ^ y[i]
	}
}

func xorVS[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	for i := range z {
		z[i] = x[i] ^ y
	}
}

func not[T integer](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		z[i] = ^x[i]
	}
}

func shlVV[T unsigned](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = x[i] << y[i]
	}
}

func shlVS[T unsigned](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	width := T(8 * unsafe.Sizeof(y))
	if y >= width {
		clear(z)
		return
	}
	for i := range z {
		z[i] = x[i] << (y & (width - 1)) // the mask spares a test
	}
}

func shrVV[T unsigned](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = x[i] >> y[i]
	}
}

func shrVS[T unsigned](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	width := T(8 * unsafe.Sizeof(y))
	if y >= width {
		clear(z)
		return
	}
	for i := range z {
		z[i] = x[i] >> (y & (width - 1)) // the mask spares a test
	}
}

// sarVV shifts values of S by amounts of its unsigned twin U.
func sarVV[S signed, U unsigned](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[S](a, n), vec[U](b, n), vec[S](d, n)
	for i := range z {
		z[i] = x[i] >> y[i]
	}
}

func sarVS[S signed, U unsigned](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[S](a, n), *(*U)(b), vec[S](d, n)
	width := U(8 * unsafe.Sizeof(y))
	y = min(y, width-1)
	for i := range z {
		z[i] = x[i] >> (y & (width - 1)) // the mask spares a test
	}
}

func popcnt[T unsigned](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		z[i] = T(bits.OnesCount64(uint64(x[i])))
	}
}

// clz counts in the width of T.
func clz[T unsigned](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	wider := 64 - 8*int(unsafe.Sizeof(x[0]))
	for i := range z {
		z[i] = T(bits.LeadingZeros64(uint64(x[i])) - wider)
	}
}

// wrapI8 and wrapI16 keep the low bits of 32 and extend their sign.
func wrapI8(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[int32](a, n), vec[int32](d, n)
	for i := range z {
		z[i] = int32(int8(x[i]))
	}
}

func wrapI16(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[int32](a, n), vec[int32](d, n)
	for i := range z {
		z[i] = int32(int16(x[i]))
	}
}

// Bools are bytes of 0 and 1. Eight are computed at a time; the tail byte by byte, because memory behind it is somebody else's.

const ones8 = 0x0101010101010101

// words views the bytes at p as whole words of eight, and the tail.
func words(p unsafe.Pointer, n int) (w []uint64, tail []uint8) {
	return vec[uint64](p, n/8), vec[uint8](p, n)[n&^7:]
}

func boolAndVV(d, a, b, _ unsafe.Pointer, n int) {
	x, xt := words(a, n)
	y, yt := words(b, n)
	z, zt := words(d, n)
	for i := range z {
		z[i] = x[i] & y[i]
	}
	for i := range zt {
		zt[i] = xt[i] & yt[i]
	}
}

func boolOrVV(d, a, b, _ unsafe.Pointer, n int) {
	x, xt := words(a, n)
	y, yt := words(b, n)
	z, zt := words(d, n)
	for i := range z {
		z[i] = x[i] | y[i]
	}
	for i := range zt {
		zt[i] = xt[i] | yt[i]
	}
}

func boolXorVV(d, a, b, _ unsafe.Pointer, n int) {
	x, xt := words(a, n)
	y, yt := words(b, n)
	z, zt := words(d, n)
	for i := range z {
		z[i] = x[i] ^ y[i]
	}
	for i := range zt {
		zt[i] = xt[i] ^ yt[i]
	}
}

func boolNot(d, a, _, _ unsafe.Pointer, n int) {
	x, xt := words(a, n)
	z, zt := words(d, n)
	for i := range z {
		z[i] = x[i] ^ ones8
	}
	for i := range zt {
		zt[i] = xt[i] ^ 1
	}
}

package portable

import (
	"unsafe"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// ordered is what comparisons take: lanes, with bools as bytes.
type ordered interface{ number | ~uint8 }

// compareForms returns the strips of a direction that is not total.
func compareForms[T ordered](dir kernel.Dir) forms {
	switch dir {
	case kernel.EQ:
		return forms{v: eqVV[T], s2: eqVS[T], swap: true}
	case kernel.NE:
		return forms{v: neVV[T], s2: neVS[T], swap: true}
	case kernel.LT:
		return forms{v: ltVV[T], s2: ltVS[T], s1: exchanged(gtVS[T])}
	case kernel.LE:
		return forms{v: leVV[T], s2: leVS[T], s1: exchanged(geVS[T])}
	case kernel.GT:
		return forms{v: exchanged(ltVV[T]), s2: gtVS[T], s1: exchanged(ltVS[T])}
	case kernel.GE:
		return forms{v: exchanged(leVV[T]), s2: geVS[T], s1: exchanged(leVS[T])}
	}
	panic("BUG: compare in direction " + dir.String())
}

// exchanged runs f with its two operands exchanged.
func exchanged(f strip) strip {
	return func(d, a, b, c unsafe.Pointer, n int) { f(d, b, a, c, n) }
}

func eqVV[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] == y[i]
	}
}

func eqVS[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] == y
	}
}

func neVV[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] != y[i]
	}
}

func neVS[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] != y
	}
}

func ltVV[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] < y[i]
	}
}

func ltVS[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] < y
	}
}

func leVV[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] <= y[i]
	}
}

func leVS[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] <= y
	}
}

func gtVS[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] > y
	}
}

func geVS[T ordered](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[bool](d, n)
	for i := range z {
		z[i] = x[i] >= y
	}
}

// orderKeys32 maps the bits of float32 to int32 in the total order -NaN < -inf < ... < -0 < +0 < ... < +inf < NaN.
func orderKeys32(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[int32](a, n), vec[int32](d, n)
	for i := range z {
		z[i] = x[i] ^ int32(uint32(x[i]>>31)>>1)
	}
}

// orderKeys64 is orderKeys32 for float64.
func orderKeys64(d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[int64](a, n), vec[int64](d, n)
	for i := range z {
		z[i] = x[i] ^ int64(uint64(x[i]>>63)>>1)
	}
}

// Select chooses between elements of one size, whatever their type: c is taken where the bool in a is false, else b.

func selectForms[T uint8 | uint32 | uint64]() forms {
	return forms{v: selectVVV[T], s2: selectVSV[T], s3: selectVVS[T], s23: selectVSS[T]}
}

func selectVVV[T any](d, a, b, c unsafe.Pointer, n int) {
	p, x, y, z := vec[uint8](a, n), vec[T](b, n), vec[T](c, n), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		k, u, w, o := p[i:i+4:i+4], x[i:i+4:i+4], y[i:i+4:i+4], z[i:i+4:i+4]
		v0, v1, v2, v3 := u[0], u[1], u[2], u[3]
		if k[0] == 0 {
			v0 = w[0]
		}
		if k[1] == 0 {
			v1 = w[1]
		}
		if k[2] == 0 {
			v2 = w[2]
		}
		if k[3] == 0 {
			v3 = w[3]
		}
		o[0], o[1], o[2], o[3] = v0, v1, v2, v3
	}
	for ; i < n; i++ {
		v := x[i]
		if p[i] == 0 {
			v = y[i]
		}
		z[i] = v
	}
}

func selectVVS[T any](d, a, b, c unsafe.Pointer, n int) {
	p, x, y, z := vec[uint8](a, n), vec[T](b, n), *(*T)(c), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		k, u, o := p[i:i+4:i+4], x[i:i+4:i+4], z[i:i+4:i+4]
		v0, v1, v2, v3 := u[0], u[1], u[2], u[3]
		if k[0] == 0 {
			v0 = y
		}
		if k[1] == 0 {
			v1 = y
		}
		if k[2] == 0 {
			v2 = y
		}
		if k[3] == 0 {
			v3 = y
		}
		o[0], o[1], o[2], o[3] = v0, v1, v2, v3
	}
	for ; i < n; i++ {
		v := x[i]
		if p[i] == 0 {
			v = y
		}
		z[i] = v
	}
}

func selectVSV[T any](d, a, b, c unsafe.Pointer, n int) {
	p, x, y, z := vec[uint8](a, n), *(*T)(b), vec[T](c, n), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		k, w, o := p[i:i+4:i+4], y[i:i+4:i+4], z[i:i+4:i+4]
		v0, v1, v2, v3 := w[0], w[1], w[2], w[3]
		if k[0] != 0 {
			v0 = x
		}
		if k[1] != 0 {
			v1 = x
		}
		if k[2] != 0 {
			v2 = x
		}
		if k[3] != 0 {
			v3 = x
		}
		o[0], o[1], o[2], o[3] = v0, v1, v2, v3
	}
	for ; i < n; i++ {
		v := y[i]
		if p[i] != 0 {
			v = x
		}
		z[i] = v
	}
}

func selectVSS[T any](d, a, b, c unsafe.Pointer, n int) {
	p, x, y, z := vec[uint8](a, n), *(*T)(b), *(*T)(c), vec[T](d, n)
	for i := range z {
		v := x
		if p[i] == 0 {
			v = y
		}
		z[i] = v
	}
}

// copyForms move values from where they are to a buffer, or spread a scalar.
func copyForms[T any]() forms { return forms{v: copyV[T], s1: copyS[T]} }

func copyV[T any](d, a, _, _ unsafe.Pointer, n int) { copy(vec[T](d, n), vec[T](a, n)) }

func copyS[T any](d, a, _, _ unsafe.Pointer, n int) {
	x, z := *(*T)(a), vec[T](d, n)
	for i := range z {
		z[i] = x
	}
}

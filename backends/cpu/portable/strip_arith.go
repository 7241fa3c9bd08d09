package portable

import (
	"math"
	"unsafe"
)

// Arithmetic that all numbers share. Products are converted so that no compiler fuses them with a sum. The most frequent
// operations take four elements at a time, which saves a quarter of their time.

func addVV[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		p, q, o := x[i:i+4:i+4], y[i:i+4:i+4], z[i:i+4:i+4]
		o[0], o[1], o[2], o[3] = p[0]+q[0], p[1]+q[1], p[2]+q[2], p[3]+q[3]
	}
	for ; i < n; i++ {
		z[i] = x[i] + y[i]
	}
}

func addVS[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		p, o := x[i:i+4:i+4], z[i:i+4:i+4]
		o[0], o[1], o[2], o[3] = p[0]+y, p[1]+y, p[2]+y, p[3]+y
	}
	for ; i < n; i++ {
		z[i] = x[i] + y
	}
}

func subVV[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		p, q, o := x[i:i+4:i+4], y[i:i+4:i+4], z[i:i+4:i+4]
		o[0], o[1], o[2], o[3] = p[0]-q[0], p[1]-q[1], p[2]-q[2], p[3]-q[3]
	}
	for ; i < n; i++ {
		z[i] = x[i] - y[i]
	}
}

func subVS[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		p, o := x[i:i+4:i+4], z[i:i+4:i+4]
		o[0], o[1], o[2], o[3] = p[0]-y, p[1]-y, p[2]-y, p[3]-y
	}
	for ; i < n; i++ {
		z[i] = x[i] - y
	}
}

func subSV[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := *(*T)(a), vec[T](b, n), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		q, o := y[i:i+4:i+4], z[i:i+4:i+4]
		o[0], o[1], o[2], o[3] = x-q[0], x-q[1], x-q[2], x-q[3]
	}
	for ; i < n; i++ {
		z[i] = x - y[i]
	}
}

func mulVV[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		p, q, o := x[i:i+4:i+4], y[i:i+4:i+4], z[i:i+4:i+4]
		o[0], o[1], o[2], o[3] = T(p[0]*q[0]), T(p[1]*q[1]), T(p[2]*q[2]), T(p[3]*q[3])
	}
	for ; i < n; i++ {
		z[i] = T(x[i] * y[i])
	}
}

func mulVS[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		p, o := x[i:i+4:i+4], z[i:i+4:i+4]
		o[0], o[1], o[2], o[3] = T(p[0]*y), T(p[1]*y), T(p[2]*y), T(p[3]*y)
	}
	for ; i < n; i++ {
		z[i] = T(x[i] * y)
	}
}

// Max and min of Go propagate NaN and order -0 before +0, as the primitives do.

func maxVV[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = max(x[i], y[i])
	}
}

func maxVS[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	for i := range z {
		z[i] = max(x[i], y)
	}
}

func minVV[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = min(x[i], y[i])
	}
}

func minVS[T number](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	for i := range z {
		z[i] = min(x[i], y)
	}
}

func neg[T number](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		z[i] = -x[i]
	}
}

func fdivVV[T float](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = x[i] / y[i]
	}
}

func fdivVS[T float](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), *(*T)(b), vec[T](d, n)
	for i := range z {
		z[i] = x[i] / y
	}
}

func fdivSV[T float](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := *(*T)(a), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = x / y[i]
	}
}

// idiv: x/0 has all bits set. Go wraps MinInt/-1.
func idiv[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		if y[i] == 0 {
			z[i] = ^T(0)
		} else {
			z[i] = x[i] / y[i]
		}
	}
}

// irem: x rem 0 is x. Go gives 0 for MinInt % -1.
func irem[T integer](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		if y[i] == 0 {
			z[i] = x[i]
		} else {
			z[i] = x[i] % y[i]
		}
	}
}

// frem is exact, so float64 serves float32 too.
func frem[T float](d, a, b, _ unsafe.Pointer, n int) {
	x, y, z := vec[T](a, n), vec[T](b, n), vec[T](d, n)
	for i := range z {
		z[i] = T(math.Mod(float64(x[i]), float64(y[i])))
	}
}

func iabs[T signed](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		v := x[i]
		if v < 0 {
			v = -v
		}
		z[i] = v
	}
}

func isign[T signed](d, a, _, _ unsafe.Pointer, n int) {
	x, z := vec[T](a, n), vec[T](d, n)
	for i := range z {
		switch {
		case x[i] > 0:
			z[i] = 1
		case x[i] < 0:
			z[i] = -1
		default:
			z[i] = 0
		}
	}
}

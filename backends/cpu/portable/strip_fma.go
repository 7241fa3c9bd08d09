package portable

import (
	"math"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Fused multiply-add of float32 without an instruction for it: in float64 the product is exact and the sum is rounded once, to
// 53 bits. Rounding that to float32 is right unless the sum lies on or looks like a tie, with at least 28 zero bits at the end (see
// dtype.FMA32); roundsOnce sorts out those that only look so. Four elements are computed together: the conversion instructions of
// x86 wait for the old value of their destination, and only distinct registers keep them apart.

const tieBits = 1<<28 - 1

// roundsOnce reports whether s, a sum in float64, rounds to the float32 nearest to the exact sum: zeros and normal numbers do unless the
// half bit alone is cut off.
func roundsOnce(s float64) bool {
	const minNormal32 = (1023 - 126) << 53 // bits of 2^-126 without the sign
	b := math.Float64bits(s)
	return b<<35 != 1<<63 && (b<<1 >= minNormal32 || b<<1 == 0)
}

// settle4 rounds four sums s = x*y + z.
//
//go:noinline
func settle4(o []float32, s0, s1, s2, s3 float64, x, y, z *[4]float32) {
	for k, s := range [4]float64{s0, s1, s2, s3} {
		if roundsOnce(s) {
			o[k] = float32(s)
		} else {
			o[k] = dtype.FMA32(x[k], y[k], z[k])
		}
	}
}

// fma32 is dtype.FMA32, quicker for sums that are no ties.
func fma32(x, y, z float32) float32 {
	if s := float64(float64(x)*float64(y)) + float64(z); roundsOnce(s) {
		return float32(s)
	}
	return dtype.FMA32(x, y, z)
}

func fma32VVV(d, a, b, c unsafe.Pointer, n int) {
	x, y, w, z := vec[float32](a, n), vec[float32](b, n), vec[float32](c, n), vec[float32](d, n)
	i := 0
	for ; i <= n-4; i += 4 {
		p, q, r, o := x[i:i+4:i+4], y[i:i+4:i+4], w[i:i+4:i+4], z[i:i+4:i+4]
		x0, x1, x2, x3 := float64(p[0]), float64(p[1]), float64(p[2]), float64(p[3])
		y0, y1, y2, y3 := float64(q[0]), float64(q[1]), float64(q[2]), float64(q[3])
		w0, w1, w2, w3 := float64(r[0]), float64(r[1]), float64(r[2]), float64(r[3])
		s0 := float64(x0*y0) + w0
		s1 := float64(x1*y1) + w1
		s2 := float64(x2*y2) + w2
		s3 := float64(x3*y3) + w3
		if math.Float64bits(s0)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s1)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s2)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s3)&tieBits == 0 {
			goto tie
		}
		o[0], o[1], o[2], o[3] = float32(s0), float32(s1), float32(s2), float32(s3)
		continue
	tie:
		settle4(o, s0, s1, s2, s3, (*[4]float32)(p), (*[4]float32)(q), (*[4]float32)(r))
	}
	for ; i < n; i++ {
		z[i] = fma32(x[i], y[i], w[i])
	}
}

func fma32VVS(d, a, b, c unsafe.Pointer, n int) {
	x, y, z := vec[float32](a, n), vec[float32](b, n), vec[float32](d, n)
	u := *(*float32)(c)
	w, u4 := float64(u), [4]float32{u, u, u, u}
	i := 0
	for ; i <= n-4; i += 4 {
		p, q, o := x[i:i+4:i+4], y[i:i+4:i+4], z[i:i+4:i+4]
		x0, x1, x2, x3 := float64(p[0]), float64(p[1]), float64(p[2]), float64(p[3])
		y0, y1, y2, y3 := float64(q[0]), float64(q[1]), float64(q[2]), float64(q[3])
		s0 := float64(x0*y0) + w
		s1 := float64(x1*y1) + w
		s2 := float64(x2*y2) + w
		s3 := float64(x3*y3) + w
		if math.Float64bits(s0)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s1)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s2)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s3)&tieBits == 0 {
			goto tie
		}
		o[0], o[1], o[2], o[3] = float32(s0), float32(s1), float32(s2), float32(s3)
		continue
	tie:
		settle4(o, s0, s1, s2, s3, (*[4]float32)(p), (*[4]float32)(q), &u4)
	}
	for ; i < n; i++ {
		z[i] = fma32(x[i], y[i], u)
	}
}

func fma32VSV(d, a, b, c unsafe.Pointer, n int) {
	x, w, z := vec[float32](a, n), vec[float32](c, n), vec[float32](d, n)
	t := *(*float32)(b)
	y, t4 := float64(t), [4]float32{t, t, t, t}
	i := 0
	for ; i <= n-4; i += 4 {
		p, r, o := x[i:i+4:i+4], w[i:i+4:i+4], z[i:i+4:i+4]
		x0, x1, x2, x3 := float64(p[0]), float64(p[1]), float64(p[2]), float64(p[3])
		w0, w1, w2, w3 := float64(r[0]), float64(r[1]), float64(r[2]), float64(r[3])
		s0 := float64(x0*y) + w0
		s1 := float64(x1*y) + w1
		s2 := float64(x2*y) + w2
		s3 := float64(x3*y) + w3
		if math.Float64bits(s0)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s1)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s2)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s3)&tieBits == 0 {
			goto tie
		}
		o[0], o[1], o[2], o[3] = float32(s0), float32(s1), float32(s2), float32(s3)
		continue
	tie:
		settle4(o, s0, s1, s2, s3, (*[4]float32)(p), &t4, (*[4]float32)(r))
	}
	for ; i < n; i++ {
		z[i] = fma32(x[i], t, w[i])
	}
}

func fma32VSS(d, a, b, c unsafe.Pointer, n int) {
	x, z := vec[float32](a, n), vec[float32](d, n)
	t, u := *(*float32)(b), *(*float32)(c)
	y, w := float64(t), float64(u)
	t4, u4 := [4]float32{t, t, t, t}, [4]float32{u, u, u, u}
	i := 0
	for ; i <= n-4; i += 4 {
		p, o := x[i:i+4:i+4], z[i:i+4:i+4]
		x0, x1, x2, x3 := float64(p[0]), float64(p[1]), float64(p[2]), float64(p[3])
		s0 := float64(x0*y) + w
		s1 := float64(x1*y) + w
		s2 := float64(x2*y) + w
		s3 := float64(x3*y) + w
		if math.Float64bits(s0)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s1)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s2)&tieBits == 0 {
			goto tie
		}
		if math.Float64bits(s3)&tieBits == 0 {
			goto tie
		}
		o[0], o[1], o[2], o[3] = float32(s0), float32(s1), float32(s2), float32(s3)
		continue
	tie:
		settle4(o, s0, s1, s2, s3, (*[4]float32)(p), &t4, &u4)
	}
	for ; i < n; i++ {
		z[i] = fma32(x[i], t, u)
	}
}

func fma64VVV(d, a, b, c unsafe.Pointer, n int) {
	x, y, w, z := vec[float64](a, n), vec[float64](b, n), vec[float64](c, n), vec[float64](d, n)
	for i := range z {
		z[i] = math.FMA(x[i], y[i], w[i])
	}
}

func fma64VVS(d, a, b, c unsafe.Pointer, n int) {
	x, y, w, z := vec[float64](a, n), vec[float64](b, n), *(*float64)(c), vec[float64](d, n)
	for i := range z {
		z[i] = math.FMA(x[i], y[i], w)
	}
}

func fma64VSV(d, a, b, c unsafe.Pointer, n int) {
	x, y, w, z := vec[float64](a, n), *(*float64)(b), vec[float64](c, n), vec[float64](d, n)
	for i := range z {
		z[i] = math.FMA(x[i], y, w[i])
	}
}

func fma64VSS(d, a, b, c unsafe.Pointer, n int) {
	x, y, w, z := vec[float64](a, n), *(*float64)(b), *(*float64)(c), vec[float64](d, n)
	for i := range z {
		z[i] = math.FMA(x[i], y, w)
	}
}

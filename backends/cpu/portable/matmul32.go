package portable

import (
	"math"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// The product of f32 matrices, each step rounded to float32 as a fused multiply-add does it. In float64 products are exact and
// rounding a sum again to float32 is right but for ties, see strip_fma.go.

// inspect finds the magnitudes of n float64.
func inspect(w unsafe.Pointer, n int) magnitudes {
	m := magnitudes{least: math.Inf(1)}
	for _, x := range vec[float64](w, n) {
		x = math.Abs(x)
		if x < m.least && x != 0 {
			m.least = x
		}
		if x > m.largest || x != x { // nothing is larger than NaN
			m.largest = x
		}
	}
	return m
}

// plain reports whether no sum of k products of such numbers overflows float32 or has bits below its smallest number. Then sums
// are ties only where the half bit alone is cut off; zeros can be skipped, because no sum is infinite, NaN or -0.
func plain(a, b magnitudes, k int) bool {
	const (
		lastBits = 0x1p-48 // the last bit of a float32 is worth more than 2^-24 of the number
		smallest = 0x1p-149
		largest  = 0x1p120 // with room for what k roundings may add
	)
	return a.least*b.least*lastBits >= smallest && a.largest*b.largest*float64(k) <= largest && k < 1<<26
}

func productRow32(sums, a, panel unsafe.Pointer, tiles, k int, b magnitudes) {
	x, z := vec[float64](a, k), vec[[tile]float32](sums, tiles)
	isPlain := plain(inspect(a, k), b, k)
	for t := range z {
		rows := vec[[tile]float64](unsafe.Add(panel, t*k*tile*8), k)
		if isPlain {
			productTile32(&z[t], x, rows)
			continue
		}
		s := [tile]float32{}
		for i := range rows {
			for j, v := range rows[i] {
				s[j] = fma32(float32(x[i]), float32(v), s[j])
			}
		}
		z[t] = s
	}
}

// productTile32 is the product of a row with eight columns of plain numbers. Spikes, many zeros and some ones, take short cuts:
// zeros change nothing, and adding b itself is one addition of float32 (which would often be a tie in float64).
func productTile32(z *[tile]float32, x []float64, rows [][tile]float64) {
	rows = rows[:len(x)]
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	for i, v := range x {
		if v == 0 {
			continue
		}
		b := &rows[i]
		if v == 1 {
			s0 = float64(float32(s0) + float32(b[0]))
			s1 = float64(float32(s1) + float32(b[1]))
			s2 = float64(float32(s2) + float32(b[2]))
			s3 = float64(float32(s3) + float32(b[3]))
			s4 = float64(float32(s4) + float32(b[4]))
			s5 = float64(float32(s5) + float32(b[5]))
			s6 = float64(float32(s6) + float32(b[6]))
			s7 = float64(float32(s7) + float32(b[7]))
			continue
		}
		if r := float64(v*b[0]) + s0; isTie(r) {
			s0 = mulAddTie(v, b[0], s0)
		} else {
			s0 = float64(float32(r))
		}
		if r := float64(v*b[1]) + s1; isTie(r) {
			s1 = mulAddTie(v, b[1], s1)
		} else {
			s1 = float64(float32(r))
		}
		if r := float64(v*b[2]) + s2; isTie(r) {
			s2 = mulAddTie(v, b[2], s2)
		} else {
			s2 = float64(float32(r))
		}
		if r := float64(v*b[3]) + s3; isTie(r) {
			s3 = mulAddTie(v, b[3], s3)
		} else {
			s3 = float64(float32(r))
		}
		if r := float64(v*b[4]) + s4; isTie(r) {
			s4 = mulAddTie(v, b[4], s4)
		} else {
			s4 = float64(float32(r))
		}
		if r := float64(v*b[5]) + s5; isTie(r) {
			s5 = mulAddTie(v, b[5], s5)
		} else {
			s5 = float64(float32(r))
		}
		if r := float64(v*b[6]) + s6; isTie(r) {
			s6 = mulAddTie(v, b[6], s6)
		} else {
			s6 = float64(float32(r))
		}
		if r := float64(v*b[7]) + s7; isTie(r) {
			s7 = mulAddTie(v, b[7], s7)
		} else {
			s7 = float64(float32(r))
		}
	}
	*z = [tile]float32{float32(s0), float32(s1), float32(s2), float32(s3), float32(s4), float32(s5), float32(s6), float32(s7)}
}

// isTie reports whether only the half bit of a normal float32 is cut off.
func isTie(r float64) bool { return math.Float64bits(r)<<35 == 1<<63 }

// mulAddTie is x*y + s rounded once to float32, whatever it is.
//
//go:noinline
func mulAddTie(x, y, s float64) float64 {
	return float64(dtype.FMA32(float32(x), float32(y), float32(s)))
}

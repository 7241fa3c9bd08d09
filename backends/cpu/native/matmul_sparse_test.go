package native

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// sparseCases fill A and B in ways that the sparse way takes, and in ways that it gives up, at once, late or at the end.
var sparseCases = map[string]func(r *rand.Rand, a, b []float32){
	"few":    func(r *rand.Rand, a, b []float32) { scatterInto(r, a, 0.05) },
	"none":   func(*rand.Rand, []float32, []float32) {},
	"spikes": func(r *rand.Rand, a, b []float32) { scatterInto(r, a, 0.1); toOnes(a) },
	"dense":  func(r *rand.Rand, a, b []float32) { scatterInto(r, a, 1) },
	"late":   func(r *rand.Rand, a, b []float32) { scatterInto(r, a[len(a)/2:], 0.9) },
	"minus 0": func(r *rand.Rand, a, b []float32) {
		scatterInto(r, a, 0.05)
		fillZeros(a, float32(math.Copysign(0, -1)))
	},
	"infinite": func(r *rand.Rand, a, b []float32) { scatterInto(r, a, 0.05); b[r.IntN(len(b))] = float32(math.Inf(1)) },
	"nan":      func(r *rand.Rand, a, b []float32) { scatterInto(r, a, 0.05); b[r.IntN(len(b))] = float32(math.NaN()) },
	"nan in a": func(r *rand.Rand, a, b []float32) { scatterInto(r, a, 0.05); a[r.IntN(len(a))] = float32(math.NaN()) },
	"tiny": func(r *rand.Rand, a, b []float32) { // products that underflow to zeros of either sign
		scatterInto(r, a, 0.05)
		for i := range b {
			b[i] *= 1e-24
		}
		for i := range a {
			a[i] *= 1e-24
		}
	},
	"denormal": func(r *rand.Rand, a, b []float32) {
		scatterInto(r, a, 0.05)
		b[r.IntN(len(b))] = 1e-44
	},
	"cancels": func(r *rand.Rand, a, b []float32) { // sums that are zero in between
		scatterInto(r, a, 0.1)
		toOnes(a)
		for i := range b {
			b[i] = float32(r.IntN(3) - 1)
		}
	},
}

func scatterInto(r *rand.Rand, xs []float32, share float64) {
	for i := range xs {
		if r.Float64() < share {
			xs[i] = float32(r.NormFloat64())
		}
	}
}

func toOnes(xs []float32) {
	for i, x := range xs {
		if x != 0 {
			xs[i] = 1
		}
	}
}

func fillZeros(xs []float32, zero float32) {
	for i, x := range xs {
		if x == 0 {
			xs[i] = zero
		}
	}
}

// TestSparseProducts compares products of matrices with many zeros with the definition, bit by bit, on each tier, entered again and again.
func TestSparseProducts(t *testing.T) {
	old := measured
	defer func() { measured = old }()
	measured.sparseWork = 1
	for _, is := range tiers() {
		shapes := [][3]int{{5, 64, 64}, {32, 48, 128}, {16, 16, 448}, {16, 16, 192}, {48, 16, 64}}
		if testing.Short() {
			shapes = shapes[:2]
		}
		for _, shape := range shapes {
			for _, layout := range []layoutOf{rowMajor, colMajor, {order: [3]int{0, 1, 2}, gap: 3}, {order: [3]int{0, 2, 1}, gap: 5}} {
				for name, fill := range sparseCases {
					pc := productCase{dt: dtype.Float32, batch: 1, m: shape[0], k: shape[1], n: shape[2], a: layout, b: rowMajor, c: rowMajor, isa: is,
						dyn: [3]int{1, 2, 3}}
					checkSparse(t, name, pc, fill)
				}
			}
		}
	}
}

func checkSparse(t *testing.T, name string, pc productCase, fill func(r *rand.Rand, a, b []float32)) {
	t.Helper()
	b := pc.build(t)
	length := pc.k
	if pc.a.order == colMajor.order {
		length = pc.m
	}
	if length%(pc.isa.bytes/4) == 0 && pc.n%(pc.isa.bytes/4) == 0 && testing.Verbose() {
		require.Contains(t, b.code.Listing, "sparse", "%s", pc.name())
	}
	r := rand.New(rand.NewPCG(2, uint64(pc.m*1000+pc.n)))
	x, y, got := floatsOf[float32](b.bufs[0]), floatsOf[float32](b.bufs[1]), floatsOf[float32](b.bufs[2])
	for i := range y {
		y[i] = float32(r.NormFloat64())
	}
	fill(r, x, y)
	for i := range got {
		got[i] = float32(i)
	}
	before := append([]float32(nil), got...)
	want := naive(pc, b, dtype.FMA32)
	for _, budget := range []int64{1 << 40, 1} {
		copy(got, before)
		b.run(t, budget)
		for i := range want {
			same := math.Float32bits(got[i]) == math.Float32bits(want[i]) || got[i] != got[i] && want[i] != want[i]
			require.True(t, same, "%s: %s of %s: element %d: got %v, want %v", name, pc.name(), pc.isa.name, i, got[i], want[i])
		}
	}
	b.guards(func(p *byte) { require.EqualValues(t, 0xA5, *p) })
}

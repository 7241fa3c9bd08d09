package native

import (
	"fmt"
	"testing"
	"time"

	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

func timeOf(f func()) time.Duration {
	start := cpuNow()
	f()
	return max(1, time.Duration(cpuNow()-start))
}

// BenchmarkMatMul reports GFLOP/s and the ratio to the peak of multiply-adds, measured in turns with the product: the best of each, since
// other work on the machine only ever makes them slower.
func BenchmarkMatMul(b *testing.B) {
	if !exec.Features().HasAVX512() {
		b.Skip("needs AVX-512")
	}
	row, col := rowMajor, colMajor
	shapes := [][3]int{{16, 16, 16}, {64, 64, 64}, {100, 100, 100}, {128, 100, 100}, {128, 25, 100}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048}}
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, s := range shapes {
			benchProduct(b, "nn", productCase{dt: dt, batch: 1, m: s[0], k: s[1], n: s[2], a: row, b: row, c: row})
		}
		for _, s := range shapes {
			benchProduct(b, "nt", productCase{dt: dt, batch: 1, m: s[0], k: s[1], n: s[2], a: row, b: col, c: row})
			benchProduct(b, "tn", productCase{dt: dt, batch: 1, m: s[0], k: s[1], n: s[2], a: col, b: row, c: row})
		}
		for _, n := range []int{64, 256, 512, 1000, 1024, 4096} {
			benchProduct(b, "vec-mat", productCase{dt: dt, batch: 1, m: 1, k: n, n: n, a: row, b: row, c: row})
			benchProduct(b, "mat-vec", productCase{dt: dt, batch: 1, m: n, k: n, n: 1, a: row, b: row, c: row})
		}
	}
}

func benchProduct(b *testing.B, kind string, pc productCase) {
	b.Run(fmt.Sprintf("%s/%s", kind, pc.name()), func(b *testing.B) {
		flops := 2 * float64(pc.batch) * float64(pc.m) * float64(pc.k) * float64(pc.n)
		pc.repeat = max(1, int(2e6/flops))
		p := pc.build(b)
		for i := range p.bufs {
			if pc.dt == dtype.Float32 {
				fill(floatsOf[float32](p.bufs[i]))
			} else {
				fill(floatsOf[float64](p.bufs[i]))
			}
		}
		peak := fmaPeak(b, pc.dt, avx512)
		best, top := 1e30, 0.0
		for b.Loop() {
			for range 2 {
				top = max(top, peak())
				best = min(best, float64(timeOf(func() { p.run(b, 1<<40) }))/float64(pc.repeat))
			}
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(best, "ns/product")
		b.ReportMetric(flops/best, "GFLOP/s")
		b.ReportMetric(100*flops/best/top, "%peak")
		bytes := float64(pc.dt.Size()) * float64(pc.m*pc.k+pc.k*pc.n+pc.m*pc.n)
		b.ReportMetric(bytes/best, "GB/s")
	})
}

func fill[T float32 | float64](f []T) {
	for i := range f {
		f[i] = T(i%7) * 0.25
	}
}

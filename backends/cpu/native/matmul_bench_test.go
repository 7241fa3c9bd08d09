package native

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// BenchmarkMatMul reports GFLOP/s, the ratio to the peak of multiply-adds and the bytes of the operands a second. The peak is measured
// just before and after each product, because the clock changes; the ratio is the median.
//
// Names: nn is row-major times row-major, t a transposed operand.
func BenchmarkMatMul(b *testing.B) {
	row, col := rowMajor, colMajor
	square := [][3]int{{16, 16, 16}, {64, 64, 64}, {100, 100, 100}, {128, 100, 100}, {128, 25, 100}, {256, 256, 256}, {512, 512, 512}, {1000, 1000, 1000}, {1024, 1024, 1024}, {2048, 2048, 2048}}
	for _, is := range tiers() {
		for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
			bench := func(kind string, s [3]int, a, bl layoutOf) {
				pc := productCase{dt: dt, batch: 1, m: s[0], k: s[1], n: s[2], a: a, b: bl, c: row, isa: is}
				b.Run(fmt.Sprintf("%s/%s/%s", is.name, kind, pc.name()), func(b *testing.B) { benchProduct(b, pc) })
			}
			for _, s := range square {
				bench("nn", s, row, row)
				bench("nt", s, row, col)
				bench("tn", s, col, row)
			}
			for _, n := range []int{100, 256, 1000, 1024, 4096} {
				bench("vec-mat", [3]int{1, n, n}, row, row)
				bench("mat-vec", [3]int{n, n, 1}, row, row)
			}
		}
	}
}

func benchProduct(b *testing.B, pc productCase) {
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
	peak := fmaPeak(b, pc.dt, pc.isa)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	best := 1e30
	var ratios []float64
	for b.Loop() {
		before := peak()
		t := timeOf(func() { p.run(b, 1<<40) }) / float64(pc.repeat)
		best = min(best, t)
		ratios = append(ratios, 100*flops/t/((before+peak())/2))
	}
	slices.Sort(ratios)
	bytes := float64(pc.dt.Size()) * float64(pc.batch*(pc.m*pc.k+pc.k*pc.n+pc.m*pc.n))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(best, "ns/product")
	b.ReportMetric(flops/best, "GFLOP/s")
	b.ReportMetric(ratios[len(ratios)/2], "%peak")
	b.ReportMetric(bytes/best, "GB/s")
}

// clock is the time in nanoseconds. Where the system has a clock of the processor time of a thread it is that one, so that other work on
// the machine counts less.
var clock = func() int64 { return time.Since(started).Nanoseconds() }

var started = time.Now()

func timeOf(f func()) (nanoseconds float64) {
	start := clock()
	f()
	return float64(max(1, clock()-start))
}

func fill[T float32 | float64](f []T) {
	for i := range f {
		f[i] = T(i%7) * 0.25
	}
}

// fmaPeak measures the multiply-adds of registers only, in GFLOP/s.
func fmaPeak(t testing.TB, dt dtype.DType, is *isa) func() float64 {
	const chains, rounds = 12, 100_000
	a := asm.New()
	f := floatOps32
	if dt == dtype.Float64 {
		f = floatOps64
	}
	for i := range chains + 2 {
		a.Emit(asm.VXORPS, asm.X(i), asm.X(i), asm.X(i))
	}
	a.Emit(asm.MOV, asm.ECX, asm.Imm(rounds))
	top := a.Here()
	for i := range chains {
		a.Emit(f.fma, vecOfBytes(i, is.bytes), vecOfBytes(chains, is.bytes), vecOfBytes(chains+1, is.bytes))
	}
	a.Emit(asm.DEC, asm.ECX)
	a.Jump(asm.JNE, top)
	a.Emit(asm.VZEROUPPER)
	a.Emit(asm.RET)
	code, err := a.Bytes()
	require.NoError(t, err)
	exe, err := exec.Map(code)
	require.NoError(t, err)
	flops := float64(chains * rounds * 2 * is.bytes / f.size)
	return func() float64 {
		return flops / timeOf(func() { exe.Call(0, unsafe.Pointer(&flops), 0) })
	}
}

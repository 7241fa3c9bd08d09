package portable

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// best reports the shortest of many calls, so that neighbours on the machine do not count.
func best(b *testing.B, unit string, per float64, f func()) {
	f()
	least := time.Hour
	for range max(b.N, 20) {
		began := time.Now()
		f()
		least = min(least, time.Since(began))
	}
	b.ReportMetric(float64(least.Nanoseconds())/per, unit)
}

// BenchmarkStrips measures single strips on blocks in cache, in ns an element.
func BenchmarkStrips(b *testing.B) {
	const n, times = 512, 200
	r := rand.New(rand.NewPCG(1, 1))
	memory := make([]float64, 4*n)
	place := func(k int) unsafe.Pointer { return unsafe.Pointer(&memory[k*n]) }
	for _, c := range []struct {
		name    string
		dt      dtype.DType
		f       strip
		isBool0 bool
	}{
		{"add f32 VV", dtype.Float32, addVV[float32], false},
		{"add f32 VS", dtype.Float32, addVS[float32], false},
		{"add i32 VV", dtype.Int32, addVV[int32], false},
		{"mul f64 VV", dtype.Float64, mulVV[float64], false},
		{"div f32 VV", dtype.Float32, fdivVV[float32], false},
		{"max f32 VV", dtype.Float32, maxVV[float32], false},
		{"max f32 VS", dtype.Float32, maxVS[float32], false},
		{"fma f32 VVV", dtype.Float32, fma32VVV, false},
		{"fma f32 VSV", dtype.Float32, fma32VSV, false},
		{"fma f32 VVS", dtype.Float32, fma32VVS, false},
		{"fma f64 VVV", dtype.Float64, fma64VVV, false},
		{"gt f32 VS", dtype.Float32, gtVS[float32], false},
		{"lt f32 VV", dtype.Float32, ltVV[float32], false},
		{"le i32 VS", dtype.Int32, leVS[int32], false},
		{"select VVV", dtype.Float32, selectVVV[uint32], true},
		{"select VSV", dtype.Float32, selectVSV[uint32], true},
		{"and bool", dtype.Bool, boolAndVV, false},
		{"sqrt f32", dtype.Float32, fsqrt32, false},
		{"floor f32", dtype.Float32, floor[float32], false},
		{"round f32", dtype.Float32, roundEven32, false},
		{"i32 to f32", dtype.Int32, convert[float32, int32], false},
		{"f32 to i32", dtype.Float32, saturatingTo[float32](dtype.Int32), false},
		{"f32 to f64", dtype.Float32, convert[float64, float32], false},
		{"shr u32 VS", dtype.Uint32, shrVS[uint32], false},
	} {
		b.Run(c.name, func(b *testing.B) {
			for k := 1; k < 4; k++ {
				dt := c.dt
				if k == 1 && c.isBool0 {
					dt = dtype.Bool
				}
				x := tensor.Must(tensor.New(dt, n))
				for i := range n {
					x.Set(i, 1+20*r.Float64())
					if dt == dtype.Bool {
						x.Set(i, r.IntN(2))
					}
				}
				copy(unsafe.Slice((*byte)(place(k)), n*8), x.Bytes())
			}
			best(b, "ns/elem", n*times, func() {
				for range times {
					c.f(place(0), place(1), place(2), place(3), n)
				}
			})
		})
	}
}

// BenchmarkMatMul measures square products, in ns a multiply-add; "spikes" has one element in twenty of A set to 1.
func BenchmarkMatMul(b *testing.B) {
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.Int32} {
		for _, spikes := range []bool{false, true} {
			for _, n := range []int{8, 128} {
				b.Run(fmt.Sprintf("%s %d spikes %v", dt, n, spikes), func(b *testing.B) {
					r := rand.New(rand.NewPCG(1, 1))
					x := randomNormal(r, dt, n*n)
					for i := range n * n {
						if spikes {
							x.Set(i, r.IntN(20)/19)
						}
					}
					var p builder
					view := func(id kernel.BufID) kernel.View {
						return kernel.View{Buf: id, Shape: []int{1, n, n}, Strides: []int{0, n, 1}}
					}
					p.step(&kernel.MatMul{A: view(p.input(x)), B: view(p.input(randomNormal(r, dt, n*n))), Dst: view(p.output(dt, n*n))})
					benchmarkProgram(b, &p, "ns/fma", float64(n*n*n))
				})
			}
		}
	}
}

func randomNormal(r *rand.Rand, dt dtype.DType, n int) *tensor.Tensor {
	x := tensor.Must(tensor.New(dt, n))
	for i := range n {
		x.Set(i, 10*r.NormFloat64())
	}
	return x
}

func benchmarkProgram(b *testing.B, p *builder, unit string, per float64) {
	require.NoError(b, kernel.Verify(&p.p))
	ex, err := New(&p.p)
	require.NoError(b, err)
	mem, env := newTestMemory(&p.p, p.inputs), &Env{}
	best(b, unit, per, func() { _ = ex.Run(context.Background(), &mem.Memory, env) })
}

// BenchmarkFold measures sums over rows of several lengths, in ns an element.
func BenchmarkFold(b *testing.B) {
	for _, row := range []int{1, 8, 100, 10000} {
		b.Run(fmt.Sprint(row), func(b *testing.B) {
			const n = 100000
			r := rand.New(rand.NewPCG(1, 1))
			var p builder
			m := &kernel.Map{Shape: []int{n / row, row}, Insts: []kernel.Inst{{Op: kernel.OpLoad, DT: dtype.Float32}}}
			m.Loads = []kernel.View{{Buf: p.input(randomNormal(r, dtype.Float32, n)), Shape: m.Shape, Strides: []int{row, 1}}}
			out := kernel.View{Buf: p.output(dtype.Float32, n/row), Shape: []int{n / row}, Strides: []int{1}}
			m.Folds = []kernel.Fold{{Op: op.ReduceSumID, Dims: 1, View: out}}
			p.step(m)
			benchmarkProgram(b, &p, "ns/elem", n)
		})
	}
}

// BenchmarkLoop1000 is a loop of 1,000 iterations over 16 numbers: x = 0.999 x + 0.001 i. In ns an iteration.
func BenchmarkLoop1000(b *testing.B) {
	var p builder
	x, i := p.arena(dtype.Float32, 16), p.arena(dtype.Int32, 1)
	mb := &mapBuilder{b: &p, n: 16, m: &kernel.Map{Shape: []int{16}}}
	mb.m.Loads = []kernel.View{{Buf: i, Shape: []int{16}, Strides: []int{0}}}
	k := mb.inst(kernel.Inst{Op: kernel.OpLoad, DT: dtype.Int32})
	drive := mb.op(op.MulID, dtype.Float32, mb.op(op.ConvertID, dtype.Float32, k), mb.f32(0.001))
	decay := mb.f32(0.999)
	mb.m.Uni = len(mb.m.Insts)
	mb.store(mb.op(op.FMAID, dtype.Float32, mb.load(x), decay, drive), x)
	p.step(&kernel.Copy{Dst: unitView(x, 16), Src: unitView(p.input(tensor.Must(tensor.New(dtype.Float32, 16))), 16)})
	p.step(&kernel.LoopStep{Trip: 1000, Counter: i, Body: kernel.Block{mb.m}})
	p.step(&kernel.Copy{Dst: unitView(p.output(dtype.Float32, 16), 16), Src: unitView(x, 16)})
	benchmarkProgram(b, &p, "ns/iteration", 1000)
}

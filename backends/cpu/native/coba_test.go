package native

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// cobaNet is the network of limits/ref.c: update, then delivery of the spikes of this step.
func cobaNet(r *rand.Rand, n, steps int) *ir.Graph {
	ne := n * 8 / 10
	indptr, indices := randomCSR(r, n, n, 80/float64(n))
	ptr, idx := tensor.Flat[int32](indptr), tensor.Flat[uint32](indices)
	part := func(b *ir.Builder, lo, hi int) (*ir.Value, *ir.Value) {
		p := make([]int32, hi-lo+1)
		for i := range p {
			p[i] = ptr[lo+i] - ptr[lo]
		}
		return b.Const(tensor.Of(p...)), b.Const(tensor.Of(idx[ptr[lo]:ptr[hi]]...))
	}
	return cobaUpdate(n, steps, func(b *ir.Builder, ge, gi, sp *ir.Value) (*ir.Value, *ir.Value) {
		ep, ei := part(b, 0, ne)
		ip, ii := part(b, ne, n)
		slice := func(lo, hi int) *ir.Value { return op.Slice(b, sp, []int{lo}, []int{hi}, []int{1}) }
		return op.EventCSR(b, ge, slice(0, ne), ep, ei, op.Scalar(b, dtype.Float32, 0.6)),
			op.EventCSR(b, gi, slice(ne, n), ip, ii, op.Scalar(b, dtype.Float32, 6.7))
	})
}

// cobaUpdate is the neuron update of limits/ref.c.
func cobaUpdate(n, steps int, deliver func(b *ir.Builder, ge, gi, sp *ir.Value) (*ir.Value, *ir.Value)) *ir.Graph {
	b := ir.NewBuilder("body")
	f32, i32 := ir.T(dtype.Float32, n), ir.T(dtype.Int32, n)
	b.Param(ir.T(dtype.Int32))
	v, ge, gi, rf := b.Param(f32), b.Param(f32), b.Param(f32), b.Param(i32)
	b.Param(ir.T(dtype.Bool, n))
	c := func(x float64) *ir.Value { return op.Full(b, f32, x) }
	ci := func(x float64) *ir.Value { return op.Full(b, i32, x) }
	act := op.Le(b, rf, ci(0))
	dv := op.FMA(b, ge, op.Sub(b, c(0), v), op.FMA(b, gi, op.Sub(b, c(-80), v), op.Sub(b, c(-40), v)))
	v1 := op.Select(b, act, op.FMA(b, dv, c(0.005), v), v)
	sp := op.And(b, act, op.Gt(b, v1, c(-50)))
	v2 := op.Select(b, sp, c(-60), v1)
	r2 := op.Select(b, sp, ci(50), op.Sub(b, rf, ci(1)))
	ge2, gi2 := deliver(b, op.Mul(b, ge, c(0.98)), op.Mul(b, gi, c(0.99)), sp)
	body := b.Build(v2, ge2, gi2, r2, sp)
	g := ir.NewBuilder("coba")
	ps := []*ir.Value{g.Param(f32), g.Param(f32), g.Param(f32), g.Param(i32), g.Param(ir.T(dtype.Bool, n))}
	return g.Build(op.Loop(g, op.LoopAttrs{Trip: steps, Carries: 5}, body, ps...)...)
}

func BenchmarkCoba(b *testing.B) {
	for _, n := range []int{4000, 40000} {
		for _, is := range tiers() {
			b.Run(fmt.Sprintf("%s/%d", is.name, n), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 1))
				const steps = 2000
				m := newMachine(b, cobaNet(r, n, steps), is)
				if os.Getenv("LIST") != "" {
					fmt.Println(m.prog, m.code.Listing)
				}
				fill := func(mean, std float64) *tensor.Tensor {
					x := randomF32(r, n)
					for i, y := range tensor.Flat[float32](x) {
						tensor.Flat[float32](x)[i] = float32(mean + std*float64(y))
					}
					return x
				}
				rf := tensor.Must(tensor.New(dtype.Int32, n))
				sp := tensor.Must(tensor.New(dtype.Bool, n))
				in := []*tensor.Tensor{fill(-65, 5), fill(4, 1.5), fill(20, 12), rf, sp}
				for b.Loop() {
					m.run(b, 1<<40, in...)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/steps, "ns/step")
			})
		}
	}
}

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

// cobaUpdate is the neuron update of limits/ref.c without delivery.
func cobaUpdate(n, steps int) *ir.Graph {
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
	body := b.Build(v2, op.Mul(b, ge, c(0.98)), op.Mul(b, gi, c(0.99)), r2, sp)
	g := ir.NewBuilder("coba")
	ps := []*ir.Value{g.Param(f32), g.Param(f32), g.Param(f32), g.Param(i32), g.Param(ir.T(dtype.Bool, n))}
	return g.Build(op.Loop(g, op.LoopAttrs{Trip: steps, Carries: 5}, body, ps...)...)
}

func BenchmarkCobaUpdate(b *testing.B) {
	for _, n := range []int{4000, 40000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			const steps = 1000
			m := newMachine(b, cobaUpdate(n, steps))
			if os.Getenv("LIST") != "" {
				fmt.Println(m.code.Listing)
			}
			rf := tensor.Must(tensor.New(dtype.Int32, n))
			sp := tensor.Must(tensor.New(dtype.Bool, n))
			in := []*tensor.Tensor{randomF32(r, n), randomF32(r, n), randomF32(r, n), rf, sp}
			for b.Loop() {
				m.run(b, 1<<40, in...)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/steps, "ns/step")
		})
	}
}

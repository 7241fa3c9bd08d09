package trace_test

import (
	"context"
	"testing"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// instant is a backend whose programs cost nothing: what remains is the cost of a call in this package.
type instant struct{}

func (instant) Name() string { return "instant" }

func (instant) Compile(g *ir.Graph, _ backends.Options) (backends.Executable, error) {
	e := &instantProgram{}
	for _, out := range g.Outputs {
		t, err := tensor.New(out.Type.DType, out.Type.Shape...)
		if err != nil {
			return nil, err
		}
		e.outs = append(e.outs, t)
	}
	return e, nil
}

type instantProgram struct{ outs []*tensor.Tensor }

func (e *instantProgram) Run(context.Context, []*tensor.Tensor, backends.RunOptions) ([]*tensor.Tensor, error) {
	return e.outs, nil
}

func BenchmarkCall(b *testing.B) {
	v := trace.NewVariable(1.0)
	x := of(1.0)
	b.Run("scalar", func(b *testing.B) {
		f := trace.Jit(func(_ *trace.Scope, x trace.Array) trace.Array { return x.Add(1) }, trace.On(instant{}))
		b.ReportAllocs()
		for b.Loop() {
			f.Must(x)
		}
	})
	b.Run("struct", func(b *testing.B) {
		f := trace.Jit(func(_ *trace.Scope, p point) point { return point{p.Y, p.X.Add(1)} }, trace.On(instant{}))
		p := point{x, x}
		b.ReportAllocs()
		for b.Loop() {
			f.Must(p)
		}
	})
	b.Run("variable", func(b *testing.B) {
		f := trace.Jit(func(s *trace.Scope, x trace.Array) struct{} {
			v.Set(s, v.Get(s).Add(x))
			return struct{}{}
		}, trace.On(instant{}))
		b.ReportAllocs()
		for b.Loop() {
			f.Must(x)
		}
	})
}

// BenchmarkCallWhole is the same with the default backend: what a user waits for.
func BenchmarkCallWhole(b *testing.B) {
	f := trace.Jit(func(_ *trace.Scope, x trace.Array) trace.Array { return x.Add(1) })
	x := of(1.0)
	b.ReportAllocs()
	for b.Loop() {
		f.Must(x)
	}
}

// BenchmarkTrace records a thousand operations.
func BenchmarkTrace(b *testing.B) {
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.ForLoop(s, trace.Range(10), func(_ *trace.Scope, i trace.Array) trace.Array {
			y := x
			for range 500 {
				y = y.Mul(0.5).Add(x)
			}
			return y
		})
	}, trace.On(instant{}))
	x := vec(1, 2, 3)
	for b.Loop() {
		f.Clear()
		if _, err := f.Lower(x); err != nil {
			b.Fatal(err)
		}
	}
}

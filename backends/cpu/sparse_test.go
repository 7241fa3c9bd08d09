package cpu

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// sparseLoop is a loop whose carry goes through all products with a procedural and with a stored matrix.
func sparseLoop(r *rand.Rand, dt dtype.DType, law op.ProcWeight, n, steps int) (*ir.Graph, []*tensor.Tensor) {
	a := op.ProcAttrs{Pre: n, Post: n, Prob: 0.05, Weight: law, FirstRow: 1}
	ptr, columns := []int32{0}, []uint16{}
	for range n {
		for range r.IntN(40) {
			columns = append(columns, uint16(r.IntN(n)))
		}
		ptr = append(ptr, int32(len(columns)))
	}
	vec, seed := ir.T(dt, n), ir.T(dtype.Uint32, 2)
	weights := ir.T(dt)
	if law != op.ProcConstant {
		weights = ir.T(dt, 2)
	}
	b := ir.NewBuilder("body")
	b.Param(ir.T(dtype.Int32))
	key, w := b.Param(seed), b.Param(weights)
	x, y, total := b.Param(vec), b.Param(vec), b.Param(weights)
	p, c := b.Const(tensor.Of(ptr...)), b.Const(tensor.Must(tensor.FromSlice(columns, len(columns))))
	fires := op.Gt(b, x, op.Full(b, vec, 0.5))
	events := op.Max(b, op.Sub(b, y, op.Full(b, vec, 0.7)), op.Full(b, vec, 0))
	each := op.CSROuter(b, events, x, p, c)
	x2 := op.EventProc(b, op.Mul(b, x, op.Full(b, vec, 0.9)), fires, key, w, a)
	x2 = op.EventProc(b, x2, events, key, w, a)
	y2 := op.Add(b, op.ProcGather(b, y, key, w, a), op.CSRGather(b, x, p, c, each))
	limit := func(v *ir.Value) *ir.Value { return op.Sin(b, op.Mul(b, v, op.Full(b, vec, 2))) }
	body := b.Build(limit(x2), limit(y2), op.Add(b, total, op.ProcOuter(b, fires, y, key, a)))
	g := ir.NewBuilder("sparse")
	params := []*ir.Value{g.Param(seed), g.Param(weights), g.Param(vec), g.Param(vec), g.Param(weights)}
	graph := g.Build(op.Loop(g, op.LoopAttrs{Trip: steps, Consts: 2, Carries: 3}, body, params...)...)
	return graph, []*tensor.Tensor{tensor.Of(r.Uint32(), r.Uint32()), op.RandomTensor(r, dt, 0, 0.3, weights.Shape...),
		op.RandomTensor(r, dt, -1, 1, n), op.RandomTensor(r, dt, -1, 1, n), op.RandomTensor(r, dt, -1, 1, weights.Shape...)}
}

// Loops over sparse products have no exits, and the results of the interpreter's products for any number of threads.
func TestSparseLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 52))
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, law := range []op.ProcWeight{op.ProcConstant, op.ProcUniform, op.ProcNormal} {
			g, inputs := sparseLoop(r, dt, law, 130, 20)
			portable, err := New(Portable)
			require.NoError(t, err)
			x, err := portable.Compile(g, backends.Options{})
			require.NoError(t, err)
			want, err := x.Run(context.Background(), inputs, backends.RunOptions{})
			require.NoError(t, err)
			for _, tier := range Tiers() {
				for _, threads := range []int{1, 2, 3, 7} {
					be := backend{tier: tier, divideAll: true}
					x, err := be.Compile(g, backends.Options{Threads: threads})
					require.NoError(t, err)
					if tier != Portable {
						require.Empty(t, x.(*executable).code.Why)
						requireDivided(t, x.(*executable), threads)
					}
					got, err := x.Run(context.Background(), inputs, backends.RunOptions{})
					require.NoError(t, err)
					for i := range want {
						require.True(t, got[i].Equal(want[i]), "%s of %s on %s, %d threads: output %d", law, dt, tier, threads, i)
					}
				}
			}
		}
	}
}

// requireDivided wants four of the products divided: events are, and gathers.
func requireDivided(t *testing.T, x *executable, threads int) {
	t.Helper()
	n := 0
	for s, parts := range x.divided {
		if _, ok := s.(*kernel.Sparse); ok && len(parts.Then) > 1 {
			n++
		}
	}
	if threads > 1 {
		require.Equal(t, 4, n)
	}
}

// One step agrees with the interpreter, which computes each product by its definition.
func TestSparseStepAgainstInterpreter(t *testing.T) {
	r := rand.New(rand.NewPCG(53, 54))
	for _, law := range []op.ProcWeight{op.ProcConstant, op.ProcUniform, op.ProcNormal} {
		b := ir.NewBuilder("step")
		a := op.ProcAttrs{Pre: 40, Post: 500, Prob: 0.1, Weight: law}
		weights := ir.T(dtype.Float32, 2)
		if law == op.ProcConstant {
			weights = ir.T(dtype.Float32)
		}
		x, e, seed, w := b.Param(ir.T(dtype.Float32, 500)), b.Param(ir.T(dtype.Bool, 40)), b.Param(ir.T(dtype.Uint32, 2)), b.Param(weights)
		g := b.Build(op.EventProc(b, x, e, seed, w, a), op.ProcGather(b, x, seed, w, a), op.ProcOuter(b, e, x, seed, a))
		inputs := []*tensor.Tensor{op.RandomTensor(r, dtype.Float32, -1, 1, 500), op.RandomTensor(r, dtype.Bool, 0, 1, 40),
			tensor.Of(r.Uint32(), r.Uint32()), op.RandomTensor(r, dtype.Float32, -1, 1, weights.Shape...)}
		want, err := interp.Run(context.Background(), g, inputs)
		require.NoError(t, err)
		for _, tier := range Tiers() {
			for _, threads := range []int{1, 2} {
				x, err := backend{tier: tier, divideAll: true}.Compile(g, backends.Options{Threads: threads})
				require.NoError(t, err)
				got, err := x.Run(context.Background(), inputs, backends.RunOptions{})
				require.NoError(t, err)
				for i := range want {
					require.True(t, got[i].Equal(want[i]), "%s on %s, %d threads: output %d", law, tier, threads, i)
				}
			}
		}
	}
}

// A step that takes minutes is left between rows when the run is cancelled.
func TestProceduralCanBeCancelled(t *testing.T) {
	const pre, post = 1 << 20, 1 << 20
	b := ir.NewBuilder("long")
	x := b.Param(ir.T(dtype.Float32, post))
	a := op.ProcAttrs{Pre: pre, Post: post, Prob: 0.01, Weight: op.ProcConstant}
	events := op.Full(b, ir.T(dtype.Bool, pre), 1)
	y := op.EventProc(b, x, events, b.Const(tensor.Of[uint32](1, 2)), op.Scalar(b, dtype.Float32, 1), a)
	for _, tier := range Tiers() {
		if tier == Portable {
			continue // the reference evaluation does not poll
		}
		x, err := backend{tier: tier}.Compile(b.Build(y), backends.Options{Threads: 1})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		start := time.Now()
		_, err = x.Run(ctx, []*tensor.Tensor{tensor.Must(tensor.New(dtype.Float32, post))}, backends.RunOptions{})
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(start), 5*time.Second)
	}
}

package cpu

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// yields counts how often machine code yields in one run of a graph.
func yields(t *testing.T, g *ir.Graph, threads int, inputs ...*tensor.Tensor) int {
	t.Helper()
	tier, err := DefaultTier()
	require.NoError(t, err)
	if tier == Portable {
		t.Skip("no machine code")
	}
	e, err := backend{}.Compile(g, backends.Options{Threads: threads})
	require.NoError(t, err)
	ctx := &counting{Context: context.Background()}
	_, err = e.Run(ctx, inputs, backends.RunOptions{})
	require.NoError(t, err)
	return ctx.asked
}

// counting counts how often it is asked whether it has ended.
type counting struct {
	context.Context
	asked int
}

func (c *counting) Err() error { c.asked++; return nil }

// A delivery of events from all neurons costs thousands of times what one from a few does, which the loop around it is estimated by.
func TestDeliveriesOfManyEventsYield(t *testing.T) {
	const n, fan, steps = 1000, 200, 200
	indptr, targets := make([]int32, n+1), make([]uint32, 0, n*fan)
	for i := range n {
		for k := range fan {
			targets = append(targets, uint32((i+k)%n))
		}
		indptr[i+1] = int32(len(targets))
	}
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	body := ir.NewBuilder("body")
	_, events, ip, ix, w, acc := body.Param(ir.T(dtype.Int32)), body.Param(ir.T(dtype.Bool, n)), body.Param(ir.T(dtype.Int32, n+1)),
		body.Param(ir.T(dtype.Uint32, n*fan)), body.Param(ir.T(dtype.Float32)), body.Param(ir.T(dtype.Float32, n))
	region := body.Build(op.EventCSR(body, acc, events, ip, ix, w))
	b := ir.NewBuilder("deliveries")
	in := []*ir.Value{b.Param(ir.T(dtype.Bool, n)), b.Const(tensor.Of(indptr...)), b.Const(tensor.Of(targets...)), b.Const(tensor.Scalar(float32(1))),
		op.Full(b, ir.T(dtype.Float32, n), 0)}
	g := b.Build(op.Loop(b, op.LoopAttrs{Trip: steps, Consts: 4, Carries: 1}, region, in...)...)
	for _, threads := range []int{1, 2} {
		require.Greater(t, yields(t, g, threads, tensor.Of(all...)), 10, "200 deliveries of 200,000 synapses take 15 ms")
	}
}

// Long steps are cut, so that a run can be stopped between the pieces.
func TestLongStepsYield(t *testing.T) {
	b := ir.NewBuilder("long")
	x := b.Param(ir.T(dtype.Float32, 4_000_000))
	y := x
	for range 100 {
		y = op.Mul(b, op.Add(b, y, x), x)
	}
	g := b.Build(y)
	in := tensor.Must(tensor.New(dtype.Float32, 4_000_000))
	require.GreaterOrEqual(t, yields(t, g, 1, in), 1)
	prog, err := kernel.Lower(g)
	require.NoError(t, err)
	kernel.CutLong(prog, kernel.LongStep/10, 64)
	require.Greater(t, len(prog.Body), 5)
	require.NoError(t, kernel.Verify(prog))
	require.Less(t, time.Duration(kernel.LongStep), 10*time.Millisecond)
}

// Steps that no machine runs compile: it is the memory that is refused, when they run.
func TestEndlessStepsCompile(t *testing.T) {
	for _, n := range []int{1 << 31, 1 << 40, 1<<62 - 1} {
		b := ir.NewBuilder("endless")
		x := b.Param(ir.T(dtype.Float32))
		wide := op.Broadcast(b, x, nil, []int{n})
		e, err := backend{}.Compile(b.Build(op.Add(b, wide, op.Iota(b, dtype.Float32, []int{n}, 0))), backends.Options{Threads: 1})
		require.NoError(t, err)
		if n > 1<<31 {
			_, err = e.Run(context.Background(), []*tensor.Tensor{tensor.Scalar(float32(1))}, backends.RunOptions{})
			require.ErrorContains(t, err, "more than the limit")
		}
	}
}

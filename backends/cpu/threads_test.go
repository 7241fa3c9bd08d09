package cpu

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// eventLoop is a loop with everything that is divided: a Map with two results, two deliveries side by side, a product and a gather.
func eventLoop(r *rand.Rand, n, steps int) (*ir.Graph, []*tensor.Tensor) {
	ptr, targets := []int32{0}, []uint32{}
	for range n {
		row := make([]uint32, r.IntN(30))
		for i := range row {
			row[i] = uint32(r.IntN(n))
		}
		slices.Sort(row)
		targets = append(targets, row...)
		ptr = append(ptr, int32(len(targets)))
	}
	b := ir.NewBuilder("body")
	vec := ir.T(dtype.Float32, n)
	b.Param(ir.T(dtype.Int32))
	x, y, m := b.Param(vec), b.Param(vec), b.Param(ir.T(dtype.Float32, 70, 50))
	fires := op.Gt(b, op.Sin(b, op.Mul(b, x, op.Full(b, vec, 3))), op.Full(b, vec, 0.9))
	p, t := b.Const(tensor.Of(ptr...)), b.Const(tensor.Of(targets...))
	decayed := op.Mul(b, x, op.Full(b, vec, 0.99))
	x2 := op.EventCSR(b, decayed, fires, p, t, op.Scalar(b, dtype.Float32, 0.3))
	y2 := op.EventCSR(b, op.Mul(b, y, op.Full(b, vec, 0.98)), fires, p, t, op.Scalar(b, dtype.Float32, -0.1))
	square := op.Dot(b, m, m, op.DotAttrs{LhsContract: []int{1}, RhsContract: []int{1}})
	m2 := op.Tanh(b, op.Slice(b, square, []int{0, 0}, []int{70, 50}, []int{1, 1}))
	body := b.Build(x2, y2, m2)
	g := ir.NewBuilder("events")
	params := []*ir.Value{g.Param(vec), g.Param(vec), g.Param(ir.T(dtype.Float32, 70, 50))}
	graph := g.Build(op.Loop(g, op.LoopAttrs{Trip: steps, Carries: 3}, body, params...)...)
	return graph, []*tensor.Tensor{
		op.RandomTensor(r, dtype.Float32, -1, 1, n), op.RandomTensor(r, dtype.Float32, -1, 1, n),
		op.RandomTensor(r, dtype.Float32, -1, 1, 70, 50)}
}

// Results are the same for any number of threads, also for calls at the same time.
func TestThreads(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g, inputs := eventLoop(r, 1000, 300)
	var want []*tensor.Tensor
	for _, threads := range []int{1, 2, 3, 7} {
		be := backend{tier: Tiers()[0], divideAll: true}
		x, err := be.Compile(g, backends.Options{Threads: threads})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				got, err := x.Run(context.Background(), inputs, backends.RunOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				if threads == 1 {
					return
				}
				for i := range got {
					if !slices.Equal(want[i].Bytes(), got[i].Bytes()) {
						t.Errorf("%d threads: result %d differs from that of one", threads, i)
					}
				}
			})
		}
		wg.Wait()
		if threads == 1 {
			want, err = x.Run(context.Background(), inputs, backends.RunOptions{})
			require.NoError(t, err)
		}
	}
}

// A large step is divided by itself, a small one and a short program are not.
func TestDivideWhereItGains(t *testing.T) {
	for _, c := range []struct {
		n, steps int
		want     bool
	}{{1000, 1000, false}, {100_000, 1000, true}, {30_000, 1, false}} {
		b := ir.NewBuilder("body")
		b.Param(ir.T(dtype.Int32))
		x := b.Param(ir.T(dtype.Float32, c.n))
		y := op.Mul(b, x, x)
		for range 10 {
			y = op.FMA(b, y, x, x)
		}
		body := b.Build(y)
		g := ir.NewBuilder("large")
		graph := g.Build(op.Loop(g, op.LoopAttrs{Trip: c.steps, Carries: 1}, body, g.Param(ir.T(dtype.Float32, c.n)))...)
		p, err := kernel.Lower(graph)
		require.NoError(t, err)
		divided := kernel.Divide(p, 2)
		require.Equal(t, c.want, len(divided) > 0, "%d elements, %d steps", c.n, c.steps)
		require.NoError(t, kernel.Verify(p))
	}
}

// A run that ends early sends its helpers away, and the next one finds them again.
func TestThreadsAndCancelling(t *testing.T) {
	if Tiers()[0] == Portable {
		t.Skip("no machine code here")
	}
	g, inputs := eventLoop(rand.New(rand.NewPCG(3, 4)), 300, 50_000_000)
	be := backend{tier: Tiers()[0], divideAll: true}
	x, err := be.Compile(g, backends.Options{Threads: 2})
	require.NoError(t, err)
	require.Len(t, x.(*executable).code.Helpers, 1)
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		_, err = x.Run(ctx, inputs, backends.RunOptions{})
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}

// A fault in a part ends the run with an error, whichever thread it happens on, and no thread waits for the part.
func TestFaultInPart(t *testing.T) {
	if Tiers()[0] == Portable || runtime.GOOS == "windows" {
		t.Skip("faults cannot be caught here")
	}
	g, inputs := eventLoop(rand.New(rand.NewPCG(5, 6)), 5000, 50)
	b := backend{tier: Tiers()[0], divideAll: true}
	x, err := b.Compile(g, backends.Options{Threads: 3})
	require.NoError(t, err)
	exe := x.(*executable)
	ws, err := exe.workspace()
	require.NoError(t, err)
	for i := range exe.prog.Buffers {
		if exe.prog.Buffers[i].Storage == kernel.Constant {
			*(*uintptr)(unsafe.Add(ws.base, exe.code.Bases[i])) = exec.TrapBase
		}
	}
	for i, in := range inputs {
		exe.bind(ws, exe.prog.Inputs[i], in.Data())
	}
	for i, o := range exe.outputs {
		exe.bind(ws, exe.prog.Outputs[i], tensor.Must(tensor.New(o.DType, o.Shape...)).Data())
	}
	require.ErrorContains(t, exe.runNative(context.Background(), ws, backends.RunOptions{}), "trapped")
}

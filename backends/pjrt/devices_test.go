//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

var openFour = sync.OnceValues(func() (*Backend, error) { return OpenDevices("cpu", 4) })

// A program partitioned over four devices computes what it computes on one: split and whole arrays, sums across devices, loops with state,
// big constants.
func TestFourDevices(t *testing.T) {
	open(t) // skips where there is no plugin
	b, err := openFour()
	require.NoError(t, err)
	require.Len(t, b.Devices(), 4)
	r := irtest.Seeded(1)
	state, step := ir.T(dtype.Float32, 8, 5), ir.NewBuilder("step")
	p := step.Params([]ir.Type{ir.T(dtype.Int32), ir.T(dtype.Float32, 5), state})
	next := op.Add(step, op.Mul(step, p[2], op.Full(step, state, 0.5)), op.Broadcast(step, p[1], []int{1}, state.Shape))
	body := step.Build(next, op.ReduceSum(step, next, 0))

	g := ir.NewBuilder("main")
	x, drive := g.Param(state), g.Param(ir.T(dtype.Float32, 5))
	wiring := g.Const(op.RandomTensor(r, dtype.Float32, 0, 0, 8, 64))
	out := op.Loop(g, op.LoopAttrs{Trip: 6, Consts: 1, Carries: 1}, body, drive, x)
	mixed := op.Dot(g, wiring, out[0], op.DotAttrs{LhsContract: []int{0}, RhsContract: []int{0}})
	c := &irtest.Case{Graph: g.Build(out[0], out[1], mixed, op.ReduceMax(g, mixed, 0, 1)),
		Inputs: []*tensor.Tensor{op.RandomTensor(r, dtype.Float32, 0, 0, 8, 5), op.RandomTensor(r, dtype.Float32, 0, 0, 5)}}
	exec, err := b.Compile(c.Graph, backends.Options{Devices: 4})
	require.NoError(t, err)
	want, err := irtest.Run(c)
	require.NoError(t, err)
	for range 3 {
		got, err := exec.Run(context.Background(), c.Inputs, backends.RunOptions{})
		require.NoError(t, err)
		require.NoError(t, irtest.CompareScaled(got, want, 8))
	}
	_, err = b.Compile(c.Graph, backends.Options{Devices: 5})
	require.ErrorContains(t, err, "devices: got 5, want at most the 4")
}

func TestErrorsAndCancelling(t *testing.T) {
	b := open(t)
	_, err := Open("nothing-like-it")
	require.ErrorContains(t, err, `no plugin for "nothing-like-it" found in`)
	_, err = Open("/no/such/plugin.so")
	require.Error(t, err)
	_, err = Open("/proc/self/exe")
	require.Error(t, err)

	g := ir.NewBuilder("main")
	x := g.Param(ir.T(dtype.Float32))
	op.Print(g, "%v", x)
	_, err = b.Compile(g.Build(x), backends.Options{})
	require.ErrorContains(t, err, "print")

	g = ir.NewBuilder("main")
	x = g.Param(ir.T(dtype.Float32))
	op.Check(g, op.Gt(g, x, op.Scalar(g, dtype.Float32, 0)), "x is not positive")
	exec, err := b.Compile(g.Build(), backends.Options{}) // no outputs
	require.NoError(t, err)
	_, err = exec.Run(context.Background(), []*tensor.Tensor{tensor.Scalar(float32(-1))}, backends.RunOptions{})
	failed := new(op.CheckError)
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "x is not positive", failed.Message)
	out, err := exec.Run(context.Background(), []*tensor.Tensor{tensor.Scalar(float32(1))}, backends.RunOptions{})
	require.NoError(t, err)
	require.Empty(t, out)
	_, err = exec.Run(context.Background(), []*tensor.Tensor{tensor.Scalar(1.0)}, backends.RunOptions{})
	require.ErrorContains(t, err, "input 0: got f64[], want f32[]")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = exec.Run(ctx, []*tensor.Tensor{tensor.Scalar(float32(1))}, backends.RunOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

// Several goroutines may run one executable.
func TestRunsAtOnce(t *testing.T) {
	b := open(t)
	g := ir.NewBuilder("main")
	x := g.Param(ir.T(dtype.Float32, 100))
	exec, err := b.Compile(g.Build(op.Mul(g, x, x)), backends.Options{})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			in := tensor.Must(tensor.Full(dtype.Float32, float64(k), 100))
			for range 20 {
				out, err := exec.Run(context.Background(), []*tensor.Tensor{in}, backends.RunOptions{})
				if err != nil || out[0].Float64s()[99] != float64(k*k) {
					t.Errorf("run %d: %v %v", k, out, err)
				}
			}
		})
	}
	wg.Wait()
}

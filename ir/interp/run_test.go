package interp

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Rows for tests: one whose evaluation is whatever hook says, of the operand's type.
const hookID = op.NumIDs + 100

var hook func(in []*tensor.Tensor) ([]*tensor.Tensor, error)

func init() {
	ir.Register(ir.Row{
		ID: hookID, Name: "test_hook", Arity: 1,
		Types: func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) { return in, nil },
		Eval: func(_ *ir.Eval, _ *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
			return hook(in)
		},
	})
}

var (
	f32   = ir.T(dtype.Float32)
	vec3  = ir.T(dtype.Float32, 3)
	three = tensor.Of[float32](1, 2, 3)
)

// hookGraph applies the hook, at a known position, to a parameter of type t.
func hookGraph(t ir.Type) *ir.Graph {
	b := ir.NewBuilder("main")
	b.Locate = func() ir.Position { return ir.Position{File: "model.go", Line: 7} }
	return b.Build(b.Emit1(hookID, nil, b.Param(t)))
}

func TestRunComputesOutputs(t *testing.T) {
	b := ir.NewBuilder("main")
	x, y := b.Param(vec3), b.Param(vec3)
	sum := op.Add(b, x, y)
	g := b.Build(op.Mul(b, sum, sum), x, sum, x, op.Scalar(b, dtype.Int32, 5))
	out, err := Run(context.Background(), g, []*tensor.Tensor{three, tensor.Of[float32](10, 20, 30)})
	require.NoError(t, err)
	assert.Equal(t, []float64{121, 484, 1089}, out[0].Float64s())
	assert.Same(t, three, out[1])
	assert.Equal(t, []float64{11, 22, 33}, out[2].Float64s())
	assert.Same(t, three, out[3])
	assert.Equal(t, int32(5), out[4].Item())
}

func TestRunOfNothing(t *testing.T) {
	out, err := Run(context.Background(), ir.NewBuilder("empty").Build(), nil)
	require.NoError(t, err)
	assert.Empty(t, out)
}

func TestInputsAreChecked(t *testing.T) {
	b := ir.NewBuilder("step")
	g := b.Build(b.Param(vec3), b.Param(f32))
	one := tensor.Scalar(float32(1))
	for _, c := range []struct {
		in   []*tensor.Tensor
		want string
	}{
		{nil, "run step: inputs: got 0, want 2"},
		{[]*tensor.Tensor{one, one}, "run step: input 0: got f32[], want f32[3]"},
		{[]*tensor.Tensor{three, tensor.Scalar(1.0)}, "run step: input 1: got f64[], want f32[]"},
		{[]*tensor.Tensor{three, nil}, "run step: input 1: got nil, want f32[]"},
	} {
		_, err := Run(context.Background(), g, c.in)
		require.EqualError(t, err, c.want)
		assert.ErrorAs(t, err, new(*ir.Error))
	}
}

// endless is a While that never ends.
func endless() *ir.Graph {
	cond, body := ir.NewBuilder("cond"), ir.NewBuilder("body")
	cond.Param(f32)
	x := body.Param(f32)
	yes := cond.Build(cond.Const(tensor.Scalar(true)))
	b := ir.NewBuilder("main")
	return b.Build(op.While(b, op.WhileAttrs{}, yes, body.Build(op.Neg(body, x)), b.Param(f32))...)
}

func TestCancelledContextStopsLoops(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := Run(ctx, endless(), []*tensor.Tensor{tensor.Scalar(float32(1))})
	assert.Equal(t, context.DeadlineExceeded, err)
	assert.Less(t, time.Since(start), 5*time.Second)

	done, stop := context.WithCancel(context.Background())
	stop()
	hook = func(in []*tensor.Tensor) ([]*tensor.Tensor, error) { t.Error("a node ran"); return in, nil }
	_, err = Run(done, hookGraph(f32), []*tensor.Tensor{tensor.Scalar(float32(1))})
	assert.Equal(t, context.Canceled, err)
}

func TestErrorsNameOpAndPosition(t *testing.T) {
	cause := errors.New("out of luck")
	one := tensor.Scalar(float32(1))
	for _, c := range []struct {
		name  string
		hook  func(in []*tensor.Tensor) ([]*tensor.Tensor, error)
		want  string
		stack bool
	}{
		{"error", func([]*tensor.Tensor) ([]*tensor.Tensor, error) { return nil, cause }, "out of luck", false},
		{"panic with an error", func([]*tensor.Tensor) ([]*tensor.Tensor, error) { panic(cause) }, "out of luck", false},
		{"broken invariant", func([]*tensor.Tensor) ([]*tensor.Tensor, error) { panic("BUG: no") }, "BUG: no", true},
		{"run-time error", func(in []*tensor.Tensor) ([]*tensor.Tensor, error) { return in[1:2], nil },
			"runtime error: slice bounds out of range [:2] with capacity 1", true},
		{"number of results", func([]*tensor.Tensor) ([]*tensor.Tensor, error) { return nil, nil },
			"BUG: 0 results, the type rule promised 1", true},
		{"type of results", func([]*tensor.Tensor) ([]*tensor.Tensor, error) { return []*tensor.Tensor{three}, nil },
			"BUG: result 0 is f32[3], the type rule promised f32[]", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			hook = c.hook
			_, err := Run(context.Background(), hookGraph(f32), []*tensor.Tensor{one})
			require.EqualError(t, err, "model.go:7: test_hook: "+c.want)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, c.stack, e.Stack != nil)
		})
	}
	hook = func([]*tensor.Tensor) ([]*tensor.Tensor, error) { return nil, cause }
	_, err := Run(context.Background(), hookGraph(f32), []*tensor.Tensor{one})
	assert.ErrorIs(t, err, cause)
}

func TestErrorsInRegionsNameTheInnermostOp(t *testing.T) {
	hook = func([]*tensor.Tensor) ([]*tensor.Tensor, error) { return nil, errors.New("no") }
	b := ir.NewBuilder("outer")
	g := b.Build(op.Call(b, op.CallAttrs{Name: "inner"}, []*ir.Graph{hookGraph(f32)}, b.Param(f32))...)
	_, err := Run(context.Background(), g, []*tensor.Tensor{tensor.Scalar(float32(1))})
	require.EqualError(t, err, "model.go:7: test_hook: no")
}

func TestMemoryLimitIsAnError(t *testing.T) {
	b := ir.NewBuilder("main")
	g := b.Build(op.Broadcast(b, b.Param(f32), nil, []int{1 << 20}))
	tensor.SetLimit(1 << 20)
	defer tensor.SetLimit(0)
	_, err := Run(context.Background(), g, []*tensor.Tensor{tensor.Scalar(float32(1))})
	require.ErrorContains(t, err, "broadcast: ")
	assert.ErrorAs(t, err, new(*tensor.Error))
}

// A chain of large values needs the memory of a few of them.
func TestValuesAreDroppedAfterTheirLastUse(t *testing.T) {
	const mib = 1 << 20
	large := ir.T(dtype.Float64, mib)
	b := ir.NewBuilder("main")
	x := op.Broadcast(b, b.Param(ir.T(dtype.Float64)), nil, large.Shape)
	for range 20 {
		x = op.Reverse(b, x, 0)
	}
	x = b.Emit1(hookID, nil, x)
	g := b.Build(op.Slice(b, x, []int{0}, []int{1}, nil))
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var during uint64
	hook = func(in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		during = heap()
		return in, nil
	}
	before := heap()
	_, err := Run(context.Background(), g, []*tensor.Tensor{tensor.Scalar(1.0)})
	require.NoError(t, err)
	assert.Less(t, int64(during)-int64(before), int64(3*8*mib))
}

package trace_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

func TestReleaseMakesTheArrayUnusable(t *testing.T) {
	double := trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(2) }, trace.On(backend(t, "cpu")))
	y := double.Must(num.Ones(1000))
	y.Release()
	y.Release() // does nothing
	assert.ErrorContains(t, trace.Try(func() { y.Floats() }), "floats: got the array f32[1000], which was released")
	_, err := double.Call(y)
	assert.ErrorContains(t, err, "which was released")
	assert.ErrorContains(t, trace.Try(func() { y.Add(1) }), "which was released")
	assert.Equal(t, []int{1000}, y.Shape(), "the type stays")
	_, err = trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x.Add(y) }).Call(num.Of(1.0))
	assert.ErrorContains(t, err, "which was released")
	assert.ErrorContains(t, trace.Try(func() { num.Array{}.Release() }), "the zero Array")
}

// What others hold must not change when a new result of the same size is made.
func TestReleaseLeavesWhatOthersHold(t *testing.T) {
	fill := trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x.BroadcastTo(1000) }, trace.On(backend(t, "cpu")))
	v := trace.NewVariable(num.Zeros(1000))
	holders := map[string]func(x num.Array) func() num.Array{
		"tensor": func(x num.Array) func() num.Array {
			shared := x.Tensor()
			return func() num.Array { return trace.FromTensor(shared) }
		},
		"reshape": func(x num.Array) func() num.Array {
			y := x.Reshape(10, 100)
			return func() num.Array { return y.Reshape(1000) }
		},
		"variable":     func(x num.Array) func() num.Array { v.SetValue(x); return v.Value },
		"new variable": func(x num.Array) func() num.Array { return trace.NewVariable(x).Value },
		"constant": func(x num.Array) func() num.Array {
			f := trace.Jit(func(_ *trace.Scope, y num.Array) num.Array { return x.Add(y) })
			f.Must(num.Of(0.0))
			return func() num.Array { return f.Must(num.Of(0.0)) }
		},
		"interpreter": func(x num.Array) func() num.Array {
			same := trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x }, trace.On(backend(t, "interp")))
			y := same.Must(x)
			return func() num.Array { return y }
		},
	}
	for name, hold := range holders {
		x := fill.Must(num.Of(7.0))
		get := hold(x)
		x.Release()
		for range 10 {
			fill.Must(num.Of(1.0)).Release()
		}
		assert.Equal(t, 7.0, get().At(999).Float(), name)
	}
}

// A Variable gives the memory of its old value to the next one, but not while somebody holds that value.
func TestVariableValuesStay(t *testing.T) {
	v := trace.NewVariable(num.Zeros(1000))
	add := trace.Jit(func(s *trace.Scope, by num.Array) struct{} {
		v.Set(s, v.Get(s).Add(by))
		return struct{}{}
	}, trace.On(backend(t, "cpu")))
	var seen []num.Array
	for i := range 20 {
		if i%3 == 0 {
			seen = append(seen, v.Value())
		}
		add.Must(num.Of(1.0))
	}
	for k, x := range seen {
		assert.Equal(t, slices.Repeat([]float64{float64(3 * k)}, 1000), x.Floats())
	}
	assert.Equal(t, 20.0, v.Value().At(0).Float())
}

// Readers of a Variable see whole values while calls replace it and use the memory again.
func TestVariableReadersBesideCalls(t *testing.T) {
	v := trace.NewVariable(num.Zeros(1000))
	add := trace.Jit(func(s *trace.Scope, by num.Array) struct{} {
		v.Set(s, v.Get(s).Add(by))
		return struct{}{}
	}, trace.On(backend(t, "cpu")))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for last := 0.0; ; {
				select {
				case <-stop:
					return
				default:
				}
				x := v.Value().Floats()
				if slices.Min(x) != slices.Max(x) || x[0] < last {
					t.Errorf("got %v to %v after %v, want one number that grows", slices.Min(x), slices.Max(x), last)
					return
				}
				last = x[0]
			}
		})
	}
	for range 3000 {
		add.Must(num.Of(1.0))
	}
	close(stop)
	readers.Wait()
	assert.Equal(t, 3000.0, v.Value().At(0).Float())
}

func backend(t *testing.T, name string) backends.Backend {
	t.Helper()
	b, err := backends.Get(name)
	require.NoError(t, err)
	return b
}

func TestEagerVariablesShareWhatTheyAreSetTo(t *testing.T) {
	fill := trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x.BroadcastTo(1000) }, trace.On(backend(t, "cpu")))
	v := trace.NewVariable(num.Zeros(1000))
	trace.Eager(func(s *trace.Scope, x num.Array) struct{} {
		y := fill.Must(x)
		v.Set(s, y)
		y.Release()
		return struct{}{}
	}).Must(num.Of(7.0))
	fill.Must(num.Of(1.0))
	assert.Equal(t, 7.0, v.Value().At(0).Float())
}

// lost is a device that fails when somebody looks at its elements.
type lost struct{}

func (lost) Fetch([]byte) error { return errors.New("the device is lost") }
func (lost) Free()              {}

func TestALostDeviceIsAnErrorOfTheCall(t *testing.T) {
	remote, err := tensor.Remote(dtype.Float32, lost{}, 3)
	require.NoError(t, err)
	x := trace.FromTensor(remote)
	for _, name := range []string{"cpu", "interp"} {
		_, err := trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(2) }, trace.On(backend(t, name))).Call(x)
		require.ErrorContains(t, err, "fetch: f32 (3): the device is lost", name)
	}
	require.ErrorContains(t, trace.Try(func() { x.Floats() }), "the device is lost")
}

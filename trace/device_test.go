package trace_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/backends/pjrt"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// plugin returns the backend of XLA's CPU plugin with four devices, and skips the test where there is none.
func plugin(t *testing.T) backends.Backend {
	t.Helper()
	t.Setenv("RANVIER_PJRT_DEVICES", "4") // whoever asks first opens it
	b, err := backends.Get("pjrt:cpu")
	if missing := new(pjrt.NotFoundError); errors.As(err, &missing) || err != nil && strings.Contains(err.Error(), "without cgo") {
		t.Skip(err)
	}
	require.NoError(t, err)
	return b
}

func TestVariablesOnADevice(t *testing.T) {
	b := plugin(t)
	for _, opts := range [][]trace.Option{{trace.On(b)}, {trace.On(b), trace.Donate()}} {
		v := trace.NewVariable(num.Zeros(1000))
		add := trace.Jit(func(s *trace.Scope, by num.Array) num.Array {
			trace.Check(s, by.Lt(100), "too much")
			v.Set(s, v.Get(s).Add(by))
			return v.Get(s).Sum()
		}, opts...)
		assert.Equal(t, 1000.0, add.Must(num.Of(1.0)).Float())
		held := v.Value()
		for range 5 {
			add.Must(num.Of(1.0))
		}
		assert.Equal(t, 1.0, held.At(999).Float(), "who holds an old value keeps it")
		assert.Equal(t, 6.0, v.Value().At(999).Float())
		assert.Equal(t, 7000.0, add.Must(num.Of(1.0)).Float())
		cpu := trace.Jit(func(s *trace.Scope, by num.Array) num.Array { return v.Get(s).Mul(by) })
		assert.Equal(t, 14.0, cpu.Must(num.Of(2.0)).At(999).Float(), "other backends fetch it")
	}
}

func TestWhatAFailedCallLeaves(t *testing.T) {
	b := plugin(t)
	for _, donate := range []bool{false, true} {
		opts := []trace.Option{trace.On(b)}
		if donate {
			opts = append(opts, trace.Donate())
		}
		v := trace.NewVariable(num.Zeros(1000))
		add := trace.Jit(func(s *trace.Scope, by num.Array) struct{} {
			trace.Check(s, by.Lt(100), "too much")
			v.Set(s, v.Get(s).Add(by))
			return struct{}{}
		}, opts...)
		add.Must(num.Of(1.0))
		_, err := add.Call(num.Of(100.0))
		require.ErrorContains(t, err, "too much")
		if !donate {
			assert.Equal(t, 1.0, v.Value().At(0).Float())
			continue
		}
		assert.ErrorContains(t, trace.Try(func() { v.Value().Floats() }), "was released")
		_, err = add.Call(num.Of(1.0))
		assert.ErrorContains(t, err, "a call with trace.Donate that fails")
		v.SetValue(5)
		add.Must(num.Of(1.0))
		assert.Equal(t, 6.0, v.Value().At(0).Float())
	}
}

package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// decay is a neuron without inputs for one lane: 20 steps.
func decay(s *trace.Scope, v num.Array) num.Array {
	return trace.ForLoop(s, trace.Range(20), func(_ *trace.Scope, i num.Array) num.Array {
		return num.Exp(v.Mul(i).Mul(-0.1)).Sum()
	})
}

func TestPmapSpreadsLanesOverDevices(t *testing.T) {
	b := plugin(t)
	lanes := num.Arange(24).AsType(num.Of(float32(0)).DType()).Reshape(8, 3)
	want := trace.Jit(trace.Vmap(decay)).Must(lanes)
	got, err := trace.Pmap(decay, 4, trace.On(b)).Call(lanes)
	require.NoError(t, err)
	require.Equal(t, []int{8, 20}, got.Shape())
	require.InDeltaSlice(t, want.Floats(), got.Floats(), 1e-5)
}

func TestDevicesAreRefusedWhereThereAreNone(t *testing.T) {
	_, err := trace.Jit(decay, trace.Devices(2)).Call(num.Of(float32(1)))
	require.ErrorContains(t, err, "jit: Devices: got 2, want no more devices than backend")
}

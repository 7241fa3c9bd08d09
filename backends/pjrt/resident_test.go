//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// increment is x + 1 for n numbers.
func increment(n int) *ir.Graph {
	b := ir.NewBuilder("increment")
	x := b.Param(ir.T(dtype.Float32, n))
	return b.Build(op.Add(b, x, op.Full(b, x.Type, 1)))
}

func runOnce(t *testing.T, x backends.Executable, inputs ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	outputs, err := x.Run(context.Background(), inputs, backends.RunOptions{})
	require.NoError(t, err)
	return outputs
}

func TestStateStaysOnTheDevice(t *testing.T) {
	b := open(t)
	x, err := b.Compile(increment(1000), backends.Options{})
	require.NoError(t, err)
	before := b.memory.held.Load()
	first := tensor.Must(tensor.New(dtype.Float32, 1000))
	state := runOnce(t, x, first)[0]
	assert.IsType(t, &resident{}, first.Source(), "it lies there for the next run")
	assert.EqualValues(t, before+8000, b.memory.held.Load(), "the input and the output")
	for range 9 {
		next := runOnce(t, x, state)[0]
		assert.True(t, state.Release())
		state = next
	}
	assert.EqualValues(t, before+8000, b.memory.held.Load(), "what was released is free")
	assert.EqualValues(t, 10, state.Get(999))
	assert.EqualValues(t, 10, runOnce(t, x, tensor.Must(tensor.Full(dtype.Float32, tensor.Scalar(float32(9)), 1000)))[0].Get(0))
}

func TestAliasesTakeTheMemoryOfInputs(t *testing.T) {
	b := open(t)
	x, err := b.Compile(increment(1000), backends.Options{Aliases: []backends.Alias{{Input: 0, Output: 0}}})
	require.NoError(t, err)
	start := tensor.Must(tensor.New(dtype.Float32, 1000))
	state := runOnce(t, x, start)[0]
	assert.Nil(t, start.Source())
	assert.EqualValues(t, 0, start.Get(0), "what lies here stays good")
	next := runOnce(t, x, state)[0]
	assert.True(t, state.Released())
	assert.EqualValues(t, 2, next.Get(0))
	next.Share()
	last := runOnce(t, x, next)[0]
	assert.False(t, next.Released(), "somebody else may hold it")
	assert.EqualValues(t, 2, next.Get(0))
	assert.EqualValues(t, 3, last.Get(0))
	assert.EqualValues(t, 4, runOnce(t, x, last)[0].Get(0), "also after a look")
	assert.True(t, last.Released())
}

// A run that was cancelled goes on unseen with its inputs: they must outlive a release.
func TestReleaseBesideACancelledRun(t *testing.T) {
	b := open(t)
	x, err := b.Compile(increment(1<<20), backends.Options{})
	require.NoError(t, err)
	for range 20 {
		state := runOnce(t, x, tensor.Must(tensor.New(dtype.Float32, 1<<20)))[0]
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); _, _ = x.Run(ctx, []*tensor.Tensor{state}, backends.RunOptions{}) }()
		cancel()
		<-done
		state.Release()
	}
	assert.EqualValues(t, 1, runOnce(t, x, tensor.Must(tensor.New(dtype.Float32, 1<<20)))[0].Get(0))
}

// What nobody releases is found by the garbage collector, which does not see the memory of devices by itself.
func TestDeviceMemoryIsCollected(t *testing.T) {
	b := open(t)
	const n = 4 << 20
	x, err := b.Compile(increment(n), backends.Options{})
	require.NoError(t, err)
	in := tensor.Must(tensor.New(dtype.Float32, n))
	most := int64(0)
	for range 100 { // 1.6 GB
		runOnce(t, x, in)
		most = max(most, b.memory.held.Load())
	}
	assert.Less(t, most, int64(3*quiet))
}

func TestTensorsOfOtherDevices(t *testing.T) {
	one := open(t)
	four, err := openFour()
	require.NoError(t, err)
	for _, devices := range []int{1, 4} {
		y, err := four.Compile(increment(8), backends.Options{Devices: devices})
		require.NoError(t, err)
		x, err := one.Compile(increment(8), backends.Options{})
		require.NoError(t, err)
		state := tensor.Must(tensor.New(dtype.Float32, 8))
		for range 3 {
			state = runOnce(t, x, runOnce(t, y, state)[0])[0]
		}
		assert.EqualValues(t, 6, state.Get(7))
	}
}

func TestMemoryDoubling(t *testing.T) {
	var m memory
	m.add(quiet)
	assert.EqualValues(t, 0, m.next.Load(), "little enough")
	m.add(1)
	assert.EqualValues(t, 2*(quiet+1), m.next.Load())
	m.sub(quiet / 2)
	assert.EqualValues(t, quiet+2, m.next.Load(), "twice what is left")
}

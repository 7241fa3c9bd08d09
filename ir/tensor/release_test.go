package tensor

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

func TestReleaseGivesStorageToTheNextResult(t *testing.T) {
	for _, n := range []int{256, 1000, 4096, 100_000} {
		reused := false
		for range 100 { // the collector may empty the pool, and the race detector has pools drop things, at any time
			x := Must(Result(dtype.Float32, n))
			at := x.Data()
			require.True(t, x.Release())
			y := Must(Result(dtype.Int32, n))
			require.Equal(t, n, len(Flat[int32](y)))
			if reused = y.Data() == at; reused {
				break
			}
		}
		assert.True(t, reused, "%d elements", n)
	}
}

func TestReleaseLeavesWhatOthersMayHold(t *testing.T) {
	made := Must(New(dtype.Float32, 1000))
	dirty := Must(Dirty(dtype.Float32, 1000))
	shared := Must(Result(dtype.Float32, 1000))
	assert.True(t, shared.Share())
	reshaped := Must(Result(dtype.Float32, 1000))
	Must(reshaped.Reshape(10, 100))
	cast := Must(Result(dtype.Float32, 1000))
	Must(cast.Bitcast(dtype.Int32))
	for i, x := range []*Tensor{made, dirty, shared, reshaped, cast} {
		assert.False(t, x.Release(), "tensor %d", i)
		assert.False(t, x.Released(), "tensor %d", i)
		assert.Len(t, x.Bytes(), 4000, "tensor %d", i)
	}
}

func TestReleaseOnce(t *testing.T) {
	x := Must(Result(dtype.Float32, 1000))
	assert.True(t, x.Release())
	assert.False(t, x.Release())
	assert.True(t, x.Released())
	assert.False(t, x.Share(), "there is nothing left to share")
}

// device is a Source with numbers to hand out, which fails so many times before.
type device struct {
	data    []float32
	fails   int32
	fetches atomic.Int32
	freed   atomic.Int32
}

func (d *device) Fetch(dst []byte) error {
	if d.fetches.Add(1) <= d.fails {
		return errors.New("device is lost")
	}
	copy(dst, raw(d.data))
	return nil
}

func (d *device) Free() { d.freed.Add(1) }

func TestRemoteFetchesOnce(t *testing.T) {
	d := &device{data: []float32{1, 2, 3, 4, 5, 6}}
	x := Must(Remote(dtype.Float32, d, 2, 3))
	assert.Equal(t, []int{2, 3}, x.Shape())
	assert.Same(t, d, x.Source())
	assert.Zero(t, d.fetches.Load(), "nobody has looked")
	done := make(chan []float32)
	for range 8 {
		go func() { done <- Flat[float32](x) }()
	}
	for range 8 {
		assert.Equal(t, d.data, <-done)
	}
	assert.EqualValues(t, 1, d.fetches.Load())
	assert.Equal(t, float32(4), Must(x.Reshape(6)).Get(3))
	assert.False(t, x.Release(), "a view was made")
	assert.Zero(t, d.freed.Load())
}

func TestRemoteIsFreed(t *testing.T) {
	d := &device{data: make([]float32, 6)}
	x := Must(Remote(dtype.Float32, d, 6))
	assert.True(t, x.Release())
	assert.EqualValues(t, 1, d.freed.Load())
}

func TestRemoteThatFails(t *testing.T) {
	d := &device{data: []float32{7}, fails: 1}
	x := Must(Remote(dtype.Float32, d, 1))
	assert.PanicsWithError(t, "tensor: fetch: f32 (1): device is lost", func() { x.Bytes() })
	assert.Equal(t, []float32{7}, Flat[float32](x), "the next one tries again")
}

func TestDetach(t *testing.T) {
	d := &device{data: []float32{1, 2}}
	x := Must(Remote(dtype.Float32, d, 2))
	for range 2 {
		x.Detach()
		assert.Nil(t, x.Source())
		assert.Equal(t, []float32{1, 2}, Flat[float32](x))
		assert.EqualValues(t, 1, d.freed.Load())
	}
}

func TestAttach(t *testing.T) {
	d := &device{}
	x := Of[float32](1, 2)
	assert.True(t, x.Attach(d))
	assert.False(t, x.Attach(&device{}), "there is one already")
	assert.Same(t, d, x.Source())
	assert.Equal(t, []float32{1, 2}, Flat[float32](x))
	assert.Zero(t, d.fetches.Load(), "the elements are here")
}

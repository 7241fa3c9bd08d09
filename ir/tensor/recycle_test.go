package tensor

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// collect runs collections until done reports true; finalizers run some time after each.
func collect(t *testing.T, done func() bool) {
	t.Helper()
	for range 200 {
		runtime.GC()
		if done() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the collector did not bring it about")
}

// waiting is the number of bytes in the pool for buffers of n bytes.
func (p *pool) waiting(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.free[roomOf(n)]; s != nil {
		return len(s.buffers) * roomOf(n)
	}
	return 0
}

func TestDirtyTakesWhatIsFree(t *testing.T) {
	const n = recycleMin/4 + 3 // a size that no other test has
	first := Must(Dirty(dtype.Float32, n))
	for i, x := range Flat[float32](first) {
		require.Zero(t, x, "element %d of fresh memory", i)
	}
	address := uintptr(first.Data())
	first.StoreFloat64(0, []float64{42})
	first = nil
	collect(t, func() bool { return recycled.waiting(4*n) > 0 })
	second := Must(Dirty(dtype.Float32, 1, n))
	require.Equal(t, address, uintptr(second.Data()))
	require.Equal(t, []int{1, n}, second.Shape())
	require.Equal(t, float32(42), Flat[float32](second)[0], "it is dirty")
	require.Zero(t, recycled.waiting(4*n))
	require.Equal(t, float32(0), Flat[float32](Must(New(dtype.Float32, n)))[0], "New is not")
}

func TestViewsKeepABuffer(t *testing.T) {
	const n = recycleMin/4 + 19
	parts := [][]float32{}
	for i := range 4 {
		d := Must(Dirty(dtype.Float32, n))
		part := Flat[float32](d)[n-2:] // an inner pointer is all that is left of it
		part[0], part[1] = float32(i), float32(i)
		parts = append(parts, part)
	}
	for range 5 {
		runtime.GC()
		time.Sleep(time.Millisecond)
		Flat[float32](Must(Dirty(dtype.Float32, n)))[n-1] = -1
	}
	for i, part := range parts {
		require.Equal(t, []float32{float32(i), float32(i)}, part)
	}
}

func TestPoolIsBoundedAndShrinks(t *testing.T) {
	const n = recycleLimit/4 + 64
	held := make([]*Tensor, 8)
	for i := range held {
		held[i] = Must(Dirty(dtype.Uint8, n))
	}
	clear(held)
	collect(t, func() bool { return recycled.waiting(n) > 0 })
	require.LessOrEqual(t, recycled.waiting(n), recycleLimit)
	collect(t, func() bool { return recycled.waiting(n) == 0 }) // nobody asks for that size any more
}

func TestSmallAndWrongDirty(t *testing.T) {
	require.Equal(t, 3, Must(Dirty(dtype.Int8, 3)).Size())
	require.Equal(t, 0, Must(Dirty(dtype.Float64, 0, 5)).Size())
	_, err := Dirty(dtype.Float32, -1)
	require.Error(t, err)
	_, err = Dirty(dtype.DType(0), 1)
	require.Error(t, err)
}

func TestDirtyConcurrently(t *testing.T) {
	const n = recycleMin + 128
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for range 300 {
				b := Must(Dirty(dtype.Uint8, n)).Bytes()
				b[0], b[n-1] = byte(g), byte(g)
				runtime.Gosched()
				if b[0] != byte(g) || b[n-1] != byte(g) {
					t.Error("two tensors share a buffer")
				}
			}
		})
	}
	wg.Wait()
}

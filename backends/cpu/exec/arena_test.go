package exec

import (
	"math"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestArena(t *testing.T) {
	for _, size := range []int{1, 63, 4096, 100_000, hugePage - 1, hugePage, 3*hugePage + 5} {
		a, err := NewArena(size)
		require.NoError(t, err)
		m := a.Bytes()
		require.Len(t, m, size)
		align := uintptr(ArenaAlign)
		if size >= hugePage && canMap {
			align = hugePage
		}
		require.Zero(t, uintptr(a.Pointer())%align)
		for i := 0; i < size; i += max(1, min(4096, size-1)) {
			require.Zero(t, m[i])
			m[i] = 1
		}
		m[size-1] = 2
		require.NoError(t, a.Release())
		require.NoError(t, a.Release())
		require.Nil(t, a.Bytes())
	}
	empty, err := NewArena(0)
	require.NoError(t, err)
	require.Nil(t, empty.Pointer())
	require.NoError(t, empty.Release())
	_, err = NewArena(-1)
	require.EqualError(t, err, "exec: arena of -1 bytes: want zero or more")
	_, err = NewArena(math.MaxInt - 2*hugePage)
	require.Error(t, err)
}

func TestHeapArena(t *testing.T) {
	for _, size := range []int{1, 4096, 100_001} {
		a := heapArena(size)
		require.Len(t, a.Bytes(), size)
		require.Zero(t, uintptr(a.Pointer())%ArenaAlign)
		require.NoError(t, a.Release())
		require.Nil(t, a.Pointer())
	}
}

func TestAlignedSlice(t *testing.T) {
	buf := make([]byte, 4096+64)
	for skip := range 65 {
		m := alignedSlice(buf[skip:], 3000, 64)
		require.Zero(t, uintptr(unsafe.Pointer(&m[0]))%64)
		require.Len(t, m, 3000)
		require.Equal(t, 3000, cap(m))
	}
}

func TestUnreachableArenaIsUnmapped(t *testing.T) {
	const size = 64 << 20
	a, err := NewArena(size)
	require.NoError(t, err)
	addr := uintptr(a.Pointer())
	require.NotEmpty(t, mappings(t, addr))
	runtime.KeepAlive(a)
	a = nil
	require.Eventually(t, func() bool {
		runtime.GC()
		return len(mappings(t, addr)) == 0
	}, waitFor, tick)
}

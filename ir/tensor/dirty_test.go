package tensor

import (
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

func TestDirtyIsATensor(t *testing.T) {
	for _, n := range []int{0, 1, 3, dirtyMin - 1, dirtyMin, dirtyMin + 1, 400_001, 3 << 20} {
		d := Must(Dirty(dtype.Uint8, 1, n))
		require.Equal(t, []int{1, n}, d.Shape())
		require.Len(t, d.Bytes(), n)
		require.Equal(t, roomOf(n), cap(d.Bytes()))
		require.Zero(t, uintptr(d.Data())%Alignment)
	}
	require.Equal(t, 80_000, Must(Dirty(dtype.Float64, 80_000)).Size())
	_, err := Dirty(dtype.Float32, -1)
	require.Error(t, err)
	_, err = Dirty(dtype.DType(0), 1)
	require.Error(t, err)
}

// Buffers are apart from each other, to the last byte of their room, and the collector knows them by any pointer into them.
func TestDirtyBuffersAreApart(t *testing.T) {
	const n = dirtyMin + 100
	var ends []*byte
	fill := func(b []byte, x byte) {
		for i := range b {
			b[i] = x
		}
	}
	for i := range 50 {
		b := Must(Dirty(dtype.Uint8, n)).Bytes()
		fill(b[:cap(b)], byte(i))
		ends = append(ends, &b[n-1])
		if i%10 == 0 {
			runtime.GC()
		}
	}
	for i, end := range ends {
		first := (*byte)(unsafe.Add(unsafe.Pointer(end), 1-n))
		require.Equal(t, byte(i), *end)
		require.Equal(t, byte(i), *first)
	}
}

func BenchmarkDirty(b *testing.B) {
	for b.Loop() {
		if _, err := Dirty(dtype.Float32, 100_000); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(dtype.Float32, 100_000); err != nil {
			b.Fatal(err)
		}
	}
}

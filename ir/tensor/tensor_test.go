package tensor

import (
	"testing"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/require"
)

func TestNewStorage(t *testing.T) {
	for _, dt := range dtype.All() {
		for n := range 300 {
			x, err := New(dt, n)
			require.NoError(t, err)
			require.Zero(t, uintptr(x.Data())%Alignment)
			require.Len(t, x.Bytes(), n*dt.Size())
			require.GreaterOrEqual(t, cap(x.Bytes()), Alignment)
			require.Zero(t, cap(x.Bytes())%Alignment)
		}
	}
	_ = unsafe.Pointer(nil)
}

func TestFromSliceRoundTrip(t *testing.T) {
	x := Must(FromSlice([]float32{1, 2, 3, 4, 5, 6}, 2, 3))
	require.Equal(t, []int{2, 3}, x.Shape())
	require.Equal(t, float32(6), x.At(1, 2))
	require.Equal(t, float32(4), x.At(-1, 0))
	require.Equal(t, []float32{4, 5, 6}, Flat[float32](x.Row(1)))
	require.Equal(t, []float64{1, 2, 3, 4, 5, 6}, x.AsType(dtype.Int8).Float64s())
	require.True(t, x.Equal(x.Clone()))
	_, err := FromSlice([]float32{1, 2}, 3)
	require.Error(t, err)
	n := Must(FromAny([][]int{{1, 2}, {3, 4}}))
	require.Equal(t, []int64{1, 2, 3, 4}, Flat[int64](n))
	_, err = FromAny([][]int{{1, 2}, {3}})
	require.ErrorContains(t, err, "ragged")
}

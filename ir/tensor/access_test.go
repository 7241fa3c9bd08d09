package tensor

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/x448/float16"
)

func sixInts() *Tensor { return Must(FromSlice([]int32{1, 2, 3, 4, 5, 6}, 2, 3)) }

func TestAtAndItem(t *testing.T) {
	x := sixInts()
	assert.Equal(t, int32(6), x.At(1, 2))
	assert.Equal(t, int32(4), x.At(-1, 0))
	assert.Equal(t, int32(3), x.At(0, -1))
	requireMisuse(t, "got 1 indices, want 2", func() { x.At(1) })
	requireMisuse(t, "got index 2 on axis 0, want one from -2 to 1", func() { x.At(2, 0) })
	requireMisuse(t, "on axis 1", func() { x.At(0, -4) })
	requireMisuse(t, "flat index 6", func() { x.Get(6) })
	requireMisuse(t, "flat index -1", func() { x.Set(-1, 1) })
	requireMisuse(t, "type string", func() { x.Set(0, "1") })
	requireMisuse(t, "want one element", func() { x.Item() })
	requireMisuse(t, "outside of the rank", func() { x.Dim(2) })
	assert.Equal(t, int32(3), x.Slice(0, 1).Row(0).Slice(2, 3).Item())
	assert.Equal(t, 2.5, Scalar(2.5).At())
}

func TestRowAndSlice(t *testing.T) {
	x := sixInts()
	assert.Equal(t, []int32{4, 5, 6}, Flat[int32](x.Row(1)))
	assert.Equal(t, []int{3}, x.Row(-1).Shape())
	assert.Equal(t, int32(2), x.Row(0).Row(1).Item())
	row := x.Row(0)
	row.Set(0, 9)
	assert.Equal(t, int32(1), x.At(0, 0), "Row must copy")

	y := Must(FromSlice([]uint8{1, 2, 3, 4, 5, 6, 7, 8}, 4, 2))
	assert.Equal(t, []uint8{3, 4, 5, 6}, Flat[uint8](y.Slice(1, 3)))
	assert.Equal(t, []int{2, 2}, y.Slice(1, 3).Shape())
	assert.Equal(t, []int{0, 2}, y.Slice(4, 4).Shape())
	assert.True(t, y.Slice(0, 4).Equal(y))
	empty := Must(New(dtype.Float32, 3, 0))
	assert.Equal(t, []int{2, 0}, empty.Slice(1, 3).Shape())
	assert.Equal(t, []int{0}, empty.Row(2).Shape())
	for _, bad := range [][2]int{{-1, 2}, {2, 1}, {0, 5}} {
		requireMisuse(t, "want a range within 0 to 4", func() { y.Slice(bad[0], bad[1]) })
	}
	requireMisuse(t, "leading axis", func() { Scalar(1).Slice(0, 0) })
	requireMisuse(t, "leading axis", func() { Scalar(1).Row(0) })
	requireMisuse(t, "got index 3", func() { empty.Row(3) })
}

func TestClone(t *testing.T) {
	x := sixInts()
	c := x.Clone()
	require.True(t, c.Equal(x))
	c.Set(0, 100)
	assert.Equal(t, int32(1), x.Get(0))
}

func TestReshape(t *testing.T) {
	x := sixInts()
	for _, c := range []struct{ shape, want []int }{
		{[]int{3, 2}, []int{3, 2}}, {[]int{-1}, []int{6}}, {[]int{2, -1, 1}, []int{2, 3, 1}}, {[]int{6}, []int{6}},
	} {
		y, err := x.Reshape(c.shape...)
		require.NoError(t, err)
		assert.Equal(t, c.want, y.Shape())
		assert.Equal(t, x.Data(), y.Data(), "Reshape must share storage")
	}
	for _, bad := range [][]int{{4}, {}, {-1, -1}, {4, -1}, {0, -1}, {-2, -3}, {-1, 1 << 62, 4}} {
		_, err := x.Reshape(bad...)
		assert.Error(t, err, bad)
	}
	empty := Must(New(dtype.Float32, 0, 3))
	y, err := empty.Reshape(5, -1)
	require.NoError(t, err)
	assert.Equal(t, []int{5, 0}, y.Shape())
	one, err := Of(1).Reshape()
	require.NoError(t, err)
	assert.Zero(t, one.Rank())
}

func TestBitcast(t *testing.T) {
	x := Must(Of[float32](1, -2).Bitcast(dtype.Uint32))
	assert.Equal(t, []uint32{0x3f800000, 0xc0000000}, Flat[uint32](x))
	y := Must(Of[dtype.BF16](0x3f80).Bitcast(dtype.Float16))
	assert.Equal(t, []float16.Float16{0x3f80}, Flat[float16.Float16](y))
	b := Of(true)
	assert.True(t, Must(b.Bitcast(dtype.Bool)).Equal(b))
	for _, bad := range []dtype.DType{dtype.Uint16, dtype.Bool, dtype.Invalid} {
		_, err := Of[int8](2).Bitcast(bad)
		assert.ErrorContains(t, err, "bitcast")
	}
	_, err := b.Bitcast(dtype.Int8)
	assert.Error(t, err)
}

func TestEqual(t *testing.T) {
	x := sixInts()
	assert.True(t, x.Equal(sixInts()))
	assert.False(t, x.Equal(Must(x.Reshape(3, 2))))
	assert.False(t, x.Equal(x.AsType(dtype.Int64)))
	assert.False(t, x.Equal(Must(FromSlice([]int32{1, 2, 3, 4, 5, 7}, 2, 3))))
	assert.False(t, Scalar(1).Equal(Of(1)))

	nan32 := math.Float32frombits
	assert.True(t, Of(nan32(0x7fc00000), 1).Equal(Of(nan32(0xffc00001), 1)))
	assert.False(t, Of(nan32(0x7fc00000), 1).Equal(Of(nan32(0x7f800000), 1)), "NaN is not infinity")
	assert.False(t, Of(nan32(0x7fc00000), 1).Equal(Of(nan32(0xffc00001), 2)))
	nan64 := math.Float64frombits
	assert.True(t, Of(nan64(0x7ff8000000000000)).Equal(Of(nan64(0x7ff8000000000001))))
	assert.True(t, Of[float16.Float16](0x7e00).Equal(Of[float16.Float16](0xfe01)))
	assert.False(t, Of[float16.Float16](0x7e00).Equal(Of[float16.Float16](0x7c00)))
	assert.True(t, Of[dtype.BF16](0x7fc0).Equal(Of[dtype.BF16](0xffc1)))
	assert.False(t, Of[dtype.BF16](0x7fc0).Equal(Of[dtype.BF16](0x7f80)))
	assert.True(t, Of(complex(nan32(0x7fc00000), 1)).Equal(Of(complex(nan32(0x7fc00001), 1))))
	assert.False(t, Of(complex(nan32(0x7fc00000), 1)).Equal(Of(complex(nan32(0x7fc00001), 2))))
	assert.False(t, Of(complex(math.NaN(), 1)).Equal(Of(complex(1, math.NaN()))))
	assert.True(t, Of(complex(1, math.NaN())).Equal(Of(complex(1, -math.NaN()))))

	for _, dt := range dtype.All() {
		if dt.IsFloat() || dt.IsComplex() {
			assert.False(t, Of(0.0).AsType(dt).Equal(Of(math.Copysign(0, -1)).AsType(dt)), dt)
		}
	}
	assert.True(t, Must(New(dtype.Float32, 0)).Equal(Must(New(dtype.Float32, 0))))
}

package tensor

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/x448/float16"
)

func checkElementType[T dtype.Element](t *testing.T, want dtype.DType, elems ...T) {
	t.Helper()
	x, err := FromSlice(elems, 2, 2)
	require.NoError(t, err)
	assert.Equal(t, want, x.DType())
	assert.Equal(t, elems, Flat[T](x))
	assert.NotSame(t, &elems[0], &Flat[T](x)[0], "FromSlice must copy")
	assert.Equal(t, elems[3], x.At(1, 1))
	assert.Equal(t, elems[1], x.Get(1))

	for _, same := range []any{elems, [4]T(elems), []any{elems[0], elems[1], elems[2], elems[3]}} {
		y, err := FromAny(same)
		require.NoError(t, err)
		assert.True(t, y.Equal(Must(x.Reshape(4))), "%T", same)
	}
	y, err := FromAny([][]T{elems[:2], elems[2:]})
	require.NoError(t, err)
	assert.True(t, y.Equal(x))
	y, err = FromAny(elems[3])
	require.NoError(t, err)
	assert.Equal(t, elems[3], y.Item())

	full, err := Full(want, elems[2], 3, 5)
	require.NoError(t, err)
	for i := range full.Size() {
		assert.Equal(t, elems[2], full.Get(i))
	}
	full.Set(4, elems[1])
	assert.Equal(t, elems[1], full.At(0, 4))
	assert.Equal(t, elems[2], full.At(1, 0))
}

func TestElementTypes(t *testing.T) {
	checkElementType(t, dtype.Bool, true, false, true, true)
	checkElementType[int8](t, dtype.Int8, -128, 127, 3, -4)
	checkElementType[int16](t, dtype.Int16, -32768, 2, 3, -4)
	checkElementType[int32](t, dtype.Int32, -1<<31, 2, 3, -4)
	checkElementType[int64](t, dtype.Int64, -1<<63, 1<<63-1, 3, -4)
	checkElementType[uint8](t, dtype.Uint8, 255, 2, 3, 4)
	checkElementType[uint16](t, dtype.Uint16, 65535, 2, 3, 4)
	checkElementType[uint32](t, dtype.Uint32, 1<<32-1, 2, 3, 4)
	checkElementType[uint64](t, dtype.Uint64, 1<<64-1, 1<<53+1, 3, 4)
	checkElementType(t, dtype.Float16, float16.Frombits(1), float16.Frombits(0x7bff), float16.Frombits(0x8000), float16.Frombits(0x3c00))
	checkElementType[dtype.BF16](t, dtype.BFloat16, 1, 0x7f7f, 0x8000, 0x3f80)
	checkElementType[float32](t, dtype.Float32, 1e-45, 2, 3.5, -4)
	checkElementType[float64](t, dtype.Float64, 5e-324, 2, 1.0/3, -4)
	checkElementType[complex64](t, dtype.Complex64, 1i, 2, 3-1i, -4)
	checkElementType[complex128](t, dtype.Complex128, 1i, 2, 1.0/3-1i, -4)
}

func TestOfAndScalar(t *testing.T) {
	assert.Equal(t, []int64{1, -2}, Flat[int64](Of(1, -2)))
	assert.Equal(t, []uint64{1, 2}, Flat[uint64](Of[uint](1, 2)))
	assert.Equal(t, []float64{1.5}, Flat[float64](Of(1.5)))
	assert.Equal(t, []bool{true, false}, Flat[bool](Of(true, false)))
	assert.Equal(t, int64(-5), Scalar(-5).Item())
	assert.Equal(t, dtype.BF16(0x3f80), Scalar(dtype.BF16(0x3f80)).Item())
	assert.Zero(t, Scalar(2i).Rank())
	assert.Equal(t, []int{0}, Of[float32]().Shape())
}

func TestFromSliceErrors(t *testing.T) {
	_, err := FromSlice([]float32{1, 2}, 3)
	assert.ErrorContains(t, err, "got 2 elements, want 3 for shape (3)")
	_, err = FromSlice([]float32{1, 2})
	assert.ErrorContains(t, err, "want 1 for shape ()")
	_, err = FromSlice([]float32{1, 2}, -2)
	assert.Error(t, err)
	x, err := FromSlice([]int32(nil), 0, 4)
	require.NoError(t, err)
	assert.Equal(t, []int{0, 4}, x.Shape())
	x, err = FromSlice([]int32{7})
	require.NoError(t, err)
	assert.Equal(t, int32(7), x.Item())
}

func TestFromAnyNested(t *testing.T) {
	x := Must(FromAny([][][]int{{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {10, 11, 12}}}))
	assert.Equal(t, []int{2, 2, 3}, x.Shape())
	assert.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, x.Int64s())
	x = Must(FromAny([2][3]float32{{1, 2, 3}, {4, 5, 6}}))
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6}, Flat[float32](x))
	x = Must(FromAny([]any{[]uint{1, 2}, []any{uint(3), uint(4)}}))
	assert.Equal(t, []uint64{1, 2, 3, 4}, Flat[uint64](x))
	assert.Same(t, x, Must(FromAny(x)))
	for _, c := range []struct {
		value any
		shape []int
	}{
		{[]float64{}, []int{0}}, {[][]float64(nil), []int{0, 0}}, {[][]bool{{}, {}}, []int{2, 0}},
		{[0][3]int32{}, []int{0, 3}}, {[][2][]int8{{nil, nil}}, []int{1, 2, 0}},
	} {
		x, err := FromAny(c.value)
		require.NoError(t, err, "%T", c.value)
		assert.Equal(t, c.shape, x.Shape(), "%T", c.value)
	}
}

func TestFromAnyErrors(t *testing.T) {
	type named float64
	var none *Tensor
	for _, c := range []struct {
		value any
		text  string
	}{
		{nil, "got nil"},
		{none, "*tensor.Tensor"},
		{"text", "type string"},
		{[]string{"a"}, "type string"},
		{struct{}{}, "type struct"},
		{named(1), "tensor.named"},
		{[]any{}, "interface"},
		{[]any{nil}, "interface"},
		{[]any{1, nil}, "interface"},
		{[]any{1, 2.5}, "type float64 among elements of type int64"},
		{[]any{[]int{1}, []float64{1}}, "type float64 among elements of type int64"},
		{[][]int{{1, 2}, {3}}, "ragged slices: got 1 elements at depth 1, want 2 elements"},
		{[][]int{{1}, {2, 3}}, "ragged"},
		{[]any{1, []int{2}}, "ragged slices: got 1 elements at depth 1, want a number"},
		{[]any{[]int{2}, 1}, "ragged slices: got a number at depth 1, want 1 elements"},
		{[][][]float32{{{1}}, {{1}, {2}}}, "ragged"},
		{[]any{[]float32{}, []float32{1}}, "ragged"},
	} {
		_, err := FromAny(c.value)
		assert.ErrorContains(t, err, c.text, "%v", c.value)
	}
}

func TestFull(t *testing.T) {
	x := Must(Full(dtype.Float32, 1, 1000, 3))
	for _, v := range Flat[float32](x) {
		require.Equal(t, float32(1), v)
	}
	assert.Equal(t, int8(-128), Must(Full(dtype.Int8, -1e9)).Item(), "values convert as by AsType")
	assert.Equal(t, float32(2), Must(Full(dtype.Float32, Scalar(2), 1)).Item())
	assert.Zero(t, Must(Full(dtype.Float32, 2, 0, 5)).Size())
	for _, bad := range []any{nil, "1", []int{1}} {
		_, err := Full(dtype.Float32, bad, 2)
		assert.Error(t, err)
	}
	_, err := Full(dtype.Invalid, 1, 2)
	assert.ErrorContains(t, err, "dtype")
}

package tensor

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requireMisuse runs f, which must panic with an *Error that contains text.
func requireMisuse(t *testing.T, text string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		err, ok := recover().(*Error)
		require.True(t, ok, "want a panic with an *Error")
		require.ErrorContains(t, err, text)
	}()
	f()
}

func requireStorage(t *testing.T, x *Tensor) {
	t.Helper()
	require.Zero(t, uintptr(x.Data())%Alignment)
	require.Len(t, x.Bytes(), x.Size()*x.DType().Size())
	require.GreaterOrEqual(t, cap(x.Bytes()), Alignment)
	require.Zero(t, cap(x.Bytes())%Alignment)
}

func TestStorage(t *testing.T) {
	for _, dt := range dtype.All() {
		for n := range 300 {
			x, err := New(dt, n)
			require.NoError(t, err)
			requireStorage(t, x)
			requireStorage(t, x.Clone())
		}
	}
	for _, n := range []int{1 << 10, 3456, 10240, 32 << 10, 33 << 10, 1<<20 + 1} {
		requireStorage(t, Must(New(dtype.Uint8, n)))
	}
	x := Must(New(dtype.Int32, 3, 5))
	for _, y := range []*Tensor{x.Row(1), x.Row(2), x.Slice(1, 3), x.Slice(3, 3), x.AsType(dtype.Float64), Scalar(true), Of[int8]()} {
		requireStorage(t, y)
	}
}

func TestNew(t *testing.T) {
	x := Must(New(dtype.Float64, 2, 3))
	assert.Equal(t, []int{2, 3}, x.Shape())
	assert.Equal(t, make([]float64, 6), Flat[float64](x))
	assert.Equal(t, []int{2, 6, 3}, []int{x.Rank(), x.Size(), x.Dim(-1)})
	x.Shape()[0] = 9
	assert.Equal(t, 2, x.Dim(0), "Shape must be a copy")

	shape := []int{4}
	y := Must(New(dtype.Bool, shape...))
	shape[0] = 5
	assert.Equal(t, []int{4}, y.Shape(), "New must copy the shape")

	scalar := Must(New(dtype.Complex64))
	assert.Equal(t, []int{0, 1}, []int{scalar.Rank(), scalar.Size()})
	empty := Must(New(dtype.Int16, 3, 0))
	assert.Zero(t, empty.Size())
	assert.NotNil(t, empty.Data())
}

func TestNewErrors(t *testing.T) {
	for _, c := range []struct {
		dt    dtype.DType
		shape []int
		text  string
	}{
		{dtype.Invalid, []int{1}, "dtype"},
		{dtype.Float32, []int{-1}, "extent -1"},
		{dtype.Float32, []int{1 << 40, 1 << 40}, "more elements"},
		{dtype.Float32, []int{1 << 60}, "limit"},
		{dtype.Complex128, []int{math.MaxInt}, "limit"},
		{dtype.Bool, []int{math.MaxInt}, "limit"},
	} {
		x, err := New(c.dt, c.shape...)
		assert.Nil(t, x)
		var typed *Error
		require.ErrorAs(t, err, &typed)
		assert.ErrorContains(t, err, c.text)
	}
	assert.Panics(t, func() { Must(New(dtype.Float32, -1)) })
}

func TestLimit(t *testing.T) {
	assert.LessOrEqual(t, Limit(), DefaultLimit)
	assert.GreaterOrEqual(t, Limit(), int64(1<<20))
	SetLimit(1000)
	defer SetLimit(0)
	_, err := New(dtype.Float32, 250)
	require.NoError(t, err)
	_, err = New(dtype.Float32, 251)
	require.ErrorContains(t, err, "limit of 1000")
	_, err = FromSlice(make([]float64, 126), 126)
	require.ErrorContains(t, err, "limit of 1000")
	_, err = Full(dtype.Uint8, 1, 1001)
	require.ErrorContains(t, err, "limit of 1000")
	SetLimit(math.MaxInt64)
	_, err = New(dtype.Uint8, math.MaxInt)
	require.Error(t, err, "the room behind the data must not overflow")
}

func TestFlat(t *testing.T) {
	x := Of[float32](1, 2, 3)
	Flat[float32](x)[1] = 7
	assert.Equal(t, float32(7), x.At(1), "Flat must share storage")
	requireMisuse(t, "got type argument float64, want float32", func() { Flat[float64](x) })
	requireMisuse(t, "want dtype.BF16", func() { Flat[uint16](Must(New(dtype.BFloat16, 1))) })
	assert.Empty(t, Flat[bool](Must(New(dtype.Bool, 0))))
}

package op

import (
	"fmt"
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func convertTo(t *testing.T, x *tensor.Tensor, dt dtype.DType) *tensor.Tensor {
	t.Helper()
	return apply1(t, ConvertID, ConvertAttrs{DType: dt}, x)
}

func TestConvert(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	floats := tensor.Of(1.9, -1.9, 300, -300, nan, inf, -inf, 1e30)
	for _, c := range []struct {
		x    *tensor.Tensor
		dt   dtype.DType
		want *tensor.Tensor
	}{
		// truncate, saturate, NaN to 0
		{floats, dtype.Int8, tensor.Of[int8](1, -1, 127, -128, 0, 127, -128, 127)},
		{floats, dtype.Uint8, tensor.Of[uint8](1, 0, 255, 0, 0, 255, 0, 255)},
		{floats, dtype.Int64, tensor.Of[int64](1, -1, 300, -300, 0, math.MaxInt64, math.MinInt64, math.MaxInt64)},
		{floats, dtype.Uint64, tensor.Of[uint64](1, 0, 300, 0, 0, math.MaxUint64, 0, math.MaxUint64)},
		// wrap
		{tensor.Of[int32](300, -1, 128), dtype.Int8, tensor.Of[int8](44, -1, -128)},
		{tensor.Of[int32](300, -1, 128), dtype.Uint16, tensor.Of[uint16](300, 65535, 128)},
		{tensor.Of[int8](-1), dtype.Uint64, tensor.Of[uint64](math.MaxUint64)},
		{tensor.Of[uint8](255), dtype.Int64, tensor.Of[int64](255)},
		// one rounding: 2^53 + 1 to f64, 2^24 + 1 to f32; just above a tie of f16 that f32 would lose
		{tensor.Of[int64](1<<53+1, 1<<53+3), dtype.Float64, tensor.Of[float64](1<<53, 1<<53+4)},
		{tensor.Of[int32](1<<24+1, 1<<24+3), dtype.Float32, tensor.Of[float32](1<<24, 1<<24+4)},
		{tensor.Of[float64](1 + 0x1p-11 + 0x1p-40), dtype.Float16, tensor.Of(1 + 0x1p-10).AsType(dtype.Float16)},
		{tensor.Of[int64](1<<30 + 1<<19 + 1), dtype.Float16, tensor.Of(inf).AsType(dtype.Float16)},
		{tensor.Of[float64](1 + 0x1p-8 + 0x1p-40), dtype.BFloat16, tensor.Of(1 + 0x1p-7).AsType(dtype.BFloat16)},
		// to bool and back, complex
		{tensor.Of(0, math.Copysign(0, -1), 0.1, nan), dtype.Bool, tensor.Of(false, false, true, true)},
		{tensor.Of(true, false), dtype.Float32, tensor.Of[float32](1, 0)},
		{tensor.Of(2.5+1i, -1i), dtype.Float32, tensor.Of[float32](2.5, 0)},
		{tensor.Of(0, 1i), dtype.Bool, tensor.Of(false, true)},
		{tensor.Of(1.5), dtype.Complex64, tensor.Of[complex64](1.5)},
	} {
		got := convertTo(t, c.x, c.dt)
		assert.True(t, got.Equal(c.want), "%s %v to %s: got %v, want %v", c.x.DType(), c.x, c.dt, got, c.want)
	}
	assert.Equal(t, "convert: dtype: got invalid, want any element type", typeError(t, ConvertID, ConvertAttrs{}, ir.T(dtype.Float32)))
}

func TestBitcast(t *testing.T) {
	cast := func(x *tensor.Tensor, dt dtype.DType) *tensor.Tensor {
		return apply1(t, BitcastID, BitcastAttrs{DType: dt}, x)
	}
	bits := cast(tensor.Of[float32](1, -2, float32(math.Inf(1))), dtype.Uint32)
	assert.Equal(t, []uint32{0x3f800000, 0xc0000000, 0x7f800000}, tensor.Flat[uint32](bits))
	assert.Equal(t, []float32{1, -2, float32(math.Inf(1))}, tensor.Flat[float32](cast(bits, dtype.Float32)))

	bytes := cast(tensor.Of[uint32](0x04030201, 0x08070605), dtype.Uint8)
	assert.Equal(t, []int{2, 4}, bytes.Shape())
	assert.Equal(t, []uint8{1, 2, 3, 4, 5, 6, 7, 8}, tensor.Flat[uint8](bytes), "low bits first")
	halves := tensor.Must(tensor.FromSlice([]uint16{0, 0x3ff0, 1, 0x4000, 2, 3, 4, 5}, 2, 4))
	wide := cast(halves, dtype.Float64)
	assert.Equal(t, []int{2}, wide.Shape())
	assert.Equal(t, []uint64{0x40000001_3ff00000, 0x00050004_00030002}, patterns(wide))

	text := func(x ir.Type, dt dtype.DType) string { return typeError(t, BitcastID, BitcastAttrs{DType: dt}, x) }
	assert.Equal(t, "bitcast: operand 0: got ui8[3], want a last dimension of 4 to make f32 of it", text(ir.T(dtype.Uint8, 3), dtype.Float32))
	assert.Equal(t, "bitcast: operand 0: got ui8[], want a last dimension of 4 to make f32 of it", text(ir.T(dtype.Uint8), dtype.Float32))
	assert.Equal(t, "bitcast: dtype: got i1, want an integer or float element type", text(ir.T(dtype.Uint8), dtype.Bool))
}

// There and back again between all pairs of types.
func TestBitcastRoundTrip(t *testing.T) {
	r := seeded(7)
	for _, from := range dtype.Real.List() {
		for range 20 {
			s := sampleBitcast(r, from, 5)
			out := apply1(t, BitcastID, s.Attrs, s.Inputs...)
			back := apply1(t, BitcastID, BitcastAttrs{DType: from}, out)
			require.True(t, back.Equal(s.Inputs[0]), "%s to %s", from, out.DType())
		}
	}
}

func TestFullAndScalar(t *testing.T) {
	b := ir.NewBuilder("test")
	x := Full(b, ir.T(dtype.Float16, 2, 3), 0.5)
	assert.Equal(t, "f16[2,3]", x.Type.String())
	assert.Equal(t, BroadcastID, x.Op())
	assert.Equal(t, "i8[]", Full(b, ir.T(dtype.Int8), 3).Type.String())
	zeros := ZerosLike(b, x)
	big := ScalarInt(b, dtype.Int64, math.MaxInt64)
	out, err := newEval(nil).Run(b.Build(x, zeros, big), nil)
	require.NoError(t, err)
	assert.Equal(t, []float64{.5, .5, .5, .5, .5, .5}, out[0].Float64s())
	assert.Equal(t, make([]float64, 6), out[1].Float64s())
	assert.Equal(t, int64(math.MaxInt64), out[2].Item())
}

func TestStopGradientReturnsItsOperand(t *testing.T) {
	for _, dt := range dtype.All() {
		x := RandomTensor(seeded(8), dt, 0, 0, 3)
		assert.Same(t, x, apply1(t, StopGradientID, nil, x), fmt.Sprint(dt))
	}
}

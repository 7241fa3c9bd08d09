package op

import (
	"math"
	"math/big"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMulHighAgainstBigIntegers(t *testing.T) {
	r := seeded(73)
	for _, dt := range dtype.Ints.List() {
		x, y := tensor.Must(tensor.New(dt, 200)), tensor.Must(tensor.New(dt, 200))
		for i := range 200 {
			x.Set(i, r.Uint64()>>r.IntN(64))
			y.Set(i, -(r.Uint64() >> r.IntN(64)))
		}
		got := built(t, func(b *ir.Builder, in []*ir.Value) []*ir.Value { return []*ir.Value{MulHigh(b, in[0], in[1])} }, x, y)[0]
		for i := range 200 {
			product := new(big.Int).Mul(bigOf(x, i), bigOf(y, i))
			require.Equal(t, product.Rsh(product, uint(dt.Bits())).String(), bigOf(got, i).String(), "%s: %v * %v", dt, x.Get(i), y.Get(i))
		}
	}
}

// bigOf is an element as an integer.
func bigOf(x *tensor.Tensor, i int) *big.Int {
	if x.DType().IsSigned() {
		return big.NewInt(x.Int64s()[i])
	}
	out := make([]uint64, x.Size())
	x.LoadUint64(out, 0)
	return new(big.Int).SetUint64(out[i])
}

func TestTopK(t *testing.T) {
	x := tensor.Must(tensor.FromSlice([]float32{1, 5, 5, -2, float32(math.NaN()), 3, 3, 4}, 2, 4))
	got := built(t, func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		values, indices := TopK(b, in[0], 3)
		return []*ir.Value{values, indices}
	}, x)
	assert.Equal(t, []float64{5, 5, 1}, got[0].Float64s()[:3])
	assert.True(t, math.IsNaN(got[0].Float64s()[3]))
	assert.Equal(t, []int64{1, 2, 0, 0, 3, 1}, got[1].Int64s())
	assert.Equal(t, "top_k: k: got 5, want 0 to 4, the extent of the last axis of f32[4]", buildError(t, func(b *ir.Builder) {
		TopK(b, b.Param(ir.T(dtype.Float32, 4)), 5)
	}))
}

func TestComplexSquareNeitherCancelsNorOverflowsEarly(t *testing.T) {
	large := math.MaxFloat64
	in := []complex128{complex(3, 4), complex(large, large), complex(large, -large), complex(1+0x1p-40, 1), complex(1e-200, 1), complex(0, -2)}
	got := tensor.Flat[complex128](built(t, func(b *ir.Builder, p []*ir.Value) []*ir.Value { return []*ir.Value{Square(b, p[0])} }, tensor.Of(in...))[0])
	assert.Equal(t, []complex128{complex(-7, 24), complex(0, math.Inf(1)), complex(0, math.Inf(-1)), complex(0x1p-39+0x1p-80, 2+0x1p-39), complex(-1, 2e-200), complex(-4, 0)}, got)
}

func TestMaxOfComplexNumbersIsLexicographic(t *testing.T) {
	x, y := tensor.Of[complex64](1.5+2.5i, 1.5+7.5i, 1.5i), tensor.Of[complex64](7.5+1.5i, 1.5+2.5i, 2.5i)
	got := built(t, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return []*ir.Value{MaxComplex(b, p[0], p[1]), MinComplex(b, p[0], p[1])}
	}, x, y)
	assert.Equal(t, []complex64{7.5 + 1.5i, 1.5 + 7.5i, 2.5i}, tensor.Flat[complex64](got[0]))
	assert.Equal(t, []complex64{1.5 + 2.5i, 1.5 + 2.5i, 1.5i}, tensor.Flat[complex64](got[1]))
}

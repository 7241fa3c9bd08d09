package tensor

import (
	"bytes"
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// From and to every other type a narrow one converts as the type that holds its numbers, and rounds to itself.
func TestNarrowTypesConvertByTheirNumbers(t *testing.T) {
	for _, dt := range dtype.Narrow() {
		all := Must(New(dt, 1<<dt.Bits()))
		for i := range all.Bytes() {
			all.Bytes()[i] = byte(i)
			if dt.Wide() != dtype.Float32 {
				all.Bytes()[i] = dt.NarrowInt(uint64(i))
			}
		}
		wide := all.AsType(dt.Wide())
		assert.True(t, all.Equal(wide.AsType(dt)), "%s: got %v, want %v", dt, wide.AsType(dt), all)
		for _, other := range dtype.All() {
			assert.True(t, wide.AsType(other).Equal(all.AsType(other)), "%s to %s", dt, other)
			if other != dtype.Bool {
				x := wide.AsType(other)
				assert.True(t, x.AsType(dt.Wide()).AsType(dt).Equal(x.AsType(dt)), "%s to %s: got %v", other, dt, x.AsType(dt))
			}
		}
		assert.Equal(t, wide.Get(1), all.Get(1))
		assert.Equal(t, wide.String(), all.String())
	}
}

func TestNarrowIntegersWrapAndSaturate(t *testing.T) {
	x := Of[int64](-9, -8, 7, 8, 1<<40+3)
	assert.Equal(t, []int64{7, -8, 7, -8, 3}, x.AsType(dtype.Int4).Int64s())
	assert.Equal(t, []int64{3, 0, 3, 0, 3}, x.AsType(dtype.Uint2).Int64s())
	f := Of(-9.5, 1.9, 700, math.NaN(), math.Inf(-1))
	assert.Equal(t, []int64{-8, 1, 7, 0, -8}, f.AsType(dtype.Int4).Int64s())
	assert.Equal(t, []int64{0, 1, 3, 0, 0}, f.AsType(dtype.Uint2).Int64s())
	// Rounded once: a little below the middle of two powers of two, by less than a float64 has.
	assert.Equal(t, []float64{1 << 61}, Of[int64](3<<60-1).AsType(dtype.Float8E8M0FNU).Float64s())
}

func TestNarrowTypesHaveNoFile(t *testing.T) {
	x := Must(New(dtype.Float8E5M2, 2))
	err := WriteNpy(&bytes.Buffer{}, x)
	require.EqualError(t, err, "tensor: write npy: got dtype f8E5M2, which .npy files do not have; write t.AsType(dtype.Float32), its numbers, or t.Bitcast(dtype.Uint8), its bits")
	bits, err := x.Bitcast(dtype.Uint8)
	require.NoError(t, err)
	assert.Equal(t, dtype.Uint8, bits.DType())
}

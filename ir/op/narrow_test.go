package op

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
)

// Nothing computes with narrow types, and the error says what to do.
func TestNarrowTypesAreConvertedOnly(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.Class != ir.ClassElementwise || row.Attrs != nil || row.ID == StopGradientID {
			continue
		}
		s := sampleRow(seeded(1), row, row.Accepts.List()[0], 2)
		types := map1(s.Inputs, func(x *tensor.Tensor) ir.Type { return typeOf(x).WithDType(dtype.Float8E4M3FN) })
		assert.Contains(t, typeError(t, row.ID, s.Attrs, types...), "nothing computes with f8E4M3FN: convert to f32", row.Name)
	}
}

func TestBitcastOfNarrowTypes(t *testing.T) {
	x := tensor.Must(tensor.FromSlice([]int8{-1, 7, -8, 1}, 2, 2)).AsType(dtype.Int4)
	bytes := apply1(t, BitcastID, BitcastAttrs{DType: dtype.Uint8}, x)
	assert.Equal(t, []int64{0x7f, 0x18}, bytes.Int64s())
	assert.True(t, x.Equal(apply1(t, BitcastID, BitcastAttrs{DType: dtype.Int4}, bytes)))
	assert.Equal(t, []int64{15, 7, 8, 1}, apply1(t, BitcastID, BitcastAttrs{DType: dtype.Uint4}, x).Int64s())
	assert.Equal(t, []float64{-6, 6, 0, 0.5}, apply1(t, BitcastID, BitcastAttrs{DType: dtype.Float4E2M1FN}, x).Float64s())
	assert.Contains(t, typeError(t, BitcastID, BitcastAttrs{DType: dtype.Float6E2M3FN}, typeOf(x)), "a width that the 4 bits of i4[2,2] go into")
}

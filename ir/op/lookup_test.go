package op

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLookupTakesTheLowBits(t *testing.T) {
	entries := make([]float32, lookupSize)
	for i := range entries {
		entries[i] = float32(i) + 0.5
	}
	table := tensor.Must(tensor.FromSlice(entries, lookupSize))
	index := []int32{0, 1, 15, 16, 17, -1, -16, math.MinInt32, math.MaxInt32, 0x12345678}
	b := ir.NewBuilder("lookup")
	g := b.Build(Lookup(b, b.Param(ir.T(dtype.Int32, len(index))), table))
	got := evaluate(t, g, []*tensor.Tensor{tensor.Must(tensor.FromSlice(index, len(index)))})
	assert.Equal(t, []float32{0.5, 1.5, 15.5, 0.5, 1.5, 15.5, 0.5, 0.5, 15.5, 8.5}, tensor.Flat[float32](got))
}

func TestLookupWantsSixteenFloats(t *testing.T) {
	for _, table := range []*tensor.Tensor{nil, tensor.Must(tensor.New(dtype.Float32, 15)), tensor.Must(tensor.New(dtype.Float64, 16))} {
		_, err := ir.CheckNode(LookupID.Row(), []ir.Type{ir.T(dtype.Int32, 3)}, LookupAttrs{Table: table}, nil)
		require.ErrorContains(t, err, "f32[16]")
	}
}

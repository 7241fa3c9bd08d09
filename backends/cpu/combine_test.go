package cpu

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// combinations are groups of primitives that have one instruction on AVX-512.
var combinations = []struct {
	instruction string
	dt          dtype.DType
	build       func(b *ir.Builder, x, y, z *ir.Value) *ir.Value
}{
	{"vpternlogd", dtype.Int32, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Or(b, x, op.And(b, y, z)) }},
	{"vpternlogd", dtype.Uint32, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.And(b, op.Xor(b, y, z), x) }},
	{"vpternlogq", dtype.Int64, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Xor(b, op.Or(b, y, x), z) }},
	{"vpternlogq", dtype.Uint64, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.And(b, z, op.And(b, y, x)) }},
	{"vfnmadd", dtype.Float32, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.FMA(b, x, op.Neg(b, y), z) }},
	{"vfmsub", dtype.Float64, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.FMA(b, x, y, op.Neg(b, z)) }},
	{"vfnmsub", dtype.Float32, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value {
		return op.FMA(b, op.Neg(b, x), y, op.Neg(b, z))
	}},
	{"vfmadd", dtype.Float64, func(b *ir.Builder, x, y, z *ir.Value) *ir.Value {
		return op.FMA(b, op.Neg(b, x), op.Neg(b, y), z)
	}},
}

// TestCombinedInstructions checks their values on every tier, also where a part is needed by itself.
func TestCombinedInstructions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, c := range combinations {
		for _, shared := range []bool{false, true} {
			b := ir.NewBuilder("combined")
			var params []*ir.Value
			var in []*tensor.Tensor
			for range 3 {
				params = append(params, b.Param(ir.T(c.dt, 37)))
				in = append(in, op.RandomTensor(r, c.dt, 0, 0, 37))
			}
			outs := []*ir.Value{c.build(b, params[0], params[1], params[2])}
			if shared {
				for _, v := range outs[0].Node.Inputs {
					if v.Node != nil {
						outs = append(outs, v)
					}
				}
			}
			g := b.Build(outs...)
			want, err := interp.Run(context.Background(), g, in)
			require.NoError(t, err)
			for _, tier := range Tiers() {
				be, err := New(tier)
				require.NoError(t, err)
				x, err := be.Compile(g, backends.Options{})
				require.NoError(t, err)
				got, err := x.Run(context.Background(), in, backends.RunOptions{})
				require.NoError(t, err)
				for i := range want {
					assert.True(t, got[i].Equal(want[i]), "%s on %s: got %v, want %v", c.instruction, tier, got[i], want[i])
				}
				if listing := x.(backends.Inspector).Listing(); tier == AVX512 && !shared {
					assert.Contains(t, listing, c.instruction)
				}
			}
		}
	}
}

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
	"github.com/stretchr/testify/require"
)

// TestFastMath runs the fast variants on all tiers: the same bits on each, within the stated error of the interpreter, and not all
// the bits of the full variants.
func TestFastMath(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	const n = 2000
	for _, row := range ir.Rows() {
		if row.FastExpand == nil {
			continue
		}
		b := ir.NewBuilder(row.Name)
		g := b.Build(b.Emit1(row.ID, nil, b.Param(ir.T(dtype.Float64, n))))
		in := []*tensor.Tensor{op.RandomTensor(r, dtype.Float64, max(row.Domain.Lo, -3), max(row.Domain.Hi, 3), n)}
		want, err := interp.Run(context.Background(), g, in)
		require.NoError(t, err)
		var first *tensor.Tensor
		for _, tier := range Tiers() {
			be, err := New(tier)
			require.NoError(t, err)
			run := func(opts backends.Options) *tensor.Tensor {
				x, err := be.Compile(g, opts)
				require.NoError(t, err)
				out, err := x.Run(context.Background(), in, backends.RunOptions{})
				require.NoError(t, err)
				return out[0]
			}
			fast := run(backends.Options{FastMath: true})
			require.False(t, fast.Equal(run(backends.Options{})), "%s: nothing changed", row.Name)
			if first == nil {
				first = fast
			}
			require.True(t, sameOrNaN(first, fast), "%s on %s", row.Name, tier)
			w, f := want[0].Float64s(), fast.Float64s()
			for i := range w {
				require.LessOrEqual(t, unitsBetween(dtype.Float64, w[i], f[i]), row.FastULP+boundOfReference(row), "%s(%v)", row.Name, in[0].Float64s()[i])
			}
		}
	}
}

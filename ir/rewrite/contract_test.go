package rewrite_test

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The forms of a contracted sum, with what they compute by Go's own fused multiply-add.
var forms = map[string]struct {
	build func(b *ir.Builder, x, y, z *ir.Value) *ir.Value
	want  func(x, y, z float64) float64
}{
	"x*y + z":     {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Add(b, op.Mul(b, x, y), z) }, math.FMA},
	"z + x*y":     {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Add(b, z, op.Mul(b, x, y)) }, math.FMA},
	"x*y - z":     {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Sub(b, op.Mul(b, x, y), z) }, func(x, y, z float64) float64 { return math.FMA(x, y, -z) }},
	"z - x*y":     {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Sub(b, z, op.Mul(b, x, y)) }, func(x, y, z float64) float64 { return math.FMA(-x, y, z) }},
	"z - x*(-y)":  {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Sub(b, z, op.Mul(b, x, op.Neg(b, y))) }, math.FMA},
	"x*y - (-z)":  {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Sub(b, op.Mul(b, x, y), op.Neg(b, z)) }, math.FMA},
	"x*y + z*z":   {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Add(b, op.Mul(b, x, y), op.Mul(b, z, z)) }, func(x, y, z float64) float64 { return math.FMA(x, y, float64(z*z)) }},
	"x*y + x*y":   {func(b *ir.Builder, x, y, _ *ir.Value) *ir.Value { p := op.Mul(b, x, y); return op.Add(b, p, p) }, func(x, y, _ float64) float64 { return 2 * float64(x*y) }},
	"x*y + z + z": {func(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return op.Add(b, op.Add(b, op.Mul(b, x, y), z), z) }, func(x, y, z float64) float64 { return math.FMA(x, y, z) + z }},
}

func TestContractRoundsOnce(t *testing.T) {
	for name, form := range forms {
		for _, pass := range []rewrite.Pass{rewrite.Contract, func(g *ir.Graph) *ir.Graph { return rewrite.Optimize(g, rewrite.Options{}) }} {
			const n = 2000
			b := ir.NewBuilder("main")
			v := b.Params([]ir.Type{ir.T(dtype.Float64, n), ir.T(dtype.Float64, n), ir.T(dtype.Float64, n)})
			c := &irtest.Case{Graph: b.Build(form.build(b, v[0], v[1], v[2]))}
			c.Inputs = irtest.Inputs(irtest.Seeded(1), c.Graph)
			want := tensor.Must(tensor.New(dtype.Float64, n))
			for i := range n {
				at := func(k int) float64 { return tensor.Flat[float64](c.Inputs[k])[i] }
				tensor.Flat[float64](want)[i] = form.want(at(0), at(1), at(2))
			}
			g := pass(c.Graph)
			require.NoError(t, ir.Verify(g))
			got, err := irtest.Run(&irtest.Case{Graph: g, Inputs: c.Inputs})
			require.NoError(t, err)
			assert.NoError(t, irtest.Compare(got, []*tensor.Tensor{want}, 0), "%s\n%s", name, g)
		}
	}
}

func TestContractKeepsTypesThatAreNotFused(t *testing.T) {
	for _, dt := range dtype.Numeric.List() {
		b := ir.NewBuilder("main")
		x := b.Param(ir.T(dt, 3))
		g := b.Build(op.Add(b, op.Mul(b, x, x), x))
		fused := dt == dtype.Float32 || dt == dtype.Float64
		assert.Equal(t, !fused, rewrite.Contract(g) == g, "%s", dt)
	}
}

// In the end no product of f32 or f64 with one use is left below a sum.
func TestOptimizeLeavesNoProductToFuse(t *testing.T) {
	arithmetic := func(r *ir.Row) bool {
		switch r.ID {
		case op.AddID, op.SubID, op.MulID, op.NegID, op.LoopID:
			return true
		}
		return false
	}
	fused := 0
	for seed := range rounds(300) {
		c := irtest.Random(irtest.Seeded(uint64(seed)), irtest.Config{Nodes: 30, Rows: arithmetic, DTypes: dtype.SetOf(dtype.Float32, dtype.Float64).List()})
		g := rewrite.Optimize(c.Graph, rewrite.Options{})
		require.NoError(t, ir.Verify(g))
		_, err := irtest.Run(&irtest.Case{Graph: g, Inputs: c.Inputs})
		require.NoError(t, err)
		graphs := []*ir.Graph{g}
		for len(graphs) > 0 {
			h := graphs[0]
			graphs = graphs[1:]
			uses := h.Uses()
			for _, n := range h.Nodes {
				graphs = append(graphs, n.Regions...)
				if n.Op == op.FMAID {
					fused++
				}
				if (n.Op == op.AddID || n.Op == op.SubID) && n.Results[0].Type.DType.IsFloat() {
					for _, v := range n.Inputs {
						assert.False(t, v.Op() == op.MulID && uses[v] == 1, "seed %d\n%s", seed, h)
					}
				}
			}
		}
	}
	assert.Greater(t, fused, 10)
}

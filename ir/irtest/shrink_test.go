package irtest

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// contains returns the property of holding a node of this primitive, anywhere, that a failure might hang on.
func contains(id ir.OpID) func(*Case) bool {
	return func(c *Case) bool {
		if _, err := Run(c); err != nil {
			panic(err) // Shrink must hand out cases that run
		}
		found := false
		c.Graph.Walk(func(n *ir.Node) { found = found || n.Op == id })
		return found
	}
}

func countNodes(g *ir.Graph) (n int) {
	g.Walk(func(*ir.Node) { n++ })
	return n
}

func TestShrinkFindsTheNodeThatFails(t *testing.T) {
	for _, id := range []ir.OpID{op.MulID, op.GatherID, op.ReduceSumID, op.DotID} {
		shrunk, before, after := 0, 0, 0
		for seed := uint64(0); shrunk < 20; seed++ {
			c := Random(Seeded(seed), Config{})
			if !contains(id)(c) {
				continue
			}
			shrunk++
			small := Shrink(c, contains(id))
			require.True(t, contains(id)(small), "seed %d", seed)
			require.NoError(t, ir.Verify(small.Graph))
			before += countNodes(c.Graph)
			after += countNodes(small.Graph)
		}
		t.Logf("%s: %d nodes in %d cases, from %d", id, after, shrunk, before)
		assert.Less(t, float64(after)/float64(shrunk), 6.0, "%s: from %d nodes in %d cases", id, before, shrunk)
	}
}

func TestShrinkKeepsTheSmallestExtent(t *testing.T) {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 12, 7))
	y := op.ReduceSum(b, op.Slice(b, op.Neg(b, x), []int{0, 0}, []int{12, 7}, nil), 1)
	c := &Case{Graph: b.Build(y, x)}
	c.Inputs = Inputs(Seeded(1), c.Graph)
	small := Shrink(c, func(c *Case) bool {
		for _, p := range c.Graph.Params {
			if p.Type.Rank() == 2 && p.Type.Shape[0] >= 5 {
				return true
			}
		}
		return false
	})
	assert.Equal(t, `graph @main(%0: f32[5,1]) -> (f32[5,1]) {
  return %0
}
`, ir.Print(small.Graph))
}

func TestShrinkKeepsValuesThatMatter(t *testing.T) {
	b := ir.NewBuilder("main")
	x, y := b.Param(ir.T(dtype.Int32)), b.Param(ir.T(dtype.Int32))
	g := b.Build(op.Add(b, op.Mul(b, x, x), y))
	c := &Case{Graph: g, Inputs: Inputs(Seeded(3), g)}
	sum, err := Run(c)
	require.NoError(t, err)
	want := sum[0].Item()
	small := Shrink(c, func(c *Case) bool {
		out, err := Run(c)
		return err == nil && out[0].DType() == dtype.Int32 && out[0].Rank() == 0 && out[0].Item() == want
	})
	assert.Empty(t, small.Graph.Nodes, "%s", small)
}

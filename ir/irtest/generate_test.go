package irtest

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rounds(long int) int {
	if testing.Short() {
		return long / 10
	}
	return long
}

func TestRandomGraphsAreWellFormedAndRun(t *testing.T) {
	seen := map[ir.OpID]int{}
	nested := 0
	for seed := range rounds(2000) {
		c := Random(Seeded(uint64(seed)), Config{})
		require.NoError(t, ir.Verify(c.Graph), "seed %d", seed)
		_, err := Run(c)
		require.NoError(t, err, "seed %d\n%s", seed, c)
		c.Graph.Walk(func(n *ir.Node) {
			seen[n.Op]++
			for _, r := range n.Regions {
				for _, m := range r.Nodes {
					nested += len(m.Regions)
				}
			}
		})
	}
	assert.Positive(t, nested, "regions in regions")
	for _, row := range ir.Rows() {
		if row.Eval != nil && !row.Effect && !testing.Short() {
			assert.Positive(t, seen[row.ID], "%s is never generated", row.Name)
		}
	}
}

func TestCasesRoundTripAsText(t *testing.T) {
	for seed := range rounds(500) {
		c := Random(Seeded(uint64(seed)), Config{Nodes: 20})
		back, err := ParseCase(c.String())
		require.NoError(t, err, "seed %d\n%s", seed, c)
		require.Equal(t, c.String(), back.String())
		require.True(t, ir.Equal(c.Graph, back.Graph))
	}
}

func TestSameSeedSameCase(t *testing.T) {
	assert.Equal(t, Random(Seeded(7), Config{}).String(), Random(Seeded(7), Config{}).String())
	assert.NotEqual(t, Random(Seeded(7), Config{}).String(), Random(Seeded(8), Config{}).String())
	data := []byte("some bytes of a fuzzer")
	assert.Equal(t, Random(FromBytes(data), Config{}).String(), Random(FromBytes(data), Config{}).String())
}

func TestConfigIsKept(t *testing.T) {
	for seed := range rounds(300) {
		only := dtype.SetOf(dtype.Float32, dtype.Bool)
		c := Random(Seeded(uint64(seed)), Config{Depth: -1, DTypes: only.List(), Rows: func(r *ir.Row) bool { return r.Class == ir.ClassElementwise }})
		c.Graph.Walk(func(n *ir.Node) {
			require.Empty(t, n.Regions)
			require.Contains(t, []ir.Class{ir.ClassElementwise, ir.ClassShape, ir.ClassSource}, n.Row().Class)
		})
	}
}

func FuzzRandom(f *testing.F) {
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Random(FromBytes(data), Config{Nodes: 6})
		require.NoError(t, ir.Verify(c.Graph))
		_, err := Run(c)
		require.NoError(t, err, c)
	})
}

func BenchmarkRandom(b *testing.B) {
	r := Seeded(1)
	for b.Loop() {
		Random(r, Config{})
	}
}

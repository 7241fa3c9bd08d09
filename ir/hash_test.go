package ir_test

import (
	"bytes"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, text string) *ir.Graph {
	t.Helper()
	g, err := ir.Parse(text)
	require.NoError(t, err)
	return g
}

// Graphs that differ in one thing each; any two must differ in hash and be unequal.
var different = []string{
	`graph () { return }`,
	`graph (%0: f32[]) { return }`,
	`graph (%0: f64[]) { return }`,
	`graph (%0: f32[1]) { return }`,
	`graph (%0: f32[1,1]) { return }`,
	`graph (%0: f32[], %1: f32[]) { return }`,
	`graph (%0: f32[], %1: f32[]) { return %0 }`,
	`graph (%0: f32[], %1: f32[]) { return %1 }`,
	`graph (%0: f32[], %1: f32[]) { return %0, %1 }`,
	`graph (%0: f32[], %1: f32[]) { return %1, %0 }`,
	`graph (%0: f32[], %1: f32[]) { %2 = test.add %0, %0 return %2 }`,
	`graph (%0: f32[], %1: f32[]) { %2 = test.add %0, %1 return %2 }`,
	`graph (%0: f32[], %1: f32[]) { %2 = test.add %1, %0 return %2 }`,
	`graph (%0: f32[], %1: f32[]) { %2:2 = test.pair %0 return %2#0 }`,
	`graph (%0: f32[], %1: f32[]) { %2:2 = test.pair %0 return %2#1 }`,
	`graph (%0: f32[]) { %1 = test.run %0 graph (%0: f32[]) { return %0 } return %1 }`,
	`graph (%0: f32[]) { %1 = test.run %0 graph (%0: f32[], %1: f32[]) { return %1 } return %1 }`,
	`graph (%0: f32[]) { %1 = test.run %0 graph (%0: f32[]) { return %0 } graph (%0: f32[]) { return %0 } return %1 }`,
	`graph () { test.all0 }`,
	`graph () { %0 = test.all return }`,
	`graph () { %0 = test.all {axes=[0]} return }`,
	`graph () { %0 = test.all {axes=[0,0]} return }`,
	`graph () { %0 = test.all {mask=[false]} return }`,
	`graph () { %0 = test.all {mask=[true]} return }`,
	`graph () { %0 = test.all {pads=[[]]} return }`,
	`graph () { %0 = test.all {pads=[[1],[2]]} return }`,
	`graph () { %0 = test.all {pads=[[1,2]]} return }`,
	`graph () { %0 = test.all {dir="a"} return }`,
	`graph () { %0 = test.all {dir="a\x00"} return }`,
	`graph () { %0 = test.all {dtype=i1} return }`,
	`graph () { %0 = test.all {seed=1} return }`,
	`graph () { %0 = test.all {alpha=-0} return }`,
	`graph () { %0 = test.all {alpha=nan} return }`,
	`graph () { %0 = test.all {fft_length=1} return }`,
	`graph () { %0 = test.all {window={size=[0]}} return }`,
	`graph () { %0 = test.all {window={label="a"}} return }`,
	`graph () { %0 = test.all {descending=true} return }`,
	`graph () { %0 = test.all {value=f32[] 0} return }`,
	`graph () { %0 = test.all {value=f32[] -0} return }`,
	`graph () { %0 = test.all {value=f32[] nan} return }`,
	`graph () { %0 = test.all {value=f32[] nan(0xffc00000)} return }`,
	`graph () { %0 = test.all {value=f32[1] [0]} return }`,
	`graph () { %0 = test.all {value=i32[] 0} return }`,
	`graph () { %0 = test.all {value=f32[2] [0, 1]} return }`,
	`graph () { %0 = test.all {value=f32[2] [1, 0]} return }`,
	`graph () { %0 = test.all {value=f32[0,1] []} return }`,
}

func TestHashAndEqualTellGraphsApart(t *testing.T) {
	var graphs []*ir.Graph
	for _, text := range different {
		if g, err := ir.Parse(text); err == nil {
			graphs = append(graphs, g)
		}
	}
	require.Len(t, graphs, len(different)-1, "all but one are right")
	for i, g := range graphs {
		for j, h := range graphs {
			assert.Equal(t, i == j, ir.Equal(g, h), "%s %s", g, h)
			assert.Equal(t, i == j, ir.Hash(g) == ir.Hash(h), "%s %s", g, h)
		}
		assert.True(t, ir.Equal(g, g.Clone()))
		assert.Equal(t, ir.Hash(g), ir.Hash(g.Clone()))
	}
}

func TestNamesAndPositionsDoNotCount(t *testing.T) {
	a := parse(t, `graph @a(%0: f32[]) { %1 = test.run %0 graph @f(%0: f32[]) { return %0 } return %1 }`)
	b := parse(t, `graph @b(%0: f32[]) { %1 = test.run %0 loc("x.go":3) graph @g(%0: f32[]) { return %0 } return %1 }`)
	assert.True(t, ir.Equal(a, b))
	assert.Equal(t, ir.Hash(a), ir.Hash(b))
}

func TestEmptyAndNilListsAreEqual(t *testing.T) {
	a, b := allAttrs{Axes: []int{}}, allAttrs{}
	assert.True(t, ir.EqualAttrs(a, b))
	assert.Equal(t, ir.HashNode(&ir.Node{Op: testAll, Attrs: a}), ir.HashNode(&ir.Node{Op: testAll, Attrs: b}))
	assert.False(t, ir.EqualAttrs(nil, b))
	assert.True(t, ir.EqualAttrs(nil, nil))
	assert.False(t, ir.EqualAttrs(dataAttrs{}, b))
}

// The hash is written into caches and bisection switches, so it may not depend on process or machine.
func TestHashIsTheSameEverywhere(t *testing.T) {
	g := parse(t, `graph (%0: f32[2,3]) { %1 = test.all {axes=[0], dir="lt", value=f32[2] [1, nan]} return %0, %1 }`)
	assert.Equal(t, uint64(0x5ba69af02cbc18ec), ir.Hash(g))
}

func TestLargeTensorsHashByContent(t *testing.T) {
	a := tensor.Must(tensor.Full(dtype.Float32, 1, 100, 100))
	b := a.Clone()
	assert.Equal(t, ir.HashTensor(a), ir.HashTensor(b))
	c := a.Clone()
	c.Set(9999, math.NaN())
	assert.NotEqual(t, ir.HashTensor(a), ir.HashTensor(c))
	d := tensor.Must(a.Reshape(10000))
	assert.NotEqual(t, ir.HashTensor(a), ir.HashTensor(d))
	assert.Equal(t, ir.HashTensor(a), ir.HashTensor(a), "from the table")
}

func TestTableOfHashesForgets(t *testing.T) {
	before := ir.CachedHashes()
	for range 50 {
		ir.HashTensor(tensor.Must(tensor.New(dtype.Uint8, 1<<16)))
	}
	require.Eventually(t, func() bool {
		runtime.GC()
		return ir.CachedHashes() <= before+1
	}, 10*time.Second, time.Millisecond)
}

// Bytes that differ in one place anywhere must differ in hash.
func TestHashSeesEveryByte(t *testing.T) {
	seen := map[uint64]string{}
	for n := range 40 {
		for i := range n + 1 {
			data := make([]byte, n)
			if i < n {
				data[i] = 1
			}
			value := tensor.Must(tensor.New(dtype.Uint8, n))
			copy(value.Bytes(), data)
			h := ir.HashTensor(value)
			require.Empty(t, seen[h])
			seen[h] = string(bytes.Clone(data)) + "."
		}
	}
}

func BenchmarkHash(b *testing.B) {
	g := chain(1000)
	for b.Loop() {
		ir.Hash(g)
	}
}

func BenchmarkHashContent(b *testing.B) {
	value := tensor.Must(tensor.New(dtype.Float32, 1<<10-1)) // below the size of the table
	b.SetBytes(int64(len(value.Bytes())))
	for b.Loop() {
		ir.HashTensor(value)
	}
}

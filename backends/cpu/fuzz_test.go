package cpu

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// agrees runs a case on a tier and compares with the interpreter.
func agrees(be backends.Backend, c *irtest.Case, optimize bool) error {
	g := c.Graph
	if optimize {
		g = rewrite.Optimize(g, rewrite.Options{Disable: []string{"contract"}})
	}
	x, err := be.Compile(g, backends.Options{Threads: 3})
	if err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	got, err := x.Run(context.Background(), c.Inputs, backends.RunOptions{})
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return irtest.Check(c, got)
}

// fuzzOnce tries one random graph on each tier, as it is and optimised, and prints the smallest one that fails.
func fuzzOnce(t *testing.T, c *irtest.Case) {
	if c == nil || ir.Verify(c.Graph) != nil {
		return
	}
	for _, be := range fuzzBackends(t) {
		for _, optimize := range []bool{false, true} {
			if err := agrees(be, c, optimize); err != nil {
				small := irtest.Shrink(c, func(c *irtest.Case) bool { return agrees(be, c, optimize) != nil })
				t.Fatalf("%s, optimised %v: %v\nput this into testdata/found:\n%v", be.Name(), optimize, agrees(be, small, optimize), small)
			}
		}
	}
}

// fuzzBackends are all tiers, and the first one with every step divided among threads.
func fuzzBackends(t *testing.T) []backends.Backend {
	var all []backends.Backend
	for _, tier := range Tiers() {
		be, err := New(tier)
		require.NoError(t, err)
		all = append(all, be)
	}
	return append(all, backend{tier: Tiers()[0], divideAll: true})
}

// TestRandomGraphs compares random graphs with loops, branches and all primitives; FuzzGraphs looks for more.
func TestRandomGraphs(t *testing.T) {
	n := 1500
	if testing.Short() {
		n = 150
	}
	for seed := range n {
		fuzzOnce(t, irtest.Random(irtest.Seeded(uint64(seed)), irtest.Config{Nodes: 15}))
	}
}

func FuzzGraphs(f *testing.F) {
	f.Add([]byte("ranvier"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzOnce(t, irtest.Random(irtest.FromBytes(data), irtest.Config{Nodes: 25}))
	})
}

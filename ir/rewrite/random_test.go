package rewrite_test

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/stretchr/testify/require"
)

// exactPasses are the passes that keep every bit.
var exactPasses = map[string]rewrite.Pass{
	"erase": rewrite.Erase, "inline": rewrite.Inline, "simplify": rewrite.Simplify, "fold": rewrite.Fold, "cse": rewrite.CSE,
	"loops": rewrite.Loops, "licm": rewrite.LICM, "dce": rewrite.DCE,
	"all": func(g *ir.Graph) *ir.Graph { return rewrite.Optimize(g, rewrite.Options{Differentiable: true}) },
}

func rounds(long int) int {
	if testing.Short() {
		return long / 10
	}
	return long
}

// keeps returns an error-like text if pass does not keep what c computes, well-formedness and signature.
func keeps(pass rewrite.Pass, c *irtest.Case) string {
	before := ir.Print(c.Graph)
	g := pass(c.Graph)
	if ir.Print(c.Graph) != before {
		return "the pass changed the graph it was given"
	}
	if err := ir.Verify(g); err != nil {
		return err.Error()
	}
	want, err := irtest.Run(c)
	if err != nil {
		return "" // nothing to compare with
	}
	got, err := irtest.Run(&irtest.Case{Graph: g, Inputs: c.Inputs})
	if err != nil {
		return err.Error()
	}
	if err := irtest.Compare(got, want, 0); err != nil {
		return err.Error()
	}
	return ""
}

// fails is keeps for a shrinker: a pass that panics fails, too.
func fails(pass rewrite.Pass, c *irtest.Case) (failed bool) {
	defer func() {
		if recover() != nil {
			failed = true
		}
	}()
	return keeps(pass, c) != ""
}

func requireKept(t *testing.T, name string, pass rewrite.Pass, c *irtest.Case) {
	t.Helper()
	if !fails(pass, c) {
		return
	}
	c = irtest.Shrink(c, func(c *irtest.Case) bool { return fails(pass, c) })
	t.Logf("%s:\n%s", name, c)
	t.Logf("becomes:\n%s", pass(c.Graph))
	t.Fatal(keeps(pass, c))
}

func TestPassesKeepRandomGraphs(t *testing.T) {
	for name, pass := range exactPasses {
		t.Run(name, func(t *testing.T) {
			for seed := range rounds(1000) {
				requireKept(t, name, pass, irtest.Random(irtest.Seeded(uint64(seed)), irtest.Config{Nodes: 15}))
			}
		})
	}
}

func FuzzPasses(f *testing.F) {
	f.Add([]byte("seed"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := irtest.Random(irtest.FromBytes(data), irtest.Config{Nodes: 10})
		for name, pass := range exactPasses {
			requireKept(t, name, pass, c)
		}
	})
}

// The rounds must end because nothing changes, not because of their bound.
func TestOptimizeReachesAFixedPoint(t *testing.T) {
	most := 0
	for seed := range rounds(1000) {
		c := irtest.Random(irtest.Seeded(uint64(seed)), irtest.Config{Nodes: 15})
		last := 0
		rewrite.Optimize(c.Graph, rewrite.Options{MaxRounds: 100, Differentiable: true, OnPass: func(r rewrite.PassRun) { last = r.Round }})
		if most = max(most, last); last >= 10 {
			t.Fatalf("%d rounds for\n%s", last, c)
		}
	}
	t.Logf("at most %d rounds", most)
	require.Positive(t, most)
}

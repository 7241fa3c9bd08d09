package rewrite_test

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/stretchr/testify/require"
)

// test.effect has an effect and returns its input.
func init() {
	ir.Register(ir.Row{ID: op.NumIDs, Name: "test.effect", Arity: 1, Effect: true,
		Types: func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) { return in, nil }})
}

// The kind of a golden section names the pass whose result it is.
func TestGolden(t *testing.T) {
	passes := map[string]rewrite.Pass{
		"contract": rewrite.Contract,
		"optimize": func(g *ir.Graph) *ir.Graph { return rewrite.Optimize(g, rewrite.Options{}) },
	}
	for name, pass := range exactPasses {
		passes[name] = pass
	}
	irtest.Golden(t, "testdata/*.txtar", func(t *testing.T, kind, input string) string {
		g, err := ir.Parse(input)
		require.NoError(t, err)
		require.Contains(t, passes, kind)
		h := passes[kind](g)
		require.NoError(t, ir.Verify(h))
		return ir.Print(h)
	})
}

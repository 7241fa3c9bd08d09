package kernel

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/stretchr/testify/require"
)

// rareGraph selects twice between chains of so many operations and what is always there. between is called on the second result of the
// chain and may need it too.
func rareGraph(length int, between func(b *ir.Builder, chain *ir.Value) []*ir.Value) *ir.Graph {
	b := ir.NewBuilder("rare")
	x, y := b.Param(ir.T(dtype.Float32, 100)), b.Param(ir.T(dtype.Float32, 100))
	chain := x
	for range length {
		chain = op.FMA(b, chain, x, y)
	}
	cond := op.Rare(b, op.Gt(b, x, y))
	minus, other := op.Neg(b, chain), op.Mul(b, x, y)
	outs := []*ir.Value{op.Select(b, cond, chain, y), op.Select(b, cond, minus, other)}
	return b.Build(append(outs, between(b, chain)...)...)
}

func TestRareStretchesAreFound(t *testing.T) {
	none := func(*ir.Builder, *ir.Value) []*ir.Value { return nil }
	needsIt := func(b *ir.Builder, chain *ir.Value) []*ir.Value { return []*ir.Value{op.Abs(b, chain)} }
	for name, c := range map[string]struct {
		g    *ir.Graph
		size int
	}{
		"long":          {rareGraph(20, none), 21},
		"short":         {rareGraph(3, none), 0},
		"needed anyway": {rareGraph(20, needsIt), 0},
	} {
		p, err := Lower(c.g)
		require.NoError(t, err, name)
		require.NoError(t, Verify(p), name)
		m := p.Body[0].(*Map)
		if c.size == 0 {
			require.Empty(t, m.Rare, name)
			continue
		}
		require.Len(t, m.Rare, 1, name)
		r := m.Rare[0]
		require.Equal(t, op.RareID, m.Insts[r.Cond].Op)
		require.Equal(t, c.size, r.To-r.From, name)
		require.Equal(t, 2, r.Selects, name)
		require.Contains(t, p.String(), "unless ")
	}
}

func TestVerifyRareStretches(t *testing.T) {
	for want, spoil := range map[string]func(m *Map){
		"not a stretch": func(m *Map) { m.Rare[0].From = m.Rare[0].To },
		"want a select": func(m *Map) { m.Rare[0].To--; m.Rare[0].Selects-- },
		"read by": func(m *Map) {
			m.Rare[0].From += 3
			m.Insts[m.Rare[0].From-1].Args[2] = int32(m.Rare[0].From - 4)
			m.Insts[m.Rare[0].To+1].Args[2] = int32(m.Rare[0].From)
		},
		"reads one of the selects": func(m *Map) { m.Insts[m.Rare[0].To+1].Args[2] = int32(m.Rare[0].To) },
	} {
		p, err := Lower(rareGraph(20, func(*ir.Builder, *ir.Value) []*ir.Value { return nil }))
		require.NoError(t, err)
		spoil(p.Body[0].(*Map))
		require.ErrorContains(t, Verify(p), want)
	}
}

package interp

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/stretchr/testify/require"
)

// randomGraph has nodes of one, two and several results on random earlier values, and random outputs.
func randomGraph(r *rand.Rand) *ir.Graph {
	b := ir.NewBuilder("random")
	values := b.Params([]ir.Type{vec3, vec3, vec3})
	any := func() *ir.Value { return values[r.IntN(len(values))] }
	for range r.IntN(20) {
		switch r.IntN(3) {
		case 0:
			values = append(values, op.Neg(b, any()))
		case 1:
			values = append(values, op.Add(b, any(), any()))
		default:
			values = append(values, op.Sort(b, 0, 1, nil, true, any(), any())...)
		}
	}
	var outputs []*ir.Value
	for range r.IntN(4) {
		outputs = append(outputs, any())
	}
	return b.Build(outputs...)
}

// Every slot that is touched and not an output dies once, and nothing reads it afterwards.
func TestPlanDropsEachValueAfterItsLastUse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		p := newPlan(randomGraph(r))
		last := map[int]int{}
		for i, st := range p.steps {
			for _, s := range slices.Concat(st.in, st.results) {
				last[s] = i
			}
		}
		deaths := 0
		for i, st := range p.steps {
			deaths += len(st.dead)
			for _, s := range st.dead {
				require.Equal(t, last[s], i)
				require.NotContains(t, p.outputs, s)
			}
		}
		for s := range last {
			if !slices.Contains(p.outputs, s) {
				deaths--
			}
		}
		require.Zero(t, deaths)
	}
}

package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// procProgram is events along rows that are not stored, then a gather back.
func procProgram(t *testing.T, n int) (p *kernel.Program, events, gather *kernel.Sparse) {
	t.Helper()
	a := op.ProcAttrs{Pre: n, Post: n, Prob: 0.1, Weight: op.ProcConstant}
	b := ir.NewBuilder("proc")
	x, e, seed, w := b.Param(ir.T(dtype.Float32, n)), b.Param(ir.T(dtype.Bool, n)), b.Param(ir.T(dtype.Uint32, 2)), b.Param(ir.T(dtype.Float32))
	p, err := kernel.Lower(b.Build(op.ProcGather(b, op.EventProc(b, x, e, seed, w, a), seed, w, a)))
	require.NoError(t, err)
	for _, s := range p.Body {
		if s, ok := s.(*kernel.Sparse); ok && s.Node.Op == op.EventProcID {
			events = s
		} else if ok {
			gather = s
		}
	}
	return p, events, gather
}

// Events are added in place, and the verifier wants it so, and all views dense.
func TestSparseIsVerified(t *testing.T) {
	p, events, gather := procProgram(t, 10)
	require.NoError(t, kernel.Verify(p))
	require.Equal(t, events.In[0], events.Dst)
	was := events.In[0]
	events.In[0] = kernel.View{Buf: p.Inputs[0], Shape: []int{10}, Strides: []int{1}}
	require.ErrorContains(t, kernel.Verify(p), "other memory than operand 0")
	events.In[0] = was
	gather.In[0].Strides = []int{0}
	require.ErrorContains(t, kernel.Verify(p), "want it dense")
	gather.In[0].Strides = []int{1}
	gather.Dst.Shape = []int{9}
	require.ErrorContains(t, kernel.Verify(p), "another shape")
}

// Parts of gathers are rows, parts of events are lanes; together they are the whole.
func TestSparseIsDivided(t *testing.T) {
	p, events, gather := procProgram(t, 100)
	d := kernel.DivideAll(p, 3)
	next := 0
	for _, s := range d[gather].Then {
		part := s.(*kernel.Sparse)
		require.Equal(t, next, part.Row)
		require.Equal(t, gather.Dst.Offset+next, part.Dst.Offset)
		next += part.Dst.Size()
	}
	require.Equal(t, 100, next)
	require.Len(t, d[gather].Then, 3)
	require.Len(t, d[events].Then, 2)
	require.Equal(t, [2]int{0, 8}, d[events].Then[0].(*kernel.Sparse).Lanes)
	require.Equal(t, [2]int{8, 16}, d[events].Then[1].(*kernel.Sparse).Lanes)
}

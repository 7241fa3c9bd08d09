package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
)

type point struct{ X, Y trace.Array }

func of(x any) trace.Array { return trace.AsArray("test", x) }

func TestJitElementwiseWithVariable(t *testing.T) {
	count := trace.NewVariable(0)
	f := trace.Jit(func(s *trace.Scope, p point) point {
		count.Set(s, count.Get(s).Add(1))
		return point{X: p.X.Add(p.Y).Mul(2), Y: p.X.Gt(p.Y)}
	})
	for call := 1; call <= 3; call++ {
		r, err := f.Call(point{of(1.5), of(2.0)})
		require.NoError(t, err)
		require.Equal(t, 7.0, r.X.Float())
		require.False(t, r.Y.Bool())
		require.Equal(t, call, count.Value().Int())
	}
	require.Equal(t, 1, f.Signatures())
}

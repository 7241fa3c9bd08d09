package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
)

func TestCheckpointIsTheSameFunction(t *testing.T) {
	v, w := trace.NewVariable(1.0), trace.NewVariable(2.0)
	f := func(s *trace.Scope, in arrays) point {
		outer := in[0].Mul(3)
		big := vec(1, 2, 3)
		r := trace.Checkpoint(func(s *trace.Scope, p point) point {
			v.Set(s, v.Get(s).Add(w.Get(s)).Add(outer.Sum()))
			p.X = trace.ForLoop(s, p.Y, func(s *trace.Scope, y trace.Array) trace.Array { return y.Add(v.Get(s)).Add(big) })
			return p
		})(s, point{in[0], in[1]})
		return point{r.X.Add(v.Get(s)), r.Y}
	}
	both(t, f, func(t *testing.T, call func(arrays) (point, error)) {
		v.SetValue(1)
		r, err := call(arrays{of(1.0), vec(10, 20)})
		require.NoError(t, err)
		// v = 1 + 2 + 3 = 6
		require.Equal(t, []float64{23, 24, 25, 33, 34, 35}, r.X.Floats())
		require.Equal(t, []float64{10, 20}, r.Y.Floats())
		require.Equal(t, 6.0, v.Value().Float())
	})
	low, err := trace.Jit(f).Lower(arrays{of(1.0), vec(10, 20)})
	require.NoError(t, err)
	require.Contains(t, low.IR(), `kind="checkpoint"`)
}

func TestNamedAndErrorsInside(t *testing.T) {
	f := trace.Named("scale", func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(2) })
	low, err := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array { return f(s, f(s, x)) }).Lower(of(1.0))
	require.NoError(t, err)
	require.Contains(t, low.IR(), `name="scale"`)
	g := trace.Named("bad", func(_ *trace.Scope, x trace.Array) trace.Array { return x.Reshape(5) })
	_, err = trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array { return g(s, x) }).Call(of(1.0))
	require.EqualError(t, err, line(-2)+": reshape: shape: got (5), want 1 elements, as () has")
}

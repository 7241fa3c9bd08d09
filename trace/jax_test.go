package trace_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Programs made of transforms, against what JAX computes for them: see testdata/gen.py, which has a function of the same name for each.

type (
	array      = trace.Array
	scalar     = func(*trace.Scope, array) array
	jaxProgram = func(s *trace.Scope, in arrays) arrays
	loss       = func(s *trace.Scope, in arrays) array
)

// jaxPrograms are filled by the files jax_*_test.go.
var jaxPrograms = map[string]jaxProgram{}

func one(name string, f loss) {
	jaxPrograms[name] = func(s *trace.Scope, in arrays) arrays { return arrays{f(s, in)} }
}

// pure gives a function of arrays the form of a traced function.
func pure(f func(array) array) scalar { return func(_ *trace.Scope, x array) array { return f(x) } }

// gradsOf registers the gradients of f with respect to the first n arrays.
func gradsOf(name string, n int, f loss) {
	jaxPrograms[name] = func(s *trace.Scope, in arrays) arrays { return gradients(s, n, f, in) }
}

func gradients(s *trace.Scope, n int, f loss, in arrays) arrays {
	return trace.Grad(func(s *trace.Scope, head arrays) array { return f(s, slices.Concat(head, in[n:])) })(s, in[:n])
}

// each registers first and second derivatives of a function that works element by element.
func each(name string, f func(array) array) {
	g := trace.Grad(pure(f))
	jaxPrograms[name] = func(s *trace.Scope, in arrays) arrays {
		return arrays{trace.Vmap(g)(s, in[0]), trace.Vmap(trace.Grad(g))(s, in[0])}
	}
}

// jaxArray is an array as gen.py writes it; complex numbers are pairs.
type jaxArray struct {
	DType string
	Shape []int
	Data  []any
}

func (j jaxArray) array(t *testing.T) array {
	dt, err := dtype.Parse(j.DType)
	require.NoError(t, err)
	if dt.IsComplex() {
		out := make([]complex128, len(j.Data))
		for i, v := range j.Data {
			pair := v.([]any)
			out[i] = complex(pair[0].(float64), pair[1].(float64))
		}
		return num.FromSlice(out).Reshape(j.Shape...)
	}
	out := make([]float64, len(j.Data))
	for i, v := range j.Data {
		out[i] = v.(float64)
	}
	return num.FromSlice(out).Reshape(j.Shape...).AsType(dt)
}

// requireLike compares in double precision: other orders of sums, and other last places of transcendental functions, are allowed for.
func requireLike(t *testing.T, want, got array) {
	t.Helper()
	require.Equal(t, want.Type().String(), got.Type().String())
	if want.DType().IsComplex() {
		requireLike(t, num.Real(want), num.Real(got))
		requireLike(t, num.Imag(want), num.Imag(got))
		return
	}
	w, g := want.Floats(), got.Floats()
	largest := 1e-3
	for _, x := range w {
		largest = max(largest, math.Abs(x))
	}
	for i := range w {
		require.InDelta(t, w[i], g[i], 1e-9*largest, "element %d", i)
	}
}

func TestAgainstJAX(t *testing.T) {
	trace.SetX64(true)
	t.Cleanup(func() { trace.SetX64(false) })
	text, err := os.ReadFile("testdata/jax.json")
	require.NoError(t, err)
	var cases []struct {
		Name            string
		Inputs, Outputs []jaxArray
	}
	require.NoError(t, json.Unmarshal(text, &cases))
	interp, err := backends.Get("interp")
	require.NoError(t, err)
	tried := map[string]bool{}
	for _, c := range cases {
		tried[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			f, ok := jaxPrograms[c.Name]
			require.True(t, ok, "no program")
			in := make(arrays, len(c.Inputs))
			for i, j := range c.Inputs {
				in[i] = j.array(t)
			}
			for _, call := range []func(arrays) (arrays, error){trace.Jit(f).Call, trace.Jit(f, trace.On(interp)).Call, trace.Eager(f).Call} {
				out, err := call(in)
				require.NoError(t, err)
				require.Len(t, out, len(c.Outputs))
				for i, j := range c.Outputs {
					requireLike(t, j.array(t), out[i])
				}
			}
		})
	}
	for name := range jaxPrograms {
		require.True(t, tried[name], "no case for %s", name)
	}
}

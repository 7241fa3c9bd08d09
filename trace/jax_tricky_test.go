package trace_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Programs that are easy to get wrong: see testdata/tricky.py, which has a function of the same name for each.

type none = struct{}

// trickyPrograms are filled by the files jax_tricky_*_test.go.
var trickyPrograms = map[string]jaxProgram{}

func tricky(name string, f jaxProgram) { trickyPrograms[name] = f }

// trickyOf registers a function of one array.
func trickyOf(name string, f scalar) {
	tricky(name, func(s *trace.Scope, in arrays) arrays { return arrays{f(s, in[0])} })
}

// trickyGrad registers the gradient of the sum of f with respect to the first array.
func trickyGrad(name string, f loss) { trickyGrads(name, 1, f) }

// trickyGrads registers the gradients of the sum of f with respect to the first n arrays.
func trickyGrads(name string, n int, f loss) {
	tricky(name, func(s *trace.Scope, in arrays) arrays {
		return gradients(s, n, func(s *trace.Scope, in arrays) array { return f(s, in).Sum() }, in)
	})
}

// array makes an array of what tricky.py writes: strings stand for numbers that JSON has not.
func trickyArray(t *testing.T, j jaxArray) array {
	dt, err := dtype.Parse(j.DType)
	require.NoError(t, err)
	number := func(v any) float64 {
		switch v := v.(type) {
		case string:
			x, err := strconv.ParseFloat(v, 64)
			require.NoError(t, err)
			return x
		case bool:
			return map[bool]float64{true: 1}[v]
		}
		return v.(float64)
	}
	if dt.IsComplex() {
		out := make([]complex128, len(j.Data))
		for i, v := range j.Data {
			pair := v.([]any)
			out[i] = complex(number(pair[0]), number(pair[1]))
		}
		return num.FromSlice(out).Reshape(j.Shape...).AsType(dt)
	}
	out := make([]float64, len(j.Data))
	for i, v := range j.Data {
		out[i] = number(v)
	}
	return num.FromSlice(out).Reshape(j.Shape...).AsType(dt)
}

// requireTricky compares with a tolerance of some last places; NaNs and infinities must be the same.
func requireTricky(t *testing.T, want, got array, at string) {
	t.Helper()
	require.Equal(t, want.Type().String(), got.Type().String(), at)
	if want.DType().IsComplex() {
		requireTricky(t, num.Real(want), num.Real(got), at)
		requireTricky(t, num.Imag(want), num.Imag(got), at)
		return
	}
	tolerance := map[dtype.DType]float64{dtype.Float16: 4e-3, dtype.BFloat16: 3e-2, dtype.Float32: 3e-6}[want.DType()]
	if tolerance == 0 {
		tolerance = 1e-9
	}
	w, g := want.Floats(), got.Floats()
	largest := 1e-3
	for _, x := range w {
		if a := math.Abs(x); a <= math.MaxFloat64 {
			largest = max(largest, a)
		}
	}
	for i := range w {
		if math.IsNaN(w[i]) || math.IsInf(w[i], 0) {
			require.True(t, w[i] == g[i] || math.IsNaN(w[i]) && math.IsNaN(g[i]), "%s, element %d: got %v, want %v", at, i, g[i], w[i])
			continue
		}
		require.InDelta(t, w[i], g[i], tolerance*largest, "%s, element %d of %v", at, i, g)
	}
}

func TestTrickyProgramsAgainstJAX(t *testing.T) {
	trace.SetX64(true)
	t.Cleanup(func() { trace.SetX64(false) })
	text, err := os.ReadFile("testdata/tricky.json")
	require.NoError(t, err)
	var cases []struct {
		Name            string
		Inputs, Outputs []jaxArray
	}
	require.NoError(t, json.Unmarshal(text, &cases))
	interp, err := backends.Get("interp")
	require.NoError(t, err)
	var tried []string
	for _, c := range cases {
		tried = append(tried, c.Name)
		t.Run(c.Name, func(t *testing.T) {
			f, ok := trickyPrograms[c.Name]
			require.True(t, ok, "no program")
			in := make(arrays, len(c.Inputs))
			for i, j := range c.Inputs {
				in[i] = trickyArray(t, j)
			}
			for mode, call := range map[string]func(arrays) (arrays, error){"jit": trace.Jit(f).Call, "interp": trace.Jit(f, trace.On(interp)).Call, "eager": trace.Eager(f).Call} {
				out, err := call(in)
				require.NoError(t, err, mode)
				require.Len(t, out, len(c.Outputs), mode)
				for i, j := range c.Outputs {
					requireTricky(t, trickyArray(t, j), out[i], mode+", output "+strconv.Itoa(i))
				}
			}
		})
	}
	for name := range trickyPrograms {
		require.True(t, slices.Contains(tried, name), "no case for %s", name)
	}
}

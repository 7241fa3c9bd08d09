package main

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

func TestTourAgreesWithFormulas(t *testing.T) {
	t.Cleanup(func() { require.NoError(t, trace.SetBackend("")) })
	for _, backend := range []string{"cpu", "interp"} {
		require.NoError(t, trace.SetBackend(backend))
		for _, visit := range tour {
			s, err := visit()
			require.NoError(t, err)
			require.Len(t, s.got, len(s.want), s.what)
			for i := range s.want {
				require.InDelta(t, s.want[i], s.got[i], 1e-4*max(1, math.Abs(s.want[i])), "%s on %s", s.what, backend)
			}
		}
	}
}

func TestOutput(t *testing.T) {
	t.Cleanup(func() { require.NoError(t, trace.SetBackend("")) })
	var out strings.Builder
	require.NoError(t, run("cpu", &out))
	require.True(t, strings.HasPrefix(out.String(),
		"gradient of Rosenbrock's function at (1.5, 2)\n  computed 151 -50\n  formula  151 -50\nthird derivative of sin at 0.5\n  computed -0.8776\n"), out.String())
	require.Equal(t, 3*len(tour), strings.Count(out.String(), "\n"))
	require.Error(t, run("none", &out))
}

func TestErrorsNameTheCallersLine(t *testing.T) {
	_, err := trace.Jit(trace.Grad(rosenbrock)).Call(point{num.Of(1.5), num.Of(int32(2))})
	require.ErrorContains(t, err, "main_test.go:40: grad: argument.Y: got i32[], want a floating-point")
}

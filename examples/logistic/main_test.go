package main

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// plain makes updates in ordinary Go and double precision.
func plain(d Data, dims, steps int) []float64 {
	x, y := d.Points.Floats(), d.Labels.Floats()
	w := make([]float64, dims)
	for i := range w {
		w[i] = 0.7
	}
	for range steps {
		u := make([]float64, dims)
		for k, label := range y {
			dot := 0.0
			for i := range dims {
				dot += x[k*dims+i] * w[i]
			}
			slope := (1/(1+math.Exp(-label*dot)) - 1) * label
			for i := range dims {
				u[i] += slope * x[k*dims+i]
			}
		}
		for i := range dims {
			w[i] -= u[i]
		}
	}
	return w
}

func TestUpdatesAgainstPlainGo(t *testing.T) {
	data := NewData(rand.Key(5), 53, 7)
	for name, call := range map[string]func(r *Regression) *trace.Compiled[Data, num.Array]{
		"eager":   func(r *Regression) *trace.Compiled[Data, num.Array] { return trace.Eager(r.Update) },
		"jit":     func(r *Regression) *trace.Compiled[Data, num.Array] { return trace.Jit(r.Update) },
		"by grad": func(r *Regression) *trace.Compiled[Data, num.Array] { return trace.Jit(r.UpdateByGrad) },
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRegression(7)
			f := call(r)
			for range 3 {
				f.Must(data)
			}
			require.InDeltaSlice(t, plain(data, 7, 3), r.W.Value().Floats(), 1e-4)
		})
	}
}

func TestCompare(t *testing.T) {
	var out strings.Builder
	require.NoError(t, compare(settings{1000, 10, 2, 0}, &out))
	require.Regexp(t, `(?s)^eager +\d+\.\d+ ms a step, 1\.00 times as fast as eager\njit +.*\njit, gradient by GradVars .*eager\n$`, out.String())
	require.EqualError(t, compare(settings{0, 1, 1, 0}, &out), "points, dims and steps: got 0, 1, 1, want 1 or more")
}

package main

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace/rand"
)

func TestDefaultsTrainBelowTwelve(t *testing.T) {
	losses, err := train(settings{30, 1000, 100, 200, 1e-6, 1, false}, io.Discard)
	require.NoError(t, err)
	require.InDelta(t, 6.6e6, losses[0], 1e6)
	require.Less(t, losses[29], 12.0)
	for i := 1; i < len(losses); i++ {
		require.Less(t, losses[i], losses[i-1])
	}
}

// plain is the training in ordinary Go and double precision, with the gradient worked out by hand.
func plain(set settings) []float64 {
	forNet, forData := rand.Split2(rand.Key(set.seed))
	net, batch := NewNet(forNet, set.in, set.hidden), NewBatch(forData, set.samples, set.in)
	w, b, r := net.W.Value().Floats(), net.B.Value().Floats(), net.R.Value().Floats()
	x, y := batch.X.Floats(), batch.Y.Floats()
	var losses []float64
	for range set.steps {
		dw, db, dr := make([]float64, len(w)), make([]float64, len(b)), make([]float64, len(r))
		loss := 0.0
		for k := range set.samples {
			row, h := x[k*set.in:(k+1)*set.in], append([]float64(nil), b...)
			out := 0.0
			for j := range h {
				for i, xi := range row {
					h[j] += xi * w[i*set.hidden+j]
				}
				out += h[j] * r[j]
			}
			e := out - y[k]
			loss += e * e / float64(set.samples)
			d := 2 * e / float64(set.samples)
			for j := range h {
				dr[j] += d * h[j]
				db[j] += d * r[j]
				for i, xi := range row {
					dw[i*set.hidden+j] += d * r[j] * xi
				}
			}
		}
		for _, p := range [][2][]float64{{w, dw}, {b, db}, {r, dr}} {
			for i := range p[0] {
				p[0][i] -= set.rate * p[1][i]
			}
		}
		losses = append(losses, loss)
	}
	return losses
}

func TestTrainingAgainstPlainGo(t *testing.T) {
	for _, set := range []settings{{10, 37, 11, 7, 1e-3, 1, false}, {5, 37, 11, 7, 1e-3, 1, true}, {3, 1, 1, 1, 0.1, 2, false}} {
		losses, err := train(set, io.Discard)
		require.NoError(t, err)
		for i, want := range plain(set) {
			require.InEpsilon(t, want, losses[i], 1e-4, "step %d", i)
		}
	}
}

func TestBadSettings(t *testing.T) {
	_, err := train(settings{0, 1, 1, 1, 1, 1, false}, io.Discard)
	require.EqualError(t, err, "steps, samples, in and hidden: got 0, 1, 1, 1, want 1 or more")
}

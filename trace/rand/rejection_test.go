package rand_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// No proposal for a wrong parameter is ever good: these must end all the same.
func TestRejectionEndsForAnyParameter(t *testing.T) {
	odd := num.Of([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, -0.5})
	key := rand.Key(3)
	for name, f := range map[string]func(trace.Array) trace.Array{
		"gamma":     func(a trace.Array) trace.Array { return rand.Gamma(key, a) },
		"chisquare": func(a trace.Array) trace.Array { return rand.Chisquare(key, a) },
		"student t": func(a trace.Array) trace.Array { return rand.StudentT(key, a) },
		"beta":      func(a trace.Array) trace.Array { return rand.Beta(key, a, 1) },
		"von mises": func(a trace.Array) trace.Array { return rand.VonMises(key, 0, a) },
	} {
		for _, dt := range []dtype.DType{dtype.Float16, dtype.Float32, dtype.Float64} {
			for _, x := range f(odd.AsType(dt)).Floats() {
				require.True(t, math.IsNaN(x), name)
			}
		}
	}
	rand.Poisson(key, odd)
	rand.Binomial(key, odd, 0.5)
	rand.Binomial(key, 100, odd)
	rand.Binomial(key, 1e30, odd)
	rand.NegativeBinomial(key, odd, 0.5)
	rand.NegativeBinomial(key, 3, odd)
}

// The second moment of von Mises angles is I1(kappa)/I0(kappa) for the cosine, from none to very much concentration.
func TestVonMisesAtTheEnds(t *testing.T) {
	const n = 4000
	for _, dt := range []dtype.DType{dtype.Float16, dtype.Float32, dtype.Float64} {
		for _, kappa := range []float64{0, 1e-20, 0.1, 3, 99, 1.5e4, 1e30} {
			if dt == dtype.Float16 && kappa > 6e4 {
				continue
			}
			angle := rand.VonMises(rand.Key(5), 0, num.Full(kappa).AsType(dt), n).AsType(dtype.Float64)
			mean := 1 - num.Cos(angle).Mean().Float() // of 1 - cos
			k := num.Full(kappa).AsType(dtype.Float64)
			want := 1 - num.BesselI1e(k).Div(num.BesselI0e(k)).Float()
			if kappa > 100 {
				want = 0.5 / kappa
			}
			spread := math.Sqrt(max(0.5-want/2, 1e-3)) // a bound of the standard deviation where kappa is small
			require.InDelta(t, want, mean, max(5*spread/math.Sqrt(n), 0.05*want), "%v %v", dt.Name(), kappa)
			require.InDelta(t, 0, num.Sin(angle).Mean().Float(), 5/math.Sqrt(n*max(1, kappa)), "%v %v", dt.Name(), kappa)
		}
	}
}

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

// TestMoments compares mean and variance of each distribution with their closed forms, at five standard errors of the mean (from the
// variance) and ten percent of the variance.
func TestMoments(t *testing.T) {
	const n = 20000
	for name, c := range map[string]struct {
		draw           func(k array) array
		mean, variance float64
	}{
		"uniform":           {func(k array) array { return rand.Uniform(k, -1, 3, n) }, 1, 16.0 / 12},
		"normal":            {func(k array) array { return rand.NormalWith(k, 2, 3, n) }, 2, 9},
		"lognormal":         {func(k array) array { return rand.LogNormal(k, 0, 0.5, n) }, math.Exp(0.125), (math.Exp(0.25) - 1) * math.Exp(0.25)},
		"exponential":       {func(k array) array { return rand.Exponential(k, n) }, 1, 1},
		"gumbel":            {func(k array) array { return rand.Gumbel(k, n) }, 0.5772156649, math.Pi * math.Pi / 6},
		"laplace":           {func(k array) array { return rand.Laplace(k, n) }, 0, 2},
		"logistic":          {func(k array) array { return rand.Logistic(k, n) }, 0, math.Pi * math.Pi / 3},
		"pareto":            {func(k array) array { return rand.Pareto(k, 5, n) }, 1.25, 5.0 / (16 * 3)},
		"rayleigh":          {func(k array) array { return rand.Rayleigh(k, 2, n) }, 2 * math.Sqrt(math.Pi/2), (4 - math.Pi) / 2 * 4},
		"weibull":           {func(k array) array { return rand.Weibull(k, 2, n) }, math.Gamma(1.5), 1 - math.Gamma(1.5)*math.Gamma(1.5)},
		"triangular":        {func(k array) array { return rand.Triangular(k, 0, 1, 4, n) }, 5.0 / 3, (0 + 1 + 16 - 0 - 0 - 4) / 18.0},
		"maxwell":           {func(k array) array { return rand.Maxwell(k, n) }, 2 * math.Sqrt(2/math.Pi), 3 - 8/math.Pi},
		"gamma small":       {func(k array) array { return rand.Gamma(k, 0.3, n) }, 0.3, 0.3},
		"gamma":             {func(k array) array { return rand.Gamma(k, 4.5, n) }, 4.5, 4.5},
		"beta":              {func(k array) array { return rand.Beta(k, 2, 3, n) }, 0.4, 0.04},
		"chisquare":         {func(k array) array { return rand.Chisquare(k, 3, n) }, 3, 6},
		"student t":         {func(k array) array { return rand.StudentT(k, 9, n) }, 0, 9.0 / 7},
		"dirichlet":         {func(k array) array { return rand.Dirichlet(k, num.Of([]float64{1, 2, 3}), n).At(trace.All, 1) }, 1.0 / 3, 2.0 * 4 / (36 * 7)},
		"poisson few":       {func(k array) array { return rand.Poisson(k, 3.5, n) }, 3.5, 3.5},
		"poisson many":      {func(k array) array { return rand.Poisson(k, 40, n) }, 40, 40},
		"poisson zero":      {func(k array) array { return rand.Poisson(k, 0, 10) }, 0, 0},
		"binomial few":      {func(k array) array { return rand.Binomial(k, 20, 0.1, n) }, 2, 1.8},
		"binomial flipped":  {func(k array) array { return rand.Binomial(k, 20, 0.9, n) }, 18, 1.8},
		"binomial many":     {func(k array) array { return rand.Binomial(k, 400, 0.3, n) }, 120, 84},
		"binomial none":     {func(k array) array { return rand.Binomial(k, 0, 0.3, 10) }, 0, 0},
		"binomial never":    {func(k array) array { return rand.Binomial(k, 5, 0, 10) }, 0, 0},
		"binomial always":   {func(k array) array { return rand.Binomial(k, 5, 1, 10) }, 5, 0},
		"negative binomial": {func(k array) array { return rand.NegativeBinomial(k, 3, 0.4, n) }, 4.5, 11.25},
		"wald":              {func(k array) array { return rand.Wald(k, 1.5, n) }, 1.5, 1.5 * 1.5 * 1.5},
		"geometric":         {func(k array) array { return rand.Geometric(k, 0.25, n) }, 4, 12},
		"bernoulli":         {func(k array) array { return rand.Bernoulli(k, 0.2, n) }, 0.2, 0.16},
		"on sphere":         {func(k array) array { return rand.OnSphere(k, 4, n).At(trace.All, 2) }, 0, 0.25},
		"rademacher":        {func(k array) array { return rand.Rademacher(k, n) }, 0, 1},
		"randint":           {func(k array) array { return rand.Randint(k, 0, 10, n) }, 4.5, 99.0 / 12},
	} {
		t.Run(name, func(t *testing.T) {
			x := c.draw(rand.Key(3)).AsType(dtype.Float64)
			require.True(t, num.IsFinite(x).All().Bool())
			require.InDelta(t, c.mean, x.Mean().Float(), 5*math.Sqrt(c.variance/n)+1e-12)
			require.InDelta(t, c.variance, num.Var(x).Float(), 0.1*c.variance)
		})
	}
}

func TestCauchyQuartiles(t *testing.T) {
	x := rand.Cauchy(rand.Key(5), 20000)
	require.InDelta(t, -1, num.Quantile(x, 0.25).Float(), 0.05)
	require.InDelta(t, 1, num.Quantile(x, 0.75).Float(), 0.05)
}

// The mean direction and the mean resultant length I1(kappa) / I0(kappa) of the von Mises distribution.
func TestVonMises(t *testing.T) {
	x := rand.VonMises(rand.Key(5), 3, 2, 20000)
	require.LessOrEqual(t, num.Abs(x).Max().Float(), math.Pi+1e-6)
	c, s := num.Cos(x).Mean().Float(), num.Sin(x).Mean().Float()
	require.InDelta(t, 3, math.Atan2(s, c), 0.03)
	require.InDelta(t, 0.6977746, math.Hypot(s, c), 0.01)
}

// TestBinomialDistribution compares the whole distribution with its closed form where rejection sampling makes it.
func TestBinomialDistribution(t *testing.T) {
	const n, p, draws = 60, 0.4, 40000
	counts := num.Bincount(rand.Binomial(rand.Key(8), n, p, draws), n+1).Floats()
	for k := range counts {
		lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
		want := math.Exp(lg(n) - lg(k) - lg(n-k) + float64(k)*math.Log(p) + float64(n-k)*math.Log(1-p))
		require.InDelta(t, draws*want, counts[k], 5*math.Sqrt(draws*want)+3, "k %d", k)
	}
}

func TestParametersBroadcast(t *testing.T) {
	rates := num.Of([]float64{0, 1, 100})
	x := rand.Poisson(rand.Key(1), rates, 500, 3)
	require.Equal(t, []int{500, 3}, x.Shape())
	require.InDeltaSlice(t, []float64{0, 1, 100}, x.Mean(0).Floats(), 3)
	require.Equal(t, []int{3}, rand.Gamma(rand.Key(1), rates.Add(1)).Shape())
	g := rand.Gamma(rand.Key(1), num.Of([][]float64{{0.5}, {5}}), 2, 2000)
	require.InDeltaSlice(t, []float64{0.5, 5}, g.Mean(1).Floats(), 0.2)
}

// TestRejectionInsideTraces runs loops that the library opens by itself in the bodies of others, with parameters from outside.
func TestRejectionInsideTraces(t *testing.T) {
	state := rand.NewState(9)
	f := func(s *trace.Scope, rate array) array {
		return trace.ForLoop(s, trace.Range(3), func(s *trace.Scope, i array) array {
			outer := rand.Poisson(rand.Key(4), rate, 5) // of outside values alone
			return state.Poisson(s, rate.Add(i), 5).Add(outer)
		})
	}
	eager := trace.Eager(f).Must(num.Of(20.0))
	state.Seed(9)
	jit := trace.Jit(f).Must(num.Of(20.0))
	require.Equal(t, eager.String(), jit.String())
	require.NotEqual(t, jit.At(0).String(), jit.At(1).String())
}

func TestState(t *testing.T) {
	state := rand.NewState(1)
	f := trace.Jit(func(s *trace.Scope, _ struct{}) []array {
		return []array{state.Normal(s, 3), state.Uniform(s, 0, 1), state.Split(s, 2), state.Bernoulli(s, 0.5, 2)}
	})
	a := f.Must(struct{}{})
	b := f.Must(struct{}{})
	require.NotEqual(t, a[0].String(), b[0].String())
	state.Seed(1)
	require.Equal(t, a[0].String(), f.Must(struct{}{})[0].String())
	key, sub := rand.Split2(rand.Key(1))
	_ = key
	require.InDeltaSlice(t, rand.Normal(sub, 3).Floats(), a[0].Floats(), 1e-7) // erf_inv of the interpreter is another than that of the compiler
	require.Len(t, trace.VarsOf(state), 1)
}

func TestErrors(t *testing.T) {
	for text, f := range map[string]func(){
		"bits: key: got ui32[3,2], want ui32[2] (take one of the keys with At)":        func() { rand.Uniform(rand.Split(rand.Key(1), 3), 0, 1) },
		"bits: key: got f32[], want ui32[2] (make one with rand.Key or rand.Split)":    func() { rand.Bits(num.Of(1.0), dtype.Uint32) },
		"bits: dtype: got int32, want an unsigned integer type":                        func() { rand.Bits(rand.Key(1), dtype.Int32) },
		"uniform: shape: got (2), want one that the parameters, (3, 1), broadcast to":  func() { rand.Uniform(rand.Key(1), num.Zeros(3, 1), 1, 2) },
		"sample: n: got 5, want 0 to the 4 rows (use Choice to draw with replacement)": func() { rand.Sample(rand.Key(1), 4, 5) },
		"choice weighted: p: got f32[3], want a vector of 4, one for each row":         func() { rand.ChoiceWeighted(rand.Key(1), 4, num.Ones(3)) },
		"permutation: population: got a string, want an Array with rows or a Go int":   func() { rand.Permutation(rand.Key(1), "x") },
		"randint: range: got float32, want integers":                                   func() { rand.Randint(rand.Key(1), 0, 1.5) },
		"fold in: data: got f32[], want an integer scalar":                             func() { rand.FoldIn(rand.Key(1), 1.5) },
	} {
		require.ErrorContains(t, trace.Try(f), text)
	}
}

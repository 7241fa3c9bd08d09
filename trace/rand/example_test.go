package rand_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// The same key gives the same numbers; make a new key for each draw.
func Example() {
	key := rand.Key(42)
	k1, k2 := rand.Split2(key)
	fmt.Println(rand.Randint(k1, 0, 10, 8))
	fmt.Println(rand.Uniform(k2, -1, 1, 3))
	fmt.Println(rand.Permutation(rand.FoldIn(key, 3), 6))
	// Output:
	// [4 1 9 1 0 9 0 9]
	// [ 0.45532846  0.5757351  -0.63661146]
	// [4 5 3 2 0 1]
}

// A model keeps a State, which hands out keys and is found by VarsOf.
func ExampleState() {
	type Model struct{ Noise *rand.State }
	m := Model{rand.NewState(1)}
	coin := trace.Jit(func(s *trace.Scope, p num.Array) num.Array {
		return trace.ForLoop(s, trace.Range(8), func(s *trace.Scope, _ num.Array) num.Array { return m.Noise.Bernoulli(s, p) })
	})
	first := coin.Must(num.Of(0.5))
	coin.Must(num.Of(0.5))
	m.Noise.Seed(1)
	fmt.Println(num.ArrayEqual(first, coin.Must(num.Of(0.5))), trace.VarsOf(m)[0].Path)
	// Output: True Noise.Key
}

// mean prints the mean of many draws.
func mean(name string, x num.Array) {
	fmt.Printf("%s %.1f\n", name, x.AsType(dtype.Float64).Mean().Float())
}

// Distributions of real numbers: 20,000 draws each.
func Example_continuous() {
	const n = 20_000
	k := rand.Split(rand.Key(1), 8)
	mean("normal", rand.Normal(k.At(0), n))
	mean("normal with mean 2", rand.NormalWith(k.At(1), 2, 0.5, n))
	mean("truncated normal", rand.TruncatedNormal(k.At(2), 0, 10, n))
	mean("exponential", rand.Exponential(k.At(3), n))
	mean("gamma", rand.Gamma(k.At(4), 3, n))
	mean("beta", rand.Beta(k.At(5), 1, 3, n))
	mean("log-normal", rand.LogNormal(k.At(6), 0, 0.5, n))
	mean("weibull", rand.Weibull(k.At(7), 1, n))
	// Output:
	// normal 0.0
	// normal with mean 2 2.0
	// truncated normal 0.8
	// exponential 1.0
	// gamma 3.0
	// beta 0.2
	// log-normal 1.1
	// weibull 1.0
}

// Distributions of integers.
func Example_discrete() {
	const n = 20_000
	k := rand.Split(rand.Key(1), 6)
	mean("bernoulli", rand.Bernoulli(k.At(0), 0.3, n))
	mean("poisson", rand.Poisson(k.At(1), 4, n))
	mean("binomial", rand.Binomial(k.At(2), 10, 0.2, n))
	mean("geometric", rand.Geometric(k.At(3), 0.5, n))
	mean("categorical", rand.Categorical(k.At(4), num.Log(num.Of([]float64{0.5, 0, 0.5})), 0, n))
	mean("rademacher", rand.Rademacher(k.At(5), n))
	// Output:
	// bernoulli 0.3
	// poisson 4.0
	// binomial 2.0
	// geometric 2.0
	// categorical 1.0
	// rademacher 0.0
}

// Choosing from what there is.
func Example_choice() {
	k1, k2 := rand.Split2(rand.Key(3))
	x := num.Of([]int{10, 20, 30})
	fmt.Println(rand.Choice(k1, x, 5), rand.ChoiceWeighted(k2, x, num.Of([]float64{0, 0, 1}), 3), rand.Bits(k1, dtype.Uint8, 4))
	// Output: [20 20 20 10 30] [30 30 30] [193  50 240 116]
}

// Points on a sphere, and shares that add up to one.
func Example_vectors() {
	k1, k2 := rand.Split2(rand.Key(3))
	points, shares := rand.OnSphere(k1, 3, 100), rand.Dirichlet(k2, num.Ones(4), 100)
	fmt.Println(points.Shape(), num.AllClose(num.Square(points).Sum(1), 1, 1e-5, 0), shares.Shape(), num.AllClose(shares.Sum(1), 1, 1e-5, 0))
	// Output: [100 3] True [100 4] True
}

package rand_test

import (
	"fmt"

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

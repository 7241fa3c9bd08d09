package initial_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/trace/num"
)

func Example() {
	for _, init := range []brain.Initializer{initial.Normal{Mean: -55, Std: 2, Seed: 1}, initial.Uniform{Low: 0, High: 1, Seed: 1}, initial.Constant(3)} {
		x := init.Init(10_000)
		fmt.Printf("mean %.1f, standard deviation %.1f\n", x.Mean().Float(), num.Std(x).Float())
	}
	// Output:
	// mean -55.0, standard deviation 2.0
	// mean 0.5, standard deviation 0.3
	// mean 3.0, standard deviation 0.0
}

// Without a Seed of their own, initializers draw from one stream of the process.
func ExampleSetSeed() {
	initial.SetSeed(7)
	a, b := initial.Normal{Std: 1}.Init(3), initial.Normal{Std: 1}.Init(3)
	initial.SetSeed(7)
	fmt.Println(num.ArrayEqual(a, b), num.ArrayEqual(a, initial.Normal{Std: 1}.Init(3)))
	// Output: False True
}

// An initializer of one's own takes its numbers from Source.
func ExampleSource() {
	fmt.Println(initial.Source(3).IntN(1000) == initial.Source(3).IntN(1000))
	// Output: true
}

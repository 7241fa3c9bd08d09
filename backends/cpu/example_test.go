package cpu_test

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu"
)

// Every machine can run the portable executor; better tiers stand in front of it.
func ExampleTiers() {
	tiers := cpu.Tiers()
	best, err := cpu.DefaultTier()
	fmt.Println(tiers[len(tiers)-1], slices.Contains(tiers, best), err)
	backend, err := cpu.New("portable")
	fmt.Println(backend.Name(), err)
	_, err = cpu.New("abacus")
	fmt.Println(err != nil)
	// Output:
	// portable true <nil>
	// cpu-portable <nil>
	// true
}

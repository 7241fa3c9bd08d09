package integrate_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Closed steps of linear equations are exact, however long they are.
func ExampleLeak() {
	x, tau := num.Of(1.0), num.Of(10.0)
	fmt.Printf("%.4f\n", integrate.Decay(x, tau, 10).Float())                                // e^-1
	fmt.Printf("%.4f\n", integrate.Leak(x, num.Of(3.0), tau, 10).Float())                    // 3 - 2 e^-1
	fmt.Printf("%.4f\n", integrate.Linear(x, num.Of(0.1), num.Of(3.0), 10).Float())          // the same by rate and target
	fmt.Println(integrate.Steps(5, 0.1), integrate.Steps(0.3, 0.1), integrate.Steps(1, 0.3)) // whole steps in a duration
	// Output:
	// 0.3679
	// 2.2642
	// 2.2642
	// 50 3 3
}

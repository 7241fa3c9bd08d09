package integrate_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/trace"
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

// LIF is a population of leaky integrate-and-fire neurons, written from scratch.
type LIF struct {
	V, Spike             *trace.Variable
	Rest, Threshold, Tau float64
	integral             *integrate.ODE
}

func NewLIF(size int) *LIF {
	n := &LIF{V: trace.NewVariable(num.Zeros(size)), Spike: trace.NewVariable(num.FromSlice(make([]bool, size))), Rest: 0, Threshold: 0.5, Tau: 10}
	n.integral = integrate.New(integrate.ExpEuler, func(v, t, input num.Array) num.Array {
		return v.Sub(n.Rest).Neg().Add(input).Div(n.Tau)
	})
	return n
}

func (n *LIF) Update(s *trace.Scope, input num.Array) num.Array {
	v := n.integral.Step(s, n.V.Get(s), input) // t and dt come from the scope: brain.T(s), brain.Dt(s)
	spike := v.Ge(n.Threshold)
	n.V.Set(s, num.Where(spike, n.Rest, v))
	n.Spike.Set(s, spike)
	return spike
}

// A neuron from scratch, run over time.
func ExampleODE() {
	n := NewLIF(100)
	run := trace.Jit(func(s *trace.Scope, input num.Array) num.Array {
		return brain.ForLoop(s, 0.1, input, n.Update) // dt in ms; a method value is a loop body
	})
	spikes, err := run.Call(num.Ones(1000, 100)) // (1000, 100); the whole loop is one native program
	fmt.Println(spikes.Shape(), spikes.Sum(0).At(0), err)
	// Output: [1000 100] 14 <nil>
}

// The same equation by three methods, after 10 steps of 1 ms.
func ExampleNew() {
	decay := func(v, t num.Array) num.Array { return v.Mul(-0.5) }
	for _, m := range []*integrate.Method{integrate.ExpEuler, integrate.RK4, integrate.Euler} {
		v := trace.NewVariable(1.0)
		ode := integrate.New(m, decay)
		trace.Jit(func(s *trace.Scope, steps num.Array) num.Array {
			return brain.ForLoop(s, 1, steps, func(s *trace.Scope, i num.Array) num.Array {
				v.Set(s, ode.Step(s, v.Get(s)))
				return i
			})
		}).Must(num.Arange(10))
		fmt.Printf("%v %.6f\n", m, v.Value().Float())
	}
	// Output:
	// exp_euler 0.006738
	// rk4 0.006765
	// euler 0.000977
}

// The method as a flag of a program.
func ExampleByName() {
	m, err := integrate.ByName("rk4")
	fmt.Println(m, err, len(integrate.Methods()))
	_, err = integrate.ByName("rk5")
	fmt.Println(err)
	// Output:
	// rk4 <nil> 12
	// integrate: got method "rk5", want one of exp_euler, euler, midpoint, heun2, rk2, rk3, heun3, ralston3, ssprk3, rk4, rk4_38rule, ralston4
}

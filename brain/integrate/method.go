package integrate

import (
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Method is a way to advance an equation by a step. The methods of this package are fixed steps that read nothing but the last value.
type Method struct {
	name string
	// Butcher's table of an explicit Runge-Kutta method: stage i is the slope at v + dt sum_j a[i-1][j] stage j and t + c[i] dt, and the
	// step is dt sum_i b[i] stage i. Empty for exponential Euler.
	a    [][]float64
	b, c []float64
}

// The methods, by order. Tables: Butcher, Numerical Methods for Ordinary Differential Equations, 2016; Ralston 1962 for the methods with his
// name, of which the fourth-order one is known to eight digits; Shu and Osher 1988 for SSPRK3.
var (
	// ExpEuler is exponential Euler: v + dt phi(J dt) f(v) with phi(z) = (e^z - 1)/z and J = df/dv by differentiation, each element for
	// itself. Exact for an f that is linear in v; else of second order where f depends on v alone (Pope 1963, Rosenbrock-Euler).
	ExpEuler = &Method{name: "exp_euler"}
	// Euler is the explicit one, v + dt f(v), of order 1.
	Euler = table("euler", nil, []float64{1})
	// Midpoint takes the slope in the middle of the step; order 2.
	Midpoint = table("midpoint", [][]float64{{1. / 2}}, []float64{0, 1})
	// Heun takes the mean of the slopes at both ends; order 2.
	Heun = table("heun2", [][]float64{{1}}, []float64{1. / 2, 1. / 2})
	// RK2 is the method of order 2 with the smallest bound of its error (Ralston), the slope being taken at two thirds of the step.
	RK2 = table("rk2", [][]float64{{2. / 3}}, []float64{1. / 4, 3. / 4})
	// RK3 is Kutta's method of order 3.
	RK3 = table("rk3", [][]float64{{1. / 2}, {-1, 2}}, []float64{1. / 6, 2. / 3, 1. / 6})
	// Heun3 is Heun's method of order 3.
	Heun3 = table("heun3", [][]float64{{1. / 3}, {0, 2. / 3}}, []float64{1. / 4, 0, 3. / 4})
	// Ralston3 is Ralston's method of order 3.
	Ralston3 = table("ralston3", [][]float64{{1. / 2}, {0, 3. / 4}}, []float64{2. / 9, 1. / 3, 4. / 9})
	// SSPRK3 preserves strong stability; order 3.
	SSPRK3 = table("ssprk3", [][]float64{{1}, {1. / 4, 1. / 4}}, []float64{1. / 6, 1. / 6, 2. / 3})
	// RK4 is the classical method of order 4.
	RK4 = table("rk4", [][]float64{{1. / 2}, {0, 1. / 2}, {0, 0, 1}}, []float64{1. / 6, 1. / 3, 1. / 3, 1. / 6})
	// RK4Rule38 is Kutta's 3/8 rule, of order 4.
	RK4Rule38 = table("rk4_38rule", [][]float64{{1. / 3}, {-1. / 3, 1}, {1, -1, 1}}, []float64{1. / 8, 3. / 8, 3. / 8, 1. / 8})
	// Ralston4 is Ralston's method of order 4.
	Ralston4 = table("ralston4",
		[][]float64{{0.4}, {0.29697761, 0.15875964}, {0.2181004, -3.05096516, 3.83286476}}, []float64{0.17476028, -0.55148066, 1.2055356, 0.17118478})
)

// table makes a Runge-Kutta method; c is the sums of the rows of a.
func table(name string, a [][]float64, b []float64) *Method {
	c := make([]float64, len(b))
	for i, row := range a {
		for _, x := range row {
			c[i+1] += x
		}
	}
	return &Method{name, a, b, c}
}

// Methods lists all methods.
func Methods() []*Method {
	return []*Method{ExpEuler, Euler, Midpoint, Heun, RK2, RK3, Heun3, Ralston3, SSPRK3, RK4, RK4Rule38, Ralston4}
}

// ByName returns the method of a name, for programs that take it as a flag.
func ByName(name string) (*Method, error) {
	var names []string
	for _, m := range Methods() {
		if m.name == name {
			return m, nil
		}
		names = append(names, m.name)
	}
	return nil, fmt.Errorf("integrate: got method %q, want one of %s", name, strings.Join(names, ", "))
}

// String is the method's name.
func (m *Method) String() string { return m.name }

// slope is the right side of an equation at a time.
type slope func(v, t trace.Array) trace.Array

// step advances v by dt.
func (m *Method) step(s *trace.Scope, f slope, v, t trace.Array, dt float64) trace.Array {
	if m == ExpEuler {
		return expEuler(s, f, v, t, dt)
	}
	stages := make([]trace.Array, len(m.b))
	for i := range stages {
		at := v
		if i > 0 {
			at = along(v, stages, m.a[i-1], dt)
		}
		stages[i] = f(at, t.Add(m.c[i]*dt))
	}
	return along(v, stages, m.b, dt)
}

// along is v + dt sum_j weights[j] stages[j].
func along(v trace.Array, stages []trace.Array, weights []float64, dt float64) trace.Array {
	for j, w := range weights {
		if w != 0 {
			v = v.Add(stages[j].Mul(w * dt))
		}
	}
	return v
}

// expEuler differentiates f in the direction of all ones: where each slope depends on its own v alone, that is the diagonal of the Jacobian.
func expEuler(s *trace.Scope, f slope, v, t trace.Array, dt float64) trace.Array {
	at := trace.JVP(func(_ *trace.Scope, v trace.Array) trace.Array { return f(v, t) })
	d := at(s, trace.Dual[trace.Array]{Value: v, Tangent: num.OnesLike(v)})
	return v.Add(num.Exprel(d.Tangent.Mul(dt)).Mul(dt).Mul(d.Value))
}

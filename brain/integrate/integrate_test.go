package integrate_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/integrate"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

type array = trace.Array

// golden is a system, and where methods take it.
type golden struct {
	ID      string
	Params  map[string]float64
	Init    []float64
	Dt      float64
	Steps   int   `json:"n_steps"`
	AtSteps []int `json:"at_steps"`
	Methods []struct {
		Method string
		Traj   [][]float64
	}
}

// system are the equations of a record, each a function of its own variable, the time, and all variables.
func (g golden) system() []func(v, t array, all ...array) array {
	p := g.Params
	switch g.ID {
	case "integrators/ode-lorenz":
		return []func(v, t array, all ...array) array{
			func(x, _ array, u ...array) array { return u[1].Sub(x).Mul(p["s"]) },
			func(y, _ array, u ...array) array { return u[0].Mul(u[2].Neg().Add(p["r"])).Sub(y) },
			func(z, _ array, u ...array) array { return u[0].Mul(u[1]).Sub(z.Mul(p["b"])) },
		}
	case "integrators/ode-fhn":
		return []func(v, t array, all ...array) array{
			func(x, _ array, u ...array) array { return x.Sub(x.Mul(x).Mul(x).Div(3)).Sub(u[1]).Add(p["I"]) },
			func(y, _ array, u ...array) array { return u[0].Add(p["a"]).Sub(y.Mul(p["b"])).Div(p["tau"]) },
		}
	}
	return []func(v, t array, all ...array) array{
		func(x, t array, u ...array) array { return x.Mul(-p["k"]).Add(u[1].Mul(p["w"])).Add(num.Cos(t)) },
		func(y, _ array, u ...array) array { return u[0].Mul(-p["w"]).Sub(y) },
	}
}

// step makes the step of a system: with exponential Euler one equation after the other, from the values at the start of the step; with other
// methods all as one variable.
func (g golden) step(m *integrate.Method) func(s *trace.Scope, u []array) []array {
	system := g.system()
	if m == integrate.ExpEuler {
		return func(s *trace.Scope, u []array) []array {
			next := make([]array, len(u))
			for i, f := range system {
				next[i] = integrate.New(m, f).Step(s, u[i], u...)
			}
			return next
		}
	}
	ode := integrate.New(m, func(u, t array) array {
		slopes := make([]array, len(system))
		for i, f := range system {
			var all []array
			for j := range system {
				all = append(all, u.At(j))
			}
			slopes[i] = f(all[i], t, all...)
		}
		return num.Stack(slopes, 0)
	})
	return func(s *trace.Scope, u []array) []array {
		next := ode.Step(s, num.Stack(u, 0))
		for i := range u {
			u[i] = next.At(i)
		}
		return u
	}
}

func TestGolden(t *testing.T) {
	trace.SetX64(true)
	t.Cleanup(func() { trace.SetX64(false) })
	text, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var file struct{ Records []golden }
	require.NoError(t, json.Unmarshal(text, &file))
	require.Len(t, file.Records, 3)
	for _, g := range file.Records {
		require.Len(t, g.Methods, len(integrate.Methods()))
		for _, want := range g.Methods {
			t.Run(g.ID+" "+want.Method, func(t *testing.T) {
				name := want.Method
				if name == "exp_auto" {
					name = integrate.ExpEuler.String()
				}
				m, err := integrate.ByName(name)
				require.NoError(t, err)
				step := g.step(m)
				var state []*trace.Variable
				for _, x := range g.Init {
					state = append(state, trace.NewVariable(x))
				}
				out := trace.Jit(func(s *trace.Scope, _ array) array {
					return brain.ForLoop(s, g.Dt, trace.Range(g.Steps), func(s *trace.Scope, _ array) array {
						u := make([]array, len(state))
						for i, v := range state {
							u[i] = v.Get(s)
						}
						u = step(s, u)
						for i, v := range state {
							v.Set(s, u[i])
						}
						return num.Stack(u, 0)
					})
				}).Must(num.Zeros()).Floats()
				for k, at := range g.AtSteps {
					for i, x := range want.Traj[k] {
						// Lorenz's system makes of a rounding error a thousandfold in a hundred steps.
						require.InDelta(t, x, out[(at-1)*len(state)+i], 1e-11*max(1, math.Abs(x)), "step %d, variable %d", at, i)
					}
				}
			})
		}
	}
}

// run solves an equation from 1 with a constant argument over the unit of time, in double precision.
func run(t *testing.T, ode *integrate.ODE, steps int, args ...float64) float64 {
	t.Helper()
	trace.SetX64(true)
	defer trace.SetX64(false)
	v := trace.NewVariable(1.0)
	_, err := trace.Jit(func(s *trace.Scope, args []array) []array {
		brain.ForLoop(s, 1/float64(steps), trace.Range(steps), func(s *trace.Scope, i array) array {
			v.Set(s, ode.Step(s, v.Get(s), args...))
			return i
		})
		return nil
	}).Call(arrays(args))
	require.NoError(t, err)
	return v.Value().Float()
}

func arrays(xs []float64) (as []array) {
	for _, x := range xs {
		as = append(as, num.Of(x))
	}
	return as
}

// v' = v (1 + t) has the solution exp(t + t^2/2): halving the step divides the error by 2 to the power of the order.
func TestOrders(t *testing.T) {
	orders := map[*integrate.Method]float64{
		integrate.Euler: 1, integrate.Midpoint: 2, integrate.Heun: 2, integrate.RK2: 2, integrate.RK3: 3, integrate.Heun3: 3,
		integrate.Ralston3: 3, integrate.SSPRK3: 3, integrate.RK4: 4, integrate.RK4Rule38: 4, integrate.Ralston4: 4, integrate.ExpEuler: 1,
	}
	require.Len(t, orders, len(integrate.Methods()))
	want := math.Exp(1.5)
	for m, order := range orders {
		ode := integrate.New(m, func(v, t array) array { return v.Mul(t.Add(1)) })
		coarse, fine := run(t, ode, 16)-want, run(t, ode, 32)-want
		require.InDelta(t, order, math.Log2(math.Abs(coarse/fine)), 0.15, m)
	}
	// Of an equation that does not depend on the time, exponential Euler has order 2: v' = -v^2 is 1/(1+t).
	ode := integrate.New(integrate.ExpEuler, func(v, _ array) array { return v.Mul(v).Neg() })
	require.InDelta(t, 2, math.Log2((run(t, ode, 40)-0.5)/(run(t, ode, 80)-0.5)), 0.1)
}

// A linear equation is solved exactly, in one step as in a thousand; one without a linear part is Euler's.
func TestExpEulerIsExactWhereLinear(t *testing.T) {
	ode := integrate.New(integrate.ExpEuler, func(v, _, rate, target array) array { return target.Sub(v).Mul(rate) })
	for _, rate := range []float64{0.1, 30, 0} {
		want := 3 - 2*math.Exp(-rate)
		for _, steps := range []int{1, 7, 1000} {
			require.InDelta(t, want, run(t, ode, steps, rate, 3), 1e-12)
		}
	}
	constant := integrate.New(integrate.ExpEuler, func(_, _, a array) array { return a })
	require.Equal(t, 3.5, run(t, constant, 4, 2.5))
}

// What the linear part does not share with the variable is computed in front of the loop: no exponential is left inside.
func TestLinearPartIsHoisted(t *testing.T) {
	inside := func(dv func(v, t, x array) array) (n int) {
		ode := integrate.New(integrate.ExpEuler, dv)
		v := trace.NewVariable(num.Ones(8))
		low, err := trace.Jit(func(s *trace.Scope, x array) array {
			return brain.ForLoop(s, 0.1, x, func(s *trace.Scope, x array) array {
				v.Set(s, ode.Step(s, v.Get(s), x))
				return v.Get(s)
			})
		}).Lower(num.Ones(100))
		require.NoError(t, err)
		low.Optimized().Walk(func(node *ir.Node) {
			for _, region := range node.Regions {
				region.Walk(func(node *ir.Node) {
					if node.Op == op.Expm1ID || node.Op == op.ExpID {
						n++
					}
				})
			}
		})
		return n
	}
	tau := num.Linspace(5, 20, 8)
	require.Zero(t, inside(func(v, _, x array) array { return x.Sub(v).Div(tau) }))
	require.Equal(t, 1, inside(func(v, _, x array) array { return x.Sub(v.Mul(v)).Div(tau) }))
}

// The linear part of the membrane equation of Hodgkin and Huxley is found as it is written by hand.
func TestExpEulerAgreesWithClosedStep(t *testing.T) {
	trace.SetX64(true)
	t.Cleanup(func() { trace.SetX64(false) })
	v, m, h := num.Linspace(-80, 40, 7), num.Linspace(0.1, 0.9, 7), num.Linspace(0.8, 0.2, 7)
	n, input := num.Linspace(0.3, 0.7, 7), num.Of(10.0)
	gNa := func(m, h array) array { return m.Mul(m).Mul(m).Mul(h).Mul(120) }
	gK := func(n array) array { return n.Mul(n).Mul(n).Mul(n).Mul(36) }
	membrane := integrate.New(integrate.ExpEuler, func(v, _ array, u ...array) array {
		na, k, leak := gNa(u[0], u[1]).Mul(v.Sub(50)), gK(u[2]).Mul(v.Add(77)), v.Add(54.4).Mul(0.3)
		return u[3].Sub(na).Sub(k).Sub(leak)
	})
	got := trace.Eager(func(s *trace.Scope, v array) array { return membrane.Step(brain.At(s, 0.01, 0), v, m, h, n, input) }).Must(v)
	total := gNa(m, h).Add(gK(n)).Add(0.3)
	drive := gNa(m, h).Mul(50).Sub(gK(n).Mul(77)).Sub(0.3 * 54.4).Add(input)
	require.InDeltaSlice(t, integrate.Linear(v, total, drive.Div(total), 0.01).Floats(), got.Floats(), 1e-12)
}

func TestErrors(t *testing.T) {
	step := func(ode *integrate.ODE, v array, args ...array) error {
		return trace.Try(func() {
			trace.Eager(func(s *trace.Scope, v array) array { return ode.Step(brain.At(s, 0.1, 0), v, args...) }).Must(v)
		})
	}
	decay := integrate.New(integrate.RK4, func(v, _ array) array { return v.Neg() })
	require.ErrorContains(t, step(decay, num.Of(1.0), num.Of(2.0)), "integrate step: arguments: got 1, want 0, as the equation takes behind v and t")
	require.ErrorContains(t, step(decay, num.Of([]int{1})), "integrate step: v: got i32[1], want a floating-point array")
	wide := integrate.New(integrate.Euler, func(v, _ array) array { return num.Ones(3) })
	require.ErrorContains(t, step(wide, num.Of(1.0)), "integrate step: slope: got f32[3], want one of v's shape []")
	_, err := trace.Jit(func(s *trace.Scope, v array) array { return decay.Step(s, v) }).Call(num.Of(1.0))
	require.ErrorContains(t, err, "brain.T: scope: got a scope without time")
	_, err = integrate.ByName("rk5")
	require.ErrorContains(t, err, `integrate: got method "rk5", want one of exp_euler, euler,`)
	require.ErrorContains(t, trace.Try(func() { integrate.New(nil, func(v, _ array) array { return v }) }), "integrate: method: got nil")
}

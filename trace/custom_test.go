package trace_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// spike is a step with the derivative of a sigmoid of slope 4.
var spike = trace.CustomVJP(
	func(_ *trace.Scope, v trace.Array) trace.Array { return v.Gt(0).AsType(v.DType()) },
	func(_ *trace.Scope, v trace.Array) (trace.Array, trace.Array) { return v.Gt(0).AsType(v.DType()), v },
	func(_ *trace.Scope, v, ct trace.Array) trace.Array {
		sig := num.Sigmoid(v.Mul(4))
		return ct.Mul(sig).Mul(sig.Neg().Add(1)).Mul(4)
	})

func surrogate(v float64) float64 {
	sig := 1 / (1 + math.Exp(-4*v))
	return 4 * sig * (1 - sig)
}

func TestCustomVJPIsASurrogateGradient(t *testing.T) {
	sum := func(s *trace.Scope, v trace.Array) trace.Array { return spike(s, v).Mul(vec(1, 2, 3)).Sum() }
	want := []float64{surrogate(-0.5), 2 * surrogate(0), 3 * surrogate(0.25)}
	in := vec(-0.5, 0, 0.25)
	everywhere(t, trace.ValueAndGrad(sum), func(t *testing.T, call func(trace.Array) trace.ValueGrad[trace.Array]) {
		g := call(in)
		require.Equal(t, 3.0, g.Value.Float())
		near(t, want, g.Grad)
	})
	// forward mode by the transpose of backward
	everywhere(t, trace.JacobianFwd(sum), func(t *testing.T, call func(trace.Array) trace.Array) { near(t, want, call(in)) })
	// lanes around and inside of the gradient
	scalar := func(s *trace.Scope, v trace.Array) trace.Array { return spike(s, v) }
	everywhere(t, trace.Vmap(trace.Grad(scalar)), func(t *testing.T, call func(trace.Array) trace.Array) {
		near(t, []float64{surrogate(-0.5), surrogate(0), surrogate(0.25)}, call(in))
	})
	over := func(s *trace.Scope, v trace.Array) trace.Array {
		return trace.Vmap(scalar)(s, v).Mul(vec(1, 2, 3)).Sum()
	}
	everywhere(t, trace.Grad(over), func(t *testing.T, call func(trace.Array) trace.Array) { near(t, want, call(in)) })
	// through time: v' = 0.9 v + x - spike(v)
	bptt := func(s *trace.Scope, x trace.Array) trace.Array {
		last, spikes := trace.Scan(s, x, trace.Range(5), func(s *trace.Scope, v, _ trace.Array) (trace.Array, trace.Array) {
			z := spike(s, v)
			return v.Mul(0.9).Add(x).Sub(z), z
		})
		return last.Add(spikes.Sum())
	}
	everywhere(t, trace.Grad(bptt), func(t *testing.T, call func(trace.Array) trace.Array) {
		v, dv, dsum := 0.3, 1.0, 0.0
		for range 5 {
			z, dz := 0.0, surrogate(v)*dv
			if v > 0 {
				z = 1
			}
			dsum += dz
			v, dv = 0.9*v+0.3-z, 0.9*dv+1-dz
		}
		require.InDelta(t, dv+dsum, call(of(0.3)).Float(), 1e-4)
	})
}

func TestCustomVJPCapturesAndIntegers(t *testing.T) {
	scale := trace.NewVariable(3.0)
	f := func(s *trace.Scope, in mixed) trace.Array {
		w := trace.StopGradient(in.X.Sum())
		g := trace.CustomVJP(
			func(s *trace.Scope, in mixed) trace.Array { return in.X.Mul(in.N).Mul(scale.Get(s)).Add(w) },
			func(s *trace.Scope, in mixed) (trace.Array, mixed) {
				return in.X.Mul(in.N).Mul(scale.Get(s)).Add(w), mixed{in.X.Mul(w), in.N}
			},
			func(s *trace.Scope, saved mixed, ct trace.Array) mixed {
				return mixed{ct.Mul(saved.X).Add(w.Mul(1000)).Mul(scale.Get(s)), saved.N}
			})
		return g(s, in).Sum()
	}
	grad := func(s *trace.Scope, in mixed) trace.Array {
		return trace.Grad(func(s *trace.Scope, x trace.Array) trace.Array { return f(s, mixed{x, in.N}) })(s, in.X)
	}
	everywhere(t, f, func(t *testing.T, call func(mixed) trace.Array) {
		require.Equal(t, (1+2)*2*3.0+2*3, call(mixed{vec(1, 2), of(2)}).Float())
	})
	everywhere(t, grad, func(t *testing.T, call func(mixed) trace.Array) {
		// the captured w is a constant to the derivative: (x w + 1000 w) scale
		require.Equal(t, []float64{(3 + 3000) * 3, (6 + 3000) * 3}, call(mixed{vec(1, 2), of(2)}).Floats())
	})
}

func TestCustomJVP(t *testing.T) {
	k := trace.NewVariable(10.0)
	f := trace.CustomJVP(
		func(_ *trace.Scope, in mixed) point { return point{num.Square(in.X), in.X.Gt(0)} },
		func(s *trace.Scope, d trace.Dual[mixed]) trace.Dual[point] {
			x, dx := d.Value.X, d.Tangent.X
			return trace.Dual[point]{
				Value:   point{num.Square(x), x.Gt(0)},
				Tangent: point{dx.Mul(x).Mul(d.Value.N.Add(d.Tangent.N)).Mul(k.Get(s)), x.Gt(0)},
			}
		})
	loss := func(s *trace.Scope, in mixed) trace.Array { return f(s, in).X.Sum() }
	everywhere(t, loss, func(t *testing.T, call func(mixed) trace.Array) {
		require.Equal(t, 5.0, call(mixed{vec(1, 2), of(4)}).Float())
	})
	for name, d := range map[string]func(func(*trace.Scope, trace.Array) trace.Array) func(*trace.Scope, trace.Array) trace.Array{
		"reverse": trace.Grad[trace.Array], "forward": trace.JacobianFwd} {
		t.Run(name, func(t *testing.T) {
			g := func(s *trace.Scope, in mixed) trace.Array {
				return d(func(s *trace.Scope, x trace.Array) trace.Array { return loss(s, mixed{x, in.N}) })(s, in.X)
			}
			everywhere(t, g, func(t *testing.T, call func(mixed) trace.Array) {
				require.Equal(t, []float64{40, 80}, call(mixed{vec(1, 2), of(4)}).Floats())
			})
		})
	}
}

func TestCustomErrors(t *testing.T) {
	v := trace.NewVariable(1.0)
	id := func(_ *trace.Scope, x trace.Array) trace.Array { return x }
	two := func(_ *trace.Scope, x trace.Array) (trace.Array, trace.Array) { return x, x }
	back := func(_ *trace.Scope, _, ct trace.Array) trace.Array { return ct }
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.CustomVJP(func(s *trace.Scope, x trace.Array) trace.Array { v.Set(s, x); return x }, two, back)(s, x)
	}, of(1.0), line(-1), "%s: custom vjp: function: got a write to "+v.String()+", want a function that only reads Variables (return the value, and write it outside)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.CustomVJP(id, func(_ *trace.Scope, x trace.Array) (trace.Array, trace.Array) { return x.Sum(), x }, back)(s, x)
	}, vec(1, 2), line(-1), "%s: custom vjp: result of forward: got f32[], want f32[2], as the function returns (forward returns what the function does, and what backward needs)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.CustomVJP(id, two, func(_ *trace.Scope, _, ct trace.Array) trace.Array { return ct.Sum() })(s, x)
	}, vec(1, 2), line(-1), "%s: custom vjp: result of backward: got f32[], want f32[2], as the argument (backward returns a cotangent for each array of the argument)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.CustomJVP(id, func(_ *trace.Scope, d trace.Dual[trace.Array]) trace.Dual[trace.Array] {
			return trace.Dual[trace.Array]{Value: d.Value, Tangent: d.Tangent.Sum()}
		})(s, x)
	}, vec(1, 2), line(-1), "%s: custom jvp: result of the rule: got f32[], want f32[2], as the function returns (the rule returns the result and a tangent of the same type)")
}

// A derivative with respect to what a rule captured would silently be zero: it is an error, at whatever depth, and in both modes.
func TestCustomRulesSayNothingAboutWhatTheyCapture(t *testing.T) {
	v := trace.NewParameter(2.0)
	byVJP := func(s *trace.Scope, x, w trace.Array) trace.Array {
		f := func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(w) }
		return trace.CustomVJP(f, func(s *trace.Scope, x trace.Array) (trace.Array, struct{}) { return f(s, x), struct{}{} },
			func(_ *trace.Scope, _ struct{}, ct trace.Array) trace.Array { return ct.Mul(w) })(s, x)
	}
	byJVP := func(s *trace.Scope, x, w trace.Array) trace.Array {
		return trace.CustomJVP(func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(w) },
			func(_ *trace.Scope, d trace.Dual[trace.Array]) trace.Dual[trace.Array] {
				return trace.Dual[trace.Array]{Value: d.Value.Mul(w), Tangent: d.Tangent.Mul(w)}
			})(s, x)
	}
	for name, f := range map[string]func(s *trace.Scope, x, w trace.Array) trace.Array{"custom vjp": byVJP, "custom jvp": byJVP} {
		both := func(s *trace.Scope, p point) trace.Array { return f(s, p.X, p.Y) }
		first := func(s *trace.Scope, x trace.Array) trace.Array { return f(s, x, num.Of(3.0)) }
		ofVar := func(s *trace.Scope, x trace.Array) trace.Array { return f(s, x, v.Get(s)) }
		looped := func(s *trace.Scope, x trace.Array) trace.Array {
			return trace.ForLoop(s, trace.Range(3), func(s *trace.Scope, _ trace.Array) trace.Array { return f(s, num.Of(1.0), x) }).Sum()
		}
		at := point{of(1.5), of(2.0)}
		require.Equal(t, 3.0, trace.Jit(trace.Grad(first)).Must(at.X).Float(), name)
		require.Equal(t, 2.0, trace.Jit(trace.Grad(ofVar)).Must(at.X).Float(), name)
		want := ": got a derivative with respect to a captured value"

		for mode, call := range map[string]func() error{
			"grad":      func() error { _, err := trace.Jit(trace.Grad(both)).Call(at); return err },
			"eager":     func() error { _, err := trace.Eager(trace.Grad(both)).Call(at); return err },
			"variables": func() error { _, err := trace.Jit(ofVarGrad(ofVar, v)).Call(at.X); return err },
			"loop":      func() error { _, err := trace.Jit(trace.Grad(looped)).Call(at.X); return err },
			"jvp": func() error {
				_, err := trace.Jit(trace.JVP(both)).Call(trace.Dual[point]{Value: at, Tangent: at})
				return err
			},
			"lanes": func() error {
				_, err := trace.Jit(trace.Vmap(trace.Grad(both))).Call(point{vec(1, 2), vec(3, 4)})
				return err
			},
			"of lanes": func() error {
				_, err := trace.Jit(trace.Grad(func(s *trace.Scope, p point) trace.Array { return trace.Vmap(both)(s, p).Sum() })).Call(point{vec(1, 2), vec(3, 4)})
				return err
			},
		} {
			require.ErrorContains(t, call(), want, "%s, %s", name, mode)
			require.ErrorContains(t, call(), name+": function", "%s, %s", name, mode)
		}
	}
}

func ofVarGrad(f func(*trace.Scope, trace.Array) trace.Array, v *trace.Variable) func(*trace.Scope, trace.Array) trace.Array {
	return func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.GradVars(f, trace.Vars{{Path: "v", Var: v}})(s, x).Grad[v]
	}
}

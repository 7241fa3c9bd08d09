package trace_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// everywhere runs a check on a function compiled, interpreted and run eagerly.
func everywhere[A, R any](t *testing.T, f func(*trace.Scope, A) R, check func(t *testing.T, call func(A) R)) {
	t.Helper()
	interp, err := backends.Get("interp")
	require.NoError(t, err)
	t.Run("jit", func(t *testing.T) { check(t, trace.Jit(f).Must) })
	t.Run("interp", func(t *testing.T) { check(t, trace.Jit(f, trace.On(interp)).Must) })
	t.Run("eager", func(t *testing.T) { check(t, trace.Eager(f).Must) })
}

func near(t *testing.T, want []float64, got trace.Array) {
	t.Helper()
	require.InDeltaSlice(t, want, got.Floats(), 1e-5)
}

func rosenbrock(_ *trace.Scope, p point) trace.Array {
	a := num.Square(p.X.Sub(1))
	b := num.Square(p.Y.Sub(num.Square(p.X))).Mul(100)
	return a.Add(b).Sum()
}

func TestGradOfATree(t *testing.T) {
	everywhere(t, trace.ValueAndGrad(rosenbrock), func(t *testing.T, call func(point) trace.ValueGrad[point]) {
		g := call(point{vec(1.5, 0), vec(2, -1)})
		// (x-1)^2 + 100 (y-x^2)^2; d/dx = 2(x-1) - 400 x (y-x^2), d/dy = 200 (y-x^2)
		require.InDelta(t, 0.25+6.25+1+100, g.Value.Float(), 1e-4)
		near(t, []float64{1 + 150, -2}, g.Grad.X)
		near(t, []float64{-50, -200}, g.Grad.Y)
	})
	everywhere(t, trace.Grad(rosenbrock), func(t *testing.T, call func(point) point) {
		near(t, []float64{151, -2}, call(point{vec(1.5, 0), vec(2, -1)}).X)
	})
}

func TestGradNested(t *testing.T) {
	cube := func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(x).Mul(x) }
	third := trace.Grad(trace.Grad(trace.Grad(cube)))
	everywhere(t, third, func(t *testing.T, call func(trace.Array) trace.Array) {
		require.InDelta(t, 6, call(of(2.0)).Float(), 1e-5)
	})
	// d/dx [ x * d/dy (x y^2 + w y) at y = x ] = d/dx [ 2 x^3 + w x ] = 6 x^2 + w, with the inner function closing over x
	w := trace.NewVariable(5.0)
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		inner := trace.Grad(func(s *trace.Scope, y trace.Array) trace.Array { return x.Mul(y).Mul(y).Add(y.Mul(w.Get(s))) })
		return x.Mul(inner(s, x))
	}
	everywhere(t, trace.Grad(f), func(t *testing.T, call func(trace.Array) trace.Array) {
		require.InDelta(t, 59, call(of(3.0)).Float(), 1e-4)
	})
}

func TestGradThroughControlFlow(t *testing.T) {
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		y := trace.ForLoop(s, vec(1, 2, 3), func(s *trace.Scope, k trace.Array) trace.Array { return num.Sin(x.Mul(k)) })
		return trace.Cond(s, x.Gt(0), y.Sum(), func(_ *trace.Scope, y trace.Array) trace.Array { return y.Mul(2) },
			func(_ *trace.Scope, y trace.Array) trace.Array { return y })
	}
	everywhere(t, trace.Grad(f), func(t *testing.T, call func(trace.Array) trace.Array) {
		for _, x := range []float64{0.7, -0.4} {
			want := math.Cos(x) + 2*math.Cos(2*x) + 3*math.Cos(3*x)
			if x > 0 {
				want *= 2
			}
			require.InDelta(t, want, call(of(x)).Float(), 1e-5)
		}
	})
	// a gradient in each step of a loop
	descend := func(s *trace.Scope, x trace.Array) trace.Array {
		last, _ := trace.Scan(s, x, trace.Range(50), func(s *trace.Scope, x, _ trace.Array) (trace.Array, struct{}) {
			g := trace.Grad(func(_ *trace.Scope, x trace.Array) trace.Array { return num.Square(x.Sub(3)).Sum() })(s, x)
			return x.Sub(g.Mul(0.25)), struct{}{}
		})
		return last
	}
	everywhere(t, descend, func(t *testing.T, call func(trace.Array) trace.Array) {
		near(t, []float64{3, 3}, call(vec(-1, 10)))
	})
}

func TestGradKeepsVariablesAsAuxiliaryState(t *testing.T) {
	v := trace.NewVariable(1.0)
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		v.Set(s, v.Get(s).Add(x))
		return v.Get(s).Mul(v.Get(s))
	}
	everywhere(t, trace.Grad(f), func(t *testing.T, call func(trace.Array) trace.Array) {
		v.SetValue(1)
		require.InDelta(t, 6, call(of(2.0)).Float(), 1e-6)
		require.Equal(t, 3.0, v.Value().Float())
	})
}

func TestGradAuxStopGradientVectorGrad(t *testing.T) {
	f := func(_ *trace.Scope, x trace.Array) (trace.Array, point) {
		return x.Mul(trace.StopGradient(x)).Sum(), point{x.Gt(1), x.Sum()}
	}
	everywhere(t, trace.GradAux(f), func(t *testing.T, call func(trace.Array) trace.ValueGradAux[trace.Array, point]) {
		g := call(vec(1, 2))
		require.Equal(t, 5.0, g.Value.Float())
		require.Equal(t, []float64{1, 2}, g.Grad.Floats())
		require.Equal(t, []bool{false, true}, g.Aux.X.Bools())
		require.Equal(t, 3.0, g.Aux.Y.Float())
	})
	everywhere(t, trace.VectorGrad(func(_ *trace.Scope, x trace.Array) trace.Array { return num.Tanh(x) }), func(t *testing.T, call func(trace.Array) trace.Array) {
		th := math.Tanh(0.5)
		near(t, []float64{1, 1 - th*th}, call(vec(0, 0.5)))
	})
}

func TestGradOfComplexIsJAXs(t *testing.T) {
	// |z|^2 = x^2 + y^2, of the parts and of z itself: 2x - 2iy
	f := func(_ *trace.Scope, p point) trace.Array {
		z := num.MakeComplex(p.X, p.Y)
		return num.Square(num.Real(z)).Add(num.Square(num.Imag(z)))
	}
	everywhere(t, trace.Grad(f), func(t *testing.T, call func(point) point) {
		g := call(point{of(3.0), of(4.0)})
		require.InDelta(t, 6, g.X.Float(), 1e-5)
		require.InDelta(t, 8, g.Y.Float(), 1e-5)
	})
	h := trace.Grad(func(_ *trace.Scope, z trace.Array) trace.Array {
		return num.Square(num.Real(z)).Add(num.Square(num.Imag(z)))
	})
	everywhere(t, h, func(t *testing.T, call func(trace.Array) trace.Array) {
		g := call(of(complex64(3 + 4i)))
		require.InDelta(t, 6, real(g.Complex()), 1e-5)
		require.InDelta(t, -8, imag(g.Complex()), 1e-5)
	})
}

func TestGradErrors(t *testing.T) {
	double := func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(2) }
	call := func(s *trace.Scope, x trace.Array) trace.Array { return trace.Grad(double)(s, x) }
	fails(t, call, vec(1, 2, 3), line(-1),
		"%s: grad: result: got f32[3], want a real floating-point scalar (sum it or take its mean; for other results there are VectorGrad, JacobianRev, JacobianFwd and VJP)")
	fails(t, call, of(int32(1)), line(-3),
		"%s: grad: argument: got i32[], want a floating-point or complex array: integers and bools have no derivative (capture it in the function, convert it with AsType, or use GradVars for gradients of Variables only)")
	fails(t, call, of(complex64(1)), line(-5),
		"%s: grad: result: got complex<f32>[], want a real floating-point scalar (take num.Real or num.Abs of it; for complex results there is VJP)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.Grad(func(_ *trace.Scope, x trace.Array) trace.Array { return x.AsType(dtype.Int32) })(s, x)
	}, of(1.0), line(-1),
		"%s: grad: result: got i32[], want a real floating-point scalar (integers and bools have no derivative: compute the result in floating point)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.Grad(func(s *trace.Scope, x trace.Array) trace.Array {
			return trace.While(s, x, func(_ *trace.Scope, x trace.Array) trace.Array { return x.Lt(10) }, double)
		})(s, x)
	}, of(1.0), line(-2),
		"%s: grad: while: reverse-mode derivative: got a loop whose number of steps is not known before it ends, want ForLoop or Scan, which have a trip count (bound the number of steps and let finished ones change nothing, or use forward mode (JVP, JacobianFwd))")
}

func TestErrorsAndChecksInsideGradLeaveVariables(t *testing.T) {
	v := trace.NewVariable(1.0)
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.Grad(func(s *trace.Scope, x trace.Array) trace.Array {
			v.Set(s, 7)
			trace.Check(s, x.Gt(0), "x must be positive")
			if x.Rank() > 0 {
				x = x.Reshape(5)
			}
			return x.Mul(x)
		})(s, x)
	}
	both(t, f, func(t *testing.T, call func(trace.Array) (trace.Array, error)) {
		_, err := call(vec(1, 2))
		require.ErrorContains(t, err, "reshape: shape: got (5), want 2 elements, as (2) has")
		_, err = call(of(-1.0))
		var failed *trace.CheckError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "x must be positive")
		require.Equal(t, 1.0, v.Value().Float())
	})
}

func TestGradVars(t *testing.T) {
	model := struct{ W, B, Unused, Count *trace.Variable }{
		trace.NewParameter(vec(2, 3)), trace.NewParameter(1.0), trace.NewParameter(vec(1, 1, 1)), trace.NewVariable(0)}
	type batch struct {
		X     trace.Array
		Label trace.Array
	}
	loss := func(s *trace.Scope, b batch) trace.Array {
		model.Count.Set(s, model.Count.Get(s).Add(1))
		e := model.W.Get(s).Mul(b.X).Sum().Add(model.B.Get(s)).Sub(b.Label)
		model.B.Set(s, e)
		return e.Mul(e)
	}
	step := func(s *trace.Scope, b batch) arrays {
		g := trace.GradVars(loss, trace.ParamsOf(model))(s, b)
		model.W.Set(s, model.W.Get(s).Sub(g.Grad[model.W].Mul(0.5)))
		return arrays{g.Value, g.Grad[model.W], g.Grad[model.B], g.Grad[model.Unused]}
	}
	everywhere(t, step, func(t *testing.T, call func(batch) arrays) {
		model.W.SetValue(vec(2, 3))
		model.B.SetValue(1)
		model.Count.SetValue(0)
		out := call(batch{vec(1, -1), of(2)})
		// e = 2 - 3 + 1 - 2 = -2
		require.Equal(t, 4.0, out[0].Float())
		require.Equal(t, []float64{-4, 4}, out[1].Floats())
		require.Equal(t, -4.0, out[2].Float())
		require.Equal(t, []float64{0, 0, 0}, out[3].Floats())
		require.Equal(t, []float64{4, 1}, model.W.Value().Floats())
		require.Equal(t, -2.0, model.B.Value().Float())
		require.Equal(t, 1, model.Count.Value().Int())
	})
	arg := func(s *trace.Scope, x trace.Array) arrays {
		g := trace.GradVarsArg(func(s *trace.Scope, x trace.Array) trace.Array { return model.W.Get(s).Mul(x).Sum() }, trace.ParamsOf(model))(s, x)
		a := trace.GradVarsAux(func(s *trace.Scope, x trace.Array) (trace.Array, trace.Array) {
			return model.W.Get(s).Mul(x).Sum(), x.Neg()
		}, trace.ParamsOf(model))(s, x)
		return arrays{g.Arg, g.Grad[model.W], a.Aux, a.Grad[model.W]}
	}
	everywhere(t, arg, func(t *testing.T, call func(trace.Array) arrays) {
		model.W.SetValue(vec(2, 3))
		out := call(vec(5, 6))
		require.Equal(t, []float64{2, 3}, out[0].Floats())
		require.Equal(t, []float64{5, 6}, out[1].Floats())
		require.Equal(t, []float64{-5, -6}, out[2].Floats())
		require.Equal(t, []float64{5, 6}, out[3].Floats())
	})
	fails(t, func(s *trace.Scope, b batch) trace.Array { return trace.GradVars(loss, nil)(s, b).Value }, batch{vec(1, 2), of(1)}, line(0),
		"%s: grad vars: vars: got no Variables, want at least one (ParamsOf finds those made by NewParameter, VarsOf finds all)")
	fails(t, func(s *trace.Scope, b batch) trace.Array {
		return trace.GradVars(loss, trace.VarsOf(model))(s, b).Value
	}, batch{vec(1, 2), of(1)}, line(-1),
		"%s: grad vars: vars: Count: got i32[], want a floating-point or complex Variable (leave it out: integers and bools have no derivative)")
}

// Back-propagation through time with state in Variables, against the derivative by hand.
func TestGradVarsThroughALoopWithState(t *testing.T) {
	w, v := trace.NewParameter(0.5), trace.NewVariable(1.0)
	loss := func(s *trace.Scope, xs trace.Array) trace.Array {
		v.Reset(s, 1.0)
		trace.ForLoop(s, xs, func(s *trace.Scope, x trace.Array) struct{} {
			v.Set(s, v.Get(s).Mul(w.Get(s)).Add(x))
			return struct{}{}
		})
		return v.Get(s)
	}
	f := func(s *trace.Scope, xs trace.Array) point {
		g := trace.GradVars(loss, trace.Vars{{Path: "w", Var: w}, {Path: "v", Var: v}})(s, xs)
		return point{g.Grad[w], g.Grad[v]}
	}
	everywhere(t, f, func(t *testing.T, call func(trace.Array) point) {
		g := call(vec(2, 3))
		// v = w^2 + 2 w + 3, from the value 1 that the loss sets: the value before does not matter
		require.InDelta(t, 3, g.X.Float(), 1e-6)
		require.Equal(t, 0.0, g.Y.Float())
		require.InDelta(t, 4.25, v.Value().Float(), 1e-6)
	})
}

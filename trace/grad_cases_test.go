package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Known hard cases of gradients with state, effects and lanes.

func TestGradVarsWrittenInOneBranch(t *testing.T) {
	w, v := trace.NewParameter(2.0), trace.NewVariable(5.0)
	loss := func(s *trace.Scope, x trace.Array) trace.Array {
		trace.Cond(s, x.Gt(0), x, func(s *trace.Scope, x trace.Array) struct{} {
			v.Set(s, num.Square(w.Get(s)).Mul(x))
			return struct{}{}
		}, func(*trace.Scope, trace.Array) struct{} { return struct{}{} })
		return v.Get(s).Mul(3)
	}
	f := func(s *trace.Scope, x trace.Array) arrays {
		g := trace.GradVars(loss, trace.Vars{{Path: "w", Var: w}, {Path: "v", Var: v}})(s, x)
		return arrays{g.Value, g.Grad[w], g.Grad[v]}
	}
	everywhere(t, f, func(t *testing.T, call func(trace.Array) arrays) {
		v.SetValue(5)
		r := call(of(-1.0)) // nothing is written: 3 v
		require.Equal(t, []float64{15, 0, 3}, []float64{r[0].Float(), r[1].Float(), r[2].Float()})
		require.Equal(t, 5.0, v.Value().Float())
		r = call(of(0.5)) // 3 w^2 x
		require.Equal(t, []float64{6, 6, 0}, []float64{r[0].Float(), r[1].Float(), r[2].Float()})
		require.Equal(t, 2.0, v.Value().Float())
	})
}

func TestGradThroughEmptyLoopsAndUnusedOutputs(t *testing.T) {
	f := func(s *trace.Scope, p point) trace.Array {
		ys := trace.ForLoop(s, p.X, func(s *trace.Scope, x trace.Array) point { return point{num.Exp(x), num.Log(x)} })
		return ys.X.Sum().Add(p.Y)
	}
	everywhere(t, trace.Grad(f), func(t *testing.T, call func(point) point) {
		g := call(point{num.Zeros(0, 3), of(1.0)})
		require.Equal(t, []int{0, 3}, g.X.Shape())
		require.Equal(t, 1.0, g.Y.Float())
		g = call(point{num.Zeros(2, 1), of(1.0)}) // the logarithm of 0 is not used
		require.Equal(t, []float64{1, 1}, g.X.Floats())
	})
}

func TestPrintInsideOfGradGoesWherePrintsGo(t *testing.T) {
	f := trace.Grad(func(s *trace.Scope, x trace.Array) trace.Array {
		trace.Print(s, "x = %g", x)
		return num.Square(x)
	})
	for name, jit := range map[string]func(func(*trace.Scope, trace.Array) trace.Array, ...trace.Option) *trace.Compiled[trace.Array, trace.Array]{
		"jit": trace.Jit[trace.Array, trace.Array], "eager": trace.Eager[trace.Array, trace.Array]} {
		var lines []string
		g := jit(f, trace.PrintTo(func(line string) { lines = append(lines, line) })).Must(of(1.5))
		require.Equal(t, 3.0, g.Float(), name)
		require.Equal(t, []string{"x = 1.5"}, lines, name)
	}
}

func TestGradInsideOfAnEagerLoop(t *testing.T) {
	v := trace.NewVariable(4.0)
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.ForLoop(s, x, func(s *trace.Scope, x trace.Array) trace.Array {
			g := trace.Grad(func(s *trace.Scope, y trace.Array) trace.Array {
				v.Set(s, v.Get(s).Mul(y))
				return v.Get(s).Mul(x)
			})(s, x)
			return g
		})
	}
	everywhere(t, f, func(t *testing.T, call func(trace.Array) trace.Array) {
		v.SetValue(4)
		require.Equal(t, []float64{8, 24}, call(vec(2, 3)).Floats()) // v x with v = 4, then 8
		require.Equal(t, 24.0, v.Value().Float())
	})
}

// Derivatives inside of derivatives see the outer argument as what it is, whatever both are called: d/dx [x d/dy (x y + x^2 y^2)].
func TestGradOfClosuresOverOuterValues(t *testing.T) {
	want := func(x float64) float64 { return 2*x + 12*x*x } // x (x + 2 x^2 y) at y = 2
	inner := func(x trace.Array) func(*trace.Scope, trace.Array) trace.Array {
		return pure(func(y trace.Array) trace.Array { return x.Mul(y).Add(num.Square(x.Mul(y))) })
	}
	along := func(s *trace.Scope, f func(*trace.Scope, trace.Array) trace.Array, at trace.Array) trace.Array {
		return trace.JVP(f)(s, trace.Dual[trace.Array]{Value: at, Tangent: of(1.0)}).Tangent
	}
	for name, d := range map[string]func(s *trace.Scope, f func(*trace.Scope, trace.Array) trace.Array, at trace.Array) trace.Array{
		"grad": func(s *trace.Scope, f func(*trace.Scope, trace.Array) trace.Array, at trace.Array) trace.Array {
			return trace.Grad(f)(s, at)
		},
		"jvp": along,
		"jacobian": func(s *trace.Scope, f func(*trace.Scope, trace.Array) trace.Array, at trace.Array) trace.Array {
			return trace.JacobianFwd(f)(s, at)
		},
	} {
		in := func(s *trace.Scope, x trace.Array) trace.Array { return x.Mul(d(s, inner(x), of(2.0))) }
		looped := func(s *trace.Scope, x trace.Array) trace.Array {
			return trace.ForLoop(s, trace.Range(1), func(s *trace.Scope, _ trace.Array) trace.Array { return in(s, x) }).Sum()
		}
		for where, f := range map[string]func(*trace.Scope, trace.Array) trace.Array{"plain": in, "in a loop": looped,
			"in a branch": func(s *trace.Scope, x trace.Array) trace.Array {
				return trace.Cond(s, x.Gt(0), of(0.0), func(s *trace.Scope, _ trace.Array) trace.Array { return in(s, x) },
					func(_ *trace.Scope, z trace.Array) trace.Array { return z })
			}} {
			for outer, g := range map[string]func(*trace.Scope, trace.Array) trace.Array{"grad": trace.Grad(f),
				"jvp": func(s *trace.Scope, x trace.Array) trace.Array { return along(s, f, x) }} {
				everywhere(t, g, func(t *testing.T, call func(trace.Array) trace.Array) {
					require.InDelta(t, want(1.5), call(of(1.5)).Float(), 1e-4, "%s of %s %s", outer, name, where)
				})
				lanes := trace.Jit(trace.Vmap(g)).Must(vec(0.5, 1.5))
				require.InDeltaSlice(t, []float64{want(0.5), want(1.5)}, lanes.Floats(), 1e-4, "lanes of %s of %s %s", outer, name, where)
			}
		}
	}
}

// The gradient of a whole model by central differences, in double precision.
func TestGradVarsAgainstFiniteDifferences(t *testing.T) {
	trace.SetX64(true)
	t.Cleanup(func() { trace.SetX64(false) })
	w, h := trace.NewParameter(num.Linspace(-0.8, 1, 9).Reshape(3, 3)), trace.NewVariable(num.Zeros(3))
	vars := trace.Vars{{Path: "w", Var: w}}
	loss := func(s *trace.Scope, xs trace.Array) trace.Array {
		h.Set(s, num.Full(0.1, 3))
		out := trace.ForLoop(s, xs, func(s *trace.Scope, x trace.Array) trace.Array {
			h.Set(s, num.Tanh(h.Get(s).MatMul(w.Get(s)).Add(x)))
			return num.LogSumExp(h.Get(s))
		})
		return out.Mean()
	}
	xs := num.Sin(num.Arange(12).AsType(num.Of(1.0).DType())).Reshape(4, 3)
	value := trace.Jit(loss)
	start := w.Value().Floats()
	want := make([]float64, 9)
	const eps = 1e-6
	for i := range want {
		at := func(d float64) float64 {
			moved := append([]float64(nil), start...)
			moved[i] += d
			w.SetValue(num.FromSlice(moved, 3, 3))
			return value.Must(xs).Float()
		}
		want[i] = (at(eps) - at(-eps)) / (2 * eps)
	}
	w.SetValue(num.FromSlice(start, 3, 3))
	everywhere(t, func(s *trace.Scope, xs trace.Array) trace.Array { return trace.GradVars(loss, vars)(s, xs).Grad[w] }, func(t *testing.T, call func(trace.Array) trace.Array) {
		require.InDeltaSlice(t, want, call(xs).Floats(), 1e-8)
	})
}

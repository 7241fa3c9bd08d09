package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

// both runs a check on the compiled and on the eager form of a function.
func both[A, R any](t *testing.T, f func(*trace.Scope, A) R, check func(t *testing.T, call func(A) (R, error))) {
	t.Helper()
	t.Run("jit", func(t *testing.T) { check(t, trace.Jit(f).Call) })
	t.Run("eager", func(t *testing.T) { check(t, trace.Eager(f).Call) })
}

func vec(xs ...float64) trace.Array { return trace.FromTensor(tensorOf(xs)) }

func TestForLoopWithVariable(t *testing.T) {
	v := trace.NewVariable(0.5)
	w := trace.NewVariable(2.0)
	f := func(s *trace.Scope, xs trace.Array) trace.Array {
		return trace.ForLoop(s, xs, func(s *trace.Scope, x trace.Array) trace.Array {
			v.Set(s, v.Get(s).Mul(w.Get(s)).Add(x))
			return v.Get(s).Neg()
		})
	}
	both(t, f, func(t *testing.T, call func(trace.Array) (trace.Array, error)) {
		v.SetValue(0.5)
		ys, err := call(vec(1, 2, 3))
		require.NoError(t, err)
		require.Equal(t, []float64{-2, -6, -15}, ys.Floats())
		require.Equal(t, 15.0, v.Value().Float())
		require.Equal(t, 2.0, w.Value().Float())
	})
}

func TestRangeReverseEvery(t *testing.T) {
	f := func(s *trace.Scope, x trace.Array) []trace.Array {
		count := trace.Range(5)
		body := func(_ *trace.Scope, i trace.Array) trace.Array { return i.Mul(10) }
		c, ys := trace.Scan(s, x, count, func(_ *trace.Scope, c, i trace.Array) (trace.Array, trace.Array) {
			return c.Mul(2).Add(i), c
		}, trace.Reverse(), trace.Every(2))
		return []trace.Array{trace.ForLoop(s, count, body), trace.ForLoop(s, count, body, trace.Every(2)), c, ys}
	}
	both(t, f, func(t *testing.T, call func(trace.Array) ([]trace.Array, error)) {
		r, err := call(of(1))
		require.NoError(t, err)
		require.Equal(t, dtype.Int32, r[0].DType())
		require.Equal(t, []int{0, 10, 20, 30, 40}, r[0].Ints())
		require.Equal(t, []int{0, 20, 40}, r[1].Ints())
		// c: 1 -> 6 (i=4) -> 15 (3) -> 32 (2) -> 65 (1) -> 130 (0)
		require.Equal(t, 130, r[2].Int())
		require.Equal(t, []int{65, 15, 1}, r[3].Ints())
	})
}

func TestZeroLengthLoop(t *testing.T) {
	v := trace.NewVariable(3.0)
	f := func(s *trace.Scope, xs trace.Array) point {
		c, ys := trace.Scan(s, xs.Sum(), xs, func(s *trace.Scope, c, x trace.Array) (trace.Array, trace.Array) {
			v.Set(s, x)
			return c.Add(x), x.Gt(0).BroadcastTo(2)
		})
		return point{c, ys}
	}
	both(t, f, func(t *testing.T, call func(trace.Array) (point, error)) {
		r, err := call(trace.Full(dtype.Float32, 0, 0))
		require.NoError(t, err)
		require.Equal(t, []int{0, 2}, r.Y.Shape())
		require.Equal(t, dtype.Bool, r.Y.DType())
		require.Equal(t, 3.0, v.Value().Float())
	})
}

func TestNestedLoopsCaptureAndHoist(t *testing.T) {
	total := trace.NewVariable(0.0)
	f := func(s *trace.Scope, m trace.Array) trace.Array {
		scale := m.Sum()
		return trace.ForLoop(s, m, func(s *trace.Scope, row trace.Array) trace.Array {
			twice := scale.Mul(2) // of outside values alone: recorded outside
			trace.ForLoop(s, row, func(s *trace.Scope, x trace.Array) struct{} {
				total.Set(s, total.Get(s).Add(x.Mul(twice)).Add(row.Max()))
				return struct{}{}
			})
			return total.Get(s)
		})
	}
	both(t, f, func(t *testing.T, call func(trace.Array) (trace.Array, error)) {
		total.SetValue(0)
		r, err := call(vec(1, 2, 3, 4).Reshape(2, 2))
		require.NoError(t, err)
		// scale 10, twice 20: rows add (1+2)*20+2*2 = 64, then (3+4)*20+2*4 = 148
		require.Equal(t, []float64{64, 212}, r.Floats())
		require.Equal(t, 212.0, total.Value().Float())
	})
	low, err := trace.Jit(f).Lower(vec(1, 2, 3, 4).Reshape(2, 2))
	require.NoError(t, err)
	require.Regexp(t, `(?s)reduce_sum.*mul.*loop`, low.IR())
}

func TestWhile(t *testing.T) {
	steps := trace.NewVariable(0)
	limit := trace.NewVariable(100.0)
	f := func(s *trace.Scope, p point) point {
		return trace.While(s, p,
			func(s *trace.Scope, p point) trace.Array {
				return p.X.Lt(limit.Get(s)).And(steps.Get(s).Lt(50))
			},
			func(s *trace.Scope, p point) point {
				steps.Set(s, steps.Get(s).Add(1))
				return point{p.X.Mul(p.Y), p.Y}
			})
	}
	both(t, f, func(t *testing.T, call func(point) (point, error)) {
		steps.SetValue(0)
		r, err := call(point{of(1.0), of(3.0)})
		require.NoError(t, err)
		require.Equal(t, 243.0, r.X.Float())
		require.Equal(t, 5, steps.Value().Int())
	})
}

func TestBranches(t *testing.T) {
	v := trace.NewVariable(1.0)
	f := func(s *trace.Scope, x trace.Array) []trace.Array {
		outer := x.Mul(10)
		a := trace.Cond(s, x.Gt(0), x, func(s *trace.Scope, x trace.Array) trace.Array {
			v.Set(s, v.Get(s).Add(outer))
			return x.Add(1)
		}, func(_ *trace.Scope, x trace.Array) trace.Array { return x.Sub(1) })
		b := trace.Switch(s, x.AsType(dtype.Int32), x,
			func(*trace.Scope, trace.Array) trace.Array { return of(0.0) },
			func(_ *trace.Scope, x trace.Array) trace.Array { return x },
			func(*trace.Scope, trace.Array) trace.Array { return outer })
		c := trace.IfElse(s, []trace.Array{x.Lt(-1), x.Lt(1)}, x,
			func(*trace.Scope, trace.Array) trace.Array { return of(-1) },
			func(*trace.Scope, trace.Array) trace.Array { return of(0) },
			func(*trace.Scope, trace.Array) trace.Array { return of(1) })
		return []trace.Array{a, b, c}
	}
	both(t, f, func(t *testing.T, call func(trace.Array) ([]trace.Array, error)) {
		for _, c := range []struct {
			x, v, a, b float64
			c          int
		}{{5, 51, 6, 50, 1}, {-5, 1, -6, 0, -1}, {1, 11, 2, 1, 1}, {0, 1, -1, 0, 0}} {
			v.SetValue(1)
			r, err := call(of(c.x))
			require.NoError(t, err)
			require.Equal(t, c.v, v.Value().Float())
			require.Equal(t, c.a, r[0].Float())
			require.Equal(t, c.b, r[1].Float())
			require.Equal(t, c.c, r[2].Int())
		}
	})
}

func TestUnroll(t *testing.T) {
	v := trace.NewVariable(0)
	for _, reverse := range []bool{false, true} {
		for _, n := range []int{0, 1, 2, 7, 12} {
			f := func(opts ...trace.LoopOption) func(*trace.Scope, trace.Array) []trace.Array {
				if reverse {
					opts = append(opts, trace.Reverse())
				}
				return func(s *trace.Scope, xs trace.Array) []trace.Array {
					type steps struct{ I, X trace.Array }
					c, ys := trace.Scan(s, of(1.0), steps{trace.Range(n), xs}, func(s *trace.Scope, c trace.Array, x steps) (trace.Array, trace.Array) {
						v.Set(s, v.Get(s).Mul(3).Add(x.I))
						return c.Mul(0.5).Add(x.X), c.Add(x.I)
					}, opts...)
					return []trace.Array{c, ys, v.Get(s)}
				}
			}
			xs := make([]float64, n)
			for i := range xs {
				xs[i] = float64(i*i) / 4
			}
			want := trace.Jit(f()).Must(vec(xs...))
			for _, k := range []int{1, 2, 3, 4, 7, 100} {
				v.SetValue(0)
				got := trace.Jit(f(trace.Unroll(k))).Must(vec(xs...))
				v.SetValue(0)
				for i := range want {
					require.Equal(t, want[i].String(), got[i].String(), "n %d, unroll %d, reverse %t, result %d", n, k, reverse, i)
				}
			}
			v.SetValue(0)
		}
	}
}

// The stacked results of the outer loop must survive the inner loop of the next step.
func TestNestedStacks(t *testing.T) {
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		rows := x.BroadcastTo(3, 3)
		return trace.ForLoop(s, trace.Range(3), func(s *trace.Scope, _ trace.Array) trace.Array {
			return trace.ForLoop(s, rows, func(_ *trace.Scope, r trace.Array) trace.Array { return r }).Sum(0)
		})
	}
	both(t, f, func(t *testing.T, call func(trace.Array) (trace.Array, error)) {
		ys, err := call(vec(1, -2, 4))
		require.NoError(t, err)
		require.Equal(t, []float64{3, -6, 12, 3, -6, 12, 3, -6, 12}, ys.Floats())
	})
}

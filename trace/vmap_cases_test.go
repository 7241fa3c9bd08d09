package trace_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// laneCases are functions of a vector of 4 and a scalar, over all that a lane can meet.
var laneCases = map[string]func(s *trace.Scope, p point) arrays{
	"elementwise": func(_ *trace.Scope, p point) arrays { return arrays{num.Sin(p.X).Mul(p.Y), p.X.Gt(p.Y)} },
	"shared":      func(_ *trace.Scope, p point) arrays { return arrays{num.Arange(3), p.Y} },
	"sort": func(_ *trace.Scope, p point) arrays {
		return arrays{num.Sort(p.X, 0), num.ArgSort(p.X, 0), num.ArgMax(p.X.Mul(p.Y), 0)}
	},
	"gather": func(_ *trace.Scope, p point) arrays {
		at := num.Floor(p.Y.Mul(2)).AsType(num.Of(0).DType())
		return arrays{p.X.At(at), num.Take(p.X, num.Stack(arrays{at, at.Add(1)}, 0), 0), num.Arange(9).At(at)}
	},
	"scatter": func(_ *trace.Scope, p point) arrays {
		at := num.Floor(num.Abs(p.Y).Mul(2)).AsType(num.Of(0).DType())
		twice := num.Stack(arrays{at, at, num.Of(1)}, 0)
		return arrays{p.X.AddAt(p.Y, at), p.X.SetAt(-1, at), num.Zeros(4).AddAt(p.X.Slice(0, 3), twice)}
	},
	"dot": func(_ *trace.Scope, p point) arrays {
		m := num.Stack(arrays{p.X, num.Sin(p.X), p.X.Mul(p.Y)}, 0)
		return arrays{m.MatMul(p.X), m.MatMul(m.T()), p.X.Dot(p.X), m.T().MatMul(num.Ones(3))}
	},
	"reductions": func(_ *trace.Scope, p point) arrays {
		return arrays{p.X.Sum(), num.CumSum(p.X, 0), num.LogSumExp(p.X), num.Prod(p.X.Add(p.Y)), num.Any(p.X.Gt(1))}
	},
	"shapes": func(_ *trace.Scope, p point) arrays {
		m := p.X.Reshape(2, 2)
		return arrays{m.T(), num.Concatenate(arrays{m, m}, 1), num.Flip(m, 0), num.Pad(p.X, [][2]int{{1, 2}}, 0), p.X.Slice(1, 3), num.Roll(p.X, 1, 0)}
	},
	"loop": func(s *trace.Scope, p point) arrays {
		last, ys := trace.Scan(s, p.Y, p.X, func(_ *trace.Scope, c, x trace.Array) (trace.Array, trace.Array) {
			c = num.Sin(c.Add(x))
			return c, c.Mul(2)
		}, trace.Reverse(), trace.Every(2))
		return arrays{last, ys}
	},
	"checkpointed loop": func(s *trace.Scope, p point) arrays {
		last, _ := trace.Scan(s, p.X, trace.Range(7), func(_ *trace.Scope, c, i trace.Array) (trace.Array, struct{}) {
			return num.Cos(c.Mul(p.Y).Add(i)), struct{}{}
		}, trace.CheckpointSqrt())
		return arrays{last}
	},
	"while": func(s *trace.Scope, p point) arrays {
		return trace.While(s, arrays{p.Y, num.Of(0), p.X}, func(_ *trace.Scope, c arrays) trace.Array { return c[0].Lt(3) },
			func(_ *trace.Scope, c arrays) arrays { return arrays{c[0].Add(0.75), c[1].Add(1), num.Sin(c[2])} })
	},
	"shared while": func(s *trace.Scope, p point) arrays {
		return trace.While(s, arrays{p.X, num.Of(0)}, func(_ *trace.Scope, c arrays) trace.Array { return c[1].Lt(3) },
			func(_ *trace.Scope, c arrays) arrays { return arrays{c[0].Mul(p.Y), c[1].Add(1)} })
	},
	"cond": func(s *trace.Scope, p point) arrays {
		return trace.Cond(s, p.Y.Gt(0.5), p, func(_ *trace.Scope, p point) arrays { return arrays{num.Sqrt(p.X), p.Y.Mul(2)} },
			func(_ *trace.Scope, p point) arrays { return arrays{p.X.Add(1), num.Of(7.0)} })
	},
	"switch in a loop": func(s *trace.Scope, p point) arrays {
		return arrays{trace.ForLoop(s, p.X, func(s *trace.Scope, x trace.Array) trace.Array {
			return trace.Switch(s, x.Mul(3).AsType(num.Of(0).DType()), x, pure(num.Sin), pure(num.Exp), pure(num.Square))
		})}
	},
	"loop in a while": func(s *trace.Scope, p point) arrays {
		return trace.While(s, arrays{p.Y, p.X}, func(_ *trace.Scope, c arrays) trace.Array { return c[0].Lt(2) },
			func(s *trace.Scope, c arrays) arrays {
				n := trace.ForLoop(s, c[1], func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(c[0]) })
				return arrays{c[0].Add(1), n}
			})
	},
	"keys": func(_ *trace.Scope, p point) arrays {
		key := rand.FoldIn(rand.Key(5), num.Floor(p.Y.Mul(10)).AsType(num.Of(0).DType()))
		return arrays{rand.Normal(key, 3), rand.Permutation(key, 5), rand.Bernoulli(key, 0.5, 4)}
	},
	"grad": func(s *trace.Scope, p point) arrays {
		g := trace.Grad(func(_ *trace.Scope, p point) trace.Array { return num.Sin(p.X.Mul(p.Y)).Sum() })(s, p)
		return arrays{g.X, g.Y}
	},
	"grad of a loop": func(s *trace.Scope, p point) arrays {
		g := trace.Grad(func(s *trace.Scope, p point) trace.Array {
			last, _ := trace.Scan(s, p.X, trace.Range(5), func(_ *trace.Scope, c, _ trace.Array) (trace.Array, struct{}) {
				return num.Sin(c.Mul(p.Y)), struct{}{}
			})
			return last.Sum()
		})(s, p)
		return arrays{g.X, g.Y}
	},
	"jacobian": func(s *trace.Scope, p point) arrays {
		return arrays{trace.JacobianFwd(pure(func(x trace.Array) trace.Array { return num.Sort(x.Mul(p.Y), 0) }))(s, p.X)}
	},
	"lanes in lanes": func(s *trace.Scope, p point) arrays {
		return arrays{trace.Vmap(pure(func(x trace.Array) trace.Array { return num.Where(x.Gt(p.Y), x, p.Y.Neg()) }))(s, p.X)}
	},
	"surrogate": func(s *trace.Scope, p point) arrays { return arrays{trace.VectorGrad(spike)(s, p.X.Sub(p.Y))} },
}

// Each lane is what the function computes for it alone, with the lanes on any axis, for no lane, one, a few, and many.
func TestVmapIsTheFunctionForEachLane(t *testing.T) {
	for name, f := range laneCases {
		t.Run(name, func(t *testing.T) {
			alone := trace.Jit(f)
			for _, size := range []int{0, 1, 3, 33} {
				in := point{rand.Uniform(rand.Key(1), 0, 1, size, 4), rand.Uniform(rand.Key(2), 0, 1.5, size)}
				for _, axis := range []int{0, 1, -1} {
					given := in
					if axis != 0 {
						given.X = in.X.T()
					}
					g := trace.Vmap(f, trace.InAxes(axis, 0))
					for mode, make := range map[string]func(func(*trace.Scope, point) arrays, ...trace.Option) *trace.Compiled[point, arrays]{
						"jit": trace.Jit[point, arrays], "eager": trace.Eager[point, arrays]} {
						got, err := make(g).Call(given)
						require.NoError(t, err, "%s, %d lanes", mode, size)
						for lane := range size {
							want := alone.Must(point{in.X.At(lane), in.Y.At(lane)})
							for i := range want {
								requireLane(t, want[i], got[i].At(lane), fmt.Sprintf("%s, axis %d, lane %d of %d, result %d", mode, axis, lane, size, i))
							}
						}
						for _, a := range got {
							require.Equal(t, size, a.Dim(0))
						}
					}
				}
			}
		})
	}
}

func requireLane(t *testing.T, want, got trace.Array, at string) {
	t.Helper()
	require.Equal(t, want.Type().String(), got.Type().String(), at)
	require.InDeltaSlice(t, want.Floats(), got.Floats(), 2e-5, at)
}

func TestVmapOutAxes(t *testing.T) {
	f := func(_ *trace.Scope, x trace.Array) trace.Array { return num.Stack(arrays{x, x.Mul(2), x.Mul(3)}, 0) } // (4) to (3, 4)
	x := grid(5, 4)
	want := trace.Jit(trace.Vmap(f)).Must(x)
	for _, axis := range []int{0, 1, 2, -1, -2, -3} {
		everywhere(t, trace.Vmap(f, trace.OutAxes(axis)), func(t *testing.T, call func(trace.Array) trace.Array) {
			got := num.MoveAxis(call(x), axis, 0)
			require.Equal(t, want.Shape(), got.Shape())
			require.Equal(t, want.Floats(), got.Floats())
		})
	}
	_, err := trace.Jit(trace.Vmap(f, trace.OutAxes(3))).Call(x)
	require.ErrorContains(t, err, "vmap out axes: axis: got 3, want an axis from -3 to 2")
}

// Many lanes, in one program: the memory and the time are those of arrays.
func TestVmapOfManyLanes(t *testing.T) {
	const lanes = 100000
	f := trace.Vmap(func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.Grad(func(s *trace.Scope, x trace.Array) trace.Array {
			y, _ := trace.Scan(s, x, trace.Range(3), func(_ *trace.Scope, y, _ trace.Array) (trace.Array, struct{}) { return num.Square(y), struct{}{} })
			return y
		})(s, x)
	})
	x := num.Linspace(0, 1, lanes)
	got := trace.Jit(f).Must(x).Floats()
	for i, v := range x.Floats() {
		require.InDelta(t, 8*v*v*v*v*v*v*v, got[i], 1e-4)
	}
}

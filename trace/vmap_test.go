package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

func grid(rows, cols int) trace.Array { return num.Linspace(-1, 2, rows*cols).Reshape(rows, cols) }

func TestVmapAxes(t *testing.T) {
	f := func(_ *trace.Scope, p point) point { return point{p.X.Dot(p.Y), p.Y.Mul(p.X.At(0))} }
	everywhere(t, trace.Vmap(f, trace.InAxes(0, -1), trace.OutAxes(0, 1)), func(t *testing.T, call func(point) point) {
		x, y := grid(3, 4), grid(4, 3).Neg()
		r := call(point{x, y})
		for lane := range 3 {
			want := f(nil, point{x.At(lane), y.T().At(lane)})
			require.InDelta(t, want.X.Float(), r.X.At(lane).Float(), 1e-5)
			near(t, want.Y.Floats(), r.Y.T().At(lane))
		}
		require.Equal(t, []int{4, 3}, r.Y.Shape())
	})
	shared := trace.Vmap(func(_ *trace.Scope, p point) point { return point{p.X.Mul(p.Y), p.Y.Add(1)} },
		trace.InAxes(0, trace.NoLanes), trace.OutAxes(0, trace.NoLanes))
	everywhere(t, shared, func(t *testing.T, call func(point) point) {
		r := call(point{vec(1, 2), vec(10, 20, 30)})
		require.Equal(t, []float64{10, 20, 30, 20, 40, 60}, r.X.Floats())
		require.Equal(t, []float64{11, 21, 31}, r.Y.Floats())
	})
	// results that do not depend on the lane have lanes all the same; nested; over a captured outer value
	outer := func(s *trace.Scope, x trace.Array) point {
		w := x.Sum()
		return trace.Vmap(func(s *trace.Scope, row trace.Array) point {
			return point{trace.Vmap(func(_ *trace.Scope, e trace.Array) trace.Array { return e.Mul(w) })(s, row), w}
		})(s, x)
	}
	everywhere(t, outer, func(t *testing.T, call func(trace.Array) point) {
		r := call(vec(1, 2, 3, 4).Reshape(2, 2))
		require.Equal(t, []float64{10, 20, 30, 40}, r.X.Floats())
		require.Equal(t, []float64{10, 10}, r.Y.Floats())
	})
}

func TestVmapVariables(t *testing.T) {
	shared, lane := trace.NewVariable(2.0), trace.NewVariable(vec(1, 2, 3))
	count := trace.NewVariable(0)
	f := trace.Vmap(func(s *trace.Scope, x trace.Array) trace.Array {
		count.Set(s, count.Get(s).Add(1))
		return trace.ForLoop(s, trace.Range(2), func(s *trace.Scope, _ trace.Array) trace.Array {
			lane.Set(s, lane.Get(s).Mul(shared.Get(s)).Add(x))
			return lane.Get(s)
		})
	}, trace.PerLane(lane))
	everywhere(t, f, func(t *testing.T, call func(trace.Array) trace.Array) {
		lane.SetValue(vec(1, 2, 3))
		count.SetValue(0)
		r := call(vec(10, 20, 30))
		require.Equal(t, []float64{12, 34, 24, 68, 36, 102}, r.Floats())
		require.Equal(t, []float64{34, 68, 102}, lane.Value().Floats())
		require.Equal(t, 1, count.Value().Int())
	})
	// the gradient of each lane's loss with respect to its own weight
	w := trace.NewParameter(vec(1, 2, 3))
	g := trace.Vmap(func(s *trace.Scope, x trace.Array) trace.Array {
		loss := func(s *trace.Scope, x trace.Array) trace.Array { return num.Square(w.Get(s).Mul(x)) }
		return trace.GradVars(loss, trace.Vars{{Path: "w", Var: w}})(s, x).Grad[w]
	}, trace.PerLane(w))
	everywhere(t, g, func(t *testing.T, call func(trace.Array) trace.Array) {
		require.Equal(t, []float64{2, 16, 6}, call(vec(1, 2, 1)).Floats())
	})
	// lanes only in a Variable
	only := trace.Vmap(func(s *trace.Scope, none struct{}) trace.Array { return w.Get(s).Mul(2) }, trace.PerLane(w))
	everywhere(t, only, func(t *testing.T, call func(struct{}) trace.Array) {
		require.Equal(t, []float64{2, 4, 6}, call(struct{}{}).Floats())
	})
}

func TestVmapControlFlow(t *testing.T) {
	f := func(s *trace.Scope, x trace.Array) arrays {
		steps := trace.While(s, arrays{x, of(0)}, func(_ *trace.Scope, c arrays) trace.Array { return c[0].Lt(100) },
			func(_ *trace.Scope, c arrays) arrays { return arrays{c[0].Mul(2), c[1].Add(1)} })
		sign := trace.Cond(s, x.Gt(5), x, func(_ *trace.Scope, x trace.Array) trace.Array { return x.Neg() },
			func(_ *trace.Scope, x trace.Array) trace.Array { return x.Add(0.5) })
		return append(steps, sign)
	}
	everywhere(t, trace.Vmap(f), func(t *testing.T, call func(trace.Array) arrays) {
		r := call(vec(1, 10, 200))
		require.Equal(t, []float64{128, 160, 200}, r[0].Floats())
		require.Equal(t, []int{7, 4, 0}, r[1].Ints())
		require.Equal(t, []float64{1.5, -10, -200}, r[2].Floats())
	})
}

func TestVmapOfRandomKeys(t *testing.T) {
	draw := func(_ *trace.Scope, key trace.Array) trace.Array { return rand.Normal(key, 5) }
	state := &rand.State{Key: trace.NewVariable(rand.Split(rand.Key(3), 4))}
	everywhere(t, trace.Vmap(draw), func(t *testing.T, call func(trace.Array) trace.Array) {
		keys := rand.Split(rand.Key(1), 4)
		r := call(keys)
		for lane := range 4 {
			near(t, rand.Normal(keys.At(lane), 5).Floats(), r.At(lane))
		}
		require.NotEqual(t, r.At(0).Floats(), r.At(1).Floats())
	})
	f := trace.Vmap(func(s *trace.Scope, x trace.Array) trace.Array { return x.Add(state.Normal(s, 5)) }, trace.PerLane(state.Key))
	everywhere(t, f, func(t *testing.T, call func(trace.Array) trace.Array) {
		keys := rand.Split(rand.Key(3), 4)
		state.Key.SetValue(keys)
		r := call(num.Zeros(4))
		for lane := range 4 {
			_, key := rand.Split2(keys.At(lane))
			near(t, rand.Normal(key, 5).Floats(), r.At(lane))
		}
	})
}

func TestVmapAndGradBothWays(t *testing.T) {
	loss := func(s *trace.Scope, p point) trace.Array {
		y := trace.ForLoop(s, p.X, func(s *trace.Scope, x trace.Array) trace.Array { return num.Sin(x.Mul(p.Y)) })
		return num.Square(y).Sum()
	}
	perLane := trace.Vmap(trace.Grad(loss))
	total := trace.Grad(func(s *trace.Scope, p point) trace.Array { return trace.Vmap(loss)(s, p).Sum() })
	x, y := grid(3, 4), grid(3, 1).Reshape(3)
	want := trace.Jit(total).Must(point{x, y})
	for name, f := range map[string]func(*trace.Scope, point) point{"vmap of grad": perLane, "grad of vmap": total} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, f, func(t *testing.T, call func(point) point) {
				g := call(point{x, y})
				near(t, want.X.Floats(), g.X)
				near(t, want.Y.Floats(), g.Y)
				for lane := range 3 {
					one := trace.Eager(trace.Grad(loss)).Must(point{x.At(lane), y.At(lane)})
					near(t, one.X.Floats(), g.X.At(lane))
					near(t, one.Y.Floats(), g.Y.At(lane))
				}
			})
		})
	}
}

func TestVmapErrors(t *testing.T) {
	v := trace.NewVariable(0.0)
	id := func(_ *trace.Scope, in arrays) arrays { return in }
	write := func(s *trace.Scope, in arrays) arrays { v.Set(s, in[0]); return in }
	for _, c := range []struct {
		f    func(*trace.Scope, arrays) arrays
		opts []trace.VmapOption
		in   arrays
		want string
	}{
		{id, nil, arrays{vec(1, 2), vec(1, 2, 3)}, "vmap: argument[1]: got f32[3] with 3 lanes, want 2, as argument[0] has"},
		{id, nil, arrays{of(1.0)}, "vmap: argument[0]: got f32[], want an array with an axis for the lanes (capture it, or use InAxes with NoLanes)"},
		{id, []trace.VmapOption{trace.InAxes(2)}, arrays{vec(1, 2)}, "vmap in axes: axis: got 2, want an axis from -1 to 0"},
		{id, []trace.VmapOption{trace.InAxes(0, 0, 0)}, arrays{vec(1), vec(1)}, "vmap: in axes: got 3 axes, want 1, or one for each of the 2 arrays"},
		{id, []trace.VmapOption{trace.InAxes(trace.NoLanes)}, arrays{vec(1)}, "vmap: argument: got no array with lanes, want at least one (use InAxes for an argument, or PerLane for a Variable)"},
		{id, []trace.VmapOption{trace.OutAxes(trace.NoLanes)}, arrays{vec(1)}, "vmap: result[0]: got a value for each lane, want the same value in all lanes, as OutAxes says (give it an axis in OutAxes)"},
		{write, nil, arrays{vec(1, 2)}, "vmap: " + v.String() + ": got a write of a value for each lane, want the same value in all lanes: the Variable is shared (return the value, or use PerLane for a Variable with lanes on axis 0)"},
		{write, []trace.VmapOption{trace.PerLane(v)}, arrays{vec(1, 2)}, "vmap: " + v.String() + ": got f32[], want 2 lanes on axis 0 (give it a leading axis, or leave it out of PerLane)"},
	} {
		_, err := trace.Jit(trace.Vmap(c.f, c.opts...)).Call(c.in)
		require.ErrorContains(t, err, c.want)
		_, err = trace.Eager(trace.Vmap(c.f, c.opts...)).Call(c.in)
		require.ErrorContains(t, err, c.want)
		require.Equal(t, 0.0, v.Value().Float())
	}
}

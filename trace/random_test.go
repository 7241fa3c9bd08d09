package trace_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

// Random programs of nested control flow, captured values and Variables must do the same compiled, interpreted and eagerly.
// They compute with integers, so that the same means the same bits.

// program computes a vector of three i32 from such vectors.
type program func(s *trace.Scope, env arrays) trace.Array

// generator makes random programs; the choices are made when a program is made, not when it runs.
type generator struct {
	*rand.Rand
	vars []*trace.Variable
}

func (g *generator) program(depth int) program {
	if depth == 0 {
		return g.leaf()
	}
	kinds := []func(depth int) program{g.arithmetic, g.arithmetic, g.write, g.loop, g.scan, g.branch, g.selection, g.repeat, g.unit}
	return kinds[g.IntN(len(kinds))](depth - 1)
}

func (g *generator) variable() *trace.Variable { return g.vars[g.IntN(len(g.vars))] }

func (g *generator) leaf() program {
	pick, v, c := g.IntN(1000), g.variable(), g.IntN(9)-4
	switch g.IntN(3) {
	case 0:
		return func(s *trace.Scope, _ arrays) trace.Array { return v.Get(s) }
	case 1:
		return func(_ *trace.Scope, env arrays) trace.Array { return env[pick%len(env)].Add(c) }
	}
	return func(_ *trace.Scope, env arrays) trace.Array { return env[pick%len(env)] }
}

func (g *generator) arithmetic(depth int) program {
	a, b := g.program(depth), g.program(depth)
	k := g.IntN(5)
	return func(s *trace.Scope, env arrays) trace.Array {
		x, y := a(s, env), b(s, env)
		switch k {
		case 0:
			return x.Add(y)
		case 1:
			return x.Sub(y)
		case 2:
			return x.Mul(y).Add(1)
		case 3:
			return trace.Where(x.Lt(y), x, y.Xor(3))
		}
		return x.Take([]int{2, 0, 1}, 0).SetAt(y.At(1), 0)
	}
}

func (g *generator) write(depth int) program {
	v, a, rest := g.variable(), g.program(depth), g.program(depth)
	return func(s *trace.Scope, env arrays) trace.Array {
		v.Set(s, a(s, env))
		return rest(s, env)
	}
}

func (g *generator) loop(depth int) program {
	body := g.program(depth)
	n, options := g.IntN(4), g.options()
	return func(s *trace.Scope, env arrays) trace.Array {
		type row struct{ I, X trace.Array }
		xs := env[0].BroadcastTo(n, 3)
		ys := trace.ForLoop(s, row{trace.Range(n), xs}, func(s *trace.Scope, r row) trace.Array {
			return body(s, append(env[:len(env):len(env)], r.X.Add(r.I)))
		}, options...)
		return ys.Sum(0).AsType(dtype.Int32)
	}
}

func (g *generator) options() []trace.LoopOption {
	var out []trace.LoopOption
	if g.IntN(3) == 0 {
		out = append(out, trace.Reverse())
	}
	switch g.IntN(4) {
	case 0:
		out = append(out, trace.Unroll(1+g.IntN(4)))
	case 1:
		out = append(out, trace.Every(1+g.IntN(3)))
	}
	switch g.IntN(6) {
	case 0:
		out = append(out, trace.CheckpointEvery(1+g.IntN(4)))
	case 1:
		out = append(out, trace.CheckpointSqrt())
	}
	return out
}

func (g *generator) scan(depth int) program {
	first, next, out := g.program(depth), g.program(depth), g.program(depth)
	n, options := g.IntN(4), g.options()
	return func(s *trace.Scope, env arrays) trace.Array {
		c, ys := trace.Scan(s, point{first(s, env), env[0]}, trace.Range(n), func(s *trace.Scope, c point, i trace.Array) (point, trace.Array) {
			inner := append(env[:len(env):len(env)], c.X, c.Y.Add(i))
			y := out(s, inner)
			return point{next(s, inner), y}, y
		}, options...)
		return c.X.Add(c.Y).Sub(ys.Sum(0))
	}
}

func (g *generator) branch(depth int) program {
	test, yes, no := g.program(depth), g.program(depth), g.program(depth)
	return func(s *trace.Scope, env arrays) trace.Array {
		branch := func(p program) func(*trace.Scope, trace.Array) trace.Array {
			return func(s *trace.Scope, x trace.Array) trace.Array { return p(s, append(env[:len(env):len(env)], x)) }
		}
		x := test(s, env)
		return trace.Cond(s, x.At(0).Mod(2).Eq(0), x, branch(yes), branch(no))
	}
}

func (g *generator) selection(depth int) program {
	index := g.program(depth)
	var branches []program
	for range 1 + g.IntN(3) {
		branches = append(branches, g.program(depth))
	}
	return func(s *trace.Scope, env arrays) trace.Array {
		var fs []func(*trace.Scope, arrays) trace.Array
		for _, b := range branches {
			fs = append(fs, b)
		}
		return trace.Switch(s, index(s, env).At(2).Mod(4).Sub(1), env, fs...)
	}
}

func (g *generator) repeat(depth int) program {
	first, body := g.program(depth), g.program(depth)
	v, n := g.variable(), g.IntN(4)
	return func(s *trace.Scope, env arrays) trace.Array {
		limit := env[0].At(0).Mod(3).Add(n)
		type state struct{ I, X trace.Array }
		return trace.While(s, state{of(0), first(s, env)},
			func(s *trace.Scope, c state) trace.Array { return c.I.Lt(limit).And(v.Get(s).At(1).Ne(7)) },
			func(s *trace.Scope, c state) state {
				return state{c.I.Add(1), body(s, append(env[:len(env):len(env)], c.X))}
			}).X
	}
}

func (g *generator) unit(depth int) program {
	f := g.program(depth)
	return func(s *trace.Scope, env arrays) trace.Array {
		return trace.Checkpoint(func(s *trace.Scope, in arrays) trace.Array { return f(s, append(env[:len(env):len(env)], in...)) })(s, env[:1])
	}
}

func ints(xs ...int32) trace.Array { return trace.FromTensor(tensorOfInts(xs)) }

func TestRandomPrograms(t *testing.T) {
	programs := 300
	if testing.Short() {
		programs = 60
	}
	interp, err := backends.Get("interp")
	require.NoError(t, err)
	for seed := range programs {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 1))}
			for range 2 {
				g.vars = append(g.vars, trace.NewVariable(ints(0, 0, 0)))
			}
			p := g.program(1 + g.IntN(4))
			f := func(s *trace.Scope, x trace.Array) trace.Array { return p(s, arrays{x, x.Mul(3)}) }
			run := func(call func(trace.Array) (trace.Array, error)) (out []string) {
				for i, v := range g.vars {
					v.SetValue(ints(int32(i), 5, 9))
				}
				for k := range 2 {
					r, err := call(ints(int32(k), -2, 4))
					require.NoError(t, err)
					out = append(out, r.String())
				}
				for _, v := range g.vars {
					out = append(out, v.Value().String())
				}
				return out
			}
			low, err := trace.Jit(f).Lower(ints(0, -2, 4))
			require.NoError(t, err)
			require.NoError(t, ir.Verify(low.Graph()))
			want := run(trace.Eager(f).Call)
			require.Equal(t, want, run(trace.Jit(f, trace.On(interp)).Call), "interpreted\n%s", low.IR())
			require.Equal(t, want, run(trace.Jit(f).Call), "compiled\n%s", low.IR())
		})
	}
}

package trace_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// population is the dynamics of some units with two residuals a step, of T steps.
func population(units, steps int, opts ...trace.LoopOption) func(*trace.Scope, point) trace.Array {
	return func(s *trace.Scope, p point) trace.Array {
		v, _ := trace.Scan(s, p.X, trace.Range(steps), func(_ *trace.Scope, v, i trace.Array) (trace.Array, struct{}) {
			return num.Sin(p.Y.Mul(num.Exp(v))), struct{}{}
		}, opts...)
		return v.Sum()
	}
}

// workspace is the temporary memory of a compiled function, in bytes.
func workspace[A, R any](t *testing.T, f func(*trace.Scope, A) R, a A) int {
	t.Helper()
	cpu, err := backends.Get("cpu")
	require.NoError(t, err)
	low, err := trace.Jit(f, trace.On(cpu)).Lower(a)
	require.NoError(t, err)
	exec, err := low.Compile()
	require.NoError(t, err)
	return exec.(backends.Measured).Stats().Workspace
}

// The memory of a gradient follows the theory, measured in the compiled program: linear in the number of steps without checkpoints and with
// one at every step, but then with the carry alone; with n steps a segment, T/n carries and the residuals of n steps; with sqrt(T) steps,
// twice as much for four times the steps.
func TestMemoryOfCheckpointedLoops(t *testing.T) {
	const units = 1000
	const row = units * 4
	at := point{num.Full(0.1, units), num.Full(0.5, units)}
	rows := func(steps int, opts ...trace.LoopOption) float64 {
		return float64(workspace(t, trace.Grad(population(units, steps, opts...)), at)) / row
	}
	fixed := rows(1)
	require.Less(t, fixed, 20.0, "rows that no loop stacks")
	plain, every, sqrt := rows(400)-fixed, rows(400, trace.CheckpointEvery(1))-fixed, rows(400, trace.CheckpointSqrt())-fixed
	for _, c := range []struct {
		name        string
		rows, least float64 // as the theory has it
	}{
		{"plain", plain, 400 * 2},
		{"every step", every, 400},
		{"sqrt", sqrt, 20 + 20*2},
		{"plain, 4 T", rows(1600) - fixed, 1600 * 2},
		{"every step, 4 T", rows(1600, trace.CheckpointEvery(1)) - fixed, 1600},
		{"sqrt, 4 T", rows(1600, trace.CheckpointSqrt()) - fixed, 40 + 40*2},
		{"segments of 100", rows(400, trace.CheckpointEvery(100)) - fixed, 4 + 100*2},
		{"segments of 100, 4 T", rows(1600, trace.CheckpointEvery(100)) - fixed, 16 + 100*2},
	} {
		t.Logf("%-22s %7.1f rows, theory %5.0f", c.name, c.rows, c.least)
		require.InDelta(t, c.least, c.rows, 12+0.02*c.least, c.name)
	}
}

type link = func(*trace.Scope, point) trace.Array

// chain applies f n times, and adds up.
func chain(n int, f link) func(*trace.Scope, point) trace.Array {
	return func(s *trace.Scope, p point) trace.Array {
		for range n {
			p.X = f(s, p)
		}
		return p.X.Sum()
	}
}

// Each function of a chain keeps its argument only: checkpointed, the memory of a chain of n functions, each with residuals of many times
// the size of its argument, grows by the arguments.
func TestMemoryOfCheckpointedFunctions(t *testing.T) {
	for _, c := range []struct {
		name      string
		f         link
		at        point
		residuals int // of one function, in units of its argument
	}{
		{"loop", func(s *trace.Scope, p point) trace.Array {
			v, _ := trace.Scan(s, p.X, trace.Range(50), func(_ *trace.Scope, v, _ trace.Array) (trace.Array, struct{}) {
				return num.Sin(p.Y.Mul(num.Exp(v))), struct{}{}
			})
			return v
		}, point{num.Full(0.1, 1000), num.Full(0.5, 1000)}, 100},
		{"layers", func(_ *trace.Scope, p point) trace.Array {
			for range 5 {
				p.X = num.Tanh(p.X.MatMul(p.Y))
			}
			return p.X
		}, point{num.Full(0.1, 256, 64), num.Full(0.01, 64, 64)}, 5},
	} {
		argument := float64(4 * c.at.X.Size())
		for _, n := range []int{4, 16} {
			plain := float64(workspace(t, trace.Grad(chain(n, c.f)), c.at)) / argument
			again := float64(workspace(t, trace.Grad(chain(n, trace.Checkpoint(c.f))), c.at)) / argument
			t.Logf("%s: %2d functions %7.1f, with checkpoints %.1f arguments", c.name, n, plain, again)
			require.InDelta(t, n*c.residuals, plain, 20)
			require.InDelta(t, n+c.residuals, again, 20)
		}
	}
}

func TestCheckpointedLoopsAreTheSameLoops(t *testing.T) {
	v := trace.NewVariable(0.0)
	at := point{vec(0.1, 0.2, 0.3), num.Linspace(-1, 1, 7)}
	program := func(opts ...trace.LoopOption) func(*trace.Scope, point) []trace.Array {
		loss := func(s *trace.Scope, p point) (trace.Array, arrays) {
			last, ys := trace.Scan(s, p.X, p.Y, func(s *trace.Scope, c, y trace.Array) (trace.Array, trace.Array) {
				v.Set(s, v.Get(s).Add(c.Sum()))
				return num.Sin(c.Mul(y).Add(v.Get(s))), num.Exp(c.Add(y))
			}, opts...)
			return last.Sum().Add(ys.Mean()), arrays{last, ys}
		}
		return func(s *trace.Scope, p point) []trace.Array {
			v.Set(s, 0.5)
			g := trace.GradAux(loss)(s, p)
			return []trace.Array{g.Value, g.Grad.X, g.Grad.Y, g.Aux[0], g.Aux[1], v.Get(s)}
		}
	}
	for _, base := range [][]trace.LoopOption{nil, {trace.Reverse()}, {trace.Every(2)}, {trace.Reverse(), trace.Every(3)}} {
		want := trace.Jit(program(base...)).Must(at)
		for k := 1; k <= 8; k++ {
			checkpoint := trace.CheckpointEvery(k)
			if k == 8 {
				checkpoint = trace.CheckpointSqrt()
			}
			everywhere(t, program(append(base[:len(base):len(base)], checkpoint)...), func(t *testing.T, call func(point) []trace.Array) {
				for i, got := range call(at) {
					require.Equal(t, want[i].Shape(), got.Shape())
					require.InDeltaSlice(t, want[i].Floats(), got.Floats(), 1e-5, "segments of %d, result %d", k, i)
				}
			})
		}
	}
}

func TestCheckpointErrors(t *testing.T) {
	loop := func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.ForLoop(s, x, func(_ *trace.Scope, x trace.Array) trace.Array { return x }, trace.CheckpointEvery(0))
	}
	_, err := trace.Jit(loop).Call(vec(1, 2))
	require.EqualError(t, err, line(-3)+": for loop: option checkpoint every: got 0, want 1 or more steps (CheckpointSqrt finds a length)")
}

// A gradient through 10,000 steps that keeps the state of 100 of them.
func ExampleCheckpointSqrt() {
	loss := func(s *trace.Scope, w num.Array) num.Array {
		x, _ := trace.Scan(s, num.Of(0.5), trace.Range(10000), func(_ *trace.Scope, x, _ num.Array) (num.Array, struct{}) {
			return num.Sin(x).Add(w.Mul(0.1)), struct{}{}
		}, trace.CheckpointSqrt())
		return x
	}
	fmt.Printf("%.4f\n", trace.Jit(trace.Grad(loss)).Must(num.Of(2.0)).Float())
	// Output: 0.1880
}

// Of the layer, the way back keeps its argument, and computes the rest again.
func ExampleCheckpoint() {
	layer := trace.Checkpoint(func(_ *trace.Scope, x num.Array) num.Array { return num.Tanh(num.Exp(x).Mul(0.5)) })
	loss := func(s *trace.Scope, x num.Array) num.Array { return layer(s, layer(s, x)).Sum() }
	fmt.Println(trace.Jit(trace.Grad(loss)).Must(num.Of([]float64{0, 1})))
	// Output: [0.17594402 0.11547269]
}

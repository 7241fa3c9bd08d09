package trace_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

type settings struct {
	X    trace.Array
	N    int
	Name string
	Flag *bool
	M    map[string]trace.Array
	Any  any
}

func TestSignatures(t *testing.T) {
	traced := 0
	f := trace.Jit(func(_ *trace.Scope, c settings) trace.Array {
		traced++
		y := c.X.Mul(c.N)
		for _, m := range c.M {
			y = y.Add(m)
		}
		if x, ok := c.Any.(trace.Array); ok {
			y = y.Add(x)
		}
		return y.Sum()
	})
	yes, no := true, false
	for i, c := range []struct {
		in   settings
		want float64
		same int // index of the earlier case with the same signature, plus one
	}{
		{settings{X: vec(1, 2), N: 2}, 6, 0},
		{settings{X: vec(3, 4), N: 2}, 14, 1},
		{settings{X: vec(3, 4), N: 3}, 21, 0},
		{settings{X: vec(3, 4, 5), N: 3}, 36, 0},
		{settings{X: vec(1, 2).AsType(dtype.Float16), N: 2}, 6, 0},
		{settings{X: vec(1, 2), N: 2, Name: "a"}, 6, 0},
		{settings{X: vec(1, 2), N: 2, Flag: &yes}, 6, 0},
		{settings{X: vec(1, 2), N: 2, Flag: &no}, 6, 0},
		{settings{X: vec(1, 2), N: 2, M: map[string]trace.Array{"a": of(1.0)}}, 8, 0},
		{settings{X: vec(1, 2), N: 2, M: map[string]trace.Array{"b": of(1.0)}}, 8, 0},
		{settings{X: vec(1, 2), N: 2, M: map[string]trace.Array{"b": of(3.0)}}, 12, 1},
		{settings{X: vec(1, 2), N: 2, Any: of(1.0)}, 8, 0},
		{settings{X: vec(1, 2), N: 2, Any: 1.0}, 6, 0},
	} {
		before := traced
		r, err := f.Call(c.in)
		require.NoError(t, err)
		require.Equal(t, c.want, r.Float(), "case %d", i)
		require.Equal(t, c.same == 0, traced > before, "case %d", i)
	}
	require.Equal(t, traced, f.Signatures())
	f.Clear()
	require.Equal(t, 0, f.Signatures())
}

func TestSignatureHasModeBackendAndVariables(t *testing.T) {
	t.Cleanup(func() {
		trace.SetX64(false)
		require.NoError(t, trace.SetBackend(""))
	})
	v := trace.NewVariable(vec(1, 2))
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array { return v.Get(s).Sum().Add(x).Div(2) })
	one := of(1).AsType(dtype.Int32)
	require.Equal(t, 2.0, f.Must(one).Float())
	require.Equal(t, 2.0, f.Must(one).Float())
	require.Equal(t, 1, f.Signatures())

	v.ResetValue(vec(1, 2, 3))
	require.Equal(t, 3.5, f.Must(one).Float())
	require.Equal(t, 2, f.Signatures())
	v.ResetValue(vec(5, 2))
	require.Equal(t, 4.0, f.Must(one).Float())
	require.Equal(t, 2, f.Signatures())

	trace.SetX64(true)
	g := trace.Jit(func(_ *trace.Scope, x trace.Array) trace.Array { return x.Div(2) })
	require.Equal(t, dtype.Float64, g.Must(one).DType())
	trace.SetX64(false)
	require.Equal(t, dtype.Float32, g.Must(one).DType())
	require.Equal(t, 2, g.Signatures())
	h := trace.Jit(func(_ *trace.Scope, x trace.Array) trace.Array { return x.Add(x) }, trace.On(instant{}))
	require.Equal(t, 0, h.Must(one).Int())
}

func TestWriteOnlyResetDependsOnNoType(t *testing.T) {
	v := trace.NewVariable(0.0)
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		v.Reset(s, x)
		trace.ForLoop(s, trace.Range(3), func(s *trace.Scope, _ trace.Array) struct{} {
			v.Set(s, v.Get(s).Mul(2))
			return struct{}{}
		})
		return v.Get(s)
	})
	for range 3 {
		require.Equal(t, []float64{8, 16}, f.Must(vec(1, 2)).Floats())
		require.Equal(t, []int{2}, v.Shape())
	}
	require.Equal(t, 1, f.Signatures(), "the first write needs no value, so its type does not matter")
}

func TestWriteInBranchesDependsOnTheType(t *testing.T) {
	v := trace.NewVariable(vec(1, 2))
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		set := func(s *trace.Scope, x trace.Array) trace.Array {
			v.Set(s, 0.0)
			return x
		}
		return trace.Cond(s, x.Gt(0), x, set, set)
	})
	f.Must(of(1.0))
	v.ResetValue(vec(1, 2, 3))
	f.Must(of(1.0))
	require.Equal(t, []int{3}, v.Shape())
	require.Equal(t, 2, f.Signatures())
}

func TestWarningAfterEightSignatures(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(old)
	type scaled struct {
		X trace.Array
		K float64
	}
	f := trace.Jit(func(_ *trace.Scope, c scaled) trace.Array { return c.X.Mul(c.K) }, trace.Name("scale"))
	for k := range 12 {
		f.Must(scaled{of(1.0), float64(k)})
		require.Equal(t, k >= 8, strings.Contains(log.String(), "scale has been compiled for 9 signatures"), "k %d", k)
	}
	require.Contains(t, log.String(), "differs in a static value")
	require.Equal(t, 1, strings.Count(log.String(), "signatures"), "it warns once")
}

func TestArgumentsAreNotChangedAndResultsAreFresh(t *testing.T) {
	type tree struct {
		S []trace.Array
		M map[int]*point
		K int
	}
	f := func(_ *trace.Scope, in tree) tree {
		in.S[0] = in.S[0].Add(1)
		in.M[3].X = in.M[3].X.Mul(2)
		in.K++
		return in
	}
	both(t, f, func(t *testing.T, call func(tree) (tree, error)) {
		if t.Name() == "TestArgumentsAreNotChangedAndResultsAreFresh/eager" {
			return // plain Go code on the caller's own slices
		}
		in := tree{arrays{of(1.0)}, map[int]*point{3: {of(2.0), of(3.0)}}, 5}
		a, err := call(in)
		require.NoError(t, err)
		b, err := call(in)
		require.NoError(t, err)
		require.Equal(t, 1.0, in.S[0].Float())
		require.Equal(t, 2.0, in.M[3].X.Float())
		a.S[0], a.M[3] = of(9.0), nil
		require.Equal(t, 2.0, b.S[0].Float())
		require.Equal(t, 4.0, b.M[3].X.Float())
		require.Equal(t, 6, b.K)
		c, err := call(in)
		require.NoError(t, err)
		require.Equal(t, 4.0, c.M[3].X.Float())
	})
}

func TestConcurrentCalls(t *testing.T) {
	a, b := trace.NewVariable(0), trace.NewVariable(0)
	weight := trace.NewVariable(1)
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		a.Set(s, a.Get(s).Add(weight.Get(s)))
		b.Set(s, b.Get(s).Sub(a.Get(s)))
		return x.Add(1)
	})
	g := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		b.Set(s, b.Get(s).Add(a.Get(s)))
		a.Set(s, a.Get(s).Add(weight.Get(s)))
		return x
	})
	const workers, calls = 8, 50
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range calls {
				x := of(i)
				if w%2 == 0 {
					x = vec(float64(i), 1) // two signatures, traced at the same time
				}
				if w < workers/2 {
					require.Equal(t, float64(i+1), f.Must(x).AsType(dtype.Float32).Ravel().At(0).Float())
				} else {
					g.Must(x)
				}
				_ = a.Value().Int()
			}
		})
	}
	wg.Wait()
	require.Equal(t, workers*calls, a.Value().Int(), "no call is lost")
	require.Equal(t, 2, f.Signatures())
}

func TestEagerNoticesLostUpdates(t *testing.T) {
	v := trace.NewVariable(0)
	_, err := trace.Eager(func(s *trace.Scope, x trace.Array) trace.Array {
		v.Set(s, v.Get(s).Add(1))
		set := make(chan struct{})
		go func() { v.SetValue(100); close(set) }()
		<-set
		return x
	}).Call(of(1))
	require.ErrorContains(t, err, "was changed by another call at the same time")
	require.Equal(t, 100, v.Value().Int())
}

func TestGraphsAreWellFormed(t *testing.T) {
	v := trace.NewVariable(vec(1, 2, 3))
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		big := vec(1, 2, 3)
		return trace.ForLoop(s, trace.Range(4), func(s *trace.Scope, i trace.Array) trace.Array {
			y := trace.Cond(s, i.Gt(2), x, func(s *trace.Scope, x trace.Array) trace.Array {
				v.Set(s, v.Get(s).Add(big))
				return x.Add(i)
			}, func(_ *trace.Scope, x trace.Array) trace.Array { return x })
			trace.Print(s, "%v", y)
			return v.Get(s).Mul(y)
		})
	}, trace.Name("f"))
	low, err := f.Lower(of(2.0))
	require.NoError(t, err)
	require.NoError(t, ir.Verify(low.Graph()))
	again, err := ir.Parse(low.IR())
	require.NoError(t, err)
	require.True(t, ir.Equal(low.Graph(), again))
	require.Regexp(t, `(?s)^digraph "f" \{.*cluster.*\}\n$`, low.Dot())
	require.Equal(t, strings.Count(low.Dot(), "{"), strings.Count(low.Dot(), "}"))
	cost := low.Cost()
	require.Equal(t, 4*(1.0+2+4+3), cost.Flops, cost.String()) // in each of 4 steps: compare, convert twice, add 1 and 3 numbers, multiply 3
	require.Equal(t, 16.0, cost.ByNode["add"])
}

func TestPrintAndProgress(t *testing.T) {
	var lines []string
	var done [][2]int
	f := func(s *trace.Scope, n trace.Array) trace.Array {
		return trace.ForLoop(s, trace.Range(3), func(s *trace.Scope, i trace.Array) trace.Array {
			trace.Print(s, "i=%d x=%.2f", i, n)
			return i
		}, trace.Progress(func(d, total int) { done = append(done, [2]int{d, total}) }))
	}
	for _, make := range []func(func(*trace.Scope, trace.Array) trace.Array, ...trace.Option) *trace.Compiled[trace.Array, trace.Array]{
		trace.Jit[trace.Array, trace.Array], trace.Eager[trace.Array, trace.Array]} {
		lines, done = nil, nil
		make(f, trace.PrintTo(func(line string) { lines = append(lines, line) })).Must(vec(0.5, 1))
		require.Equal(t, []string{"i=0 x=[0.50 1.00]", "i=1 x=[0.50 1.00]", "i=2 x=[0.50 1.00]"}, lines)
		require.NotEmpty(t, done)
		require.Equal(t, [2]int{3, 3}, done[len(done)-1])
	}
	_, err := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array { trace.Print(s, "%d", x); return x }).Call(of(1.5))
	require.ErrorContains(t, err, "print: format: got")
}

func TestCheckNaN(t *testing.T) {
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.ForLoop(s, trace.Range(3), func(_ *trace.Scope, i trace.Array) trace.Array { return x.Sub(i).Pow(0.5) })
	}, trace.CheckNaN())
	at := line(-2)
	_, err := f.Call(of(1.5))
	require.EqualError(t, err, at+": pow: the result has a NaN (step 2)")
	_, err = f.Call(of(2.0))
	require.NoError(t, err)
}

func TestVarsOf(t *testing.T) {
	type layer struct{ W, B *trace.Variable }
	type model struct {
		Layers []*layer
		Shared *layer
		Named  map[string]*trace.Variable
		Deep   struct{ Any any }
		Rate   float64
		Self   *model
		hidden *trace.Variable
	}
	shared := &layer{trace.NewParameter(1.0), nil}
	m := &model{Layers: []*layer{{trace.NewParameter(1.0), trace.NewVariable(0.0)}, shared}, Shared: shared,
		Named: map[string]*trace.Variable{"b": trace.NewVariable(0), "a": trace.NewVariable(0)}, hidden: trace.NewVariable(0)}
	m.Deep.Any = layer{B: m.Named["a"]}
	m.Self = m
	paths := func(vs trace.Vars) (out []string) {
		for _, v := range vs {
			out = append(out, v.Path)
		}
		return out
	}
	require.Equal(t, []string{"Layers[0].W", "Layers[0].B", "Layers[1].W", "Named[a]", "Named[b]"}, paths(trace.VarsOf(m)))
	require.Equal(t, []string{"Layers[0].W", "Layers[1].W"}, paths(trace.ParamsOf(m)))
	v, ok := trace.VarsOf(m).Get("Named[a]")
	require.True(t, ok)
	require.Same(t, m.Named["a"], v)
	_ = m.hidden
}

package trace_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

// line returns the position of its caller as errors write it, plus a number of lines.
func line(plus int) string {
	_, file, at, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", file, at+plus)
}

type arrays = []trace.Array

// fails runs f compiled and eagerly, and checks the whole text of the error; want has %s for the position.
func fails[A, R any](t *testing.T, f func(*trace.Scope, A) R, a A, at, want string) {
	t.Helper()
	want = fmt.Sprintf(want, at)
	for name, call := range map[string]func(A) (R, error){"jit": trace.Jit(f, trace.Name("f")).Call, "eager": trace.Eager(f, trace.Name("f")).Call} {
		_, err := call(a)
		require.EqualError(t, err, want, name)
		var e *trace.Error
		require.True(t, errors.As(err, &e), name)
	}
}

func TestErrorsOfOperations(t *testing.T) {
	x, y := vec(1, 2, 3), vec(1, 2)
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].Add(in[1]) }, arrays{x, y}, line(0),
		"%s: add: shapes: got (3) and (2), want shapes that broadcast: equal extents or 1, counted from the last axis (use Reshape or num.ExpandDims)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].Reshape(2, 2) }, arrays{x}, line(0),
		"%s: reshape: shape: got (2, 2), want 3 elements, as (3) has")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].Slice(1, 5) }, arrays{x}, line(0),
		"%s: slice: index of axis 0: got [1:5], want a range within 0 to 3 and a step of 1 or more (num.Flip turns an axis around)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].Sum(1) }, arrays{x}, line(0),
		"%s: sum: axis: got 1, want an axis from -1 to 0")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].Add("1") }, arrays{x}, line(0),
		"%s: add: operand: got a string, want an Array or a Go number (use num.Of to make an array)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].AsType(dtype.Int8).Add(300) }, arrays{x}, line(0),
		"%s: add: operand: got the number 300, want one that int8 holds (use AsType on the array)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].MatMul(in[1]) }, arrays{x, y}, line(0),
		"%s: matmul: shapes: got (3) and (2), want the last extent of the first equal to the last but one of the second (use T or Transpose)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].At(in[1]) }, arrays{x, y}, line(0),
		"%s: at: index of axis 0: got f32[2], want integers (use AsType)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].At(7) }, arrays{x}, line(0),
		"%s: at: index of axis 0: got 7, want -3 to 2 for shape (3)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].AsType(dtype.Int32).SetAt(1.5, 0) }, arrays{x}, line(0),
		"%s: set at: value: got dtype of the Go number 1.5, want int32, as the updated array has (use AsType)")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].And(in[1]) }, arrays{x, x}, line(0),
		"%s: and: operand 0: got f32[3], want an integer or bool element type")
	fails(t, func(_ *trace.Scope, in arrays) trace.Array { return in[0].Add(trace.Array{}) }, arrays{x}, line(0),
		"%s: add: got the zero Array, want an array (make one with num.Of, num.Zeros, ...)")
}

func TestErrorsOfVariables(t *testing.T) {
	v := trace.NewVariable(vec(1, 2, 3))
	made := filepath.Base(line(-1))
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array { v.Set(s, x); return x }, vec(1, 2), line(0),
		"%s: variable set: variable f32[3] made at "+made+": got f32[2], want f32[3] (use num.BroadcastTo, or Reset to give it another shape)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array { v.Set(s, x.Gt(0)); return x }, vec(1, 2, 3), line(0),
		"%s: variable set: variable f32[3] made at "+made+": got i1[3], want f32[3] (use AsType(dtype.Float32))")
	fails(t, func(_ *trace.Scope, x trace.Array) trace.Array { v.Get(nil); return x }, vec(1), line(0),
		"%s: variable get: scope: got a nil scope, want the scope that the traced function was given (run the function with Jit or Eager)")
	require.EqualError(t, trace.Try(func() { v.SetValue(vec(1)) }),
		line(-1)+": variable set value: variable f32[3] made at "+made+": got f32[1], want f32[3] (use num.BroadcastTo, or Reset to give it another shape)")
	require.Equal(t, []float64{1, 2, 3}, v.Value().Floats())
	n := trace.NewVariable(1)
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array { n.Set(s, 0.5); return x }, vec(1), line(0),
		"%s: variable set: variable i32[] made at "+filepath.Base(line(-2))+": got the number 0.5, want a value of dtype int32")
}

func TestResetInLoopIsAnError(t *testing.T) {
	v := trace.NewVariable(1.0)
	made := filepath.Base(line(-1))
	_, err := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.ForLoop(s, trace.Range(3), func(s *trace.Scope, _ trace.Array) trace.Array {
			v.Reset(s, x)
			return x
		})
	}).Call(vec(1, 2))
	require.EqualError(t, err, line(-5)+": for loop: variable f32[] made at "+made+": got f32[2] at the end of the loop body, "+
		"want f32[], its type before (Reset the Variable before the loop)")
	require.Equal(t, 1.0, v.Value().Float())
}

func TestErrorsOfEscapedArrays(t *testing.T) {
	var kept trace.Array
	trace.Jit(func(_ *trace.Scope, x trace.Array) trace.Array { kept = x.Add(1); return x }, trace.Name("f")).Must(vec(1))
	require.EqualError(t, trace.Try(func() { kept.Add(1) }), line(0)+
		": add: got a traced array f32[1] of a function f that has ended, want an array that is still there (return it from the function f, or keep it in a Variable)")
	require.EqualError(t, trace.Try(func() { kept.Floats() }), line(0)+": floats: got a traced array f32[1], which has no numbers yet, want a concrete array "+
		"(return it from the traced function, use trace.Print, or run the function with trace.Eager)")
	require.Equal(t, "<traced f32[1]>", kept.String())

	_, err := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		var inner trace.Array
		trace.ForLoop(s, trace.Range(3), func(_ *trace.Scope, i trace.Array) trace.Array { inner = x.Mul(i); return i })
		return inner.Add(1)
	}).Call(vec(1))
	require.EqualError(t, err, line(-2)+
		": add: got a traced array f32[1] of a loop body that has ended, want an array that is still there (return it from the loop body, or keep it in a Variable)")

	_, err = trace.Jit(func(_ *trace.Scope, x trace.Array) trace.Array {
		return trace.Jit(func(_ *trace.Scope, y trace.Array) trace.Array { return y.Add(x) }).Must(vec(2))
	}).Call(vec(1))
	require.EqualError(t, err, line(-2)+": add: got arrays of two different traces, want arrays of one "+
		"(a traced array cannot enter another traced call; pass it as an argument of a plain function)")
}

func TestErrorsOfScopes(t *testing.T) {
	v := trace.NewVariable(1.0)
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.ForLoop(s, trace.Range(2), func(_ *trace.Scope, _ trace.Array) trace.Array { return v.Get(s) })
	}, vec(1), line(-1),
		"%s: variable get: scope: got the scope of the function f inside of a loop body, want the scope that the loop body was given (rename its parameter to s, or use it)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		var kept *trace.Scope
		trace.ForLoop(s, trace.Range(2), func(s *trace.Scope, i trace.Array) trace.Array { kept = s; return i })
		return v.Get(kept)
	}, vec(1), line(-1), "%s: variable get: scope: got the scope of a loop body that has ended, want the scope of the body that is being run (do not keep scopes)")
}

type state struct {
	V trace.Array
	G []trace.Array
}

func TestErrorsOfControlFlow(t *testing.T) {
	st := state{of(1.0), arrays{vec(1, 2)}}
	fails(t, func(s *trace.Scope, c state) state {
		c, _ = trace.Scan(s, c, trace.Range(3), func(_ *trace.Scope, c state, _ trace.Array) (state, struct{}) {
			return state{c.V, arrays{c.G[0].Sum()}}, struct{}{}
		})
		return c
	}, st, line(-4), "%s: scan: carry.G[0]: got f32[], want f32[2], the type of its initial value (a carry keeps its type: use AsType, or another initial value)")
	fails(t, func(s *trace.Scope, c state) state {
		return trace.While(s, c, func(_ *trace.Scope, c state) trace.Array { return c.V }, func(_ *trace.Scope, c state) state { return c })
	}, st, line(-1), "%s: while: condition: got f32[], want a bool scalar i1[] (compare, and reduce with All or Any)")
	fails(t, func(s *trace.Scope, c state) trace.Array {
		return trace.ForLoop(s, c, func(_ *trace.Scope, c state) trace.Array { return c.V })
	}, st, line(-1), "%s: for loop: xs.V: got a scalar f32[], want an array with a leading axis to loop over (trace.Range(n) loops n times)")
	fails(t, func(s *trace.Scope, c state) trace.Array {
		return trace.ForLoop(s, arrays{c.G[0], vec(1, 2, 3)}, func(_ *trace.Scope, c arrays) trace.Array { return c[0] })
	}, st, line(-1), "%s: for loop: xs[1]: got 3 rows, want 2, as xs[0] has")
	fails(t, func(s *trace.Scope, c state) trace.Array {
		return trace.ForLoop(s, struct{}{}, func(*trace.Scope, struct{}) trace.Array { return of(1) })
	}, st, line(-1), "%s: for loop: xs: got no arrays, want at least one array (trace.Range(n) loops n times)")
	_, err := trace.Jit(func(s *trace.Scope, c state) state {
		return trace.Cond(s, c.V.Gt(0), c, func(_ *trace.Scope, c state) state { return c },
			func(_ *trace.Scope, c state) state { return state{c.V, arrays{c.G[0].Slice(0, 1)}} })
	}).Call(st)
	require.EqualError(t, err, line(-3)+": cond: result of the yes branch.G[0]: got f32[2], want f32[1], as the no branch returns "+
		"(all branches return the same types: use AsType or num.BroadcastTo)")
	_, err = trace.Jit(func(s *trace.Scope, c state) state {
		return trace.Cond(s, c.V.Gt(0), c, func(_ *trace.Scope, c state) state { return c },
			func(_ *trace.Scope, c state) state { return state{c.V, arrays{}} })
	}).Call(st)
	require.EqualError(t, err, line(-3)+": cond: result of the yes branch: got 2 arrays, want 1, as the no branch returns "+
		"(all branches return the same types: use AsType or num.BroadcastTo)")
}

func TestErrorsOfArguments(t *testing.T) {
	call := func(err error) string { require.Error(t, err); return err.Error() }
	_, err := trace.Jit(func(*trace.Scope, struct{ F func() }) trace.Array { return of(1) }, trace.Name("f")).Call(struct{ F func() }{})
	require.Equal(t, line(-1)+": f: argument.F: got a func(), want arrays, or structs, slices, maps and pointers of them, and plain numbers, "+
		"strings and bools (capture it in the function instead)", call(err))
	_, err = trace.Jit(func(*trace.Scope, []map[string]*trace.Variable) trace.Array { return of(1) }, trace.Name("f")).Call(nil)
	require.Contains(t, call(err), ": f: argument[0][...]: got a trace.Variable, want")
	require.Contains(t, call(err), "capture it, and use Get and Set with the scope")
	type hidden struct{ x int } //lint:ignore U1000 its being there is what is refused
	_, err = trace.Jit(func(*trace.Scope, hidden) trace.Array { return of(1) }, trace.Name("f")).Call(hidden{})
	require.Contains(t, call(err), ": f: argument.x: got an unexported field of trace_test.hidden, want exported fields only")
	_, err = trace.Jit(func(*trace.Scope, map[float64]trace.Array) trace.Array { return of(1) }, trace.Name("f")).Call(nil)
	require.Contains(t, call(err), ": f: argument: got a map with keys of type float64, want string or integer keys")
	_, err = trace.Jit(func(*trace.Scope, any) trace.Array { return of(1) }, trace.Name("f")).Call(arrays{{}})
	require.Contains(t, call(err), ": f: argument[0]: got the zero Array, want an array")
	_, err = trace.Jit(func(*trace.Scope, any) trace.Array { return of(1) }, trace.Name("f")).Call(make(chan int))
	require.Contains(t, call(err), ": f: argument: got a chan int, want arrays")
	type ring struct{ Next *ring }
	r := &ring{}
	r.Next = r
	_, err = trace.Jit(func(*trace.Scope, *ring) trace.Array { return of(1) }, trace.Name("f")).Call(r)
	require.Contains(t, call(err), ": f: argument: got a value that contains itself, want a finite tree")
	_, err = trace.Jit(func(*trace.Scope, trace.Array) func() { return nil }, trace.Name("f")).Call(of(1))
	require.Contains(t, call(err), ": f: result: got a func(), want arrays")
	_, err = trace.Jit(func(*trace.Scope, trace.Array) trace.Array { return trace.Array{} }, trace.Name("f")).Call(of(1))
	require.Contains(t, call(err), ": f: result: got the zero Array")
	_, err = trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.Jit(func(_ *trace.Scope, x trace.Array) trace.Array { return x }, trace.Name("g")).Must(x)
	}).Call(of(1.0))
	require.Equal(t, line(-2)+": g: argument: got a traced array f32[], want a concrete array "+
		"(inside of a traced function, call the function itself instead of its compiled form)", call(err))
}

func TestCheckStopsTheRunAndKeepsVariables(t *testing.T) {
	v := trace.NewVariable(10)
	f := func(s *trace.Scope, limit trace.Array) trace.Array {
		return trace.ForLoop(s, trace.Range(5), func(s *trace.Scope, i trace.Array) trace.Array {
			v.Set(s, v.Get(s).Add(1))
			trace.Check(s, i.Lt(limit), "index too large")
			return i
		})
	}
	both(t, f, func(t *testing.T, call func(trace.Array) (trace.Array, error)) {
		v.SetValue(10)
		_, err := call(of(3))
		var failed *trace.CheckError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, trace.CheckError{Message: "index too large", Step: 3}, *failed)
		require.Equal(t, 10, v.Value().Int())
		_, err = call(of(9))
		require.NoError(t, err)
		require.Equal(t, 15, v.Value().Int())
	})
}

func TestCancelKeepsVariables(t *testing.T) {
	v := trace.NewVariable(0)
	for name, call := range map[string]func(context.Context, trace.Array) (trace.Array, error){
		"jit": trace.Jit(endless(v)).CallContext, "eager": trace.Eager(endless(v)).CallContext} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Millisecond, cancel)
			_, err := call(ctx, of(1))
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, 0, v.Value().Int())
		})
	}
}

func endless(v *trace.Variable) func(*trace.Scope, trace.Array) trace.Array {
	return func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.While(s, x, func(_ *trace.Scope, x trace.Array) trace.Array { return x.Gt(0) },
			func(s *trace.Scope, x trace.Array) trace.Array {
				v.Set(s, v.Get(s).Add(1))
				return x
			})
	}
}

func TestFailedTraceKeepsVariablesAndCanBeRetried(t *testing.T) {
	v := trace.NewVariable(1.0)
	ok := false
	f := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		v.Set(s, 2.0)
		if !ok {
			return x.Reshape(7)
		}
		return x
	})
	_, err := f.Call(vec(1))
	require.Error(t, err)
	require.Equal(t, 1.0, v.Value().Float())
	require.Equal(t, 0, f.Signatures())
	ok = true
	_, err = f.Call(vec(1))
	require.NoError(t, err)
	require.Equal(t, 2.0, v.Value().Float())
}

func TestForeignPanicsPass(t *testing.T) {
	f := trace.Jit(func(*trace.Scope, trace.Array) trace.Array { panic("mine") })
	require.PanicsWithValue(t, "mine", func() { f.Call(vec(1)) })
	require.PanicsWithValue(t, "mine", func() { f.Call(vec(1)) }, "nothing stays locked")
}

package trace_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
)

// What is nil, or was never made, is an error with the user's line, not a nil pointer dereference.
func TestNilFunctions(t *testing.T) {
	x := vec(1, 2, 3)
	id := func(_ *trace.Scope, x trace.Array) trace.Array { return x }
	type fn = func(*trace.Scope, trace.Array) trace.Array
	for want, f := range map[string]fn{
		"jit: function: got nil, want a function":          nil,
		"grad: function: got nil, want a function":         trace.Grad[trace.Array](nil),
		"vector grad: function: got nil, want a function":  trace.VectorGrad[trace.Array](nil),
		"vmap: function: got nil, want a function":         trace.Vmap[trace.Array, trace.Array](nil),
		"jacobian rev: function: got nil, want a function": trace.JacobianRev(nil),
		"checkpoint: function: got nil, want a function":   trace.Checkpoint[trace.Array, trace.Array](nil),
		"custom jvp: rule: got nil, want a function":       trace.CustomJVP(id, nil),
		"custom vjp: backward: got nil, want a function":   trace.CustomVJP[trace.Array, trace.Array, trace.Array](id, func(_ *trace.Scope, x trace.Array) (trace.Array, trace.Array) { return x, x }, nil),
		"for loop: body: got nil, want a function": func(s *trace.Scope, x trace.Array) trace.Array {
			return trace.ForLoop[trace.Array, trace.Array](s, x, nil)
		},
		"while: cond: got nil, want a function":                                func(s *trace.Scope, x trace.Array) trace.Array { return trace.While(s, x, nil, id) },
		"cond: no branch: got nil, want a function":                            func(s *trace.Scope, x trace.Array) trace.Array { return trace.Cond(s, x.Sum().Gt(0), x, id, nil) },
		"switch: branch 1: got nil, want a function":                           func(s *trace.Scope, x trace.Array) trace.Array { return trace.Switch(s, 0, x, id, nil) },
		"for loop: option unroll: got 0, want 1 or more":                       func(s *trace.Scope, x trace.Array) trace.Array { return trace.ForLoop(s, x, id, trace.Unroll(0)) },
		"variable: got a nil *Variable, want one made by trace.NewVariable":    func(s *trace.Scope, _ trace.Array) trace.Array { return (*trace.Variable)(nil).Get(s) },
		"variable: got a zero Variable, want one made by trace.NewVariable":    func(s *trace.Scope, _ trace.Array) trace.Array { return new(trace.Variable).Get(s) },
		"from tensor: got nil, want a tensor":                                  func(*trace.Scope, trace.Array) trace.Array { return trace.FromTensor(nil) },
		"reshape: shape: got (2), want 3 elements, as (3) has":                 trace.Vmap(func(_ *trace.Scope, x trace.Array) trace.Array { return vec(1, 2, 3).Reshape(2) }, nil), // a nil option says nothing
		"slice: index of axis 0: got [0:9], want a range within 0 to 3 and a ": func(s *trace.Scope, x trace.Array) trace.Array { return trace.ForLoop(s, x.Slice(0, 9), id, nil) },
	} {
		for _, c := range []*trace.Compiled[trace.Array, trace.Array]{trace.Jit(f, nil), trace.Eager(f)} {
			_, err := c.Call(x)
			require.ErrorContains(t, err, want)
			var e *trace.Error
			require.ErrorAs(t, err, &e)
			require.Contains(t, e.Pos.File, "nil_test.go", want)
		}
	}
}

func TestNilReceivers(t *testing.T) {
	v := new(trace.Variable)
	for want, f := range map[string]func(){
		"variable value: got a nil *Variable": func() { (*trace.Variable)(nil).Value() },
		"variable set value: got a zero Var":  func() { v.SetValue(1) },
		"variable reset value: got a zero":    func() { v.ResetValue(1) },
		"variable shape: got a zero Variable": func() { v.Shape() },
		"call: got a Compiled without a func": func() { new(trace.Compiled[trace.Array, trace.Array]).Must(vec(1)) },
		"call: context: got nil, want a context": func() {
			var none context.Context
			_, err := trace.Eager(func(*trace.Scope, trace.Array) trace.Array { return vec(1) }).CallContext(none, vec(1))
			panic(err)
		},
	} {
		require.ErrorContains(t, trace.Try(f), want)
	}
	require.Equal(t, "variable that was never made", v.String())
}

// A value set outside of traces, by a call inside, would be set once, while tracing, and never when the program runs.
func TestSetValueInsideOfTraces(t *testing.T) {
	v := trace.NewVariable(1.0)
	inner := func(s *trace.Scope, x trace.Array) trace.Array { v.SetValue(3.0); return x }
	for _, f := range []func(*trace.Scope, trace.Array) trace.Array{inner,
		func(s *trace.Scope, x trace.Array) trace.Array { return trace.ForLoop(s, x, inner) },
		func(s *trace.Scope, x trace.Array) trace.Array { v.ResetValue(x.Shape()[0]); return x }} {
		for _, c := range []*trace.Compiled[trace.Array, trace.Array]{trace.Jit(f), trace.Eager(f)} {
			_, err := c.Call(vec(1, 2))
			require.ErrorContains(t, err, "got a call inside of a traced function, want one outside of it (use Set with the scope)")
			require.Equal(t, 1.0, v.Value().Float())
		}
	}
	v.SetValue(2.0)
	require.Equal(t, 2.0, v.Value().Float())
}

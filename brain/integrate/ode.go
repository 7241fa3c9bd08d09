package integrate

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/trace"
)

// Equation is the right side dv/dt of a differential equation as a function of v, the time t in ms, and further arguments, in v's unit per
// ms and of v's shape.
type Equation interface {
	func(v, t trace.Array) trace.Array |
		func(v, t, a trace.Array) trace.Array |
		func(v, t, a, b trace.Array) trace.Array |
		func(v, t, a, b, c trace.Array) trace.Array |
		func(v, t trace.Array, args ...trace.Array) trace.Array
}

// ODE is an equation with a method to solve it.
type ODE struct {
	method *Method
	dv     func(v, t trace.Array, args []trace.Array) trace.Array
	args   int // of the equation behind v and t; -1: any number
}

// New makes an ODE. With ExpEuler each element of dv may depend on its own element of v only: write equations of several variables as several
// ODEs, each with the other variables as arguments. The Runge-Kutta methods take a v of several variables as well.
func New[E Equation](m *Method, dv E) *ODE {
	if m == nil {
		trace.Fail("integrate", "method", "nil", "a method such as integrate.ExpEuler", "")
	}
	if reflect.ValueOf(dv).IsNil() {
		trace.Fail("integrate", "equation", "nil", "a function", "")
	}
	o := &ODE{method: m}
	switch f := any(dv).(type) {
	case func(v, t trace.Array) trace.Array:
		o.dv = func(v, t trace.Array, _ []trace.Array) trace.Array { return f(v, t) }
	case func(v, t, a trace.Array) trace.Array:
		o.args, o.dv = 1, func(v, t trace.Array, x []trace.Array) trace.Array { return f(v, t, x[0]) }
	case func(v, t, a, b trace.Array) trace.Array:
		o.args, o.dv = 2, func(v, t trace.Array, x []trace.Array) trace.Array { return f(v, t, x[0], x[1]) }
	case func(v, t, a, b, c trace.Array) trace.Array:
		o.args, o.dv = 3, func(v, t trace.Array, x []trace.Array) trace.Array { return f(v, t, x[0], x[1], x[2]) }
	case func(v, t trace.Array, args ...trace.Array) trace.Array:
		o.args, o.dv = -1, func(v, t trace.Array, x []trace.Array) trace.Array { return f(v, t, x...) }
	}
	return o
}

// Step returns v (of a real floating-point type) one step later: dt and the time at the start of the step come from the scope, and args are
// what the equation takes behind v and t, held during the step. The wrong number of them, an integer v, or a slope that is not of v's shape
// panics with an *ir.Error.
func (o *ODE) Step(s *trace.Scope, v trace.Array, args ...trace.Array) trace.Array {
	const name = "integrate step"
	if o.args >= 0 && len(args) != o.args {
		trace.Fail(name, "arguments", fmt.Sprint(len(args)), fmt.Sprintf("%d, as the equation takes behind v and t", o.args), "")
	}
	if !v.DType().IsFloat() {
		trace.Fail(name, "v", v.Type().String(), "a floating-point array", "")
	}
	f := func(v, t trace.Array) trace.Array {
		dv := o.dv(v, t, args)
		if !slices.Equal(dv.Shape(), v.Shape()) {
			trace.Fail(name, "slope", dv.Type().String(), fmt.Sprintf("one of v's shape %v", v.Shape()), "give v the shape of the population")
		}
		return dv.AsType(v.DType())
	}
	return o.method.step(s, f, v, brain.T(s), brain.Dt(s))
}

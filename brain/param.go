package brain

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

// Param is a parameter as users write it: nil, a number, a trace.Array, an Initializer, a *trace.Variable or a
// func(shape ...int) trace.Array.
type Param any

// Initializer makes arrays of initial values or weights.
type Initializer interface {
	Init(shape ...int) trace.Array
}

// Value is a resolved parameter: a constant array or a Variable.
type Value struct {
	array trace.Array
	V     *trace.Variable // nil for constants; exported so that trace.VarsOf finds it
}

// Get returns the parameter in a traced function, or outside of one with a nil scope if it is constant.
func (v Value) Get(s *trace.Scope) trace.Array {
	if v.V != nil {
		return v.V.Get(s)
	}
	return v.array
}

// Now returns the parameter's value outside of traces.
func (v Value) Now() trace.Array {
	if v.V != nil {
		return v.V.Value()
	}
	return v.array
}

// Resolve turns a parameter into a value for a population of this shape. def is the documented default, used for nil. Numbers stay scalars;
// arrays must broadcast to the shape. It panics with an *ir.Error that names the parameter if it is none of the accepted kinds.
func Resolve(name string, p Param, def Param, shape ...int) Value {
	if p == nil {
		p = def
	}
	switch p := p.(type) {
	case *trace.Variable:
		return Value{V: checkedVariable(name, p, shape)}
	case trace.Array:
		return Value{array: checked(name, p, shape)}
	case Initializer:
		return Value{array: checked(name, p.Init(shape...), shape)}
	case func(shape ...int) trace.Array:
		return Value{array: checked(name, p(shape...), shape)}
	}
	x, ok := number(p)
	if !ok {
		trace.Fail("parameter", name, fmt.Sprintf("%T", p),
			"a number, a trace.Array, an initializer, a *trace.Variable or a func(shape ...int) trace.Array", "")
	}
	return Value{array: trace.Full(dtype.DefaultFloat(), x)}
}

// number converts the Go numbers that a parameter may be.
func number(p any) (float64, bool) {
	switch x := p.(type) {
	case float64:
		return x, true
	case float32:
		return float64(x), true
	case int:
		return float64(x), true
	case int32:
		return float64(x), true
	case int64:
		return float64(x), true
	}
	return 0, false
}

func checked(name string, a trace.Array, shape []int) trace.Array {
	if !broadcasts(a.Shape(), shape) {
		trace.Fail("parameter", name, a.Type().String(), fmt.Sprintf("an array that broadcasts to %v", shape), "")
	}
	if a.DType().IsFloat() {
		return a.AsType(dtype.DefaultFloat())
	}
	return a
}

func checkedVariable(name string, v *trace.Variable, shape []int) *trace.Variable {
	checked(name, v.Value(), shape)
	return v
}

// broadcasts reports whether an array of shape from fits into shape to by NumPy's rule.
func broadcasts(from, to []int) bool {
	if len(from) > len(to) {
		return false
	}
	tail := to[len(to)-len(from):]
	for i, d := range from {
		if d != 1 && d != tail[i] {
			return false
		}
	}
	return true
}

// State makes a Variable of a population's shape, filled from an initial value. Scalars are spread.
func State(name string, init Param, def Param, shape ...int) *trace.Variable {
	x := Resolve(name, init, def, shape...).Now()
	return trace.NewVariable(x.BroadcastTo(shape...))
}

package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/autodiff"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// The gradients of this file are reverse mode with respect to the whole argument tree. Captured arrays are constants to the transform at
// hand, but not to one around it. Variables that f writes get the values that f gives them.

// ValueGrad is a function's value and its gradient, in the shape of the argument.
type ValueGrad[A any] struct {
	Value Array
	Grad  A
}

// ValueGradAux is a ValueGrad with the second result of the function.
type ValueGradAux[A, X any] struct {
	Value Array
	Grad  A
	Aux   X
}

// Grad returns the gradient of f, whose result is a real floating-point scalar, as a tree like the argument. All arrays of the argument
// must be of floating-point or complex type (a Go int counts as a float); for complex ones the gradient is df/dRe - i df/dIm, as in JAX.
func Grad[A any](f func(*Scope, A) Array) func(*Scope, A) A {
	return func(s *Scope, a A) A { return argumentGradient("grad", s, withoutAux("grad", f), a).Grad }
}

// ValueAndGrad is Grad that returns the value too.
func ValueAndGrad[A any](f func(*Scope, A) Array) func(*Scope, A) ValueGrad[A] {
	return func(s *Scope, a A) ValueGrad[A] {
		g := argumentGradient("value and grad", s, withoutAux("value and grad", f), a)
		return ValueGrad[A]{g.Value, g.Grad}
	}
}

// GradAux is ValueAndGrad for a function with a second result, any tree, that is handed through.
func GradAux[A, X any](f func(*Scope, A) (Array, X)) func(*Scope, A) ValueGradAux[A, X] {
	return func(s *Scope, a A) ValueGradAux[A, X] { return argumentGradient("grad aux", s, f, a) }
}

// VectorGrad returns the gradient of the sum of f's result, an array of any shape: for a function that works element by element, its
// derivative at each element.
func VectorGrad[A any](f func(*Scope, A) Array) func(*Scope, A) A {
	return func(s *Scope, a A) A {
		a = reals("vector grad", a)
		g := lossOf("vector grad", s, withoutAux("vector grad", f), a)
		g.checkArgument(treeOf(g.name, "argument", &a))
		if t := g.graph.Outputs[0].Type; !dtype.Inexact.Has(t.DType) {
			fail(g.name, "result", t.String(), "a floating-point or complex array", "")
		}
		active := g.active(true, nil)
		outs := g.apply(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
			h, outActive := autodiff.Pullback(g.differentiable(), active)
			for i, out := range g.graph.Outputs {
				if outActive[i] {
					seed := 0.0
					if i == 0 {
						seed = 1
					}
					in = append(in, op.Full(b, out.Type, seed))
				}
			}
			return h.Inline(b, in...)
		})
		g.deliver(outs[:g.outputs()])
		return rebuilt(&a, outs[g.outputs():])
	}
}

func withoutAux[A any](name string, f func(*Scope, A) Array) func(*Scope, A) (Array, struct{}) {
	needFunc(name, "function", f)
	return func(s *Scope, a A) (Array, struct{}) { return f(s, a), struct{}{} }
}

// argumentGradient differentiates f with respect to all of a.
func argumentGradient[A, X any](name string, s *Scope, f func(*Scope, A) (Array, X), a A) ValueGradAux[A, X] {
	a = reals(name, a)
	l := lossOf(name, s, f, a)
	l.checkArgument(treeOf(name, "argument", &a))
	value, aux, grads := l.gradient(l.active(true, nil))
	return ValueGradAux[A, X]{value, rebuilt(&a, grads), aux}
}

// loss is a traced function whose first result is differentiated.
type loss[X any] struct {
	*closure
	result *lossResult[X]
}

type lossResult[X any] struct {
	Value Array
	Aux   X
}

func lossOf[A, X any](name string, s *Scope, f func(*Scope, A) (Array, X), a A) loss[X] {
	needFunc(name, "function", f)
	c, r := closeFunc(name, s, func(s *Scope, a A) (r lossResult[X]) {
		r.Value, r.Aux = f(s, a)
		return r
	}, &a)
	return loss[X]{c, r}
}

// gradient records the function and the gradients with respect to active parameters.
func (l loss[X]) gradient(active []bool) (value Array, aux X, grads []Array) {
	if t := l.graph.Outputs[0].Type; t.Rank() != 0 || !t.DType.IsFloat() {
		hint := "sum it or take its mean; for other results there are VectorGrad, JacobianRev, JacobianFwd and VJP"
		if t.DType.IsComplex() {
			hint = "take num.Real or num.Abs of it; for complex results there is VJP"
		} else if !t.DType.IsFloat() {
			hint = "integers and bools have no derivative: compute the result in floating point"
		}
		fail(l.name, "result", t.String(), "a real floating-point scalar", hint)
	}
	outs := l.apply(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		return autodiff.Grad(l.differentiable(), active).Inline(b, in...)
	})
	r := rebuilt(l.result, l.deliver(outs[:l.outputs()]))
	return r.Value, r.Aux, outs[l.outputs():]
}

// differentiable returns the graph without what would only be differentiated in vain.
func (c *closure) differentiable() *ir.Graph {
	return rewrite.Optimize(c.graph, rewrite.Options{Differentiable: true})
}

// active marks parameters: those of the arguments that have derivatives, and those of some Variables.
func (c *closure) active(args bool, vars []*Variable) []bool {
	out := make([]bool, len(c.graph.Params))
	for i := range c.args {
		out[i] = args && dtype.Inexact.Has(c.graph.Params[i].Type.DType)
	}
	for i, v := range c.reads {
		out[len(c.args)+len(c.outer)+i] = slices.Contains(vars, v)
	}
	return out
}

// checkArgument refuses arrays without derivatives in the argument.
func (c *closure) checkArgument(arg tree) {
	for i, a := range c.args {
		if !dtype.Inexact.Has(a.d.typ.DType) {
			fail(c.name, arg.path("argument", i), a.d.typ.String(), "a floating-point or complex array: integers and bools have no derivative",
				"capture it in the function, convert it with AsType, or use GradVars for gradients of Variables only")
		}
	}
}

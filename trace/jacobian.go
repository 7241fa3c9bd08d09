package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/autodiff"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// A Jacobian of a function from an array x to an array y has the axes of y, then those of x. Both are of real floating-point type.

// JacobianFwd returns the Jacobian of f by forward mode: the work of one tangent for each element of x. It suits functions with more
// results than arguments, and While loops.
func JacobianFwd(f func(*Scope, Array) Array) func(*Scope, Array) Array {
	return jacobian("jacobian fwd", f, forwardJacobian)
}

// JacobianRev returns the Jacobian of f by reverse mode: f runs once, then the way back for each element of y.
func JacobianRev(f func(*Scope, Array) Array) func(*Scope, Array) Array {
	return jacobian("jacobian rev", f, reverseJacobian)
}

// Hessian returns the second derivatives of f, whose result is a real floating-point scalar: the axes of x, twice. It is forward mode over
// reverse mode.
func Hessian(f func(*Scope, Array) Array) func(*Scope, Array) Array {
	return JacobianFwd(Grad(f))
}

// jacobian checks types; emit returns all outputs of the closure and the Jacobian of the first.
func jacobian(name string, f func(*Scope, Array) Array,
	emit func(b *ir.Builder, g *ir.Graph, active []bool, in []*ir.Value) (outs []*ir.Value, jac *ir.Value)) func(*Scope, Array) Array {
	jac := transform(name, f, func(c *closure, b *ir.Builder, in []*ir.Value) []*ir.Value {
		const want = "a real floating-point array"
		if t := in[0].Type; !t.DType.IsFloat() {
			fail(name, "argument", t.String(), want, "convert it with AsType; for complex numbers use JVP or VJP")
		}
		if t := c.graph.Outputs[0].Type; !t.DType.IsFloat() {
			fail(name, "result", t.String(), want, "compute it in floating point; for complex numbers use JVP or VJP")
		}
		outs, jac := emit(b, c.differentiable(), c.active(true, nil), in)
		outs[0] = jac
		return outs
	})
	return func(s *Scope, x Array) Array { return jac(s, reals(name, x)) }
}

func forwardJacobian(b *ir.Builder, g *ir.Graph, active []bool, in []*ir.Value) ([]*ir.Value, *ir.Value) {
	l := autodiff.Linearize(g, active)
	all := l.Known.Inline(b, in...)
	outs, residuals := all[:len(g.Outputs)], all[len(g.Outputs):]
	x, y := in[0].Type, g.Outputs[0].Type
	if !l.Active[0] {
		return outs, op.Full(b, jacobianType(y, x), 0)
	}
	columns := inLanes(b, l.Tangent, residuals, []*ir.Value{basis(b, x)})[0]
	return outs, op.Reshape(b, op.MoveAxis(b, columns, 0, y.Rank()), jacobianType(y, x).Shape)
}

func reverseJacobian(b *ir.Builder, g *ir.Graph, active []bool, in []*ir.Value) ([]*ir.Value, *ir.Value) {
	forward, backward, _, outActive := autodiff.VJP(g, active)
	all := forward.Inline(b, in...)
	outs, residuals := all[:len(g.Outputs)], all[len(g.Outputs):]
	x, y := in[0].Type, g.Outputs[0].Type
	if !outActive[0] {
		return outs, op.Full(b, jacobianType(y, x), 0)
	}
	cts := []*ir.Value{basis(b, y)}
	for i, out := range g.Outputs[1:] {
		if outActive[1+i] {
			cts = append(cts, op.Full(b, rows(out.Type, y.Size()), 0))
		}
	}
	return outs, op.Reshape(b, inLanes(b, backward, residuals, cts)[0], jacobianType(y, x).Shape)
}

func jacobianType(y, x ir.Type) ir.Type { return y.WithShape(slices.Concat(y.Shape, x.Shape)...) }

// rows is the type of n values of type t.
func rows(t ir.Type, n int) ir.Type { return t.WithShape(append([]int{n}, t.Shape...)...) }

// inLanes applies a linear graph to values that have lanes in front, behind residuals that have none.
func inLanes(b *ir.Builder, linear *ir.Graph, residuals, tangents []*ir.Value) []*ir.Value {
	batched := make([]bool, len(residuals)+len(tangents))
	for i := range tangents {
		batched[len(residuals)+i] = true
	}
	h, _ := autodiff.Batch(linear, batched, tangents[0].Type.Shape[0], slices.Repeat([]bool{true}, len(linear.Outputs)))
	return h.Inline(b, slices.Concat(residuals, tangents)...)
}

// basis returns the unit vectors of type t, as the rows of one array.
func basis(b *ir.Builder, t ir.Type) *ir.Value {
	n := t.Size()
	i, j := op.Iota(b, dtype.Int32, []int{n, n}, 0), op.Iota(b, dtype.Int32, []int{n, n}, 1)
	return op.Reshape(b, op.Convert(b, op.Eq(b, i, j), t.DType), rows(t, n).Shape)
}

package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/autodiff"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Tangents and cotangents are trees like the values that they belong to, with the same types. Integers and bools have none: what stands
// in their place is not looked at, and is zero in results.

// Dual is a value and its tangent.
type Dual[T any] struct{ Value, Tangent T }

// JVP returns forward-mode differentiation of f: from an argument and its tangent to the result and its tangent (the Jacobian-vector
// product).
func JVP[A, R any](f func(*Scope, A) R) func(*Scope, Dual[A]) Dual[R] {
	const name = "jvp"
	return func(s *Scope, in Dual[A]) Dual[R] {
		c, r := closeFunc(name, s, f, &in.Value)
		tangents := sameKind(name, "tangent", "the type of the value", treeOf(name, "tangent", &in.Tangent), treeOf(name, "argument", &in.Value))
		active := c.active(true, nil)
		h, outActive := autodiff.JVP(c.differentiable(), active)
		all := c.f.apply(name, func(b *ir.Builder, vs []*ir.Value) []*ir.Value { return h.Inline(b, vs...) },
			slices.Concat(c.args, c.extra(), keep(tangents, active)))
		values, rest := c.deliver(all[:c.outputs()]), all[c.outputs():]
		return Dual[R]{rebuilt(r, values), rebuilt(r, withZeros(c.graph.OutTypes()[:c.results], outActive, rest))}
	}
}

// Linearize returns f's result at an argument, and the function from tangents of the argument to tangents of the result there. f runs
// once, the linear function as often as it is called.
func Linearize[A, R any](s *Scope, f func(*Scope, A) R, at A) (R, func(tangent A) R) {
	const name = "linearize"
	c, r := closeFunc(name, s, f, &at)
	active := c.active(true, nil)
	l := autodiff.Linearize(c.differentiable(), active)
	y, residuals := splitForward(c, r, l.Known)
	return y, func(tangent A) R {
		tangents := sameKind(name, "tangent", "the type of the argument", treeOf(name, "tangent", &tangent), treeOf(name, "argument", &at))
		outs := recordGraph(name, l.Tangent, slices.Concat(residuals, keep(tangents, active)))
		return rebuilt(r, withZeros(c.graph.OutTypes()[:c.results], l.Active, outs))
	}
}

// VJP returns f's result at an argument, and the function from cotangents of the result to cotangents of the argument (the
// vector-Jacobian product). f runs once, the way back as often as it is called. What f writes into Variables has no cotangents.
func VJP[A, R any](s *Scope, f func(*Scope, A) R, at A) (R, func(cotangent R) A) {
	const name = "vjp"
	c, r := closeFunc(name, s, f, &at)
	active := c.active(true, nil)
	forward, backward, _, outActive := autodiff.VJP(c.differentiable(), active)
	y, residuals := splitForward(c, r, forward)
	return y, func(cotangent R) A {
		cts := sameKind(name, "cotangent", "the type of the result", treeOf(name, "cotangent", &cotangent), treeOf(name, "result", &y))
		for i := c.results; i < len(outActive); i++ {
			cts = append(cts, zerosOf(c.graph.Outputs[i].Type))
		}
		outs := recordGraph(name, backward, slices.Concat(residuals, keep(cts, outActive)))
		return rebuilt(&at, withZeros(typesOf(c.args), active, outs))
	}
}

// splitForward records the first part of a function split in two: it delivers the results, and returns the residuals.
func splitForward[R any](c *closure, r *R, forward *ir.Graph) (R, []Array) {
	all := c.apply(func(b *ir.Builder, in []*ir.Value) []*ir.Value { return forward.Inline(b, in...) })
	return rebuilt(r, c.deliver(all[:c.outputs()])), all[c.outputs():]
}

// recordGraph applies a graph to arrays, where Record would.
func recordGraph(name string, g *ir.Graph, in []Array) []Array {
	if len(g.Outputs) == 0 {
		return nil
	}
	return Record(name, func(b *ir.Builder, vs []*ir.Value) []*ir.Value { return g.Inline(b, vs...) }, in...)
}

// sameKind returns the arrays of a tree that must be like another one.
func sameKind(name, root, why string, got, want tree) []Array {
	weakToLike(name, got, want)
	checkSame(name, root, why, "tangents have the types of what they belong to", got, want)
	return got.flatten(name, root).leaves
}

// keep returns the arrays that are marked; marks without an array are not set.
func keep(as []Array, marks []bool) []Array {
	var out []Array
	for i, a := range as {
		if marks[i] {
			out = append(out, a)
		}
	}
	return out
}

// withZeros returns an array for each type: the next of as where marked, zeros elsewhere.
func withZeros(types []ir.Type, marks []bool, as []Array) []Array {
	out := make([]Array, len(types))
	for i, t := range types {
		if marks[i] {
			out[i], as = as[0], as[1:]
		} else {
			out[i] = zerosOf(t)
		}
	}
	return out
}

func zerosOf(t ir.Type) Array {
	if t.DType == dtype.Bool {
		return Full(t.DType, false, t.Shape...)
	}
	return Full(t.DType, 0, t.Shape...)
}

package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Functions with derivatives of their own. Their rules say nothing about what they capture: a derivative with respect to a captured array
// or a Variable that they read is an error; put it into the argument, or capture StopGradient of it. They may read Variables, but not
// write them.

// CustomVJP returns f with a derivative of its own. Under differentiation forward runs instead of f: it returns f's result, and what
// backward needs; backward turns cotangents of the result into cotangents of the argument, for its floating-point and complex
// arrays (in place of others anything of the right type may stand). Surrogate gradients of spikes are made so. Forward mode works
// if backward is linear in the cotangents.
func CustomVJP[A, R, S any](f func(*Scope, A) R, forward func(*Scope, A) (R, S), backward func(*Scope, S, R) A) func(*Scope, A) R {
	const name = "custom vjp"
	type split struct {
		Result R
		Saved  S
	}
	type back struct {
		Saved     S
		Cotangent R
	}
	return func(s *Scope, a A) R {
		needFunc(name, "function", f)
		needFunc(name, "forward", forward)
		needFunc(name, "backward", backward)
		c := &custom{name: name, label: functionName(f), s: s, arg: treeOf(name, "argument", &a)}
		var r R
		var ahead split
		c.body = c.trace("function", c.types(), func(s *Scope, leaves []Array) tree {
			r = f(s, rebuilt(&a, leaves))
			return treeOf(name, "result", &r)
		})
		c.forward = c.trace("forward", c.types(), func(s *Scope, leaves []Array) tree {
			ahead.Result, ahead.Saved = forward(s, rebuilt(&a, leaves))
			checkSame(name, "result of forward", "as the function returns", "forward returns what the function does, and what backward needs",
				treeOf(name, "result", &ahead.Result), treeOf(name, "result", &r))
			return treeOf(name, "result", &ahead)
		})
		saved := c.forward.graph.OutTypes()[c.body.results:]
		c.backward = c.trace("backward", slices.Concat(saved, inexactOf(c.body.graph.OutTypes())), func(s *Scope, leaves []Array) tree {
			cts := fillZeros(c.body.graph.OutTypes(), leaves[len(saved):])
			in := rebuilt(&back{ahead.Saved, r}, slices.Concat(leaves[:len(saved)], cts))
			ct := backward(s, in.Saved, in.Cotangent)
			checkSame(name, "result of backward", "as the argument", "backward returns a cotangent for each array of the argument",
				treeOf(name, "result", &ct), c.arg)
			return treeOf(name, "result", &ct)
		})
		return rebuilt(&r, c.emit(op.CallCustomVJP, (*custom).vjpRegions))
	}
}

// CustomJVP returns f with a derivative of its own: under differentiation rule runs instead, which turns the argument and its tangent
// into the result and its tangent. Reverse mode works if the tangent of the result is linear in that of the argument.
func CustomJVP[A, R any](f func(*Scope, A) R, rule func(*Scope, Dual[A]) Dual[R]) func(*Scope, A) R {
	const name = "custom jvp"
	return func(s *Scope, a A) R {
		needFunc(name, "function", f)
		needFunc(name, "rule", rule)
		c := &custom{name: name, label: functionName(f), s: s, arg: treeOf(name, "argument", &a)}
		var r R
		types := c.types()
		c.body = c.trace("function", types, func(s *Scope, leaves []Array) tree {
			r = f(s, rebuilt(&a, leaves))
			return treeOf(name, "result", &r)
		})
		c.forward = c.trace("rule", slices.Concat(types, inexactOf(types)), func(s *Scope, leaves []Array) tree {
			in := Dual[A]{rebuilt(&a, leaves[:len(types)]), rebuilt(&a, fillZeros(types, leaves[len(types):]))}
			out := rule(s, in)
			for _, half := range []*R{&out.Value, &out.Tangent} {
				checkSame(name, "result of the rule", "as the function returns", "the rule returns the result and a tangent of the same type",
					treeOf(name, "result", half), treeOf(name, "result", &r))
			}
			return treeOf(name, "result", &out)
		})
		return rebuilt(&r, c.emit(op.CallCustomJVP, (*custom).jvpRegions))
	}
}

// custom is a call of a function with a derivative of its own, without its types. All regions have the same operands: the argument,
// then what each of them captures.
type custom struct {
	name, label             string
	s                       *Scope
	arg                     tree
	args                    []Array
	body, forward, backward *closure // forward is the rule of a custom JVP, which has no backward
}

func (c *custom) types() []ir.Type {
	c.args = c.arg.flatten(c.name, "argument").leaves
	innermost(c.name, c.args)
	return typesOf(c.args)
}

func (c *custom) trace(what string, types []ir.Type, run func(s *Scope, leaves []Array) tree) *closure {
	cl := c.s.closeOverTypes(c.name, types, nil, run)
	if len(cl.writes) > 0 {
		fail(c.name, what, "a write to "+cl.writes[0].String(), "a function that only reads Variables", "return the value, and write it outside")
	}
	return cl
}

func (c *custom) emit(kind string, regions func(c *custom, operands []ir.Type) []*ir.Graph) []Array {
	in := c.args
	for _, cl := range c.closures() {
		in = slices.Concat(in, cl.extra())
	}
	return c.body.f.apply(c.name, func(b *ir.Builder, vs []*ir.Value) []*ir.Value {
		return op.Call(b, op.CallAttrs{Name: c.label, Kind: kind, Captured: len(in) - len(c.args)}, regions(c, ir.TypesOf(vs)), vs...)
	}, in)
}

func (c *custom) closures() []*closure {
	if c.backward == nil {
		return []*closure{c.body, c.forward}
	}
	return []*closure{c.body, c.forward, c.backward}
}

// extraOf returns the operands that a closure captured.
func (c *custom) extraOf(want *closure, operands []*ir.Value) []*ir.Value {
	at := len(c.args)
	for _, cl := range c.closures() {
		n := len(cl.outer) + len(cl.reads)
		if cl == want {
			return operands[at : at+n]
		}
		at += n
	}
	panic("BUG: closure of another function")
}

func (c *custom) region(cl *closure, operands []ir.Type) *ir.Graph {
	b := ir.NewBuilder(cl.graph.Name)
	in := b.Params(operands)
	return b.Build(cl.graph.Inline(b, slices.Concat(in[:len(c.args)], c.extraOf(cl, in))...)...)
}

// vjpRegions: what backward captured travels as residuals.
func (c *custom) vjpRegions(operands []ir.Type) []*ir.Graph {
	b := ir.NewBuilder(c.forward.graph.Name)
	in := b.Params(operands)
	ahead := c.forward.graph.Inline(b, slices.Concat(in[:len(c.args)], c.extraOf(c.forward, in))...)
	captured := c.extraOf(c.backward, in)
	forward := b.Build(slices.Concat(ahead, captured)...)

	b = ir.NewBuilder(c.backward.graph.Name)
	saved := b.Params(ir.TypesOf(ahead[c.body.results:]))
	outside := b.Params(ir.TypesOf(captured))
	cts := b.Params(inexactOf(c.body.graph.OutTypes()))
	var outs []*ir.Value
	for i, ct := range c.backward.graph.Inline(b, slices.Concat(saved, cts, outside)...) {
		if dtype.Inexact.Has(operands[i].DType) {
			outs = append(outs, ct)
		}
	}
	for _, t := range inexactOf(operands[len(c.args):]) {
		outs = append(outs, op.Full(b, t, 0))
	}
	return []*ir.Graph{c.region(c.body, operands), forward, b.Build(outs...)}
}

func (c *custom) jvpRegions(operands []ir.Type) []*ir.Graph {
	b := ir.NewBuilder(c.forward.graph.Name)
	in := b.Params(operands)
	n := len(c.args)
	tangents := b.Params(inexactOf(operands))[:len(inexactOf(operands[:n]))]
	all := c.forward.graph.Inline(b, slices.Concat(in[:n], tangents, c.extraOf(c.forward, in))...)
	outs := slices.Clone(all[:c.body.results])
	for _, t := range all[c.body.results:] {
		if dtype.Inexact.Has(t.Type.DType) {
			outs = append(outs, t)
		}
	}
	return []*ir.Graph{c.region(c.body, operands), b.Build(outs...)}
}

// inexactOf keeps the types that have tangents.
func inexactOf(ts []ir.Type) []ir.Type {
	var out []ir.Type
	for _, t := range ts {
		if dtype.Inexact.Has(t.DType) {
			out = append(out, t)
		}
	}
	return out
}

// fillZeros returns an array for each type: the next of as where it has tangents, zeros elsewhere.
func fillZeros(types []ir.Type, as []Array) []Array {
	marks := make([]bool, len(types))
	for i, t := range types {
		marks[i] = dtype.Inexact.Has(t.DType)
	}
	return withZeros(types, marks, as)
}

package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Transforms of functions all work alike: trace the function into a closed graph, apply a graph-to-graph function, record the outcome
// where the transformed function is called, rebuild the tree. closure holds the traced function in between.

// closure is a function traced for one argument: a graph of its own, and what its parameters stand for. The parameters are the arrays of
// the argument, the captured values, the Variables it reads; the outputs are the arrays of its result, the Variables it writes.
type closure struct {
	name    string
	f       *frame // around
	graph   *ir.Graph
	args    []Array
	outer   []Array     // captured arrays of f
	reads   []*Variable // behind the captures
	writes  []*Variable // behind the results
	result  tree        // template
	results int         // arrays in it
}

// closeOver traces run, a function of trees without its types, for the argument arg.
func (s *Scope) closeOver(name string, arg tree, run func(s *Scope, leaves []Array) tree) *closure {
	f := s.frame(name)
	c := &closure{name: name, f: f, args: arg.flatten(name, "argument").leaves}
	innermost(name, c.args)
	var params []Array
	var outputs []*ir.Value
	inner := s.body("function in "+name, false, func(s *Scope) {
		params = s.f.params(typesOf(c.args))
		c.result = run(s, params)
		outputs = s.f.outputsOf(name, c.result.flatten(name, "result").leaves)
	})
	c.results = len(outputs)
	c.writes = inner.wroteAny()
	outputs = append(outputs, inner.currents(c.writes)...)
	c.reads = inner.entered()
	c.graph = inner.finish(slices.Concat(values(params), inner.capturedParams(), inner.entries(c.reads)), outputs)
	for _, v := range inner.captures {
		c.outer = append(c.outer, newTraced(f, v))
	}
	return c
}

// apply records what build makes of the closure's parameters (in their order) where the closure was traced, or computes it in an
// eager frame.
func (c *closure) apply(build func(b *ir.Builder, in []*ir.Value) []*ir.Value) []Array {
	in := slices.Concat(c.args, c.outer)
	for _, v := range c.reads {
		in = append(in, c.f.varFrame().read(v))
	}
	if c.f.eager() {
		return evaluate(c.name, build, in)
	}
	return c.f.traced(build(c.f.b, c.f.useAll(in)))
}

// deliver takes values for all outputs of the closure: it writes the Variables and returns the arrays of the result.
func (c *closure) deliver(outs []Array) []Array {
	for i, v := range c.writes {
		c.f.varFrame().slot(v).write(outs[c.results+i])
	}
	return outs[:c.results]
}

// transform returns a function of the type of f that traces f and records what make builds of the closure: all outputs, in order.
func transform[A, R any](name string, f func(*Scope, A) R, make func(c *closure, b *ir.Builder, in []*ir.Value) []*ir.Value) func(*Scope, A) R {
	return func(s *Scope, a A) R {
		arg := treeOf(name, "argument", &a)
		var r R
		c := s.closeOver(name, arg, func(s *Scope, leaves []Array) tree {
			in := a
			replace(arg.plan, &in, leaves)
			r = f(s, in)
			return treeOf(name, "result", &r)
		})
		leaves := c.deliver(c.apply(func(b *ir.Builder, in []*ir.Value) []*ir.Value { return make(c, b, in) }))
		replace(c.result.plan, &r, leaves)
		return r
	}
}

// Checkpoint returns f as a unit whose intermediate results reverse-mode derivatives compute again instead of keeping them.
func Checkpoint[A, R any](f func(*Scope, A) R) func(*Scope, A) R {
	return call("checkpoint", op.CallCheckpoint, f)
}

// Named returns f as a unit that has a name in the text of graphs and in profiles.
func Named[A, R any](name string, f func(*Scope, A) R) func(*Scope, A) R {
	return call(name, op.CallPlain, f)
}

func call[A, R any](name string, kind string, f func(*Scope, A) R) func(*Scope, A) R {
	return transform(name, f, func(c *closure, b *ir.Builder, in []*ir.Value) []*ir.Value {
		return op.Call(b, op.CallAttrs{Name: name, Kind: kind}, []*ir.Graph{c.graph}, in...)
	})
}

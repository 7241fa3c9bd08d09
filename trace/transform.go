package trace

import (
	"reflect"
	"slices"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
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
	args := arg.flatten(name, "argument").leaves
	innermost(name, args)
	c := s.closeOverTypes(name, typesOf(args), nil, func(s *Scope, leaves []Array) tree {
		weakLike(leaves, args)
		return run(s, leaves)
	})
	c.args = args
	return c
}

// closeOverTypes traces run for arguments of these types, which are given later. lanes is nil, or says what Vmap does with Variables.
func (s *Scope) closeOverTypes(name string, types []ir.Type, lanes *lanes, run func(s *Scope, leaves []Array) tree) *closure {
	f := s.frame(name)
	c := &closure{name: name, f: f}
	var params []Array
	var outputs []*ir.Value
	inner := s.body("function in "+name, false, func(s *Scope) {
		s.f.lanes = lanes
		params = s.f.params(types)
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

// extra returns the arrays for the parameters behind the arguments: captured arrays, and Variables.
func (c *closure) extra() []Array {
	out := slices.Clone(c.outer)
	for _, v := range c.reads {
		out = append(out, c.f.varFrame().read(v))
	}
	return out
}

// apply records what build makes of the closure's parameters (in their order) where the closure was traced, or computes it in an
// eager frame.
func (c *closure) apply(build func(b *ir.Builder, in []*ir.Value) []*ir.Value) []Array {
	return c.f.apply(c.name, build, slices.Concat(c.args, c.extra()))
}

// apply records what build makes of arrays in f, or computes it in an eager frame; name is the transform's, for errors.
func (f *frame) apply(name string, build func(b *ir.Builder, in []*ir.Value) []*ir.Value, in []Array) (out []Array) {
	innermost(name, in)
	relabel(name, func() {
		if f.eager() {
			out = f.evaluate(name, build, in)
			return
		}
		f.at = locate() // once for all nodes
		defer func() { f.at = ir.Position{} }()
		out = f.traced(build(f.b, f.useAll(in)))
	})
	return out
}

// evaluate computes what build makes of concrete arrays as part of an eager call: it prints and stops as that does.
func (f *frame) evaluate(name string, build func(b *ir.Builder, in []*ir.Value) []*ir.Value, in []Array) []Array {
	g, inputs := closed(name, build, in)
	g = rewrite.Optimize(g, rewrite.Options{})
	results, err := runNow(f.tr.ctx, g, inputs, backends.RunOptions{Print: f.tr.print})
	if err != nil {
		panic(abort{err})
	}
	return concretes(g, results)
}

// deliver takes values for all outputs of the closure: it writes the Variables and returns the arrays of the result.
func (c *closure) deliver(outs []Array) []Array {
	for i, v := range c.writes {
		c.f.varFrame().slot(v).write(outs[c.results+i])
	}
	return outs[:c.results]
}

// outputs is the number of outputs of the closure.
func (c *closure) outputs() int { return c.results + len(c.writes) }

// closeFunc traces f for the argument a. The result holds arrays of the trace: it is a template for those that replace them.
func closeFunc[A, R any](name string, s *Scope, f func(*Scope, A) R, a *A) (*closure, *R) {
	needFunc(name, "function", f)
	arg, r := treeOf(name, "argument", a), new(R)
	c := s.closeOver(name, arg, func(s *Scope, leaves []Array) tree {
		*r = f(s, rebuilt(a, leaves))
		return treeOf(name, "result", r)
	})
	return c, r
}

// rebuilt returns a copy of the tree *v with other arrays.
func rebuilt[T any](v *T, leaves []Array) T {
	out := *v
	replace(planOf("rebuild", "tree", reflect.TypeFor[T]()), &out, leaves)
	return out
}

// transform returns a function of the type of f that traces f and records what make builds of the closure: all outputs, in order.
func transform[A, R any](name string, f func(*Scope, A) R, make func(c *closure, b *ir.Builder, in []*ir.Value) []*ir.Value) func(*Scope, A) R {
	return func(s *Scope, a A) R {
		c, r := closeFunc(name, s, f, &a)
		return rebuilt(r, c.deliver(c.apply(func(b *ir.Builder, in []*ir.Value) []*ir.Value { return make(c, b, in) })))
	}
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

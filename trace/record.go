package trace

import (
	"context"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Record applies primitives: build appends them to b, on one value for each array, and returns the results. If an array is
// traced, they are recorded in the innermost body that any of the arrays belongs to; if all are concrete, they are computed
// at once. op names the public function in errors. All functions of arrays end here; it is exported for packages of further ones.
func Record(op string, build func(b *ir.Builder, in []*ir.Value) []*ir.Value, in ...Array) []Array {
	f := innermost(op, in)
	var out []Array
	relabel(op, func() {
		if f == nil {
			out = evaluate(op, build, in)
			return
		}
		f.at = locate() // once for all nodes of the operation
		defer func() { f.at = ir.Position{} }()
		vs := build(f.b, f.useAll(in))
		out = make([]Array, len(vs))
		for i, v := range vs {
			out[i] = newTraced(f, v)
		}
	})
	return out
}

// Record1 is Record for one result.
func Record1(op string, build func(b *ir.Builder, in []*ir.Value) *ir.Value, in ...Array) Array {
	return Record(op, func(b *ir.Builder, in []*ir.Value) []*ir.Value { return []*ir.Value{build(b, in)} }, in...)[0]
}

// evaluate computes primitives on concrete arrays.
func evaluate(op string, build func(b *ir.Builder, in []*ir.Value) []*ir.Value, in []Array) []Array {
	g, inputs := closed(op, build, in)
	results, err := runNow(context.Background(), g, inputs, backends.RunOptions{})
	if err != nil {
		fail(op, "", err.Error(), "", "")
	}
	return concretes(g, results)
}

// concretes wraps the results of a graph.
func concretes(g *ir.Graph, results []*tensor.Tensor) []Array {
	out := make([]Array, len(results))
	for i, t := range results {
		out[i] = newConcrete(g.Outputs[i].Type, t)
	}
	return out
}

// closed builds a graph of its own for primitives on concrete arrays.
func closed(op string, build func(b *ir.Builder, in []*ir.Value) []*ir.Value, in []Array) (*ir.Graph, []*tensor.Tensor) {
	b := ir.NewBuilder(op)
	params := make([]*ir.Value, len(in))
	inputs := make([]*tensor.Tensor, len(in))
	for i, a := range in {
		params[i] = b.Param(a.d.typ)
		inputs[i] = a.d.tensor(op)
	}
	return b.Build(build(b, params)...), inputs
}

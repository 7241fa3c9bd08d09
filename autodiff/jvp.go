package autodiff

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// JVP returns the graph of forward-mode differentiation. Its parameters are those of g and a tangent for each active one; its outputs are
// those of g and a tangent for each one with outActive: the others have a tangent that is zero whatever the inputs. Parameters
// of integer or bool type cannot be active.
func JVP(g *ir.Graph, active []bool) (h *ir.Graph, outActive []bool) {
	checkActive("jvp", g, active)
	b := ir.NewBuilder(g.Name + ".jvp")
	in := b.Params(g.InTypes())
	tangents := make([]*ir.Value, len(in))
	for i, t := range g.InTypes() {
		if active[i] {
			tangents[i] = b.Param(t)
		}
	}
	out, outTangents := jvpGraph(b, g, in, tangents)
	outActive = given(outTangents)
	return b.Build(append(out, kept(outTangents, outActive)...)...), outActive
}

// checkActive panics with an error where an active parameter has no tangents.
func checkActive(name string, g *ir.Graph, active []bool) {
	if len(active) != len(g.Params) {
		panic("BUG: active marks for another number of parameters")
	}
	for i, p := range g.Params {
		if active[i] && !inexact(p.Type) {
			panic(&ir.Error{Op: name, Arg: fmt.Sprintf("parameter %d of %s", i, g.Name), Got: p.Type.String(),
				Want: "a float or complex type: integers and bools have no derivative", Hint: "convert it, or leave it out"})
		}
	}
}

// dual is a value and its tangent, nil for zero.
type dual struct{ value, tangent *ir.Value }

// jvpGraph emits g and its derivative.
func jvpGraph(b *ir.Builder, g *ir.Graph, in, tangents []*ir.Value) (out, outTangents []*ir.Value) {
	env := make(map[*ir.Value]dual, len(g.Params)+len(g.Nodes))
	for i, p := range g.Params {
		env[p] = dual{in[i], tangents[i]}
	}
	defer keepLocate(b)()
	for _, n := range g.Nodes {
		at(b, n)
		values, ts := lookupDuals(env, n.Inputs)
		results, ts := jvpNode(b, n, values, ts)
		for i, r := range n.Results {
			env[r] = dual{results[i], ts[i]}
		}
	}
	return lookupDuals(env, g.Outputs)
}

func lookupDuals(env map[*ir.Value]dual, vs []*ir.Value) (values, tangents []*ir.Value) {
	values, tangents = make([]*ir.Value, len(vs)), make([]*ir.Value, len(vs))
	for i, v := range vs {
		d, ok := env[v]
		if !ok {
			panic("BUG: value used before it is defined")
		}
		values[i], tangents[i] = d.value, d.tangent
	}
	return values, tangents
}

// at lets new nodes carry the user's position of n.
func at(b *ir.Builder, n *ir.Node) { b.Locate = func() ir.Position { return n.Pos } }

// keepLocate returns a function that restores how b finds positions.
func keepLocate(b *ir.Builder) func() {
	locate := b.Locate
	return func() { b.Locate = locate }
}

func jvpNode(b *ir.Builder, n *ir.Node, in, tangents []*ir.Value) (out, outTangents []*ir.Value) {
	if allNil(tangents) {
		return b.Copy(n, in).Results, make([]*ir.Value, len(n.Results))
	}
	if c, ok := controls[n.Op]; ok {
		return c.jvp(b, n, in, tangents)
	}
	if g := expanded(n); g != nil {
		return jvpGraph(b, g, in, tangents)
	}
	out = append([]*ir.Value(nil), b.Copy(n, in).Results...)
	if n.Row().NoGradient || !anyInexact(n.Results) {
		return out, make([]*ir.Value, len(out))
	}
	return out, tangentsOf(b, n, in, tangents, out)
}

func allNil(vs []*ir.Value) bool {
	for _, v := range vs {
		if v != nil {
			return false
		}
	}
	return true
}

func anyInexact(vs []*ir.Value) bool {
	for _, v := range vs {
		if inexact(v.Type) {
			return true
		}
	}
	return false
}

// tangentsOf applies the rule of a row.
func tangentsOf(b *ir.Builder, n *ir.Node, in, tangents, out []*ir.Value) []*ir.Value {
	d := n.Row().Derivative
	switch {
	case d == nil:
		panic(&ir.Error{Op: n.Row().Name, Arg: "derivative", Got: "a primitive without one", Want: "a differentiable function",
			Hint: "use StopGradient on its inputs, or a custom derivative", Pos: n.Pos})
	case d.JVP != nil:
		return d.JVP(b, n, in, tangents, out)
	case d.Partials != nil:
		partials := d.Partials(b, n, in, out, given(tangents))
		var sum *ir.Value
		for i, t := range tangents {
			if t != nil && partials[i] != nil {
				sum = plus(b, sum, op.Mul(b, t, partials[i]))
			}
		}
		return []*ir.Value{sum}
	case d.Multilinear:
		return []*ir.Value{multilinear(b, n, d, in, tangents)}
	}
	return jointlyLinear(b, n, d, in, tangents)
}

// multilinear adds up the primitive applied to one tangent at a time.
func multilinear(b *ir.Builder, n *ir.Node, d *ir.Derivative, in, tangents []*ir.Value) *ir.Value {
	var sum *ir.Value
	for _, i := range d.Linear {
		if tangents[i] != nil {
			args := append([]*ir.Value(nil), in...)
			args[i] = tangents[i]
			sum = plus(b, sum, b.Copy(n, args).Result())
		}
	}
	return sum
}

// jointlyLinear applies the primitive to the tangents of its linear inputs.
func jointlyLinear(b *ir.Builder, n *ir.Node, d *ir.Derivative, in, tangents []*ir.Value) []*ir.Value {
	args := append([]*ir.Value(nil), in...)
	zero := true
	for _, i := range d.Linear {
		zero = zero && tangents[i] == nil
		args[i] = orZero(b, tangents[i], in[i].Type)
	}
	if zero {
		return make([]*ir.Value, len(n.Results))
	}
	return b.Copy(n, args).Results
}

// plus adds two values of which either may be nil, for zero.
func plus(b *ir.Builder, x, y *ir.Value) *ir.Value {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return op.Add(b, x, y)
}

// orZero returns v, or zeros of type t for nil.
func orZero(b *ir.Builder, v *ir.Value, t ir.Type) *ir.Value {
	if v == nil {
		return op.Full(b, t, 0)
	}
	return v
}

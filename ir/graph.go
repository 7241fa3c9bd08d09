package ir

// Graph is a program: parameters, nodes in an order in which each is computed after its inputs, and outputs.
// An output may be a parameter, and may stand in the list twice.
type Graph struct {
	Name    string
	Params  []*Value
	Nodes   []*Node
	Outputs []*Value
}

// InTypes lists the types of the parameters.
func (g *Graph) InTypes() []Type { return TypesOf(g.Params) }

// OutTypes lists the types of the outputs.
func (g *Graph) OutTypes() []Type { return TypesOf(g.Outputs) }

// TypesOf lists the types of values.
func TypesOf(vs []*Value) []Type {
	ts := make([]Type, len(vs))
	for i, v := range vs {
		ts[i] = v.Type
	}
	return ts
}

// Uses counts how often each value is read by nodes or outputs of g.
func (g *Graph) Uses() map[*Value]int {
	uses := make(map[*Value]int, len(g.Nodes))
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			uses[in]++
		}
	}
	for _, out := range g.Outputs {
		uses[out]++
	}
	return uses
}

// Inline appends the nodes of g to b with args for the parameters and returns the values of the outputs.
// Regions are shared with g: graphs are immutable once built.
func (g *Graph) Inline(b *Builder, args ...*Value) []*Value {
	if len(args) != len(g.Params) {
		panic("BUG: Inline of " + g.Name + " with the wrong number of arguments")
	}
	env := make(map[*Value]*Value, len(g.Params)+len(g.Nodes))
	for i, p := range g.Params {
		env[p] = args[i]
	}
	for _, n := range g.Nodes {
		m := b.Copy(n, Lookup(env, n.Inputs))
		for i, r := range n.Results {
			env[r] = m.Results[i]
		}
	}
	return Lookup(env, g.Outputs)
}

// Clone returns a deep copy of the nodes of g (regions are shared: graphs are immutable once built).
func (g *Graph) Clone() *Graph {
	b := NewBuilder(g.Name)
	args := make([]*Value, len(g.Params))
	for i, p := range g.Params {
		args[i] = b.Param(p.Type)
	}
	return b.Build(g.Inline(b, args...)...)
}

// Lookup maps each value through env; a missing one is a broken invariant.
func Lookup[T any](env map[*Value]T, vs []*Value) []T {
	out := make([]T, len(vs))
	for i, v := range vs {
		w, ok := env[v]
		if !ok {
			panic("BUG: value used before it is defined")
		}
		out[i] = w
	}
	return out
}

// Walk calls f for each node of g and of its regions, outer nodes first.
func (g *Graph) Walk(f func(*Node)) {
	for _, n := range g.Nodes {
		f(n)
		for _, r := range n.Regions {
			r.Walk(f)
		}
	}
}

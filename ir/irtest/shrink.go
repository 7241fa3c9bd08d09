package irtest

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Shrink looks for a smaller case for which fails is still true, and returns the smallest it found: fewer outputs, nodes,
// parameters and iterations, smaller extents, plainer inputs. fails(c) must be true, and it must not keep state. If the interpreter
// runs c, so it does every smaller one.
func Shrink(c *Case, fails func(*Case) bool) *Case {
	_, err := Run(c)
	s := &shrinker{best: c, fails: fails, budget: 2000, runs: err == nil}
	if !s.try(tidy(c)) {
		// Dead code matters, as it may to a compiler: let it be outputs, which can be dropped one by one.
		if e := exposed(c); s.fails(e) {
			s.best = e
		}
	}
	for changed := true; changed && s.budget > 0; {
		changed = false
		for _, step := range []func(*shrinker) bool{
			(*shrinker).descend, (*shrinker).truncate, (*shrinker).dropOutputs, (*shrinker).cutNodes, (*shrinker).shrinkRegions, (*shrinker).shrinkExtents, (*shrinker).plainInputs,
		} {
			changed = step(s) || changed
		}
	}
	return s.best
}

type shrinker struct {
	best   *Case
	fails  func(*Case) bool
	budget int  // calls of fails left
	runs   bool // only cases that the interpreter runs are tried
}

// try makes c the best case if it is smaller and fails.
func (s *shrinker) try(c *Case) bool {
	if c == nil || s.budget <= 0 || cost(c) >= cost(s.best) || ir.Verify(c.Graph) != nil {
		return false
	}
	if _, err := Run(c); s.runs && err != nil {
		return false
	}
	s.budget--
	if !s.fails(c) {
		return false
	}
	s.best = c
	return true
}

// cost orders cases: nodes count most, then outputs, parameters, elements of all values, and inputs that are not plain.
func cost(c *Case) int {
	g := c.Graph
	total := 2000*len(g.Outputs) + 500*len(g.Params)
	for _, p := range g.Params {
		total += 2 * p.Type.Size()
	}
	g.Walk(func(n *ir.Node) {
		total += 10000 + 100*len(n.Inputs) + 100*len(n.Results)
		for _, r := range n.Results {
			total += 2 * r.Type.Size()
		}
	})
	for _, t := range c.Inputs {
		if !isPlain(t) {
			total++
		}
	}
	return total
}

func isPlain(t *tensor.Tensor) bool {
	return slices.ContainsFunc([]int{0, 1}, func(v int) bool { return t.Equal(tensor.Must(tensor.Full(t.DType(), v, t.Shape()...))) })
}

// descend tries regions in place of the whole graph, with inputs that they get in it.
func (s *shrinker) descend() bool {
	return slices.ContainsFunc(regionRuns(s.best), func(c *Case) bool { return s.try(tidy(c)) || s.try(exposed(c)) })
}

// exposed has all results that nobody reads as further outputs.
func exposed(c *Case) *Case {
	g, uses := *c.Graph, c.Graph.Uses()
	g.Outputs = slices.Clone(g.Outputs)
	for _, n := range g.Nodes {
		for _, r := range n.Results {
			if uses[r] == 0 {
				g.Outputs = append(g.Outputs, r)
			}
		}
	}
	return tidy(&Case{&g, c.Inputs})
}

// truncate tries the results of a node as the only outputs, the first node first.
func (s *shrinker) truncate() bool {
	c := s.best
	return slices.ContainsFunc(c.Graph.Nodes, func(n *ir.Node) bool {
		return len(n.Results) > 0 && s.try(withOutputs(c, n.Results))
	})
}

// dropOutputs keeps as few outputs as possible: one if one will do.
func (s *shrinker) dropOutputs() (changed bool) {
	c := s.best
	for i := range c.Graph.Outputs {
		changed = s.try(withOutputs(c, c.Graph.Outputs[i:i+1])) || changed
	}
	for i := 0; i < len(s.best.Graph.Outputs); {
		outs := s.best.Graph.Outputs
		if len(outs) > 1 && s.try(withOutputs(s.best, slices.Concat(outs[:i:i], outs[i+1:]))) {
			changed = true
			continue
		}
		i++
	}
	return changed
}

func withOutputs(c *Case, outputs []*ir.Value) *Case {
	g := *c.Graph
	g.Outputs = outputs
	return tidy(&Case{&g, c.Inputs})
}

// cutNodes replaces nodes: by an input of theirs that has the type of the result, or by new parameters that have its value.
func (s *shrinker) cutNodes() (changed bool) {
	for i := len(s.best.Graph.Nodes) - 1; i >= 0; i-- {
		if i >= len(s.best.Graph.Nodes) {
			continue // tidied away
		}
		n := s.best.Graph.Nodes[i]
		for _, in := range sameTypeInputs(n) {
			if s.try(replaceResult(s.best, n, in)) {
				changed = true
				break
			}
		}
		if i < len(s.best.Graph.Nodes) && s.best.Graph.Nodes[i] == n && s.try(cut(s.best, n)) {
			changed = true
		}
	}
	return changed
}

// sameTypeInputs lists the inputs that could stand for the only result of n.
func sameTypeInputs(n *ir.Node) []*ir.Value {
	if len(n.Results) != 1 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(n.Inputs), func(v *ir.Value) bool { return !v.Type.Equal(n.Results[0].Type) })
}

func replaceResult(c *Case, n *ir.Node, by *ir.Value) *Case {
	g := substitute(c.Graph, map[*ir.Value]*ir.Value{n.Results[0]: by})
	return tidy(&Case{g, c.Inputs})
}

// cut makes the results of n parameters with the values that the interpreter computes for them.
func cut(c *Case, n *ir.Node) *Case {
	values, err := Run(withOutputs(&Case{c.Graph, c.Inputs}, n.Results))
	if err != nil || len(n.Results) == 0 || len(n.Inputs) == 0 && len(n.Regions) == 0 {
		return nil
	}
	b := ir.NewBuilder(c.Graph.Name)
	env := map[*ir.Value]*ir.Value{}
	for _, p := range c.Graph.Params {
		env[p] = b.Param(p.Type)
	}
	for _, r := range n.Results {
		env[r] = b.Param(r.Type)
	}
	for _, m := range c.Graph.Nodes {
		if m != n {
			copyNode(b, env, m)
		}
	}
	g := b.Build(ir.Lookup(env, c.Graph.Outputs)...)
	return tidy(&Case{g, slices.Concat(c.Inputs, values)})
}

// substitute returns g with values replaced in all inputs and outputs.
func substitute(g *ir.Graph, by map[*ir.Value]*ir.Value) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	env := map[*ir.Value]*ir.Value{}
	for _, p := range g.Params {
		env[p] = b.Param(p.Type)
	}
	for _, n := range g.Nodes {
		copyNode(b, env, n)
		for _, r := range n.Results {
			if v := by[r]; v != nil {
				env[r] = env[v]
			}
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...)
}

func copyNode(b *ir.Builder, env map[*ir.Value]*ir.Value, n *ir.Node) {
	m := b.Copy(n, ir.Lookup(env, n.Inputs))
	for i, r := range n.Results {
		env[r] = m.Results[i]
	}
}

// tidy drops nodes and parameters that nothing reads; effects stay.
func tidy(c *Case) *Case {
	nodes, live := needed(c.Graph)
	b := ir.NewBuilder(c.Graph.Name)
	env := map[*ir.Value]*ir.Value{}
	var inputs []*tensor.Tensor
	for i, p := range c.Graph.Params {
		if live[p] {
			env[p] = b.Param(p.Type)
			inputs = append(inputs, c.Inputs[i])
		}
	}
	for _, n := range nodes {
		copyNode(b, env, n)
	}
	return &Case{b.Build(ir.Lookup(env, c.Graph.Outputs)...), inputs}
}

// needed lists the nodes that the outputs and the effects need, and what they read.
func needed(g *ir.Graph) (nodes []*ir.Node, live map[*ir.Value]bool) {
	live = map[*ir.Value]bool{}
	for _, v := range g.Outputs {
		live[v] = true
	}
	for _, n := range slices.Backward(g.Nodes) {
		if n.HasEffect() || slices.ContainsFunc(n.Results, func(r *ir.Value) bool { return live[r] }) {
			nodes = append(nodes, n)
			for _, v := range n.Inputs {
				live[v] = true
			}
		}
	}
	slices.Reverse(nodes)
	return nodes, live
}

// plainInputs tries zeros and ones for whole inputs.
func (s *shrinker) plainInputs() (changed bool) {
	for i, t := range s.best.Inputs {
		for value := range 2 {
			inputs := slices.Clone(s.best.Inputs)
			inputs[i] = tensor.Must(tensor.Full(t.DType(), value, t.Shape()...))
			if s.try(&Case{s.best.Graph, inputs}) {
				changed = true
				break
			}
		}
	}
	return changed
}

// shrinkRegions tries to leave out nodes of regions, at any depth: a result becomes an input of the node or a parameter of the region of its
// type, or zeros.
func (s *shrinker) shrinkRegions() (changed bool) {
	for i := 0; i < len(s.best.Graph.Nodes); i++ {
		for k := range s.best.Graph.Nodes[i].Regions {
			changed = s.shrinkRegion(func(edit func(*ir.Graph) *ir.Graph) *Case {
				if i >= len(s.best.Graph.Nodes) || k >= len(s.best.Graph.Nodes[i].Regions) {
					return nil
				}
				g := withRegion(s.best.Graph, i, k, edit)
				if g == nil {
					return nil
				}
				return &Case{g, s.best.Inputs}
			}) || changed
		}
	}
	return changed
}

// shrinkRegion shrinks the region that apply edits: apply returns the case with the edited region, or nil if the edit returned nil.
func (s *shrinker) shrinkRegion(apply func(edit func(*ir.Graph) *ir.Graph) *Case) (changed bool) {
	var region *ir.Graph
	look := func() *ir.Graph {
		region = nil
		apply(func(g *ir.Graph) *ir.Graph { region = g; return nil })
		return region
	}
	for i := 0; look() != nil && i < len(region.Nodes); i++ {
		for choice := range 3 {
			if s.try(apply(func(g *ir.Graph) *ir.Graph { return withoutNode(g, i, choice) })) {
				changed = true
				break
			}
		}
	}
	for i := 0; look() != nil && i < len(region.Nodes); i++ {
		for k := range region.Nodes[i].Regions {
			changed = s.shrinkRegion(func(edit func(*ir.Graph) *ir.Graph) *Case {
				return apply(func(g *ir.Graph) *ir.Graph {
					if i >= len(g.Nodes) || k >= len(g.Nodes[i].Regions) {
						return nil
					}
					return withRegion(g, i, k, edit)
				})
			}) || changed
		}
	}
	return changed
}

// withRegion returns g with region k of node i edited, or nil if the edit is nil.
func withRegion(g *ir.Graph, i, k int, edit func(*ir.Graph) *ir.Graph) *ir.Graph {
	region := edit(g.Nodes[i].Regions[k])
	if region == nil {
		return nil
	}
	h := g.Clone()
	n := h.Nodes[i]
	n.Regions = slices.Clone(n.Regions)
	n.Regions[k] = region
	return h
}

// withoutNode returns a region in which the results of node i are other values, by the choice-th way: the first inputs of their types,
// the first parameters of their types, or zeros. nil if there are none.
func withoutNode(g *ir.Graph, i, choice int) *ir.Graph {
	n := g.Nodes[i]
	b := ir.NewBuilder(g.Name)
	env := map[*ir.Value]*ir.Value{}
	for _, p := range g.Params {
		env[p] = b.Param(p.Type)
	}
	nodes, _ := needed(g)
	for _, m := range nodes {
		if m != n {
			copyNode(b, env, m)
			continue
		}
		for _, r := range m.Results {
			var candidates []*ir.Value
			switch choice {
			case 0:
				candidates = m.Inputs
			case 1:
				candidates = g.Params
			default:
				env[r] = b.Const(tensor.Must(tensor.New(r.Type.DType, r.Type.Shape...)))
				continue
			}
			at := slices.IndexFunc(candidates, func(v *ir.Value) bool { return v.Type.Equal(r.Type) })
			if at < 0 {
				return nil
			}
			env[r] = env[candidates[at]]
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...)
}

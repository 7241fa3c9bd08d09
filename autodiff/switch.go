package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// switchRule differentiates op.Switch.
type switchRule struct{}

// flow: what one branch reaches is reached, and everything if the index is.
func (switchRule) flow(n *ir.Node, in []bool, p property) []bool {
	out := make([]bool, len(n.Results))
	for _, r := range n.Regions {
		_, branch := flowThrough(r, in[1:], p)
		union(out, branch)
	}
	if in[0] && p == byValue {
		for i := range out {
			out[i] = true
		}
	}
	return out
}

// jvp: the branches of the new switch have the tangents of active arguments and outputs behind those of the old one.
func (switchRule) jvp(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	active := given(ts)
	outActive := switchRule{}.flow(n, active, byTangent)
	branches := make([]*ir.Graph, len(n.Regions))
	for k, r := range n.Regions {
		nb := ir.NewBuilder(r.Name)
		args, argTangents := nb.Params(r.InTypes()), make([]*ir.Value, len(r.Params))
		for i, p := range r.Params {
			if active[1+i] {
				argTangents[i] = nb.Param(p.Type)
			}
		}
		outs, tangents := jvpGraph(nb, r, args, argTangents)
		for i, t := range tangents {
			if outActive[i] {
				outs = append(outs, orZero(nb, t, r.Outputs[i].Type))
			}
		}
		branches[k] = nb.Build(outs...)
	}
	args := slices.Concat(in[1:], kept(ts[1:], active[1:]))
	all := op.Switch(b, in[0], branches, args...)
	n1 := len(n.Results)
	outTangents = make([]*ir.Value, n1)
	rest := all[n1:]
	for i, a := range outActive {
		if a {
			outTangents[i], rest = rest[0], rest[1:]
		}
	}
	return all[:n1], outTangents
}

// split makes a known and an open switch with the same index. Residuals of the branches that have the same type share a result of the
// known switch, which is zero in branches that have fewer.
func (switchRule) split(s *splitter, n *ir.Node, in []half) []half {
	if in[0].open {
		return s.copy(n, in)
	}
	open := openMarks(in)
	openOuts := switchRule{}.flow(n, open, byValue)
	branches := make([]*branchSplit, len(n.Regions))
	var slots []ir.Type
	for k, r := range n.Regions {
		branches[k] = newBranchSplit(r, open[1:], openOuts)
		slots = branches[k].takeSlots(slots)
	}
	knownBranches, openBranches := make([]*ir.Graph, len(branches)), make([]*ir.Graph, len(branches))
	for k, br := range branches {
		knownBranches[k], openBranches[k] = br.known(slots), br.open(slots)
	}
	var all []*ir.Value
	if len(knownBranches[0].Outputs) > 0 || slices.ContainsFunc(knownBranches, hasEffect) {
		all = op.Switch(s.known, in[0].value, knownBranches, halfValues(dropped(in[1:], open[1:]))...)
	}
	knownOuts := len(all) - len(slots)
	args := slices.Concat(dropped(in[1:], open[1:]), known(all[knownOuts:]), kept(in[1:], open[1:]))
	opened := s.emit(op.SwitchID, nil, openBranches, slices.Concat([]*ir.Value{in[0].value}, halfValues(args))...)
	out := make([]half, len(n.Results))
	for i, isOpen := range openOuts {
		if isOpen {
			out[i], opened = opened[0], opened[1:]
		} else {
			out[i], all = half{value: all[0]}, all[1:]
		}
	}
	return out
}

func hasEffect(g *ir.Graph) bool { return slices.ContainsFunc(g.Nodes, (*ir.Node).HasEffect) }

// branchSplit is one branch of a Switch on the way to becoming two.
type branchSplit struct {
	name     string
	s        *splitter
	params   []half
	outs     []half
	openOuts []bool
	saved    []*ir.Value
	slot     []int // of each saved value: its place among the shared results
}

func newBranchSplit(r *ir.Graph, open, openOuts []bool) *branchSplit {
	br := &branchSplit{name: r.Name, s: newSplitter(ir.NewBuilder(r.Name)), openOuts: openOuts}
	for i, p := range r.Params {
		if open[i] {
			br.params = append(br.params, br.s.param(p.Type))
		} else {
			br.params = append(br.params, half{value: br.s.known.Param(p.Type)})
		}
	}
	br.outs = br.s.graph(r, br.params)
	res := br.s.residuals(kept(br.outs, openOuts), (*ir.Value).IsParam, bytes)
	br.saved = res.saved
	return br
}

// takeSlots assigns the saved values to slots of their types and returns the slots, more if necessary.
func (br *branchSplit) takeSlots(slots []ir.Type) []ir.Type {
	used := map[int]bool{}
	for _, v := range br.saved {
		at := 0
		for at < len(slots) && (used[at] || !slots[at].Equal(v.Type)) {
			at++
		}
		if at == len(slots) {
			slots = append(slots, v.Type)
		}
		used[at] = true
		br.slot = append(br.slot, at)
	}
	return slots
}

// known builds the branch of the known switch: known outputs, then the slots.
func (br *branchSplit) known(slots []ir.Type) *ir.Graph {
	b := br.s.known
	residuals := make([]*ir.Value, len(slots))
	for i, v := range br.saved {
		residuals[br.slot[i]] = v
	}
	for i, t := range slots {
		residuals[i] = orZero(b, residuals[i], t)
	}
	return b.Build(slices.Concat(halfValues(dropped(br.outs, br.openOuts)), residuals)...)
}

// open builds the branch of the open switch: parameters are the known arguments, the slots and the open arguments.
func (br *branchSplit) open(slots []ir.Type) *ir.Graph {
	b := ir.NewBuilder(br.name)
	env := map[*ir.Value]*ir.Value{}
	isOpen := openMarks(br.params)
	for _, h := range dropped(br.params, isOpen) {
		env[h.value] = b.Param(h.value.Type)
	}
	residuals := b.Params(slots)
	for i, v := range br.saved {
		env[v] = residuals[br.slot[i]]
	}
	for _, h := range kept(br.params, isOpen) {
		env[h.value] = b.Param(h.value.Type)
	}
	return b.Build(br.s.close(b, env, kept(br.outs, br.openOuts))...)
}

// transpose: each branch maps known arguments and cotangents of the results to cotangents of the linear arguments.
func (switchRule) transpose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	if t.Linear(0) {
		panic(notLinear(n))
	}
	linear, hasCt := make([]bool, len(n.Inputs)-1), given(t.Ct)
	for i := range linear {
		linear[i] = t.Linear(1 + i)
	}
	gets := make([]bool, len(linear))
	for _, r := range n.Regions {
		union(gets, flowBack(r, linear, hasCt))
	}
	branches := make([]*ir.Graph, len(n.Regions))
	for k, r := range n.Regions {
		branches[k] = transposeRegion(r.Name, r, linear, hasCt, gets)
	}
	args := slices.Concat(dropped(t.In[1:], linear), kept(t.Ct, hasCt))
	all := op.Switch(b, t.In[0], branches, args...)
	return slices.Concat([]*ir.Value{nil}, scatterTo(gets, all))
}

// transposeRegion returns (known params..., cotangents of the marked outputs...) -> (cotangents of the params that get one...).
func transposeRegion(name string, r *ir.Graph, linear, hasCt, gets []bool) *ir.Graph {
	b := ir.NewBuilder(name)
	s := newSplitter(b)
	in := make([]half, len(r.Params))
	for i, p := range r.Params {
		if linear[i] {
			in[i] = s.param(p.Type)
		} else {
			in[i] = half{value: b.Param(p.Type)}
		}
	}
	cts := make([]*ir.Value, len(r.Outputs))
	for i, out := range r.Outputs {
		if hasCt[i] {
			cts[i] = b.Param(out.Type)
		}
	}
	p := newPuller(b, s)
	p.seed(s.graph(r, in), cts)
	p.run()
	var outs []*ir.Value
	for _, h := range kept(in, gets) {
		outs = append(outs, orZero(b, p.cts[h.value], h.value.Type))
	}
	return b.Build(outs...)
}

// scatterTo puts values at the marked places of a list, nil elsewhere.
func scatterTo(marks []bool, vs []*ir.Value) []*ir.Value {
	out := make([]*ir.Value, len(marks))
	for i, m := range marks {
		if m {
			out[i], vs = vs[0], vs[1:]
		}
	}
	return out
}

package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// shrinkage is a control-flow node that keeps a part of its operands and results.
type shrinkage struct {
	attrs    ir.Attrs
	regions  []*ir.Graph
	operands []int // places of the kept operands
	results  []int // places of the kept results
}

// shrink finds the part of n that computes the used results and keeps its effects; nil if that is all of n, or n is not known.
func shrink(n *ir.Node, used []bool) *shrinkage {
	switch n.Op {
	case op.LoopID:
		return shrinkLoop(n, used)
	case op.WhileID:
		return shrinkWhile(n, used)
	case op.SwitchID:
		return shrinkSwitch(n, used)
	case op.CallID:
		return shrinkCall(n, used)
	}
	return nil
}

// emit appends the smaller node for n.
func (s *shrinkage) emit(e *editor, n *ir.Node) {
	e.at = n
	in := make([]*ir.Value, len(s.operands))
	for i, k := range s.operands {
		in[i] = e.env[n.Inputs[k]]
	}
	out := e.b.Emit(n.Op, s.attrs, s.regions, in...)
	for i, k := range s.results {
		e.env[n.Results[k]] = out[i]
	}
}

// places lists the marked places.
func places(marks []bool) []int {
	var at []int
	for i, m := range marks {
		if m {
			at = append(at, i)
		}
	}
	return at
}

func count(marks []bool) int { return len(places(marks)) }

func all(marks []bool) bool { return !slices.Contains(marks, false) }

// shrinkLoop keeps a carry if its final value is used, or if what is kept or an effect reads it in some iteration.
func shrinkLoop(n *ir.Node, used []bool) *shrinkage {
	a, body := n.Attrs.(op.LoopAttrs), n.Regions[0]
	first := 1 + a.Consts // the parameter of the first carry
	outputs := slices.Clone(used)
	params := needed(body, outputs)
	for changed := true; changed; {
		changed = false
		for i := range a.Carries {
			if params[first+i] && !outputs[i] {
				outputs[i], changed = true, true
			}
		}
		if changed {
			params = needed(body, outputs)
		}
	}
	params[0] = true
	for i := range a.Carries {
		params[first+i] = outputs[i]
	}
	if all(params) && all(outputs) {
		return nil
	}
	operands := params[1:]
	if len(a.Every) > 0 {
		a.Every = kept(a.Every, outputs[a.Carries:])
	}
	a.Consts, a.Carries, a.Xs = count(operands[:a.Consts]), count(outputs[:a.Carries]), count(operands[a.Consts+a.Carries:])
	return &shrinkage{a, []*ir.Graph{restrict(body, params, outputs)}, places(operands), places(outputs)}
}

// shrinkWhile keeps a carry if its final value is used, or if the condition, a kept carry or an effect reads it.
func shrinkWhile(n *ir.Node, used []bool) *shrinkage {
	a, cond, body := n.Attrs.(op.WhileAttrs), n.Regions[0], n.Regions[1]
	inCond := needed(cond, []bool{true})
	carries := slices.Clone(used)
	for i := range carries {
		carries[i] = carries[i] || inCond[a.CondConsts+i]
	}
	inBody := needed(body, carries)
	for changed := true; changed; {
		changed = false
		for i := range carries {
			if inBody[a.BodyConsts+i] && !carries[i] {
				carries[i], changed = true, true
			}
		}
		if changed {
			inBody = needed(body, carries)
		}
	}
	copy(inCond[a.CondConsts:], carries)
	copy(inBody[a.BodyConsts:], carries)
	operands := slices.Concat(inCond[:a.CondConsts], inBody[:a.BodyConsts], carries)
	if all(operands) {
		return nil
	}
	a.CondConsts, a.BodyConsts = count(inCond[:a.CondConsts]), count(inBody[:a.BodyConsts])
	regions := []*ir.Graph{restrict(cond, inCond, []bool{true}), restrict(body, inBody, carries)}
	return &shrinkage{a, regions, places(operands), places(carries)}
}

func shrinkSwitch(n *ir.Node, used []bool) *shrinkage {
	params := neededByAny(n.Regions, used)
	if all(params) && all(used) {
		return nil
	}
	s := &shrinkage{operands: []int{0}, results: places(used)}
	for _, k := range places(params) {
		s.operands = append(s.operands, k+1)
	}
	for _, r := range n.Regions {
		s.regions = append(s.regions, restrict(r, params, used))
	}
	return s
}

// shrinkCall leaves calls with a derivative of their own alone: its rule has parameters and outputs for all operands and results.
func shrinkCall(n *ir.Node, used []bool) *shrinkage {
	if len(n.Regions) != 1 {
		return nil
	}
	params := neededByAny(n.Regions, used)
	if all(params) && all(used) {
		return nil
	}
	return &shrinkage{n.Attrs, []*ir.Graph{restrict(n.Regions[0], params, used)}, places(params), places(used)}
}

func neededByAny(regions []*ir.Graph, outputs []bool) []bool {
	params := needed(regions[0], outputs)
	for _, r := range regions[1:] {
		for i, p := range needed(r, outputs) {
			params[i] = params[i] || p
		}
	}
	return params
}

package interp

import "github.com/ranvier-go/ranvier/ir"

// plan says where the values of a graph live while it runs: each has a slot of its own in the frame.
type plan struct {
	slots   int
	steps   []step
	outputs []int // slots
}

// step is one node with the slots of its operands and results. dead are the slots that nothing reads after it: they are cleared.
type step struct {
	node              *ir.Node
	in, results, dead []int
}

// newPlan numbers the values of g, parameters first (slot i is parameter i), and finds the last use of each.
func newPlan(g *ir.Graph) *plan {
	slot := make(map[*ir.Value]int, len(g.Params)+len(g.Nodes))
	define := func(values []*ir.Value) []int {
		for _, v := range values {
			slot[v] = len(slot)
		}
		return ir.Lookup(slot, values)
	}
	define(g.Params)
	p := &plan{steps: make([]step, len(g.Nodes))}
	for i, n := range g.Nodes {
		p.steps[i] = step{node: n, in: ir.Lookup(slot, n.Inputs), results: define(n.Results)}
	}
	p.outputs = ir.Lookup(slot, g.Outputs)
	p.slots = len(slot)
	p.findDead()
	return p
}

// findDead walks backwards: the first step that touches a slot is the last one that needs it, unless it is an output.
func (p *plan) findDead() {
	needed := make([]bool, p.slots)
	for _, s := range p.outputs {
		needed[s] = true
	}
	for i := len(p.steps) - 1; i >= 0; i-- {
		st := &p.steps[i]
		for _, slots := range [][]int{st.in, st.results} {
			for _, s := range slots {
				if !needed[s] {
					needed[s] = true
					st.dead = append(st.dead, s)
				}
			}
		}
	}
}

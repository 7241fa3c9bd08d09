package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Simplify replaces nodes by cheaper ones that give the same bits, by the rules of algebra.go, movement.go, typed.go and indexing.go. Each node
// meets the rules for its primitive in the order of the tables, and the first one that matches wins; what a rule emits meets the rules
// too.
var Simplify = everywhere(simplify)

// rule returns a value that stands for the only result of the node at s, or nil.
type rule func(s *site) *ir.Value

// site is a node that is about to be appended.
type site struct {
	*simplifier
	op    ir.OpID
	attrs ir.Attrs
	in    []*ir.Value
	out   ir.Type
}

// simplifier emits nodes for rules.
type simplifier struct {
	b        *ir.Builder
	depth    int                // of rules whose nodes meet rules; rules end by themselves, this bounds one that does not
	sites    [maxRuleDepth]site // one for each depth, and bindings for a match, so that trying a rule allocates nothing
	bindings bindings
}

const maxRuleDepth = 32

// onEndlessRules is called where the bound is met; tests let it panic.
var onEndlessRules = func() {}

// ruleTable holds the rules for each primitive, in their order. Rules of user primitives, behind the end, do not exist.
type ruleTable [op.NumIDs][]rule

var rules ruleTable

func init() {
	for id := range rules {
		// First, because constants are evaluated as scalars.
		if row, ok := registered(ir.OpID(id)); ok && row.Class == ir.ClassElementwise {
			rules.add(row.ID, belowBroadcast)
		}
	}
	for _, r := range algebra {
		for _, c := range compileRule(r) {
			rules.add(c.from.op, c.apply)
		}
	}
	for _, r := range slices.Concat(movement, typed, indexing) {
		rules.add(r.op, r.apply)
	}
}

func (t *ruleTable) add(id ir.OpID, r rule) { t[id] = append(t[id], r) }

func registered(id ir.OpID) (*ir.Row, bool) {
	for _, row := range ir.Rows() {
		if row.ID == id {
			return row, true
		}
	}
	return nil, false
}

// apply is the rule.
func (r *patternRule) apply(s *site) *ir.Value {
	if !r.on.Has(s.in[len(s.in)-1].Type.DType) {
		return nil
	}
	s.bindings = bindings{}
	if !r.from.matchInputs(s.in, &s.bindings) || r.when != nil && !r.when(&s.bindings) {
		return nil
	}
	return r.emit(s, s.bindings)
}

// emit builds the right side; what it emits meets rules that need the shared bindings, so it has a copy.
func (r *patternRule) emit(s *site, b bindings) *ir.Value { return r.to.build(s.simplifier, s.out, &b) }

// reduce applies the first rule that matches.
func (s *simplifier) reduce(id ir.OpID, attrs ir.Attrs, in []*ir.Value, out ir.Type) *ir.Value {
	if int(id) >= len(rules) || len(rules[id]) == 0 {
		return nil
	}
	if s.depth == maxRuleDepth {
		onEndlessRules()
		return nil
	}
	here := &s.sites[s.depth]
	*here = site{s, id, attrs, in, out}
	s.depth++
	defer func() { s.depth-- }()
	for _, r := range rules[id] {
		if v := r(here); v != nil {
			return v
		}
	}
	return nil
}

// emit returns the value of a primitive with one result: a constant, by a rule, or by a new node.
func (s *simplifier) emit(id ir.OpID, attrs ir.Attrs, in ...*ir.Value) *ir.Value {
	types, err := ir.CheckNode(id.Row(), ir.TypesOf(in), attrs, nil)
	if err != nil {
		panic("BUG: a rule emits what the type rule refuses: " + err.Error())
	}
	if !slices.ContainsFunc(in, isBroadcast) { // which belowBroadcast evaluates on scalars
		if v := evaluate(s.b, id, attrs, in, nil); v != nil {
			return v[0]
		}
	}
	if v := s.reduce(id, attrs, in, types[0]); v != nil {
		return v
	}
	return s.b.Emit1(id, attrs, in...)
}

func isBroadcast(v *ir.Value) bool { return v.Op() == op.BroadcastID }

func simplify(g *ir.Graph) *ir.Graph {
	// Most graphs have nothing left to simplify, so look before copying. Rules emit into a builder that is thrown away.
	s := &simplifier{b: ir.NewBuilder("")}
	found := false
	for _, n := range g.Nodes {
		if found = len(n.Results) == 1 && s.reduce(n.Op, n.Attrs, n.Inputs, n.Results[0].Type) != nil; found {
			break
		}
	}
	if !found {
		return g
	}
	return rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) []*ir.Value {
		if len(n.Results) != 1 {
			return nil
		}
		s.b = e.b
		if v := s.reduce(n.Op, n.Attrs, in, n.Results[0].Type); v != nil {
			return []*ir.Value{v}
		}
		return nil
	})
}

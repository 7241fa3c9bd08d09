package autodiff

import (
	"slices"
	"strconv"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// property says what flows from inputs to results.
type property uint8

const (
	byValue   property = iota // a result that is computed from a marked input is marked
	byTangent                 // only where there is a derivative: not through comparisons, integers, stop_gradient
)

// flowThrough returns which values of g the marked parameters reach, and which outputs.
func flowThrough(g *ir.Graph, params []bool, p property) (reached map[*ir.Value]bool, outputs []bool) {
	reached = make(map[*ir.Value]bool, len(g.Nodes))
	for i, v := range g.Params {
		if params[i] {
			reached[v] = true
		}
	}
	if len(reached) > 0 {
		for _, n := range g.Nodes {
			for i, r := range flowNode(n, marks(reached, n.Inputs), p) {
				if r {
					reached[n.Results[i]] = true
				}
			}
		}
	}
	return reached, marks(reached, g.Outputs)
}

func flowNode(n *ir.Node, in []bool, p property) []bool {
	out := make([]bool, len(n.Results))
	if !slices.Contains(in, true) || p == byTangent && n.Row().NoGradient {
		return out
	}
	if c, ok := controls[n.Op]; ok {
		out = c.flow(n, in, p)
	} else {
		for i := range out {
			out[i] = true
		}
	}
	if p == byTangent {
		for i, r := range n.Results {
			out[i] = out[i] && inexact(r.Type)
		}
	}
	return out
}

// inexact reports whether values of the type have tangents.
func inexact(t ir.Type) bool { return dtype.Inexact.Has(t.DType) }

// marks looks values up in a set.
func marks(set map[*ir.Value]bool, vs []*ir.Value) []bool {
	out := make([]bool, len(vs))
	for i, v := range vs {
		out[i] = set[v]
	}
	return out
}

// union marks what either list marks, in the first one, and reports whether that changed it.
func union(to, from []bool) (changed bool) {
	for i, m := range from {
		if m && !to[i] {
			to[i], changed = true, true
		}
	}
	return changed
}

// given marks the values that are not nil.
func given(vs []*ir.Value) []bool {
	out := make([]bool, len(vs))
	for i, v := range vs {
		out[i] = v != nil
	}
	return out
}

// kept returns the elements of list that are marked, dropped the others.
func kept[T any](list []T, marks []bool) []T {
	var out []T
	for i, x := range list {
		if marks[i] {
			out = append(out, x)
		}
	}
	return out
}

func dropped[T any](list []T, marks []bool) []T {
	var out []T
	for i, x := range list {
		if !marks[i] {
			out = append(out, x)
		}
	}
	return out
}

// count counts the marks.
func count(marks []bool) int {
	n := 0
	for _, m := range marks {
		if m {
			n++
		}
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }

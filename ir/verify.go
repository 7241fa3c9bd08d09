package ir

import (
	"fmt"
	"strings"
)

// Verify checks that g is well-formed: each input and output is a parameter of its graph or a result of an earlier node of it,
// attributes and types are those that the row accepts and gives, parameters and results know their place, regions are
// well-formed graphs themselves, and no node stands in two graphs. (One region may serve several nodes.) The error shows the
// fault with the lines around it.
func Verify(g *Graph) error {
	v := verifier{owner: map[*Node]*Graph{}, state: map[*Graph]verifyState{}}
	return v.graph(g)
}

type verifyState uint8

const (
	verifyOpen verifyState = iota + 1 // being checked: meeting it again is a cycle of regions
	verifyDone
)

type verifier struct {
	owner map[*Node]*Graph
	state map[*Graph]verifyState
}

func (v *verifier) graph(g *Graph) error {
	v.state[g] = verifyOpen
	defined := make(map[*Value]bool, len(g.Params)+len(g.Nodes))
	for i, p := range g.Params {
		if p == nil || p.Node != nil || p.Index != i {
			return fault(g, 0, "parameter %d does not know its place", i)
		}
		defined[p] = true
	}
	for i, n := range g.Nodes {
		if err := v.node(g, i+1, n, defined); err != nil {
			return err
		}
		for _, r := range n.Results {
			defined[r] = true
		}
	}
	for i, out := range g.Outputs {
		if !defined[out] {
			return fault(g, len(g.Nodes)+1, "output %d is not defined in the graph", i)
		}
	}
	v.state[g] = verifyDone
	return nil
}

func (v *verifier) node(g *Graph, line int, n *Node, defined map[*Value]bool) error {
	if other, ok := v.owner[n]; ok {
		return fault(g, line, "the node stands in graph %q already", other.Name)
	}
	v.owner[n] = g
	if int(n.Op) >= len(rows) || rows[n.Op] == nil {
		return fault(g, line, "the primitive has no row")
	}
	for i, in := range n.Inputs {
		if !defined[in] {
			return fault(g, line, "input %d is not defined earlier in the graph", i)
		}
	}
	for i, r := range n.Regions {
		switch {
		case r == nil:
			return fault(g, line, "region %d is nil", i)
		case v.state[r] == verifyOpen:
			return fault(g, line, "region %d contains itself", i)
		case v.state[r] == verifyDone:
			continue
		}
		if err := v.graph(r); err != nil {
			return err
		}
	}
	return checkResults(g, line, n)
}

func checkResults(g *Graph, line int, n *Node) error {
	types, err := CheckNode(n.Row(), TypesOf(n.Inputs), n.Attrs, n.Regions)
	if err != nil {
		return fault(g, line, "%s", strings.TrimPrefix(err.Error(), n.Op.String()+": "))
	}
	if len(types) != len(n.Results) {
		return fault(g, line, "got %d results, want %d", len(n.Results), len(types))
	}
	for i, r := range n.Results {
		if r == nil || r.Node != n || r.Index != i {
			return fault(g, line, "result %d does not know its place", i)
		}
		if !r.Type.Equal(types[i]) {
			return fault(g, line, "result %d has type %s, want %s", i, r.Type, types[i])
		}
	}
	return nil
}

// verifyContext is the number of lines shown before and behind a fault.
const verifyContext = 3

// fault makes the error about one line of the text of g without regions: line 0 has the parameters, line i+1 has node i, and one
// more the outputs.
func fault(g *Graph, line int, format string, args ...any) error {
	what := "verify: graph " + g.Name
	if 0 < line && line <= len(g.Nodes) {
		what += ": " + g.Nodes[line-1].Op.String()
	}
	w := graphPrinter{flat: true}
	w.graph(g, 0)
	lines := strings.Split(strings.TrimSuffix(string(w.buf), "\n"), "\n")
	from, to := max(0, line-verifyContext), min(len(lines), line+verifyContext+1)
	for i := range lines {
		mark := "    "
		if i == line {
			mark = "  > "
		}
		lines[i] = mark + lines[i]
	}
	return fmt.Errorf("%s: %s\n%s", what, fmt.Sprintf(format, args...), strings.Join(lines[from:to], "\n"))
}

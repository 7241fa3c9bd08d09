package ir

// Value is one typed result of a node, or a parameter of a graph. Values are immutable and belong to one graph.
type Value struct {
	Type  Type
	Node  *Node // the node that computes it; nil for a parameter
	Index int   // which result of Node, or which parameter
}

// Op is the primitive that computes v, or OpInvalid for a parameter.
func (v *Value) Op() OpID {
	if v.Node == nil {
		return OpInvalid
	}
	return v.Node.Op
}

// IsParam reports whether v is a parameter of its graph.
func (v *Value) IsParam() bool { return v.Node == nil }

// Node applies one primitive to inputs.
type Node struct {
	Op      OpID
	Inputs  []*Value
	Attrs   Attrs    // nil where the row has none
	Regions []*Graph // closed sub-graphs of control flow
	Results []*Value
	Pos     Position // the user's call, for error texts
}

// Result is the only result of a node with one.
func (n *Node) Result() *Value {
	if len(n.Results) != 1 {
		panic("BUG: Result of a node with several results: " + n.Row().Name)
	}
	return n.Results[0]
}

// Row describes the node's primitive.
func (n *Node) Row() *Row { return n.Op.Row() }

// HasEffect reports whether the node, or any node in its regions, does something besides computing its results.
func (n *Node) HasEffect() bool {
	if n.Row().Effect {
		return true
	}
	for _, r := range n.Regions {
		for _, m := range r.Nodes {
			if m.HasEffect() {
				return true
			}
		}
	}
	return false
}

// Position is a place in the user's source.
type Position struct {
	File string
	Line int
}

// IsValid reports whether the position is known.
func (p Position) IsValid() bool { return p.Line > 0 }

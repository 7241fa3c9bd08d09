package ir

import "github.com/ranvier-go/ranvier/ir/tensor"

// Builder appends nodes to a graph. It is used by one goroutine.
type Builder struct {
	g *Graph
	// Locate returns the user's position for new nodes; nil records none. Package trace sets it.
	Locate func() Position
	built  bool
}

// NewBuilder starts an empty graph.
func NewBuilder(name string) *Builder { return &Builder{g: &Graph{Name: name}} }

// Param adds a parameter.
func (b *Builder) Param(t Type) *Value {
	v := &Value{Type: t, Index: len(b.g.Params)}
	b.g.Params = append(b.g.Params, v)
	return v
}

// Params adds parameters of these types.
func (b *Builder) Params(ts []Type) []*Value {
	vs := make([]*Value, len(ts))
	for i, t := range ts {
		vs[i] = b.Param(t)
	}
	return vs
}

// Emit appends a node and returns its results. It panics with an *Error when the type rule refuses it.
func (b *Builder) Emit(op OpID, attrs Attrs, regions []*Graph, inputs ...*Value) []*Value {
	row := op.Row()
	n := &Node{Op: op, Inputs: inputs, Attrs: attrs, Regions: regions}
	if b.Locate != nil {
		n.Pos = b.Locate()
	}
	types, err := CheckNode(row, TypesOf(inputs), attrs, regions)
	if err != nil {
		err.Pos = n.Pos
		panic(err)
	}
	b.append(n, types)
	return n.Results
}

// Emit1 is Emit for a primitive with one result.
func (b *Builder) Emit1(op OpID, attrs Attrs, inputs ...*Value) *Value {
	return b.Emit(op, attrs, nil, inputs...)[0]
}

// Copy appends a node like n on other inputs of the same types; nothing is checked.
func (b *Builder) Copy(n *Node, inputs []*Value) *Node {
	m := &Node{Op: n.Op, Inputs: inputs, Attrs: n.Attrs, Regions: n.Regions, Pos: n.Pos}
	b.appendEmpty(m, len(n.Results))
	for i, r := range n.Results {
		m.Results[i].Type = r.Type
	}
	return m
}

func (b *Builder) append(n *Node, types []Type) {
	b.appendEmpty(n, len(types))
	for i, t := range types {
		n.Results[i].Type = t
	}
}

// appendEmpty appends a node whose results have no types yet.
func (b *Builder) appendEmpty(n *Node, results int) {
	if b.built {
		panic("BUG: Emit after Build")
	}
	if results == 1 { // nearly always: one allocation for the value and the list
		one := &struct {
			value Value
			list  [1]*Value
		}{value: Value{Node: n}}
		one.list[0] = &one.value
		n.Results = one.list[:]
	} else {
		values := make([]Value, results)
		n.Results = make([]*Value, results)
		for i := range values {
			values[i] = Value{Node: n, Index: i}
			n.Results[i] = &values[i]
		}
	}
	b.g.Nodes = append(b.g.Nodes, n)
}

// Const appends a constant.
func (b *Builder) Const(t *tensor.Tensor) *Value {
	t.Share()
	return b.Emit1(ConstOp, ConstAttrs{Value: t})
}

// BuildWith is Build with the parameters, which must be all of them, in another order than they were added in.
func (b *Builder) BuildWith(params []*Value, outputs ...*Value) *Graph {
	g := b.Build(outputs...)
	if len(params) != len(g.Params) {
		panic("BUG: parameters left out")
	}
	for i, p := range params {
		p.Index = i
	}
	g.Params = params
	return g
}

// Build sets the outputs and returns the graph; the builder is used up.
func (b *Builder) Build(outputs ...*Value) *Graph {
	b.built = true
	b.g.Outputs = outputs
	return b.g
}

// Nodes is the number of nodes so far.
func (b *Builder) Nodes() int { return len(b.g.Nodes) }

// ConstOp is the id of constants: the one primitive that package ir knows, because builders intern numbers.
const ConstOp OpID = 1

// ConstAttrs holds the value of a constant.
type ConstAttrs struct{ Value *tensor.Tensor }

// CheckNode runs the checks that every node needs (arity, attribute type, regions) and the row's type rule.
func CheckNode(row *Row, in []Type, attrs Attrs, regions []*Graph) ([]Type, *Error) {
	if row.Arity >= 0 && len(in) != row.Arity {
		return nil, &Error{Op: row.Name, Arg: "operands", Got: itoa(len(in)), Want: itoa(row.Arity)}
	}
	if row.Regions >= 0 && len(regions) != row.Regions {
		return nil, &Error{Op: row.Name, Arg: "regions", Got: itoa(len(regions)), Want: itoa(row.Regions)}
	}
	if err := checkAttrType(row, attrs); err != nil {
		return nil, err
	}
	types, err := row.Types(in, attrs, regions)
	if err != nil {
		e, ok := err.(*Error)
		if !ok {
			e = &Error{Got: err.Error()}
		}
		if e.Op == "" {
			e.Op = row.Name
		}
		return nil, e
	}
	return types, nil
}

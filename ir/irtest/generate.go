package irtest

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Config says what random graphs look like. Zero fields have the defaults given.
type Config struct {
	Nodes  int           // operations in the outermost graph, without the nodes that fit their operands: 12
	Size   int           // the largest extent of most dimensions: 4
	Depth  int           // regions in regions: 0 means 2, and less than 0 no control flow
	DTypes []dtype.DType // element types that operations are chosen for: all, f32 most often
	// Rows chooses primitives; nil takes all. Rows without evaluation, and those with effects, are never taken.
	Rows func(*ir.Row) bool
}

func (c Config) withDefaults() Config {
	if c.Nodes == 0 {
		c.Nodes = 12
	}
	if c.Size == 0 {
		c.Size = 4
	}
	switch {
	case c.Depth == 0:
		c.Depth = 2
	case c.Depth < 0:
		c.Depth = 0
	}
	if c.DTypes == nil {
		c.DTypes = append(dtype.All(), slices.Repeat([]dtype.DType{dtype.Float32, dtype.Float32, dtype.Float64, dtype.Int32, dtype.Bool}, 4)...)
	}
	return c
}

// ExactRows takes primitives with one right result, for Config.Rows.
func ExactRows(r *ir.Row) bool { return r.ULP == 0 }

// Random returns a random well-formed graph with inputs. Whatever the primitives: elementwise ones that share shapes and operands, with
// broadcasts between them; those with a sampler in their row with its attributes and on fitted operands; control flow with
// random regions, among them loops of no step. All loops end.
func Random(r *ir.Rand, c Config) *Case {
	c = c.withDefaults()
	g := newGenerator(r, c, newRowSet(c), "main")
	for range 1 + r.IntN(3) {
		g.param(g.randomType())
	}
	g.grow(c.Nodes)
	return &Case{Graph: g.b.Build(g.outputs()...), Inputs: g.inputs}
}

// generator builds one graph, or a region.
type generator struct {
	*ir.Rand
	Config
	rows   *rowSet
	b      *ir.Builder
	inputs []*tensor.Tensor // of the parameters; nil in a region, which gets no parameters while it grows
	region bool
	pool   []*ir.Value        // what may be used as an operand
	used   map[*ir.Value]bool // of the pool, what has been chosen
}

func newGenerator(r *ir.Rand, c Config, rows *rowSet, name string) *generator {
	return &generator{Rand: r, Config: c, rows: rows, b: ir.NewBuilder(name), used: map[*ir.Value]bool{}}
}

// rowSet holds the primitives to choose from.
type rowSet struct{ elementwise, sampled, control []*ir.Row }

func newRowSet(c Config) *rowSet {
	s := &rowSet{}
	for _, row := range ir.Rows() {
		switch {
		case row.Eval == nil || row.Effect || row.ID == op.ConstID || c.Rows != nil && !c.Rows(row):
		case row.Class == ir.ClassControl:
			s.control = append(s.control, row)
		case row.Class == ir.ClassElementwise && row.ID != op.BitcastID:
			s.elementwise = append(s.elementwise, row)
		case row.Domain.Make != nil:
			s.sampled = append(s.sampled, row)
		}
	}
	return s
}

// grow appends operations.
func (g *generator) grow(nodes int) {
	for range nodes {
		var kinds []func() bool
		if len(g.rows.elementwise) > 0 {
			kinds = append(kinds, g.elementwise, g.elementwise, g.elementwise)
		}
		if len(g.rows.sampled) > 0 {
			kinds = append(kinds, g.sampled, g.sampled)
		}
		if len(g.rows.control) > 0 && g.Depth > 0 && g.IntN(2) == 0 {
			kinds = append(kinds, g.control)
		}
		if len(kinds) == 0 {
			return
		}
		kinds[g.IntN(len(kinds))]()
	}
}

// maxOutputs bounds the outputs of the outermost graph; further unused values are dead code.
const maxOutputs = 6

// outputs chooses the last unused values, and now and then any.
func (g *generator) outputs() []*ir.Value {
	out := []*ir.Value{g.any()}
	for _, v := range slices.Backward(g.pool) {
		if len(out) < maxOutputs && !g.used[v] {
			out = append(out, v)
		}
	}
	return out
}

// add puts values into the pool. Large ones, which loops and broadcasts of broadcasts make, would slow everything down.
func (g *generator) add(vs ...*ir.Value) {
	for _, v := range vs {
		if dt := v.Type.DType; dt.IsNarrow() { // nothing but conversion takes them
			v = op.Convert(g.b, v, dt.Wide())
		}
		if v.Type.Size() <= maxElements {
			g.pool = append(g.pool, v)
		}
	}
}

const maxElements = 1024

// any chooses a value of the pool: one that has no use yet or a late one most often. The pool of a region may be empty: then it
// makes a constant.
func (g *generator) any() *ir.Value {
	if len(g.pool) == 0 {
		g.add(g.constant(g.randomType()))
	}
	v := g.choose()
	g.used[v] = true
	return v
}

func (g *generator) choose() *ir.Value {
	n := len(g.pool)
	for range g.IntN(4) {
		if v := g.pool[n-1-g.IntN(n)]; !g.used[v] {
			return v
		}
	}
	if g.IntN(3) > 0 {
		n = min(n, 6)
	}
	return g.pool[len(g.pool)-1-g.IntN(n)]
}

// accepting chooses a row of the list that takes elements of this type, or returns nil.
func (g *generator) accepting(rows []*ir.Row, dt dtype.DType) *ir.Row {
	for range 20 {
		row := rows[g.IntN(len(rows))]
		if row.Accepts == 0 || row.Accepts.Has(dt) {
			return row
		}
	}
	return nil
}

// randomDType draws one of the configured types that are in the set, or another member of the set.
func (g *generator) randomDType(set dtype.Set) dtype.DType {
	for range 8 {
		if dt := g.DTypes[g.IntN(len(g.DTypes))]; set.Has(dt) {
			return dt
		}
	}
	list := set.List()
	return list[g.IntN(len(list))]
}

// randomType draws a type of rank 0 to 3; a dimension is empty now and then.
func (g *generator) randomType() ir.Type {
	shape := make([]int, g.IntN(4))
	for d := range shape {
		shape[d] = 1 + g.IntN(g.Size)
		if g.IntN(40) == 0 {
			shape[d] = 0
		}
	}
	return ir.T(g.randomDType(dtype.Any), shape...)
}

// elementwise appends an elementwise primitive on operands of one shape, that of a pool value.
func (g *generator) elementwise() bool {
	v := g.any()
	row := g.accepting(g.rows.elementwise, v.Type.DType)
	if row == nil {
		return false
	}
	attrs, types, ok := g.elementwiseTypes(row, v.Type)
	if !ok {
		return false
	}
	in, rest := make([]*ir.Value, len(types)), v
	for i, t := range types {
		if rest != nil && t.Equal(rest.Type) && g.IntN(4) > 0 {
			in[i], rest = rest, nil
			continue
		}
		in[i] = g.fit(t)
	}
	g.add(g.b.Emit(row.ID, attrs, nil, in...)...)
	return true
}

// elementwiseTypes chooses attributes, by the row's sampler if it has one, and operand types, for a value of type t.
func (g *generator) elementwiseTypes(row *ir.Row, t ir.Type) (attrs ir.Attrs, types []ir.Type, ok bool) {
	if row.Domain.Make == nil {
		return row.Attrs, slices.Repeat([]ir.Type{t}, row.Arity), true
	}
	// Of a sample count the attributes and which operands have which element type.
	s := row.Domain.Make(g.Rand, t.DType, 1)
	for _, in := range s.Inputs {
		types = append(types, t.WithDType(in.DType()))
	}
	results, err := ir.CheckNode(row, types, s.Attrs, s.Regions)
	return s.Attrs, types, err == nil && (g.wants(results) || g.IntN(2) == 0)
}

// wants reports whether the element types are among the configured ones.
func (g *generator) wants(ts []ir.Type) bool {
	return !slices.ContainsFunc(ts, func(t ir.Type) bool { return !slices.Contains(g.DTypes, t.DType) })
}

// sampled appends an application of a row that its sampler makes, with operands from the pool where any values will do.
func (g *generator) sampled() bool {
	dt := g.any().Type.DType
	row := g.accepting(g.rows.sampled, dt)
	if row == nil {
		return false
	}
	if row.Accepts == 0 {
		dt = dtype.Float32
	}
	size := 1 + g.IntN(g.Size)
	if g.IntN(16) == 0 {
		size = 0
	}
	s := row.Domain.Make(g.Rand, dt, size)
	in := make([]*ir.Value, len(s.Inputs))
	for i, t := range s.Inputs {
		switch {
		case t.DType().IsInt() && row.Class == ir.ClassSparse || t.DType().IsInt() && g.IntN(2) == 0:
			in[i] = g.given(t) // indices with a structure, such as row pointers, or indices that are mostly in range
		case g.IntN(5) == 0:
			in[i] = g.given(t)
		default:
			in[i] = g.fit(ir.TypeOf(t))
		}
	}
	g.add(g.b.Emit(row.ID, s.Attrs, s.Regions, in...)...)
	return true
}

package lower

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Expand writes primitives that targets have no instruction for as simpler ones: the expansions of rows, and arithmetic on narrow
// types as conversion, arithmetic in 32 bits, conversion back, which is what it means.
func Expand(g *ir.Graph, t Target) *ir.Graph {
	return (&expander{t}).graph(g)
}

// Target says what Expand leaves alone and what it prefers.
type Target struct {
	Keep func(ir.OpID) bool // primitives that the target has; nil: none
	Fast bool               // take the cheaper expansions, with their documented larger errors
}

type expander struct{ Target }

// rule is the expansion of a row for the target, or nil.
func (x *expander) rule(row *ir.Row) ir.ExpandRule {
	switch {
	case x.Keep != nil && x.Keep(row.ID):
		return nil
	case x.Fast && row.FastExpand != nil:
		return row.FastExpand
	}
	return row.Expand
}

func (x *expander) graph(g *ir.Graph) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	env := make(map[*ir.Value]*ir.Value, len(g.Nodes)+len(g.Params))
	for i, p := range b.Params(g.InTypes()) {
		env[g.Params[i]] = p
	}
	for _, n := range g.Nodes {
		for i, v := range x.node(b, n, ir.Lookup(env, n.Inputs)) {
			env[n.Results[i]] = v
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...)
}

func (x *expander) node(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	if len(n.Regions) > 0 {
		regions := make([]*ir.Graph, len(n.Regions))
		for i, r := range n.Regions {
			regions[i] = x.graph(r)
		}
		return b.Emit(n.Op, n.Attrs, regions, in...)
	}
	if wide, ok := widened(n); ok {
		return x.widen(b, n, in, wide)
	}
	row := n.Row()
	if x.Keep == nil || !x.Keep(row.ID) {
		if v := narrow(b, n, in); v != nil {
			return []*ir.Value{v}
		}
	}
	rule := x.rule(row)
	if rule == nil {
		return b.Copy(n, in).Results
	}
	// What an expansion is made of may need expanding too.
	sub := ir.NewBuilder(row.Name)
	params := sub.Params(ir.TypesOf(in))
	out := rule(sub, n, params)
	if out == nil {
		return b.Copy(n, in).Results
	}
	return x.graph(sub.Build(out...)).Inline(b, in...)
}

// widened returns the 32-bit type in which an elementwise node on a narrow type computes.
func widened(n *ir.Node) (dtype.DType, bool) {
	if n.Row().Class != ir.ClassElementwise || len(n.Results) != 1 || len(n.Inputs) == 0 {
		return 0, false
	}
	switch n.Op {
	case op.ConvertID, op.BitcastID, op.SelectID, op.NextAfterID, op.PopcntID, op.ClzID, op.StopGradientID:
		return 0, false // they do not compute, or mean the bits
	}
	switch dt := n.Inputs[len(n.Inputs)-1].Type.DType; dt {
	case dtype.Float16, dtype.BFloat16:
		return dtype.Float32, true
	case dtype.Int8, dtype.Int16:
		return dtype.Int32, !isShift(n)
	case dtype.Uint8, dtype.Uint16:
		return dtype.Uint32, !isShift(n)
	}
	return 0, false
}

// isShift reports whether wide bits would be shifted in or out.
func isShift(n *ir.Node) bool { return n.Op == op.ShlID || n.Op == op.ShrID || n.Op == op.SarID }

func (x *expander) widen(b *ir.Builder, n *ir.Node, in []*ir.Value, wide dtype.DType) []*ir.Value {
	narrow := n.Inputs[len(n.Inputs)-1].Type.DType
	args := make([]*ir.Value, len(in))
	for i, v := range in {
		args[i] = v
		if v.Type.DType == narrow {
			args[i] = op.Convert(b, v, wide)
		}
	}
	sub := ir.NewBuilder(n.Row().Name)
	params := sub.Params(ir.TypesOf(args))
	out := sub.Emit1(n.Op, n.Attrs, params...)
	if out.Type.DType == wide {
		out = op.Convert(sub, out, narrow)
	}
	return x.graph(sub.Build(out)).Inline(b, args...)
}

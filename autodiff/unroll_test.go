package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// unrolled writes each step of every loop of g down: the plain reference for loops. Plain and checkpoint calls are inlined.
func unrolled(g *ir.Graph) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	return b.Build(unrollInto(b, g, b.Params(g.InTypes()))...)
}

func unrollInto(b *ir.Builder, g *ir.Graph, args []*ir.Value) []*ir.Value {
	env := map[*ir.Value]*ir.Value{}
	for i, p := range g.Params {
		env[p] = args[i]
	}
	for _, n := range g.Nodes {
		in := ir.Lookup(env, n.Inputs)
		var out []*ir.Value
		switch n.Op {
		case op.LoopID:
			out = unrollLoop(b, n, in)
		case op.CallID:
			out = unrollInto(b, n.Regions[0], in)
		case op.SwitchID:
			regions := make([]*ir.Graph, len(n.Regions))
			for i, r := range n.Regions {
				regions[i] = unrolled(r)
			}
			out = b.Emit(n.Op, n.Attrs, regions, in...)
		default:
			out = b.Copy(n, in).Results
		}
		for i, r := range n.Results {
			env[r] = out[i]
		}
	}
	return ir.Lookup(env, g.Outputs)
}

func unrollLoop(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a := n.Attrs.(op.LoopAttrs)
	parts := operandsOf(a, in)
	carries := parts.carries
	rows := make([][]*ir.Value, len(n.Results)-a.Carries)
	for step := range a.Trip {
		i := step
		if a.Reverse {
			i = a.Trip - 1 - step
		}
		args := slices.Concat([]*ir.Value{op.ScalarInt(b, dtype.Int32, int64(i))}, parts.consts, carries)
		for _, x := range parts.xs {
			start, limit := make([]int, x.Type.Rank()), slices.Clone(x.Type.Shape)
			start[0], limit[0] = i, i+1
			args = append(args, op.Reshape(b, op.Slice(b, x, start, limit, nil), x.Type.Shape[1:]))
		}
		outs := unrollInto(b, n.Regions[0], args)
		carries = outs[:a.Carries]
		for k, y := range outs[a.Carries:] {
			if i%a.Step(k) == 0 {
				row := op.Reshape(b, y, append([]int{1}, y.Type.Shape...))
				if a.Reverse {
					rows[k] = slices.Insert(rows[k], 0, row)
				} else {
					rows[k] = append(rows[k], row)
				}
			}
		}
	}
	out := slices.Clone(carries)
	for k, r := range rows {
		if len(r) == 0 {
			out = append(out, op.Full(b, n.Results[a.Carries+k].Type, 0))
		} else {
			out = append(out, op.Concatenate(b, 0, r...))
		}
	}
	return out
}

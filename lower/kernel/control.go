package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// bindingOf is how a region reads an operand of its node: directly where it lies.
func (b *blockLowerer) bindingOf(v *ir.Value) binding {
	if bd := b.bound[v]; bd.splat != nil {
		return bd
	}
	return binding{view: b.viewOf(v)}
}

func (b *blockLowerer) bindAll(vs []*ir.Value) []binding {
	out := make([]binding, len(vs))
	for i, v := range vs {
		out[i] = b.bindingOf(v)
	}
	return out
}

// carries places the results that are updated in place, with their initial values there, and returns bindings and wants for the
// body's carries: it reads the old value and stores the new one in the same memory.
func (b *blockLowerer) carries(u *unit, results, inits, params []*ir.Value) ([]binding, []*want) {
	bindings := make([]binding, len(results))
	wants := make([]*want, len(results))
	for i, r := range results {
		view := b.placeInPlace(u, r, inits[i])
		bindings[i] = binding{view: view}
		wants[i] = &want{view: view, param: params[i]}
	}
	return bindings, wants
}

// emitLoop lowers the loop with a trip count. Its body is a block that updates the carries in place, reads rows of xs and writes
// rows of ys where they lie.
func emitLoop(b *blockLowerer, u *unit, n *ir.Node) bool {
	a := n.Attrs.(op.LoopAttrs)
	body := b.inlineCalls(n.Regions[0]) // first: wants name its parameters
	consts := b.bindAll(n.Inputs[:a.Consts])
	xs := b.bindAll(n.Inputs[a.Consts+a.Carries:])
	firstCarry := 1 + a.Consts
	carried, wants := b.carries(u, n.Results[:a.Carries], n.Inputs[a.Consts:a.Consts+a.Carries], body.Params[firstCarry:firstCarry+a.Carries])
	rows := make([]View, 0, len(n.Results)-a.Carries)
	for _, r := range n.Results[a.Carries:] {
		rows = append(rows, b.place(r))
	}
	if a.Trip == 0 {
		return true
	}
	counter := b.temp(ir.T(dtype.Int32), "i")
	loop := &LoopStep{Trip: a.Trip, Reverse: a.Reverse, Counter: counter.Buf, User: true}
	params := slices.Concat([]binding{{view: counter}}, consts, carried)
	for _, x := range xs {
		params = append(params, rowOf(x, loop.Counter, a.Trip))
	}
	wants = append(wants, b.rowWants(a, loop.Counter, rows)...)
	loop.Body = b.block(body, params, wants)
	b.emitStep(loop)
	return true
}

// rowOf views row i of a stacked operand.
func rowOf(x binding, counter BufID, rows int) binding {
	if x.splat != nil {
		return x
	}
	v := x.view
	row := View{Buf: v.Buf, Offset: v.Offset, Shape: v.Shape[1:], Strides: v.Strides[1:], Dyn: slices.Clone(v.Dyn)}
	if rows > 1 {
		row.Dyn = append(row.Dyn, Index{Buf: counter, Max: rows - 1, Stride: v.Strides[0]})
	}
	return binding{view: row}
}

// rowWants asks for the results of a step in their rows of ys: directly, or by a guarded copy where not every step is recorded.
func (b *blockLowerer) rowWants(a op.LoopAttrs, counter BufID, ys []View) []*want {
	wants := make([]*want, len(ys))
	guards := map[int]*Guard{} // one for each interval
	for k, y := range ys {
		every := a.Step(k)
		if every == 1 {
			wants[k] = &want{view: rowOf(binding{view: y}, counter, a.Trip).view}
			continue
		}
		if guards[every] == nil {
			guards[every] = &Guard{Counter: counter, Every: every, Row: b.temp(ir.T(dtype.Int32), "row").Buf}
		}
		wants[k] = &want{view: rowOf(binding{view: y}, guards[every].Row, y.Shape[0]).view, guard: guards[every]}
	}
	return wants
}

func emitWhile(b *blockLowerer, u *unit, n *ir.Node) bool {
	a := n.Attrs.(op.WhileAttrs)
	cond, body := b.inlineCalls(n.Regions[0]), b.inlineCalls(n.Regions[1])
	condConsts := b.bindAll(n.Inputs[:a.CondConsts])
	bodyConsts := b.bindAll(n.Inputs[a.CondConsts : a.CondConsts+a.BodyConsts])
	carried, wants := b.carries(u, n.Results, n.Inputs[a.CondConsts+a.BodyConsts:], body.Params[a.BodyConsts:])
	pred := b.temp(ir.T(dtype.Bool), "while")
	w := &WhileStep{Pred: pred.Buf}
	w.Cond = b.block(cond, slices.Concat(condConsts, carried), []*want{{view: pred}})
	w.Body = b.block(body, slices.Concat(bodyConsts, carried), wants)
	b.emitStep(w)
	return true
}

func emitSwitch(b *blockLowerer, u *unit, n *ir.Node) bool {
	index := b.denseView(n.Inputs[0])
	if index.Offset != 0 || len(index.Dyn) > 0 {
		index = b.copied(n.Inputs[0].Type, index)
	}
	args := b.bindAll(n.Inputs[1:])
	dst := make([]View, len(n.Results))
	for i, r := range n.Results {
		dst[i] = b.place(r)
	}
	s := &SwitchStep{Index: index.Buf}
	for _, branch := range n.Regions {
		wants := make([]*want, len(dst))
		for i, d := range dst {
			wants[i] = &want{view: d}
		}
		s.Branches = append(s.Branches, b.block(b.inlineCalls(branch), args, wants))
	}
	b.emitStep(s)
	return true
}

// inlineCalls replaces Call nodes by their region: whatever they meant to transforms, they compute it. What a checkpoint computes waits for
// all operands of the call: on the way back they include a cotangent, so nothing is computed again before it is needed.
func (lw *lowerer) inlineCalls(g *ir.Graph) *ir.Graph {
	if !slices.ContainsFunc(g.Nodes, func(n *ir.Node) bool { return n.Op == op.CallID }) {
		return g
	}
	b := ir.NewBuilder(g.Name)
	params := b.Params(g.InTypes())
	return b.Build(lw.inlineInto(b, g, params, nil)...)
}

func (lw *lowerer) inlineInto(b *ir.Builder, g *ir.Graph, args, waits []*ir.Value) []*ir.Value {
	env := make(map[*ir.Value]*ir.Value, len(g.Nodes))
	for i, p := range g.Params {
		env[p] = args[i]
	}
	for _, n := range g.Nodes {
		in := ir.Lookup(env, n.Inputs)
		var out []*ir.Value
		switch {
		case n.Op != op.CallID:
			m := b.Copy(n, in)
			out = m.Results
			if waits != nil {
				lw.waits[m] = waits
			}
		case n.Attrs.(op.CallAttrs).Kind == op.CallCheckpoint:
			out = lw.inlineInto(b, n.Regions[0], in, slices.Concat(waits, in))
		default:
			out = lw.inlineInto(b, n.Regions[0], in, waits)
		}
		for i, r := range n.Results {
			env[r] = out[i]
		}
	}
	return ir.Lookup(env, g.Outputs)
}

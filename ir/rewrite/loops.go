package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Loops makes the regions of control flow see more: a carry that no iteration changes becomes a const, constants and broadcasts as
// operands are put into the regions, an operand given twice is given once, and stacked inputs and results whose rows are all
// equal are left out.
var Loops = everywhere(loops)

func loops(g *ir.Graph) *ir.Graph {
	if !slices.ContainsFunc(g.Nodes, func(n *ir.Node) bool { return len(n.Regions) > 0 }) {
		return g
	}
	changed := false
	h := rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) (out []*ir.Value) {
		switch n.Op {
		case op.LoopID:
			out = editLoop(e.b, n, in)
		case op.WhileID:
			out = editWhile(e.b, n, in)
		case op.SwitchID:
			out = editSwitch(e.b, n, in)
		}
		changed = changed || out != nil
		return out
	})
	if !changed {
		return g
	}
	return h
}

// reader says how a region gets a value that it does not change.
type reader struct {
	operand *ir.Value                                  // what is given from outside, or nil
	inside  func(b *ir.Builder, v *ir.Value) *ir.Value // makes the value of the operand (or of nothing); nil if it is the operand
}

// readerOf returns the best way to give v to a region, and whether that is better than v itself.
func readerOf(v *ir.Value) (r reader, better bool) {
	switch {
	case cheapConstant(v):
		return reader{inside: func(b *ir.Builder, _ *ir.Value) *ir.Value { return copyConstant(b, v) }}, true
	case v.Op() == op.BroadcastID && v.Node.Inputs[0].Type.Size() < v.Type.Size():
		return reader{v.Node.Inputs[0], func(b *ir.Builder, x *ir.Value) *ir.Value {
			return b.Emit1(op.BroadcastID, v.Node.Attrs, x)
		}}, true
	}
	return reader{operand: v}, false
}

// cheapConstant reports whether v is a constant that a region had better hold itself: a small one, an iota, a broadcast of such.
func cheapConstant(v *ir.Value) bool {
	switch v.Op() {
	case op.ConstID:
		return v.Type.Size() <= foldSmall
	case op.IotaID:
		return true
	case op.BroadcastID:
		return cheapConstant(v.Node.Inputs[0])
	}
	return false
}

// copyConstant emits a cheap constant of one graph in another.
func copyConstant(b *ir.Builder, v *ir.Value) *ir.Value {
	in := make([]*ir.Value, len(v.Node.Inputs))
	for i, x := range v.Node.Inputs {
		in[i] = copyConstant(b, x)
	}
	return b.Emit1(v.Op(), v.Node.Attrs, in...)
}

// regionPlan says where a new region gets the values of the old region's parameters from. Those without a reader stay parameters.
type regionPlan struct {
	consts  []*ir.Value // the operands of all readers, each once
	readers map[int]reader
}

func newRegionPlan() *regionPlan { return &regionPlan{readers: map[int]reader{}} }

// read lets the old parameter be read from outside.
func (p *regionPlan) read(param int, r reader) {
	p.readers[param] = r
	if r.operand != nil && !slices.Contains(p.consts, r.operand) {
		p.consts = append(p.consts, r.operand)
	}
}

// readAll plans the old parameters from first on for these values, and reports whether the region becomes better.
func (p *regionPlan) readAll(first int, values []*ir.Value) (better bool) {
	before := len(p.consts)
	for i, v := range values {
		r, b := readerOf(v)
		p.read(first+i, r)
		better = better || b
	}
	return better || len(p.consts)-before < len(values)
}

// build makes the new region. Its parameters are the first lead ones of the old region, the consts, and the other old parameters
// without a reader; its outputs are those at the places in outputs.
func (p *regionPlan) build(old *ir.Graph, lead int, outputs []int) *ir.Graph {
	types := ir.TypesOf(slices.Concat(old.Params[:lead], p.consts))
	for i, v := range old.Params[lead:] {
		if _, ok := p.readers[lead+i]; !ok {
			types = append(types, v.Type)
		}
	}
	return region(old.Name, types, func(b *ir.Builder, params []*ir.Value) []*ir.Value {
		args := slices.Clone(params[:lead])
		consts, others := params[lead:lead+len(p.consts)], params[lead+len(p.consts):]
		for i := lead; i < len(old.Params); i++ {
			r, ok := p.readers[i]
			if !ok {
				args, others = append(args, others[0]), others[1:]
				continue
			}
			var v *ir.Value
			if r.operand != nil {
				v = consts[slices.Index(p.consts, r.operand)]
			}
			if r.inside != nil {
				v = r.inside(b, v)
			}
			args = append(args, v)
		}
		all := old.Inline(b, args...)
		out := make([]*ir.Value, len(outputs))
		for i, k := range outputs {
			out[i] = all[k]
		}
		return out
	})
}

// editLoop emits a simpler Loop for n, or returns nil if there is nothing to do.
func editLoop(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a, body, plan := n.Attrs.(op.LoopAttrs), n.Regions[0], newRegionPlan()
	changed := plan.readAll(1, in[:a.Consts])
	results := make([]*ir.Value, len(n.Results))
	var carries, xs, ys []int // places, in operands and outputs, of what stays
	var every []int
	for i := range a.Carries {
		if param := 1 + a.Consts + i; body.Outputs[i] == body.Params[param] {
			results[i] = in[a.Consts+i]
			r, _ := readerOf(results[i])
			plan.read(param, r)
			changed = true
		} else {
			carries = append(carries, i)
		}
	}
	for i := a.Consts + a.Carries; i < len(in); i++ {
		if r, ok := rowReader(in[i]); ok {
			plan.read(1+i, r)
			changed = true
		} else {
			xs = append(xs, i)
		}
	}
	for i := a.Carries; i < len(body.Outputs); i++ {
		if row := rowOutside(b, n, in, body.Outputs[i]); row != nil {
			results[i] = stacked(b, row, n.Results[i].Type)
			changed = true
		} else {
			ys, every = append(ys, i), append(every, a.Step(i-a.Carries))
		}
	}
	if !changed {
		return nil
	}
	operands := slices.Clone(plan.consts)
	for _, i := range carries {
		operands = append(operands, in[a.Consts+i])
	}
	for _, i := range xs {
		operands = append(operands, in[i])
	}
	a.Consts, a.Carries, a.Xs = len(plan.consts), len(carries), len(xs)
	if len(a.Every) > 0 {
		a.Every = every
	}
	outputs := slices.Concat(carries, ys)
	for i, v := range op.Loop(b, a, plan.build(body, 1, outputs), operands...) {
		results[outputs[i]] = v
	}
	return results
}

// rowReader returns how to read a row of a stacked input whose rows are all equal: a broadcast along its first dimension.
func rowReader(x *ir.Value) (r reader, ok bool) {
	if x.Type.Shape[0] == 0 || !repeats(x, 0) {
		return reader{}, false
	}
	// The row is the operand broadcast to the other dimensions; an operand that has the first one has extent 1 there.
	a, operand := x.Node.Attrs.(op.BroadcastAttrs), x.Node.Inputs[0]
	shape, row := operand.Type.Shape, op.BroadcastAttrs{Shape: a.Shape[1:]}
	for _, d := range a.Dims {
		if d == 0 {
			shape = shape[1:]
		} else {
			row.Dims = append(row.Dims, d-1)
		}
	}
	inside := func(b *ir.Builder, v *ir.Value) *ir.Value {
		if v == nil {
			v = copyConstant(b, operand)
		}
		if v.Type.Rank() > len(shape) {
			v = op.Reshape(b, v, shape)
		}
		return b.Emit1(op.BroadcastID, row, v)
	}
	if cheapConstant(operand) {
		return reader{nil, inside}, true
	}
	return reader{operand, inside}, true
}

// rowOutside returns the value outside of the loop n that the body's output y has in every iteration; nil if it is not known to have one.
func rowOutside(b *ir.Builder, n *ir.Node, in []*ir.Value, y *ir.Value) *ir.Value {
	a, body := n.Attrs.(op.LoopAttrs), n.Regions[0]
	if !y.IsParam() {
		if cheapConstant(y) {
			return copyConstant(b, y)
		}
		return nil
	}
	switch i := y.Index - 1; {
	case 0 <= i && i < a.Consts:
		return in[i]
	case a.Consts <= i && i < a.Consts+a.Carries && body.Outputs[i-a.Consts] == y:
		return in[i]
	}
	return nil
}

// stacked broadcasts a row along a new first dimension.
func stacked(b *ir.Builder, row *ir.Value, t ir.Type) *ir.Value {
	dims := make([]int, row.Type.Rank())
	for i := range dims {
		dims[i] = i + 1
	}
	return op.Broadcast(b, row, dims, t.Shape)
}

// editWhile emits a simpler While for n, or returns nil if there is nothing to do.
func editWhile(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a, cond, body := n.Attrs.(op.WhileAttrs), n.Regions[0], n.Regions[1]
	inCond, inBody, first := newRegionPlan(), newRegionPlan(), a.CondConsts+a.BodyConsts
	changed := inCond.readAll(0, in[:a.CondConsts])
	changed = inBody.readAll(0, in[a.CondConsts:first]) || changed
	results := make([]*ir.Value, len(n.Results))
	var operands []*ir.Value
	var carries []int
	for i, v := range in[first:] {
		if body.Outputs[i] != body.Params[a.BodyConsts+i] {
			carries, operands = append(carries, i), append(operands, v)
			continue
		}
		results[i] = v
		r, _ := readerOf(v)
		inCond.read(a.CondConsts+i, r)
		inBody.read(a.BodyConsts+i, r)
		changed = true
	}
	if !changed || len(carries) == 0 { // that turns nothing over ends at once or never: it must not be lost as one without results
		return nil
	}
	a.CondConsts, a.BodyConsts = len(inCond.consts), len(inBody.consts)
	operands = slices.Concat(inCond.consts, inBody.consts, operands)
	for i, v := range op.While(b, a, inCond.build(cond, 0, []int{0}), inBody.build(body, 0, carries), operands...) {
		results[carries[i]] = v
	}
	return results
}

// editSwitch emits a Switch with fewer or smaller operands for n, or returns nil if there is nothing to do.
func editSwitch(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	plan := newRegionPlan()
	if !plan.readAll(0, in[1:]) {
		return nil
	}
	outputs := make([]int, len(n.Results))
	for i := range outputs {
		outputs[i] = i
	}
	branches := make([]*ir.Graph, len(n.Regions))
	for i, r := range n.Regions {
		branches[i] = plan.build(r, 0, outputs)
	}
	return op.Switch(b, in[0], branches, plan.consts...)
}

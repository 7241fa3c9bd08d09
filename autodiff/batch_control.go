package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// laneRules batch the rows with regions, and those whose effect depends on the mask.
var laneRules map[ir.OpID]func(bt *batcher, n *ir.Node, in []lanes) []lanes

func init() {
	laneRules = map[ir.OpID]func(bt *batcher, n *ir.Node, in []lanes) []lanes{
		op.LoopID:   batchLoop,
		op.WhileID:  batchWhile,
		op.SwitchID: batchSwitch,
		op.CallID:   batchCall,
		op.CheckID:  batchCheck,
	}
}

// sendMask hands the mask to a region with effects as one more const; it returns the operand.
func (bt *batcher) sendMask(to *batcher, regions ...*ir.Graph) []*ir.Value {
	if bt.mask == nil || !slices.ContainsFunc(regions, hasEffect) {
		return nil
	}
	to.mask = to.b.Param(bt.mask.Type)
	return []*ir.Value{bt.mask}
}

// batchLoop: a carry has lanes if it has them in some iteration. Rows of xs and ys have their lanes in front, so the stacked arrays have them on
// the second axis.
func batchLoop(bt *batcher, n *ir.Node, in []lanes) []lanes {
	a, body := n.Attrs.(op.LoopAttrs), n.Regions[0]
	batched, outBatched := loopFlow(n, laneMarks(in), byValue)
	inner := bt.region(body)
	args := []lanes{inner.param(indexType, false)}
	mask := bt.sendMask(inner, body)
	var operands []*ir.Value
	operands = append(operands, mask...)
	for i, p := range body.Params[1:] {
		args = append(args, inner.param(p.Type, batched[i]))
		v := in[i].value
		switch {
		case batched[i] && i >= a.Consts+a.Carries:
			v = op.MoveAxis(bt.b, v, in[i].axis, 1)
		case batched[i]:
			v = bt.front(in[i])
		}
		operands = append(operands, v)
	}
	outs := inner.graph(body, args)
	for i := range outs {
		outBatched[i] = outBatched[i] || outs[i].axis >= 0
	}
	a.Consts += len(mask)
	all := op.Loop(bt.b, a, inner.b.Build(inner.outputs(outs, outBatched)...), operands...)
	out := make([]lanes, len(all))
	for i, v := range all {
		switch {
		case !outBatched[i]:
			out[i] = lanes{v, -1}
		case i < a.Carries:
			out[i] = lanes{v, 0}
		default:
			out[i] = lanes{v, 1}
		}
	}
	return out
}

// batchSwitch keeps the switch if the index is the same in all lanes. Else all branches run, and each lane selects its results.
func batchSwitch(bt *batcher, n *ir.Node, in []lanes) []lanes {
	if in[0].axis >= 0 {
		return batchSelect(bt, n, in)
	}
	outBatched := switchRule{}.flow(n, laneMarks(in), byValue)
	branches := make([]*ir.Graph, len(n.Regions))
	var mask []*ir.Value
	for k, r := range n.Regions {
		inner := bt.region(r)
		mask = bt.sendMask(inner, n.Regions...)
		args := make([]lanes, len(r.Params))
		for i, p := range r.Params {
			args[i] = inner.param(p.Type, in[1+i].axis >= 0)
		}
		branches[k] = inner.b.Build(inner.outputs(inner.graph(r, args), outBatched)...)
	}
	operands := slices.Clone(mask)
	for _, v := range in[1:] {
		if v.axis >= 0 {
			v.value = bt.front(v)
		}
		operands = append(operands, v.value)
	}
	return bt.marked(op.Switch(bt.b, in[0].value, branches, operands...), outBatched)
}

// marked wraps values that have lanes in front where marked.
func (bt *batcher) marked(vs []*ir.Value, batched []bool) []lanes {
	out := shared(vs)
	for i := range out {
		if batched[i] {
			out[i].axis = 0
		}
	}
	return out
}

// batchSelect runs all branches; lane by lane, branch k is chosen if the index is k, the first one also below and the last one also above.
func batchSelect(bt *batcher, n *ir.Node, in []lanes) []lanes {
	b, index := bt.b, bt.front(in[0])
	upTo := func(k int) *ir.Value { // lanes whose index is at most k
		return op.Le(b, index, op.Spread(b, op.ScalarInt(b, dtype.Int32, int64(k)), index.Type.Shape))
	}
	last := len(n.Regions) - 1
	var out []lanes
	for k := last; k >= 0; k-- {
		branch := &batcher{b: b, size: bt.size, mask: bt.mask}
		if hasEffect(n.Regions[k]) {
			if k < last {
				branch.restrict(upTo(k))
			}
			if k > 0 {
				branch.restrict(op.Not(b, upTo(k-1)))
			}
		}
		results := branch.graph(n.Regions[k], in[1:])
		if out == nil {
			out = results
			continue
		}
		for i := range out {
			out[i] = lanes{bt.choose(upTo(k), bt.front(results[i]), bt.front(out[i])), 0}
		}
	}
	return out
}

// restrict takes lanes out of the mask.
func (bt *batcher) restrict(mask *ir.Value) {
	if bt.mask != nil {
		mask = op.And(bt.b, bt.mask, mask)
	}
	bt.mask = mask
}

// choose selects whole lanes.
func (bt *batcher) choose(pred, yes, no *ir.Value) *ir.Value {
	if yes == no {
		return yes
	}
	return op.Select(bt.b, op.Broadcast(bt.b, pred, []int{0}, yes.Type.Shape), yes, no)
}

// batchCheck: all lanes that take part must hold.
func batchCheck(bt *batcher, n *ir.Node, in []lanes) []lanes {
	ok := bt.front(in[0])
	if bt.mask != nil {
		ok = op.Or(bt.b, ok, op.Not(bt.b, bt.mask))
	}
	bt.b.Emit(n.Op, n.Attrs, nil, op.ReduceAnd(bt.b, ok, 0))
	return nil
}

// batchWhile: without lanes in the condition the loop stays as it is. Else it runs until all lanes have stopped. A carry tells which lanes
// still run; the others keep their values.
func batchWhile(bt *batcher, n *ir.Node, in []lanes) []lanes {
	a, cond, body := n.Attrs.(op.WhileAttrs), n.Regions[0], n.Regions[1]
	first := a.CondConsts + a.BodyConsts
	batched, own := whileFlow(n, laneMarks(in), byValue)
	if own {
		return batchWhileByLane(bt, n, in)
	}
	condIn := slices.Concat(laneMarks(in[:a.CondConsts]), batched)
	bodyIn := slices.Concat(laneMarks(in[a.CondConsts:first]), batched)
	ci, bi := bt.region(cond), bt.region(body)
	condMask, bodyMask := bt.sendMask(ci, cond), bt.sendMask(bi, body)
	test := ci.graph(cond, ci.params(cond, condIn))
	next := bi.graph(body, bi.params(body, bodyIn))
	attrs := op.WhileAttrs{CondConsts: a.CondConsts + len(condMask), BodyConsts: a.BodyConsts + len(bodyMask)}
	operands := slices.Concat(condMask, bt.operands(in[:a.CondConsts], condIn), bodyMask, bt.operands(in[a.CondConsts:first], bodyIn), bt.operands(in[first:], batched))
	out := op.While(bt.b, attrs, ci.b.Build(test[0].value), bi.b.Build(bi.outputs(next, batched)...), operands...)
	return bt.marked(out, batched)
}

// params adds the parameters of a region.
func (bt *batcher) params(g *ir.Graph, batched []bool) []lanes {
	out := make([]lanes, len(g.Params))
	for i, p := range g.Params {
		out[i] = bt.param(p.Type, batched[i])
	}
	return out
}

// operands brings the lanes of marked values to the front.
func (bt *batcher) operands(in []lanes, batched []bool) []*ir.Value {
	out := make([]*ir.Value, len(in))
	for i, v := range in {
		if out[i] = v.value; batched[i] {
			out[i] = bt.front(v)
		}
	}
	return out
}

// batchWhileByLane builds
//
//	running = cond(carries)
//	while any(running): carries = select(running, body(carries), carries); running = running and cond(carries)
func batchWhileByLane(bt *batcher, n *ir.Node, in []lanes) []lanes {
	a, cond, body := n.Attrs.(op.WhileAttrs), n.Regions[0], n.Regions[1]
	first := a.CondConsts + a.BodyConsts
	consts := laneMarks(in[:first])
	carries := make([]bool, len(in)-first)
	for i := range carries {
		carries[i] = true
	}
	start := slices.Clone(in)
	for i, v := range in[first:] {
		start[first+i] = lanes{bt.front(v), 0}
	}
	running := bt.front(bt.graph(cond, slices.Concat(start[:a.CondConsts], start[first:]))[0])
	if bt.mask != nil {
		running = op.And(bt.b, running, bt.mask)
	}

	bi := bt.region(body)
	constParams := make([]lanes, first)
	for i, v := range in[:first] {
		t := v.value.Type
		if v.axis >= 0 {
			t = rowType(v)
		}
		constParams[i] = bi.param(t, consts[i])
	}
	run := bi.b.Param(ir.T(dtype.Bool, bt.size))
	old := make([]lanes, len(carries))
	for i, p := range body.Params[a.BodyConsts:] {
		old[i] = bi.param(p.Type, true)
	}
	bi.mask = run
	next := bi.graph(body, slices.Concat(constParams[a.CondConsts:], old))
	for i, v := range next {
		next[i] = lanes{bi.choose(run, bi.front(v), old[i].value), 0}
	}
	goOn := bi.front(bi.graph(cond, slices.Concat(constParams[:a.CondConsts], next))[0])
	outs := append([]*ir.Value{op.And(bi.b, run, goOn)}, laneValues(next)...)

	cb := ir.NewBuilder(cond.Name)
	params := cb.Params(ir.TypesOf(outs))
	any := op.ReduceOr(cb, params[0], 0)
	attrs := op.WhileAttrs{BodyConsts: first}
	operands := slices.Concat(bt.operands(in[:first], consts), []*ir.Value{running}, laneValues(start[first:]))
	all := op.While(bt.b, attrs, cb.Build(any), bi.b.Build(outs...), operands...)
	return inFront(all[1:])
}

// batchCall batches the body, and the regions of a derivative of the user's own so that they fit it.
func batchCall(bt *batcher, n *ir.Node, in []lanes) []lanes {
	attrs := n.Attrs.(op.CallAttrs)
	switch attrs.Kind {
	case op.CallPlain:
		return bt.graph(n.Regions[0], in)
	case op.CallCheckpoint:
		inner := bt.region(n.Regions[0])
		mask := bt.sendMask(inner, n.Regions[0])
		outs := inner.graph(n.Regions[0], inner.params(n.Regions[0], laneMarks(in)))
		batched := laneMarks(outs)
		operands := slices.Concat(mask, bt.operands(in, laneMarks(in)))
		return bt.marked(op.Call(bt.b, attrs, []*ir.Graph{inner.b.Build(inner.outputs(outs, batched)...)}, operands...), batched)
	}
	c := customBatch{bt, n, laneMarks(in)}
	return inFront(op.Call(bt.b, attrs, c.regions(attrs.Kind), bt.operands(in, c.batched)...))
}

// customBatch batches the regions of a call with a derivative of its own. All results have lanes.
type customBatch struct {
	bt      *batcher
	n       *ir.Node
	batched []bool // of the operands
}

func (c customBatch) regions(kind string) []*ir.Graph {
	r := c.n.Regions
	body, _ := Batch(r[0], c.batched, c.bt.size, allMarked(len(r[0].Outputs)))
	tangents := kept(c.batched, inexactMarks(c.n.Inputs)) // a tangent has lanes where its operand has
	switch kind {
	case op.CallCustomJVP:
		rule, _ := Batch(r[1], slices.Concat(c.batched, tangents), c.bt.size, allMarked(len(r[1].Outputs)))
		return []*ir.Graph{body, rule}
	case op.CallCustomVJP:
		results := len(c.n.Results)
		force := make([]bool, len(r[1].Outputs))
		copy(force, allMarked(results))
		forward, outBatched := Batch(r[1], c.batched, c.bt.size, force)
		return []*ir.Graph{body, forward, c.backward(r[2], outBatched[results:], tangents)}
	}
	residuals := len(c.batched) - len(r[1].Outputs)
	return []*ir.Graph{body, c.backward(r[1], c.batched[:residuals], c.batched[residuals:])}
}

// backward batches a reverse rule: the cotangents that it gets have lanes; those that it returns have them where want asks, and are summed over
// the lanes elsewhere.
func (c customBatch) backward(g *ir.Graph, residuals, want []bool) *ir.Graph {
	inner := c.bt.region(g)
	batched := slices.Concat(residuals, allMarked(len(g.Params)-len(residuals)))
	outs := inner.graph(g, inner.params(g, batched))
	vs := make([]*ir.Value, len(outs))
	for i, v := range outs {
		if vs[i] = inner.front(v); !want[i] {
			vs[i] = op.ReduceSum(inner.b, vs[i], 0)
		}
	}
	return inner.b.Build(vs...)
}

func allMarked(n int) []bool { return slices.Repeat([]bool{true}, n) }

package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// transpose runs a linear loop backwards. With ct for cotangents:
//
//	linear:      consts known, linear   carries linear                xs known, linear  -> carries, ys
//	transposed:  consts known           carries ct consts, ct carries xs known, ct ys   -> ct consts, ct carries, ct xs
//
// Cotangents of consts are added up over the iterations, beginning with the sum so far.
func (loopRule) transpose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	l := newLoopTranspose(b, n, t)
	l.buildBody()
	return l.emit()
}

type loopTranspose struct {
	b      *ir.Builder
	n      *ir.Node
	t      *ir.Transposition
	a      op.LoopAttrs
	linear []bool // of the operands; a carry is linear if it is in some iteration
	hasCt  []bool // of the results: those whose cotangent is not zero in all iterations
	inCt   []bool // of the operands: those that get a cotangent
	later  []bool // of the consts: those whose cotangent is a product behind the loop, see loop_defer.go

	nb       *ir.Builder
	consts   []*ir.Value // open values of the linear consts in the body
	deferred []deferred
	body     *ir.Graph
	operands []*ir.Value
	attrs    op.LoopAttrs
}

func newLoopTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) *loopTranspose {
	l := &loopTranspose{b: b, n: n, t: t, a: n.Attrs.(op.LoopAttrs), nb: ir.NewBuilder(n.Regions[0].Name), hasCt: given(t.Ct)}
	isLinear := make([]bool, len(t.In))
	for i := range isLinear {
		isLinear[i] = t.Linear(i)
	}
	l.linear, _ = loopFlow(n, isLinear, byValue)
	params := append([]bool{false}, l.linear...)
	carries := l.hasCt[:l.a.Carries]
	for {
		l.inCt = flowBack(n.Regions[0], params, l.hasCt)[1:]
		if !union(carries, l.inCt[l.a.Consts:l.a.Consts+l.a.Carries]) {
			break
		}
	}
	l.later = make([]bool, l.a.Consts)
	for i := range l.later {
		l.later[i] = l.inCt[i] && l.defers(i)
	}
	return l
}

// buildBody builds the body of the transposed loop and collects its operands.
func (l *loopTranspose) buildBody() {
	old, s := l.n.Regions[0], newSplitter(l.nb)
	p := newPuller(l.nb, s)
	in := make([]half, len(old.Params))
	in[0] = half{value: l.nb.Param(indexType)}
	for i, param := range old.Params[1:] {
		if l.linear[i] {
			in[1+i] = s.param(param.Type)
		}
	}
	firstX := l.a.Consts + l.a.Carries
	give := func(t ir.Type, operand *ir.Value, count *int) *ir.Value {
		l.operands = append(l.operands, operand)
		*count++
		return l.nb.Param(t)
	}
	giveKnown := func(from, to int, count *int) {
		for i := from; i < to; i++ {
			if !l.linear[i] {
				in[1+i] = half{value: give(old.Params[1+i].Type, l.t.In[i], count)}
			}
		}
	}
	giveKnown(0, l.a.Consts, &l.attrs.Consts)
	l.consts = halfValues(in[1 : 1+l.a.Consts])
	for i := range l.a.Consts {
		switch {
		case l.later[i]:
			p.defers[l.consts[i]] = func(n *ir.Node, factor, ct *ir.Value) {
				l.deferred = append(l.deferred, deferred{operand: i, node: n, factor: factor, ct: ct})
			}
		case l.inCt[i]:
			t := old.Params[1+i].Type
			p.add(in[1+i].value, give(t, orZero(l.b, l.t.Take(i), t), &l.attrs.Carries))
		}
	}
	cts := make([]*ir.Value, len(old.Outputs))
	for k, out := range old.Outputs[:l.a.Carries] {
		if l.hasCt[k] {
			cts[k] = give(out.Type, orZero(l.b, l.t.Ct[k], out.Type), &l.attrs.Carries)
		}
	}
	giveKnown(firstX, len(l.linear), &l.attrs.Xs)
	for k, out := range old.Outputs[l.a.Carries:] {
		if l.hasCt[l.a.Carries+k] {
			cts[l.a.Carries+k] = give(out.Type, everyRow(l.b, l.t.Ct[l.a.Carries+k], l.a, k), &l.attrs.Xs)
		}
	}
	p.seed(s.graph(old, in), cts)
	p.run()
	var outs []*ir.Value
	output := func(i int) { outs = append(outs, orZero(l.nb, p.cts[in[1+i].value], old.Params[1+i].Type)) }
	for i := range l.a.Consts {
		if l.inCt[i] && !l.later[i] {
			output(i)
		}
	}
	for k := range l.a.Carries {
		if l.hasCt[k] {
			output(l.a.Consts + k)
		}
	}
	for i := firstX; i < len(l.linear); i++ {
		if l.inCt[i] {
			output(i)
		}
	}
	rows := map[*ir.Value]*ir.Value{}
	for i := firstX; i < len(l.linear); i++ {
		if !l.linear[i] {
			rows[in[1+i].value] = l.t.In[i]
		}
	}
	l.body = l.nb.Build(l.record(outs, rows)...)
}

// emit emits the transposed loop and returns the cotangents of the operands.
func (l *loopTranspose) emit() []*ir.Value {
	l.attrs.Trip, l.attrs.Reverse = l.a.Trip, !l.a.Reverse
	results := op.Loop(l.b, l.attrs, l.body, l.operands...)
	all, out := results, make([]*ir.Value, len(l.t.In))
	for _, d := range l.deferred {
		sum := out[d.operand]
		if sum == nil {
			sum = l.t.Take(d.operand)
		}
		out[d.operand] = l.contract(d, results, sum)
	}
	next := func(i int) { out[i], all = all[0], all[1:] }
	for i := range l.a.Consts {
		if l.inCt[i] && !l.later[i] {
			next(i)
		}
	}
	for k := range l.a.Carries {
		if l.hasCt[k] {
			next(l.a.Consts + k)
		}
	}
	for i := l.a.Consts + l.a.Carries; i < len(out); i++ {
		if l.inCt[i] {
			next(i)
		}
	}
	return out
}

// everyRow spreads the cotangent of ys k, which has a row for each recorded iteration, to a row for each iteration; the others are zero.
func everyRow(b *ir.Builder, ct *ir.Value, a op.LoopAttrs, k int) *ir.Value {
	step, rank := a.Step(k), ct.Type.Rank()
	if step == 1 {
		return ct
	}
	rows := ct.Type.Shape[0]
	low, high, interior := make([]int, rank), make([]int, rank), make([]int, rank)
	interior[0] = step - 1
	if rows > 0 {
		high[0] = a.Trip - (rows-1)*step - 1
	}
	return op.Pad(b, ct, op.Scalar(b, ct.Type.DType, 0), low, high, interior)
}

// flowBack returns which of the linear parameters of g a cotangent reaches from the marked outputs.
func flowBack(g *ir.Graph, linear, outputs []bool) []bool {
	open, _ := flowThrough(g, linear, byValue)
	hasCt := map[*ir.Value]bool{}
	for i, out := range g.Outputs {
		if outputs[i] && open[out] {
			hasCt[out] = true
		}
	}
	for _, n := range slices.Backward(g.Nodes) {
		if slices.Contains(marks(hasCt, n.Results), true) {
			for _, in := range n.Inputs {
				if open[in] {
					hasCt[in] = true
				}
			}
		}
	}
	return marks(hasCt, g.Params)
}

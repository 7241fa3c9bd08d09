package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// split makes two loops of one:
//
//	known:  consts, carries, xs (those known)           -> carries, ys (those known), stacked residuals
//	open:   residual and open consts, open carries,
//	        residual xs and open xs                     -> open carries, open ys
//
// Residuals of the body that are operands of the loop, or computed from consts alone, are not stacked.
func (loopRule) split(s *splitter, n *ir.Node, in []half) []half {
	l := newLoopSplit(s, n, in)
	l.chooseResiduals()
	l.emitKnown()
	return l.emitOpen()
}

// loopSplit is a Loop on the way to becoming two. Values of the body are those of the splitter inner.
type loopSplit struct {
	s        *splitter
	n        *ir.Node
	a        op.LoopAttrs
	in       []half
	open     []bool // of the operands; a carry is open if it is in some iteration
	inner    *splitter
	params   []half // of the body, the index first
	outs     []half // of the body
	openOuts []bool

	place   map[*ir.Value]int  // operand of a known parameter; -1 for the index
	lifting map[*ir.Value]bool // values of the body that depend on consts only
	res     residuals
	stacked map[*ir.Value]*ir.Value // residuals stacked by the known loop
	results []half                  // of the node
}

func newLoopSplit(s *splitter, n *ir.Node, in []half) *loopSplit {
	l := &loopSplit{s: s, n: n, a: n.Attrs.(op.LoopAttrs), in: in, place: map[*ir.Value]int{}, results: make([]half, len(n.Results))}
	l.open, l.openOuts = loopFlow(n, openMarks(in), byValue)
	body := n.Regions[0]
	l.inner = newSplitter(ir.NewBuilder(body.Name))
	index := l.inner.known.Param(indexType)
	l.place[index] = -1
	l.params = []half{{value: index}}
	for i, p := range body.Params[1:] {
		if l.open[i] {
			l.params = append(l.params, l.inner.param(p.Type))
			continue
		}
		v := l.inner.known.Param(p.Type)
		l.place[v] = i
		l.params = append(l.params, half{value: v})
	}
	l.outs = l.inner.graph(body, l.params)
	return l
}

// openOutputs are the outputs of the open body: for a carry that is open also where the body computes it from known values.
func (l *loopSplit) openOutputs() []half { return kept(l.outs, l.openOuts) }

// isCarry reports whether v is a parameter for a carry.
func (l *loopSplit) isCarry(v *ir.Value) bool {
	i, isParam := l.place[v]
	return isParam && i >= l.a.Consts && i < l.a.Consts+l.a.Carries
}

// chooseResiduals finds what the open body needs of the known one.
func (l *loopSplit) chooseResiduals() {
	l.lifting = map[*ir.Value]bool{}
	recorded := map[*ir.Value]bool{} // what the loop stacks anyway
	for k, y := range l.outs[l.a.Carries:] {
		recorded[y.value] = recorded[y.value] || l.a.Step(k) == 1 && !l.openOuts[l.a.Carries+k]
	}
	l.res = l.inner.residuals(l.openOutputs(), func(v *ir.Value) bool {
		if v.IsParam() {
			return !l.isCarry(v)
		}
		return !cheap(v.Node) && l.invariant(v)
	}, func(v *ir.Value) int {
		if recorded[v] {
			return 1
		}
		return bytes(v)
	})
}

// invariant reports whether a known value of the body depends on consts only.
func (l *loopSplit) invariant(v *ir.Value) bool {
	if v.IsParam() {
		i := l.place[v]
		return i >= 0 && i < l.a.Consts
	}
	if is, ok := l.lifting[v]; ok {
		return is
	}
	is := !v.Node.HasEffect()
	for _, in := range v.Node.Inputs {
		is = is && l.invariant(in)
	}
	l.lifting[v] = is
	return is
}

// emitKnown emits the loop of the known part, and remembers where it stacks the residuals.
func (l *loopSplit) emitKnown() {
	parts := operandsOf(l.a, l.in)
	open := operandsOf(l.a, l.open)
	outs := l.outs[:l.a.Carries:l.a.Carries]
	outs = dropped(outs, l.openOuts[:l.a.Carries])
	var every []int
	yPlace := map[*ir.Value]int{} // of recorded rows
	for k, y := range l.outs[l.a.Carries:] {
		if !l.openOuts[l.a.Carries+k] {
			if l.a.Step(k) == 1 {
				yPlace[y.value] = len(outs)
			}
			outs, every = append(outs, y), append(every, l.a.Step(k))
		}
	}
	for _, v := range l.res.saved {
		if _, recorded := yPlace[v]; !recorded {
			yPlace[v] = len(outs)
			outs, every = append(outs, half{value: v}), append(every, 1)
		}
	}
	consts, carries, xs := dropped(parts.consts, open.consts), dropped(parts.carries, open.carries), dropped(parts.xs, open.xs)
	body := l.inner.known.Build(halfValues(outs)...)
	if len(outs) == 0 && !slices.ContainsFunc(body.Nodes, (*ir.Node).HasEffect) {
		return
	}
	attrs := op.LoopAttrs{Trip: l.a.Trip, Consts: len(consts), Carries: len(carries), Xs: len(xs), Reverse: l.a.Reverse, Every: compact(every)}
	all := op.Loop(l.s.known, attrs, body, halfValues(slices.Concat(consts, carries, xs))...)
	l.stacked = map[*ir.Value]*ir.Value{}
	for _, v := range l.res.saved {
		l.stacked[v] = all[yPlace[v]]
	}
	k := 0
	for i := range l.results {
		if !l.openOuts[i] {
			l.results[i] = half{value: all[k]}
			k++
		}
	}
}

// emitOpen emits the loop of the open part and returns the results of both.
func (l *loopSplit) emitOpen() []half {
	if len(l.openOutputs()) == 0 {
		return l.results
	}
	b := ir.NewBuilder(l.n.Regions[0].Name)
	index := b.Param(indexType)
	env := map[*ir.Value]*ir.Value{l.params[0].value: index}
	var operands []*ir.Value
	var attrs op.LoopAttrs
	give := func(count *int, v, operand *ir.Value) {
		env[v] = b.Param(v.Type)
		operands = append(operands, operand)
		*count++
	}
	giveOpen := func(count *int, from, to int) {
		for i := from; i < to; i++ {
			if l.open[i] {
				give(count, l.params[1+i].value, l.in[i].value)
			}
		}
	}
	firstX := l.a.Consts + l.a.Carries
	for _, v := range l.res.free {
		switch i, isParam := l.place[v]; {
		case !isParam:
			give(&attrs.Consts, v, l.lift(v))
		case i >= 0 && i < l.a.Consts:
			give(&attrs.Consts, v, l.in[i].value)
		}
	}
	giveOpen(&attrs.Consts, 0, l.a.Consts)
	giveOpen(&attrs.Carries, l.a.Consts, firstX)
	for _, v := range l.res.free {
		if i, isParam := l.place[v]; isParam && i >= firstX {
			give(&attrs.Xs, v, l.in[i].value)
		}
	}
	for _, v := range l.res.saved {
		give(&attrs.Xs, v, l.stacked[v])
	}
	giveOpen(&attrs.Xs, firstX, len(l.in))
	outs := l.inner.close(b, env, l.openOutputs())
	attrs.Trip, attrs.Reverse = l.a.Trip, l.a.Reverse
	attrs.Every = compact(kept(recorded(l.a, len(l.outs)-l.a.Carries), l.openOuts[l.a.Carries:]))
	open := l.s.emit(op.LoopID, attrs, []*ir.Graph{b.Build(outs...)}, operands...)
	for i := range l.results {
		if l.openOuts[i] {
			l.results[i], open = open[0], open[1:]
		}
	}
	return l.results
}

// lift computes an invariant value of the body outside of the loop.
func (l *loopSplit) lift(v *ir.Value) *ir.Value {
	env := map[*ir.Value]*ir.Value{}
	var get func(v *ir.Value) *ir.Value
	get = func(v *ir.Value) *ir.Value {
		if v.IsParam() {
			return l.in[l.place[v]].value
		}
		if w, ok := env[v]; ok {
			return w
		}
		m := l.s.known.Copy(v.Node, getAll(get, v.Node.Inputs))
		for i, r := range v.Node.Results {
			env[r] = m.Results[i]
		}
		return m.Results[v.Index]
	}
	return get(v)
}

package autodiff

import (
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// callRule differentiates op.Call. A plain call is replaced by its body; a checkpoint keeps nothing but its operands for the way back;
// calls with a derivative of their own use that.
type callRule struct{}

func callKind(n *ir.Node) string { return n.Attrs.(op.CallAttrs).Kind }

// flow marks all results of calls with a derivative of their own: what their rules make of tangents, and Batch of lanes, does not follow from
// the body.
func (callRule) flow(n *ir.Node, in []bool, p property) []bool {
	switch callKind(n) {
	case op.CallPlain, op.CallCheckpoint:
		_, out := flowThrough(n.Regions[0], in, p)
		return out
	}
	return allMarked(len(n.Results))
}

func (c callRule) jvp(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	checkCaptured(n, ts)
	switch callKind(n) {
	case op.CallCheckpoint:
		return c.jvpCheckpoint(b, n, in, ts)
	case op.CallCustomJVP:
		return jvpCustomJVP(b, n, in, ts)
	case op.CallCustomVJP:
		return jvpCustomVJP(b, n, in, ts)
	case op.CallCustomLinear:
		return jvpCustomLinear(b, n, in, ts)
	}
	return jvpGraph(b, n.Regions[0], in, ts)
}

// checkCaptured refuses tangents of values that a custom derivative captured: it has no rule for them.
func checkCaptured(n *ir.Node, ts []*ir.Value) {
	a := n.Attrs.(op.CallAttrs)
	for i := len(ts) - a.Captured; i < len(ts); i++ {
		if ts[i] != nil {
			panic(&ir.Error{Op: strings.ReplaceAll(a.Kind, "_", " "), Arg: "function " + a.Name,
				Got: "a derivative with respect to a captured value " + n.Inputs[i].Type.String(), Want: "with respect to its arguments only",
				Hint: "make the value part of the argument and give the rule a derivative for it, or capture StopGradient of it", Pos: n.Pos})
		}
	}
}

// jvpCheckpoint keeps the call, with tangents behind the operands and results.
func (c callRule) jvpCheckpoint(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	h, outActive := JVP(n.Regions[0], given(ts))
	all := op.Call(b, n.Attrs.(op.CallAttrs), []*ir.Graph{h}, slices.Concat(in, kept(ts, given(ts)))...)
	return all[:len(outActive)], scatterTo(outActive, all[len(outActive):])
}

// jvpCustomJVP uses the rule in the second region: (operands, tangents) -> (results, tangents), with tangents for inexact types only.
func jvpCustomJVP(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	args := slices.Clone(in)
	for i, v := range in {
		if inexact(v.Type) {
			args = append(args, orZero(b, ts[i], v.Type))
		}
	}
	all := n.Regions[1].Inline(b, args...)
	return all[:len(n.Results)], scatterTo(inexactMarks(n.Results), all[len(n.Results):])
}

func inexactMarks(vs []*ir.Value) []bool {
	out := make([]bool, len(vs))
	for i, v := range vs {
		out[i] = inexact(v.Type)
	}
	return out
}

// jvpCustomVJP runs the forward region for results and residuals. The tangents come from a call of kind CallCustomLinear, which knows the
// backward region for the way back, and for forward mode has its transpose.
func jvpCustomVJP(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	forward, backward := n.Regions[1], n.Regions[2]
	all := forward.Inline(b, in...)
	out, residuals := all[:len(n.Results)], all[len(n.Results):]
	args := slices.Clone(residuals)
	for i, v := range in {
		if inexact(v.Type) {
			args = append(args, orZero(b, ts[i], v.Type))
		}
	}
	attrs := op.CallAttrs{Name: n.Attrs.(op.CallAttrs).Name, Kind: op.CallCustomLinear}
	lin := op.Call(b, attrs, []*ir.Graph{transposed(n, backward, len(residuals)), backward}, args...)
	return out, scatterTo(inexactMarks(n.Results), lin)
}

// transposed returns the transpose of a custom backward rule: (residuals, tangents) -> tangents. A rule that is not linear in the cotangents has none;
// then the graph fails when it is run.
func transposed(n *ir.Node, backward *ir.Graph, residuals int) *ir.Graph {
	linear := make([]bool, len(backward.Params))
	for i := residuals; i < len(linear); i++ {
		linear[i] = true
	}
	var err error
	t := func() (t *ir.Graph) {
		defer ir.Catch(&err)
		return transposeAll(backward, linear)
	}()
	if err == nil {
		return t
	}
	b := ir.NewBuilder(backward.Name)
	b.Locate = func() ir.Position { return n.Pos }
	b.Params(slices.Concat(ir.TypesOf(backward.Params[:residuals]), backward.OutTypes()))
	message := "the function " + n.Attrs.(op.CallAttrs).Name + " has a custom backward rule that is not linear in the cotangents, so it has no forward mode; use reverse mode, or a custom JVP"
	op.Check(b, op.Full(b, boolType, 0), message)
	var outs []*ir.Value
	for _, p := range backward.Params[residuals:] {
		outs = append(outs, op.Full(b, p.Type, 0))
	}
	return b.Build(outs...)
}

// jvpCustomLinear: the call is linear in its tangents, so their tangents go through the same call; those of the residuals go through
// the forward region.
func jvpCustomLinear(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	residuals := len(in) - len(n.Regions[1].Outputs)
	out = b.Copy(n, in).Results
	outTangents = make([]*ir.Value, len(out))
	if !allNil(ts[residuals:]) {
		args := slices.Clone(in[:residuals])
		for i, t := range ts[residuals:] {
			args = append(args, orZero(b, t, in[residuals+i].Type))
		}
		copy(outTangents, b.Copy(n, args).Results)
	}
	if !allNil(ts[:residuals]) {
		only := append(slices.Clone(ts[:residuals]), make([]*ir.Value, len(in)-residuals)...)
		_, more := jvpGraph(b, n.Regions[0], in, only)
		for i, t := range more {
			outTangents[i] = plus(b, outTangents[i], t)
		}
	}
	return out, outTangents
}

func (c callRule) split(s *splitter, n *ir.Node, in []half) []half {
	switch callKind(n) {
	case op.CallCheckpoint:
		return c.splitCheckpoint(s, n, in)
	case op.CallCustomLinear:
		return s.copy(n, in)
	}
	return s.graph(n.Regions[0], in)
}

// splitCheckpoint computes the known results, and leaves the open ones, with all that they need, to the open part: that is the
// computing again.
func (c callRule) splitCheckpoint(s *splitter, n *ir.Node, in []half) []half {
	open := openMarks(in)
	openOuts := c.flow(n, open, byValue)
	region := n.Regions[0]
	known := knownPart(region, open, openOuts).Inline(s.known, halfValues(dropped(in, open))...)
	again, used := onlyOutputs(region, openOuts)
	opened := s.emit(op.CallID, n.Attrs, []*ir.Graph{again}, halfValues(kept(in, used))...)
	out := make([]half, len(n.Results))
	for i, isOpen := range openOuts {
		if isOpen {
			out[i], opened = opened[0], opened[1:]
		} else {
			out[i], known = half{value: known[0]}, known[1:]
		}
	}
	return out
}

// onlyOutputs returns the part of a region that computes the marked outputs, without effects, and which parameters it has.
func onlyOutputs(g *ir.Graph, outputs []bool) (part *ir.Graph, params []bool) {
	b := ir.NewBuilder(g.Name)
	small := prune(b.Build(kept(WithoutEffects(g).Inline(b, b.Params(g.InTypes())...), outputs)...))
	uses := small.Uses()
	params = make([]bool, len(g.Params))
	b = ir.NewBuilder(g.Name)
	args := make([]*ir.Value, len(g.Params))
	for i, p := range small.Params {
		if params[i] = uses[p] > 0; params[i] {
			args[i] = b.Param(p.Type)
		}
	}
	return b.Build(small.Inline(b, args...)...), params
}

// WithoutEffects returns g without the nodes that have an effect and no results: what is computed again prints and checks nothing again.
func WithoutEffects(g *ir.Graph) *ir.Graph {
	if !hasEffect(g) {
		return g
	}
	b := ir.NewBuilder(g.Name)
	env := map[*ir.Value]*ir.Value{}
	for i, p := range b.Params(g.InTypes()) {
		env[g.Params[i]] = p
	}
	for _, n := range g.Nodes {
		if n.Row().Effect && len(n.Results) == 0 {
			continue
		}
		m := *n
		m.Regions = make([]*ir.Graph, len(n.Regions))
		for i, r := range n.Regions {
			m.Regions[i] = WithoutEffects(r)
		}
		for i, v := range b.Copy(&m, ir.Lookup(env, n.Inputs)).Results {
			env[n.Results[i]] = v
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...)
}

func (callRule) transpose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	linear := make([]bool, len(t.In))
	for i := range linear {
		linear[i] = t.Linear(i)
	}
	if callKind(n) == op.CallCustomLinear {
		return transposeCustomLinear(b, n, t, linear)
	}
	hasCt := given(t.Ct)
	gets := flowBack(n.Regions[0], linear, hasCt)
	region := transposeRegion(n.Regions[0].Name, n.Regions[0], linear, hasCt, gets)
	all := op.Call(b, n.Attrs.(op.CallAttrs), []*ir.Graph{region}, slices.Concat(dropped(t.In, linear), kept(t.Ct, hasCt))...)
	return scatterTo(gets, all)
}

// transposeCustomLinear runs the user's backward rule.
func transposeCustomLinear(b *ir.Builder, n *ir.Node, t *ir.Transposition, linear []bool) []*ir.Value {
	residuals := len(t.In) - len(n.Regions[1].Outputs)
	if slices.Contains(linear[:residuals], true) {
		panic(notLinear(n))
	}
	args := slices.Clone(t.In[:residuals])
	for i, r := range n.Results {
		args = append(args, orZero(b, t.Ct[i], r.Type))
	}
	return append(make([]*ir.Value, residuals), n.Regions[1].Inline(b, args...)...)
}

package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

// The cotangent of a const that each step multiplies, such as a weight matrix, is a sum of products over the steps. Adding a product to a
// matrix in each step moves the matrix through memory several times. Where the factors are smaller, the loop records them instead, and one
// product behind it contracts over the steps too:
//
//	in the loop:      sum = sum + x[t]^T ct[t]          4 |W| bytes a step
//	behind the loop:  sum = [x[0]; x[1]; ...]^T [ct[0]; ct[1]; ...]     2 |ct| bytes a step, and 2 |x| where x is not stacked already
//
// The product behind the loop is found by the rules of the row: batched over the steps and transposed.

// deferred is a use of a const whose product waits until the loop is over.
type deferred struct {
	operand int       // the const
	node    *ir.Node  // the product in the linear body
	factor  *ir.Value // its other operand, in the transposed body
	ct      *ir.Value // the cotangent of its result, in the transposed body
	at      [2]int    // recorded results of the transposed loop: factor, ct; -1 for a factor that is an operand of the loop
	stacked *ir.Value // the factor of all steps, if it is an operand of the loop
}

// otherInput is the input of a product beside v.
func otherInput(n *ir.Node, v *ir.Value) *ir.Value {
	if n.Inputs[0] == v {
		return n.Inputs[1]
	}
	return n.Inputs[0]
}

// isProduct reports whether v is one of the two different factors of n.
func isProduct(n *ir.Node, v *ir.Value) bool {
	return n.Row().Class == ir.ClassContract && n.Row().Batch != nil && len(n.Inputs) == 2 && n.Inputs[0] != n.Inputs[1] && slices.Contains(n.Inputs, v)
}

// defers reports whether it pays to contract the uses of const i behind the loop.
func (l *loopTranspose) defers(i int) bool {
	body := l.n.Regions[0]
	w := body.Params[1+i]
	if l.a.Trip < 2 || slices.Contains(body.Outputs, w) {
		return false
	}
	open, _ := flowThrough(body, append([]bool{false}, l.linear...), byValue)
	varies, _ := flowThrough(body, l.varying(), byValue)
	inLoop, behind, extra := 0, 0, 0
	for _, n := range body.Nodes {
		if !slices.Contains(n.Inputs, w) {
			continue
		}
		if !isProduct(n, w) || open[otherInput(n, w)] || !varies[otherInput(n, w)] {
			return false
		}
		ct := bytes(n.Results[0])
		if x := otherInput(n, w); !x.IsParam() {
			ct += bytes(x)
		}
		inLoop, behind, extra = inLoop+4*bytes(w), behind+2*ct, extra+ct
	}
	rows := 0 // bytes a step that are stacked anyway
	for k := l.a.Consts + l.a.Carries; k < len(l.linear); k++ {
		if !l.linear[k] {
			rows += bytes(body.Params[1+k])
		}
	}
	return behind < inLoop && extra <= 4*rows
}

// varying marks the parameters of the body that differ from step to step.
func (l *loopTranspose) varying() []bool {
	out := make([]bool, len(l.linear)+1)
	for i := range out {
		out[i] = i == 0 || i > l.a.Consts
	}
	return out
}

// record adds what the products behind the loop need to the recorded results of the transposed body. rows has the stacked operand of each
// parameter of the body that is a row of one.
func (l *loopTranspose) record(outs []*ir.Value, rows map[*ir.Value]*ir.Value) []*ir.Value {
	add := func(v *ir.Value) int {
		if at := slices.Index(outs[l.attrs.Carries:], v); at >= 0 {
			return l.attrs.Carries + at
		}
		outs = append(outs, v)
		return len(outs) - 1
	}
	for k := range l.deferred {
		d := &l.deferred[k]
		if d.stacked = rows[d.factor]; d.stacked != nil {
			d.at[0] = -1
		} else {
			d.at[0] = add(d.factor)
		}
		d.at[1] = add(d.ct)
	}
	return outs
}

// contract emits the product of a deferred use from the results of the transposed loop, and adds it to the cotangent so far.
func (l *loopTranspose) contract(d deferred, results []*ir.Value, sum *ir.Value) *ir.Value {
	factor := d.stacked
	if factor == nil {
		factor = results[d.at[0]]
	}
	b := ir.NewBuilder(d.node.Row().Name)
	one := b.Build(b.Copy(d.node, b.Params(ir.TypesOf(d.node.Inputs))).Results...)
	open := l.weightInput(d)
	batched := []bool{true, true}
	batched[open] = false
	steps, _ := Batch(one, batched, l.a.Trip, nil)

	s := newSplitter(l.b)
	p := newPuller(l.b, s)
	w := s.param(d.node.Inputs[open].Type)
	p.add(w.value, sum)
	in := []half{{value: factor}, {value: factor}}
	in[open] = w
	p.seed(s.graph(steps, in), []*ir.Value{results[d.at[1]]})
	p.run()
	return p.cts[w.value]
}

// weightInput is the place of the const among the inputs of a deferred product.
func (l *loopTranspose) weightInput(d deferred) int {
	return slices.Index(d.node.Inputs, l.consts[d.operand])
}

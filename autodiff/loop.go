package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// loopRule differentiates op.Loop.
type loopRule struct{}

var (
	indexType = ir.T(dtype.Int32)
	boolType  = ir.T(dtype.Bool)
)

// loopParts are the places of a loop's operands, parameters and outputs by their roles.
type loopParts[T any] struct{ consts, carries, xs []T }

// operandsOf splits a list of operands, or of parameters behind the index.
func operandsOf[T any](a op.LoopAttrs, all []T) loopParts[T] {
	return loopParts[T]{all[:a.Consts], all[a.Consts : a.Consts+a.Carries], all[a.Consts+a.Carries:]}
}

// flow finds the carries that are reached after any number of iterations, and which outputs of the body are.
func (loopRule) flow(n *ir.Node, in []bool, p property) []bool {
	_, outputs := loopFlow(n, in, p)
	return outputs
}

// loopFlow returns the marks of the body's parameters behind the index, and of its outputs.
func loopFlow(n *ir.Node, in []bool, p property) (params, outputs []bool) {
	a := n.Attrs.(op.LoopAttrs)
	params = slices.Clone(in)
	for {
		_, outputs = flowThrough(n.Regions[0], append([]bool{false}, params...), p)
		carries := params[a.Consts : a.Consts+a.Carries]
		// A carry that starts with the property has it in the result of a loop without steps.
		union(outputs, carries)
		if !union(carries, outputs[:a.Carries]) {
			return params, outputs
		}
	}
}

// The loop of jvp has, behind each list of the old one, the tangents of its active members:
//
//	consts, tangents   carries, tangents   xs, tangents   ->   carries, tangents   ys, tangents
func (loopRule) jvp(b *ir.Builder, n *ir.Node, in, ts []*ir.Value) (out, outTangents []*ir.Value) {
	a, body := n.Attrs.(op.LoopAttrs), n.Regions[0]
	active, outActive := loopFlow(n, given(ts), byTangent)
	nb := ir.NewBuilder(body.Name)
	args := []*ir.Value{nb.Param(indexType)}
	argTangents := []*ir.Value{nil}
	var operands []*ir.Value
	sizes := []int{}
	from := 0
	for _, size := range []int{a.Consts, a.Carries, a.Xs} {
		params := body.Params[1+from : 1+from+size]
		args = append(args, nb.Params(ir.TypesOf(params))...)
		operands = append(operands, in[from:from+size]...)
		added := 0
		for i, p := range params {
			var t *ir.Value
			if active[from+i] {
				t = nb.Param(p.Type)
				operands = append(operands, orZero(b, ts[from+i], in[from+i].Type))
				added++
			}
			argTangents = append(argTangents, t)
		}
		sizes = append(sizes, size+added)
		from += size
	}
	results, resultTangents := jvpGraph(nb, body, args, argTangents)
	carryActive := active[a.Consts : a.Consts+a.Carries]
	outs := slices.Clone(results[:a.Carries])
	for i, t := range resultTangents[:a.Carries] {
		if carryActive[i] {
			outs = append(outs, orZero(nb, t, results[i].Type))
		}
	}
	every := recorded(a, len(results)-a.Carries)
	outs = append(outs, results[a.Carries:]...)
	yActive := outActive[a.Carries:]
	for k, t := range resultTangents[a.Carries:] {
		if yActive[k] = t != nil; yActive[k] {
			outs = append(outs, t)
			every = append(every, a.Step(k))
		}
	}
	attrs := op.LoopAttrs{Trip: a.Trip, Consts: sizes[0], Carries: sizes[1], Xs: sizes[2], Reverse: a.Reverse, Every: compact(every)}
	all := op.Loop(b, attrs, nb.Build(outs...), operands...)
	return unzipDuals(all, a.Carries, carryActive, len(results)-a.Carries, yActive)
}

// unzipDuals separates results in the order of loopRule.jvp.
func unzipDuals(all []*ir.Value, carries int, carryActive []bool, ys int, yActive []bool) (out, tangents []*ir.Value) {
	take := func(n int, active []bool) {
		out, all = append(out, all[:n]...), all[n:]
		for _, a := range active {
			var t *ir.Value
			if a {
				t, all = all[0], all[1:]
			}
			tangents = append(tangents, t)
		}
	}
	take(carries, carryActive)
	take(ys, yActive)
	return out, tangents
}

// recorded lists the recording interval of each of n ys.
func recorded(a op.LoopAttrs, n int) []int {
	every := make([]int, n)
	for k := range every {
		every[k] = a.Step(k)
	}
	return every
}

// compact returns nil for intervals that are all 1.
func compact(every []int) []int {
	if slices.ContainsFunc(every, func(e int) bool { return e != 1 }) {
		return every
	}
	return nil
}

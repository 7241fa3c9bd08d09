package stablehlo

import (
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// StableHLO has no loop with a trip count: scans and loops over a range arrive as a while that counts. It is read as a loop again, which
// compiles to better code and can be differentiated in reverse.

// counter is what a while counts with: carry number carry goes from first up to limit by ones.
type counter struct {
	carry        int
	first, limit int64
}

// counted recognises a while whose condition is that an integer carry is less than a constant, and whose body adds one to it.
func counted(cond, body *ir.Graph, condConsts, bodyConsts int, init []*ir.Value) (c counter, ok bool) {
	test := cond.Outputs[0]
	if test.Op() != op.CompareID || test.Node.Attrs.(op.CompareAttrs).Dir != op.DirLt {
		return c, false
	}
	c.carry = slices.Index(cond.Params, test.Node.Inputs[0]) - condConsts
	if c.carry < 0 || !init[c.carry].Type.DType.IsInt() {
		return c, false
	}
	next := body.Outputs[c.carry]
	if next.Op() != op.AddID {
		return c, false
	}
	step := next.Node.Inputs[1]
	if here := body.Params[bodyConsts+c.carry]; next.Node.Inputs[0] != here {
		if step != here {
			return c, false
		}
		step = next.Node.Inputs[0]
	}
	one, ok1 := integer(step)
	first, ok2 := integer(init[c.carry])
	limit, ok3 := integer(test.Node.Inputs[1])
	if !ok1 || !ok2 || !ok3 || one != 1 || limit-first > math.MaxInt32 {
		return c, false
	}
	c.first, c.limit = first, max(first, limit)
	return c, true
}

// integer is the value of a constant scalar integer that an i32 can hold, so that no counter of a wider type needs care.
func integer(v *ir.Value) (int64, bool) {
	t := constOf(v)
	if t == nil || t.Rank() != 0 || !t.DType().IsInt() {
		return 0, false
	}
	n := t.Int64s()[0]
	return n, n >= math.MinInt32 && n <= math.MaxInt32
}

// loop reads a counted while; consts are what its body reads from around it.
func (s *site) loop(c counter, body *ir.Graph, consts []*ir.Value) []*ir.Value {
	dt := s.in[c.carry].Type.DType
	b := ir.NewBuilder(body.Name)
	index := op.Convert(b, b.Param(ir.T(dtype.Int32)), dt)
	if c.first != 0 {
		index = op.Add(b, index, op.ScalarInt(b, dt, c.first))
	}
	var args []*ir.Value
	for i, p := range body.Params {
		if i == len(consts)+c.carry {
			args = append(args, index)
		} else {
			args = append(args, b.Param(p.Type))
		}
	}
	out := body.Inline(b, args...)
	loop := b.Build(slices.Delete(out, c.carry, c.carry+1)...)
	a := op.LoopAttrs{Trip: int(c.limit - c.first), Consts: len(consts), Carries: len(s.in) - 1}
	carries := slices.Delete(slices.Clone(s.in), c.carry, c.carry+1)
	results := op.Loop(s.b, a, loop, slices.Concat(consts, carries)...)
	return slices.Insert(results, c.carry, op.ScalarInt(s.b, dt, c.limit))
}

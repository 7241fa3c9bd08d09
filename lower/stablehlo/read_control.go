package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// controlRules are loops, branches and calls.
var controlRules = map[string]readRule{
	"stablehlo.while": readWhile,
	"stablehlo.case":  readCase,
	"stablehlo.if":    readIf,
	"func.call":       readCall,
}

// readWhile makes what the regions read from around them constants of the loop.
func readWhile(s *site) []*ir.Value {
	part := func(k, outputs int) (*ir.Graph, []*ir.Value) {
		inner := s.region(k, false)
		block := s.text.Regions[k]
		if len(block.Params) != len(s.in) {
			s.fail("block parameters", fmt.Sprint(len(block.Params)), fmt.Sprintf("%d, as operands", len(s.in)))
		}
		out := inner.read(block)
		if len(out) != outputs {
			s.fail("returned values", fmt.Sprint(len(out)), fmt.Sprint(outputs))
		}
		return inner.build(slices.Concat(inner.inside, inner.paramsOf(block)), out), inner.outside
	}
	cond, condConsts := part(0, 1)
	body, bodyConsts := part(1, len(s.in))
	if c, ok := counted(cond, body, len(condConsts), len(bodyConsts), s.in); ok {
		return s.loop(c, body, bodyConsts)
	}
	a := op.WhileAttrs{CondConsts: len(condConsts), BodyConsts: len(bodyConsts)}
	return op.While(s.b, a, cond, body, slices.Concat(condConsts, bodyConsts, s.in)...)
}

// readCase takes the last branch for an index out of range.
func readCase(s *site) []*ir.Value {
	s.operands(1)
	index := s.in[0]
	if want := ir.T(dtype.Int32); !index.Type.Equal(want) {
		s.fail("operand 0", index.Type.String(), want.String())
	}
	last := op.ScalarInt(s.b, dtype.Int32, int64(len(s.text.Regions)-1))
	outside := op.Lt(s.b, index, op.ScalarInt(s.b, dtype.Int32, 0)) // larger ones are clamped
	return s.branches(op.Select(s.b, outside, last, index), s.text.Regions)
}

// readIf has the branch for true first in the text.
func readIf(s *site) []*ir.Value {
	s.operands(1)
	if want := ir.T(dtype.Bool); !s.in[0].Type.Equal(want) {
		s.fail("operand 0", s.in[0].Type.String(), want.String())
	}
	if len(s.text.Regions) != 2 {
		s.fail("regions", fmt.Sprint(len(s.text.Regions)), "2")
	}
	yes, no := s.text.Regions[0], s.text.Regions[1]
	return s.branches(op.Convert(s.b, s.in[0], dtype.Int32), []*syntax.Region{no, yes})
}

// branches reads regions without parameters. All take the union of what they read from around them.
func (s *site) branches(index *ir.Value, regions []*syntax.Region) []*ir.Value {
	var scopes []*scope
	var outs [][]*ir.Value
	var outside []*ir.Value
	for _, block := range regions {
		if len(block.Params) != 0 {
			s.fail("block parameters of a branch", fmt.Sprint(len(block.Params)), "none")
		}
		inner := s.newScope("branch", s.scope)
		outs = append(outs, inner.read(block))
		scopes = append(scopes, inner)
		for _, v := range inner.outside {
			if !slices.Contains(outside, v) {
				outside = append(outside, v)
			}
		}
	}
	graphs := make([]*ir.Graph, len(scopes))
	for i, inner := range scopes {
		graphs[i] = inner.build(inner.constants(outside), outs[i])
	}
	return op.Switch(s.b, index, graphs, outside...)
}

func readCall(s *site) []*ir.Value { return s.call(s.callee("callee")) }

// smallFunction is the number of nodes up to which a function is inlined wherever it is called.
const smallFunction = 16

// call inlines functions that are small or called once, so that graphs do not grow beyond the text; else it makes a call. Checks in the
// function become checks of the caller.
func (s *site) call(f *funcEntry) []*ir.Value {
	if f.text.Body == nil {
		s.unsupported("a call of @" + f.text.Name + ", which has no body")
	}
	fn := s.function(f)
	g := fn.Graph
	want := g.InTypes()
	if len(s.in) != len(want) {
		s.fail("operands", fmt.Sprint(len(s.in)), fmt.Sprintf("%d parameters of @%s", len(want), fn.Name))
	}
	for i, v := range s.in {
		if !v.Type.Equal(want[i]) {
			s.fail(fmt.Sprintf("operand %d", i), v.Type.String(), fmt.Sprintf("%s, the parameter of @%s", want[i], fn.Name))
		}
	}
	var out []*ir.Value
	if f.calls <= 1 || len(g.Nodes) <= smallFunction {
		out = g.Inline(s.b, s.in...)
	} else {
		out = op.Call(s.b, op.CallAttrs{Name: fn.Name}, []*ir.Graph{g}, s.in...)
	}
	for _, c := range fn.Checks {
		s.check(c, out[c.Got], out[c.Want])
	}
	return out[:fn.Results]
}

package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// scope is the body of a function or a region while it is read into a graph of its own.
type scope struct {
	*reader
	b      *ir.Builder
	parent *scope // of a region
	closed bool   // no parameters may be added: the region's signature is fixed
	values map[*syntax.Value]*ir.Value

	// Regions of graphs are closed: what a region reads from around it becomes a parameter. inside[i] stands for outside[i].
	inside, outside []*ir.Value

	fn      *Func       // a function; nil in regions
	checked []*ir.Value // outputs for checks
}

func (r *reader) newScope(name string, parent *scope) *scope {
	s := &scope{reader: r, b: ir.NewBuilder(name), parent: parent, values: map[*syntax.Value]*ir.Value{}}
	s.b.Locate = func() ir.Position { return ir.Position{File: r.file, Line: int(r.at.Line)} }
	return s
}

// lookup returns the value of an SSA name.
func (s *scope) lookup(v *syntax.Value) *ir.Value {
	if found := s.values[v]; found != nil {
		return found
	}
	if s.parent == nil {
		s.fail("operand", "%"+v.Name+" from outside of the function", "a value that is computed before")
	}
	outer := s.parent.lookup(v)
	found := s.capture(outer)
	s.values[v] = found
	return found
}

// capture makes a value from around the region known in it.
func (s *scope) capture(outer *ir.Value) *ir.Value {
	if t := constOf(outer); t != nil && t.Size() == 1 {
		return s.b.Const(t)
	}
	if outer.Op() == op.BroadcastID && constOf(outer.Node.Inputs[0]) != nil {
		return s.b.Copy(outer.Node, []*ir.Value{s.capture(outer.Node.Inputs[0])}).Result()
	}
	if s.closed {
		return s.copyInto(outer, 0)
	}
	if i := slices.Index(s.outside, outer); i >= 0 {
		return s.inside[i]
	}
	s.outside = append(s.outside, outer)
	s.inside = append(s.inside, s.b.Param(outer.Type))
	return s.inside[len(s.inside)-1]
}

// maxCopied bounds the depth of expressions that closed regions copy.
const maxCopied = 12

// copyInto computes a value from around a closed region anew inside of it: possible where it depends on constants alone.
func (s *scope) copyInto(outer *ir.Value, depth int) *ir.Value {
	if outer.Node == nil || depth > maxCopied || outer.Node.HasEffect() {
		s.unsupported("a computation that reads values from around it which are not constants")
	}
	in := make([]*ir.Value, len(outer.Node.Inputs))
	for i, v := range outer.Node.Inputs {
		in[i] = s.copyInto(v, depth+1)
	}
	return s.b.Copy(outer.Node, in).Results[outer.Index]
}

// body reads the operations of a block up to its terminator, the given one or stablehlo.return, and returns the terminator's operands.
func (s *scope) body(block *syntax.Region, terminator string) []*ir.Value {
	for i, o := range block.Ops {
		s.at, s.op = o.Pos, o.Name
		if o.Name == terminator || o.Name == "stablehlo.return" {
			if i != len(block.Ops)-1 {
				s.fail("terminator", "operations after it", "none")
			}
			return s.lookupAll(o.Operands)
		}
		s.operation(o)
	}
	s.at = block.Pos
	s.fail("block", "no "+terminator+" at its end", "one")
	return nil
}

func (s *scope) lookupAll(vs []*syntax.Value) []*ir.Value {
	out := make([]*ir.Value, len(vs))
	for i, v := range vs {
		out[i] = s.lookup(v)
	}
	return out
}

// operation reads one operation and checks that its results have the declared types.
func (s *scope) operation(o *syntax.Op) {
	rule := readRules[o.Name]
	if rule == nil {
		s.unknown(o.Name)
	}
	for _, v := range o.Results {
		s.typeOf(v.Type)
	}
	here := &site{scope: s, text: o, in: s.lookupAll(o.Operands)}
	here.checkAccuracy()
	out := rule(here)
	s.at, s.op = o.Pos, o.Name // a rule may have read regions
	if len(out) != len(o.Results) {
		s.fail("results", fmt.Sprintf("%d declared", len(o.Results)), fmt.Sprint(len(out)))
	}
	for i, v := range o.Results {
		s.wantType(resultName(i, len(out)), out[i].Type, v.Type)
		s.values[v] = out[i]
	}
}

func resultName(i, n int) string {
	if n == 1 {
		return "result"
	}
	return fmt.Sprintf("result %d", i)
}

// region starts the scope of region k of the operation: closed ones take nothing from around them but constants.
func (s *site) region(k int, closed bool) *scope {
	if k >= len(s.text.Regions) {
		s.fail("regions", fmt.Sprint(len(s.text.Regions)), fmt.Sprintf("at least %d", k+1))
	}
	inner := s.newScope("region", s.scope)
	inner.closed = closed
	return inner
}

// read reads region k into the scope, with the block's parameters behind those of the scope, and returns what its terminator does.
func (inner *scope) read(block *syntax.Region) []*ir.Value {
	return inner.readUntil(block, "stablehlo.return")
}

// readUntil is read with another terminator.
func (inner *scope) readUntil(block *syntax.Region, terminator string) []*ir.Value {
	at, name := inner.at, inner.op
	inner.enter()
	for _, p := range block.Params {
		inner.values[p] = inner.b.Param(inner.typeOf(p.Type))
	}
	out := inner.body(block, terminator)
	inner.depth--
	inner.at, inner.op = at, name
	return out
}

// constants returns the parameters that stand for values from around the region, adding those that it does not read.
func (inner *scope) constants(outside []*ir.Value) []*ir.Value {
	out := make([]*ir.Value, len(outside))
	for k, v := range outside {
		if i := slices.Index(inner.outside, v); i >= 0 {
			out[k] = inner.inside[i]
		} else {
			out[k] = inner.b.Param(v.Type)
		}
	}
	return out
}

// paramsOf returns the parameters of a block that was read into the scope.
func (inner *scope) paramsOf(block *syntax.Region) []*ir.Value { return inner.lookupAll(block.Params) }

// build makes the graph of a region with its parameters in this order: all of them, each once.
func (inner *scope) build(params, outputs []*ir.Value) *ir.Graph {
	return inner.b.BuildWith(params, outputs...)
}

// scalarRegion reads region k, a computation on scalars, and checks its number of parameters and results.
func (s *site) scalarRegion(k, params, results int) *ir.Graph {
	inner := s.region(k, true)
	block := s.text.Regions[k]
	if len(block.Params) != params {
		s.fail("parameters of the computation", fmt.Sprint(len(block.Params)), fmt.Sprint(params))
	}
	out := inner.read(block)
	if len(out) != results {
		s.fail("results of the computation", fmt.Sprint(len(out)), fmt.Sprint(results))
	}
	return inner.b.Build(out...)
}

package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// While calls body on a carry as long as cond of it holds, and returns the last carry, of the same types and shapes as init.
// Both may read Variables; only body may write them. A While without end runs until its context is cancelled.
func While[C any](s *Scope, init C, cond func(*Scope, C) Array, body func(*Scope, C) C) C {
	const name = "while"
	needFunc(name, "cond", cond)
	needFunc(name, "body", body)
	w := &while{name: name, s: s, f: s.frame(name), init: treeOf(name, "carry", &init)}
	w.cond = func(s *Scope, carry []Array) Array {
		c := init
		replace(w.init.plan, &c, carry)
		return cond(s, c)
	}
	w.body = func(s *Scope, carry []Array) tree {
		c := init
		replace(w.init.plan, &c, carry)
		c = body(s, c)
		return treeOf(name, "carry", &c)
	}
	w.carries = strongs(w.init.flatten(name, "carry").leaves)
	innermost(name, w.carries)
	var last []Array
	if w.f.eager() {
		last = w.runEager()
	} else {
		last = w.runTraced()
	}
	replace(w.init.plan, &init, last)
	return init
}

// while is a While without its types.
type while struct {
	name    string
	s       *Scope
	f       *frame
	init    tree
	carries []Array
	cond    func(s *Scope, carry []Array) Array
	body    func(s *Scope, carry []Array) tree
}

func (w *while) checkCarry(carry tree) []Array {
	checkSame(w.name, "carry", "the type of its initial value", "a carry keeps its type: use AsType, or another initial value", carry, w.init)
	return carry.flatten(w.name, "carry").leaves
}

func (w *while) checkCond(c *frame, pred Array) Array {
	if t := pred.need(w.name).typ; !t.Equal(ir.T(dtype.Bool)) {
		fail(w.name, "condition", t.String(), "a bool scalar i1[]", "compare, and reduce with All or Any")
	}
	for _, s := range c.touched {
		if s.written {
			fail(w.name, "condition", "a write to "+s.v.String(), "a condition that only reads Variables", "write it in the body")
		}
	}
	return pred
}

func (w *while) runTraced() []Array {
	f := w.f
	var condIn, bodyIn []Array
	var pred *ir.Value
	var bodyOut []*ir.Value
	types := typesOf(w.carries)
	cond := w.s.body("while condition", false, func(s *Scope) {
		condIn = s.f.params(types)
		pred = s.f.outputsOf(w.name, []Array{w.checkCond(s.f, w.cond(s, condIn))})[0]
	})
	body := w.s.body("while body", false, func(s *Scope) {
		bodyIn = s.f.params(types)
		bodyOut = s.f.outputsOf(w.name, w.checkCarry(w.body(s, bodyIn)))
	})
	written := body.writtenVars(w.name)
	condRead := slices.DeleteFunc(cond.readVars(), func(v *Variable) bool { return slices.Contains(written, v) })
	bodyRead := body.readVars()
	bodyOut = slices.Concat(bodyOut, body.currents(written))
	condParams := slices.Concat(cond.capturedParams(), cond.entries(condRead), values(condIn), cond.entries(written))
	bodyParams := slices.Concat(body.capturedParams(), body.entries(bodyRead), values(bodyIn), body.entries(written))
	condGraph, bodyGraph := cond.finish(condParams, []*ir.Value{pred}), body.finish(bodyParams, bodyOut)
	attrs := op.WhileAttrs{CondConsts: len(cond.captures) + len(condRead), BodyConsts: len(body.captures) + len(bodyRead)}
	operands := slices.Concat(cond.captures, f.readAll(condRead), body.captures, f.readAll(bodyRead), f.useAll(w.carries), f.readAll(written))
	results := op.While(f.b, attrs, condGraph, bodyGraph, operands...)
	f.writeAll(written, results[len(w.carries):])
	return f.traced(results[:len(w.carries)])
}

// runEager runs condition and body as ordinary Go code.
func (w *while) runEager() []Array {
	carries := w.carries
	for step := 0; ; step++ {
		w.s.poll()
		var goOn bool
		w.s.body("while condition", true, func(s *Scope) {
			s.f.inLoop, s.f.index = true, step
			goOn = w.checkCond(s.f, w.cond(s, carries)).Bool()
		})
		if !goOn {
			return carries
		}
		w.s.body("while body", true, func(s *Scope) {
			s.f.inLoop, s.f.index = true, step
			carries = w.checkCarry(w.body(s, carries))
		})
	}
}

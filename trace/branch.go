package trace

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Cond calls yes on arg if pred (a bool scalar Array, or a Go bool) holds, and no otherwise. Both must return the same types and
// shapes. Only the chosen one runs; a Variable written in one of them keeps its value in the other.
func Cond[A, R any](s *Scope, pred any, arg A, yes, no func(*Scope, A) R) R {
	const name = "cond"
	p := AsArray(name, pred)
	if t := p.d.typ; !t.Equal(ir.T(dtype.Bool)) {
		fail(name, "condition", t.String(), "a bool scalar i1[]", "compare, and reduce with All or Any")
	}
	return choose(name, []string{"no branch", "yes branch"}, s, p.AsType(dtype.Int32), arg, no, yes)
}

// Switch calls the branch that index (an integer scalar Array, or a Go int) names, on arg. An index out of range takes the nearest
// branch. All branches must return the same types and shapes.
func Switch[A, R any](s *Scope, index any, arg A, branches ...func(*Scope, A) R) R {
	const name = "switch"
	i := AsArray(name, index)
	if t := i.d.typ; !t.DType.IsInt() || t.Rank() != 0 {
		fail(name, "index", t.String(), "an integer scalar", "use AsType, or Cond for a bool")
	}
	labels := make([]string, len(branches))
	for k := range labels {
		labels[k] = fmt.Sprintf("branch %d", k)
	}
	return choose(name, labels, s, clampIndex(i, len(branches)), arg, branches...)
}

// clampIndex makes an i32 of an index of any integer type without wrapping around.
func clampIndex(i Array, n int) Array {
	if i.DType().Size() < 4 || i.DType() == dtype.Int32 {
		return i.AsType(dtype.Int32)
	}
	last := max(n-1, 0)
	hi := Elementwise("switch", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Min(b, in[0], in[1]) }, i, last)
	if i.DType().IsSigned() {
		hi = Elementwise("switch", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Max(b, in[0], in[1]) }, hi, 0)
	}
	return hi.AsType(dtype.Int32)
}

// IfElse calls the branch of the first condition that holds, on arg, and the last branch if none does: there is one branch more than
// conditions.
func IfElse[A, R any](s *Scope, conditions []Array, arg A, branches ...func(*Scope, A) R) R {
	const name = "if else"
	if len(branches) != len(conditions)+1 {
		fail(name, "branches", fmt.Sprint(len(branches)), fmt.Sprintf("%d, one more than conditions", len(conditions)+1), "the last is the else branch")
	}
	index := AsArray(name, len(conditions)).AsType(dtype.Int32)
	labels := make([]string, len(branches))
	labels[len(conditions)] = "else branch"
	for k := len(conditions) - 1; k >= 0; k-- {
		labels[k] = fmt.Sprintf("branch %d", k)
		c := conditions[k]
		if t := c.need(name).typ; !t.Equal(ir.T(dtype.Bool)) {
			fail(name, fmt.Sprintf("conditions[%d]", k), t.String(), "a bool scalar i1[]", "compare, and reduce with All or Any")
		}
		index = Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Select(b, in[0], in[1], in[2]) },
			c, AsArray(name, k).AsType(dtype.Int32), index)
	}
	return choose(name, labels, s, index, arg, branches...)
}

// choose calls one of the branches. index is an i32 scalar.
func choose[A, R any](name string, labels []string, s *Scope, index Array, arg A, branches ...func(*Scope, A) R) R {
	if len(branches) == 0 {
		fail(name, "branches", "none", "at least one", "")
	}
	for k, branch := range branches {
		needFunc(name, labels[k], branch)
	}
	f := s.frame(name)
	if !index.IsTraced() {
		k := min(max(index.Int(), 0), len(branches)-1)
		if !f.eager() {
			return branches[k](s, arg) // decided while tracing: the branch is part of the body around it
		}
		var r R
		s.body(labels[k], true, func(inner *Scope) { r = branches[k](inner, arg) })
		return r
	}
	b := &branching{name: name, labels: labels, s: s, f: f, index: index, arg: treeOf(name, "argument", &arg)}
	results := make([]R, len(branches))
	for k, branch := range branches {
		b.run = append(b.run, func(s *Scope, leaves []Array) tree {
			a := arg
			replace(b.arg.plan, &a, leaves)
			results[k] = branch(s, a)
			return treeOf(name, "result", &results[k])
		})
	}
	leaves := b.emit()
	replace(planOf(name, "result", reflect.TypeFor[R]()), &results[0], leaves)
	return results[0]
}

// branching is a Cond, Switch or IfElse without its types.
type branching struct {
	name   string
	labels []string
	s      *Scope
	f      *frame
	index  Array
	arg    tree
	run    []func(s *Scope, leaves []Array) tree

	frames  []*frame
	params  [][]Array // of each branch, for the leaves of arg
	outputs [][]*ir.Value
}

// emit traces all branches and records the switch between them; it returns the arrays of the result.
func (b *branching) emit() []Array {
	leaves := b.arg.flatten(b.name, "argument").leaves
	innermost(b.name, append(slices.Clone(leaves), b.index))
	b.traceBranches(leaves)
	written := union(b.frames, func(f *frame) []*Variable { return f.wroteAny() })
	outs := len(b.outputs[0])
	for k, f := range b.frames {
		b.outputs[k] = slices.Concat(b.outputs[k], f.currents(written))
	}
	b.checkWritten(written, outs)
	captures := union(b.frames, func(f *frame) []*ir.Value { return f.captures })
	vars := union(b.frames, func(f *frame) []*Variable { return f.entered() })
	graphs := make([]*ir.Graph, len(b.frames))
	for k, f := range b.frames {
		captured := make([]*ir.Value, len(captures))
		for i, outer := range captures {
			captured[i] = f.capture(outer)
		}
		graphs[k] = f.finish(slices.Concat(values(b.params[k]), captured, f.entries(vars)), b.outputs[k])
	}
	f := b.f
	args := slices.Concat(f.useAll(leaves), captures, f.readAll(vars))
	results := op.Switch(f.b, f.use(b.index), graphs, args...)
	f.writeAll(written, results[outs:])
	return f.traced(results[:outs])
}

// traceBranches traces each branch in a region of its own and compares what it returns with the first.
func (b *branching) traceBranches(leaves []Array) {
	var first tree
	for k, run := range b.run {
		f := b.s.body(b.labels[k], false, func(s *Scope) {
			params := s.f.params(typesOf(leaves))
			weakLike(params, leaves)
			result := run(s, params)
			if k == 0 {
				first = result
			} else {
				checkSame(b.name, "result of the "+b.labels[k], "as the "+b.labels[0]+" returns", "all branches return the same types: use AsType or num.BroadcastTo", result, first)
			}
			b.params = append(b.params, params)
			b.outputs = append(b.outputs, s.f.outputsOf(b.name, result.flatten(b.name, "result").leaves))
		})
		b.frames = append(b.frames, f)
	}
}

// checkWritten compares the types that the branches leave Variables in; those stand behind the first outs outputs.
func (b *branching) checkWritten(written []*Variable, outs int) {
	for i, v := range written {
		want := b.outputs[0][outs+i].Type
		for k := range b.outputs {
			if got := b.outputs[k][outs+i].Type; !got.Equal(want) {
				fail(b.name, v.String(), got.String()+" after the "+b.labels[k], want.String()+", as after the "+b.labels[0], "Reset it in every branch")
			}
		}
	}
}

// wroteAny returns the Variables that the frame wrote, of whatever type.
func (f *frame) wroteAny() []*Variable {
	return f.slotsWhere(func(s *slot) bool { return s.written })
}

// entered returns the Variables that are parameters of the frame's graph.
func (f *frame) entered() []*Variable {
	return f.slotsWhere(func(s *slot) bool { return s.entry.d != nil })
}

func (f *frame) slotsWhere(keep func(*slot) bool) []*Variable {
	var out []*Variable
	for _, s := range f.touched {
		if keep(s) {
			out = append(out, s.v)
		}
	}
	return out
}

// union returns what f lists for any frame, in order of appearance.
func union[T comparable](frames []*frame, f func(*frame) []T) []T {
	var out []T
	seen := map[T]bool{}
	for _, fr := range frames {
		for _, x := range f(fr) {
			if !seen[x] {
				seen[x] = true
				out = append(out, x)
			}
		}
	}
	return out
}

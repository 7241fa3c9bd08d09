package trace

import (
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/autodiff"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// VmapOption changes where Vmap has the lanes.
type VmapOption func(*vmapOptions)

type vmapOptions struct {
	in, out []int
	vars    []*Variable
}

// NoLanes stands for an axis in InAxes and OutAxes where an array is the same for all lanes.
const NoLanes = math.MinInt

// InAxes says which axis of the argument's arrays counts the lanes: one for all, or one for each in the order of the tree. Negative ones
// count from the last; NoLanes hands the whole array to each lane. Without it, it is axis 0 of all.
func InAxes(axes ...int) VmapOption { return func(o *vmapOptions) { o.in = axes } }

// OutAxes says which axis of the result's arrays counts the lanes, as InAxes does. With NoLanes an array must be the same in all lanes.
func OutAxes(axes ...int) VmapOption { return func(o *vmapOptions) { o.out = axes } }

// PerLane gives each lane its own value of these Variables: outside they have the lanes on axis 0, the function sees them without it.
func PerLane(vars ...*Variable) VmapOption {
	return func(o *vmapOptions) { o.vars = append(o.vars, vars...) }
}

// Vmap returns f for many lanes at once: each array of the argument has an axis for them, f is written for one lane, and
// each array of the result gets a lane axis. Captured arrays and Variables are the same for all lanes, and what f writes into a
// Variable must be so too, unless PerLane says otherwise. A key of package rand that is shared gives all lanes the same numbers: split
// it first. Where lanes decide a branch, all branches run; a While goes on until all lanes have stopped.
func Vmap[A, R any](f func(*Scope, A) R, opts ...VmapOption) func(*Scope, A) R {
	var o vmapOptions
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		opt(&o)
	}
	return func(s *Scope, a A) R {
		needFunc("vmap", "function", f)
		v := newVmap(s, treeOf("vmap", "argument", &a), o)
		var r R
		leaves := v.run(func(s *Scope, leaves []Array) tree {
			r = f(s, rebuilt(&a, leaves))
			return treeOf("vmap", "result", &r)
		})
		return rebuilt(&r, leaves)
	}
}

// vmap is a call of a Vmap without its types.
type vmap struct {
	s     *Scope
	f     *frame
	args  []Array
	in    []int // axis of each of args, or NoLanes
	out   []int // as given
	lanes *lanes
}

// lanes is what Vmap does with Variables.
type lanes struct {
	size int
	vars []*Variable // per lane
}

// inside returns the type that a Variable of type t has for one lane.
func (l *lanes) inside(v *Variable, t ir.Type) ir.Type {
	if l == nil || !slices.Contains(l.vars, v) {
		return t
	}
	if t.Rank() == 0 || t.Shape[0] != l.size {
		fail("vmap", v.String(), t.String(), fmt.Sprintf("%d lanes on axis 0", l.size), "give it a leading axis, or leave it out of PerLane")
	}
	return rowType(t)
}

func newVmap(s *Scope, arg tree, o vmapOptions) *vmap {
	v := &vmap{s: s, f: s.frame("vmap"), args: arg.flatten("vmap", "argument").leaves, out: o.out}
	innermost("vmap", v.args)
	path := func(i int) string { return arg.path("argument", i) }
	v.in = spreadAxes("in axes", o.in, len(v.args))
	v.lanes = &lanes{-1, o.vars}
	first := ""
	for i, a := range v.args {
		t := a.d.typ
		if v.in[i] == NoLanes {
			continue
		}
		if t.Rank() == 0 {
			fail("vmap", path(i), t.String(), "an array with an axis for the lanes", "capture it, or use InAxes with NoLanes")
		}
		v.in[i] = AxisIndex("vmap in axes", v.in[i], t.Rank())
		switch n := t.Shape[v.in[i]]; {
		case v.lanes.size < 0:
			v.lanes.size, first = n, path(i)
		case n != v.lanes.size:
			fail("vmap", path(i), fmt.Sprintf("%s with %d lanes", t, n), fmt.Sprintf("%d, as %s has", v.lanes.size, first), "")
		}
	}
	if v.lanes.size < 0 {
		v.lanes.size = v.lanesOfVars(o.vars)
	}
	return v
}

// lanesOfVars returns the number of lanes where only Variables have them.
func (v *vmap) lanesOfVars(vars []*Variable) int {
	for _, w := range vars {
		if t := v.f.varFrame().slot(w).typ(); t.Rank() > 0 {
			return t.Shape[0]
		}
	}
	fail("vmap", "argument", "no array with lanes", "at least one", "use InAxes for an argument, or PerLane for a Variable")
	panic("unreachable")
}

// spreadAxes gives each of n arrays an axis.
func spreadAxes(what string, axes []int, n int) []int {
	switch len(axes) {
	case 0:
		return make([]int, n)
	case 1:
		return slices.Repeat(axes, n)
	case n:
		return slices.Clone(axes)
	}
	fail("vmap", what, fmt.Sprintf("%d axes", len(axes)), fmt.Sprintf("1, or one for each of the %d arrays", n), "")
	panic("unreachable")
}

// run traces the function for one lane, and records it for all.
func (v *vmap) run(trace func(s *Scope, leaves []Array) tree) []Array {
	types := typesOf(v.args)
	for i, axis := range v.in {
		if axis != NoLanes {
			types[i] = types[i].WithShape(slices.Delete(slices.Clone(types[i].Shape), axis, axis+1)...)
		}
	}
	c := v.s.closeOverTypes("vmap", types, v.lanes, func(s *Scope, leaves []Array) tree {
		weakLike(leaves, v.args)
		return trace(s, leaves)
	})
	c.args = v.args
	out := v.resultAxes(c)
	return c.deliver(c.apply(func(b *ir.Builder, in []*ir.Value) []*ir.Value { return v.batch(c, out, b, in) }))
}

// resultAxes returns the lane axis of each array of the result.
func (v *vmap) resultAxes(c *closure) []int {
	out := spreadAxes("out axes", v.out, c.results)
	for i, axis := range out {
		if axis != NoLanes {
			out[i] = AxisIndex("vmap out axes", axis, c.graph.Outputs[i].Type.Rank()+1)
		}
	}
	return out
}

// batch emits the closure for all lanes; out has the lane axes of its results.
func (v *vmap) batch(c *closure, out []int, b *ir.Builder, in []*ir.Value) []*ir.Value {
	batched := make([]bool, len(in))
	for i, axis := range v.in {
		if batched[i] = axis != NoLanes; batched[i] {
			in[i] = op.MoveAxis(b, in[i], axis, 0)
		}
	}
	reads := len(c.args) + len(c.outer)
	for i, w := range c.reads {
		batched[reads+i] = slices.Contains(v.lanes.vars, w)
	}
	force := make([]bool, c.outputs())
	for i, axis := range out {
		force[i] = axis != NoLanes
	}
	for i, w := range c.writes {
		force[c.results+i] = slices.Contains(v.lanes.vars, w)
	}
	h, outBatched := autodiff.Batch(c.graph, batched, v.lanes.size, force)
	v.checkShared(c, force, outBatched)
	outs := h.Inline(b, in...)
	for i, axis := range out {
		if axis != NoLanes {
			outs[i] = op.MoveAxis(b, outs[i], 0, axis)
		}
	}
	return outs
}

// checkShared refuses outputs that differ between lanes where none are wanted.
func (v *vmap) checkShared(c *closure, wanted, got []bool) {
	for i := range got {
		switch {
		case !got[i] || wanted[i]:
		case i < c.results:
			fail("vmap", c.result.path("result", i), "a value for each lane", "the same value in all lanes, as OutAxes says", "give it an axis in OutAxes")
		default:
			fail("vmap", c.writes[i-c.results].String(), "a write of a value for each lane", "the same value in all lanes: the Variable is shared",
				"return the value, or use PerLane for a Variable with lanes on axis 0")
		}
	}
}

package trace

import (
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
)

// Loops, branches and transforms trace a body into a region: a closed graph whose parameters are what it was given, what it
// captured, and the Variables it touched. This file has what they share.

// body opens a frame below s, runs f with its scope, and closes the frame again.
func (s *Scope) body(what string, eager bool, f func(inner *Scope)) *frame {
	inner := s.f.tr.push(what, strings.ReplaceAll(what, " ", "_"), eager)
	defer inner.pop()
	f(s.in(inner))
	return inner
}

// params adds parameters of these types to the frame's graph.
func (f *frame) params(ts []ir.Type) []Array {
	out := make([]Array, len(ts))
	for i, t := range ts {
		out[i] = f.param(t)
	}
	return out
}

// outputsOf checks and uses the arrays that a body returned.
func (f *frame) outputsOf(op string, leaves []Array) []*ir.Value {
	innermost(op, leaves)
	return f.useAll(leaves)
}

// values returns the traced values behind arrays of one frame.
func values(as []Array) []*ir.Value {
	vs := make([]*ir.Value, len(as))
	for i, a := range as {
		vs[i] = a.d.v
	}
	return vs
}

// traced wraps values of a frame as arrays.
func (f *frame) traced(vs []*ir.Value) []Array {
	out := make([]Array, len(vs))
	for i, v := range vs {
		out[i] = newTraced(f, v)
	}
	return out
}

func typesOf(as []Array) []ir.Type {
	ts := make([]ir.Type, len(as))
	for i, a := range as {
		ts[i] = a.d.typ
	}
	return ts
}

// capturedParams returns the parameters that stand for the frame's captures, in order.
func (f *frame) capturedParams() []*ir.Value {
	out := make([]*ir.Value, len(f.captures))
	for i, outer := range f.captures {
		out[i] = f.captured[outer]
	}
	return out
}

// writtenVars returns the Variables that the frame wrote. Each must have kept its type, as what a loop carries does.
func (f *frame) writtenVars(op string) []*Variable {
	var out []*Variable
	for _, s := range f.touched {
		if !s.written {
			continue
		}
		if got := s.current.d.typ; !got.Equal(s.before) {
			fail(op, s.v.String(), got.String()+" at the end of the "+f.what, s.before.String()+", its type before",
				"Reset the Variable before the loop")
		}
		out = append(out, s.v)
	}
	return out
}

// readVars returns the Variables that the frame's graph reads and did not write.
func (f *frame) readVars() []*Variable {
	var out []*Variable
	for _, s := range f.touched {
		if s.entry.d != nil && !s.written {
			out = append(out, s.v)
		}
	}
	return out
}

// entries returns the parameters of Variables in the frame's graph; missing ones are added.
func (f *frame) entries(vars []*Variable) []*ir.Value {
	out := make([]*ir.Value, len(vars))
	for i, v := range vars {
		out[i] = f.slot(v).entryValue().d.v
	}
	return out
}

// currents returns the values of Variables at the end of the frame.
func (f *frame) currents(vars []*Variable) []*ir.Value {
	out := make([]*ir.Value, len(vars))
	for i, v := range vars {
		s := f.slot(v)
		if s.current.d == nil {
			s.current = s.entryValue()
		}
		out[i] = f.use(s.current)
	}
	return out
}

// readAll returns the current values of Variables, for a region inside of f.
func (f *frame) readAll(vars []*Variable) []*ir.Value {
	out := make([]*ir.Value, len(vars))
	for i, v := range vars {
		out[i] = f.use(f.read(v))
	}
	return out
}

// writeAll stores what a region made of Variables.
func (f *frame) writeAll(vars []*Variable, vs []*ir.Value) {
	for i, v := range vars {
		f.slot(v).write(newTraced(f, vs[i]))
	}
}

// checkSame compares what a body returned with what it must look like: structure, static values, and array types.
// root names the value, why says where want comes from.
func checkSame(op, root, why, hint string, got, want tree) {
	gotFlat, wantFlat := got.flatten(op, root), want.flatten(op, root)
	if !sameTree(gotFlat, wantFlat) {
		g, w := treeDiff(got, want, gotFlat, wantFlat)
		fail(op, root, g, w+", "+why, hint)
	}
	for i, a := range gotFlat.leaves {
		if w := wantFlat.leaves[i].d.typ; !a.d.typ.Equal(w) {
			fail(op, got.path(root, i), a.d.typ.String(), fmt.Sprintf("%s, %s", w, why), hint)
		}
	}
}

package trace

import (
	"context"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// tracing is what all frames of one outermost call share. It is used by one goroutine.
type tracing struct {
	mode     dtype.Mode
	current  *frame // the innermost open frame
	progress func(done, total int)
	print    func(text string)
	ctx      context.Context // of an eager call
}

// frame is one body that is being run: the function itself, a loop body, a branch. Open frames form a stack. A traced frame has a
// builder; in an eager one everything is concrete.
type frame struct {
	tr     *tracing
	parent *frame
	what   string // for messages: "loop body"
	depth  int
	b      *ir.Builder // nil in an eager frame
	at     ir.Position // of the operation that is being recorded, if it is known
	closed bool
	inLoop bool // an eager body of a loop, in step number index
	index  int
	lanes  *lanes // the body of a Vmap: which Variables have lanes outside

	consts   map[*data]*ir.Value     // concrete arrays used here
	captured map[*ir.Value]*ir.Value // values of the parent used here: parent's value to parameter of this frame
	captures []*ir.Value             // the keys of captured, in order
	vars     map[*Variable]*slot
	touched  []*slot // the values of vars, in order
}

// newTracing returns the outermost frame of a new trace.
func newTracing(name string, eager bool) *frame {
	tr := &tracing{mode: dtype.Current()}
	return tr.push("function "+name, name, eager)
}

// push opens a frame in the current one; name is for its graph.
func (tr *tracing) push(what, name string, eager bool) *frame {
	f := &frame{tr: tr, parent: tr.current, what: what, vars: map[*Variable]*slot{}}
	if f.parent != nil {
		f.depth = f.parent.depth + 1
	}
	if !eager {
		f.b = ir.NewBuilder(name)
		f.b.Locate = f.locate
		f.consts = map[*data]*ir.Value{}
		f.captured = map[*ir.Value]*ir.Value{}
	}
	tr.current = f
	return f
}

// locate returns the user's position for new nodes.
func (f *frame) locate() ir.Position {
	if f.at.IsValid() {
		return f.at
	}
	return locate()
}

// pop closes the frame, and what a panic left open inside.
func (f *frame) pop() {
	for g := f.tr.current; g != f.parent; g = g.parent {
		g.closed = true
	}
	f.tr.current = f.parent
}

func (f *frame) eager() bool { return f.b == nil }

// isTop reports whether f is the outermost traced frame: what is concrete outside stays a constant in it.
func (f *frame) isTop() bool { return f.parent == nil || f.parent.eager() }

// param adds a parameter to the frame's graph.
func (f *frame) param(t ir.Type) Array { return newTraced(f, f.b.Param(t)) }

// use returns the value of a in f; a must have passed innermost.
func (f *frame) use(a Array) *ir.Value {
	switch d := a.d; {
	case d.v == nil:
		return f.constant(d)
	case d.f == f:
		return d.v
	}
	return f.capture(f.parent.use(a))
}

// useAll is use for several arrays.
func (f *frame) useAll(as []Array) []*ir.Value {
	vs := make([]*ir.Value, len(as))
	for i, a := range as {
		vs[i] = f.use(a)
	}
	return vs
}

// constant returns a concrete array as a value of f. Numbers stand where they are used, larger arrays in the outermost graph.
func (f *frame) constant(d *data) *ir.Value {
	if v, ok := f.consts[d]; ok {
		return v
	}
	var v *ir.Value
	switch t := d.t.Load(); {
	case t == nil:
		v = d.lazy.emit(f.b, d.typ)
	case t.Size() <= 1 || f.isTop():
		v = f.b.Const(d.numbers("constant"))
	default:
		v = f.capture(f.parent.constant(d))
	}
	f.consts[d] = v
	return v
}

// capture makes a value of the parent a parameter of f.
func (f *frame) capture(outer *ir.Value) *ir.Value {
	if v, ok := f.captured[outer]; ok {
		return v
	}
	v := f.b.Param(outer.Type)
	f.captured[outer] = v
	f.captures = append(f.captures, outer)
	return v
}

// finish builds the frame's graph with its parameters in the given order, which must be all of them.
func (f *frame) finish(params, outputs []*ir.Value) *ir.Graph {
	return f.b.BuildWith(params, outputs...)
}

// innermost returns the frame in which an operation on these arrays is recorded: the deepest one that any of them lives in,
// or nil if all are concrete.
func innermost(op string, in []Array) *frame {
	var deepest *frame
	for _, a := range in {
		d := a.need(op)
		if d.v == nil {
			continue
		}
		d.checkOpen(op)
		switch {
		case deepest == nil:
			deepest = d.f
		case deepest.tr != d.f.tr:
			fail(op, "", "arrays of two different traces", "arrays of one",
				"a traced array cannot enter another traced call; pass it as an argument of a plain function")
		case d.f.depth > deepest.depth:
			deepest = d.f
		}
	}
	return deepest
}

// checkOpen refuses a traced array whose body has ended.
func (d *data) checkOpen(op string) {
	if d.f.closed {
		fail(op, "", "a traced array "+d.typ.String()+" of a "+d.f.what+" that has ended", "an array that is still there",
			"return it from the "+d.f.what+", or keep it in a Variable")
	}
}

package trace

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Variable is a piece of state: traced functions read it with Get and write it with Set, all else with Value and SetValue. Its
// shape and dtype stay the same unless ResetValue or Reset says otherwise.
type Variable struct {
	id        uint64
	made      ir.Position
	parameter bool
	calls     sync.RWMutex // held by calls of compiled functions that read or write the Variable; taken in the order of ids
	value     atomic.Pointer[data]
}

var variableCount atomic.Uint64

// NewVariable returns a Variable that starts as init: a concrete Array or a Go number.
func NewVariable(init any) *Variable {
	v := &Variable{id: variableCount.Add(1), made: locate()}
	v.value.Store(concreteData("new variable", AsArray("new variable", init)))
	return v
}

// NewParameter returns a Variable that training adjusts: ParamsOf finds it.
func NewParameter(init any) *Variable {
	v := NewVariable(init)
	v.parameter = true
	return v
}

func concreteData(op string, a Array) *data {
	if a.IsTraced() {
		fail(op, "", "a traced array "+a.d.typ.String(), "a concrete array", "make Variables outside of traced functions")
	}
	return a.strong().shared(op)
}

// shared is the data of a concrete or traced array for a second holder.
func (a Array) shared(op string) *data {
	if a.d.t.Load() != nil {
		a.d.tensor(op)
	}
	return a.d
}

// IsParameter reports whether v was made by NewParameter.
func (v *Variable) IsParameter() bool { return v.parameter }

// Type returns dtype and shape of the value outside of traces.
func (v *Variable) Type() ir.Type { return v.load("variable type").typ }

// Shape returns the extents of the axes.
func (v *Variable) Shape() []int { return Array{v.load("variable shape")}.Shape() }

// DType returns the element type.
func (v *Variable) DType() dtype.DType { return v.Type().DType }

// Value returns the value outside of traces: what the last finished call left, also while another call runs.
func (v *Variable) Value() Array {
	for {
		d := v.load("variable value")
		if t := d.t.Load(); t == nil || t.Share() || v.value.Load() == d {
			return Array{d}
		}
		// A call has replaced it and released the old one in between.
	}
}

// load returns the value outside of traces; nil and the zero Variable have none.
func (v *Variable) load(op string) *data {
	if v == nil {
		fail(op, "", "a nil *Variable", "one made by trace.NewVariable", "")
	}
	d := v.value.Load()
	if d == nil {
		fail(op, "", "a zero Variable", "one made by trace.NewVariable", "")
	}
	return d
}

// SetValue replaces the value outside of traces by x (a concrete Array of the same type, or a Go number for all elements). It waits for
// calls that use v.
func (v *Variable) SetValue(x any) {
	const op = "variable set value"
	v.load(op)
	refuseInTrace(op, v)
	v.calls.Lock()
	defer v.calls.Unlock()
	a := v.accept(op, x, v.Type())
	v.value.Store(concreteData(op, a))
}

// ResetValue is SetValue for a value of any shape and dtype; functions that use v compile anew.
func (v *Variable) ResetValue(x any) {
	const op = "variable reset value"
	v.load(op)
	refuseInTrace(op, v)
	d := concreteData(op, AsArray(op, x))
	v.calls.Lock()
	defer v.calls.Unlock()
	v.value.Store(d)
}

// replace stores the value that a call has computed; the old one gives up its memory if only v knows it.
func (v *Variable) replace(d *data) {
	old := v.value.Swap(d)
	if t := old.t.Load(); t != nil {
		t.Release()
	}
}

// Get returns the value at this point of the program.
func (v *Variable) Get(s *Scope) Array { return s.frame("variable get").varFrame().read(v) }

// Set writes a value of v's shape and dtype, or a Go number for all elements.
func (v *Variable) Set(s *Scope, x any) {
	f := s.frame("variable set").varFrame()
	slot := f.slot(v)
	slot.pin()
	slot.write(v.accept("variable set", x, slot.typ()))
}

// Reset writes a value of any shape and dtype: a model that gets a batch axis. A loop body cannot: what a loop carries keeps its type.
func (v *Variable) Reset(s *Scope, x any) {
	f := s.frame("variable reset").varFrame()
	f.slot(v).write(AsArray("variable reset", x))
}

// accept checks a new value against the type that v has.
func (v *Variable) accept(op string, x any, want ir.Type) Array {
	o := operandOf(op, x)
	if o.number != nil {
		if join := (dtype.Mode(0)).Join(o.kind(0), dtype.Operand{DType: want.DType}); join.DType != want.DType {
			fail(op, v.String(), fmt.Sprintf("the number %v", o.number.Item()), "a value of dtype "+want.DType.Name(), "")
		}
		return newLazy(want, splat{o.scalar(op, want.DType)})
	}
	got := o.array.d.typ
	if got.Equal(want) {
		return o.array
	}
	hint := "use num.BroadcastTo, or Reset to give it another shape"
	if got.DType != want.DType {
		hint = "use AsType(dtype." + goName(want.DType) + ")"
	}
	fail(op, v.String(), got.String(), want.String(), hint)
	panic("unreachable")
}

// goName is the name of the constant in package dtype.
func goName(dt dtype.DType) string {
	name := []byte(dt.Name())
	name[0] -= 'a' - 'A'
	if dt == dtype.BFloat16 {
		return "BFloat16"
	}
	return string(name)
}

// String says which Variable it is: by its type and the line that made it.
func (v *Variable) String() string {
	if v == nil || v.value.Load() == nil {
		return "variable that was never made"
	}
	at := "unknown place"
	if v.made.IsValid() {
		at = fmt.Sprintf("%s:%d", filepath.Base(v.made.File), v.made.Line)
	}
	return fmt.Sprintf("variable %s made at %s", v.Type(), at)
}

// slot is what one frame knows about a Variable.
type slot struct {
	v       *Variable
	f       *frame
	before  ir.Type // type when the frame began
	entry   Array   // value when the frame began; the zero Array in a traced frame that has not needed it yet
	current Array   // value now; the zero Array as long as it is neither read nor written
	pinned  bool    // the program depends on the type before
	written bool
}

func (s *slot) typ() ir.Type {
	if s.current.d != nil {
		return s.current.d.typ
	}
	return s.before
}

func (s *slot) write(a Array) {
	if a.d.v != nil {
		a.d.checkOpen("variable set")
	}
	s.current, s.written = Array{a.strong().shared("variable set")}, true
}

// pin notes that the program depends on the type that v had when the frame began, unless it has been written since.
func (s *slot) pin() {
	if s.pinned || s.current.d != nil {
		return
	}
	s.pinned = true
	if s.f.parent != nil {
		s.f.parent.varFrame().slot(s.v).pin()
	}
}

// entryValue returns the value that v had when the frame began; in a traced frame it is a parameter of the graph.
func (s *slot) entryValue() Array {
	if s.entry.d == nil {
		s.pin()
		s.entry = s.f.param(s.before)
	}
	return s.entry
}

// varFrame returns the frame that keeps Variables for f: eager bodies share those of the outermost one.
func (f *frame) varFrame() *frame {
	for f.eager() && f.parent != nil {
		f = f.parent
	}
	return f
}

// slot returns what f knows about v, and takes note of v when it is first met.
func (f *frame) slot(v *Variable) *slot {
	v.load("variable")
	if s, ok := f.vars[v]; ok {
		return s
	}
	s := &slot{v: v, f: f}
	switch {
	case f.parent != nil:
		s.before = f.lanes.inside(v, f.parent.varFrame().slot(v).typ())
	case f.eager():
		s.entry = v.Value()
		s.before = s.entry.d.typ
	default:
		s.before = v.Type()
	}
	f.vars[v] = s
	f.touched = append(f.touched, s)
	return s
}

// read returns the current value of v in f.
func (f *frame) read(v *Variable) Array {
	s := f.slot(v)
	if s.current.d == nil {
		s.current = s.entryValue()
	}
	return s.current
}

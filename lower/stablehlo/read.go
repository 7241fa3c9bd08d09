package stablehlo

import (
	"fmt"
	"regexp"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// Module is a module as graphs.
type Module struct {
	Name  string
	Funcs []*Func // the functions with a body, in the order of the text
}

// Func is one function. Its results come first among the outputs of its graph, then the values that its checks look at.
type Func struct {
	Name    string
	Private bool
	Graph   *ir.Graph
	Results int // outputs that are results
	Checks  []Check
}

// CheckKind says how a Check compares.
type CheckKind string

// The kinds of checks, as the reference implementation has them.
const (
	CheckEq       CheckKind = "eq"        // equal values; NaN equals nothing
	CheckAlmostEq CheckKind = "almost_eq" // within Tolerance, by parts for complex numbers; NaN equals NaN, infinities by sign
	CheckClose    CheckKind = "close"     // from MinULP to MaxULP units in the last place apart; NaN equals NaN
)

// Check is an expectation of a test module: two outputs of the function's graph and how they compare.
type Check struct {
	Kind           CheckKind
	Got, Want      int // indices of outputs
	Tolerance      float64
	MinULP, MaxULP uint64
	Pos            syntax.Pos
}

// Entry returns the function that a program starts with: main, or the only one, or the only public one.
func (m *Module) Entry() (*Func, error) {
	var public []*Func
	for _, f := range m.Funcs {
		if f.Name == "main" {
			return f, nil
		}
		if !f.Private {
			public = append(public, f)
		}
	}
	switch {
	case len(m.Funcs) == 1:
		return m.Funcs[0], nil
	case len(public) == 1:
		return public[0], nil
	}
	return nil, fmt.Errorf("module %q: got %d functions and none named main, want an entry: name one of them main", m.Name, len(m.Funcs))
}

// Read reads the text of one module. Errors are of type *Error or *syntax.Error and say where in the text and in which operation.
// file is for them only.
func Read(file string, src []byte) (*Module, error) {
	tree, err := syntax.Parse(file, src)
	if err != nil {
		return nil, err
	}
	return Import(tree)
}

// Import is Read from the syntax tree on.
func Import(tree *syntax.Module) (m *Module, err error) {
	r := &reader{file: tree.File, tree: tree, funcs: map[string]*funcEntry{}}
	defer r.recover(&err)
	return r.module(), nil
}

// reader holds what the functions of a module share.
type reader struct {
	file  string
	tree  *syntax.Module
	funcs map[string]*funcEntry
	at    syntax.Pos // what is being read, for errors
	op    string
	depth int // of calls and regions
}

// funcEntry is a function before and after it is read.
type funcEntry struct {
	text  *syntax.Func
	state readState
	size  int // operations with those of the functions that it calls, once for each call
	calls int // call sites in the module
	read  *Func
}

type readState uint8

const (
	notRead readState = iota
	reading
	hasBeenRead
)

// maxDepth bounds nested regions and calls: far above what programs have, far below what a stack holds.
const maxDepth = 500

func (r *reader) module() *Module {
	r.checkModule()
	for _, f := range r.tree.Funcs {
		r.at, r.op = f.Pos, "func.func"
		if r.funcs[f.Name] != nil {
			r.fail("name", "@"+f.Name+" twice", "one function of that name")
		}
		r.funcs[f.Name] = &funcEntry{text: f}
	}
	for _, f := range r.tree.Funcs {
		if f.Body != nil {
			r.countCalls(f.Body)
		}
	}
	m := &Module{Name: r.tree.Name}
	for _, f := range r.tree.Funcs {
		if f.Body != nil {
			m.Funcs = append(m.Funcs, r.function(r.funcs[f.Name]))
			continue
		}
		for _, v := range f.Params {
			r.typeOf(v.Type)
		}
		for _, t := range f.Results {
			r.typeOf(t)
		}
	}
	return m
}

// checkModule refuses what a module says about itself and what stands in it that has no meaning for one device.
func (r *reader) checkModule() {
	r.at, r.op = r.tree.Pos, "module"
	for _, name := range []string{"mhlo.num_partitions", "mhlo.num_replicas"} {
		if n, ok := syntax.Ints(r.tree.Attrs.Get(name)); ok && len(n) == 1 && n[0] > 1 {
			r.unsupported(fmt.Sprintf("%s = %d: one device is supported", name, n[0]))
		}
	}
	for _, m := range r.tree.Modules {
		r.at = m.Pos
		r.unsupported("a module in a module")
	}
	for _, o := range r.tree.Ops {
		r.at, r.op = o.Pos, o.Name
		if o.Name != "sdy.mesh" {
			r.unsupported("an operation outside of functions")
		}
		if mesh := o.Attrs.Get("mesh"); mesh != nil && severalDevices.MatchString(mesh.String()) {
			r.unsupported("a mesh of several devices: " + mesh.String())
		}
	}
}

// severalDevices finds an axis of a mesh that is longer than 1: "x"=2.
var severalDevices = regexp.MustCompile(`"=0*([2-9]|1[0-9])`)

func (r *reader) countCalls(region *syntax.Region) {
	for _, o := range region.Ops {
		if callee, ok := calleeOf(o); ok && r.funcs[callee] != nil {
			r.funcs[callee].calls++
		}
		for _, inner := range o.Regions {
			r.countCalls(inner)
		}
	}
}

// function reads a function when it is first asked for.
func (r *reader) function(f *funcEntry) *Func {
	switch f.state {
	case hasBeenRead:
		return f.read
	case reading:
		r.fail("callee", "@"+f.text.Name+", which calls itself", "functions without recursion")
	}
	f.state = reading
	f.size = 1
	at, op := r.at, r.op
	r.enter()
	f.read = r.readFunction(f.text)
	r.depth--
	f.state = hasBeenRead
	r.countOps(f, f.text.Body)
	r.at, r.op = at, op
	return f.read
}

// maxOps bounds the operations of a function with all its calls written out, which passes do: calls of calls may double with each line of text.
const maxOps = 10_000_000

// countOps adds the operations of a region to the size of a function. What it calls has been read.
func (r *reader) countOps(f *funcEntry, region *syntax.Region) {
	for _, o := range region.Ops {
		f.size++
		if callee, ok := calleeOf(o); ok && r.funcs[callee] != nil {
			if f.size += r.funcs[callee].size; f.size > maxOps {
				r.at, r.op = o.Pos, o.Name
				r.unsupported(fmt.Sprintf("more than %d operations with those of the functions that are called", maxOps))
			}
		}
		for _, inner := range o.Regions {
			r.countOps(f, inner)
		}
	}
}

func (r *reader) enter() {
	if r.depth++; r.depth > maxDepth {
		r.unsupported(fmt.Sprintf("regions and calls nested deeper than %d", maxDepth))
	}
}

func (r *reader) readFunction(text *syntax.Func) *Func {
	r.at, r.op = text.Pos, "func.func"
	f := &Func{Name: text.Name, Private: text.Private}
	s := r.newScope(text.Name, nil)
	s.fn = f
	for _, p := range text.Params {
		s.values[p] = s.b.Param(r.typeOf(p.Type))
	}
	results := s.body(text.Body, "func.return")
	r.at, r.op = text.Pos, "func.func"
	if len(results) != len(text.Results) {
		r.fail("results", fmt.Sprintf("%d returned by @%s", len(results), text.Name), fmt.Sprint(len(text.Results)))
	}
	for i, t := range text.Results {
		r.wantType(fmt.Sprintf("result %d of @%s", i, text.Name), results[i].Type, t)
	}
	f.Results = len(results)
	for i := range f.Checks {
		f.Checks[i].Got += f.Results
		f.Checks[i].Want += f.Results
	}
	f.Graph = s.b.Build(append(results, s.checked...)...)
	return f
}

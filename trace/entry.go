package trace

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"unsafe"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// entryKey is what decides the program, besides the types of the Variables that it turns out to use.
type entryKey struct {
	flat    *flat
	types   []ir.Type // of an entry: the types of flat.leaves, which are gone
	weaks   []bool    // of an entry: which of flat.leaves were weak
	mode    dtype.Mode
	backend backends.Backend
}

func (k *entryKey) typ(i int) ir.Type {
	if k.types != nil {
		return k.types[i]
	}
	return k.flat.leaves[i].d.typ
}

func (k *entryKey) weak(i int) bool {
	if k.types != nil {
		return k.weaks[i]
	}
	return k.flat.leaves[i].d.weak
}

func (k *entryKey) len() int {
	if k.types != nil {
		return len(k.types)
	}
	return len(k.flat.leaves)
}

func (k *entryKey) equal(l *entryKey) bool {
	if k.len() != l.len() || k.mode != l.mode || k.backend != l.backend || string(k.flat.static) != string(l.flat.static) {
		return false
	}
	for i := range k.len() {
		if !k.typ(i).Equal(l.typ(i)) || k.weak(i) != l.weak(i) {
			return false
		}
	}
	return true
}

// clone returns a key that outlives the call.
func (k *entryKey) clone() *entryKey {
	c := *k
	c.types, c.weaks = make([]ir.Type, k.len()), make([]bool, k.len())
	for i := range c.types {
		c.types[i], c.weaks[i] = k.typ(i), k.weak(i)
	}
	c.flat = &flat{static: slices.Clone(k.flat.static)}
	return &c
}

// difference says in words what sets the key apart from another one of the same program.
func (k *entryKey) difference(l *entryKey) string {
	switch {
	case string(k.flat.static) != string(l.flat.static):
		return "the last differs in a static value (a Go number, string or bool of the argument): what varies should be an Array"
	case k.mode != l.mode || k.backend != l.backend:
		return "the last differs in default dtype or backend"
	}
	for i := range min(k.len(), l.len()) {
		if !k.typ(i).Equal(l.typ(i)) {
			return "the last differs in an array type, " + k.typ(i).String() + " after " + l.typ(i).String() + ": pad arrays to fewer shapes"
		}
		if k.weak(i) != l.weak(i) {
			return "the last differs in whether an array is a Go int: use AsType(dtype.Int32) for one that is not"
		}
	}
	return "the last differs in the type of a Variable"
}

// entry is a program traced for one signature.
type entry struct {
	key      entryKey
	graph    *ir.Graph
	exec     func() (backends.Executable, error) // compiles when first called
	opts     backends.RunOptions
	numerics backends.Options // options that change numbers
	result   tree             // what the function returned: the template that the arrays of each call are put into
	types    []ir.Type        // of the arrays of the result, then of the Variables written
	inputs   []*Variable
	writes   []*Variable
	locks    []varUse // all Variables touched, in the order of their ids
}

// varUse is how an entry uses a Variable.
type varUse struct {
	v      *Variable
	typ    ir.Type
	pinned bool // the program is only right for that type
	write  bool
}

// trace runs the user's function on placeholders and builds the graph.
func (p *program) trace(key *entryKey, arg unsafe.Pointer) *entry {
	root := newTracing(p.name, false)
	defer root.pop()
	e := &entry{key: *key}
	leaves := make([]Array, key.len())
	for i := range leaves {
		leaves[i] = root.param(key.typ(i))
		leaves[i].d.weak = key.weak(i)
	}
	args := p.copy(arg)
	p.argPlan().rebuild(args, &leafReader{leaves: leaves})
	e.result = p.runUser(&Scope{f: root}, args)
	results := e.result.flatten(p.name, "result").leaves
	innermost(p.name, results)
	outputs := root.useAll(results)
	for _, s := range root.touched {
		if s.written {
			e.writes = append(e.writes, s.v)
			outputs = append(outputs, root.use(s.current))
		}
		if s.entry.d != nil {
			e.inputs = append(e.inputs, s.v)
		}
		e.locks = append(e.locks, varUse{s.v, s.before, s.pinned, s.written})
	}
	slices.SortFunc(e.inputs, func(a, b *Variable) int {
		return cmp.Compare(root.vars[a].entry.d.v.Index, root.vars[b].entry.d.v.Index)
	})
	slices.SortFunc(e.locks, func(a, b varUse) int { return cmp.Compare(a.v.id, b.v.id) })
	// The template keeps the structure of the result; its arrays would keep the trace.
	e.result.plan.rebuild(e.result.p, &leafReader{leaves: make([]Array, len(results))})
	e.types = ir.TypesOf(outputs)
	e.graph = root.b.Build(outputs...)
	e.opts = backends.RunOptions{Progress: root.tr.progress, Print: p.opts.print}
	options := p.opts.compile
	e.numerics = backends.Options{FlushDenormals: options.FlushDenormals, FastMath: options.FastMath}
	if p.opts.donate {
		options.Aliases = e.aliases()
	}
	e.exec = sync.OnceValues(func() (backends.Executable, error) { return compile(e.graph, e.key.backend, options) })
	return e
}

// stateUse is a Variable of a program: the parameter that reads it and the output that writes it, -1 where there is none.
type stateUse struct {
	v             *Variable
	input, output int
}

// states lists the Variables of the program: those read, in the order of the parameters, then those only written.
func (e *entry) states() []stateUse {
	arguments, results := len(e.graph.Params)-len(e.inputs), len(e.graph.Outputs)-len(e.writes)
	var list []stateUse
	for i, v := range e.inputs {
		s := stateUse{v, arguments + i, -1}
		if k := slices.Index(e.writes, v); k >= 0 {
			s.output = results + k
		}
		list = append(list, s)
	}
	for k, v := range e.writes {
		if !slices.Contains(e.inputs, v) {
			list = append(list, stateUse{v, -1, results + k})
		}
	}
	return list
}

// aliases pairs the old value of each Variable with the new one, where both have one type.
func (e *entry) aliases() []backends.Alias {
	var list []backends.Alias
	for _, s := range e.states() {
		if s.input >= 0 && s.output >= 0 && e.types[s.output].Equal(e.graph.Params[s.input].Type) {
			list = append(list, backends.Alias{Input: s.input, Output: s.output})
		}
	}
	return list
}

// varsMatch reports whether the Variables have the types that the entry was traced for.
func (e *entry) varsMatch() bool {
	for i := range e.locks {
		u := &e.locks[i]
		if u.pinned && !u.v.Type().Equal(u.typ) {
			return false
		}
	}
	return true
}

// run runs the entry on the arrays in w. It reports false, without running, if a Variable has another type by now.
func (e *entry) run(ctx context.Context, w *scratch) (bool, error) {
	exec, err := e.exec()
	if err != nil {
		return true, err
	}
	if err := ctx.Err(); err != nil { // short programs do not look
		return true, err
	}
	e.lock()
	defer e.unlock()
	if !e.varsMatch() {
		return false, nil
	}
	for _, a := range w.leaves {
		w.inputs = append(w.inputs, a.d.numbers("call"))
	}
	for _, v := range e.inputs {
		w.inputs = append(w.inputs, v.value.Load().numbers("call"))
	}
	outs, err := exec.Run(ctx, w.inputs, e.opts)
	if err != nil {
		return true, err
	}
	e.deliver(w, outs)
	return true, nil
}

// deliver puts the outputs where they belong: into w.results and into the Variables.
func (e *entry) deliver(w *scratch, outs []*tensor.Tensor) {
	results := len(outs) - len(e.writes)
	for i, t := range outs {
		a := newConcrete(e.types[i], t)
		if i < results {
			w.results = append(w.results, a)
		} else {
			e.writes[i-results].replace(a.d)
		}
	}
}

func (e *entry) lock() {
	for i := range e.locks {
		if u := &e.locks[i]; u.write {
			u.v.calls.Lock()
		} else {
			u.v.calls.RLock()
		}
	}
}

func (e *entry) unlock() {
	for i := range e.locks {
		if u := &e.locks[i]; u.write {
			u.v.calls.Unlock()
		} else {
			u.v.calls.RUnlock()
		}
	}
}

// scratch is the memory that one call needs for its bookkeeping.
type scratch struct {
	flat
	inputs  []*tensor.Tensor
	results []Array
	reader  leafReader
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func takeScratch() *scratch { return scratches.Get().(*scratch) }

func (w *scratch) release() {
	w.flat.reset()
	clear(w.inputs)
	clear(w.results)
	w.inputs, w.results, w.reader = w.inputs[:0], w.results[:0], leafReader{}
	scratches.Put(w)
}

package trace

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// Program is a program that was loaded from a file. It takes and gives lists of arrays: the parameters and outputs of the graph but for its
// state, the Variables that a package was saved with, which stays in the program from call to call. Its methods may be called from
// several goroutines at once; calls of programs with state follow each other.
type Program struct {
	name     string
	graph    *ir.Graph
	state    []programState
	numerics backends.Options // options that change numbers; the others are the machine's
	backend  backends.Backend // nil: the default at each call

	mu sync.Mutex // guards the values of state

	compiling sync.Mutex // guards execs
	execs     map[backends.Backend]backends.Executable
}

// programState is a Variable of a program.
type programState struct {
	name          string
	input, output int // parameter and output of the graph, -1 where there is none
	value         *tensor.Tensor
}

// Load reads a program: a package that Lowered.Save wrote, or StableHLO text from anywhere (Lowered.Export, JAX, ...), of which it takes
// the function main. Files that are neither, damaged, cut off or written by a newer version are errors.
func Load(path string) (*Program, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if bytes.HasPrefix(data, []byte(packageMagic)) {
		p, err := decodePackage(data)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", path, err)
		}
		return p, nil
	}
	return loadText(path, data)
}

func loadText(path string, data []byte) (*Program, error) {
	if !bytes.Contains(data, []byte("func")) {
		return nil, fmt.Errorf("load %s: got a file that is neither a package of Ranvier nor StableHLO text, want one of them", path)
	}
	m, err := stablehlo.Read(path, data)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	f, err := m.Entry()
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	g := f.Graph
	if f.Results < len(g.Outputs) { // what test modules check is not a result
		g = g.Clone()
		g.Outputs = g.Outputs[:f.Results]
	}
	return &Program{name: f.Name, graph: g}, nil
}

// On returns the program for a backend, whatever the default is. It starts with the state that p has now and keeps its own from then on.
func (p *Program) On(b backends.Backend) *Program {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.state {
		s.value.Share()
	}
	return &Program{name: p.name, graph: p.graph, numerics: p.numerics, state: slices.Clone(p.state), backend: b}
}

// Name is the name of the function.
func (p *Program) Name() string { return p.name }

// Graph is the program's graph. It must not be changed.
func (p *Program) Graph() *ir.Graph { return p.graph }

// Inputs lists the types of the arrays that Call takes.
func (p *Program) Inputs() []ir.Type {
	return p.without(p.graph.InTypes(), func(s programState) int { return s.input })
}

// Outputs lists the types of the arrays that Call returns.
func (p *Program) Outputs() []ir.Type {
	return p.without(p.graph.OutTypes(), func(s programState) int { return s.output })
}

// without leaves out what belongs to the state.
func (p *Program) without(types []ir.Type, at func(programState) int) []ir.Type {
	var out []ir.Type
	for i, t := range types {
		if !slices.ContainsFunc(p.state, func(s programState) bool { return at(s) == i }) {
			out = append(out, t)
		}
	}
	return out
}

// StateNames lists the names of the Variables that the program was saved with.
func (p *Program) StateNames() []string {
	var names []string
	for _, s := range p.state {
		names = append(names, s.name)
	}
	return names
}

// State returns the value of a Variable by name.
func (p *Program) State(name string) (Array, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.state {
		if s.name == name {
			return FromTensor(s.value), true
		}
	}
	return Array{}, false
}

// SetState replaces the value of a Variable by an array of its type.
func (p *Program) SetState(name string, x Array) (err error) {
	defer ir.Catch(&err)
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, s := range p.state {
		if s.name != name {
			continue
		}
		t := x.Tensor()
		if got, want := ir.TypeOf(t), ir.TypeOf(s.value); !got.Equal(want) {
			return &Error{Op: "set state", Arg: name, Got: got.String(), Want: want.String(), Pos: locate()}
		}
		p.state[i].value = t
		return nil
	}
	return &Error{Op: "set state", Arg: "name", Got: fmt.Sprintf("%q", name), Want: fmt.Sprintf("one of %q", p.StateNames()), Pos: locate()}
}

// Call runs the program on one array for each of Inputs and returns one for each of Outputs.
func (p *Program) Call(arrays ...Array) ([]Array, error) {
	return p.CallContext(context.Background(), arrays...)
}

// CallContext is Call that stops when ctx ends; the state is then as it was.
func (p *Program) CallContext(ctx context.Context, arrays ...Array) (out []Array, err error) {
	defer ir.Catch(&err)
	if ctx == nil {
		fail("call", "context", "nil", "a context such as context.Background()", "")
	}
	args, err := p.tensors(arrays)
	if err != nil {
		return nil, err
	}
	exec, err := p.compiled()
	if err != nil {
		return nil, err
	}
	if len(p.state) > 0 { // a run reads and replaces it
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	results, err := exec.Run(ctx, p.withState(args), backends.RunOptions{Print: printLine})
	if err != nil {
		return nil, err
	}
	return p.keepState(results), nil
}

// withState puts the arguments and the state in the order of the graph's parameters.
func (p *Program) withState(args []*tensor.Tensor) []*tensor.Tensor {
	inputs := make([]*tensor.Tensor, len(p.graph.Params))
	for _, s := range p.state {
		if s.input >= 0 {
			inputs[s.input] = s.value
		}
	}
	for i := range inputs {
		if inputs[i] == nil {
			inputs[i], args = args[0], args[1:]
		}
	}
	return inputs
}

// keepState takes the new state out of the results, and returns the others.
func (p *Program) keepState(results []*tensor.Tensor) (out []Array) {
	for i := range p.state {
		if k := p.state[i].output; k >= 0 {
			p.state[i].value.Release()
			p.state[i].value, results[k] = results[k], nil
		}
	}
	for _, t := range results {
		if t != nil {
			out = append(out, newConcrete(ir.TypeOf(t), t))
		}
	}
	return out
}

// tensors checks the arguments.
func (p *Program) tensors(arrays []Array) ([]*tensor.Tensor, error) {
	want := p.Inputs()
	if len(arrays) != len(want) {
		return nil, &Error{Op: p.name, Arg: "arguments", Got: fmt.Sprintf("%d arrays", len(arrays)), Want: fmt.Sprintf("%d: %v", len(want), want), Pos: locate()}
	}
	args := make([]*tensor.Tensor, len(arrays))
	for i, a := range arrays {
		if got := a.Type(); !got.Equal(want[i]) {
			return nil, &Error{Op: p.name, Arg: fmt.Sprintf("argument %d", i), Got: got.String(), Want: want[i].String(), Hint: "use AsType and Reshape",
				Pos: locate()}
		}
		args[i] = a.numbers(p.name)
	}
	return args, nil
}

// compiled returns the executable for the backend of this call.
func (p *Program) compiled() (backends.Executable, error) {
	b := p.backend
	if b == nil {
		var err error
		if b, err = backends.Default(); err != nil {
			return nil, err
		}
	}
	p.compiling.Lock()
	defer p.compiling.Unlock()
	if exec, ok := p.execs[b]; ok {
		return exec, nil
	}
	exec, err := compile(p.graph, b, p.numerics)
	if err != nil {
		return nil, err
	}
	if p.execs == nil {
		p.execs = map[backends.Backend]backends.Executable{}
	}
	p.execs[b] = exec
	return exec, nil
}

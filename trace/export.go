package trace

import (
	"fmt"
	"io"

	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// StableHLO writes the program as a StableHLO module for other tools: function main takes the arrays of the argument, then the Variables
// read, and returns the arrays of the result, then the Variables written; a Variable's new value may take the memory of the old one
// (tf.aliasing_output). Programs with Print or Check are refused, unless stablehlo.DropEffects leaves these out.
func (l *Lowered) StableHLO(opts ...stablehlo.Option) (string, error) {
	g := rewrite.Optimize(l.graph, rewrite.Options{})
	if l.entry != nil {
		for _, a := range l.entry.aliases() {
			opts = append(opts, stablehlo.Alias(a.Input, a.Output))
		}
	}
	return stablehlo.Text(g, opts...)
}

// Export writes StableHLO to a file, which is complete or not there.
func (l *Lowered) Export(path string, opts ...stablehlo.Option) error {
	text, err := l.StableHLO(opts...)
	if err != nil {
		return err
	}
	return writeFile("export", path, []byte(text))
}

func writeFile(op, path string, data []byte) error {
	err := tensor.WriteAtomically(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Save writes the program as a package that Load reads back: the graph with its constants, and the Variables by their paths in vars
// (trace.VarsOf(model)) with their values of now, and FlushDenormals and FastMath. A Variable that is not in vars is saved as var0, var1, ... The file is
// complete or not there.
func (l *Lowered) Save(path string, vars Vars) error {
	if l.entry == nil {
		return &Error{Op: "save", Got: "a graph that was not traced", Want: "a program from Compiled.Lower"}
	}
	p := &Program{name: l.graph.Name, graph: l.graph, numerics: l.entry.numerics}
	for _, s := range l.entry.states() {
		name := fmt.Sprintf("var%d", len(p.state))
		for _, n := range vars {
			if n.Var == s.v {
				name = n.Path
			}
		}
		p.state = append(p.state, programState{name, s.input, s.output, s.v.Value().Tensor()})
	}
	data, err := p.encode()
	if err != nil {
		return err
	}
	return writeFile("save", path, data)
}

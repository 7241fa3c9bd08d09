package trace

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// Lowered is a traced program, for inspection.
type Lowered struct {
	graph *ir.Graph
	exec  func() (backends.Executable, error)
	entry *entry // nil where the graph was not traced
}

// Inspect wraps a graph that was not traced, such as one that was read from a file, to show its text, picture and cost. It belongs to no
// function, so its Compile is an error.
func Inspect(g *ir.Graph) *Lowered {
	return &Lowered{graph: g, exec: func() (backends.Executable, error) {
		return nil, errors.New("compile: the graph was not traced; hand it to a backend")
	}}
}

// Compile compiles the program unless a call has done so already, and returns what calls run. It may be a backends.Inspector, which shows
// kernels and machine code, and backends.Measured. Run it through the function that it came from, not by itself.
func (l *Lowered) Compile() (backends.Executable, error) { return l.exec() }

// Graph returns the graph as it was traced. It must not be changed.
func (l *Lowered) Graph() *ir.Graph { return l.graph }

// Optimized returns the graph after the passes of package rewrite: what the backend is given.
func (l *Lowered) Optimized() *ir.Graph { return rewrite.Optimize(l.graph, rewrite.Options{}) }

// IR writes the graph as text; see package ir for the grammar.
func (l *Lowered) IR() string { return ir.Print(l.graph) }

// Dot writes the graph for Graphviz: a box for each node, regions as boxes around theirs.
func (l *Lowered) Dot() string {
	d := dotWriter{names: map[*ir.Value]string{}}
	d.line("digraph %q {", l.graph.Name)
	d.line("  node [shape=box, fontname=monospace]; compound=true;")
	d.graph(l.graph)
	d.line("}")
	return d.String()
}

type dotWriter struct {
	strings.Builder
	names map[*ir.Value]string // box that a value comes from
	boxes int
}

func (d *dotWriter) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// box writes a box and returns its name.
func (d *dotWriter) box(label, style string) string {
	d.boxes++
	name := fmt.Sprintf("n%d", d.boxes)
	d.line("  %s [label=%q%s];", name, label, style)
	return name
}

func (d *dotWriter) edges(from []*ir.Value, to string) {
	for _, v := range from {
		d.line("  %s -> %s [label=%q];", d.names[v], to, v.Type.String())
	}
}

func (d *dotWriter) graph(g *ir.Graph) {
	for i, p := range g.Params {
		d.names[p] = d.box(fmt.Sprintf("parameter %d", i), ", style=rounded")
	}
	for _, n := range g.Nodes {
		name := d.box(n.Row().Name, "")
		d.edges(n.Inputs, name)
		for _, r := range n.Results {
			d.names[r] = name
		}
		for _, region := range n.Regions {
			d.line("  subgraph cluster_%d { label=%q;", d.boxes, n.Row().Name+" "+region.Name)
			d.graph(region)
			d.line("  }")
		}
	}
	if len(g.Outputs) > 0 {
		d.edges(g.Outputs, d.box("outputs", ", style=rounded"))
	}
}

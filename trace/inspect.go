package trace

import "github.com/ranvier-go/ranvier/ir"

// Lowered is a traced program, for inspection.
type Lowered struct{ graph *ir.Graph }

// Graph returns the graph as it was traced. It must not be changed.
func (l *Lowered) Graph() *ir.Graph { return l.graph }

// IR writes the graph as text; see package ir for the grammar.
func (l *Lowered) IR() string { return ir.Print(l.graph) }

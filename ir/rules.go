package ir

import (
	"math/rand/v2"

	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Rand is the source of random samples in tests.
type Rand = rand.Rand

// Eval is handed to evaluation rules: it runs regions and carries what effects need.
type Eval struct {
	// Run interprets a region on concrete inputs.
	Run func(g *Graph, in []*tensor.Tensor) ([]*tensor.Tensor, error)
	// Poll returns the context's error when the run was cancelled; loops call it each step.
	Poll func() error
	// Print receives the text of print nodes.
	Print func(text string)
	// Progress is told by outermost loops how many of their steps are done; nil where nobody asks.
	Progress func(done, total int)
	// Step is the index of the innermost loop, for messages of checks; -1 outside.
	Step int
}

// Derivative holds the rules from which both derivative modes follow. Exactly one of Partials, JVP and Transpose leads:
// elementwise nonlinear rows give Partials, other nonlinear rows give JVP, linear rows give Transpose (and their JVP is
// the primitive itself applied to tangents). A row that is linear in some inputs only (mul, dot, gather) names them in Linear.
type Derivative struct {
	// Partials returns, for an elementwise row, d(result 0)/d(input i) for each i as values of the inputs' shape; nil means zero.
	Partials func(b *Builder, n *Node, in []*Value, out []*Value) []*Value
	// JVP returns the tangents of the results from tangents of the inputs (nil tangent = zero). A returned nil is zero.
	JVP func(t Transforms, b *Builder, n *Node, in, tangents, out []*Value) []*Value
	// Transpose returns cotangents of the linear inputs (those with linear[i]) from cotangents ct of the results (nil = zero).
	// in[i] is nil where linear[i] is true.
	Transpose func(t Transforms, b *Builder, n *Node, in []*Value, linear []bool, ct []*Value) []*Value
	// Linear lists inputs in which the row is linear when the others are held fixed; nil with Transpose set means all jointly.
	Linear []int
	// Multilinear is true where the row is linear in each of the inputs Linear separately (mul, dot), false where jointly.
	Multilinear bool
}

// BatchRule rewrites a node whose inputs have an extra axis: axes[i] is the batch axis of input i, or -1.
// It returns the results and their batch axes (-1 for a result that is not batched).
type BatchRule func(t Transforms, b *Builder, n *Node, in []*Value, axes []int, size int) (out []*Value, outAxes []int)

// Transforms lets rules of control-flow rows transform their regions. Package autodiff implements it.
type Transforms interface {
	// JVP returns a graph with parameters (params..., tangents of the params with active...) and outputs
	// (outputs..., tangents of the outputs with the returned active).
	JVP(g *Graph, active []bool) (h *Graph, outActive []bool)
	// Batch returns the graph with axis 0 of size added to the batched params; outputs are batched on axis 0 where reported
	// (and where force asks for it).
	Batch(g *Graph, batched []bool, size int, force []bool) (h *Graph, outBatched []bool)
	// Linearize splits a JVP graph: known computes outputs and residuals from params, tangent is linear in the active tangents.
	Linearize(g *Graph, active []bool) (known, tangent *Graph, residuals int, outActive []bool)
	// Transpose reverses a graph that is linear in the params with linear[i]: parameters (other params..., cotangents of the outputs...),
	// outputs the cotangents of the linear params.
	Transpose(g *Graph, linear []bool) *Graph
}

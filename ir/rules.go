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

// Derivative holds the rules from which both derivative modes follow. One of Partials, JVP and Linear leads: elementwise nonlinear rows
// give Partials, other nonlinear rows give JVP, and linear rows say in what (their JVP is then the primitive itself on tangents). Rows
// that may be applied to tangents also give Transpose. Rules emit into b; n is the node in its old graph: its types and attributes hold,
// its values do not. Only floats and complex numbers have tangents. Complex rules follow the convention of JAX: a tangent is
// f'(z) dz, a transpose conjugates nothing.
type Derivative struct {
	// Partials returns, for an elementwise row, d(result 0)/d(input i) for each i as values of the result's type; nil means zero.
	// Inputs and results are those of the node in the new graph. Only those with want[i] are used.
	Partials func(b *Builder, n *Node, in, out []*Value, want []bool) []*Value
	// JVP returns the tangents of the results from tangents of the inputs. A nil tangent is zero, in both directions; at least one
	// is given. A rule that computes the results anew replaces them in out.
	JVP func(b *Builder, n *Node, in, tangents, out []*Value) []*Value
	// Linear lists the inputs in which the row is linear when the others are held fixed.
	Linear []int
	// Multilinear is true where the row is linear in each of the inputs Linear separately (mul, dot), false where jointly.
	Multilinear bool
	// Transpose returns the cotangents of the linear inputs of one node, nil for zero and for the other inputs.
	Transpose func(b *Builder, n *Node, t *Transposition) []*Value
}

// Transposition is one node on the way back.
type Transposition struct {
	In   []*Value // the inputs; nil where linear
	Ct   []*Value // cotangents of the results; nil for zero, at least one is given
	Sums []*Value // the cotangents of the inputs so far; nil for zero
}

// Linear reports whether the cotangent of input i is asked for.
func (t *Transposition) Linear(i int) bool { return t.In[i] == nil }

// Take hands the cotangent of input i so far over to a rule that adds to it by itself; nil for zero.
func (t *Transposition) Take(i int) *Value {
	sum := t.Sums[i]
	t.Sums[i] = nil
	return sum
}

// BatchRule emits a node whose inputs may have one more axis, of extent size: axes[i] is that of input i, or -1; at least one has it.
// It returns the results and their batch axes (-1 for a result that is the same in all lanes), or nil for operands that it has no rule for:
// then the node runs for one lane after the other.
type BatchRule func(b *Builder, n *Node, in []*Value, axes []int, size int) (out []*Value, outAxes []int)

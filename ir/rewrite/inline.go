package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Inline puts the body of a control-flow node in its place where it is run exactly once: plain calls, switches with one branch, equal
// branches or a constant index, and loops of one step. A loop of no steps is its initial values.
var Inline = everywhere(inline)

func inline(g *ir.Graph) *ir.Graph {
	found := false
	for _, n := range g.Nodes {
		if found = inlined(n) != nil; found {
			break
		}
	}
	if !found {
		return g
	}
	return rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) []*ir.Value {
		if f := inlined(n); f != nil {
			return f(e.b, in)
		}
		return nil
	})
}

// inlined returns the function that emits n without regions, or nil if n keeps them.
func inlined(n *ir.Node) func(b *ir.Builder, in []*ir.Value) []*ir.Value {
	switch n.Op {
	case op.CallID:
		if n.Attrs.(op.CallAttrs).Kind == op.CallPlain {
			return func(b *ir.Builder, in []*ir.Value) []*ir.Value { return n.Regions[0].Inline(b, in...) }
		}
	case op.SwitchID:
		if branch := onlyBranch(n); branch != nil {
			return func(b *ir.Builder, in []*ir.Value) []*ir.Value { return branch.Inline(b, in[1:]...) }
		}
	case op.LoopID:
		switch n.Attrs.(op.LoopAttrs).Trip {
		case 0:
			return func(b *ir.Builder, in []*ir.Value) []*ir.Value { return loopOfNoStep(b, n, in) }
		case 1:
			return func(b *ir.Builder, in []*ir.Value) []*ir.Value { return loopOfOneStep(b, n, in) }
		}
	}
	return nil
}

// onlyBranch returns the branch of a Switch that is always taken, or nil.
func onlyBranch(n *ir.Node) *ir.Graph {
	if index, ok := constant(n.Inputs[0]); ok {
		i := int(tensor.Flat[int32](index)[0])
		return n.Regions[min(max(i, 0), len(n.Regions)-1)]
	}
	first := n.Regions[0]
	if slices.ContainsFunc(n.Regions[1:], func(r *ir.Graph) bool { return !ir.Equal(first, r) }) {
		return nil
	}
	return first
}

func loopOfNoStep(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a := n.Attrs.(op.LoopAttrs)
	out := slices.Clone(in[a.Consts : a.Consts+a.Carries])
	for _, y := range n.Results[a.Carries:] {
		out = append(out, filled(b, y.Type, tensor.Must(tensor.New(y.Type.DType))))
	}
	return out
}

func loopOfOneStep(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a := n.Attrs.(op.LoopAttrs)
	args := append([]*ir.Value{op.ScalarInt(b, dtype.Int32, 0)}, in[:a.Consts+a.Carries]...)
	for _, x := range in[a.Consts+a.Carries:] {
		args = append(args, op.Reshape(b, x, x.Type.Shape[1:]))
	}
	out := n.Regions[0].Inline(b, args...)
	for i := a.Carries; i < len(out); i++ {
		out[i] = op.Reshape(b, out[i], n.Results[i].Type.Shape)
	}
	return out
}

// Erase drops what only derivatives look at: stop_gradient, and the rules of calls with a derivative of their own. Checkpoint calls
// stay: inlined, what they recompute would be found to be there already.
var Erase = everywhere(erase)

func erase(g *ir.Graph) *ir.Graph {
	if !slices.ContainsFunc(g.Nodes, isAnnotation) {
		return g
	}
	return rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) []*ir.Value {
		switch {
		case !isAnnotation(n):
			return nil
		case n.Op == op.CallID:
			return n.Regions[0].Inline(e.b, in...)
		}
		return in
	})
}

func isAnnotation(n *ir.Node) bool {
	if n.Op == op.CallID {
		kind := n.Attrs.(op.CallAttrs).Kind
		return kind == op.CallCustomJVP || kind == op.CallCustomVJP || kind == op.CallCustomLinear
	}
	return n.Op == op.StopGradientID
}

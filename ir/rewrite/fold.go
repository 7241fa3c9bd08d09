package rewrite

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Fold replaces nodes whose inputs are constants by the constant that their row's evaluation gives. Broadcasts and iotas stay as they
// are, since they take no memory, and results are small or smaller than what they are made of: see foldElements.
var Fold = everywhere(fold)

const (
	// foldSmall is the number of elements up to which a result is always folded.
	foldSmall = 64
	// foldElements is the number of elements of results that are folded if the constant inputs have at least as many.
	foldElements = 1 << 14
)

func fold(g *ir.Graph) *ir.Graph {
	found := false
	for _, n := range g.Nodes {
		if found = foldable(n); found {
			break
		}
	}
	if !found {
		return g
	}
	return rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) []*ir.Value {
		if len(n.Regions) > 0 {
			return nil
		}
		return evaluate(e.b, n.Op, n.Attrs, in, n.Results)
	})
}

// foldable reports whether n is to be replaced by constants.
func foldable(n *ir.Node) bool {
	given, ok := constantInputs(n.Row(), n.Inputs)
	return ok && len(n.Regions) == 0 && worthFolding(given, n.Results)
}

// constantInputs reports whether all inputs are constants for a row that can be folded, and how many elements they hold.
func constantInputs(row *ir.Row, in []*ir.Value) (given int, ok bool) {
	if row.Eval == nil || row.Effect || row.Regions > 0 || row.Class == ir.ClassSource || row.ID == op.BroadcastID || len(in) == 0 {
		return 0, false
	}
	for _, v := range in {
		size, ok := known(v)
		if !ok {
			return 0, false
		}
		given += size
	}
	return given, true
}

func worthFolding(given int, out []*ir.Value) bool {
	size := 0
	for _, v := range out {
		size += v.Type.Size()
	}
	return size <= foldSmall || size <= min(given, foldElements)
}

// known returns the number of elements that v holds as a constant; a broadcast or iota counts where it is small.
func known(v *ir.Value) (elements int, ok bool) {
	switch v.Op() {
	case op.ConstID:
		return v.Type.Size(), true
	case op.IotaID:
		return 0, v.Type.Size() <= foldSmall
	case op.BroadcastID:
		elements, ok = known(v.Node.Inputs[0])
		return elements, ok && v.Type.Size() <= foldSmall
	}
	return 0, false
}

// evaluate emits the results of a node as constants, or returns nil if it is not to be folded or fails. out has the types of the
// results; nil stands for not known yet.
func evaluate(b *ir.Builder, id ir.OpID, attrs ir.Attrs, in, out []*ir.Value) []*ir.Value {
	given, ok := constantInputs(id.Row(), in)
	if !ok || out != nil && !worthFolding(given, out) {
		return nil
	}
	results := ir.NewBuilder("").Emit(id, attrs, nil, in...)
	if !worthFolding(given, results) {
		return nil
	}
	tensors, err := evaluateNode(results[0].Node)
	if err != nil {
		return nil
	}
	values := make([]*ir.Value, len(tensors))
	for i, t := range tensors {
		values[i] = b.Const(t)
	}
	return values
}

// evaluateNode evaluates a node of known inputs.
func evaluateNode(n *ir.Node) ([]*tensor.Tensor, error) {
	in := make([]*tensor.Tensor, len(n.Inputs))
	for i, v := range n.Inputs {
		if t, ok := constant(v); ok {
			in[i] = t
			continue
		}
		t, err := evaluateNode(v.Node)
		if err != nil {
			return nil, err
		}
		in[i] = t[v.Index]
	}
	return n.Row().Eval(&ir.Eval{Step: -1}, n, in)
}

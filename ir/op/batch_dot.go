package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

func init() { batching(map[ir.OpID]ir.BatchRule{DotID: dotBatch}) }

// dotBatch makes lanes a batch dimension if both operands have them. If one has, they are one of its own dimensions; a stack of vectors
// on the right goes to the left, so that the lanes come first in the result.
func dotBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, _ int) ([]*ir.Value, []int) {
	a, lhs, rhs := n.Attrs.(DotAttrs), in[0], in[1]
	if axes[0] >= 0 && axes[1] >= 0 {
		return oneInFront(Dot(b, lhs, rhs, DotAttrs{
			LhsBatch: slices.Insert(beside(axes[0], a.LhsBatch), 0, axes[0]), LhsContract: beside(axes[0], a.LhsContract),
			RhsBatch: slices.Insert(beside(axes[1], a.RhsBatch), 0, axes[1]), RhsContract: beside(axes[1], a.RhsContract)}))
	}
	if axes[0] >= 0 {
		a.LhsBatch, a.LhsContract = beside(axes[0], a.LhsBatch), beside(axes[0], a.LhsContract)
		own := otherDims(lhs.Type.Rank(), a.LhsBatch, a.LhsContract)
		return []*ir.Value{Dot(b, lhs, rhs, a)}, []int{len(a.LhsBatch) + slices.Index(own, axes[0])}
	}
	a.RhsBatch, a.RhsContract = beside(axes[1], a.RhsBatch), beside(axes[1], a.RhsContract)
	own := otherDims(rhs.Type.Rank(), a.RhsBatch, a.RhsContract)
	if len(own) == 1 && !lhs.Type.DType.IsComplex() { // complex products are not rounded alike in both orders
		swapped := DotAttrs{LhsBatch: a.RhsBatch, LhsContract: a.RhsContract, RhsBatch: a.LhsBatch, RhsContract: a.LhsContract}
		return []*ir.Value{Dot(b, rhs, lhs, swapped)}, []int{len(a.LhsBatch)}
	}
	lhsOwn := lhs.Type.Rank() - len(a.LhsBatch) - len(a.LhsContract)
	return []*ir.Value{Dot(b, lhs, rhs, a)}, []int{len(a.LhsBatch) + lhsOwn + slices.Index(own, axes[1])}
}

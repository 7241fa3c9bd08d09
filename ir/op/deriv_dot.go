package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		DotID: {Linear: []int{0, 1}, Multilinear: true, Transpose: dotTranspose},
	})
}

// dotTranspose contracts the cotangent with the other operand over that operand's own dimensions:
//
//	dot:            lhs[batch, m, k] rhs[batch, k, n] -> [batch, m, n]
//	linear in lhs:  ct[batch, m, n] . rhs over n     -> [batch, m, k]
//	linear in rhs:  lhs . ct[batch, m, n] over m     -> [batch, k, n]
//
// Operands stand in the order that gives the dimensions in their places more often than not; a Transpose does the rest.
func dotTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	a, ct := n.Attrs.(DotAttrs), t.Ct[0]
	lhs, rhs := n.Inputs[0].Type, n.Inputs[1].Type
	lhsFree := otherDims(lhs.Rank(), a.LhsBatch, a.LhsContract)
	rhsFree := otherDims(rhs.Rank(), a.RhsBatch, a.RhsContract)
	nb := len(a.LhsBatch)
	ctBatch := span(0, nb)
	ctLhs := span(nb, nb+len(lhsFree))
	ctRhs := span(nb+len(lhsFree), ct.Type.Rank())
	if t.Linear(0) {
		// The other dimensions of rhs, ascending, are contracted ones; each pairs with one of lhs.
		got := slices.Concat(a.LhsBatch, lhsFree, pairs(a.RhsContract, a.LhsContract))
		swapped := slices.Concat(a.LhsBatch, pairs(a.RhsContract, a.LhsContract), lhsFree)
		return []*ir.Value{contractTo(b,
			ct, t.In[1], DotAttrs{LhsBatch: ctBatch, RhsBatch: a.RhsBatch, LhsContract: ctRhs, RhsContract: rhsFree}, got, swapped), nil}
	}
	got := slices.Concat(a.RhsBatch, rhsFree, pairs(a.LhsContract, a.RhsContract))
	swapped := slices.Concat(a.RhsBatch, pairs(a.LhsContract, a.RhsContract), rhsFree)
	return []*ir.Value{nil, contractTo(b,
		ct, t.In[0], DotAttrs{LhsBatch: ctBatch, RhsBatch: a.LhsBatch, LhsContract: ctLhs, RhsContract: lhsFree}, got, swapped)}
}

// contractTo multiplies ct and other, or other and ct, and puts the dimensions in order. Dimension i of the product is dimension
// place[i] of the wanted array, or swapped[i] if other comes first.
func contractTo(b *ir.Builder, ct, other *ir.Value, a DotAttrs, place, swapped []int) *ir.Value {
	if !slices.IsSorted(place) && slices.IsSorted(swapped) {
		return Dot(b, other, ct, DotAttrs{LhsBatch: a.RhsBatch, RhsBatch: a.LhsBatch, LhsContract: a.RhsContract, RhsContract: a.LhsContract})
	}
	product := Dot(b, ct, other, a)
	if slices.IsSorted(place) {
		return product
	}
	return Transpose(b, product, inverse(place))
}

// pairs returns, for the elements of keys in ascending order, the elements of values at the same places.
func pairs(keys, values []int) []int {
	at := span(0, len(keys))
	slices.SortFunc(at, func(i, j int) int { return keys[i] - keys[j] })
	return pick(values, at)
}

// span lists the numbers from lo to hi, hi excluded.
func span(lo, hi int) []int {
	out := make([]int, 0, max(hi-lo, 0))
	for i := lo; i < hi; i++ {
		out = append(out, i)
	}
	return out
}

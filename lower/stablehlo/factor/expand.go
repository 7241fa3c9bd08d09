package factor

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Expand writes a node of LU, QR, Eigh, SVD or Eig in plain primitives and returns its results.
func Expand(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	switch n.Op {
	case op.LUID:
		lu, pivots, permutation := LU(b, in[0])
		return []*ir.Value{lu, pivots, permutation}
	case op.QRID:
		q, r := QR(b, in[0], n.Attrs.(op.QRAttrs).Full)
		return []*ir.Value{q, r}
	case op.EighID:
		values, vectors := Eigh(b, in[0], n.Attrs.(op.EighAttrs).Lower)
		return []*ir.Value{values, vectors}
	case op.SVDID:
		return SVD(b, in[0], n.Attrs.(op.SVDAttrs))
	case op.EigID:
		return Eig(b, in[0], n.Attrs.(op.EigAttrs))
	}
	panic("BUG: factor: " + n.Row().Name + " is no factorisation")
}

package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Decompose writes a node of class Sparse in plain primitives, for targets without kernels for it, such as StableHLO. It returns nil for
// other nodes. The results have the same bits as those of the primitive where floating-point operations are executed as
// written, but for CSRGather, which adds up rows in the order of their elements and not in lanes. Places out of range
// are not reported: they are left out.
func Decompose(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	var out *ir.Value
	switch n.Op {
	case EventCSRID:
		out = decomposeEventCSR(b, in[0], in[1], in[2], in[3], in[4])
	case CSRGatherID:
		out = decomposeCSRGather(b, in[0], in[1], in[2], in[3])
	case CSROuterID:
		out = decomposeCSROuter(b, in[0], in[1], in[2], in[3])
	case EventProcID:
		out = decomposeEventProc(b, n.Attrs.(ProcAttrs), in[0], in[1], in[2], in[3])
	case ProcGatherID:
		out = decomposeProcGather(b, n.Attrs.(ProcAttrs), in[0], in[1], in[2])
	case ProcOuterID:
		out = decomposeProcOuter(b, n.Attrs.(ProcAttrs), in[0], in[1], in[2])
	default:
		return nil
	}
	return []*ir.Value{out}
}

// widen converts floats to the type in which sparse products compute; events of bool become 0 and 1 of that type.
func widen(b *ir.Builder, x *ir.Value, dt dtype.DType) *ir.Value {
	return converted(b, x, accumulator(dt))
}

func converted(b *ir.Builder, x *ir.Value, dt dtype.DType) *ir.Value {
	if x.Type.DType == dt {
		return x
	}
	return Convert(b, x, dt)
}

// places is, for each stored element of a matrix, its row and its column as i32, and whether both lie in range.
type places struct{ row, column, inside *ir.Value }

// newPlaces counts, for each element, how many rows have begun: the sum over marks at the row pointers.
func newPlaces(b *ir.Builder, indptr, indices *ir.Value, post int) places {
	pre, nnz := indptr.Type.Shape[0]-1, indices.Type.Shape[0]
	lists := ir.T(dtype.Int32, nnz)
	marks := Put(b, Full(b, lists, 0), indptr, Full(b, indptr.Type, 1), 0, CombineAdd)
	row := Sub(b, CumSum(b, marks, 0, false), Full(b, lists, 1))
	column := converted(b, indices, dtype.Int32)
	inside := And(b, And(b, Ge(b, row, Full(b, lists, 0)), Lt(b, row, Full(b, lists, float64(pre)))),
		And(b, Ge(b, column, Full(b, lists, 0)), Lt(b, column, Full(b, lists, float64(post)))))
	return places{row, column, inside}
}

// at returns the elements of x at an index for each stored element; where the index is out of range, some element.
func (p places) at(b *ir.Builder, x, index *ir.Value) *ir.Value {
	if x.Type.Shape[0] == 0 {
		return Full(b, x.Type.WithShape(index.Type.Shape...), 0)
	}
	return Take(b, x, index, 0)
}

// spreadWeights returns one weight for each stored element.
func (p places) spreadWeights(b *ir.Builder, weights *ir.Value) *ir.Value {
	if weights.Type.Rank() == 1 {
		return weights
	}
	return Spread(b, weights, p.row.Type.Shape)
}

// outside replaces indices by n, which is out of range and so dropped by Put, where keep is false.
func outside(b *ir.Builder, keep, index *ir.Value, n int) *ir.Value {
	return Select(b, keep, index, Full(b, index.Type, float64(n)))
}

func decomposeEventCSR(b *ir.Builder, acc, events, indptr, indices, weights *ir.Value) *ir.Value {
	dt, post := acc.Type.DType, acc.Type.Shape[0]
	p := newPlaces(b, indptr, indices, post)
	event := p.at(b, widen(b, events, dt), p.row)
	active := And(b, p.inside, Ne(b, event, ZerosLike(b, event)))
	product := Mul(b, p.spreadWeights(b, widen(b, weights, dt)), event)
	sum := Put(b, widen(b, acc, dt), outside(b, active, p.column, post), product, 0, CombineAdd)
	return converted(b, sum, dt)
}

func decomposeCSRGather(b *ir.Builder, x, indptr, indices, weights *ir.Value) *ir.Value {
	dt, pre := x.Type.DType, indptr.Type.Shape[0]-1
	p := newPlaces(b, indptr, indices, x.Type.Shape[0])
	product := Mul(b, p.spreadWeights(b, widen(b, weights, dt)), p.at(b, widen(b, x, dt), p.column))
	zero := Full(b, ir.T(accumulator(dt), pre), 0)
	return converted(b, Put(b, zero, outside(b, p.inside, p.row, pre), product, 0, CombineAdd), dt)
}

func decomposeCSROuter(b *ir.Builder, events, x, indptr, indices *ir.Value) *ir.Value {
	dt := x.Type.DType
	p := newPlaces(b, indptr, indices, x.Type.Shape[0])
	event := p.at(b, widen(b, events, dt), p.row)
	active := And(b, p.inside, Ne(b, event, ZerosLike(b, event)))
	product := Mul(b, event, p.at(b, widen(b, x, dt), p.column))
	return converted(b, Select(b, active, product, ZerosLike(b, product)), dt)
}

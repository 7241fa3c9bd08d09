package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// expandArg finds the extreme element of each line, and then the least index of an element that equals it; NaN, which is the result of reduce if
// there is one, equals nothing, so elements that do not equal themselves count too. Both are folds over the last axis.
func expandArg(reduce func(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value) ir.ExpandRule {
	return func(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
		a, last := n.Attrs.(ArgAttrs), in[0].Type.Rank()-1
		x := in[0]
		if a.Axis != last {
			x = Transpose(b, x, append(otherDims(last+1, []int{a.Axis}), a.Axis))
		}
		shape, kept := x.Type.Shape, otherDims(last+1, []int{last})
		hit := Eq(b, x, Broadcast(b, reduce(b, x, last), kept, shape))
		if x.Type.DType.IsFloat() {
			hit = Or(b, hit, Ne(b, x, x))
		}
		behind := Full(b, ir.T(dtype.Int32, shape...), float64(shape[last]))
		at := Select(b, hit, Iota(b, dtype.Int32, shape, last), behind)
		return []*ir.Value{Convert(b, ReduceMin(b, at, last), a.DType)}
	}
}

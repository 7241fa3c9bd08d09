package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// relView is a value seen in the memory of another: the root's memory is dense and row-major unless the root is bound, in which
// case view is absolute.
type relView struct {
	root *ir.Value
	view View // Buf is meaningless unless absolute
}

// constBinding binds a constant: one number if all elements are equal.
func (lw *lowerer) constBinding(t *tensor.Tensor) binding {
	if bits, ok := splatBits(t); ok {
		return binding{splat: &splat{stored(t.DType()), bits}}
	}
	return binding{view: lw.constant(t)}
}

// splatBits returns the bits of the one number that fills t, if its type has a lane and it is not empty.
func splatBits(t *tensor.Tensor) (uint64, bool) {
	size, raw := t.DType().Size(), t.Bytes()
	if t.Size() == 0 || t.DType().IsComplex() {
		return 0, false
	}
	for i := size; i < t.Size()*size; i++ {
		if raw[i] != raw[i-size] {
			return 0, false
		}
	}
	var bits uint64
	for i := range size {
		bits |= uint64(raw[i]) << (8 * i)
	}
	return bits, true
}

// bindAlias computes the view of a node that only moves elements, if it is one and its operand is not a single number.
func (b *blockLowerer) bindAlias(n *ir.Node) bool {
	alias, ok := aliases[n.Op]
	if !ok || b.bound[n.Inputs[0]].splat != nil {
		return false
	}
	in := b.relOf(n.Inputs[0])
	view, ok := alias(n, in.view)
	if ok {
		b.rel[n.Result()] = relView{in.root, view}
	}
	return ok
}

func (b *blockLowerer) relOf(v *ir.Value) relView {
	if r, ok := b.rel[v]; ok {
		return r
	}
	if bd, ok := b.bound[v]; ok {
		return relView{v, bd.view}
	}
	return relView{v, wholeView(-1, v.Type.Shape)}
}

// viewOf is where an alias or a stored value can be read.
func (b *blockLowerer) viewOf(v *ir.Value) View {
	r, isAlias := b.rel[v]
	if !isAlias {
		bd, ok := b.bound[v]
		if !ok {
			panic("BUG: value is read before it is stored: " + v.Node.Row().Name)
		}
		return bd.view
	}
	if r.view.Buf >= 0 {
		return r.view
	}
	base := b.viewOf(r.root)
	view := r.view
	view.Buf = base.Buf
	view.Offset += base.Offset
	view.Dyn = append(slices.Clone(base.Dyn), view.Dyn...)
	return view
}

// aliases says how a moved operand is viewed; false if it cannot be (a reshape of a transposed view).
var aliases = map[ir.OpID]func(n *ir.Node, in View) (View, bool){
	op.BroadcastID:    aliasBroadcast,
	op.ReshapeID:      aliasReshape,
	op.TransposeID:    aliasTranspose,
	op.SliceID:        aliasSlice,
	op.ReverseID:      aliasReverse,
	op.StopGradientID: aliasSame,
}

func aliasSame(_ *ir.Node, in View) (View, bool) { return in, true }

func aliasBroadcast(n *ir.Node, in View) (View, bool) {
	a := n.Attrs.(op.BroadcastAttrs)
	out := in
	out.Shape, out.Strides = a.Shape, make([]int, len(a.Shape))
	for i, d := range a.Dims {
		if in.Shape[i] != 1 || a.Shape[d] == 1 {
			out.Strides[d] = in.Strides[i]
		}
	}
	return out, true
}

func aliasTranspose(n *ir.Node, in View) (View, bool) {
	perm := n.Attrs.(op.TransposeAttrs).Perm
	out := in
	out.Shape, out.Strides = make([]int, len(perm)), make([]int, len(perm))
	for d, p := range perm {
		out.Shape[d], out.Strides[d] = in.Shape[p], in.Strides[p]
	}
	return out, true
}

func aliasSlice(n *ir.Node, in View) (View, bool) {
	a := n.Attrs.(op.SliceAttrs)
	out := in
	out.Shape, out.Strides = n.Result().Type.Shape, slices.Clone(in.Strides)
	for d := range in.Shape {
		if out.Shape[d] > 0 {
			out.Offset += a.Start[d] * in.Strides[d]
		}
		if len(a.Stride) > 0 {
			out.Strides[d] *= a.Stride[d]
		}
	}
	return out, true
}

func aliasReverse(n *ir.Node, in View) (View, bool) {
	out := in
	out.Strides = slices.Clone(in.Strides)
	for _, d := range n.Attrs.(op.ReverseAttrs).Dims {
		if in.Shape[d] > 0 {
			out.Offset += (in.Shape[d] - 1) * in.Strides[d]
		}
		out.Strides[d] = -in.Strides[d]
	}
	return out, true
}

// aliasReshape views a reshape where the old dimensions can be split and merged without moving elements.
func aliasReshape(n *ir.Node, in View) (View, bool) {
	shape := n.Result().Type.Shape
	strides, ok := reshapeStrides(in.Shape, in.Strides, shape)
	out := in
	out.Shape, out.Strides = shape, strides
	return out, ok
}

// reshapeStrides returns strides for the shape to over memory that has strides over the shape from, if there are any.
func reshapeStrides(from, strides, to []int) ([]int, bool) {
	out := RowMajor(to)
	if product(to) == 0 {
		return out, true
	}
	// Merge the old dimensions into runs that advance evenly, innermost first, and cut the runs into the new dimensions.
	d := len(from) - 1
	t := len(to) - 1
	for d >= 0 || t >= 0 {
		run, step := 1, 1
		for d >= 0 && from[d] == 1 {
			d--
		}
		if d >= 0 {
			run, step = from[d], strides[d]
			for d--; d >= 0 && (from[d] == 1 || strides[d] == step*run); d-- {
				run *= from[d]
			}
		}
		left, stride := run, step
		for ; t >= 0 && (left > 1 || to[t] == 1); t-- {
			if left%to[t] != 0 {
				return nil, false
			}
			out[t] = stride
			left /= to[t]
			stride *= to[t]
		}
		if left > 1 {
			return nil, false
		}
	}
	return out, true
}

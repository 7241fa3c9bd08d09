package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		ReduceWindowID: {JVP: reduceWindowJVP, Transpose: reduceWindowTranspose},
	})
}

// reduceWindowJVP: a sum is linear. Of max and min the first largest element of a window gives its tangent, as in JAX. Those with a region
// become a loop before they come here.
func reduceWindowJVP(b *ir.Builder, n *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	a := n.Attrs.(ReduceWindowAttrs)
	if a.Combine == CombineAdd {
		dx, init := orZero(b, t[0], in[0].Type), orZero(b, t[1], in[1].Type)
		return b.Emit(ReduceWindowID, a, nil, dx, init)
	}
	p := NewPatches(b, a, in[0].Type.Shape, n.Result().Type.Shape)
	x, init := p.Take(in[0]), p.repeat(in[1])
	dx, dinit := p.Take(orZero(b, t[0], in[0].Type)), p.repeat(orZero(b, t[1], in[1].Type))
	if a.Combine == CombineMul {
		one := Full(b, x.Type, 1)
		x, dx = Select(b, p.Valid, x, one), Select(b, p.Valid, dx, ZerosLike(b, dx))
		return []*ir.Value{p.productJVP(p.withFirst(init, x), p.withFirst(dinit, dx))}
	}
	best := p.best(a.Combine, init, x)
	return []*ir.Value{Reshape(b, takeAlong(b, p.withFirst(dinit, dx), best, 0), p.out)}
}

// reduceWindowTranspose is for sums: what each element gave to windows comes back from them. The windows of the result, set apart by
// the strides, are slid over in the other direction.
func reduceWindowTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	a, ct, x := n.Attrs.(ReduceWindowAttrs), t.Ct[0], n.Inputs[0].Type
	if a.Combine != CombineAdd {
		panic(&ir.Error{Op: "reduce_window", Arg: "combine", Got: string(a.Combine), Want: "add for a transposition", Pos: n.Pos})
	}
	out := make([]*ir.Value, 2)
	if t.Linear(1) {
		out[1] = ReduceSum(b, ct, allAxes(ct.Type.Rank())...)
	}
	if !t.Linear(0) {
		return out
	}
	if ct.Type.Size() == 0 || x.Size() == 0 || slices.Contains(a.Window, 0) {
		out[0] = Full(b, x, 0)
		return out
	}
	low, high := a.sliding().backwards(x.Shape, ct.Type.Shape)
	interior := make([]int, x.Rank())
	for d, s := range a.Strides {
		interior[d] = s - 1
	}
	zero := Scalar(b, x.DType, 0)
	out[0] = ReduceWindow(b, Pad(b, ct, zero, low, high, interior), zero, ReduceWindowAttrs{
		Window: a.Window, Strides: a.BaseDilation, WindowDilation: a.WindowDilation, Combine: CombineAdd})
	return out
}

// backwards returns the padding with which windows slide over positions set apart by the strides and meet each element of shape.
func (s sliding) backwards(shape, positions []int) (low, high []int) {
	for d, n := range shape {
		window, out := dilated(s.size[d], s.windowDilation[d]), dilated(positions[d], s.stride[d])
		before := window - 1 - s.low[d]
		low = append(low, before)
		high = append(high, dilated(n, s.baseDilation[d])+window-1-out-before)
	}
	return low, high
}

// Patches are the elements in the windows of a ReduceWindow, one row for each place of the window: [places, windows].
type Patches struct {
	b     *ir.Builder
	out   []int     // shape of the result
	at    *ir.Value // i32: position of the element in the flat operand
	Valid *ir.Value // whether there is one
}

// NewPatches computes, by integer arithmetic in the graph, where the windows of an operand of this shape lie.
func NewPatches(b *ir.Builder, a ReduceWindowAttrs, shape, out []int) Patches {
	rank := len(shape)
	all := slices.Concat(a.Window, out)
	number := func(v int) *ir.Value { return Spread(b, ScalarInt(b, dtype.Int32, int64(v)), all) }
	at, valid := number(0), Full(b, ir.T(dtype.Bool, all...), 1)
	for d, n := range shape {
		place := Sub(b, Add(b,
			Mul(b, Iota(b, dtype.Int32, all, d), number(a.WindowDilation[d])),
			Mul(b, Iota(b, dtype.Int32, all, rank+d), number(a.Strides[d]))), number(a.PadLow[d]))
		element := Div(b, place, number(a.BaseDilation[d]))
		valid = And(b, valid, And(b, Ge(b, place, number(0)), Lt(b, element, number(n))))
		if a.BaseDilation[d] > 1 {
			valid = And(b, valid, Eq(b, Rem(b, place, number(a.BaseDilation[d])), number(0)))
		}
		at = Add(b, Mul(b, at, number(n)), element)
	}
	flat := []int{ir.T(0, a.Window...).Size(), ir.T(0, out...).Size()}
	return Patches{b, out, Reshape(b, at, flat), Reshape(b, valid, flat)}
}

// Take returns the elements of x in the patches; where none is, any element.
func (p Patches) Take(x *ir.Value) *ir.Value {
	return Take(p.b, Reshape(p.b, x, []int{x.Type.Size()}), p.at, 0)
}

// repeat gives each window a scalar of its own.
func (p Patches) repeat(x *ir.Value) *ir.Value { return Spread(p.b, x, []int{p.at.Type.Shape[1]}) }

// withFirst puts a row before the patches.
func (p Patches) withFirst(row, rows *ir.Value) *ir.Value {
	return Concatenate(p.b, 0, Reshape(p.b, row, []int{1, row.Type.Size()}), rows)
}

// best returns, as [1, windows], the row of the largest or smallest element behind that of init; the first one of equal elements.
func (p Patches) best(c Combine, init, x *ir.Value) *ir.Value {
	b := p.b
	rows := p.withFirst(init, Select(b, p.Valid, x, Broadcast(b, init, []int{1}, x.Type.Shape)))
	search := ArgMax
	if c == CombineMin {
		search = ArgMin
	}
	return Reshape(b, search(b, rows, 0, dtype.Int32), []int{1, rows.Type.Shape[1]})
}

// productJVP is the derivative of the product over the rows.
func (p Patches) productJVP(x, dx *ir.Value) *ir.Value {
	b := p.b
	swap := []int{1, 0}
	others := Transpose(b, productOfOthers(b, Transpose(b, x, swap)), swap)
	return Reshape(b, ReduceSum(b, Mul(b, dx, others), 0), p.out)
}

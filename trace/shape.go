package trace

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Reshape returns the elements in row-major order in another shape of the same size. One extent may be -1: whatever is left.
func (a Array) Reshape(shape ...int) Array {
	d := a.need("reshape")
	want := openExtent(d.typ, slices.Clone(shape))
	if slices.Equal(want, d.typ.Shape) {
		return a
	}
	if l, ok := d.lazy.(splat); ok {
		return newLazy(d.typ.WithShape(want...), l)
	}
	return Record1("reshape", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Reshape(b, in[0], want) }, a)
}

// openExtent replaces a -1 in shape by what is left, and checks the size.
func openExtent(t ir.Type, shape []int) []int {
	open, rest := -1, 1
	for i, n := range shape {
		switch {
		case n >= 0:
			rest *= n
		case n == -1 && open < 0:
			open = i
		default:
			fail("reshape", "shape", shapeString(shape), "extents of 0 or more, at most one of them -1", "")
		}
	}
	if open >= 0 && rest > 0 && t.Size()%rest == 0 {
		shape[open] = t.Size() / rest
	} else if open >= 0 || rest != t.Size() {
		fail("reshape", "shape", shapeString(shape), fmt.Sprintf("%d elements, as %s has", t.Size(), shapeString(t.Shape)), "")
	}
	return shape
}

// Ravel returns the elements in row-major order as a vector.
func (a Array) Ravel() Array { return a.Reshape(-1) }

// Transpose orders the axes as listed; without a list it turns their order around.
func (a Array) Transpose(axes ...int) Array {
	rank := len(a.need("transpose").typ.Shape)
	perm := make([]int, rank)
	if len(axes) == 0 {
		for i := range perm {
			perm[i] = rank - 1 - i
		}
	} else {
		if len(axes) != rank {
			fail("transpose", "axes", shapeString(axes), fmt.Sprintf("each of the %d axes once", rank), "")
		}
		for i, axis := range axes {
			perm[i] = AxisIndex("transpose", axis, rank)
		}
	}
	if slices.IsSorted(perm) && len(slices.Compact(slices.Clone(perm))) == rank {
		return a
	}
	return Record1("transpose", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Transpose(b, in[0], perm) }, a)
}

// T is Transpose without a list: the transpose of a matrix.
func (a Array) T() Array { return a.Transpose() }

// BroadcastTo repeats the array to a shape that it broadcasts to by NumPy's rule.
func (a Array) BroadcastTo(shape ...int) Array {
	d := a.need("broadcast to")
	checkType("broadcast to", d.typ.DType, shape)
	if slices.Equal(d.typ.Shape, shape) {
		return a
	}
	if !slices.Equal(BroadcastShapes("broadcast to", d.typ.Shape, shape), shape) {
		fail("broadcast to", "shape", shapeString(shape), "a shape that "+shapeString(d.typ.Shape)+" broadcasts to", "")
	}
	shape = slices.Clone(shape)
	if l, ok := d.lazy.(splat); ok {
		return newLazy(d.typ.WithShape(shape...), l)
	}
	return Record1("broadcast to", func(b *ir.Builder, in []*ir.Value) *ir.Value { return broadcastValue(b, in[0], shape) }, a)
}

// ExpandDims inserts axes of extent 1 at the given positions of the result.
func (a Array) ExpandDims(axes ...int) Array {
	old := a.need("expand dims").typ.Shape
	rank := len(old) + len(axes)
	isNew := make([]bool, rank)
	for _, axis := range axes {
		i := AxisIndex("expand dims", axis, rank)
		if isNew[i] {
			fail("expand dims", "axes", shapeString(axes), "each axis once", "")
		}
		isNew[i] = true
	}
	shape := make([]int, 0, rank)
	for _, fresh := range isNew {
		if fresh {
			shape = append(shape, 1)
		} else {
			shape, old = append(shape, old[0]), old[1:]
		}
	}
	return a.Reshape(shape...)
}

// Squeeze removes the given axes, which must have extent 1; without a list, all that have.
func (a Array) Squeeze(axes ...int) Array {
	old := a.need("squeeze").typ.Shape
	drop := make([]bool, len(old))
	for _, axis := range axes {
		i := AxisIndex("squeeze", axis, len(old))
		if old[i] != 1 {
			fail("squeeze", "axis", fmt.Sprintf("%d of extent %d", axis, old[i]), "an axis of extent 1", "")
		}
		drop[i] = true
	}
	shape := []int{}
	for i, n := range old {
		if !drop[i] && (len(axes) > 0 || n != 1) {
			shape = append(shape, n)
		}
	}
	return a.Reshape(shape...)
}

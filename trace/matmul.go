package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// MatMul returns the matrix product by NumPy's rule: the last axis of a meets the last but one of y (the only one of a vector), leading
// axes broadcast.
func (a Array) MatMul(y any) Array {
	const name = "matmul"
	in := Promote(name, a, y)
	x, z := in[0], in[1]
	if x.Rank() == 0 || z.Rank() == 0 {
		fail(name, "shapes", shapeString(x.Shape())+" and "+shapeString(z.Shape()), "at least one axis each", "use Mul for scalars")
	}
	vectorX, vectorZ := x.Rank() == 1, z.Rank() == 1
	if vectorX {
		x = x.ExpandDims(0)
	}
	if vectorZ {
		z = z.ExpandDims(1)
	}
	if x.Dim(-1) != z.Dim(-2) {
		fail(name, "shapes", shapeString(a.Shape())+" and "+shapeString(in[1].Shape()),
			"the last extent of the first equal to the last but one of the second", "use T or Transpose")
	}
	r := matmulStacks(x, z)
	switch {
	case vectorX && vectorZ:
		return r.Squeeze(-1, -2)
	case vectorX:
		return r.Squeeze(-2)
	case vectorZ:
		return r.Squeeze(-1)
	}
	return r
}

// matmulStacks multiplies stacks of matrices. A plain matrix on the right goes with any stack on the left without repeating it.
func matmulStacks(x, z Array) Array {
	const name = "matmul"
	if z.Rank() == 2 {
		lead := x.Shape()[:x.Rank()-1]
		flat := x.Reshape(product(lead), x.Dim(-1))
		r := Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.MatMul(b, in[0], in[1]) }, flat, z)
		return r.Reshape(append(lead, z.Dim(-1))...)
	}
	batch := BroadcastShapes(name, x.d.typ.Shape[:x.Rank()-2], z.d.typ.Shape[:z.Rank()-2])
	x = x.BroadcastTo(append(slices.Clone(batch), x.Dim(-2), x.Dim(-1))...)
	z = z.BroadcastTo(append(slices.Clone(batch), z.Dim(-2), z.Dim(-1))...)
	return Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.MatMul(b, in[0], in[1]) }, x, z)
}

func product(ns []int) int {
	p := 1
	for _, n := range ns {
		p *= n
	}
	return p
}

// Dot returns NumPy's dot: the product with a scalar, else the sum over the last axis of a and the last but one (or only) axis of y, with
// the axes of a before those of y.
func (a Array) Dot(y any) Array {
	const name = "dot"
	in := Promote(name, a, y)
	x, z := in[0], in[1]
	if x.Rank() == 0 || z.Rank() == 0 {
		return x.Mul(z)
	}
	attrs := op.DotAttrs{LhsContract: []int{x.Rank() - 1}, RhsContract: []int{max(z.Rank()-2, 0)}}
	if x.Dim(-1) != z.Dim(attrs.RhsContract[0]) {
		fail(name, "shapes", shapeString(x.Shape())+" and "+shapeString(z.Shape()),
			"the last extent of the first equal to the last but one of the second", "use T or Transpose")
	}
	return Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Dot(b, in[0], in[1], attrs) }, x, z)
}

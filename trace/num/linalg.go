package num

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// MatMul returns the matrix product; leading axes broadcast. See Array.MatMul.
func MatMul(x Array, y any) Array { return x.MatMul(y) }

// Dot returns NumPy's dot; see Array.Dot.
func Dot(x Array, y any) Array { return x.Dot(y) }

// Vdot returns the sum of conj(x) y over all elements.
func Vdot(x, y Array) Array { return Conj(x).Ravel().Dot(y.Ravel()) }

// Inner returns the sums over the last axes of both, with the other axes of x before those of y.
func Inner(x, y Array) Array {
	if x.Rank() == 0 || y.Rank() == 0 {
		return x.Mul(y)
	}
	return Tensordot(x, y, []int{-1}, []int{-1})
}

// Outer returns the products of all pairs of elements of two vectors (other arrays are flattened): x in rows, y in columns.
func Outer(x, y Array) Array { return x.Reshape(-1, 1).Mul(y.Reshape(1, -1)) }

// Tensordot sums over pairs of axes, axesX[i] with axesY[i]; the other axes of x stand before those of y.
func Tensordot(x, y Array, axesX, axesY []int) Array {
	const name = "tensordot"
	in := trace.Promote(name, x, y)
	if len(axesX) != len(axesY) {
		trace.Fail(name, "axes", fmt.Sprintf("%d and %d", len(axesX), len(axesY)), "equally many", "")
	}
	var attrs op.DotAttrs
	for i := range axesX {
		attrs.LhsContract = append(attrs.LhsContract, trace.AxisIndex(name, axesX[i], x.Rank()))
		attrs.RhsContract = append(attrs.RhsContract, trace.AxisIndex(name, axesY[i], y.Rank()))
	}
	return trace.Record1(name, func(b *ir.Builder, vs []*ir.Value) *ir.Value { return op.Dot(b, vs[0], vs[1], attrs) }, in...)
}

// Kron returns the Kronecker product of two matrices or vectors.
func Kron(x, y Array) Array {
	rank := max(x.Rank(), y.Rank())
	x, y = atLeast(x, rank), atLeast(y, rank)
	var ofX, ofY, result []int
	for axis := range rank {
		ofX = append(ofX, x.Dim(axis), 1)
		ofY = append(ofY, 1, y.Dim(axis))
		result = append(result, x.Dim(axis)*y.Dim(axis))
	}
	return x.Reshape(ofX...).Mul(y.Reshape(ofY...)).Reshape(result...)
}

// Trace returns the sum of the main diagonal of the last two axes.
func Trace(x Array) Array { return Diagonal(x, 0).Sum(-1) }

// Cross returns the cross product of vectors of three along the last axis; leading axes broadcast.
func Cross(x, y Array) Array {
	if x.Dim(-1) != 3 || y.Dim(-1) != 3 {
		trace.Fail("cross", "shapes", tensor.ShapeString(x.Shape())+" and "+tensor.ShapeString(y.Shape()), "a last axis of 3", "")
	}
	part := func(a Array, i int) Array { return a.At(trace.Rest, i) }
	component := func(i, j int) Array { return part(x, i).Mul(part(y, j)).Sub(part(x, j).Mul(part(y, i))) }
	return Stack([]Array{component(1, 2), component(2, 0), component(0, 1)}, -1)
}

// Norm returns the root of the sum of squares over axes, all if none is given.
func Norm(x Array, axes ...int) Array { return Sqrt(Square(Abs(x)).Sum(axes...)) }

package factor

import (
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// epsilon is the distance from 1 to the next number of f64.
const epsilon = 0x1p-52

var nan, inf = math.NaN(), math.Inf(1)

// as converts x where it has another element type.
func as(b *ir.Builder, x *ir.Value, dt dtype.DType) *ir.Value {
	if x.Type.DType == dt {
		return x
	}
	return op.Convert(b, x, dt)
}

// over repeats x, whose dimensions become dims of the shape.
func over(b *ir.Builder, x *ir.Value, shape []int, dims ...int) *ir.Value {
	return op.Broadcast(b, x, dims, shape)
}

// index returns an array of a shape whose elements are their index along dim (i32).
func index(b *ir.Builder, shape []int, dim int) *ir.Value {
	return op.Iota(b, dtype.Int32, shape, dim)
}

func integer(b *ir.Builder, v int) *ir.Value { return op.ScalarInt(b, dtype.Int32, int64(v)) }

// at returns where the index along dim compares with a scalar of i32.
func at(b *ir.Builder, dir op.Dir, shape []int, dim int, i *ir.Value) *ir.Value {
	return op.Compare(b, dir, index(b, shape, dim), op.Spread(b, i, shape))
}

func conj(b *ir.Builder, x *ir.Value) *ir.Value {
	if x.Type.DType.IsComplex() {
		return op.Conj(b, x)
	}
	return x
}

func parts(b *ir.Builder, x *ir.Value) (re, im *ir.Value) {
	if x.Type.DType.IsComplex() {
		return op.Real(b, x), op.Imag(b, x)
	}
	return x, op.ZerosLike(b, x)
}

// squared is |x|^2 of each element.
func squared(b *ir.Builder, x *ir.Value) *ir.Value {
	if !x.Type.DType.IsComplex() {
		return op.Mul(b, x, x)
	}
	re, im := op.Real(b, x), op.Imag(b, x)
	return op.Add(b, op.Mul(b, re, re), op.Mul(b, im, im))
}

// picked sums along axes what a mask takes.
func picked(b *ir.Builder, mask, x *ir.Value, axes ...int) *ir.Value {
	return op.ReduceSum(b, op.Select(b, mask, x, op.ZerosLike(b, x)), axes...)
}

// adjoint is the conjugate transpose of the matrices in the last two dimensions.
func adjoint(b *ir.Builder, x *ir.Value) *ir.Value {
	perm := make([]int, x.Type.Rank())
	for i := range perm {
		perm[i] = i
	}
	last := len(perm) - 1
	perm[last-1], perm[last] = last, last-1
	return conj(b, op.Transpose(b, x, perm))
}

// eye has ones on the diagonals of matrices of a shape.
func eye(b *ir.Builder, dt dtype.DType, shape ...int) *ir.Value {
	rank := len(shape)
	return op.Convert(b, op.Eq(b, index(b, shape, rank-2), index(b, shape, rank-1)), dt)
}

// cut returns elements from to limit along dim.
func cut(b *ir.Builder, x *ir.Value, dim, from, to int) *ir.Value {
	start, limit, stride := make([]int, x.Type.Rank()), slices.Clone(x.Type.Shape), slices.Repeat([]int{1}, x.Type.Rank())
	start[dim], limit[dim] = from, to
	return op.Slice(b, x, start, limit, stride)
}

// product is the product of the matrices in the last two dimensions.
func product(b *ir.Builder, x, y *ir.Value) *ir.Value { return op.MatMul(b, x, y) }

// padded adds zeros behind the elements along dim, up to an extent.
func padded(b *ir.Builder, x *ir.Value, dim, extent int) *ir.Value {
	if extent == x.Type.Shape[dim] {
		return x
	}
	none, high := make([]int, x.Type.Rank()), make([]int, x.Type.Rank())
	high[dim] = extent - x.Type.Shape[dim]
	return op.Pad(b, x, op.Scalar(b, x.Type.DType, 0), none, high, none)
}

// diagonal returns the diagonals of square matrices [batch, n, n].
func diagonal(b *ir.Builder, x *ir.Value) *ir.Value {
	shape := x.Type.Shape
	return picked(b, op.Eq(b, index(b, shape, 1), index(b, shape, 2)), x, 2)
}

// sorted returns the order that sorts the rows of values[batch, n], as permutation matrices to multiply columns with: column j of x times them is
// the column of x whose value is j-th.
func sorted(b *ir.Builder, values *ir.Value, descending bool, dt dtype.DType) (inOrder, columns *ir.Value) {
	shape := values.Type.Shape
	out := op.Sort(b, 1, 1, []bool{descending}, true, values, index(b, shape, 1))
	square := []int{shape[0], shape[1], shape[1]}
	return out[0], op.Convert(b, op.Eq(b, index(b, square, 1), over(b, out[1], square, 0, 2)), dt)
}

package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Functions of StableHLO and CHLO that are written in primitives.

// Square returns x*x. The real part of a complex square is (re - im)(re + im), which neither cancels nor overflows early.
func Square(b *ir.Builder, x *ir.Value) *ir.Value {
	if !x.Type.DType.IsComplex() {
		return Mul(b, x, x)
	}
	re, im := Real(b, x), Imag(b, x)
	difference := Mul(b, Sub(b, re, im), Add(b, re, im))
	// Of equal finite sizes the difference is 0, also where their sum is infinite.
	equal := And(b, IsFinite(b, re), Eq(b, Abs(b, re), Abs(b, im)))
	product := Mul(b, re, im)
	return Complex(b, Select(b, equal, ZerosLike(b, re), difference), Add(b, product, product))
}

// MaxComplex returns the larger of complex numbers in lexicographic order, real parts first.
func MaxComplex(b *ir.Builder, x, y *ir.Value) *ir.Value {
	return Select(b, lexicographicallyGreater(b, x, y), x, y)
}

// MinComplex returns the smaller of complex numbers in lexicographic order, real parts first.
func MinComplex(b *ir.Builder, x, y *ir.Value) *ir.Value {
	return Select(b, lexicographicallyGreater(b, x, y), y, x)
}

func lexicographicallyGreater(b *ir.Builder, x, y *ir.Value) *ir.Value {
	xr, yr := Real(b, x), Real(b, y)
	return Select(b, Eq(b, xr, yr), Gt(b, Imag(b, x), Imag(b, y)), Gt(b, xr, yr))
}

// MulHigh returns the upper half of the product of integers of one type: the product of numbers of w bits, shifted right by w.
func MulHigh(b *ir.Builder, x, y *ir.Value) *ir.Value {
	dt := x.Type.DType
	wide := dtype.Uint64
	if dt.IsSigned() {
		wide = dtype.Int64
	}
	if dt.Size() < 8 {
		bits := Full(b, x.Type.WithDType(wide), float64(dt.Bits()))
		return Convert(b, Sar(b, Mul(b, Convert(b, x, wide), Convert(b, y, wide)), bits), dt)
	}
	// Halves of 32 bits: the products of the upper halves, and what the other products carry into them.
	t := x.Type
	half, low := Full(b, t, 32), Full(b, t, 0xffffffff)
	upper := Shr
	if dt.IsSigned() {
		upper = Sar
	}
	xl, xh, yl, yh := And(b, x, low), upper(b, x, half), And(b, y, low), upper(b, y, half)
	carry := Shr(b, Mul(b, xl, yl), half)
	middle := Add(b, Mul(b, xh, yl), carry)
	sum := Add(b, Mul(b, xl, yh), And(b, middle, low))
	return Add(b, Mul(b, xh, yh), Add(b, upper(b, middle, half), upper(b, sum, half)))
}

// TopK returns the k largest elements along the last axis, largest first and equal ones in their order, and their indices as i32. Floats
// are in total order, so NaN is largest.
func TopK(b *ir.Builder, x *ir.Value, k int) (values, indices *ir.Value) {
	last := x.Type.Rank() - 1
	if last < 0 {
		fail(b, "top_k", ir.Mismatch(operand(0), x.Type.String(), "an array with at least one axis"))
	}
	if k < 0 || k > x.Type.Shape[last] {
		fail(b, "top_k", ir.Mismatch("k", itoa(k), "0 to "+itoa(x.Type.Shape[last])+", the extent of the last axis of "+x.Type.String()))
	}
	sorted := Sort(b, last, 1, []bool{true}, true, x, Iota(b, dtype.Int32, x.Type.Shape, last))
	start, limit, stride := make([]int, last+1), append([]int(nil), x.Type.Shape...), make([]int, last+1)
	limit[last] = k
	for d := range stride {
		stride[d] = 1
	}
	return Slice(b, sorted[0], start, limit, stride), Slice(b, sorted[1], start, limit, stride)
}

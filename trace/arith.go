package trace

import (
	"math/bits"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// The methods below take an Array or a Go number, broadcast, and promote as JAX does.

type binaryOp = func(b *ir.Builder, x, y *ir.Value) *ir.Value

func (a Array) binary(opName string, y any, f binaryOp) Array {
	return Elementwise(opName, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0], in[1]) }, a, y)
}

// Add returns a + y; of bools, a or y.
func (a Array) Add(y any) Array { return a.binary("add", y, op.Add) }

// Sub returns a - y. Bools are refused.
func (a Array) Sub(y any) Array { return a.binary("sub", y, op.Sub) }

// Mul returns a * y; of bools, a and y.
func (a Array) Mul(y any) Array { return a.binary("mul", y, op.Mul) }

// Div returns the true quotient a / y: of integers, in the default float type. See num.FloorDivide for whole numbers.
func (a Array) Div(y any) Array {
	return ElementwiseFloat("div", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Div(b, in[0], in[1]) }, a, y)
}

// Mod returns the remainder of a / y with the sign of y, as NumPy's mod and Python's % do.
func (a Array) Mod(y any) Array {
	return a.binary("mod", y, func(b *ir.Builder, x, y *ir.Value) *ir.Value {
		if x.Type.DType == dtype.Bool {
			fail("mod", "", "dtype bool", "numbers", "use AsType")
		}
		zero := op.ZerosLike(b, x)
		r := op.Rem(b, x, y)
		fix := op.And(b, op.Ne(b, r, zero), op.Ne(b, op.Lt(b, r, zero), op.Lt(b, y, zero)))
		return op.Select(b, fix, op.Add(b, r, y), r)
	})
}

// maxPowSteps bounds the exponents that Pow expands into products.
const maxPowSteps = 64

// Pow returns a to the power y. An exponent that is a Go integer of small size is expanded into products, whose derivative is
// exact at 0; a negative one of an integer array is refused.
func (a Array) Pow(y any) Array {
	n, isInt := y.(int)
	if !isInt || a.need("pow").typ.DType == dtype.Bool || n > maxPowSteps || n < -maxPowSteps {
		return a.binary("pow", y, op.Pow)
	}
	if n < 0 {
		if a.DType().IsInt() {
			fail("pow", "exponent", "a negative integer for an integer array", "0 or more", "use AsType(dtype.Float32) first")
		}
		return AsArray("pow", 1).AsType(a.DType()).Div(a.powInt(-n))
	}
	return a.powInt(n)
}

// powInt multiplies by repeated squaring, n >= 0.
func (a Array) powInt(n int) Array {
	if n == 0 {
		return Full(a.DType(), 1, a.d.typ.Shape...)
	}
	square, result := a, Array{}
	for rest := n; rest > 0; rest >>= 1 {
		if rest&1 == 1 {
			if result.d == nil {
				result = square
			} else {
				result = result.Mul(square)
			}
		}
		if bits.Len(uint(rest)) > 1 {
			square = square.Mul(square)
		}
	}
	return result
}

// Neg returns -a. Bools are refused.
func (a Array) Neg() Array {
	return Elementwise("neg", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Neg(b, in[0]) }, a)
}

// Eq returns a == y, a bool array. NaN equals nothing.
func (a Array) Eq(y any) Array { return a.binary("eq", y, op.Eq) }

// Ne returns a != y.
func (a Array) Ne(y any) Array { return a.binary("ne", y, op.Ne) }

// Lt returns a < y.
func (a Array) Lt(y any) Array { return a.binary("lt", y, op.Lt) }

// Le returns a <= y.
func (a Array) Le(y any) Array { return a.binary("le", y, op.Le) }

// Gt returns a > y.
func (a Array) Gt(y any) Array { return a.binary("gt", y, op.Gt) }

// Ge returns a >= y.
func (a Array) Ge(y any) Array { return a.binary("ge", y, op.Ge) }

// And returns a and y: logical for bools, bitwise for integers.
func (a Array) And(y any) Array { return a.binary("and", y, op.And) }

// Or returns a or y: logical for bools, bitwise for integers.
func (a Array) Or(y any) Array { return a.binary("or", y, op.Or) }

// Xor returns the exclusive or: logical for bools, bitwise for integers.
func (a Array) Xor(y any) Array { return a.binary("xor", y, op.Xor) }

// Not returns the complement: logical for bools, bitwise for integers.
func (a Array) Not() Array {
	return Elementwise("not", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Not(b, in[0]) }, a)
}

// Shl returns a shifted left by y bits.
func (a Array) Shl(y any) Array { return a.binary("shl", y, op.Shl) }

// Shr returns a shifted right by y bits: signed integers keep their sign, as in Go.
func (a Array) Shr(y any) Array {
	return a.binary("shr", y, func(b *ir.Builder, x, y *ir.Value) *ir.Value {
		if x.Type.DType.IsSigned() {
			return op.Sar(b, x, y)
		}
		return op.Shr(b, x, y)
	})
}

// AsType returns the array in another dtype. Floats become integers by truncation, saturating, with NaN as 0; complex to real is refused.
func (a Array) AsType(dt dtype.DType) Array {
	d := a.need("astype")
	switch {
	case d.typ.DType == dt:
		return a.strong()
	case d.typ.DType.IsComplex() && !dt.IsComplex():
		fail("astype", "", d.typ.DType.Name()+" to "+dt.Name(), "a complex type", "use num.Real or num.Abs")
	case !dt.Valid():
		fail("astype", "dtype", dt.Name(), "a valid dtype", "")
	}
	if d.lazy != nil {
		if l := d.lazy.convert(dt); l != nil {
			return newLazy(d.typ.WithDType(dt), l)
		}
	}
	return Record1("astype", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Convert(b, in[0], dt) }, a)
}

// Where returns x where cond (bool; other numbers count as true unless zero) holds and y elsewhere, broadcast, in the common dtype
// of x and y. All three are Arrays or Go numbers.
func Where(cond, x, y any) Array {
	const name = "where"
	c := AsArray(name, cond).truth(name)
	xs := operandsOf(name, []any{x, y})
	dt := joinTypes(name, xs)
	shape := joinShapes(name, append([]operand{{array: c}}, xs...))
	return Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		in = broadcastValues(b, in, shape)
		return op.Select(b, in[0], in[1], in[2])
	}, c, xs[0].to(name, dt), xs[1].to(name, dt))
}

// StopGradient returns a, through which no derivative passes.
func StopGradient(a Array) Array {
	return Record1("stop gradient", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.StopGradient(b, in[0]) }, a)
}

package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Add returns x + y: integers wrap, Bool is the logical or.
func Add(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(AddID, nil, x, y) }

// Sub returns x - y; integers wrap.
func Sub(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(SubID, nil, x, y) }

// Mul returns x * y: integers wrap, Bool is the logical and; complex by the schoolbook formula, each product and sum rounded.
func Mul(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(MulID, nil, x, y) }

// Div returns x / y. Of integers x/0 is -1 (all bits set for unsigned) and MinInt/-1 is MinInt.
func Div(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(DivID, nil, x, y) }

// Rem returns the exact remainder of the truncated quotient, with the sign of x. Of integers x rem 0 is x.
func Rem(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(RemID, nil, x, y) }

// Pow returns x^y. Integer powers wrap; negative integer exponents give 0, but 1 for base 1 and +-1 for base -1.
func Pow(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(PowID, nil, x, y) }

// Max returns the larger operand, NaN if one is; max(-0, +0) = +0.
func Max(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(MaxID, nil, x, y) }

// Min returns the smaller operand, NaN if one is; min(-0, +0) = -0.
func Min(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(MinID, nil, x, y) }

// Atan2 returns the angle in radians of the point (x, y), with y the first operand, between -pi and pi.
func Atan2(b *ir.Builder, y, x *ir.Value) *ir.Value { return b.Emit1(Atan2ID, nil, y, x) }

// NextAfter returns the neighbour of x in direction of y, y where they are equal.
func NextAfter(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(NextAfterID, nil, x, y) }

// Complex returns re + i*im: complex64 of two f32, complex128 of two f64.
func Complex(b *ir.Builder, re, im *ir.Value) *ir.Value { return b.Emit1(ComplexID, nil, re, im) }

// And returns the bitwise and, logical for Bool.
func And(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(AndID, nil, x, y) }

// Or returns the bitwise or, logical for Bool.
func Or(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(OrID, nil, x, y) }

// Xor returns the bitwise exclusive or, logical for Bool.
func Xor(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(XorID, nil, x, y) }

// Shl returns x << y. The amount y is unsigned, whatever its type; from the width on the result is 0.
func Shl(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(ShlID, nil, x, y) }

// Shr returns the bits of x shifted right with zeros from the left. The amount is as for Shl.
func Shr(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(ShrID, nil, x, y) }

// Sar returns the bits of x shifted right with copies of the highest bit from the left, also where the type is unsigned.
// The amount is as for Shl.
func Sar(b *ir.Builder, x, y *ir.Value) *ir.Value { return b.Emit1(SarID, nil, x, y) }

// Scalb returns x * 2^floor(n), rounded once; n has the type of x.
func Scalb(b *ir.Builder, x, n *ir.Value) *ir.Value { return b.Emit1(ScalbID, nil, x, n) }

func init() {
	registerArithmetic()
	registerBitwise()
	registerFloatPairs()
}

func registerArithmetic() {
	registerBinary(
		binaryRow{id: AddID, name: "add", hlo: "stablehlo.add", commutative: true,
			boolean: func(x, y bool) bool { return x || y },
			bits:    func(x, y uint64, _ int) uint64 { return x + y },
			float:   func(x, y float64) float64 { return x + y },
			complex: func(x, y complex128) complex128 { return x + y }},
		binaryRow{id: SubID, name: "sub", hlo: "stablehlo.subtract",
			bits:    func(x, y uint64, _ int) uint64 { return x - y },
			float:   func(x, y float64) float64 { return x - y },
			complex: func(x, y complex128) complex128 { return x - y }},
		binaryRow{id: MulID, name: "mul", hlo: "stablehlo.multiply", commutative: true,
			boolean: func(x, y bool) bool { return x && y },
			bits:    func(x, y uint64, _ int) uint64 { return x * y },
			float:   func(x, y float64) float64 { return float64(x * y) },
			complex: dtype.MulComplex128, complex64: dtype.MulComplex64},
		binaryRow{id: DivID, name: "div", hlo: "stablehlo.divide", lo: 0.5, hi: 3,
			signed: divSigned, unsigned: divUnsigned,
			float:   func(x, y float64) float64 { return x / y },
			complex: divComplex},
		binaryRow{id: RemID, name: "rem", hlo: "stablehlo.remainder", lo: 0.5, hi: 3,
			signed: remSigned, unsigned: remUnsigned, float: math.Mod},
		binaryRow{id: PowID, name: "pow", hlo: "stablehlo.power", lo: 0.1, hi: 3,
			signed: powSigned, unsigned: powUnsigned, float: pow, complex: powComplex},
		binaryRow{id: MaxID, name: "max", hlo: "stablehlo.maximum", commutative: true,
			boolean:  func(x, y bool) bool { return x || y },
			signed:   func(x, y int64) int64 { return max(x, y) },
			unsigned: func(x, y uint64) uint64 { return max(x, y) },
			float:    func(x, y float64) float64 { return max(x, y) }},
		binaryRow{id: MinID, name: "min", hlo: "stablehlo.minimum", commutative: true,
			boolean:  func(x, y bool) bool { return x && y },
			signed:   func(x, y int64) int64 { return min(x, y) },
			unsigned: func(x, y uint64) uint64 { return min(x, y) },
			float:    func(x, y float64) float64 { return min(x, y) }},
	)
}

func registerBitwise() {
	registerBinary(
		binaryRow{id: AndID, name: "and", hlo: "stablehlo.and", commutative: true, noGradient: true,
			boolean: func(x, y bool) bool { return x && y },
			bits:    func(x, y uint64, _ int) uint64 { return x & y }},
		binaryRow{id: OrID, name: "or", hlo: "stablehlo.or", commutative: true, noGradient: true,
			boolean: func(x, y bool) bool { return x || y },
			bits:    func(x, y uint64, _ int) uint64 { return x | y }},
		binaryRow{id: XorID, name: "xor", hlo: "stablehlo.xor", commutative: true, noGradient: true,
			boolean: func(x, y bool) bool { return x != y },
			bits:    func(x, y uint64, _ int) uint64 { return x ^ y }},
		binaryRow{id: ShlID, name: "shl", hlo: "stablehlo.shift_left", noGradient: true, domain: sampleShift,
			bits: func(x, n uint64, _ int) uint64 { return x << n }},
		binaryRow{id: ShrID, name: "shr", hlo: "stablehlo.shift_right_logical", noGradient: true, domain: sampleShift,
			bits: func(x, n uint64, _ int) uint64 { return x >> n }},
		binaryRow{id: SarID, name: "sar", hlo: "stablehlo.shift_right_arithmetic", noGradient: true, domain: sampleShift,
			bits: func(x, n uint64, width int) uint64 { return uint64(signExtend(x, width) >> n) }},
	)
}

func registerFloatPairs() {
	registerBinary(
		binaryRow{id: Atan2ID, name: "atan2", hlo: "stablehlo.atan2", float: atan2, complex: atan2Complex},
		binaryRow{id: ScalbID, name: "scalb", float: scalb, domain: sampleScalb},
	)
	ir.Register(ir.Row{
		ID: NextAfterID, Name: "next_after", Class: ir.ClassElementwise, Arity: 2, HLO: "chlo.next_after", NoGradient: true,
		Accepts: dtype.Floats, Types: sameTypes(dtype.Floats), Eval: eval2(nextAfter),
	})
	ir.Register(ir.Row{
		ID: ComplexID, Name: "complex", Class: ir.ClassElementwise, Arity: 2, HLO: "stablehlo.complex",
		Accepts: complexParts, Types: complexType, Eval: eval2(makeComplex),
	})
}

func divSigned(x, y int64) int64 {
	if y == 0 {
		return -1
	}
	return x / y
}

func divUnsigned(x, y uint64) uint64 {
	if y == 0 {
		return math.MaxUint64
	}
	return x / y
}

func remSigned(x, y int64) int64 {
	if y == 0 {
		return x
	}
	return x % y
}

func remUnsigned(x, y uint64) uint64 {
	if y == 0 {
		return x
	}
	return x % y
}

func powSigned(x, y int64) int64 {
	switch {
	case y >= 0:
		return int64(powUnsigned(uint64(x), uint64(y)))
	case x == 1 || x == -1 && y%2 == 0:
		return 1
	case x == -1:
		return -1
	}
	return 0
}

func powUnsigned(x, y uint64) uint64 {
	p := uint64(1)
	for ; y > 0; y >>= 1 {
		if y&1 == 1 {
			p *= x
		}
		x *= x
	}
	return p
}

// signExtend reads a pattern of the given width as a signed number.
func signExtend(x uint64, width int) int64 { return int64(x<<(64-width)) >> (64 - width) }

// scalb follows the vector instruction VSCALEF: x * 2^floor(n), also for infinite n, which make infinities and zeros.
func scalb(x, n float64) float64 {
	n = math.Floor(n)
	switch {
	case x != x || n != n:
		return math.NaN()
	case math.IsInf(n, 1):
		return x * n * 1 // NaN for 0, else infinite
	case math.IsInf(n, -1):
		return x * 0 // NaN for infinities
	}
	// No float64 is moved beyond 4,400 binary places without becoming 0 or infinite.
	return math.Ldexp(x, int(min(max(n, -4400), 4400)))
}

// nextAfter steps through the floats of any width along their order: patterns of positive numbers ascend with them.
func nextAfter(x, y *tensor.Tensor) *tensor.Tensor {
	t := typeOf(x)
	xs, ys, out := x.Float64s(), y.Float64s(), patterns(x)
	to := patterns(y)
	sign := uint64(1) << (t.DType.Bits() - 1)
	for i, p := range out {
		from, target := xs[i], ys[i]
		switch {
		case from != from:
		case target != target || from == target:
			out[i] = to[i]
		case from == 0:
			out[i] = to[i]&sign | 1
		case (target > from) == (from > 0):
			out[i] = p + 1
		default:
			out[i] = p - 1
		}
	}
	return fromPatterns(t, out)
}

// complexParts are the types of the parts of complex numbers.
var complexParts = dtype.SetOf(dtype.Float32, dtype.Float64)

func complexType(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := firstError(wantDType(0, in[0], complexParts), wantOneType(in)); err != nil {
		return nil, err
	}
	return oneType(in[0].WithDType(in[0].DType.Complex()))
}

func makeComplex(re, im *tensor.Tensor) *tensor.Tensor {
	t := typeOf(re)
	return fromComplexes(t.WithDType(t.DType.Complex()), map2(re.Float64s(), im.Float64s(), func(x, y float64) complex128 { return complex(x, y) }))
}

// sampleShift shifts by amounts around the width.
func sampleShift(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	amounts := zeros(ir.T(dt, shape...))
	for i := range amounts.Size() {
		amounts.Set(i, r.IntN(dt.Bits()+3))
	}
	return ir.Sample{Inputs: []*tensor.Tensor{RandomTensor(r, dt, 0, 0, shape...), amounts}}
}

// sampleScalb draws integral exponents.
func sampleScalb(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	exponents := zeros(ir.T(dt, shape...))
	for i := range exponents.Size() {
		exponents.Set(i, r.IntN(21)-10)
	}
	return ir.Sample{Inputs: []*tensor.Tensor{RandomTensor(r, dt, 0, 0, shape...), exponents}}
}

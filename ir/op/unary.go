package op

import (
	"math"
	"math/bits"
	"math/cmplx"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Arithmetic and rounding.

// Neg returns -x; integers wrap.
func Neg(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(NegID, nil, x) }

// Abs returns |x| of a signed integer (MinInt stays) or float, and the modulus, of real type, of a complex number.
func Abs(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(AbsID, nil, x) }

// Sign returns -1, 0 or 1 (signed zeros and NaN stay); z/|z| for complex, 0 for 0.
func Sign(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(SignID, nil, x) }

// Floor rounds toward minus infinity.
func Floor(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(FloorID, nil, x) }

// Ceil rounds toward plus infinity.
func Ceil(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(CeilID, nil, x) }

// RoundEven rounds to the nearest integer, ties to even.
func RoundEven(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(RoundEvenID, nil, x) }

// RoundAway rounds to the nearest integer, ties away from zero.
func RoundAway(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(RoundAwayID, nil, x) }

// Trunc rounds toward zero.
func Trunc(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(TruncID, nil, x) }

// Roots, exponentials, logarithms.

// Sqrt returns the square root.
func Sqrt(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(SqrtID, nil, x) }

// Rsqrt returns 1/sqrt(x): +inf at 0, -inf at -0.
func Rsqrt(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(RsqrtID, nil, x) }

// Cbrt returns the real cube root.
func Cbrt(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(CbrtID, nil, x) }

// Exp returns e^x.
func Exp(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(ExpID, nil, x) }

// Exp2 returns 2^x.
func Exp2(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(Exp2ID, nil, x) }

// Expm1 returns e^x - 1, accurate near 0.
func Expm1(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(Expm1ID, nil, x) }

// Log returns the natural logarithm.
func Log(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(LogID, nil, x) }

// Log1p returns log(1+x), accurate near 0.
func Log1p(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(Log1pID, nil, x) }

// Logistic returns 1/(1+e^-x).
func Logistic(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(LogisticID, nil, x) }

// Trigonometric and hyperbolic functions, angles in radians.

// Sin returns the sine.
func Sin(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(SinID, nil, x) }

// Cos returns the cosine.
func Cos(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(CosID, nil, x) }

// Tan returns the tangent.
func Tan(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(TanID, nil, x) }

// Asin returns the arc sine.
func Asin(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(AsinID, nil, x) }

// Acos returns the arc cosine.
func Acos(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(AcosID, nil, x) }

// Atan returns the arc tangent.
func Atan(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(AtanID, nil, x) }

// Sinh returns the hyperbolic sine.
func Sinh(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(SinhID, nil, x) }

// Cosh returns the hyperbolic cosine.
func Cosh(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(CoshID, nil, x) }

// Tanh returns the hyperbolic tangent.
func Tanh(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(TanhID, nil, x) }

// Asinh returns the inverse hyperbolic sine.
func Asinh(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(AsinhID, nil, x) }

// Acosh returns the inverse hyperbolic cosine.
func Acosh(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(AcoshID, nil, x) }

// Atanh returns the inverse hyperbolic tangent.
func Atanh(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(AtanhID, nil, x) }

// Special functions.

// Erf returns the error function.
func Erf(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(ErfID, nil, x) }

// Erfc returns 1 - erf(x), accurate for large x.
func Erfc(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(ErfcID, nil, x) }

// ErfInv returns the inverse of the error function: infinite at -1 and 1, NaN outside.
func ErfInv(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(ErfInvID, nil, x) }

// Lgamma returns log|Gamma(x)|, +inf at the poles.
func Lgamma(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(LgammaID, nil, x) }

// Digamma returns the derivative of log Gamma, NaN at the poles (as XLA).
func Digamma(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(DigammaID, nil, x) }

// Bits.

// IsFinite tells finite floats from infinities and NaN.
func IsFinite(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(IsFiniteID, nil, x) }

// Not returns the bitwise complement of integers, the logical one of Bool.
func Not(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(NotID, nil, x) }

// Popcnt returns the number of one bits, in the integer type of x.
func Popcnt(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(PopcntID, nil, x) }

// Clz returns the number of leading zero bits, in the integer type of x.
func Clz(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(ClzID, nil, x) }

// Parts of complex numbers.

// Real returns the real part.
func Real(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(RealID, nil, x) }

// Imag returns the imaginary part.
func Imag(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(ImagID, nil, x) }

// Conj returns the complex conjugate.
func Conj(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(ConjID, nil, x) }

func init() {
	registerUnary(
		unaryRow{id: NegID, name: "neg", hlo: "stablehlo.negate",
			bits:    func(x uint64, _ int) uint64 { return -x },
			float:   func(x float64) float64 { return -x },
			complex: func(z complex128) complex128 { return -z }},
		unaryRow{id: SignID, name: "sign", hlo: "stablehlo.sign", noGradient: true,
			signed: func(x int64) int64 { return min(max(x, -1), 1) }, float: sign, complex: signComplex},
		unaryRow{id: FloorID, name: "floor", hlo: "stablehlo.floor", noGradient: true, float: math.Floor},
		unaryRow{id: CeilID, name: "ceil", hlo: "stablehlo.ceil", noGradient: true, float: math.Ceil},
		unaryRow{id: RoundEvenID, name: "round_even", hlo: "stablehlo.round_nearest_even", noGradient: true, float: math.RoundToEven},
		unaryRow{id: RoundAwayID, name: "round_away", hlo: "stablehlo.round_nearest_afz", noGradient: true, float: math.Round},
		unaryRow{id: TruncID, name: "trunc", noGradient: true, float: math.Trunc},

		unaryRow{id: SqrtID, name: "sqrt", hlo: "stablehlo.sqrt", lo: 0.01, hi: 10, float: math.Sqrt, complex: sqrtComplex},
		unaryRow{id: RsqrtID, name: "rsqrt", hlo: "stablehlo.rsqrt", lo: 0.1, hi: 10, float: rsqrt, complex: rsqrtComplex},
		unaryRow{id: CbrtID, name: "cbrt", hlo: "stablehlo.cbrt", lo: 0.1, hi: 10, float: math.Cbrt, complex: cbrtComplex},
		unaryRow{id: ExpID, name: "exp", hlo: "stablehlo.exponential", float: math.Exp, complex: expComplex},
		unaryRow{id: Exp2ID, name: "exp2", float: math.Exp2},
		unaryRow{id: Expm1ID, name: "expm1", hlo: "stablehlo.exponential_minus_one", float: math.Expm1, complex: expm1Complex},
		unaryRow{id: LogID, name: "log", hlo: "stablehlo.log", lo: 0.1, hi: 10, float: logFloat, complex: logComplex},
		unaryRow{id: Log1pID, name: "log1p", hlo: "stablehlo.log_plus_one", lo: -0.9, hi: 10, float: math.Log1p, complex: log1pComplex},
		unaryRow{id: LogisticID, name: "logistic", hlo: "stablehlo.logistic", float: logistic, complex: logisticComplex},

		unaryRow{id: SinID, name: "sin", hlo: "stablehlo.sine", float: sinFloat, complex: sinComplex},
		unaryRow{id: CosID, name: "cos", hlo: "stablehlo.cosine", float: cosFloat, complex: cosComplex},
		unaryRow{id: TanID, name: "tan", hlo: "stablehlo.tan", lo: -1.4, hi: 1.4, float: tanFloat, complex: tanComplex},
		unaryRow{id: AsinID, name: "asin", hlo: "chlo.asin", lo: -0.99, hi: 0.99, float: math.Asin, complex: asinComplex},
		unaryRow{id: AcosID, name: "acos", hlo: "chlo.acos", lo: -0.99, hi: 0.99, float: acos, complex: acosComplex},
		unaryRow{id: AtanID, name: "atan", hlo: "chlo.atan", float: math.Atan, complex: atanComplex},
		unaryRow{id: SinhID, name: "sinh", hlo: "chlo.sinh", float: math.Sinh, complex: sinhComplex},
		unaryRow{id: CoshID, name: "cosh", hlo: "chlo.cosh", float: math.Cosh, complex: coshComplex},
		unaryRow{id: TanhID, name: "tanh", hlo: "stablehlo.tanh", float: math.Tanh, complex: tanhComplex},
		unaryRow{id: AsinhID, name: "asinh", hlo: "chlo.asinh", float: math.Asinh, complex: asinhComplex},
		unaryRow{id: AcoshID, name: "acosh", hlo: "chlo.acosh", lo: 1.01, hi: 10, float: math.Acosh, complex: acoshComplex},
		unaryRow{id: AtanhID, name: "atanh", hlo: "chlo.atanh", lo: -0.99, hi: 0.99, float: math.Atanh, complex: atanhComplex},

		unaryRow{id: ErfID, name: "erf", hlo: "chlo.erf", float: math.Erf},
		unaryRow{id: ErfcID, name: "erfc", hlo: "chlo.erfc", float: math.Erfc},
		unaryRow{id: ErfInvID, name: "erf_inv", hlo: "chlo.erf_inv", lo: -0.99, hi: 0.99, float: erfInv},
		unaryRow{id: LgammaID, name: "lgamma", hlo: "chlo.lgamma", lo: 0.1, hi: 10, float: lgamma},
		unaryRow{id: DigammaID, name: "digamma", hlo: "chlo.digamma", lo: 0.1, hi: 10, float: digamma},

		unaryRow{id: NotID, name: "not", hlo: "stablehlo.not", noGradient: true,
			boolean: func(x bool) bool { return !x },
			bits:    func(x uint64, _ int) uint64 { return ^x }},
		unaryRow{id: PopcntID, name: "popcnt", hlo: "stablehlo.popcnt", noGradient: true,
			bits: func(x uint64, _ int) uint64 { return uint64(bits.OnesCount64(x)) }},
		unaryRow{id: ClzID, name: "clz", hlo: "stablehlo.count_leading_zeros", noGradient: true,
			bits: func(x uint64, width int) uint64 { return uint64(bits.LeadingZeros64(x) - (64 - width)) }},
		unaryRow{id: ConjID, name: "conj", hlo: "chlo.conj", complex: cmplx.Conj},
	)

	// Rows whose result has another type than the operand.
	ir.Register(ir.Row{
		ID: AbsID, Name: "abs", Class: ir.ClassElementwise, Arity: 1, HLO: "stablehlo.abs",
		Accepts: dtype.Signed | dtype.Inexact, Types: realPartType(dtype.Signed | dtype.Inexact), Eval: eval1(abs),
	})
	ir.Register(ir.Row{
		ID: RealID, Name: "real", Class: ir.ClassElementwise, Arity: 1, HLO: "stablehlo.real",
		Accepts: dtype.Complexes, Types: realPartType(dtype.Complexes), Eval: eval1(partOf(func(z complex128) float64 { return real(z) })),
	})
	ir.Register(ir.Row{
		ID: ImagID, Name: "imag", Class: ir.ClassElementwise, Arity: 1, HLO: "stablehlo.imag",
		Accepts: dtype.Complexes, Types: realPartType(dtype.Complexes), Eval: eval1(partOf(func(z complex128) float64 { return imag(z) })),
	})
	ir.Register(ir.Row{
		ID: IsFiniteID, Name: "is_finite", Class: ir.ClassElementwise, Arity: 1, HLO: "stablehlo.is_finite", NoGradient: true,
		Accepts: dtype.Floats, Types: boolType(dtype.Floats), Eval: eval1(isFinite),
	})
}

// realPartType is the type rule of rows that make real numbers of complex ones.
func realPartType(accepts dtype.Set) ir.TypeRule {
	return func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		if err := wantDType(0, in[0], accepts); err != nil {
			return nil, err
		}
		return oneType(in[0].WithDType(in[0].DType.Real()))
	}
}

// boolType is the type rule of tests of one operand.
func boolType(accepts dtype.Set) ir.TypeRule {
	return func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		if err := wantDType(0, in[0], accepts); err != nil {
			return nil, err
		}
		return oneType(in[0].WithDType(dtype.Bool))
	}
}

func abs(x *tensor.Tensor) *tensor.Tensor {
	t := typeOf(x)
	switch {
	case t.DType.IsSigned():
		return fromInts(t, map1(x.Int64s(), func(v int64) int64 { return max(v, -v) }))
	case t.DType.IsFloat():
		return fromFloats(t, map1(x.Float64s(), math.Abs))
	}
	return partOf(cmplx.Abs)(x)
}

func partOf(f func(z complex128) float64) func(*tensor.Tensor) *tensor.Tensor {
	return func(x *tensor.Tensor) *tensor.Tensor {
		t := typeOf(x)
		return fromFloats(t.WithDType(t.DType.Real()), map1(x.Complex128s(), f))
	}
}

func isFinite(x *tensor.Tensor) *tensor.Tensor {
	return fromBools(x.Shape(), map1(x.Float64s(), func(v float64) bool { return v-v == 0 }))
}

package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// value is an array in an expansion: of floats of the operand's type, of integers of the same width, or of bools.
type value = *ir.Value

// emitter is the notation of expansions: short methods for the primitives on arrays of one shape, and what formulas share.
type emitter struct {
	b      *ir.Builder
	floats ir.Type
	ints   ir.Type
	double bool // f64, not f32
	near   bool // circular functions need not reduce large arguments
	known  map[constant]value
}

// constant identifies a broadcast constant by element type and bits.
type constant struct {
	dt   dtype.DType
	bits uint64
}

func newEmitter(b *ir.Builder, t ir.Type) *emitter {
	l := &emitter{b: b, floats: t, ints: t.WithDType(dtype.Int32), known: map[constant]value{}}
	if t.DType == dtype.Float64 {
		l.double, l.ints = true, t.WithDType(dtype.Int64)
	}
	return l
}

// num is a constant, rounded to the operand's type.
func (l *emitter) num(x float64) value {
	return l.once(constant{l.floats.DType, math.Float64bits(x)}, func() value {
		return Spread(l.b, Scalar(l.b, l.floats.DType, x), l.floats.Shape)
	})
}

// int is an integer constant.
func (l *emitter) int(n int64) value {
	return l.once(constant{l.ints.DType, uint64(n)}, func() value {
		return Spread(l.b, ScalarInt(l.b, l.ints.DType, n), l.ints.Shape)
	})
}

func (l *emitter) once(key constant, make func() value) value {
	v, ok := l.known[key]
	if !ok {
		v = make()
		l.known[key] = v
	}
	return v
}

// pick is a constant that depends on the type.
func (l *emitter) pick(single, double float64) value {
	if l.double {
		return l.num(double)
	}
	return l.num(single)
}

// coef chooses between coefficients for the two types.
func (l *emitter) coef(single, double []float64) []float64 {
	if l.double {
		return double
	}
	return single
}

func (l *emitter) add(x, y value) value    { return Add(l.b, x, y) }
func (l *emitter) sub(x, y value) value    { return Sub(l.b, x, y) }
func (l *emitter) mul(x, y value) value    { return Mul(l.b, x, y) }
func (l *emitter) div(x, y value) value    { return Div(l.b, x, y) }
func (l *emitter) fma(x, y, z value) value { return FMA(l.b, x, y, z) } // x*y + z, rounded once
func (l *emitter) neg(x value) value       { return Neg(l.b, x) }
func (l *emitter) abs(x value) value       { return Abs(l.b, x) }
func (l *emitter) sqrt(x value) value      { return Sqrt(l.b, x) }
func (l *emitter) rint(x value) value      { return RoundEven(l.b, x) }
func (l *emitter) floor(x value) value     { return Floor(l.b, x) }
func (l *emitter) scalb(x, n value) value  { return Scalb(l.b, x, n) }
func (l *emitter) logb(x value) value      { return Logb(l.b, x) }
func (l *emitter) mant(x value) value      { return Significand(l.b, x) }

func (l *emitter) lt(x, y value) value           { return Lt(l.b, x, y) }
func (l *emitter) gt(x, y value) value           { return Gt(l.b, x, y) }
func (l *emitter) ge(x, y value) value           { return Ge(l.b, x, y) }
func (l *emitter) eq(x, y value) value           { return Eq(l.b, x, y) }
func (l *emitter) ne(x, y value) value           { return Ne(l.b, x, y) }
func (l *emitter) sel(pred, yes, no value) value { return Select(l.b, pred, yes, no) }
func (l *emitter) pand(p, q value) value         { return And(l.b, p, q) }
func (l *emitter) por(p, q value) value          { return Or(l.b, p, q) }
func (l *emitter) pxor(p, q value) value         { return Xor(l.b, p, q) }
func (l *emitter) rare(p value) value            { return Rare(l.b, p) } // see Rare
func (l *emitter) pnot(p value) value            { return Not(l.b, p) }

func (l *emitter) bits(x value) value         { return Bitcast(l.b, x, l.ints.DType) }
func (l *emitter) float(n value) value        { return Bitcast(l.b, n, l.floats.DType) } // the bits of n, not its number
func (l *emitter) iadd(m, n value) value      { return Add(l.b, m, n) }
func (l *emitter) isub(m, n value) value      { return Sub(l.b, m, n) }
func (l *emitter) iand(m, n value) value      { return And(l.b, m, n) }
func (l *emitter) ior(m, n value) value       { return Or(l.b, m, n) }
func (l *emitter) ixor(m, n value) value      { return Xor(l.b, m, n) }
func (l *emitter) shl(m value, n int64) value { return Shl(l.b, m, l.int(n)) }
func (l *emitter) shr(m value, n int64) value { return Shr(l.b, m, l.int(n)) }
func (l *emitter) sar(m value, n int64) value { return Sar(l.b, m, l.int(n)) }
func (l *emitter) ieq(m, n value) value       { return Eq(l.b, m, n) }
func (l *emitter) ilt(m, n value) value       { return Lt(l.b, m, n) }

// min is x < y ? x : y, which is y where either is NaN: one instruction, unlike the primitive Min.
func (l *emitter) min(x, y value) value { return l.sel(l.lt(x, y), x, y) }

// max is x > y ? x : y, which is y where either is NaN.
func (l *emitter) max(x, y value) value { return l.sel(l.gt(x, y), x, y) }

// clamp bounds x and keeps NaN.
func (l *emitter) clamp(x, lo, hi value) value { return l.max(lo, l.min(hi, x)) }

// roundSmall is c*x rounded to an integer, for |c*x| below 2^22 (f32) or 2^51: adding the magic number pushes the fraction out.
func (l *emitter) roundSmall(c, x value) value {
	magic := l.pick(0x1.8p23, 0x1.8p52)
	return l.sub(l.fma(x, c, magic), magic)
}

// signbit is the integer with the sign bit alone.
func (l *emitter) signbit() value {
	if l.double {
		return l.int(math.MinInt64)
	}
	return l.int(math.MinInt32)
}

// withSign gives y >= 0 the sign of x.
func (l *emitter) withSign(y, x value) value {
	return l.float(l.ior(l.bits(y), l.iand(l.bits(x), l.signbit())))
}

// poly is the polynomial in x with coefficients c, lowest power first, by Horner's rule.
func (l *emitter) poly(x value, c []float64) value {
	p := l.num(c[len(c)-1])
	for k := len(c) - 2; k >= 0; k-- {
		p = l.fma(p, x, l.num(c[k]))
	}
	return p
}

// polySplit is poly with x2 = x^2 at hand: in f64 the even and the odd part are summed side by side, which halves the latency of
// a long polynomial.
func (l *emitter) polySplit(x, x2 value, c []float64) value {
	if !l.double {
		return l.poly(x, c)
	}
	var parts [2][]float64
	for k, v := range c {
		parts[k%2] = append(parts[k%2], v)
	}
	return l.fma(l.poly(x2, parts[1]), x, l.poly(x2, parts[0]))
}

// negated turns the sign of coefficients.
func negated(c []float64) []float64 {
	out := make([]float64, len(c))
	for i, x := range c {
		out[i] = -x
	}
	return out
}

// stretched are the coefficients of p(k x), for k a power of two.
func stretched(c []float64, k float64) []float64 {
	out, power := make([]float64, len(c)), 1.0
	for i, x := range c {
		out[i] = x * power
		power *= k
	}
	return out
}

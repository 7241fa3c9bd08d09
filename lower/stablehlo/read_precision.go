package stablehlo

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// floatLayout says how the bits of a float are divided.
type floatLayout struct {
	bits               dtype.DType // unsigned integers of the width
	exponent, mantissa int
}

var floatLayouts = map[dtype.DType]floatLayout{
	dtype.Float16:  {dtype.Uint16, 5, 10},
	dtype.BFloat16: {dtype.Uint16, 8, 7},
	dtype.Float32:  {dtype.Uint32, 8, 23},
	dtype.Float64:  {dtype.Uint64, 11, 52},
}

// readReducePrecision rounds to a format of fewer bits and back: the mantissa to nearest even, then exponents beyond the range to
// infinity and below it to zero, subnormals of the small format included. All in integer arithmetic on the bits, as XLA.
func readReducePrecision(s *site) []*ir.Value {
	s.operands(1)
	x := s.in[0]
	layout, ok := floatLayouts[x.Type.DType]
	if !ok {
		s.fail("operand 0", x.Type.String(), "floats")
	}
	exponent, mantissa := s.int("exponent_bits"), s.int("mantissa_bits")
	if exponent < 1 {
		s.fail("exponent_bits", fmt.Sprint(exponent), "at least 1")
	}
	if mantissa < 0 {
		s.fail("mantissa_bits", fmt.Sprint(mantissa), "at least 0")
	}
	p := rounding{s.b, x.Type.WithDType(layout.bits), layout}
	bits := op.Bitcast(s.b, x, layout.bits)
	if mantissa < layout.mantissa {
		bits = p.round(bits, layout.mantissa-mantissa)
	}
	if exponent < layout.exponent {
		bits = p.limit(bits, exponent)
	}
	nan := op.Ne(s.b, x, x)
	kept := x
	if mantissa == 0 {
		kept = op.Bitcast(s.b, p.word(p.infinity()), x.Type.DType) // no NaN without a mantissa
	}
	return one(op.Select(s.b, nan, kept, op.Bitcast(s.b, bits, x.Type.DType)))
}

// rounding computes on the bits of an array of floats.
type rounding struct {
	b      *ir.Builder
	t      ir.Type // of the bits
	layout floatLayout
}

func (p rounding) word(v uint64) *ir.Value {
	return op.Spread(p.b, op.ScalarInt(p.b, p.t.DType, int64(v)), p.t.Shape)
}

// infinity is also the mask of the exponent.
func (p rounding) infinity() uint64 { return (1<<p.layout.exponent - 1) << p.layout.mantissa }

// round drops so many bits of the mantissa, to nearest even; a carry goes into the exponent.
func (p rounding) round(bits *ir.Value, drop int) *ir.Value {
	last := op.And(p.b, op.Shr(p.b, bits, p.word(uint64(drop))), p.word(1))
	bits = op.Add(p.b, bits, op.Add(p.b, last, p.word(1<<(drop-1)-1)))
	return op.And(p.b, bits, p.word(^(uint64(1)<<drop - 1)))
}

// limit replaces numbers whose exponent does not fit so many bits.
func (p rounding) limit(bits *ir.Value, exponent int) *ir.Value {
	bias, small := uint64(1)<<(p.layout.exponent-1)-1, uint64(1)<<(exponent-1)-1
	sign := op.And(p.b, bits, p.word(1<<(p.layout.exponent+p.layout.mantissa)))
	magnitude := op.And(p.b, bits, p.word(p.infinity()))
	over := op.Gt(p.b, magnitude, p.word((bias+small)<<p.layout.mantissa))
	under := op.Le(p.b, magnitude, p.word((bias-small)<<p.layout.mantissa))
	bits = op.Select(p.b, over, op.Or(p.b, sign, p.word(p.infinity())), bits)
	return op.Select(p.b, under, sign, bits)
}

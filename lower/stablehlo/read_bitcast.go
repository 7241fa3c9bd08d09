package stablehlo

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// readBitcast reads bits as another element type. A narrower type adds a last dimension, the low bits first, and a wider one removes it.
func readBitcast(s *site) []*ir.Value {
	s.operands(1)
	x, t := s.in[0], s.declared(0)
	from, to := x.Type.DType, t.DType
	switch shape := slices.Clone(x.Type.Shape); {
	case from == to:
		return s.in
	case dtype.Real.Has(from) && dtype.Real.Has(to):
		return one(op.Bitcast(s.b, x, to))
	case from.Bits() > to.Bits():
		s.wantShape(t, append(shape, from.Bits()/to.Bits()))
	case from.Bits() < to.Bits():
		s.wantShape(x.Type, append(slices.Clone(t.Shape), to.Bits()/from.Bits()))
	default:
		s.wantShape(t, shape)
	}
	// Row-major order is the order of bits, so the array is a row of bytes on the way.
	return one(s.fromBytes(s.toBytes(x), t))
}

func (s *site) wantShape(got ir.Type, want []int) {
	if !slices.Equal(got.Shape, want) {
		s.fail("type", got.String(), got.WithShape(want...).String())
	}
}

// toBytes returns the bits of an array as ui8[n]; Bools are bits.
func (s *site) toBytes(x *ir.Value) *ir.Value {
	b, n := s.b, x.Type.Size()
	switch dt := x.Type.DType; {
	case dt.IsBool():
		if n%8 != 0 {
			s.unsupported("bits that are not whole bytes: " + x.Type.String())
		}
		bits := op.Reshape(b, op.Convert(b, x, dtype.Uint8), []int{n / 8, 8})
		return op.ReduceSum(b, op.Shl(b, bits, op.Iota(b, dtype.Uint8, []int{n / 8, 8}, 1)), 1)
	case dt.IsComplex():
		column := func(v *ir.Value) *ir.Value { return op.Reshape(b, v, []int{n, 1}) }
		return s.toBytes(op.Concatenate(b, 1, column(op.Real(b, x)), column(op.Imag(b, x))))
	default:
		return op.Reshape(b, op.Bitcast(b, op.Reshape(b, x, []int{n}), dtype.Uint8), []int{n * dt.Size()})
	}
}

// fromBytes is the inverse of toBytes.
func (s *site) fromBytes(bytes *ir.Value, t ir.Type) *ir.Value {
	b, n := s.b, t.Size()
	switch dt := t.DType; {
	case dt.IsBool():
		spread := op.Broadcast(b, bytes, []int{0}, []int{n / 8, 8})
		bits := op.And(b, op.Shr(b, spread, op.Iota(b, dtype.Uint8, []int{n / 8, 8}, 1)), op.Full(b, spread.Type, 1))
		return op.Reshape(b, op.Ne(b, bits, op.ZerosLike(b, bits)), t.Shape)
	case dt.IsComplex():
		parts := s.fromBytes(bytes, ir.T(dt.Real(), n, 2))
		part := func(k int) *ir.Value {
			return op.Reshape(b, op.Slice(b, parts, []int{0, k}, []int{n, k + 1}, nil), t.Shape)
		}
		return op.Complex(b, part(0), part(1))
	case dt.Size() == 1:
		return op.Reshape(b, op.Bitcast(b, bytes, dt), t.Shape)
	default:
		return op.Reshape(b, op.Bitcast(b, op.Reshape(b, bytes, []int{n, dt.Size()}), dt), t.Shape)
	}
}

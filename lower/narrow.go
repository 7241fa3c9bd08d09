package lower

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Operations on the bits of 8- and 16-bit integers, in 32 bits: of shifted and counted numbers the upper bits are zero, or copies of the sign
// for arithmetic shifts. Shift counts keep their sign, so that negative ones are beyond any width.

// bitRules write such operations with operands of 32 bits; unsigned is the type of the operand's size.
var bitRules = map[ir.OpID]func(b *ir.Builder, in []*ir.Value, unsigned dtype.DType) *ir.Value{
	op.ShlID: func(b *ir.Builder, in []*ir.Value, unsigned dtype.DType) *ir.Value {
		return op.Shl(b, zeroExtended(b, in[0], unsigned), shiftCount(b, in[1]))
	},
	op.ShrID: func(b *ir.Builder, in []*ir.Value, unsigned dtype.DType) *ir.Value {
		return op.Shr(b, zeroExtended(b, in[0], unsigned), shiftCount(b, in[1]))
	},
	op.SarID: func(b *ir.Builder, in []*ir.Value, unsigned dtype.DType) *ir.Value {
		signed := map[dtype.DType]dtype.DType{dtype.Uint8: dtype.Int8, dtype.Uint16: dtype.Int16}[unsigned]
		x := op.Convert(b, op.Bitcast(b, in[0], signed), dtype.Int32)
		return op.Bitcast(b, op.Sar(b, x, op.Bitcast(b, shiftCount(b, in[1]), dtype.Int32)), dtype.Uint32)
	},
	op.PopcntID: func(b *ir.Builder, in []*ir.Value, unsigned dtype.DType) *ir.Value {
		return op.Popcnt(b, zeroExtended(b, in[0], unsigned))
	},
	op.ClzID: func(b *ir.Builder, in []*ir.Value, unsigned dtype.DType) *ir.Value {
		x := op.Clz(b, zeroExtended(b, in[0], unsigned))
		return op.Sub(b, x, op.Full(b, x.Type, float64(32-unsigned.Bits())))
	},
}

func zeroExtended(b *ir.Builder, x *ir.Value, unsigned dtype.DType) *ir.Value {
	return op.Convert(b, op.Bitcast(b, x, unsigned), dtype.Uint32)
}

func shiftCount(b *ir.Builder, x *ir.Value) *ir.Value {
	if x.Type.DType.IsSigned() {
		return op.Bitcast(b, op.Convert(b, x, dtype.Int32), dtype.Uint32)
	}
	return op.Convert(b, x, dtype.Uint32)
}

// narrow writes what means the bits or the numbers of a narrow type, and has no wider form of the same kind; nil for all else.
func narrow(b *ir.Builder, n *ir.Node, in []*ir.Value) *ir.Value {
	if len(n.Results) != 1 {
		return nil
	}
	dt := n.Result().Type.DType
	unsigned := map[dtype.DType]dtype.DType{dtype.Int8: dtype.Uint8, dtype.Uint8: dtype.Uint8, dtype.Int16: dtype.Uint16, dtype.Uint16: dtype.Uint16}[dt]
	if rule := bitRules[n.Op]; rule != nil && unsigned != dtype.Invalid {
		return op.Bitcast(b, op.Convert(b, rule(b, in, unsigned), unsigned), dt)
	}
	if a, ok := n.Attrs.(op.DotAttrs); ok && dt.IsFloat() && dt.Size() == 2 { // sums are f32 ones
		return op.Convert(b, op.Dot(b, op.Convert(b, in[0], dtype.Float32), op.Convert(b, in[1], dtype.Float32), a), dt)
	}
	if a, ok := n.Attrs.(op.IotaAttrs); ok {
		const exact = 1 << 24 // of f32
		switch {
		case unsigned != dtype.Invalid:
			return op.Convert(b, op.Iota(b, dtype.Int32, a.Shape, a.Dim), dt)
		case dt.IsFloat() && dt.Size() == 2 && a.Shape[a.Dim] <= exact:
			return op.Convert(b, op.Iota(b, dtype.Float32, a.Shape, a.Dim), dt)
		}
	}
	return nil
}

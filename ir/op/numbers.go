package op

import (
	"encoding/binary"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Reference evaluation computes in the widest type of the operand's family (uint64, int64, float64, complex128) and converts back.
// For wrapping integer arithmetic and for one IEEE operation on float32 (add, sub, mul, div, sqrt) that gives the same
// bits as computing in the type itself: float64 has more than twice the digits, so rounding twice does no harm
// (Figueroa, When is double rounding innocuous?, 1995).

// zeros returns a new tensor of a type. Too large a tensor panics with tensor's error, which the interpreter returns.
func zeros(t ir.Type) *tensor.Tensor { return tensor.Must(tensor.New(t.DType, t.Shape...)) }

func typeOf(t *tensor.Tensor) ir.Type { return ir.Type{DType: t.DType(), Shape: t.Shape()} }

// fromFloats stores float64 results. The 16-bit types compute in f32 and round, so their results are rounded to f32 first.
func fromFloats(t ir.Type, v []float64) *tensor.Tensor {
	if t.DType.Size() == 2 {
		for i, x := range v {
			v[i] = float64(float32(x))
		}
	}
	out := zeros(t)
	out.StoreFloat64(0, v)
	return out
}

func fromInts(t ir.Type, v []int64) *tensor.Tensor {
	out := zeros(t)
	out.StoreInt64(0, v)
	return out
}

// fromUints stores unsigned numbers, or bit patterns of any integer type: only the bits that fit are kept. Bool is nonzero.
func fromUints(t ir.Type, v []uint64) *tensor.Tensor {
	out := zeros(t)
	out.StoreUint64(0, v)
	return out
}

func fromComplexes(t ir.Type, v []complex128) *tensor.Tensor {
	out := zeros(t)
	out.StoreComplex128(0, v)
	return out
}

func fromBools(shape []int, v []bool) *tensor.Tensor {
	out := zeros(ir.T(dtype.Bool, shape...))
	copy(tensor.Flat[bool](out), v)
	return out
}

// patterns returns the bits of each element of any real type, zero-extended.
func patterns(t *tensor.Tensor) []uint64 {
	out := make([]uint64, t.Size())
	data := t.Bytes()
	for i := range out {
		switch t.DType().Size() {
		case 1:
			out[i] = uint64(data[i])
		case 2:
			out[i] = uint64(binary.NativeEndian.Uint16(data[2*i:]))
		case 4:
			out[i] = uint64(binary.NativeEndian.Uint32(data[4*i:]))
		case 8:
			out[i] = binary.NativeEndian.Uint64(data[8*i:])
		}
	}
	return out
}

// fromPatterns stores the low bits of each number as the bits of an element.
func fromPatterns(t ir.Type, v []uint64) *tensor.Tensor {
	out := zeros(t)
	data := out.Bytes()
	for i, x := range v {
		switch t.DType.Size() {
		case 1:
			data[i] = uint8(x)
		case 2:
			binary.NativeEndian.PutUint16(data[2*i:], uint16(x))
		case 4:
			binary.NativeEndian.PutUint32(data[4*i:], uint32(x))
		case 8:
			binary.NativeEndian.PutUint64(data[8*i:], x)
		}
	}
	return out
}

// orderKeys maps the elements of a real type or Bool to unsigned numbers in the same order. Floats are in the total order of IEEE 754:
// -NaN < -inf < ... < -0 < +0 < ... < +inf < NaN.
func orderKeys(t *tensor.Tensor) []uint64 {
	keys, dt := patterns(t), t.DType()
	if dt.IsBool() || dt.IsUnsigned() {
		return keys
	}
	sign := uint64(1) << (dt.Bits() - 1)
	for i, x := range keys {
		if dt.IsFloat() && x&sign != 0 {
			keys[i] = sign - 1 - x&(sign-1) // of negative floats the larger pattern is the smaller number
		} else {
			keys[i] = x ^ sign
		}
	}
	return keys
}

func map1[A, R any](x []A, f func(A) R) []R {
	out := make([]R, len(x))
	for i, v := range x {
		out[i] = f(v)
	}
	return out
}

func map2[A, B, R any](x []A, y []B, f func(A, B) R) []R {
	out := make([]R, len(x))
	for i, v := range x {
		out[i] = f(v, y[i])
	}
	return out
}

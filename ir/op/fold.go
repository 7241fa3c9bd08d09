package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Reductions and cumulative folds share the operations below, and differ in how they walk the elements.

// monoid is an associative operation (for floats: nearly) with its neutral element.
type monoid[C any] struct {
	neutral C
	op      func(x, y C) C
}

// folding is an operation for each family of element types; nil where it is not defined. bits serves Bool and integers of both signs as patterns.
type folding struct {
	bits     func(dt dtype.DType) monoid[uint64]
	signed   func(dt dtype.DType) monoid[int64]
	unsigned func(dt dtype.DType) monoid[uint64] // also Bool
	float    func(dt dtype.DType) monoid[float64]
	complex  func(dt dtype.DType) monoid[complex128]
}

// walk folds lines of elements: the flat positions first+line[k] for k = 0, 1, ... form one line.
type walk struct {
	firsts, line []int
	cumulative   bool // keep the result after each element, at its place; else one result a line
}

// apply folds x and stores the results in type t.
func (f folding) apply(t ir.Type, x *tensor.Tensor, w walk) *tensor.Tensor {
	switch dt := t.DType; {
	case dt.IsFloat():
		return fromFloats(t, fold(f.float(dt), x.Float64s(), w))
	case dt.IsComplex():
		return fromComplexes(t, fold(f.complex(dt), x.Complex128s(), w))
	case f.bits != nil:
		return fromUints(t, fold(f.bits(dt), patterns(x), w))
	case dt.IsSigned():
		return fromInts(t, fold(f.signed(dt), x.Int64s(), w))
	default:
		return fromUints(t, fold(f.unsigned(dt), patterns(x), w))
	}
}

func fold[C any](m monoid[C], x []C, w walk) []C {
	if w.cumulative {
		return foldCumulative(m, x, w)
	}
	out := make([]C, len(w.firsts))
	for i, first := range w.firsts {
		out[i] = foldTree(m, x, first, w.line)
	}
	return out
}

// lanes is the width of the one reduction tree of all executors, see the numerical contract in doc.go.
const lanes = 16

func foldTree[C any](m monoid[C], x []C, first int, line []int) C {
	var lane [lanes]C
	for j := range lane {
		lane[j] = m.neutral
	}
	for k, offset := range line {
		lane[k%lanes] = m.op(lane[k%lanes], x[first+offset])
	}
	for half := lanes / 2; half > 0; half /= 2 {
		for j := range half {
			lane[j] = m.op(lane[j], lane[j+half])
		}
	}
	return lane[0]
}

// foldCumulative folds from the first element of a line to the last, one after the other; the first result is the element itself.
func foldCumulative[C any](m monoid[C], x []C, w walk) []C {
	out := make([]C, len(x))
	for _, first := range w.firsts {
		for k, offset := range w.line {
			at := first + offset
			if k == 0 {
				out[at] = x[at]
			} else {
				out[at] = m.op(out[first+w.line[k-1]], x[at])
			}
		}
	}
	return out
}

// The operations. 16-bit floats accumulate in f32 and are rounded at the end of a reduction, or where a cumulative fold writes a result.

var sumFolding = folding{
	bits: func(dtype.DType) monoid[uint64] { return monoid[uint64]{0, func(x, y uint64) uint64 { return x + y }} },
	float: func(dt dtype.DType) monoid[float64] {
		if dt == dtype.Float64 {
			return monoid[float64]{0, func(x, y float64) float64 { return x + y }}
		}
		return monoid[float64]{0, func(x, y float64) float64 { return float64(float32(x + y)) }}
	},
	complex: func(dt dtype.DType) monoid[complex128] {
		if dt == dtype.Complex128 {
			return monoid[complex128]{0, func(x, y complex128) complex128 { return x + y }}
		}
		return monoid[complex128]{0, func(x, y complex128) complex128 { return complex128(complex64(x + y)) }}
	},
}

var prodFolding = folding{
	bits: func(dtype.DType) monoid[uint64] { return monoid[uint64]{1, func(x, y uint64) uint64 { return x * y }} },
	float: func(dt dtype.DType) monoid[float64] {
		if dt == dtype.Float64 {
			return monoid[float64]{1, func(x, y float64) float64 { return float64(x * y) }}
		}
		return monoid[float64]{1, func(x, y float64) float64 { return float64(float32(x * y)) }}
	},
	complex: func(dt dtype.DType) monoid[complex128] {
		if dt == dtype.Complex128 {
			return monoid[complex128]{1, dtype.MulComplex128}
		}
		return monoid[complex128]{1, func(x, y complex128) complex128 {
			return complex128(dtype.MulComplex64(complex64(x), complex64(y)))
		}}
	},
}

var maxFolding = folding{
	signed: func(dt dtype.DType) monoid[int64] {
		return monoid[int64]{math.MinInt64 >> (64 - dt.Bits()), func(x, y int64) int64 { return max(x, y) }}
	},
	unsigned: func(dtype.DType) monoid[uint64] {
		return monoid[uint64]{0, func(x, y uint64) uint64 { return max(x, y) }}
	},
	float: func(dtype.DType) monoid[float64] {
		return monoid[float64]{math.Inf(-1), func(x, y float64) float64 { return max(x, y) }}
	},
}

var minFolding = folding{
	signed: func(dt dtype.DType) monoid[int64] {
		return monoid[int64]{math.MaxInt64 >> (64 - dt.Bits()), func(x, y int64) int64 { return min(x, y) }}
	},
	unsigned: func(dtype.DType) monoid[uint64] {
		return monoid[uint64]{math.MaxUint64, func(x, y uint64) uint64 { return min(x, y) }}
	},
	float: func(dtype.DType) monoid[float64] {
		return monoid[float64]{math.Inf(1), func(x, y float64) float64 { return min(x, y) }}
	},
}

var andFolding = folding{bits: func(dtype.DType) monoid[uint64] {
	return monoid[uint64]{math.MaxUint64, func(x, y uint64) uint64 { return x & y }}
}}

var orFolding = folding{bits: func(dtype.DType) monoid[uint64] {
	return monoid[uint64]{0, func(x, y uint64) uint64 { return x | y }}
}}

var xorFolding = folding{bits: func(dtype.DType) monoid[uint64] {
	return monoid[uint64]{0, func(x, y uint64) uint64 { return x ^ y }}
}}

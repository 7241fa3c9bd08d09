package tensor

import (
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/x448/float16"
)

// Conversion goes through one of four carriers, the widest type of the source's family: uint64 (and Bool), int64, float64,
// complex128. Loading into the carrier is exact; storing from it rounds once. The rules are those of StableHLO's
// convert where it has any: float to integer drops the fraction, saturates and turns NaN into 0;
// integers wrap; integer to float rounds to nearest, ties to even; complex to real drops the imaginary part;
// everything but zero is true.

// span is a run of elements: part of a tensor, or a Go slice.
type span struct {
	dt   dtype.DType
	data []byte
}

func spanOf[T dtype.Element](elems []T) span { return span{dtype.Of[T](), raw(elems)} }

func (s span) len() int { return len(s.data) / s.dt.Size() }

func (s span) from(i, n int) span {
	size := s.dt.Size()
	return span{s.dt, s.data[i*size : (i+n)*size]}
}

// span returns n elements of t from flat position i on.
func (t *Tensor) span(i, n int) span {
	if i < 0 || n < 0 || i > t.size-n {
		panic(errorf("elements", "got the range of %d elements at %d, want one within the %d of shape %s", n, i, t.size, ShapeString(t.shape)))
	}
	s := span{t.dt, t.Bytes()}.from(i, n)
	s.data = s.data[:len(s.data):len(s.data)]
	return s
}

// AsType returns t converted to another element type: t itself if it has that type. Float to integer drops the fraction, saturates, and
// gives 0 for NaN; integer to integer wraps; everything to float rounds once, to nearest and even; complex to real
// drops the imaginary part; numbers to Bool compare with zero.
func (t *Tensor) AsType(dt dtype.DType) *Tensor {
	if dt == t.dt {
		return t
	}
	out := Must(New(dt, t.shape...))
	convert(span{dt, out.data}, span{t.dt, t.Bytes()})
	return out
}

// LoadFloat64 converts the len(dst) elements from flat position i on into dst, as by AsType(Float64).
func (t *Tensor) LoadFloat64(dst []float64, i int) { convert(spanOf(dst), t.span(i, len(dst))) }

// LoadInt64 converts the len(dst) elements from flat position i on into dst, as by AsType(Int64).
func (t *Tensor) LoadInt64(dst []int64, i int) { convert(spanOf(dst), t.span(i, len(dst))) }

// LoadUint64 converts the len(dst) elements from flat position i on into dst, as by AsType(Uint64).
func (t *Tensor) LoadUint64(dst []uint64, i int) { convert(spanOf(dst), t.span(i, len(dst))) }

// LoadComplex128 converts the len(dst) elements from flat position i on into dst, as by AsType(Complex128).
func (t *Tensor) LoadComplex128(dst []complex128, i int) { convert(spanOf(dst), t.span(i, len(dst))) }

// StoreFloat64 stores src from flat position i on, rounded once to the element type. For the maker of t only, like Set.
func (t *Tensor) StoreFloat64(i int, src []float64) { convert(t.span(i, len(src)), spanOf(src)) }

// StoreInt64 stores src from flat position i on, converted to the element type. For the maker of t only, like Set.
func (t *Tensor) StoreInt64(i int, src []int64) { convert(t.span(i, len(src)), spanOf(src)) }

// StoreUint64 stores src from flat position i on, converted to the element type. For the maker of t only, like Set.
func (t *Tensor) StoreUint64(i int, src []uint64) { convert(t.span(i, len(src)), spanOf(src)) }

// StoreComplex128 stores src from flat position i on, rounded to the element type. For the maker of t only, like Set.
func (t *Tensor) StoreComplex128(i int, src []complex128) { convert(t.span(i, len(src)), spanOf(src)) }

// Float64s returns all elements converted to float64, in a new slice.
func (t *Tensor) Float64s() []float64 {
	out := make([]float64, t.size)
	t.LoadFloat64(out, 0)
	return out
}

// Int64s returns all elements converted to int64, in a new slice.
func (t *Tensor) Int64s() []int64 {
	out := make([]int64, t.size)
	t.LoadInt64(out, 0)
	return out
}

// Complex128s returns all elements converted to complex128, in a new slice.
func (t *Tensor) Complex128s() []complex128 {
	out := make([]complex128, t.size)
	t.LoadComplex128(out, 0)
	return out
}

// convert converts src into dst, which is equally long.
func convert(dst, src span) {
	if dst.dt == src.dt {
		copy(dst.data, src.data)
		return
	}
	for i, n := 0, src.len(); i < n; i += chunk {
		m := min(chunk, n-i)
		convertChunk(dst.from(i, m), src.from(i, m))
	}
}

// chunk is how many elements go through a carrier buffer at a time.
const chunk = 256

// convertChunk converts at most chunk elements. The buffers stay on the stack because every callee is known, but for
// narrow types.
func convertChunk(dst, src span) {
	n := src.len()
	switch {
	case src.dt.IsNarrow():
		var bytes [chunk]byte
		var floats [chunk]float32
		convertChunk(dst, loadNarrow(bytes[:n], floats[:n], src))
	case dst.dt.IsNarrow():
		storeNarrow(dst, src)
	case src.dt == dtype.Bool || src.dt.IsUnsigned():
		var carrier [chunk]uint64
		loadUint(carrier[:n], src)
		storeInteger(dst, carrier[:n])
	case src.dt.IsSigned():
		var carrier [chunk]int64
		loadInt(carrier[:n], src)
		storeInteger(dst, carrier[:n])
	case src.dt.IsFloat():
		var carrier [chunk]float64
		loadFloat(carrier[:n], src)
		storeFloat(dst, carrier[:n])
	default:
		var carrier [chunk]complex128
		loadComplex(carrier[:n], src)
		storeComplex(dst, carrier[:n])
	}
}

func loadUint(dst []uint64, src span) {
	switch src.dt {
	case dtype.Bool, dtype.Uint8:
		widen(dst, view[uint8](src.data))
	case dtype.Uint16:
		widen(dst, view[uint16](src.data))
	case dtype.Uint32:
		widen(dst, view[uint32](src.data))
	case dtype.Uint64:
		copy(dst, view[uint64](src.data))
	}
}

func loadInt(dst []int64, src span) {
	switch src.dt {
	case dtype.Int8:
		widen(dst, view[int8](src.data))
	case dtype.Int16:
		widen(dst, view[int16](src.data))
	case dtype.Int32:
		widen(dst, view[int32](src.data))
	case dtype.Int64:
		copy(dst, view[int64](src.data))
	}
}

func loadFloat(dst []float64, src span) {
	switch src.dt {
	case dtype.Float16:
		for i, v := range view[float16.Float16](src.data) {
			dst[i] = float64(v.Float32())
		}
	case dtype.BFloat16:
		for i, v := range view[dtype.BF16](src.data) {
			dst[i] = v.Float64()
		}
	case dtype.Float32:
		widen(dst, view[float32](src.data))
	case dtype.Float64:
		copy(dst, view[float64](src.data))
	}
}

func loadComplex(dst []complex128, src span) {
	switch src.dt {
	case dtype.Complex64:
		for i, v := range view[complex64](src.data) {
			dst[i] = complex128(v)
		}
	case dtype.Complex128:
		copy(dst, view[complex128](src.data))
	}
}

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// widen converts between numbers as Go does: integers wrap, floats and integers round to nearest even.
func widen[D, S integer | float32 | float64](dst []D, src []S) {
	for i, v := range src {
		dst[i] = D(v)
	}
}

func storeInteger[C int64 | uint64](dst span, src []C) {
	switch dst.dt {
	case dtype.Bool:
		storeEach(dst, src, func(v C) bool { return v != 0 })
	case dtype.Int8, dtype.Uint8:
		widen(view[uint8](dst.data), src)
	case dtype.Int16, dtype.Uint16:
		widen(view[uint16](dst.data), src)
	case dtype.Int32, dtype.Uint32:
		widen(view[uint32](dst.data), src)
	case dtype.Int64, dtype.Uint64:
		widen(view[uint64](dst.data), src)
	case dtype.Float16:
		storeEach(dst, src, func(v C) float16.Float16 { return dtype.F16FromFloat64(oddFloat(v)) })
	case dtype.BFloat16:
		storeEach(dst, src, func(v C) dtype.BF16 { return dtype.BF16FromFloat64(oddFloat(v)) })
	case dtype.Float32:
		widen(view[float32](dst.data), src)
	case dtype.Float64:
		widen(view[float64](dst.data), src)
	case dtype.Complex64:
		storeEach(dst, src, func(v C) complex64 { return complex(float32(v), 0) })
	case dtype.Complex128:
		storeEach(dst, src, func(v C) complex128 { return complex(float64(v), 0) })
	}
}

func storeFloat(dst span, src []float64) {
	switch dst.dt {
	case dtype.Bool:
		storeEach(dst, src, func(v float64) bool { return v != 0 })
	case dtype.Int8:
		storeSaturated(dst, src, int8(math.MinInt8), math.MaxInt8)
	case dtype.Int16:
		storeSaturated(dst, src, int16(math.MinInt16), math.MaxInt16)
	case dtype.Int32:
		storeSaturated(dst, src, int32(math.MinInt32), math.MaxInt32)
	case dtype.Int64:
		storeSaturated(dst, src, int64(math.MinInt64), math.MaxInt64)
	case dtype.Uint8:
		storeSaturated(dst, src, uint8(0), math.MaxUint8)
	case dtype.Uint16:
		storeSaturated(dst, src, uint16(0), math.MaxUint16)
	case dtype.Uint32:
		storeSaturated(dst, src, uint32(0), math.MaxUint32)
	case dtype.Uint64:
		storeSaturated(dst, src, uint64(0), math.MaxUint64)
	case dtype.Float16:
		storeEach(dst, src, dtype.F16FromFloat64)
	case dtype.BFloat16:
		storeEach(dst, src, dtype.BF16FromFloat64)
	case dtype.Float32:
		widen(view[float32](dst.data), src)
	case dtype.Float64:
		copy(view[float64](dst.data), src)
	case dtype.Complex64:
		storeEach(dst, src, func(v float64) complex64 { return complex(float32(v), 0) })
	case dtype.Complex128:
		storeEach(dst, src, func(v float64) complex128 { return complex(v, 0) })
	}
}

func storeComplex(dst span, src []complex128) {
	switch dst.dt {
	case dtype.Bool:
		storeEach(dst, src, func(v complex128) bool { return v != 0 })
	case dtype.Complex64:
		storeEach(dst, src, func(v complex128) complex64 { return complex64(v) })
	case dtype.Complex128:
		copy(view[complex128](dst.data), src)
	default:
		var reals [chunk]float64
		for i, v := range src {
			reals[i] = real(v)
		}
		storeFloat(dst, reals[:len(src)])
	}
}

func storeEach[D dtype.Element, C any](dst span, src []C, f func(C) D) {
	out := view[D](dst.data)
	for i, v := range src {
		out[i] = f(v)
	}
}

// storeSaturated stores floats as integers between lo and hi, without their fraction; NaN gives 0.
func storeSaturated[D integer](dst span, src []float64, lo, hi D) {
	// float64(hi) is hi or, for 64 bits, hi + 1, so that comparing with >= is right in both cases.
	low, high := float64(lo), float64(hi)
	out := view[D](dst.data)
	for i, v := range src {
		switch {
		case v != v:
			out[i] = 0
		case v <= low:
			out[i] = lo
		case v >= high:
			out[i] = hi
		default:
			out[i] = D(v)
		}
	}
}

// oddFloat returns a float64 that rounds to a narrower float as v itself would.
func oddFloat[C int64 | uint64](v C) float64 {
	if v < 0 {
		return dtype.Float64FromInt64Odd(int64(v))
	}
	return dtype.Float64FromUint64Odd(uint64(v))
}

package tensor

import (
	"bytes"
	"slices"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/x448/float16"
)

// Get returns the element at flat position i as its Go type; that of narrow types is int8, uint8 or float32, as dtype.Wide says.
func (t *Tensor) Get(i int) any {
	t.checkFlat("get", i)
	if t.dt.IsNarrow() {
		wide := Must(New(t.dt.Wide()))
		convert(span{wide.dt, wide.Bytes()}, t.span(i, 1))
		return wide.Get(0)
	}
	switch t.dt {
	case dtype.Bool:
		return view[bool](t.Bytes())[i]
	case dtype.Int8:
		return view[int8](t.Bytes())[i]
	case dtype.Int16:
		return view[int16](t.Bytes())[i]
	case dtype.Int32:
		return view[int32](t.Bytes())[i]
	case dtype.Int64:
		return view[int64](t.Bytes())[i]
	case dtype.Uint8:
		return view[uint8](t.Bytes())[i]
	case dtype.Uint16:
		return view[uint16](t.Bytes())[i]
	case dtype.Uint32:
		return view[uint32](t.Bytes())[i]
	case dtype.Uint64:
		return view[uint64](t.Bytes())[i]
	case dtype.Float16:
		return view[float16.Float16](t.Bytes())[i]
	case dtype.BFloat16:
		return view[dtype.BF16](t.Bytes())[i]
	case dtype.Float32:
		return view[float32](t.Bytes())[i]
	case dtype.Float64:
		return view[float64](t.Bytes())[i]
	case dtype.Complex64:
		return view[complex64](t.Bytes())[i]
	case dtype.Complex128:
		return view[complex128](t.Bytes())[i]
	}
	panic("BUG: get: tensor without a type")
}

// Set stores a Go number at flat position i, converted to the element type as by AsType. It is for the maker of the
// tensor; everybody else treats it as immutable.
func (t *Tensor) Set(i int, value any) {
	t.checkFlat("set", i)
	src := spanOfNumber(value)
	if src.dt == dtype.Invalid {
		panic(errorf("set", "got a value of type %T, want a Go number", value))
	}
	convert(t.span(i, 1), src)
}

// spanOfNumber returns a Go number as a span of one element, Invalid if it is none.
func spanOfNumber(value any) span {
	switch v := value.(type) {
	case int:
		return spanOf([]int64{int64(v)})
	case uint:
		return spanOf([]uint64{uint64(v)})
	case bool:
		return spanOf([]bool{v})
	case int8:
		return spanOf([]int8{v})
	case int16:
		return spanOf([]int16{v})
	case int32:
		return spanOf([]int32{v})
	case int64:
		return spanOf([]int64{v})
	case uint8:
		return spanOf([]uint8{v})
	case uint16:
		return spanOf([]uint16{v})
	case uint32:
		return spanOf([]uint32{v})
	case uint64:
		return spanOf([]uint64{v})
	case float16.Float16:
		return spanOf([]float16.Float16{v})
	case dtype.BF16:
		return spanOf([]dtype.BF16{v})
	case float32:
		return spanOf([]float32{v})
	case float64:
		return spanOf([]float64{v})
	case complex64:
		return spanOf([]complex64{v})
	case complex128:
		return spanOf([]complex128{v})
	}
	return span{}
}

func (t *Tensor) checkFlat(op string, i int) {
	if i < 0 || i >= t.size {
		panic(errorf(op, "got flat index %d, want one from 0 to %d of shape %s", i, t.size-1, ShapeString(t.shape)))
	}
}

// At returns the element at an index, one number an axis (negative ones count from the end), as its Go type.
func (t *Tensor) At(index ...int) any {
	if len(index) != len(t.shape) {
		panic(errorf("at", "got %d indices, want %d for shape %s", len(index), len(t.shape), ShapeString(t.shape)))
	}
	flat := 0
	for axis, i := range index {
		flat = flat*t.shape[axis] + t.axisIndex("at", axis, i)
	}
	return t.Get(flat)
}

func (t *Tensor) axisIndex(op string, axis, i int) int {
	n := t.shape[axis]
	if i < -n || i >= n {
		panic(errorf(op, "got index %d on axis %d, want one from %d to %d of shape %s", i, axis, -n, n-1, ShapeString(t.shape)))
	}
	if i < 0 {
		i += n
	}
	return i
}

// Item returns the only element of a tensor of one element, as its Go type.
func (t *Tensor) Item() any {
	if t.size != 1 {
		panic(errorf("item", "got shape %s, want one element", ShapeString(t.shape)))
	}
	return t.Get(0)
}

// Row returns a copy of the part of t at index i of its leading axis, without that axis.
func (t *Tensor) Row(i int) *Tensor {
	if len(t.shape) == 0 {
		panic(errorf("row", "got rank 0, want an array with a leading axis"))
	}
	i = t.axisIndex("row", 0, i)
	out := Must(New(t.dt, t.shape[1:]...))
	copy(out.data, t.span(i*out.size, out.size).data)
	return out
}

// Slice returns a copy of the part of t from index from to before index to of the leading axis.
func (t *Tensor) Slice(from, to int) *Tensor {
	if len(t.shape) == 0 {
		panic(errorf("slice", "got rank 0, want an array with a leading axis"))
	}
	if from < 0 || to < from || to > t.shape[0] {
		panic(errorf("slice", "got [%d:%d] on the leading axis, want a range within 0 to %d", from, to, t.shape[0]))
	}
	shape := t.Shape()
	shape[0] = to - from
	out := Must(New(t.dt, shape...))
	if t.size > 0 {
		row := t.size / t.shape[0]
		copy(out.data, t.span(from*row, (to-from)*row).data)
	}
	return out
}

// Clone returns a copy with its own, aligned storage.
func (t *Tensor) Clone() *Tensor {
	c := Must(New(t.dt, t.shape...))
	copy(c.data, t.Bytes())
	return c
}

// Reshape returns a view of t with another shape of the same size, sharing storage. One extent may be -1: whatever is left.
func (t *Tensor) Reshape(shape ...int) (*Tensor, error) {
	shape = slices.Clone(shape)
	if open := slices.Index(shape, -1); open >= 0 {
		shape[open] = 1
		rest, err := Size(shape)
		if err != nil {
			return nil, err
		}
		if rest == 0 || t.size%rest != 0 {
			return nil, errorf("reshape", "got shape %s with axis %d open, want one that fits %d elements", ShapeString(shape), open, t.size)
		}
		shape[open] = t.size / rest
	}
	size, err := Size(shape)
	if err != nil {
		return nil, err
	}
	if size != t.size {
		return nil, errorf("reshape", "got shape %s of %d elements, want %d elements as %s has", ShapeString(shape), size, t.size, ShapeString(t.shape))
	}
	return t.view(t.dt, shape), nil
}

// Bitcast returns a view of t whose bits are read as another element type of the same size, sharing storage. Bool, of
// whose 256 bytes only two are values, is an error on either side.
func (t *Tensor) Bitcast(dt dtype.DType) (*Tensor, error) {
	if dt != t.dt && (dt == dtype.Bool || t.dt == dtype.Bool || dt.Size() != t.dt.Size()) {
		return nil, errorf("bitcast", "got dtype %s for %s elements of %d bytes, want one of that size and no bool", dt, t.dt, t.dt.Size())
	}
	return t.view(dt, t.shape), nil
}

// view returns a tensor that shares the storage of t.
func (t *Tensor) view(dt dtype.DType, shape []int) *Tensor {
	t.Share()
	return &Tensor{dt: dt, shape: shape, size: t.size, data: t.Bytes()}
}

// Equal reports whether t and u have the same type, shape and element bits; NaN equals NaN whatever its bits, -0 differs from 0.
func (t *Tensor) Equal(u *Tensor) bool {
	if t.dt != u.dt || !slices.Equal(t.shape, u.shape) {
		return false
	}
	if bytes.Equal(t.Bytes(), u.Bytes()) {
		return true
	}
	if t.dt.IsNarrow() {
		return t.dt.Wide() == dtype.Float32 && equalNarrow(t, u)
	}
	size := t.dt.Real().Size()
	switch t.dt {
	case dtype.Float16:
		return equalFloats(t.Bytes(), u.Bytes(), size, func(x float16.Float16) bool { return x.IsNaN() })
	case dtype.BFloat16:
		return equalFloats(t.Bytes(), u.Bytes(), size, func(x dtype.BF16) bool { return x.Float32() != x.Float32() })
	case dtype.Float32, dtype.Complex64:
		return equalFloats(t.Bytes(), u.Bytes(), size, func(x float32) bool { return x != x })
	case dtype.Float64, dtype.Complex128:
		return equalFloats(t.Bytes(), u.Bytes(), size, func(x float64) bool { return x != x })
	}
	return false
}

// equalNarrow compares bytes of narrow floats.
func equalNarrow(t, u *Tensor) bool {
	table := t.dt.NarrowFloats()
	for i, b := range t.Bytes() {
		c := u.Bytes()[i]
		if b != c && (table[b] == table[b] || table[c] == table[c]) {
			return false
		}
	}
	return true
}

// equalFloats compares bytes that hold real parts of type T, each of the given size.
func equalFloats[T dtype.Element](a, b []byte, size int, isNaN func(T) bool) bool {
	x, y := view[T](a), view[T](b)
	for i := range x {
		same := bytes.Equal(a[i*size:(i+1)*size], b[i*size:(i+1)*size])
		if !same && !(isNaN(x[i]) && isNaN(y[i])) {
			return false
		}
	}
	return true
}

package tensor

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Number is what Scalar and Of take: the element types, and Go's int and uint, which become Int64 and Uint64.
type Number interface {
	dtype.Element | int | uint
}

// FromSlice returns a tensor of the given shape with a copy of the elements, in row-major order. Without
// extents the shape is rank 0, and there must be one element; see Of for vectors.
func FromSlice[T dtype.Element](elems []T, shape ...int) (*Tensor, error) {
	size, err := Size(shape)
	if err != nil {
		return nil, err
	}
	if size != len(elems) {
		return nil, errorf("from slice", "got %d elements, want %d for shape %s", len(elems), size, ShapeString(shape))
	}
	t, err := New(dtype.Of[T](), shape...)
	if err != nil {
		return nil, err
	}
	copy(t.Bytes(), raw(elems))
	return t, nil
}

// Of returns a rank one tensor of the elements: Of[float32](1, 2, 3). It panics beyond Limit.
func Of[T Number](elems ...T) *Tensor {
	t := Must(New(numberType[T](), len(elems)))
	storeNumbers(t, elems)
	return t
}

// Scalar returns a rank 0 tensor.
func Scalar[T Number](value T) *Tensor {
	t := Must(New(numberType[T]()))
	storeNumbers(t, []T{value})
	return t
}

func numberType[T Number]() dtype.DType {
	var zero T
	return typeOfNumber(zero)
}

// storeNumbers copies elems into t, whose type is theirs; int and uint may be narrower than their DType.
func storeNumbers[T Number](t *Tensor, elems []T) {
	var zero T
	if width := int(unsafe.Sizeof(zero)); width == t.dt.Size() {
		copy(t.Bytes(), unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(elems))), len(elems)*width))
		return
	}
	for i, v := range elems {
		t.Set(i, v)
	}
}

// typeOfNumber returns the DType of a Go number, Invalid if it is none. int is Int64 and uint is Uint64.
func typeOfNumber(v any) dtype.DType {
	switch v.(type) {
	case int:
		return dtype.Int64
	case uint:
		return dtype.Uint64
	}
	return dtype.OfValue(v)
}

// Full returns a tensor filled with one value (any Number, or a rank 0 tensor), converted to dt as by AsType.
func Full(dt dtype.DType, value any, shape ...int) (*Tensor, error) {
	one, err := FromAny(value)
	if err != nil {
		return nil, err
	}
	if one.Rank() != 0 {
		return nil, errorf("full", "got a value of shape %s, want a number", ShapeString(one.shape))
	}
	t, err := New(dt, shape...)
	if err != nil || t.size == 0 {
		return t, err
	}
	filled := copy(t.Bytes(), one.AsType(dt).Bytes())
	for filled < len(t.Bytes()) {
		filled += copy(t.Bytes()[filled:], t.Bytes()[:filled])
	}
	return t, nil
}

// FromAny returns a tensor of a Go value: a number, a slice or array of numbers, nested to any depth with equal lengths,
// or a Tensor (returned as it is). The elements keep their Go type; int becomes Int64 and uint Uint64.
// Slices of type []any take the type of their first element, and all must have it.
func FromAny(value any) (*Tensor, error) {
	if t, ok := value.(*Tensor); ok && t != nil {
		return t, nil
	}
	if value == nil {
		return nil, errorf("from any", "got nil, want a number, slices of numbers or a tensor")
	}
	b := nestedBuilder{}
	v := reflect.ValueOf(value)
	if err := b.measure(v); err != nil {
		return nil, err
	}
	t, err := New(b.dt, b.shape...)
	if err != nil {
		return nil, err
	}
	b.out = t
	if err := b.fill(v, 0); err != nil {
		return nil, err
	}
	return t, nil
}

// nestedBuilder turns nested slices into a tensor: measure follows the first elements down, fill
// visits everything and checks it.
type nestedBuilder struct {
	dt    dtype.DType
	shape []int
	out   *Tensor
	next  int // flat position to fill
}

// unwrap looks through interface values.
func unwrap(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	return v
}

func isList(v reflect.Value) bool { return v.Kind() == reflect.Slice || v.Kind() == reflect.Array }

func (b *nestedBuilder) measure(v reflect.Value) error {
	v = unwrap(v)
	for isList(v) {
		b.shape = append(b.shape, v.Len())
		if v.Len() == 0 {
			return b.measureEmpty(v.Type().Elem())
		}
		v = unwrap(v.Index(0))
	}
	return b.setType(v)
}

// measureEmpty finds the type below an empty slice from its Go type; inner extents are 0 or an array's length.
func (b *nestedBuilder) measureEmpty(elem reflect.Type) error {
	for elem.Kind() == reflect.Slice || elem.Kind() == reflect.Array {
		n := 0
		if elem.Kind() == reflect.Array {
			n = elem.Len()
		}
		b.shape = append(b.shape, n)
		elem = elem.Elem()
	}
	return b.setType(reflect.Zero(elem))
}

func (b *nestedBuilder) setType(v reflect.Value) error {
	if v.IsValid() && v.CanInterface() {
		b.dt = typeOfNumber(v.Interface())
	}
	if b.dt == dtype.Invalid {
		return errorf("from any", "got an element of type %s, want a number of one of the element types", v.Type())
	}
	return nil
}

func (b *nestedBuilder) fill(v reflect.Value, depth int) error {
	v = unwrap(v)
	if depth < len(b.shape) {
		if !isList(v) || v.Len() != b.shape[depth] {
			return b.ragged(v, depth)
		}
		if v.Kind() == reflect.Slice && v.Type().Elem() == b.dt.GoType() {
			b.fillRun(v)
			return nil
		}
		for i := range v.Len() {
			if err := b.fill(v.Index(i), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if isList(v) {
		return b.ragged(v, depth)
	}
	if !v.CanInterface() || typeOfNumber(v.Interface()) != b.dt {
		return errorf("from any", "got an element of type %s among elements of type %s, want one type", v.Type(), b.dt.GoType())
	}
	b.out.Set(b.next, v.Interface())
	b.next++
	return nil
}

// fillRun copies a slice whose elements are in memory what the tensor's are.
func (b *nestedBuilder) fillRun(v reflect.Value) {
	size := b.dt.Size()
	copy(b.out.data[b.next*size:], unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*size))
	b.next += v.Len()
}

func (b *nestedBuilder) ragged(v reflect.Value, depth int) error {
	want, got := "a number", "a number"
	if depth < len(b.shape) {
		want = fmt.Sprintf("%d elements", b.shape[depth])
	}
	if isList(v) {
		got = fmt.Sprintf("%d elements", v.Len())
	}
	return errorf("from any", "ragged slices: got %s at depth %d, want %s as in the first", got, depth, want)
}

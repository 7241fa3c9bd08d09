package dtype

import (
	"reflect"

	"github.com/x448/float16"
)

// Element lists the Go types that array elements have in memory, one for each DType.
// Go's int and uint are left out: their size is the platform's.
type Element interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 |
		float16.Float16 | BF16 | float32 | float64 | complex64 | complex128
}

// goTypes holds the zero value of each DType's Go type.
var goTypes = [numDTypes]reflect.Type{
	Bool:       reflect.TypeFor[bool](),
	Int8:       reflect.TypeFor[int8](),
	Int16:      reflect.TypeFor[int16](),
	Int32:      reflect.TypeFor[int32](),
	Int64:      reflect.TypeFor[int64](),
	Uint8:      reflect.TypeFor[uint8](),
	Uint16:     reflect.TypeFor[uint16](),
	Uint32:     reflect.TypeFor[uint32](),
	Uint64:     reflect.TypeFor[uint64](),
	Float16:    reflect.TypeFor[float16.Float16](),
	BFloat16:   reflect.TypeFor[BF16](),
	Float32:    reflect.TypeFor[float32](),
	Float64:    reflect.TypeFor[float64](),
	Complex64:  reflect.TypeFor[complex64](),
	Complex128: reflect.TypeFor[complex128](),
}

// GoType returns the Go type of an element of type d, nil for Invalid and narrow types.
func (d DType) GoType() reflect.Type {
	if d >= numDTypes {
		return nil
	}
	return goTypes[d]
}

// Of returns the DType whose elements are Ts.
func Of[T Element]() DType {
	var zero T
	return OfValue(zero)
}

// OfValue returns the DType of a value of one of the Element types, and Invalid for any other value.
func OfValue(v any) DType {
	switch v.(type) {
	case bool:
		return Bool
	case int8:
		return Int8
	case int16:
		return Int16
	case int32:
		return Int32
	case int64:
		return Int64
	case uint8:
		return Uint8
	case uint16:
		return Uint16
	case uint32:
		return Uint32
	case uint64:
		return Uint64
	case float16.Float16:
		return Float16
	case BF16:
		return BFloat16
	case float32:
		return Float32
	case float64:
		return Float64
	case complex64:
		return Complex64
	case complex128:
		return Complex128
	}
	return Invalid
}

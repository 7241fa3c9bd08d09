package ir

import (
	"slices"
	"strings"

	"strconv"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Type is the static type of a value: element type and shape. The shape is never modified once the Type is in use.
type Type struct {
	DType dtype.DType
	Shape []int
}

// T returns the type with this element type and shape; no dimensions mean a scalar.
func T(dt dtype.DType, shape ...int) Type { return Type{DType: dt, Shape: shape} }

// Rank is the number of dimensions.
func (t Type) Rank() int { return len(t.Shape) }

// Size is the number of elements.
func (t Type) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Equal reports whether both types have the same element type and shape.
func (t Type) Equal(u Type) bool { return t.DType == u.DType && slices.Equal(t.Shape, u.Shape) }

// WithDType returns the type with another element type.
func (t Type) WithDType(dt dtype.DType) Type { return Type{DType: dt, Shape: t.Shape} }

// WithShape returns the type with another shape.
func (t Type) WithShape(shape ...int) Type { return Type{DType: t.DType, Shape: shape} }

// String writes the type as it stands in the text form, such as f32[3,4] or i1[].
func (t Type) String() string {
	var sb strings.Builder
	sb.WriteString(t.DType.String())
	sb.WriteByte('[')
	for i, d := range t.Shape {
		if i > 0 {
			sb.WriteByte(',')
		}
		sb.WriteString(strconv.Itoa(d))
	}
	sb.WriteByte(']')
	return sb.String()
}

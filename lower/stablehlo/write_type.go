package stablehlo

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// typeText writes a type: tensor<2x3xf32>, tensor<i1>.
func typeText(t ir.Type) string {
	var sb strings.Builder
	sb.WriteString("tensor<")
	for _, d := range t.Shape {
		sb.WriteString(strconv.Itoa(d))
		sb.WriteByte('x')
	}
	sb.WriteString(t.DType.String())
	sb.WriteByte('>')
	return sb.String()
}

func typeListText(vs []*ir.Value) string {
	words := make([]string, len(vs))
	for i, v := range vs {
		words[i] = typeText(v.Type)
	}
	return strings.Join(words, ", ")
}

// signature writes the functional type of a node: (operands) -> results.
func signature(in, out []*ir.Value) string {
	results := typeListText(out)
	if len(out) != 1 {
		results = "(" + results + ")"
	}
	return "(" + typeListText(in) + ") -> " + results
}

// ints writes [1, 2].
func ints(list []int) string { return "[" + joined(list) + "]" }

// array writes an attribute of integers: array<i64: 1, 2>.
func array(list []int) string {
	if len(list) == 0 {
		return "array<i64>"
	}
	return "array<i64: " + joined(list) + ">"
}

func joined(list []int) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = strconv.Itoa(v)
	}
	return strings.Join(words, ", ")
}

// decimalLimit is the number of elements up to which a constant is written in decimal. Longer ones are written as the hexadecimal digits
// of their bytes, but for types of less than a byte, which tools of different age pack differently.
const decimalLimit = 16

// literal writes the value of a constant: dense<[1.0, 2.0]>.
func literal(t *tensor.Tensor) string {
	switch {
	case t.Size() == 0:
		return "dense<>"
	case isSplat(t):
		return "dense<" + element(t, 0) + ">"
	case t.Size() > decimalLimit && t.DType() != dtype.Bool && !t.DType().IsNarrow():
		return `dense<"0x` + strings.ToUpper(hex.EncodeToString(t.LittleEndian())) + `">`
	}
	var sb strings.Builder
	sb.WriteString("dense<")
	nested(&sb, t, 0, 0)
	sb.WriteByte('>')
	return sb.String()
}

// isSplat reports whether all elements have the same bits.
func isSplat(t *tensor.Tensor) bool {
	size, data := t.DType().Size(), t.Bytes()
	return string(data[size:]) == string(data[:len(data)-size])
}

// nested writes the elements from flat position at on along axis, and inwards.
func nested(sb *strings.Builder, t *tensor.Tensor, axis, at int) {
	if axis == t.Rank() {
		sb.WriteString(element(t, at))
		return
	}
	inner := ir.T(0, t.Shape()[axis+1:]...).Size()
	sb.WriteByte('[')
	for i := range t.Dim(axis) {
		if i > 0 {
			sb.WriteString(", ")
		}
		nested(sb, t, axis+1, at+i*inner)
	}
	sb.WriteByte(']')
}

// element writes one element.
func element(t *tensor.Tensor, i int) string {
	dt := t.DType()
	switch {
	case dt.IsNarrow():
		return narrowNumber(t, i)
	case dt.IsFloat():
		return number(dt, t.FloatBits(i))
	case dt.IsComplex():
		return "(" + number(dt.Real(), t.FloatBits(2*i)) + "," + number(dt.Real(), t.FloatBits(2*i+1)) + ")"
	}
	return fmt.Sprint(t.Get(i))
}

// narrowNumber writes an element of 2 to 8 bits: integers in decimal, floats by their bits.
func narrowNumber(t *tensor.Tensor, i int) string {
	switch dt := t.DType(); dt {
	case dtype.Int2, dtype.Int4, dtype.Uint2, dtype.Uint4:
		return strconv.FormatFloat(t.Float64s()[i], 'f', 0, 64)
	default:
		return fmt.Sprintf("0x%0*X", (dt.Bits()+3)/4, t.Bytes()[i])
	}
}

// number writes a float: in decimal where reading it as a double and rounding gives the same bits, else its bits.
func number(dt dtype.DType, bits uint64) string {
	one := tensor.Must(tensor.New(dt))
	one.SetFloatBits(0, bits)
	x := one.Float64s()[0]
	if !math.IsNaN(x) && !math.IsInf(x, 0) {
		text := strconv.FormatFloat(x, 'e', -1, precision(dt))
		back, err := strconv.ParseFloat(text, 64)
		if err == nil && tensor.Must(tensor.Full(dt, back)).FloatBits(0) == bits {
			return withPoint(text)
		}
		text = strconv.FormatFloat(x, 'e', -1, 64)
		return withPoint(text)
	}
	return fmt.Sprintf("0x%0*X", dt.Size()*2, bits)
}

// precision is the type whose shortest digits are tried; the 16-bit floats print as float32 do.
func precision(dt dtype.DType) int {
	if dt == dtype.Float64 {
		return 64
	}
	return 32
}

// withPoint turns 1e+00 into 1.0 and 1e-20 into 1.0e-20: the grammar wants a point.
func withPoint(text string) string {
	mantissa, exponent, _ := strings.Cut(text, "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	if n, _ := strconv.Atoi(exponent); n == 0 {
		return mantissa
	}
	return mantissa + "e" + exponent
}

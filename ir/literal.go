package ir

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/x448/float16"
)

// Numbers and tensors in the text form. Decimal text has as many digits as give the same bits back; a NaN that is not the one that
// Go's math.NaN rounds to is written with its bits.

// decimalLimit is the number of elements up to which a tensor is written in decimal; larger ones are base64 of their bytes in
// little-endian order.
const decimalLimit = 16

func isPositiveZero(x float64) bool { return math.Float64bits(x) == 0 }

// appendTensor appends the type and the elements of t.
func appendTensor(dst []byte, t *tensor.Tensor) []byte {
	dst = append(appendType(dst, TypeOf(t)), ' ')
	if t.Rank() == 0 {
		return appendElement(dst, t, 0)
	}
	if t.Size() > decimalLimit {
		dst = append(dst, `base64"`...)
		return append(base64.StdEncoding.AppendEncode(dst, t.LittleEndian()), '"')
	}
	dst = append(dst, '[')
	for i := range t.Size() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendElement(dst, t, i)
	}
	return append(dst, ']')
}

// TypeOf is the type of a tensor.
func TypeOf(t *tensor.Tensor) Type { return Type{DType: t.DType(), Shape: t.Shape()} }

// appendElement appends element i of t.
func appendElement(dst []byte, t *tensor.Tensor, i int) []byte {
	dt := t.DType()
	switch {
	case dt.IsNarrow() && dt.Wide() == dtype.Float32:
		return appendNarrow(dst, dt, t.Bytes()[i])
	case dt == dtype.Bool:
		return strconv.AppendBool(dst, tensor.Flat[bool](t)[i])
	case dt.IsFloat():
		return appendFloat(dst, dt, t.FloatBits(i))
	case dt.IsComplex():
		dst = append(appendFloat(append(dst, '('), dt.Real(), t.FloatBits(2*i)), ", "...)
		return append(appendFloat(dst, dt.Real(), t.FloatBits(2*i+1)), ')')
	case dt.IsUnsigned():
		var x [1]uint64
		t.LoadUint64(x[:], i)
		return strconv.AppendUint(dst, x[0], 10)
	}
	var x [1]int64
	t.LoadInt64(x[:], i)
	return strconv.AppendInt(dst, x[0], 10)
}

// setElement stores the number written as word in element i of t, or in part i where t is complex.
func setElement(t *tensor.Tensor, i int, word string) error {
	dt := t.DType()
	switch {
	case dt.IsNarrow():
		b, err := parseNarrow(dt, word)
		t.Bytes()[i] = b
		return err
	case dt == dtype.Bool:
		x, err := parseBool(word)
		tensor.Flat[bool](t)[i] = x
		return err
	case dt.IsUnsigned():
		x, err := strconv.ParseUint(word, 10, dt.Bits())
		t.StoreUint64(i, []uint64{x})
		return numberError(word, dt.String(), err)
	case dt.IsInt():
		x, err := strconv.ParseInt(word, 10, dt.Bits())
		t.StoreInt64(i, []int64{x})
		return numberError(word, dt.String(), err)
	}
	bits, err := parseFloat(dt.Real(), word)
	t.SetFloatBits(i, bits)
	return err
}

// floatOf is the value of the bits of a float of type dt.
func floatOf(dt dtype.DType, bits uint64) float64 {
	switch dt {
	case dtype.Float16:
		return float64(float16.Float16(bits).Float32())
	case dtype.BFloat16:
		return dtype.BF16(bits).Float64()
	case dtype.Float32:
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// bitsOf rounds x to type dt.
func bitsOf(dt dtype.DType, x float64) uint64 {
	switch dt {
	case dtype.Float16:
		return uint64(dtype.F16FromFloat64(x).Bits())
	case dtype.BFloat16:
		return uint64(dtype.BF16FromFloat64(x).Bits())
	case dtype.Float32:
		return uint64(math.Float32bits(float32(x)))
	}
	return math.Float64bits(x)
}

// appendFloat appends the text of a float of type dt with these bits.
func appendFloat(dst []byte, dt dtype.DType, bits uint64) []byte {
	switch x := floatOf(dt, bits); {
	case math.IsInf(x, 1):
		return append(dst, "inf"...)
	case math.IsInf(x, -1):
		return append(dst, "-inf"...)
	case x == x:
		return strconv.AppendFloat(dst, x, 'g', -1, precision(dt))
	case bits == bitsOf(dt, math.NaN()):
		return append(dst, "nan"...)
	}
	dst = strconv.AppendUint(append(dst, "nan(0x"...), bits, 16)
	return append(dst, ')')
}

// parseFloat returns the bits of the float of type dt that is nearest to the number written as word.
func parseFloat(dt dtype.DType, word string) (uint64, error) {
	if hex, ok := strings.CutPrefix(word, "nan(0x"); ok {
		bits, err := strconv.ParseUint(strings.TrimSuffix(hex, ")"), 16, dt.Bits())
		if x := floatOf(dt, bits); err != nil || x == x {
			return 0, fmt.Errorf("got %s, want the bits of a nan of type %s", word, dt)
		}
		return bits, nil
	}
	x, err := strconv.ParseFloat(word, precision(dt))
	return bitsOf(dt, x), numberError(word, "a number of type "+dt.String(), err)
}

// appendNarrow writes a narrow float as its number, NaN as its bits: there may be several.
func appendNarrow(dst []byte, dt dtype.DType, b byte) []byte {
	x := dt.NarrowFloats()[b]
	if x != x {
		return fmt.Appendf(dst, "nan(0x%x)", b)
	}
	return appendFloat(dst, dtype.Float64, math.Float64bits(x))
}

// parseNarrow returns the byte that stores a number of a narrow type.
func parseNarrow(dt dtype.DType, word string) (byte, error) {
	if hex, ok := strings.CutPrefix(word, "nan(0x"); ok {
		b, err := strconv.ParseUint(strings.TrimSuffix(hex, ")"), 16, 8)
		if err != nil || dt.Wide() != dtype.Float32 || dt.NarrowFloats()[b] == dt.NarrowFloats()[b] {
			return 0, fmt.Errorf("got %s, want the bits of a nan of type %s", word, dt)
		}
		return byte(b), nil
	}
	switch dt.Wide() {
	case dtype.Int8:
		x, err := strconv.ParseInt(word, 10, dt.Bits())
		return byte(x), numberError(word, dt.String(), err)
	case dtype.Uint8:
		x, err := strconv.ParseUint(word, 10, dt.Bits())
		return byte(x), numberError(word, dt.String(), err)
	}
	x, err := strconv.ParseFloat(word, 64)
	return dtype.NarrowFromFloat64(dt, x), numberError(word, "a number of type "+dt.String(), err)
}

// precision is the one in which decimal text of dt is exact: the narrow types are written as the float32 of their value.
func precision(dt dtype.DType) int {
	if dt == dtype.Float64 {
		return 64
	}
	return 32
}

func parseBool(word string) (bool, error) {
	switch word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("got %q, want true or false", word)
}

func numberError(word, want string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("got %s, which is out of range, want %s", word, want)
	}
	return fmt.Errorf("got %q, want %s", word, want)
}

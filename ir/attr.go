package ir

import (
	"fmt"
	"reflect"
	"strconv"
)

// Attrs are the attributes of a node: a struct value (not a pointer) whose exported fields are of the kinds int, uint64, bool,
// float64, string, dtype.DType, []int, []bool, *tensor.Tensor, or named types of these. The text form, hashing and equality work
// on those fields by name (lower case with underscores), so a new attribute needs no code.
type Attrs any

func itoa(n int) string { return strconv.Itoa(n) }

func checkAttrType(row *Row, attrs Attrs) *Error {
	got, want := reflect.TypeOf(attrs), reflect.TypeOf(row.Attrs)
	if got != want {
		return &Error{Op: row.Name, Arg: "attributes", Got: fmt.Sprint(got), Want: fmt.Sprint(want)}
	}
	return nil
}

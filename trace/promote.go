package trace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// This file is the one place where operands meet: Go numbers become arrays, dtypes are joined by JAX's lattice, shapes broadcast.

// operand is an argument of arithmetic: an array, or a Go number, which is weak: it takes the width of what it meets.
type operand struct {
	array  Array
	number *tensor.Tensor // rank 0, as the Go number was given
}

// operandOf takes an Array or a Go number.
func operandOf(opName string, x any) operand {
	if a, ok := x.(Array); ok {
		a.need(opName)
		return operand{array: a}
	}
	t, err := tensor.FromAny(x)
	if err != nil || t.Rank() != 0 {
		fail(opName, "operand", "a "+typeName(x), "an Array or a Go number", "use num.Of to make an array")
	}
	return operand{number: t}
}

func operandsOf(opName string, xs []any) []operand {
	out := make([]operand, len(xs))
	for i, x := range xs {
		out[i] = operandOf(opName, x)
	}
	return out
}

// kind is how the operand takes part in promotion. A Go bool has no width to give way with, so it is an ordinary bool.
func (o operand) kind(mode dtype.Mode) dtype.Operand {
	if o.number == nil {
		return dtype.Operand{DType: o.array.d.typ.DType, Weak: o.array.d.weak}
	}
	dt := o.number.DType()
	return dtype.Operand{DType: mode.Default(dt), Weak: dt != dtype.Bool}
}

func (o operand) shape() []int {
	if o.number != nil {
		return nil
	}
	return o.array.d.typ.Shape
}

// scalar returns a Go number as a tensor of dtype dt, which must hold it.
func (o operand) scalar(opName string, dt dtype.DType) *tensor.Tensor {
	t := o.number.AsType(dt)
	if dt.IsInt() {
		if back := t.AsType(o.number.DType()); !back.Equal(o.number) {
			fail(opName, "operand", fmt.Sprintf("the number %v", o.number.Item()), "one that "+dt.Name()+" holds", "use AsType on the array")
		}
	}
	return t
}

// to returns the operand as an array of dtype dt; numbers stay scalars.
func (o operand) to(opName string, dt dtype.DType) Array {
	if o.number == nil {
		return o.array.AsType(dt)
	}
	t := o.scalar(opName, dt)
	return newConcrete(ir.T(dt), t)
}

// modeOf returns the mode under which arrays meet: that of the trace they belong to, else of the process.
func modeOf(xs []operand) dtype.Mode {
	for _, x := range xs {
		if x.number == nil && x.array.d.v != nil {
			return x.array.d.f.tr.mode
		}
	}
	return dtype.Current()
}

// joinTypes returns the common dtype of operands.
func joinTypes(opName string, xs []operand) dtype.DType {
	mode := modeOf(xs)
	kinds := make([]dtype.Operand, len(xs))
	for i, x := range xs {
		kinds[i] = x.kind(mode)
	}
	dt := mode.Join(kinds...).DType
	if dt == dtype.Invalid && len(xs) > 0 {
		got := make([]string, len(kinds))
		for i, k := range kinds {
			got[i] = k.DType.Name()
		}
		fail(opName, "operands", "dtypes "+strings.Join(got, " and "), "dtypes with a common one", "narrow types are stored only: use AsType")
	}
	return dt
}

// joinFloat returns the common dtype of operands, and the default float for integers and bools: the type of division and of
// transcendental functions.
func joinFloat(opName string, xs []operand) dtype.DType {
	dt := joinTypes(opName, xs)
	if !dtype.Inexact.Has(dt) {
		return modeOf(xs).Float()
	}
	return dt
}

// joinShapes returns the common shape of operands.
func joinShapes(opName string, xs []operand) []int {
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		shapes[i] = x.shape()
	}
	return BroadcastShapes(opName, shapes...)
}

// BroadcastShapes returns the common shape by NumPy's rule, that of a scalar for none; opName names the operation in the error.
func BroadcastShapes(opName string, shapes ...[]int) []int {
	if len(shapes) == 0 {
		return nil
	}
	if slices.ContainsFunc(shapes[1:], func(s []int) bool { return !slices.Equal(s, shapes[0]) }) {
		out, err := tensor.BroadcastShapes(shapes...)
		if err != nil {
			failShapes(opName, shapes)
		}
		return out
	}
	return shapes[0]
}

func failShapes(opName string, shapes [][]int) {
	var got string
	for i, s := range shapes {
		switch {
		case i > 0 && i == len(shapes)-1:
			got += " and "
		case i > 0:
			got += ", "
		}
		got += shapeString(s)
	}
	fail(opName, "shapes", got, "shapes that broadcast: equal extents or 1, counted from the last axis", "use Reshape or num.ExpandDims")
}

// elementwise applies a primitive to operands brought to dtype dt and one shape.
func elementwise(opName string, dt dtype.DType, xs []operand, build func(b *ir.Builder, in []*ir.Value) *ir.Value) Array {
	shape := joinShapes(opName, xs)
	in := make([]Array, len(xs))
	for i, x := range xs {
		in[i] = x.to(opName, dt)
	}
	return Record1(opName, func(b *ir.Builder, vs []*ir.Value) *ir.Value { return build(b, broadcastValues(b, vs, shape)) }, in...)
}

func broadcastValues(b *ir.Builder, vs []*ir.Value, shape []int) []*ir.Value {
	out := make([]*ir.Value, len(vs))
	for i, v := range vs {
		out[i] = broadcastValue(b, v, shape)
	}
	return out
}

// broadcastValue repeats v to a shape that it broadcasts to by NumPy's rule.
func broadcastValue(b *ir.Builder, v *ir.Value, shape []int) *ir.Value {
	if slices.Equal(v.Type.Shape, shape) {
		return v
	}
	dims := make([]int, v.Type.Rank())
	for i := range dims {
		dims[i] = len(shape) - len(dims) + i
	}
	return op.Broadcast(b, v, dims, shape)
}

// AsArray returns an Array as it is, and a Go number as a scalar of the default type of its kind. An int stays weak: it takes the dtype of
// arrays that it meets, and is a real number to derivatives.
func AsArray(opName string, x any) Array {
	o := operandOf(opName, x)
	if o.number == nil {
		return o.array
	}
	a := o.to(opName, dtype.Current().Default(o.number.DType()))
	if _, isInt := x.(int); isInt {
		return weakInt(a)
	}
	return a
}

// Promote returns the operands (Arrays or Go numbers) as arrays of their common dtype; shapes are left alone.
func Promote(opName string, xs ...any) []Array {
	os := operandsOf(opName, xs)
	return toAll(opName, os, joinTypes(opName, os))
}

// PromoteFloat is Promote, with integers and bools taken to the default float.
func PromoteFloat(opName string, xs ...any) []Array {
	os := operandsOf(opName, xs)
	return toAll(opName, os, joinFloat(opName, os))
}

func toAll(opName string, xs []operand, dt dtype.DType) []Array {
	out := make([]Array, len(xs))
	for i, x := range xs {
		out[i] = x.to(opName, dt)
	}
	return out
}

// Elementwise applies an elementwise primitive to operands (Arrays or Go numbers) in their common dtype and shape.
func Elementwise(opName string, build func(b *ir.Builder, in []*ir.Value) *ir.Value, xs ...any) Array {
	os := operandsOf(opName, xs)
	return elementwise(opName, joinTypes(opName, os), os, build)
}

// ElementwiseFloat is Elementwise, with integers and bools taken to the default float.
func ElementwiseFloat(opName string, build func(b *ir.Builder, in []*ir.Value) *ir.Value, xs ...any) Array {
	os := operandsOf(opName, xs)
	return elementwise(opName, joinFloat(opName, os), os, build)
}

package trace

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Array is an immutable array of numbers: concrete, or a placeholder in a function that is being traced. Make one with the
// functions of package num. The zero Array holds nothing and is refused everywhere.
//
// Arrays are compared with Eq and num.AllClose; the == of Go tells only whether two Arrays are the same object.
type Array struct{ d *data }

// data is what an Array holds. Exactly one of these is set: v (traced), t (concrete), lazy (concrete, computed when first needed).
type data struct {
	typ  ir.Type
	weak bool // a Go int, see weak.go
	v    *ir.Value
	f    *frame // where v lives
	lazy lazy
	t    atomic.Pointer[tensor.Tensor]
}

// FromTensor returns a concrete Array that shares t, which nobody may write any more.
func FromTensor(t *tensor.Tensor) Array {
	if t == nil {
		fail("from tensor", "", "nil", "a tensor", "")
	}
	t.Share()
	return newConcrete(ir.T(t.DType(), t.Shape()...), t)
}

// newConcrete returns an Array that is the only holder of t, or shares it if t says so.
func newConcrete(typ ir.Type, t *tensor.Tensor) Array {
	d := &data{typ: typ}
	d.t.Store(t)
	return Array{d}
}

func newLazy(typ ir.Type, l lazy) Array { return Array{&data{typ: typ, lazy: l}} }

func newTraced(f *frame, v *ir.Value) Array { return Array{&data{typ: v.Type, v: v, f: f}} }

// Type returns dtype and shape.
func (a Array) Type() ir.Type { return a.need("type").typ }

// Shape returns the extents of the axes; the caller may keep and change the slice.
func (a Array) Shape() []int { return append([]int{}, a.need("shape").typ.Shape...) }

// DType returns the element type.
func (a Array) DType() dtype.DType { return a.need("dtype").typ.DType }

// Rank returns the number of axes.
func (a Array) Rank() int { return len(a.need("rank").typ.Shape) }

// Size returns the number of elements.
func (a Array) Size() int { return a.need("size").typ.Size() }

// Dim returns the extent of an axis; a negative one counts from the last.
func (a Array) Dim(axis int) int {
	shape := a.need("dim").typ.Shape
	return shape[AxisIndex("dim", axis, len(shape))]
}

// IsTraced reports whether the array is a placeholder in a function that is being traced, so that it has no numbers.
func (a Array) IsTraced() bool { return a.need("is traced").v != nil }

// need returns the data of a, and refuses the zero Array.
func (a Array) need(op string) *data {
	if a.d == nil {
		fail(op, "", "the zero Array", "an array", "make one with num.Of, num.Zeros, ...")
	}
	return a.d
}

// Tensor returns the numbers of a concrete array, shared: they must not be written.
func (a Array) Tensor() *tensor.Tensor { return a.concrete("tensor") }

// Release says that nobody needs a concrete array any more. Memory of results that a call of a compiled function made is used again by the next
// call, sooner than the garbage collector would find it and while it is in the processor's caches; that of a device is free at once. It
// is never necessary. No other goroutine may be using the array. Of an array that others may hold (a Variable, a traced function as
// a constant, who called Tensor) it does nothing; any other one has no numbers afterwards, and using it is an error.
func (a Array) Release() {
	d := a.need("release")
	if d.v != nil {
		fail("release", "", "a traced array "+d.typ.String(), "a concrete array", "compiled code plans its memory itself")
	}
	if t := d.t.Load(); t != nil {
		t.Release()
	}
}

// concrete returns the tensor of a for somebody who may keep it, and refuses a traced array.
func (a Array) concrete(op string) *tensor.Tensor {
	t := a.numbers(op)
	t.Share()
	return t
}

// numbers is concrete for somebody who does not keep the tensor.
func (a Array) numbers(op string) *tensor.Tensor {
	d := a.need(op)
	if d.v != nil {
		fail(op, "", "a traced array "+d.typ.String()+", which has no numbers yet", "a concrete array",
			"return it from the traced function, use trace.Print, or run the function with trace.Eager")
	}
	return d.numbers(op)
}

// Float returns the element of a real array with one element.
func (a Array) Float() float64 {
	t := a.scalar("float", dtype.Real|dtype.Bools)
	var out [1]float64
	t.LoadFloat64(out[:], 0)
	return out[0]
}

// Int returns the element of an integer or bool array with one element.
func (a Array) Int() int {
	t := a.scalar("int", dtype.Ints|dtype.Bools)
	var out [1]int64
	t.LoadInt64(out[:], 0)
	return int(out[0])
}

// Bool returns the element of a bool array with one element.
func (a Array) Bool() bool { return a.scalar("bool", dtype.Bools).Get(0).(bool) }

// Complex returns the element of an array with one element.
func (a Array) Complex() complex128 { return a.scalar("complex", dtype.Any).Complex128s()[0] }

func (a Array) scalar(op string, accepts dtype.Set) *tensor.Tensor {
	t := a.numbers(op)
	if t.Size() != 1 {
		fail(op, "", "shape "+shapeString(t.Shape()), "one element", "use Floats, Ints or At")
	}
	checkKind(op, t, accepts)
	return t
}

func checkKind(op string, t *tensor.Tensor, accepts dtype.Set) {
	if !accepts.Has(t.DType()) {
		fail(op, "", "dtype "+t.DType().Name(), "one that converts without loss of its kind", "use AsType first")
	}
}

// Floats returns all elements of a real array in row-major order, in a new slice.
func (a Array) Floats() []float64 {
	t := a.numbers("floats")
	checkKind("floats", t, dtype.Real|dtype.Bools)
	return t.Float64s()
}

// Ints returns all elements of an integer or bool array in row-major order, in a new slice.
func (a Array) Ints() []int {
	t := a.numbers("ints")
	checkKind("ints", t, dtype.Ints|dtype.Bools)
	out := make([]int, t.Size())
	for i, v := range t.Int64s() {
		out[i] = int(v)
	}
	return out
}

// Bools returns all elements of a bool array in row-major order, in a new slice.
func (a Array) Bools() []bool {
	t := a.numbers("bools")
	checkKind("bools", t, dtype.Bools)
	return slices.Clone(tensor.Flat[bool](t))
}

// String writes the elements of a concrete array as NumPy prints them, and the type of a traced one.
func (a Array) String() string {
	switch {
	case a.d == nil:
		return "<zero Array>"
	case a.d.v != nil:
		return fmt.Sprintf("<traced %s>", a.d.typ)
	}
	return a.d.numbers("string").String()
}

// AxisIndex turns an axis that may count from the end into one from 0 to rank-1; op names the operation in the error.
func AxisIndex(op string, axis, rank int) int {
	if axis < -rank || axis >= rank {
		want := fmt.Sprintf("an axis from %d to %d", -rank, rank-1)
		if rank == 0 {
			want = "no axis: the array is a scalar"
		}
		fail(op, "axis", fmt.Sprint(axis), want, "")
	}
	if axis < 0 {
		axis += rank
	}
	return axis
}

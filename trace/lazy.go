package trace

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// lazy is a concrete array given by a rule instead of numbers. Traced operations record the rule, so that num.Zeros(1000, 1000)
// in a traced function is a broadcast and no constant of megabytes.
type lazy interface {
	emit(b *ir.Builder, typ ir.Type) *ir.Value
	compute(typ ir.Type) (*tensor.Tensor, error)
	// convert returns the rule of the same array in another dtype, nil if there is none.
	convert(dt dtype.DType) lazy
}

// tensor returns the numbers of a concrete array for somebody who may keep them, and computes those of a lazy one.
func (d *data) tensor(op string) *tensor.Tensor {
	t := d.numbers(op)
	t.Share()
	return t
}

// numbers is tensor for somebody who does not keep them.
func (d *data) numbers(op string) *tensor.Tensor {
	if t := d.t.Load(); t != nil {
		if t.Released() {
			fail(op, "", "the array "+d.typ.String()+", which was released", "an array with numbers",
				"Array.Release gives them up, and so does a call with trace.Donate that fails")
		}
		return t
	}
	t, err := d.lazy.compute(d.typ)
	d.t.CompareAndSwap(nil, must(op, t, err))
	return d.t.Load()
}

// splat is one number everywhere.
type splat struct{ value *tensor.Tensor } // rank 0, of the array's dtype

func (l splat) emit(b *ir.Builder, typ ir.Type) *ir.Value {
	return broadcastValue(b, b.Const(l.value), typ.Shape)
}

func (l splat) compute(typ ir.Type) (*tensor.Tensor, error) {
	return tensor.Full(typ.DType, l.value, typ.Shape...)
}

func (l splat) convert(dt dtype.DType) lazy { return splat{l.value.AsType(dt)} }

// ramp is 0, 1, 2, ... along one axis.
type ramp struct{ axis int }

func (l ramp) emit(b *ir.Builder, typ ir.Type) *ir.Value {
	return op.Iota(b, typ.DType, typ.Shape, l.axis)
}

func (l ramp) compute(typ ir.Type) (*tensor.Tensor, error) {
	t, err := tensor.New(typ.DType, typ.Shape...)
	if err != nil {
		return nil, err
	}
	row := make([]int64, t.Size())
	for flat, index := range tensor.Indices(typ.Shape) {
		row[flat] = int64(index[l.axis])
	}
	t.StoreInt64(0, row)
	return t, nil
}

// convert keeps the rule between integer types that hold it; a float type may not hold large indices exactly.
func (l ramp) convert(dt dtype.DType) lazy {
	if dt == dtype.Int32 || dt == dtype.Int64 {
		return l
	}
	return nil
}

// Full returns an array of the given shape with the same number everywhere: a Go number or a concrete scalar Array, converted to dt.
func Full(dt dtype.DType, value any, shape ...int) Array {
	checkType("full", dt, shape)
	x := operandOf("full", value)
	if x.array.d != nil {
		if x.array.Rank() != 0 {
			fail("full", "value", "shape "+shapeString(x.array.Shape()), "a scalar", "use num.BroadcastTo")
		}
		return x.array.AsType(dt).BroadcastTo(shape...)
	}
	return newLazy(ir.T(dt, shape...), splat{x.scalar("full", dt)})
}

// Iota returns an array of the given shape that counts 0, 1, 2, ... along one axis.
func Iota(dt dtype.DType, axis int, shape ...int) Array {
	checkType("iota", dt, shape)
	return newLazy(ir.T(dt, shape...), ramp{AxisIndex("iota", axis, len(shape))})
}

// Range is the numbers from 0 to n-1, of the default integer type. As the xs of a loop it takes no memory.
func Range(n int) Array {
	dt := dtype.DefaultInt()
	if most := math.MaxInt >> (64 - 8*dt.Size()); n < 0 || n > most {
		fail("range", "n", fmt.Sprint(n), fmt.Sprintf("0 to %d, which %s counts", most, dt.Name()), "see SetX64")
	}
	return Iota(dt, 0, n)
}

func checkType(op string, dt dtype.DType, shape []int) {
	if !dt.Valid() {
		fail(op, "dtype", dt.Name(), "a valid dtype", "")
	}
	if _, err := tensor.Size(shape); err != nil {
		failTensor(op, err)
	}
}

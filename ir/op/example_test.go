package op_test

import (
	"context"
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// show builds a graph of the given inputs and prints its outputs.
func show(build func(b *ir.Builder, in []*ir.Value) []*ir.Value, inputs ...*tensor.Tensor) {
	b := ir.NewBuilder("main")
	var in []*ir.Value
	for _, t := range inputs {
		in = append(in, b.Param(ir.TypeOf(t)))
	}
	out, err := interp.Run(context.Background(), b.Build(build(b, in)...), inputs)
	if err != nil {
		fmt.Println(err)
	}
	for _, t := range out {
		fmt.Println(t)
	}
}

// Constants, and the same value many times.
func Example_constants() {
	show(func(b *ir.Builder, _ []*ir.Value) []*ir.Value {
		half := op.Scalar(b, dtype.Float32, 0.5)
		return []*ir.Value{half, op.Spread(b, half, []int{3}), op.Full(b, ir.T(dtype.Int32, 2), 7), op.Iota(b, dtype.Int32, []int{4}, 0)}
	})
	// Output:
	// 0.5
	// [0.5 0.5 0.5]
	// [7 7]
	// [0 1 2 3]
}

// Elementwise primitives take operands of one type.
func Example_elementwise() {
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		x, y := in[0], in[1]
		return []*ir.Value{op.Add(b, x, y), op.Sqrt(b, x), op.FMA(b, x, y, y), op.Convert(b, x, dtype.Int32), op.Bitcast(b, x, dtype.Uint32)}
	}, tensor.Of[float32](1, 4), tensor.Of[float32](10, -0.5))
	// Output:
	// [11.   3.5]
	// [1. 2.]
	// [20.  -2.5]
	// [1 4]
	// [1065353216 1082130432]
}

// Comparisons give bools, which choose.
func Example_select() {
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		larger := op.Gt(b, in[0], in[1])
		return []*ir.Value{larger, op.Select(b, larger, in[0], in[1]), op.Not(b, larger)}
	}, tensor.Of[float32](1, 4), tensor.Of[float32](3, 3))
	// Output:
	// [False  True]
	// [3. 4.]
	// [ True False]
}

// Reductions drop axes; cumulative folds keep them.
func Example_reduce() {
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		x := in[0]
		return []*ir.Value{op.ReduceSum(b, x, 0), op.ReduceMax(b, x, 0, 1), op.ArgMax(b, x, 1, dtype.Int32), op.CumSum(b, x, 1, false)}
	}, tensor.Must(tensor.FromSlice([]float32{1, 2, 5, 4}, 2, 2)))
	// Output:
	// [6. 6.]
	// 5.0
	// [1 0]
	// [[1. 3.]
	//  [5. 9.]]
}

// Shapes: each move is explicit.
func Example_shape() {
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		x := in[0]
		return []*ir.Value{
			op.Broadcast(b, x, []int{1}, []int{2, 3}), op.Reshape(b, x, []int{3, 1}), op.Slice(b, x, []int{0}, []int{3}, []int{2}),
			op.Concatenate(b, 0, x, op.Reverse(b, x, 0)), op.Pad(b, x, op.Scalar(b, dtype.Int32, 9), []int{1}, []int{0}, []int{1}),
		}
	}, tensor.Of[int32](1, 2, 3))
	// Output:
	// [[1 2 3]
	//  [1 2 3]]
	// [[1]
	//  [2]
	//  [3]]
	// [1 3]
	// [1 2 3 3 2 1]
	// [9 1 9 2 9 3]
}

// Rows by index, and back; values that are only known when the program runs choose a window.
func Example_index() {
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		x, i := in[0], in[1]
		start := op.ScalarInt(b, dtype.Int32, 2)
		return []*ir.Value{op.Take(b, x, i, 0), op.Put(b, x, i, op.Take(b, x, i, 0), 0, op.CombineAdd), op.DynamicSlice(b, x, []int{2}, start)}
	}, tensor.Of[float32](1, 2, 3, 4), tensor.Of[int32](3, 0, 0))
	// Output:
	// [4. 1. 1.]
	// [3. 2. 3. 8.]
	// [3. 4.]
}

// Products, order.
func Example_dot() {
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		m, x := in[0], in[1]
		values, indices := op.TopK(b, x, 1)
		return append(op.Sort(b, 0, 1, []bool{true}, true, x), op.MatMul(b, m, m), op.Dot(b, m, x, op.DotAttrs{LhsContract: []int{1}, RhsContract: []int{0}}), values, indices)
	}, tensor.Must(tensor.FromSlice([]float32{1, 2, 3, 4}, 2, 2)), tensor.Of[float32](1, 10))
	// Output:
	// [10.  1.]
	// [[ 7. 10.]
	//  [15. 22.]]
	// [21. 43.]
	// [10.]
	// [1]
}

// A loop gives its body the index, its constants, its carries and a row of its xs.
func ExampleLoop() {
	body := ir.NewBuilder("body")
	body.Param(ir.T(dtype.Int32)) // the index
	sum, x := body.Param(ir.T(dtype.Float32)), body.Param(ir.T(dtype.Float32))
	next := op.Add(body, sum, x)
	step := body.Build(next, next) // the carry, and what is recorded
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		return op.Loop(b, op.LoopAttrs{Trip: 3, Carries: 1, Xs: 1}, step, op.Scalar(b, dtype.Float32, 100), in[0])
	}, tensor.Of[float32](1, 2, 3))
	// Output:
	// 106.0
	// [101. 103. 106.]
}

// A switch runs one of its branches.
func ExampleSwitch() {
	branch := func(name string, f func(b *ir.Builder, x *ir.Value) *ir.Value) *ir.Graph {
		b := ir.NewBuilder(name)
		return b.Build(f(b, b.Param(ir.T(dtype.Float32))))
	}
	branches := []*ir.Graph{branch("neg", op.Neg), branch("exp", op.Exp)}
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		return op.Switch(b, op.ScalarInt(b, dtype.Int32, 0), branches, in[0])
	}, tensor.Scalar[float32](3))
	// Output: -3.0
}

// Random bits are a function of a key and a counter (Salmon et al. 2011).
func ExampleThreefry2x32() {
	show(func(b *ir.Builder, _ []*ir.Value) []*ir.Value {
		zero := op.ScalarInt(b, dtype.Uint32, 0)
		x0, x1 := op.Threefry2x32(b, zero, zero, zero, zero)
		return []*ir.Value{x0, x1}
	})
	// Output:
	// 1797259609
	// 2579123966
}

// Events add the rows of connections of their neurons: neuron 0 has targets 0 and 2, neuron 1 has target 1.
func ExampleEventCSR() {
	show(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		return []*ir.Value{op.EventCSR(b, in[0], in[1], in[2], in[3], in[4])}
	}, tensor.Of[float32](0, 0, 1), tensor.Of(true, false), tensor.Of[int32](0, 2, 3), tensor.Of[uint16](0, 2, 1), tensor.Scalar[float32](0.5))
	// Output: [0.5 0.  1.5]
}

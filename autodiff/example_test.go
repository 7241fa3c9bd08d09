package autodiff_test

import (
	"context"
	"fmt"

	"github.com/ranvier-go/ranvier/autodiff"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// product is x y, sin(x).
func product() *ir.Graph {
	b := ir.NewBuilder("main")
	x, y := b.Param(ir.T(dtype.Float32)), b.Param(ir.T(dtype.Float32))
	return b.Build(op.Mul(b, x, y), op.Sin(b, x))
}

// values runs a graph on scalars.
func values(g *ir.Graph, in ...float32) []*tensor.Tensor {
	var ts []*tensor.Tensor
	for _, x := range in {
		ts = append(ts, tensor.Scalar(x))
	}
	out, err := interp.Run(context.Background(), g, ts)
	if err != nil {
		panic(err)
	}
	return out
}

// Forward mode: at x = 0, y = 3 in the direction of x.
func ExampleJVP() {
	g, active := autodiff.JVP(product(), []bool{true, false})
	fmt.Println(values(g, 0, 3, 1), active)
	// Output: [0.0 0.0 3.0 1.0] [true true]
}

// Reverse mode in two steps, and as one graph.
func ExampleVJP() {
	forward, backward, residuals, _ := autodiff.VJP(product(), []bool{true, true})
	out := values(forward, 0, 3)
	var in []float32
	for _, r := range out[len(out)-residuals:] {
		in = append(in, tensor.Flat[float32](r)[0])
	}
	fmt.Println(values(backward, append(in, 1, 10)...))
	pullback, _ := autodiff.Pullback(product(), []bool{true, true})
	fmt.Println(values(pullback, 0, 3, 1, 10)[2:])
	// Output:
	// [13.0 0.0]
	// [13.0 0.0]
}

// Output 0 and its gradient: that of x y is (y, x).
func ExampleGrad() {
	fmt.Println(values(autodiff.Grad(product(), []bool{true, true}), 2, 3)[2:])
	// Output: [3.0 2.0]
}

// A derivative is a linear graph, whose transpose is reverse mode.
func ExampleLinearize() {
	l := autodiff.Linearize(product(), []bool{true, false})
	linear := make([]bool, len(l.Tangent.Params))
	linear[l.Residuals] = true
	fmt.Println(l.Active, autodiff.LinearOutputs(l.Tangent, linear))
	known := values(l.Known, 0, 3)
	var in []float32
	for _, r := range known[2:] {
		in = append(in, tensor.Flat[float32](r)[0])
	}
	fmt.Println(values(l.Tangent, append(in, 1)...), values(autodiff.Transpose(l.Tangent, linear), append(in, 1, 10)...))
	// Output:
	// [true true] [true true]
	// [3.0 1.0] [13.0]
}

// Several lanes at once; what depends on no lane has none.
func ExampleBatch() {
	g, lanes := autodiff.Batch(product(), []bool{false, true}, 4, nil)
	fmt.Println(g.InTypes(), g.OutTypes(), lanes)
	// Output: [f32[] f32[4]] [f32[4] f32[]] [true false]
}

// A loop of 100 steps keeps the fewest values for its derivative in segments of about 10.
func ExampleCheckpointLoop() {
	body := ir.NewBuilder("body")
	body.Param(ir.T(dtype.Int32)) // the index
	x := body.Param(ir.T(dtype.Float32))
	step := body.Build(op.Sin(body, x))
	b := ir.NewBuilder("main")
	steps := autodiff.SqrtSteps(100)
	g := b.Build(autodiff.CheckpointLoop(b, op.LoopAttrs{Carries: 1, Trip: 100}, steps, step, b.Param(ir.T(dtype.Float32)))...)
	fmt.Printf("%d %.4f\n", steps, tensor.Flat[float32](values(autodiff.Grad(g, []bool{true}), 0.5)[1])[0])
	// Output: 10 0.0328
}

// What is computed again prints nothing again.
func ExampleWithoutEffects() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32))
	op.Print(b, "%v", x)
	fmt.Print(autodiff.WithoutEffects(b.Build(op.Sin(b, x))))
	// Output:
	// graph @main(%0: f32[]) -> (f32[]) {
	//   %1 = sin %0 : f32[]
	//   return %1
	// }
}

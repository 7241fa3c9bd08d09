package interp_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func ExampleRun() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 3))
	op.Print(b, "the logarithm of %v", x)
	g := b.Build(op.Log(b, x))
	ctx := context.Background()
	out, err := interp.Run(ctx, g, []*tensor.Tensor{tensor.Of[float32](1, 2, 4)}, interp.PrintTo(func(text string) { fmt.Println(text) }))
	fmt.Println(out, err)
	_, err = interp.Run(ctx, g, []*tensor.Tensor{tensor.Of[float32](1, 2)})
	fmt.Println(err)
	// Output:
	// the logarithm of [1. 2. 4.]
	// [[0.        0.6931472 1.3862944]] <nil>
	// run main: input 0: got f32[2], want f32[3]
}

// The first NaN stops the run.
func ExampleCheckNaN() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 2))
	g := b.Build(op.Exp(b, op.Sqrt(b, x)))
	_, err := interp.Run(context.Background(), g, []*tensor.Tensor{tensor.Of[float32](1, -1)}, interp.CheckNaN())
	var nan *interp.NaNError
	fmt.Println(errors.As(err, &nan), err)
	// Output: true sqrt: the result has a NaN
}

// Outermost loops tell how far they are.
func ExampleReportTo() {
	body := ir.NewBuilder("body")
	body.Param(ir.T(dtype.Int32)) // the index
	x := body.Param(ir.T(dtype.Float32))
	step := body.Build(op.Add(body, x, x))
	b := ir.NewBuilder("main")
	g := b.Build(op.Loop(b, op.LoopAttrs{Carries: 1, Trip: 3}, step, b.Param(ir.T(dtype.Float32)))...)
	out, err := interp.Run(context.Background(), g, []*tensor.Tensor{tensor.Scalar[float32](1)},
		interp.ReportTo(func(done, total int) { fmt.Println(done, "of", total) }))
	fmt.Println(out[0], err)
	// Output:
	// 1 of 3
	// 2 of 3
	// 3 of 3
	// 8.0 <nil>
}

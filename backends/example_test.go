package backends_test

import (
	"context"
	"fmt"

	"github.com/ranvier-go/ranvier/backends"
	_ "github.com/ranvier-go/ranvier/backends/interp"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// A backend is found by name, compiles a graph and runs it.
func ExampleGet() {
	backend, err := backends.Get("interp")
	if err != nil {
		fmt.Println(err)
		return
	}
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 2))
	double, err := backend.Compile(b.Build(op.Add(b, x, x)), backends.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := double.Run(context.Background(), []*tensor.Tensor{tensor.Of[float32](1, 2)}, backends.RunOptions{})
	fmt.Println(backend.Name(), out[0], err)
	// Output: interp [2. 4.] <nil>
}

// The default can be chosen for the process.
func ExampleSetDefault() {
	backends.SetDefault("interp")
	defer backends.SetDefault("")
	backend, err := backends.Default()
	fmt.Println(backend.Name(), err)
	// Output: interp <nil>
}

// An executable compares what it is given with the parameters of its graph.
func ExampleCheckInputs() {
	want := []ir.Type{ir.T(dtype.Float32, 2)}
	fmt.Println(backends.CheckInputs(want, []*tensor.Tensor{tensor.Of[float32](1, 2)}))
	fmt.Println(backends.CheckInputs(want, []*tensor.Tensor{tensor.Of[int32](1, 2)}))
	// Output:
	// <nil>
	// run: input 0: got i32[2], want f32[2]
}

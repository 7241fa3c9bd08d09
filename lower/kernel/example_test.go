package kernel_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Elementwise nodes and the reduction that reads them are one loop over the elements.
func ExampleLower() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 100))
	y := b.Param(ir.T(dtype.Float32, 100))
	p, err := kernel.Lower(b.Build(op.ReduceSum(b, op.Mul(b, op.Add(b, x, y), x), 0)))
	fmt.Println(kernel.CountMaps(p.Body), kernel.Verify(p), err)
	fmt.Print(p)
	// Output:
	// 1 <nil> <nil>
	// program "main": arena 0
	// b0 input 0 f32[100] "in0"
	// b1 input 1 f32[100] "in1"
	// b2 output 0 f32[1] "out0"
	// inputs b0 b1
	// outputs b2
	// map 0 [100] {
	//   v0 = load f32 b0@0[100:1]
	//   v1 = load f32 b1@0[100:1]
	//   v2 = add f32 v0, v1
	//   v3 = mul f32 v2, v0
	//   fold reduce_sum v3 over 1 -> b2@0[]
	// }
}

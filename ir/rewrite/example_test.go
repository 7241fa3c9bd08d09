package rewrite_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// What is computed twice, undone again or read by nobody goes away.
func ExampleOptimize() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 4))
	op.Exp(b, x)
	y := op.Add(b, op.Neg(b, op.Neg(b, op.Tanh(b, x))), op.Mul(b, op.Tanh(b, x), op.Full(b, x.Type, 1)))
	g := b.Build(y)
	fmt.Print(rewrite.Optimize(g, rewrite.Options{}))
	changed := map[string]bool{}
	rewrite.Optimize(g, rewrite.Options{Disable: []string{"cse"}, OnPass: func(p rewrite.PassRun) { changed[p.Name] = changed[p.Name] || p.Before != p.After }})
	fmt.Println(changed["simplify"], changed["dce"], changed["cse"])
	// Output:
	// graph @main(%0: f32[4]) -> (f32[4]) {
	//   %1 = tanh %0 : f32[4]
	//   %2 = add %1, %1 : f32[4]
	//   return %2
	// }
	// true true false
}

func ExampleNames() {
	fmt.Println(rewrite.Names())
	// Output: [erase inline simplify fold cse loops licm dce contract]
}

// One pass alone.
func ExamplePass() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32))
	g := b.Build(op.Add(b, op.Mul(b, x, x), x))
	fmt.Print(rewrite.Contract(g))
	// Output:
	// graph @main(%0: f32[]) -> (f32[]) {
	//   %1 = fma %0, %0, %0 : f32[]
	//   return %1
	// }
}

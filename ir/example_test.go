package ir_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// A graph is built node by node, and printed.
func ExampleBuilder() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 3))
	y := b.Param(ir.T(dtype.Float32, 3))
	g := b.Build(op.ReduceSum(b, op.Mul(b, x, y), 0))
	fmt.Print(g)
	fmt.Println(g.InTypes(), g.OutTypes(), g.Uses()[x])
	// Output:
	// graph @main(%0: f32[3], %1: f32[3]) -> (f32[]) {
	//   %2 = mul %0, %1 : f32[3]
	//   %3 = reduce_sum %2 {axes=[0]} : f32[]
	//   return %3
	// }
	// [f32[3] f32[3]] [f32[]] 1
}

// A type rule refuses a wrong program while it is built; Catch makes an error of that.
func ExampleCatch() {
	build := func() (g *ir.Graph, err error) {
		defer ir.Catch(&err)
		b := ir.NewBuilder("main")
		x := b.Param(ir.T(dtype.Float32, 3))
		y := b.Param(ir.T(dtype.Float32, 4))
		return b.Build(op.Add(b, x, y)), nil
	}
	_, err := build()
	fmt.Println(err)
	// Output: add: operand 1: got f32[4], want f32[3] as operand 0 (primitives neither convert nor broadcast)
}

// The text form reads back; structure has a hash.
func ExampleParse() {
	text := "graph @main(%0: f32[3]) -> (f32[3]) {\n  %1 = neg %0 : f32[3]\n  return %1\n}\n"
	g, err := ir.Parse(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	h, _ := ir.Parse(ir.Print(g))
	fmt.Println(ir.Equal(g, h), ir.Hash(g) == ir.Hash(h), ir.Verify(g))
	_, err = ir.Parse("graph @main() -> () {\n  %0 = nonsense : f32[]\n}")
	fmt.Println(err)
	// Output:
	// true true <nil>
	// parse: line 2, column 8: there is no primitive "nonsense"
}

// Passes look at nodes, and at what their rows say.
func ExampleGraph_Walk() {
	g, err := ir.Parse("graph @main(%0: f32[2]) -> (f32[2]) {\n  %1 = neg %0 : f32[2]\n  %2 = exp %1 : f32[2]\n  return %2\n}\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	g.Walk(func(n *ir.Node) { fmt.Println(n.Op, n.Row().Arity, n.HasEffect(), n.Result().Type) })
	// Output:
	// neg 1 false f32[2]
	// exp 1 false f32[2]
}

// A graph is put into another one, with values for its parameters.
func ExampleGraph_Inline() {
	square := ir.NewBuilder("square")
	p := square.Param(ir.T(dtype.Float32))
	inner := square.Build(op.Mul(square, p, p))
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32))
	fmt.Print(b.Build(inner.Inline(b, inner.Inline(b, x)...)...))
	// Output:
	// graph @main(%0: f32[]) -> (f32[]) {
	//   %1 = mul %0, %0 : f32[]
	//   %2 = mul %1, %1 : f32[]
	//   return %2
	// }
}

// The registry knows each primitive by id and by name.
func ExampleRowByName() {
	row, ok := ir.RowByName("tanh")
	fmt.Println(row.Name, row.Arity, ok, row.ID == op.TanhID)
	_, ok = ir.RowByName("nonsense")
	fmt.Println(ok)
	// Output:
	// tanh 1 true true
	// false
}

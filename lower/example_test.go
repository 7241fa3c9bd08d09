package lower_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower"
)

// What a target lacks is written with simpler primitives.
func ExampleExpand() {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 4))
	g := b.Build(op.Square(b, op.Logistic(b, x)))
	count := func(g *ir.Graph, id ir.OpID) (n int) {
		g.Walk(func(node *ir.Node) {
			if node.Op == id {
				n++
			}
		})
		return n
	}
	whole := lower.Expand(g, lower.Target{Keep: func(ir.OpID) bool { return true }})
	simple := lower.Expand(g, lower.Target{Keep: func(id ir.OpID) bool { return id == op.AddID || id == op.MulID }})
	fmt.Println(count(whole, op.LogisticID), count(simple, op.LogisticID))
	// Output: 1 0
}

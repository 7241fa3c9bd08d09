//go:build cgo && (linux || darwin)

package pjrt

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// refuse returns an error for what no plugin can run: output on the way, and element types with which XLA ends the process.
func refuse(g *ir.Graph) error {
	var err error
	fail := func(n *ir.Node, got, want, hint string) {
		if err == nil {
			err = &ir.Error{Op: "pjrt", Arg: n.Row().Name, Got: got, Want: want, Hint: hint, Pos: n.Pos}
		}
	}
	g.Walk(func(n *ir.Node) {
		if n.Op == op.PrintID {
			fail(n, "a print", "none: plugins have no common way to call the program back",
				`to debug, run on backend "cpu" or "interp", as with RANVIER_BACKEND=cpu; else return the value, or record it in the loop, and print it afterwards`)
		}
		for _, r := range n.Results {
			refuseType(n, r.Type, fail)
		}
	})
	for _, t := range g.InTypes() {
		if err == nil && isSixBits(t.DType) {
			err = &ir.Error{Op: "pjrt", Arg: "parameter", Got: t.String(), Want: sixBits}
		}
	}
	return err
}

const sixBits = "another element type: XLA has no code for floats of 6 bits"

func isSixBits(dt dtype.DType) bool { return dt == dtype.Float6E2M3FN || dt == dtype.Float6E3M2FN }

func refuseType(n *ir.Node, t ir.Type, fail func(n *ir.Node, got, want, hint string)) {
	if isSixBits(t.DType) {
		fail(n, t.String(), sixBits, "")
	}
}

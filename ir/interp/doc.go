// Package interp runs a graph node by node with the reference evaluation of each primitive's row. It is slow and obvious: the
// definition that every backend is checked against.
//
//	Run: inputs ──check types──▶ frame of values ──row.Eval, node by node──▶ outputs
//
// What is here:
//
//	run.go    Run, its options, and how a node is evaluated
//	plan.go   which slot of the frame holds which value, and after which node a value is no longer needed
//	nan.go    stopping at the first NaN
//	error.go  what went wrong in which primitive, and where in the user's source
//
// Regions of control flow are run by the rows themselves, through ir.Eval. A value is dropped after its last use, so a loop needs no
// more memory than one of its iterations, its carries and its stacked results.
//
// May import: ir, ir/dtype, ir/tensor, ir/op (for the rows).
package interp

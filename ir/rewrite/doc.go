// Package rewrite makes graphs smaller and faster without changing what they compute.
//
//	Graph ──inline──simplify──fold──cse──loops──licm──dce──▶ (again, until nothing changes) ──contract──▶ Graph
//
// A [Pass] takes a graph and returns an equivalent one, or the same graph when it found nothing to do; graphs are immutable, so a pass
// builds a new one. [Optimize] runs the table of passes in pipeline.go to a fixed point. Every pass but contract keeps results bit
// for bit, with one reservation: a NaN is a NaN, its sign and payload may differ. Contract turns a*b+c into one
// fused multiply-add; it is here, before every executor, so that all of them round alike.
//
// What is here, one file each:
//
//	pipeline.go   the table of passes, their order with reasons, options, timing
//	edit.go       rebuilding a graph, regions included
//	inline.go     calls, switches with a known branch, loops of no or one step
//	simplify.go   applies the rules of the next four files
//	pattern.go    rules written as text, such as "(neg (neg x)) => x"
//	algebra.go    the rules in that form
//	movement.go, typed.go, indexing.go   rules in Go: shapes; conversions, comparisons, folds; known indices
//	fold.go       evaluates nodes whose inputs are constants
//	cse.go        one node where several compute the same
//	dce.go, shrink.go   drops what nobody reads, in control flow too
//	loops.go      invariant carries, constants as operands of control flow
//	licm.go       moves work that each iteration repeats in front of the loop
//	contract.go   fused multiply-adds
//
// May import: ir, ir/dtype, ir/tensor, ir/op.
package rewrite

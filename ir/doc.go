// Package ir says what a program is: a graph of typed values.
//
//	trace ──builds──▶ Graph ──autodiff, rewrite──▶ Graph ──lower──▶ kernels | StableHLO ──backends──▶ results
//
// A [Graph] has parameters, nodes in execution order, and outputs. A [Node] applies one primitive (an [OpID], described by its
// [Row] in the registry) to input [Value]s, with attributes (a small struct, see [Attrs]) and, for control flow, regions.
// A region is a closed [Graph]: everything it reads is one of its parameters, so every transform can treat it alone.
//
// # Rows
//
// Everything the system knows about a primitive stands in its row: type rule, reference evaluation, derivative, batching rule,
// StableHLO name, expansion into simpler primitives, and the domain that tests sample. Passes ask rows; none names an op.
// Package ir/op registers the rows.
//
// # Building
//
// A [Builder] appends nodes to a graph. Emit runs the type rule; a wrong program panics with a typed [*Error] that carries the
// user's file and line, and the outermost public call returns it as an error (see [Catch]).
//
// # Text
//
// [Print] writes a graph and [Parse] reads it back (print.go has the grammar); names are stable. [Verify] checks well-formedness,
// [Hash] and [Equal] compare structure.
//
//	graph @main(%0: f32[3], %1: f32[3]) -> (f32[]) {
//	  %2 = mul %0, %1 : f32[3]
//	  %3 = reduce_sum %2 {axes=[0]} : f32[]
//	  return %3
//	}
//
// May import: ir/dtype, ir/tensor.
package ir

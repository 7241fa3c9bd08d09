// Package autodiff differentiates and batches graphs. Every transform takes closed graphs and returns closed graphs, so transforms
// nest in any order, and what they return is optimised and compiled like any other graph.
//
//	JVP        (x, dx) -> (y, dy)                       forward mode
//	Linearize  x -> (y, residuals);  (residuals, dx) -> dy
//	Transpose  (residuals, dx) -> dy  becomes  (residuals, y') -> x'
//	VJP        x -> (y, residuals);  (residuals, y') -> x'
//	Pullback   (x, y') -> (y, x')    the same as one graph
//	Grad       x -> (y, x')          for a real scalar y
//	Batch      lanes of x -> lanes of y
//
// # How a gradient comes about
//
// JVP writes, next to every node, the nodes that compute the tangents of its results; the rules stand in the rows (see
// ir.Derivative), and rows with regions have theirs here. A zero tangent is never written down: values are duals whose tangent may be
// nil. A carry of a loop has a tangent if it has one after any number of iterations, which a data-flow analysis finds beforehand.
//
// In the graph of JVP, what depends on the tangents is linear in them. A splitter separates the two: known nodes go to one builder, linear
// nodes to another, where they may read known values. A loop becomes a known loop and a linear loop; known values that the linear body
// reads travel from one to the other: loop invariants as operands, rows of inputs as they are, cheap ones are computed
// again, and only the rest is stacked, one row a step. What is computed again is a minimum cut by bytes.
//
// A puller walks the linear nodes backwards and adds up cotangents. Known values are in reach, so the gradient is one graph, without
// residuals on its outermost level.
//
// Complex numbers follow JAX: a tangent is f'(z) dz, transposition conjugates nothing, so the gradient of a real function of z = x + iy is
// df/dx - i df/dy.
//
// What is here, one file each:
//
//	flow.go       which values depend on which
//	jvp.go        forward mode
//	split.go      known and linear nodes
//	residual.go   which known values the linear part keeps
//	mincut.go     the minimum cut
//	transpose.go  the way back
//	reverse.go    Linearize, VJP, Pullback, Grad
//	batch.go, batch_control.go  lanes
//	control.go    what rows with regions implement; loop*.go, while.go, switch.go, call.go do
//	expand.go     folds with regions, as loops
//	checkpoint.go schedules that trade memory for time
//
// May import: ir, ir/dtype, ir/tensor, ir/op, ir/rewrite.
package autodiff

// Package trace turns Go functions over arrays into graphs, and runs them compiled.
//
//	func(s *Scope, in A) R ──Jit.Call──▶ trace once per signature ──ir.Graph──▶ backend ──▶ run, again and again
//
// # A traced function
//
// A traced function takes a [Scope] and a tree of arrays and returns a tree of arrays. A tree is an [Array], or a struct, slice, array,
// map or pointer of trees; its other exported fields (numbers, strings, bools) are static: they are part of the signature, and a new
// value compiles anew. The function runs as ordinary Go code while it is traced, on arrays that hold no numbers yet: each operation is
// recorded. After that only the recorded graph runs. So Go's if and for decide while tracing; [Cond], [Switch], [ForLoop], [Scan] and
// [While] decide while running. Captured arrays, and everything read from a model's fields, are constants of the trace.
//
// # Concrete and traced
//
// Operations on concrete arrays compute at once, on traced ones they record, so most functions need no scope. A traced array belongs to
// the body that it was made in. Inside a loop body or branch, values from outside may be read freely (they become constants
// of the region), and what is computed from outside values alone is recorded outside, once.
//
// # State
//
// A [Variable] is state that a function reads with Get and writes with Set. What a function touches is found by tracing: it becomes
// inputs and outputs of the graph, and carries of the loops in between. A failed trace, a failed check and a cancelled call leave
// every Variable as it was (but see Donate). Calls that touch a common Variable run one after the other.
//
// # Errors
//
// Building functions ([Array.Add], num.Reshape, ForLoop, ...) panic with an *ir.Error that names the operation, what it got, what it
// wants, and the user's file and line. The outermost call ([Compiled.Call], [Compiled.Lower], [Try]) returns it as its error.
//
// # Files
//
//	array.go lazy.go        Array: concrete, lazy (zeros, ranges) or traced
//	frame.go scope.go       where operations are recorded: nesting, captures, escape checks
//	record.go kernels.go    one operation: recorded, or evaluated at once
//	weak.go                 Go ints
//	promote.go arith.go reduce.go shape.go matmul.go index.go gather.go update.go   methods of Array
//	tree.go treekinds.go    flatten and rebuild arguments and results
//	variable.go vars.go     state, and finding it in a model
//	jit.go entry.go eager.go   compiled functions: signatures, cache, locks
//	transform.go            functions of functions: trace, change the graph, record
//	grad.go gradvars.go     gradients with respect to arguments and Variables
//	tangent.go jacobian.go  JVP, VJP, Linearize, Jacobians, Hessian
//	custom.go               functions with derivatives of their own
//	vmap.go                 many lanes at once
//	checkpoint.go           what the way back computes again
//	region.go loop.go unroll.go while.go iterate.go branch.go effects.go   control flow
//	inspect.go cost.go      graph, cost and dot text of what was traced
//
// May import: ir and below, ir/op, ir/interp, ir/rewrite, autodiff, backends. The NumPy-like functions are in trace/num.
package trace

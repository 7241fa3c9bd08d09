// Package num is the array language: NumPy's functions in Go case, with JAX's dtypes, built from a few primitives.
//
// Names and the order of arguments follow NumPy; axes come last and may be left out where that means all. Functions of one array
// take an [Array]; functions that combine operands take Arrays or Go numbers, broadcast and promote. Go numbers are weak: they take the
// width of the arrays that they meet. All functions work on concrete arrays (and compute at once) and in traced functions (and are
// recorded); none needs a scope.
//
//	array.go create.go    making arrays
//	elementwise.go operands.go activation.go   functions of elements
//	reduce.go cumulative.go   folding axes
//	shape.go join.go      moving elements
//	linalg.go einsum.go   products
//	sort.go search.go index.go calculus.go   the rest
//
// May import: trace, and what trace may.
package num

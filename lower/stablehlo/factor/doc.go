// Package factor writes the factorisations of matrices as graphs of plain primitives and loops, for targets that have no operation for
// them, such as XLA through package stablehlo.
//
//	LU, QR, Eigh, SVD, Eig     the rows of package op: same operands, results and attributes
//	Geqrf, Orgqr               QR in two halves, as LAPACK has it
//
// All matrices of a batch go together, but in Eig, which takes one after the other. LU, QR and the rest compute in f64 or complex128 whatever
// the element type, as the definition of the rows does, and round once; so they differ from the interpreter by what the condition of the
// problem makes of rounding, and by what the rows leave free: signs and phases of vectors, bases of eigenspaces, the order of Eig. A row or
// column is found by comparing indices, not by gathering, which costs what the update of the matrix costs anyway.
//
//	stack.go         a batch of matrices: its shape, scale and finiteness
//	elements.go      pieces of formulas
//	lu.go            partial pivoting
//	householder.go   reflections; qr.go: QR by them
//	jacobi.go        sweeps of rotations; eigh.go, svd.go: two- and one-sided
//	schur.go         Hessenberg form and shifted QR steps; eig.go: eigenvectors of triangular matrices, conjugate pairs
//
// May import: ir, ir/op and below.
package factor

// Command remez computes the minimax polynomials of vector math and writes them to ir/op/coef.go.
//
// Run it from the root of the repository:
//
//	go run ./ir/op/internal/remez > ir/op/coef.go
//
// fits.go lists the polynomials; fit.go has the exchange algorithm; format.go the output. Values come from package bigmath.
package main

// Package dtype names the element types of arrays and says how they combine.
//
// What is here, one file each:
//
//	dtype.go     DType: names, sizes, kinds, parsing
//	mode.go      Mode: the 32-bit or 64-bit defaults, and the process-wide setting
//	promote.go   type promotion, the lattice of JAX with its weak Go numbers
//	set.go       Set: sets of element types, for the constraints of primitives
//	element.go   the Go type behind each DType
//	bfloat16.go  BFloat16 and rounding to it
//	round.go     rounding of wide numbers to narrow ones, exactly once
//	narrow.go    types of 2 to 8 bits that are stored and converted only
//	strict.go    multiply-add that no Go compiler fuses or splits: same bits on every platform
//
// Nothing here allocates arrays or looks at them; package tensor does.
// The package imports the standard library and github.com/x448/float16 only.
package dtype

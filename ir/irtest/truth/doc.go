// Package truth computes elementary and special functions of float64 to about 90 bits in double-double arithmetic, in a microsecond or so:
// quick enough to judge millions of results of vector mathematics. Its own judge is package bigmath, which is slow and obvious.
//
//	pair.go         sums of two float64, and their arithmetic
//	value.go        results with an exponent of their own, and how far a float is from them in units in the last place
//	exponential.go  exp, log and what is made of them
//	circular.go     sin, cos, tan with the reduction of any argument, and their inverses
//	special.go      erf, gamma and Bessel functions
//
// Near the zeros of lgamma and digamma, where double-double would not do, it asks bigmath.
//
// May import: ir/irtest/bigmath and the standard library.
package truth

// Package bigmath evaluates the elementary and special functions in arbitrary precision.
//
// It is the oracle of the tests of vector math and the source of values for the fits in package remez: slow, obvious, and
// independent of the expansions. Every function takes a finite argument inside the function's domain and returns a result whose
// relative error is below 2^-prec or close to it; poles and infinities are the caller's business.
//
// May import: the standard library only.
package bigmath

// Package rand draws random numbers as JAX does: pure functions of explicit keys, the same on every backend.
//
// A key is an array ui32[2]. [Split] makes new keys of one, [FoldIn] mixes a number into one; a key must be used once only. Bits are
// counter-based: element i of an array is the Threefry-2x32 block of counter i under the key, in JAX's partitionable layout
// (jax_threefry_partitionable=True), so that Bits, Split, FoldIn, Uniform, Randint, Bernoulli and Permutation give JAX's numbers bit for
// bit. Other distributions follow JAX's methods where that is stated; they differ from JAX in the last places of transcendental
// functions.
//
//	key.go        Key, Split, FoldIn, Bits
//	uniform.go    Uniform, Randint, Bernoulli, Permutation, Choice
//	continuous.go discrete.go   distributions by inversion and transformation
//	rejection.go  Gamma, Poisson and what follows from them: loops until all elements are accepted
//	state.go      State: a Variable that hands out keys, for models
//
// Functions take the key first and the shape last; dtypes follow the parameters, which are Arrays or Go numbers, and are the default
// float where those leave it open.
//
// May import: trace, trace/num, and what trace may.
package rand

// Package sparse holds connectivity and the products that event-driven simulation needs.
//
//	lists, dense, coordinates, FixedProb ──▶ CSR ──AddEvents, MatVec──▶ arrays
//	                 seed, probability ──▶ Procedural ──┘ (the same matrix, never stored)
//
// A matrix has a row for each presynaptic neuron and a column for each postsynaptic one. [CSR.AddEvents] delivers spikes: it visits only the
// rows of neurons that spiked. [CSR] and [Procedural] are trees of arrays, so they may be arguments of traced functions; captured, they
// are constants.
//
//	csr.go         CSR and its products
//	build.go       making CSR matrices on the host
//	procedural.go  Procedural and its products
//
// May import: trace, trace/num, and what trace may.
package sparse

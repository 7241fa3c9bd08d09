// Package benchmarks holds Go benchmarks of what compiled programs are made of, on each tier that this machine has:
//
//	go test -bench . ./benchmarks                          all of them: many minutes
//	go test -bench 'Elementwise/exp$/f32' ./benchmarks     one function, all tiers and sizes
//
// Names are Kind/what/dtype/size/tier. A kernel is run many times in a compiled loop, so that what is measured is the kernel and neither the
// call from Go nor the allocation of its result. ns/elem, ns/syn and GF/s say what to compare.
//
//	run/       the command that measures whole workloads
//	compare/   the command that puts run beside the limit programs
package benchmarks

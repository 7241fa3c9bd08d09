// Package cpu is the default backend: it compiles graphs to machine code, or to a plan for the portable executor where machine
// code is not possible.
//
//	ir.Graph ──lower.Expand──▶ ──kernel.Lower──▶ Program ──native.Compile──▶ machine code   (amd64 with AVX-512 or AVX2)
//	                                                     └─portable.New───▶ Go              (everything else)
//
// The portable executor is always prepared too: machine code leaves to it for steps that it has no code for.
//
// Environment: RANVIER_NOJIT=1 switches machine code off; RANVIER_CPU=avx512, avx2 or portable asks for one tier;
// RANVIER_SKIP=3,7 leaves Maps 3 and 7 to the portable executor, to find one that is miscompiled (see CONTRIBUTING.md);
// RANVIER_THREADS=n is how many threads a call may use that was not compiled for a number of its own;
// RANVIER_PERF=1 names each program in /tmp/perf-PID.map, where Linux perf looks for code made at run time.
//
// # Running
//
// Each call in flight has a workspace of its own: the arena of the program, mapped outside of the Go heap, kept for the next call.
// Inputs are read where they are; outputs are fresh tensors. Machine code returns to Go about every millisecond, so that the
// garbage collector, cancellation and progress are served. Programs with divided steps have a crew of helpers for the time of a call (crew.go).
//
// May import: backends, lower, lower/kernel, ir and below, backends/cpu/native, backends/cpu/portable, backends/cpu/exec.
package cpu

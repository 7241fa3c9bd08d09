// Package portable executes a kernel.Program in plain Go, on any platform.
//
//	kernel.Program ──New──▶ Exec ──Run(ctx, Memory, Env)──▶ outputs written
//
// It is the executor where there is no machine code (other processors, RANVIER_NOJIT=1), the place that machine code leaves to for
// steps that it has no code for ([Exec.RunStep]), and the oracle of the machine code, which agrees with it bit for bit.
//
// # How a Map runs
//
// A Map is prepared once (map_plan.go) as a list of strips. A strip is one typed operation over a block of a few hundred elements: a
// Go function with a plain loop inside, such as addVV[float32]. Blocks live in scratch memory that stays in the first-level
// cache; contiguous loads and stores use the buffer itself. So a lane operation costs about one machine cycle, and finding out
// what to do costs nothing that counts.
//
//	for each block of the index space:        (map_run.go)
//	    for each strip: strip.f(dst, a, b, c, n)
//
// Instructions that do not depend on the index run once a Map, with n = 1, in one cell each; strips take such operands as scalars
// (the letters V and S in the names of strips say vector or scalar, in the order of the operands).
//
// # Files
//
//	exec.go          Exec, Memory, Env: preparing and running programs
//	control.go       loops, guards, whiles, switches
//	place.go         views at run time: where they begin, and walking one of them run by run
//	pair.go          walking two views of one shape together
//	move.go          strided loads, stores and copies of one run, widening and narrowing
//	lane.go          lane types, strips, and the forms of an operation
//	table.go         the strips of each primitive
//	strip_*.go       the strips
//	special.go       operations with more to do than strips: random bits, indices, reference evaluation
//	map_nodes.go     operations on lanes, from which strips are chosen
//	map_lower.go     one instruction as such operations
//	map_schedule.go  their order: scalars, loads in place, results stored in place, scratch memory
//	map_plan.go      a prepared Map: views, and how the index space is cut into blocks
//	map_run.go       running the strips block by block
//	fold.go          reductions by the 16-lane tree; scan.go for cumulative ones
//	matmul.go        matrix products; matmul32.go for f32
//	copy.go, deliver.go, window.go, pack.go, eval.go   the other steps
//
// # Rules
//
// Arithmetic is IEEE 754 with denormals; Go has no way to flush them. NaN are NaN, but their bits are the processor's.
//
// Products are converted explicitly before they are added, so that the Go compiler fuses nothing; unsafe pointers are made by
// index from the start of a buffer and never point outside of it. An Exec is immutable once made: all that a run changes belongs
// to its Env and Memory.
//
// May import: ir, ir/dtype, ir/tensor, ir/op, ir/interp, lower/kernel.
package portable

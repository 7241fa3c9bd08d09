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
//	exec.go        Exec, Memory, Env: preparing and running programs
//	control.go     loops, guards, whiles, switches
//	place.go       views at run time: where they begin, and walking them run by run
//	move.go        strided loads and stores of one run, widening and narrowing
//	lane.go        lane types, and the letters of strips
//	map_plan.go    a Map as strips: operands, slots, stores in place
//	map_lower.go   one instruction as strips
//	map_run.go     running the strips block by block
//	fold.go        reductions by the 16-lane tree
//	strip_*.go     the strips
//	special.go     strips with more to do: random bits, indices, reference evaluation
//	copy.go, deliver.go, matmul.go, eval.go   the other steps
//
// # Rules
//
// Products are converted explicitly before they are added, so that the Go compiler fuses nothing; unsafe pointers are made by
// index from the start of a buffer and never point outside of it. An Exec is immutable once made: all that a run changes belongs
// to its Env and Memory.
//
// May import: ir, ir/dtype, ir/tensor, ir/op, ir/interp, lower/kernel.
package portable

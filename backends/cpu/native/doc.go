// Package native turns kernel programs into x86-64 machine code: a whole program, loops over time included, is one function.
//
//	kernel.Program ──Compile──▶ Code{bytes, listing} ──backends/cpu──▶ entered with a workspace
//
// # Workspace
//
// All memory that the code touches directly is one workspace, addressed from R15:
//
//	[R15+0]         header: resume address, exit code, step, budget
//	[R15+bases]     pointers to external buffers (inputs, outputs, constants)
//	[R15+frame]     spilled vectors, uniform values, row pointers, counters
//	[R15+arena]     the program's arena
//
// # Leaving and entering again
//
// The code never calls anything and never touches the stack. It returns with an exit code: done; yield, when its budget of estimated
// work is used up (at a loop back-edge: so a native stretch lasts about a millisecond); or step, when the portable executor has to run a
// step that has no code. Everything that matters at these points is in memory, and the resume address says where to go on.
//
// # Threads
//
// Steps that kernel.Divide has divided have code for each part, in frame and scratch memory of its own. fork.go tells how the thread of the
// program and its helpers share them. Parts neither poll nor leave.
//
// # A Map
//
// The last dimension runs in vector lanes, the others in counted loops around it. Instructions become machine instructions by rules;
// registers are assigned on the fly: in a straight line, evicting the value whose next use is furthest away is close to the best
// that can be done. Values that do not depend on the index live in registers that the body leaves over, or in the frame.
//
// # Sparse products
//
// Events are delivered along stored rows by deliver.go; the products of backward passes are sparse.go. Rows that are never stored are drawn 16
// lanes at a time (proc.go, proc_draw.go), and what they bring waits in a list or is added to lanes (proc_visit.go). These poll between rows.
//
// # Folds and lines
//
// The 16 running results of a fold are lanes of vectors along the rows (fold.go), or vectors where another dimension is contiguous (fold_across.go).
// Cumulative folds have lines in the lanes (scan.go). Sorts count bytes of keys (sort.go). What has no code is listed in exits_test.go.
//
// # Products
//
// A product is cut into blocks of C that stay in registers (matmul_plan.go, matmul_nest.go, matmul_kernel.go). Where A is mostly zeros, it is
// computed from the other elements (matmul_sparse.go).
//
// # Instruction sets
//
// The tiers avx512 and avx2 give the same bits as each other, as the portable executor and as the interpreter. Rules are shared
// (rules.go, rules_bits.go, convert.go, memory.go, division.go, fold.go): they take mnemonics from isa, and what the sets do in different
// ways from isa.unit, whose two forms are the files *_avx512.go and *_avx2.go.
//
//	                  avx512                            avx2
//	bools             mask registers                    vectors of all-ones lanes, as wide as the widest type of the Map
//	constants         broadcast by the instruction      full vectors in the pool
//	end of a row      one mask for all                  masked moves; narrow elements in pieces of 8, 4, 2, 1 bytes
//
// testdata/nocode.txt lists the combinations of primitive and types that neither or one of them has no code for.
//
// May import: ir, ir/dtype, ir/op, lower/kernel, backends/cpu/asm, backends/cpu/exec (for what the processor has).
package native

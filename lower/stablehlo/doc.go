// Package stablehlo writes graphs as StableHLO text and reads StableHLO text into graphs.
//
//	text ──syntax.Parse──▶ syntax tree ──Import──▶ Module of ir.Graphs        (Read does both)
//	ir.Graph ──Legalize──▶ ir.Graph of primitives with a StableHLO form ──Write──▶ text ──▶ XLA, JAX, backends/pjrt
//
// # Writing
//
// Each primitive is written by one of three: the mnemonic of its row (Row.HLO), an emitter in the table of write_node.go, or a rule of
// write_rules.go that says it in other primitives before. Rules are transforms of graphs, so the interpreter can check them.
//
//	write.go          options, modules, functions, names of values
//	write_type.go     types and literals
//	write_node.go     the table of emitters
//	write_region.go   operations with regions
//	write_legal.go    Legalize
//	write_rules.go, write_fold.go, write_loop.go, write_event.go   the rules
//	checks.go         LiftChecks: checks as outputs, for targets that cannot stop a run
//
// Loops become whiles that count in i32, read rows of xs by dynamic_slice and record rows by dynamic_update_slice; what a body only reads is
// captured, not carried. The index of a switch is clamped from below, since case takes its last branch for negative ones. Folds start at the
// neutral element, since StableHLO may use an initial value any number of times. 16-bit floats are added up in f32. Sparse and
// procedural products are decomposed (op.Decompose), factorisations of matrices written out (package factor); a fused multiply-add becomes a product and a sum. Print and check have no form:
// they are refused, or left out with DropEffects.
//
// # Reading
//
// Each operation has a rule by name (read_table.go): a small function that takes its operands as values of the graph and emits what the
// operation means. Most rules are one row; compositions, batch normalisation, reduced precision, collectives and the like are written out in
// rows. The builder's type rules verify; what a rule computes must have the declared type.
//
//	read.go, read_error.go     modules, functions, errors
//	read_scope.go              blocks and regions: SSA names, and constants for what a region reads from around it
//	read_counted.go            whiles that count become loops
//	read_args.go               access to operands and attributes
//	read_*.go                  the rules, by family
//
// Everything that is static, not quantized and for one device is read. Collectives mean a group of one device. Operations dynamic_* are
// read where what they take from operands is constant. What is left out is refused by an *Error with Unsupported set. Two readings
// differ from the specification and are XLA's: a window of scatter that lies partly outside is dropped as a whole, and division of integers by
// zero has a result.
//
// Operations check.* of test modules become outputs of the graph and entries of Func.Checks, for who runs it to compare.
//
// testdata/jax has programs that JAX exported, with inputs and JAX's numbers: export.py writes them, TestJAXPrograms runs them on the
// interpreter and the compiler.
//
// May import: ir and below, lower/stablehlo/syntax, lower/stablehlo/factor.
package stablehlo

// Package stablehlo writes graphs as StableHLO text and reads StableHLO text into graphs.
//
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
//	write_rules.go, write_fold.go, write_loop.go   the rules
//
// Loops become whiles that count in i32, read rows of xs by dynamic_slice and record rows by dynamic_update_slice; what a body only reads is
// captured, not carried. The index of a switch is clamped from below, since case takes its last branch for negative ones. Folds start at the
// neutral element, since StableHLO may use an initial value any number of times. 16-bit floats are added up in f32. Sparse and
// procedural products are decomposed (op.Decompose); a fused multiply-add becomes a product and a sum. Print and check have no form:
// they are refused, or left out with DropEffects.
//
// May import: ir and below, ir/op.
package stablehlo

// Package lower turns graphs into what backends take.
//
//	ir.Graph ──expand──▶ ir.Graph of simple primitives ──kernel.Lower──▶ kernel.Program ──▶ backends/cpu
//	         └─stablehlo.Write──▶ text ──▶ backends/pjrt
//
// Package kernel holds the loop-level program; package stablehlo writes and reads StableHLO.
//
// May import: ir and below, ir/op, ir/rewrite. It does not import autodiff.
package lower

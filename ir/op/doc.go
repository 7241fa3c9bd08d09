// Package op holds the primitives: one row each (see ir.Row) and one constructor each.
//
// Constructors such as op.Add(b, x, y) take values of exactly matching shapes and types, like StableHLO; broadcasting and promotion
// are done above, in package trace. Rows are registered in init functions under the constant ids of ids.go (AddID for Add), so that
// rules may call constructors without an initialization cycle.
//
// To add a primitive: an id line in ids.go, a row in the file of its family, and, where a backend has an instruction for it, one
// rule there. The registry-driven tests of this package, of the backends and of autodiff then cover it.
//
// # Numerical contract
//
// Floating-point arithmetic is IEEE 754 in the operand's type, rounded once per primitive (f16 and bf16 compute in f32 and round).
// Max and min propagate NaN, and max(-0, +0) = +0. Integer arithmetic wraps; x/0 is -1 (all bits set for unsigned), x rem 0 is x, and
// MinInt/-1 is MinInt with remainder 0, as XLA. Shifts by at least the width give 0, or the sign for arithmetic right shifts.
// Float to integer conversion truncates, saturates, and maps NaN to 0.
//
// Sums use one tree, whatever the executor: element k (row-major order over the reduced axes) is added to lane k mod 16, then lanes j and
// j+8, j+4, j+2, j+1 are added. Lanes start at 0. Products are the same tree with lanes that start at 1. Cumulative folds go from element
// to element. In all of them 16-bit floats accumulate in f32, and results are rounded where they are written.
// Products of matrices accumulate in the order of the contracted index, with one fused multiply-add a step, in f32 for f16 and bf16.
// Complex products are schoolbook products: every product and sum is rounded in the type of the parts.
// In products of complex matrices each part takes two fused multiply-adds a step (see Dot).
//
// Event products round each product and each sum, row by row. Sparse gathers add in the 16 lanes of the sum tree, by fused
// multiply-adds. Linear algebra and Fourier transforms have no order of operations: they are compared with a tolerance.
//
// May import: ir, ir/dtype, ir/tensor.
package op

// Package kernel is the loop-level form of a program: buffers, and steps that read and write them.
//
//	ir.Graph ──Lower──▶ Program{Buffers, Body} ──▶ backends/cpu: machine code, or the portable executor in Go
//
// A [Program] is a list of [Step]s in order. The important one is [Map]: one pass over an index space that loads, computes a
// straight line of scalar operations for each index, stores, and folds. Everything elementwise between two barriers (an event
// delivery, a matrix product) becomes one Map. Loops, conditions and whiles are steps with blocks, so a whole simulation is one
// program. Each step is defined by what it does to memory, and can be run by either executor: machine code leaves to the portable
// executor for a step that it has no code for.
//
// # Memory
//
// A [Buffer] is dense storage: in the arena (temporaries, carries, counters) at a fixed offset, or external (inputs, outputs,
// constants) behind a pointer. A [View] addresses elements of a buffer by strides, with offsets that may depend on scalars
// in memory (a loop counter, a clamped start index): slices, transposes, broadcasts, rows of stacked inputs and outputs are views,
// not copies. The plan decides which buffers are updated in place: loop carries, delay rings, monitors, accumulators.
//
// # Threads
//
// A program is for one thread. [Divide] gives the parts of its large steps to executors that have several; results do not depend on it. It
// may add connections sorted by part, and lists of events, to the buffers.
//
// # Lanes
//
// Inside a Map a value has a lane type: bool, 32- or 64-bit integers, f32, f64. Narrow types live widened: i8 and i16 sign-extended and
// u8 and u16 zero-extended in 32 bits, f16 and bf16 as f32 that is exactly representable; Convert rounds or wraps to them.
//
// May import: ir, ir/dtype, ir/tensor, ir/op, ir/rewrite.
package kernel

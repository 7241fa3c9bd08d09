package trace

import (
	"fmt"

	"github.com/ranvier-go/ranvier/autodiff"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Checkpoints trade time for memory: reverse-mode derivatives compute again what lies between them instead of keeping it. Results and
// derivatives stay the same. With T steps of a loop, C bytes of carries and R bytes of residuals a step, the way back keeps
//
//	without               T R
//	CheckpointEvery(1)    T C
//	CheckpointEvery(n)    T/n C + n R
//	CheckpointSqrt()      sqrt(T) (C + R)
//
// and with checkpoints computes each step twice. Variables that the body writes are carries.

// Checkpoint returns f as a unit whose intermediate results reverse-mode derivatives compute again from its argument, and from what it
// captures, instead of keeping them. What f prints and checks happens once.
func Checkpoint[A, R any](f func(*Scope, A) R) func(*Scope, A) R {
	return call("checkpoint", op.CallCheckpoint, f)
}

// CheckpointEvery has reverse-mode derivatives of the loop keep what the loop carries at every n-th step only, and compute the n steps in
// between again when they come to them. With it Unroll has no effect, and Progress counts in segments of n steps.
func CheckpointEvery(n int) LoopOption {
	return func(o *loopOptions) { o.checkpoint = func(int) int { return n } }
}

// CheckpointSqrt is CheckpointEvery with about the square root of the number of steps, which needs the least memory where the carries of a
// step are about as large as its residuals.
func CheckpointSqrt() LoopOption {
	return func(o *loopOptions) { o.checkpoint = autodiff.SqrtSteps }
}

// emit records the loop as its options say.
func (l *loop) emit(b *ir.Builder, attrs op.LoopAttrs, body *ir.Graph, operands []*ir.Value) []*ir.Value {
	if l.checkpoint == nil {
		return emitLoop(b, attrs, l.unroll, body, operands)
	}
	return autodiff.CheckpointLoop(b, attrs, l.checkpoint(attrs.Trip), body, operands...)
}

// checkOptions refuses counts that are not positive.
func (l *loop) checkOptions() {
	for _, k := range l.every {
		if k < 1 {
			fail(l.name, "option every", fmt.Sprint(k), "1 or more", "")
		}
	}
	if l.unrollSet && l.unroll < 1 {
		fail(l.name, "option unroll", fmt.Sprint(l.unroll), "1 or more", "")
	}
	if l.checkpoint != nil && l.checkpoint(1) < 1 {
		fail(l.name, "option checkpoint every", fmt.Sprint(l.checkpoint(1)), "1 or more steps", "CheckpointSqrt finds a length")
	}
}

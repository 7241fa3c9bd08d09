package trace

import (
	"errors"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
)

// CheckError is a Check that did not hold; errors.As finds it in the error of a call.
type CheckError = op.CheckError

// Print prints arrays each time the program comes by: format has one verb of package fmt for each of xs (Arrays or Go numbers). Verbs
// with their flags format the elements; %v prints an array as String does. Lines go to standard output, see PrintTo.
func Print(s *Scope, format string, xs ...any) {
	const name = "print"
	f := s.frame(name)
	in := make([]Array, len(xs))
	for i, x := range xs {
		in[i] = AsArray(name, x)
	}
	f.effect(name, func(b *ir.Builder, vs []*ir.Value) { op.Print(b, format, vs...) }, in)
}

// Check stops the run with a *CheckError, which has the message and the step of the innermost loop, unless all elements of condition
// (a bool Array, or a Go bool) hold. Variables stay as they were before the call (but see Donate).
func Check(s *Scope, condition any, message string) {
	const name = "check"
	f := s.frame(name)
	ok := AsArray(name, condition).truth(name).All()
	f.effect(name, func(b *ir.Builder, vs []*ir.Value) { op.Check(b, vs[0], message) }, []Array{ok})
}

// effect records a primitive without results, or runs it at once in an eager frame.
func (f *frame) effect(name string, build func(b *ir.Builder, vs []*ir.Value), in []Array) {
	innermost(name, in)
	relabel(name, func() {
		if f.eager() {
			f.effectNow(name, build, in)
		} else {
			build(f.b, f.useAll(in))
		}
	})
}

func (f *frame) effectNow(name string, build func(b *ir.Builder, vs []*ir.Value), in []Array) {
	g, inputs := closed(name, func(b *ir.Builder, vs []*ir.Value) []*ir.Value {
		b.Locate = locate
		build(b, vs)
		return nil
	}, in)
	_, err := interp.Run(f.tr.ctx, g, inputs, interp.PrintTo(f.tr.print))
	if err == nil {
		return
	}
	var failed *CheckError
	if errors.As(err, &failed) {
		failed.Step = f.step()
	}
	panic(abort{err})
}

// step is the index of the innermost eager loop, -1 outside of loops.
func (f *frame) step() int {
	for ; f != nil; f = f.parent {
		if f.inLoop {
			return f.index
		}
	}
	return -1
}

package stablehlo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// Error is a module that cannot be read although its syntax is right.
type Error struct {
	File string
	Pos  syntax.Pos
	Op   string // the operation, such as "stablehlo.add"
	Text string // what is wrong: "operand 1: got f32[3], want f32[4]"
	// Unsupported is true for what may be a correct program, outside of what this package reads.
	Unsupported bool
}

// Error writes "file:line:column: operation: text".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%v: %s: %s", e.File, e.Pos, e.Op, e.Text)
}

// Rules of operations panic with *Error, and the constructors that they call with *ir.Error; Import returns both as errors.

// fail panics with the error of a wrong program.
func (r *reader) fail(arg, got, want string) {
	panic(r.errorf(false, "%s: got %s, want %s", arg, got, want))
}

// unsupported panics with the error of a program that is not read.
func (r *reader) unsupported(what string) { panic(r.errorf(true, "not supported: %s", what)) }

func (r *reader) errorf(unsupported bool, format string, args ...any) *Error {
	return &Error{File: r.file, Pos: r.at, Op: r.op, Text: fmt.Sprintf(format, args...), Unsupported: unsupported}
}

// recover is deferred by Import.
func (r *reader) recover(err *error) {
	p := recover()
	if p == nil {
		return
	}
	cause, ok := p.(error)
	if !ok {
		panic(p)
	}
	var own *Error
	var wrong *ir.Error
	var array *tensor.Error
	switch {
	case errors.As(cause, &own):
		*err = own
	case errors.As(cause, &wrong):
		*err = r.errorf(false, "%s", wrongText(wrong, r.op))
	case errors.As(cause, &array): // beyond the memory limit
		*err = r.errorf(false, "%s", array.Error())
	default:
		panic(p)
	}
}

// wrongText is the text of a builder's error without its position, and without its primitive where the operation has the same name.
func wrongText(e *ir.Error, op string) string {
	bare := *e
	bare.Pos = ir.Position{}
	_, name, _ := strings.Cut(op, ".")
	return strings.TrimPrefix(bare.Error(), name+": ")
}

package trace

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Error is a program that cannot be built; see ir.Error.
type Error = ir.Error

// Fail panics with an *Error at the user's position. It is for functions that build programs on top of this package.
func Fail(op, arg, got, want, hint string) {
	panic(&ir.Error{Op: op, Arg: arg, Got: got, Want: want, Hint: hint, Pos: locate()})
}

func fail(op, arg, got, want, hint string) { Fail(op, arg, got, want, hint) }

// needFunc refuses a nil function where one is to be traced.
func needFunc(op, arg string, f any) {
	if reflect.ValueOf(f).IsNil() {
		fail(op, arg, "nil", "a function", "")
	}
}

// Try runs f and returns the error that a building function in it panicked with: for code outside of any Call.
func Try(f func()) (err error) {
	defer ir.Catch(&err)
	f()
	return nil
}

// must returns a tensor, or fails with what package tensor has against it.
func must(op string, t *tensor.Tensor, err error) *tensor.Tensor {
	if err != nil {
		failTensor(op, err)
	}
	return t
}

func failTensor(op string, err error) {
	var e *tensor.Error
	if errors.As(err, &e) {
		fail(op, e.Op, e.Text, "", "")
	}
	fail(op, "", err.Error(), "", "")
}

// relabel runs f, and gives the build errors of primitives in it the name of the public function that the user called.
func relabel(op string, f func()) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if e, ok := p.(*ir.Error); ok {
			if e.Op != op {
				e.Arg, e.Op = join(e.Op, e.Arg), op
			}
			if !e.Pos.IsValid() {
				e.Pos = locate()
			}
		}
		panic(p)
	}()
	f()
}

func join(op, arg string) string {
	if arg == "" {
		return op
	}
	return op + ": " + arg
}

// shapeString writes a shape as people do.
func shapeString(shape []int) string { return tensor.ShapeString(shape) }

func typeName(x any) string { return fmt.Sprintf("%T", x) }

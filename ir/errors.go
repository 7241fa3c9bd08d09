package ir

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Error is a program that cannot be built: what was asked for, what came, what would be accepted, and where in the user's source.
type Error struct {
	Op   string // primitive or public function, such as "dot"
	Arg  string // which argument or attribute, may be empty
	Got  string
	Want string
	Hint string // how to fix it, may be empty
	Pos  Position
}

// Error writes "file:line: op: argument: got X, want Y (hint)".
func (e *Error) Error() string {
	var sb strings.Builder
	if e.Pos.IsValid() {
		fmt.Fprintf(&sb, "%s:%d: ", e.Pos.File, e.Pos.Line)
	}
	sb.WriteString(e.Op)
	if e.Arg != "" {
		sb.WriteString(": " + e.Arg)
	}
	sb.WriteString(": got " + e.Got)
	if e.Want != "" {
		sb.WriteString(", want " + e.Want)
	}
	if e.Hint != "" {
		sb.WriteString(" (" + e.Hint + ")")
	}
	return sb.String()
}

// Mismatch returns the error of an argument that is not as the primitive needs it; Emit adds op and position.
func Mismatch(arg, got, want string) *Error { return &Error{Arg: arg, Got: got, Want: want} }

// Catch is deferred by the outermost public calls: it turns a panic with an *Error or a *tensor.Error (or an error that wraps one) into *err:
// a device that fails when somebody looks at its elements is no fault of the program. Any other panic goes on.
func Catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case error:
		var e *Error
		var t *tensor.Error
		if !errors.As(p, &e) && !errors.As(p, &t) {
			panic(p)
		}
		*err = p
	default:
		panic(p)
	}
}

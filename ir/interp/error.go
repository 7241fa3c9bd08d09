package interp

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
)

// Error is a failure while a node was evaluated: a failed check, or an array beyond the memory limit. Inside of regions it names the
// innermost node.
type Error struct {
	Op    string
	Pos   ir.Position // the user's call, may be unknown
	Err   error
	Stack []byte // of the interpreter, where a broken invariant panicked; else nil
}

// Error writes "file:line: op: cause".
func (e *Error) Error() string {
	at := ""
	if e.Pos.IsValid() {
		at = fmt.Sprintf("%s:%d: ", e.Pos.File, e.Pos.Line)
	}
	return at + e.Op + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// nodeError adds the node to an error of its evaluation, once: errors that passed an inner node keep that.
func nodeError(n *ir.Node, err error) error {
	var inner *Error
	if errors.As(err, &inner) {
		return err
	}
	return &Error{Op: n.Row().Name, Pos: n.Pos, Err: err}
}

// panicError is nodeError for what an evaluation rule panicked with. Errors, such as tensor's at its limit, are ordinary causes; the rest
// is our fault and comes with a stack.
func panicError(n *ir.Node, p any) error {
	err, ok := p.(error)
	if !ok {
		err = fmt.Errorf("%v", p)
	}
	e := &Error{Op: n.Row().Name, Pos: n.Pos, Err: err}
	if _, fault := p.(runtime.Error); fault || strings.HasPrefix(err.Error(), "BUG: ") {
		e.Stack = debug.Stack()
	}
	return e
}

package tensor

import "fmt"

// Error is what this package returns and, for misuse in the program's text (wrong Go type, index out of range), panics with.
type Error struct {
	Op   string // the operation: "reshape"
	Text string // argument, got, want
	Err  error  // what caused it, or nil
}

// Error returns "tensor: op: text".
func (e *Error) Error() string {
	s := "tensor: " + e.Op + ": " + e.Text
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func errorf(op, format string, args ...any) *Error {
	return &Error{Op: op, Text: fmt.Sprintf(format, args...)}
}

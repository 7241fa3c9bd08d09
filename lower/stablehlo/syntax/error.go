package syntax

import "fmt"

// Error is what Parse returns.
type Error struct {
	File string
	Pos  Pos
	Op   string // the operation that was being read, "" outside of one
	Text string // expected ..., got ...
}

// Error returns "file:line:column: operation: text".
func (e *Error) Error() string {
	if e.Op == "" {
		return fmt.Sprintf("%s:%v: %s", e.File, e.Pos, e.Text)
	}
	return fmt.Sprintf("%s:%v: %s: %s", e.File, e.Pos, e.Op, e.Text)
}

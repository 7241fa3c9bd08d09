package trace

import (
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"
)

// userCalls counts the traced functions that are running at this moment, traced or eager.
var userCalls atomic.Int32

// runUser calls the user's function. refuseInTrace looks for it on the stack.
func (p *program) runUser(s *Scope, arg unsafe.Pointer) tree {
	userCalls.Add(1)
	defer userCalls.Add(-1)
	return p.call(s, arg)
}

// refuseInTrace fails if it is called from a traced function, where storing a value outside of traces would happen once, while tracing,
// and not when the program runs. It looks at the stack only while some traced function runs.
func refuseInTrace(op string, v *Variable) {
	if userCalls.Load() == 0 {
		return
	}
	pcs := make([]uintptr, 1024)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if strings.HasSuffix(f.Function, "trace.(*program).runUser") {
			fail(op, v.String(), "a call inside of a traced function", "one outside of it", "use Set with the scope")
		}
	}
}

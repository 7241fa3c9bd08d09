package exec

import (
	"runtime"
	"unsafe"
)

// enter calls the code at entry with ctx in RDI. It is in entry_amd64.s.
//
//go:noescape
func enter(entry uintptr, ctx unsafe.Pointer, mode Mode)

func mxcsr() uint32

func setMXCSR(v uint32)

func vzeroupper()

// Call runs the code at offset with ctx as its context pointer. A fault in the code ends the process, or panics and leaves
// the mode set; where that can happen use CallRecover. The context may lie on the stack.
func (c *Code) Call(offset int, ctx unsafe.Pointer, mode Mode) {
	enter(c.entry(offset), ctx, mode)
	runtime.KeepAlive(c)
}

// saveState returns the processor state that a fault can leave changed.
func saveState() uint32 { return mxcsr() }

func restoreState(state uint32) {
	if features.AVX {
		vzeroupper()
	}
	setMXCSR(state)
}

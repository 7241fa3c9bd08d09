package exec

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"unsafe"
)

// TrapBase and TrapEnd bound the addresses by which generated code reports a broken invariant: a load from TrapBase+code comes
// back from CallRecover as a Fault with that code. Linux (vm.mmap_min_addr) and macOS (page zero) never map these addresses.
const (
	TrapBase = 0x1000
	TrapEnd  = 0x10000
)

// Fault is a processor fault in generated code: an access to memory that is not mapped, or an integer division fault.
type Fault struct {
	Addr    uintptr // address accessed, if HasAddr
	HasAddr bool    // false for division faults and for addresses below 4096, which the Go runtime does not report
	Cause   runtime.Error
}

// Error describes the fault.
func (f *Fault) Error() string {
	if code, ok := f.Trap(); ok {
		return fmt.Sprintf("exec: generated code trapped with code %d", code)
	}
	if f.HasAddr {
		return fmt.Sprintf("exec: generated code faulted at address %#x: %v", f.Addr, f.Cause)
	}
	return fmt.Sprintf("exec: generated code faulted: %v", f.Cause)
}

// Unwrap is the runtime's error.
func (f *Fault) Unwrap() error { return f.Cause }

// Trap is the trap code if the fault is a trap of the code's own.
func (f *Fault) Trap() (code int, ok bool) {
	if f.HasAddr && f.Addr >= TrapBase && f.Addr < TrapEnd {
		return int(f.Addr - TrapBase), true
	}
	return 0, false
}

// CallRecover is Call for code that may fault: the fault comes back as a *Fault, and the process goes on. Memory that the code
// was changing stays as it was at the fault. On Windows a fault ends the process all the same (see the package comment).
func (c *Code) CallRecover(offset int, ctx unsafe.Pointer, mode Mode) (err error) {
	entry := c.entry(offset)
	// Between the fault and the deferred function the goroutine may be rescheduled; locked to its thread it cannot leave a
	// changed MXCSR behind for another goroutine.
	runtime.LockOSThread()
	onFault := debug.SetPanicOnFault(true)
	state := saveState()
	defer func() {
		if r := recover(); r != nil {
			restoreState(state)
			err = faultError(r)
		}
		debug.SetPanicOnFault(onFault)
		runtime.UnlockOSThread()
	}()
	enter(entry, ctx, mode)
	runtime.KeepAlive(c)
	return nil
}

func faultError(r any) error {
	cause, ok := r.(runtime.Error)
	if !ok {
		panic(r)
	}
	f := &Fault{Cause: cause}
	if a, ok := r.(interface{ Addr() uintptr }); ok {
		f.Addr, f.HasAddr = a.Addr(), true
	}
	return f
}

package exec

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// ErrUnsupported is returned by Map where machine code cannot be run: not amd64, or a system without a mapping of ours.
var ErrUnsupported = errors.New("exec: machine code cannot be run on " + runtime.GOOS + "/" + runtime.GOARCH)

// Mode is a set of flags of one call.
type Mode uint32

// FlushDenormals makes denormal results zero and takes denormal operands as zero (MXCSR bits FTZ and DAZ) during the call.
// Without it the code runs with IEEE arithmetic.
const FlushDenormals Mode = 1

// Code is executable memory. Calls may run concurrently.
type Code struct {
	base    uintptr
	size    int
	mapping []byte
	closed  atomic.Bool
	cleanup runtime.Cleanup
}

// Map copies code into memory of its own and makes it executable. The memory is never writable and executable at once.
// It is freed by Close, or by the garbage collector when the Code is unreachable.
func Map(code []byte) (*Code, error) {
	if !Supported() {
		return nil, ErrUnsupported
	}
	if len(code) == 0 {
		return nil, errors.New("exec: map: no code")
	}
	mapping, err := mapPages(len(code))
	if err != nil {
		return nil, fmt.Errorf("exec: map %d bytes of code: %w", len(code), err)
	}
	copy(mapping, code)
	if err := protectExecutable(mapping); err != nil {
		_ = unmapPages(mapping)
		return nil, fmt.Errorf("exec: make %d bytes of code executable: %w", len(code), err)
	}
	c := &Code{base: uintptr(unsafe.Pointer(unsafe.SliceData(mapping))), size: len(code), mapping: mapping}
	c.cleanup = runtime.AddCleanup(c, func(m []byte) { _ = unmapPages(m) }, mapping)
	return c, nil
}

// Len is the size of the code in bytes.
func (c *Code) Len() int { return c.size }

// Base is the address of the first byte, for profilers and debuggers.
func (c *Code) Base() uintptr { return c.base }

// Close unmaps the code. No call may be running, and none may follow. A second Close does nothing.
func (c *Code) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.cleanup.Stop()
	return unmapPages(c.mapping)
}

// entry is the address of offset, checked.
func (c *Code) entry(offset int) uintptr {
	if uint(offset) >= uint(c.size) {
		panic(fmt.Sprintf("BUG: exec: call at offset %d of %d bytes of code", offset, c.size))
	}
	if c.closed.Load() {
		panic("BUG: exec: call of closed code")
	}
	return c.base + uintptr(offset)
}

package exec

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// hugePage is the size of a large page on x86-64 and, usually, arm64.
const hugePage = 2 << 20

// ArenaAlign is the alignment of every arena in bytes; arenas of 2 MiB and more are aligned to 2 MiB where memory can be mapped.
const ArenaAlign = 4096

// Arena is a zeroed workspace outside the Go heap: the collector neither scans nor counts it, so it must hold no Go pointers.
type Arena struct {
	mem      []byte
	mapping  []byte // nil: mem is Go memory
	released atomic.Bool
	cleanup  runtime.Cleanup
}

// NewArena maps size bytes, zero or more. Pages are taken from the system when they are first touched; from 2 MiB on Linux is asked
// for large pages. Where memory cannot be mapped the arena is an aligned Go slice.
func NewArena(size int) (*Arena, error) {
	switch {
	case size < 0:
		return nil, fmt.Errorf("exec: arena of %d bytes: want zero or more", size)
	case size == 0:
		return &Arena{}, nil
	case !canMap:
		return heapArena(size), nil
	}
	align, total := ArenaAlign, size
	if size >= hugePage {
		align, total = hugePage, size+hugePage // the part that alignment leaves over is never touched
	}
	mapping, err := mapPages(total)
	if err != nil {
		return nil, fmt.Errorf("exec: arena of %d bytes: %w", size, err)
	}
	a := &Arena{mem: alignedSlice(mapping, size, align), mapping: mapping}
	if size >= hugePage {
		adviseHugePages(a.mem)
	}
	a.cleanup = runtime.AddCleanup(a, func(m []byte) { _ = unmapPages(m) }, mapping)
	return a, nil
}

// heapArena is the arena of systems where memory cannot be mapped.
func heapArena(size int) *Arena {
	return &Arena{mem: alignedSlice(make([]byte, size+ArenaAlign), size, ArenaAlign)}
}

// alignedSlice is the first size bytes of m that start at a multiple of align.
func alignedSlice(m []byte, size, align int) []byte {
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(m))) & uintptr(align-1))
	return m[skip : skip+size : skip+size]
}

// Bytes is the memory. It does not keep the Arena alive: hold on to the Arena (runtime.KeepAlive) while the memory is in use.
func (a *Arena) Bytes() []byte { return a.mem }

// Pointer is the address of the first byte, nil for an empty arena. As with Bytes, hold on to the Arena.
func (a *Arena) Pointer() unsafe.Pointer {
	if len(a.mem) == 0 {
		return nil
	}
	return unsafe.Pointer(unsafe.SliceData(a.mem))
}

// Release gives the memory back; nothing may use it afterwards. A second Release does nothing. Without it the memory is given back
// when the Arena is unreachable.
func (a *Arena) Release() error {
	if a.released.Swap(true) {
		return nil
	}
	m := a.mapping
	a.mem, a.mapping = nil, nil
	if m == nil {
		return nil
	}
	a.cleanup.Stop()
	return unmapPages(m)
}

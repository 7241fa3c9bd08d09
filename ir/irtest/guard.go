package irtest

import (
	"fmt"
	"unsafe"
)

// Guarded is memory between guard cells, for code that must not write outside of its buffers. Reading outside gives a
// pattern that is a NaN in every float type.
type Guarded struct {
	all   []byte
	start int
	size  int
}

const (
	guardCells = 256
	guardByte  = 0xff
)

// NewGuarded returns size bytes, filled with the guard pattern, that begin offset bytes behind an address divisible by align (a power of
// two).
func NewGuarded(size, align, offset int) *Guarded {
	g := &Guarded{all: make([]byte, size+2*guardCells+align+offset), size: size}
	address := int(uintptr(unsafe.Pointer(unsafe.SliceData(g.all)))) + guardCells
	g.start = guardCells + (align-address%align)%align + offset
	for i := range g.all {
		g.all[i] = guardByte
	}
	return g
}

// Bytes is the guarded memory.
func (g *Guarded) Bytes() []byte { return g.all[g.start : g.start+g.size : g.start+g.size] }

// Check returns an error about the first guard cell that was written.
func (g *Guarded) Check() error {
	for i, b := range g.all {
		if at := i - g.start; (at < 0 || at >= g.size) && b != guardByte {
			return fmt.Errorf("byte %d of a buffer of %d was written: %#x", at, g.size, b)
		}
	}
	return nil
}

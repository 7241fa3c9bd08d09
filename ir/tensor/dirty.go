package tensor

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Large results of compiled programs are the garbage of numerical code, and what a Go program does by default with large garbage costs more
// than many a program that makes it: the memory is cleared first, and a heap that is otherwise small is collected every 4 MiB of results.

// dirtyMin is the size in bytes from which Dirty does something about it.
const dirtyMin = 16 << 10

// ballast is memory that counts as live but is never touched, so it takes none of the machine: it has the collector run about every 48 MiB
// of results in a program whose heap is small. It is there once a program makes large results. The runtime also hands memory back to the
// system when the heap in use goes down by a tenth: of little memory that is soon, and what comes back has to be cleared page by page.
var ballast = sync.OnceValue(func() []byte { return make([]byte, 48<<20) })

// Dirty is New for a tensor whose elements will all be written: they start arbitrary.
func Dirty(dt dtype.DType, shape ...int) (*Tensor, error) {
	t, err := withoutStorage(dt, shape)
	if err != nil {
		return nil, err
	}
	t.data = uncleared(t.bytes())
	return t, nil
}

// uncleared returns storage for n bytes, arbitrary ones where that is cheaper.
func uncleared(n int) []byte {
	if n < dirtyMin {
		return alignedBytes(n)
	}
	ballast()
	return dirtyBytes(n)
}

// dirtyBytes returns n bytes, at least one, with the alignment and room that Tensor promises. The buffer of a strings.Builder is the memory that
// the standard library hands out without clearing it; if that changes one day, it is clear.
func dirtyBytes(n int) []byte {
	room := roomOf(n)
	var b strings.Builder
	b.Grow(room)
	b.WriteByte(0)
	start := unsafe.StringData(b.String()) // ours alone: the builder and the string end here
	if uintptr(unsafe.Pointer(start))%Alignment != 0 {
		return alignedBytes(n)
	}
	return unsafe.Slice(start, room)[:n]
}

//go:build unix

package native

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// guarded is memory between two pages that cannot be accessed: reading or writing one byte too far is a fault.
type guarded struct{ mem []byte }

const guardPage = 4096

func newGuarded(t testing.TB, size int) *guarded {
	t.Helper()
	size = (size + guardPage - 1) &^ (guardPage - 1)
	all, err := syscall.Mmap(-1, 0, size+2*guardPage, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err)
	require.NoError(t, syscall.Mprotect(all[:guardPage], syscall.PROT_NONE))
	require.NoError(t, syscall.Mprotect(all[guardPage+size:], syscall.PROT_NONE))
	t.Cleanup(func() { _ = syscall.Munmap(all) })
	return &guarded{all[guardPage : guardPage+size]}
}

// place copies data to the end of the memory, or to its start, and a pattern beside it.
func (g *guarded) place(data []byte, atEnd bool) []byte {
	at := 0
	if atEnd {
		at = len(g.mem) - len(data)
	}
	placed := g.mem[at : at+copy(g.mem[at:], data)]
	side := g.beside(len(data), atEnd)
	for i := range side {
		side[i] = 0xa5
	}
	return placed
}

// beside is memory next to placed data.
func (g *guarded) beside(placed int, atEnd bool) []byte {
	const n = 256
	if end := len(g.mem) - placed; atEnd {
		return g.mem[max(0, end-n):end]
	}
	return g.mem[placed:min(len(g.mem), placed+n)]
}

// intact reports whether the pattern beside the placed data is still there.
func (g *guarded) intact(placed int, atEnd bool) bool {
	for _, b := range g.beside(placed, atEnd) {
		if b != 0xa5 {
			return false
		}
	}
	return true
}

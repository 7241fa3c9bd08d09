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

// place copies data to the end of the memory, or to its start; the rest is filled with a pattern.
func (g *guarded) place(data []byte, atEnd bool) []byte {
	for i := range g.mem {
		g.mem[i] = 0xa5
	}
	at := 0
	if atEnd {
		at = len(g.mem) - len(data)
	}
	copy(g.mem[at:], data)
	return g.mem[at : at+len(data)]
}

// intact reports whether nothing but the placed data has changed.
func (g *guarded) intact(placed int, atEnd bool) bool {
	rest := g.mem[placed:]
	if atEnd {
		rest = g.mem[:len(g.mem)-placed]
	}
	for _, b := range rest {
		if b != 0xa5 {
			return false
		}
	}
	return true
}

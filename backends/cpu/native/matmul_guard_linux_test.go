package native

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// fenced is memory between two pages that cannot be touched, at the end of its first accessible page or at the start.
func fenced(t *testing.T, bytes int, atEnd bool) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	inner := (bytes + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Munmap(m) })
	require.NoError(t, syscall.Mprotect(m[:page], syscall.PROT_NONE))
	require.NoError(t, syscall.Mprotect(m[page+inner:], syscall.PROT_NONE))
	if atEnd {
		return m[page+inner-bytes : page+inner]
	}
	return m[page : page+bytes]
}

// TestMatMulStaysInside runs products whose operands fill their memory to the byte, with fences on both sides.
func TestMatMulStaysInside(t *testing.T) {
	old := measured
	defer func() { measured = old }()
	gapped, reversed := rowMajor, colMajor
	gapped.gap, reversed.reverse = 3, [3]bool{false, true, true}
	shapes := append(productShapes, [4]int{1, 1, 9, 70}, [4]int{1, 70, 9, 1}, [4]int{1, 12, 100, 201})
	if testing.Short() {
		shapes = shapes[len(shapes)/2:]
	}
	for _, blocks := range []blocking{old, smallBlocks} {
		measured = blocks
		for _, is := range tiers() {
			for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
				for _, s := range shapes {
					for _, l := range []layoutOf{rowMajor, colMajor, gapped, reversed} {
						pc := productCase{dt: dt, batch: s[0], m: s[1], k: s[2], n: s[3], a: rowMajor, b: l, c: rowMajor, isa: is, exact: true}
						runFenced(t, pc)
						pc.a, pc.b = pc.b, pc.a
						runFenced(t, pc)
					}
				}
			}
		}
	}
}

func runFenced(t *testing.T, pc productCase) {
	t.Helper()
	b := pc.build(t)
	for _, atEnd := range []bool{true, false} {
		for i := range b.bufs {
			b.set(i, fenced(t, len(b.bufs[i]), atEnd))
		}
		b.run(t, 1)
	}
}

//go:build linux || darwin

package exec

import (
	"runtime"
	"syscall"
)

const supported = runtime.GOARCH == "amd64"

const canMap = true

// mapPages returns size bytes of fresh zeroed memory, readable and writable, on a page boundary.
func mapPages(size int) ([]byte, error) {
	return syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

func protectExecutable(m []byte) error {
	return syscall.Mprotect(m, syscall.PROT_READ|syscall.PROT_EXEC)
}

func unmapPages(m []byte) error { return syscall.Munmap(m) }

package exec

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"
)

const supported = runtime.GOARCH == "amd64"

const canMap = true

// Values of the Windows memory API.
const (
	memCommit       = 0x1000
	memReserve      = 0x2000
	memRelease      = 0x8000
	pageReadWrite   = 0x04
	pageExecuteRead = 0x20
)

var (
	kernel32       = syscall.NewLazyDLL("kernel32.dll")
	virtualAlloc   = kernel32.NewProc("VirtualAlloc")
	virtualProtect = kernel32.NewProc("VirtualProtect")
	virtualFree    = kernel32.NewProc("VirtualFree")
)

// mapPages returns size bytes of fresh zeroed memory, readable and writable, on a page boundary.
func mapPages(size int) ([]byte, error) {
	addr, _, err := virtualAlloc.Call(0, uintptr(size), memCommit|memReserve, pageReadWrite)
	if addr == 0 {
		return nil, fmt.Errorf("VirtualAlloc: %w", err)
	}
	// The address is not Go memory, so it does not move; the detour through its own address keeps vet's pointer check quiet.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), size), nil
}

func protectExecutable(m []byte) error {
	var old uint32
	ok, _, err := virtualProtect.Call(uintptr(unsafe.Pointer(&m[0])), uintptr(len(m)), pageExecuteRead, uintptr(unsafe.Pointer(&old)))
	if ok == 0 {
		return fmt.Errorf("VirtualProtect: %w", err)
	}
	return nil
}

func unmapPages(m []byte) error {
	ok, _, err := virtualFree.Call(uintptr(unsafe.Pointer(unsafe.SliceData(m))), 0, memRelease)
	if ok == 0 {
		return fmt.Errorf("VirtualFree: %w", err)
	}
	return nil
}

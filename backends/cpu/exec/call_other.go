//go:build !amd64

package exec

import "unsafe"

// Call panics here: Map never returns a Code.
func (c *Code) Call(offset int, ctx unsafe.Pointer, mode Mode) { enter(0, nil, 0) }

func enter(uintptr, unsafe.Pointer, Mode) { panic("BUG: " + ErrUnsupported.Error()) }

func saveState() uint32 { return 0 }

func restoreState(uint32) {}

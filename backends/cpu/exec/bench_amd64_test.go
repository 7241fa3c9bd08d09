package exec

import (
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
)

func debugPanicOnFault() (restore func()) {
	old := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(old) }
}

func ret(a *asm.Assembler) { a.Emit(asm.RET) }

func BenchmarkCall(b *testing.B) {
	c := mapCode(b, ret)
	var ctx uint64
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			c.Call(0, unsafe.Pointer(&ctx), 0)
		}
	})
	b.Run("flush", func(b *testing.B) {
		for b.Loop() {
			c.Call(0, unsafe.Pointer(&ctx), FlushDenormals)
		}
	})
	b.Run("recover", func(b *testing.B) {
		for b.Loop() {
			_ = c.CallRecover(0, unsafe.Pointer(&ctx), 0)
		}
	})
	b.Run("fault", func(b *testing.B) {
		canRecover(b)
		c := mapCode(b, access)
		ctx := accessContext{addr: 0xDEAD0000}
		for b.Loop() {
			_ = c.CallRecover(0, unsafe.Pointer(&ctx), 0)
		}
	})
}

package exec_test

import (
	"fmt"
	"unsafe"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/backends/cpu/exec"
)

// A function that sums the integers of a slice, made and run.
func Example() {
	type context struct {
		data  *int64
		count int
		sum   int64
	}
	a := asm.New()
	loop, done := a.NewLabel(), a.NewLabel()
	a.Emit(asm.MOV, asm.RSI, asm.Mem{Base: asm.RDI, Disp: int32(unsafe.Offsetof(context{}.data))})
	a.Emit(asm.MOV, asm.RCX, asm.Mem{Base: asm.RDI, Disp: int32(unsafe.Offsetof(context{}.count))})
	a.Emit(asm.XOR, asm.EAX, asm.EAX)
	a.Bind(loop)
	a.Emit(asm.DEC, asm.RCX)
	a.Jump(asm.JS, done)
	a.Emit(asm.ADD, asm.RAX, asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: 8})
	a.Jump(asm.JMP, loop)
	a.Bind(done)
	a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Disp: int32(unsafe.Offsetof(context{}.sum))}, asm.RAX)
	a.Emit(asm.RET)
	bytes, err := a.Bytes()
	if err != nil {
		panic(err)
	}

	code, err := exec.Map(bytes)
	if err != nil {
		panic(err)
	}
	defer code.Close()
	data := []int64{1, 2, 3, 4}
	ctx := context{data: &data[0], count: len(data)}
	code.Call(0, unsafe.Pointer(&ctx), 0)
	fmt.Println(ctx.sum)
	// Output: 10
}

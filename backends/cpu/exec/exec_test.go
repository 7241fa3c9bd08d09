package exec

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
)

// How long, and how often, tests look whether the collector has done something.
const (
	waitFor = 20 * time.Second
	tick    = 10 * time.Millisecond
)

// mapCode assembles and maps one function; it is closed at the end of the test.
func mapCode(t testing.TB, emit func(a *asm.Assembler)) *Code {
	t.Helper()
	if !Supported() {
		t.Skip("machine code cannot be run here")
	}
	a := asm.New()
	emit(a)
	b, err := a.Bytes()
	require.NoError(t, err)
	c, err := Map(b)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestCall(t *testing.T) {
	second := 0
	c := mapCode(t, func(a *asm.Assembler) {
		a.Emit(asm.MOV, asm.RAX, asm.Mem{Base: asm.RDI})
		a.Emit(asm.IMUL, asm.RAX, asm.RAX, asm.Imm(3))
		a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Disp: 8}, asm.RAX)
		a.Emit(asm.RET)
		a.Align(16)
		second = a.Len()
		a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Disp: 8, Size: 8}, asm.Imm(-1))
		a.Emit(asm.RET)
	})
	ctx := [2]int64{14, 0}
	c.Call(0, unsafe.Pointer(&ctx), 0)
	require.Equal(t, [2]int64{14, 42}, ctx)
	c.Call(second, unsafe.Pointer(&ctx), 0)
	require.Equal(t, [2]int64{14, -1}, ctx)
	require.NoError(t, c.CallRecover(0, unsafe.Pointer(&ctx), FlushDenormals))
	require.Equal(t, [2]int64{14, 42}, ctx)
	require.Panics(t, func() { c.Call(c.Len(), nil, 0) })
	require.Panics(t, func() { c.Call(-1, nil, 0) })
}

func TestCloseTwice(t *testing.T) {
	c := mapCode(t, func(a *asm.Assembler) { a.Emit(asm.RET) })
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	require.PanicsWithValue(t, "BUG: exec: call of closed code", func() { c.Call(0, nil, 0) })
	_, err := Map(nil)
	require.Error(t, err)
}

// clobber changes every register that the contract allows, sets the context to 1, and returns.
func clobber(a *asm.Assembler) {
	for i := range 16 {
		if r := asm.R(i); r != asm.RSP && r != asm.RBP && r != asm.RDI {
			a.Emit(asm.MOV, r, -0x0123456789ABCDEF-asm.Imm(i))
		}
	}
	f := Features()
	switch {
	case f.HasAVX512():
		for i := range 32 {
			a.Emit(asm.VPTERNLOGD, asm.Z(i), asm.Z(i), asm.Z(i), asm.Imm(255))
		}
		for i := range 8 {
			a.Emit(asm.KXNORQ, asm.K(i), asm.K(i), asm.K(i))
		}
	case f.HasAVX2():
		for i := range 16 {
			a.Emit(asm.VPCMPEQD, asm.Y(i), asm.Y(i), asm.Y(i))
		}
	}
	a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Size: 8}, asm.Imm(1))
	a.Emit(asm.MOV, asm.RDI, asm.Imm(-2))
	if f.AVX {
		a.Emit(asm.VZEROUPPER)
	}
	a.Emit(asm.RET)
}

// TestGoSurvivesClobberedRegisters runs Go code that leans on R14 (goroutine) and X15 (zero) after calls that destroy them.
func TestGoSurvivesClobberedRegisters(t *testing.T) {
	c := mapCode(t, clobber)
	type big [40]uint64
	keep := make([]*big, 64)
	for i := range 20000 {
		done := uint64(0)
		c.Call(0, unsafe.Pointer(&done), Mode(i&1))
		var zeroed big // cleared with X15
		require.Equal(t, uint64(1), done)
		keep[i%64] = &big{} // the allocator finds the goroutine in R14
		if zeroed != *keep[i%64] {
			t.Fatal("zeroed memory is not zero")
		}
	}
	runtime.KeepAlive(keep)
}

// denormal multiplies the two floats of the context into the third.
func denormal(a *asm.Assembler) {
	a.Emit(asm.VMOVSS, asm.X(0), asm.Mem{Base: asm.RDI})
	a.Emit(asm.VMULSS, asm.X(0), asm.X(0), asm.Mem{Base: asm.RDI, Disp: 4})
	a.Emit(asm.VMOVSS, asm.Mem{Base: asm.RDI, Disp: 8}, asm.X(0))
	a.Emit(asm.CMP, asm.Mem{Base: asm.RDI, Disp: 12, Size: 4}, asm.Imm(0))
	ok := a.NewLabel()
	a.Jump(asm.JE, ok)
	a.Trap(7)
	a.Bind(ok)
	a.Emit(asm.RET)
}

func TestFlushDenormals(t *testing.T) {
	c := mapCode(t, denormal)
	if !Features().AVX {
		t.Skip("needs AVX")
	}
	type context struct {
		x, y, product float32
		trap          uint32
	}
	tiny := float32(1e-30)
	half := float32(0.5)
	denorm := float32(1e-40)
	before := saveState() &^ 0x3F // without the sticky exception flags
	for _, x := range []context{{x: tiny, y: 1e-10}, {x: denorm, y: half}} {
		ieee, flushed := x, x
		c.Call(0, unsafe.Pointer(&ieee), 0)
		c.Call(0, unsafe.Pointer(&flushed), FlushDenormals)
		require.NotZero(t, ieee.product)
		require.Zero(t, flushed.product)
		require.Equal(t, before, saveState()&^0x3F)

		x.trap = 1
		err := c.CallRecover(0, unsafe.Pointer(&x), FlushDenormals)
		require.EqualError(t, err, "exec: generated code trapped with code 7")
		require.Zero(t, x.product)
		require.Equal(t, before, saveState()&^0x3F, "restored after a fault")
	}
}

// mappings returns the lines of the process's memory map that hold addr, or all executable anonymous ones if addr is 0.
func mappings(t *testing.T, addr uintptr) []string {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		lo, hi := parseRange(fields[0])
		if addr == 0 && len(fields) == 5 && strings.Contains(fields[1], "x") || lo <= addr && addr < hi {
			out = append(out, s.Text())
		}
	}
	return out
}

func parseRange(s string) (lo, hi uintptr) {
	at := &lo
	for _, c := range s {
		switch {
		case c == '-':
			at = &hi
		case c >= 'a':
			*at = *at<<4 | uintptr(c-'a'+10)
		default:
			*at = *at<<4 | uintptr(c-'0')
		}
	}
	return lo, hi
}

func TestCodeIsNotWritable(t *testing.T) {
	c := mapCode(t, clobber)
	lines := mappings(t, c.Base())
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], " r-xp ")
}

func TestUnreachableCodeIsUnmapped(t *testing.T) {
	if !Supported() {
		t.Skip("machine code cannot be run here")
	}
	before := executableBytes(t)
	a := asm.New()
	a.Emit(asm.RET)
	b, err := a.Bytes()
	require.NoError(t, err)
	for i := range 200 {
		c, err := Map(append(b, make([]byte, 5000*(i%3))...))
		require.NoError(t, err)
		c.Call(0, nil, 0)
	}
	require.Eventually(t, func() bool {
		runtime.GC()
		return executableBytes(t) <= before
	}, waitFor, tick)
}

// executableBytes is the size of all anonymous executable memory of the process.
func executableBytes(t *testing.T) (n uintptr) {
	for _, line := range mappings(t, 0) {
		lo, hi := parseRange(strings.Fields(line)[0])
		n += hi - lo
	}
	return n
}

func TestPerfMap(t *testing.T) {
	c := mapCode(t, func(a *asm.Assembler) { a.Emit(asm.RET) })
	name := fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())
	defer os.Remove(name)
	if err := c.WritePerfMap("kernel_7", 0, 1); err != nil {
		t.Skip(err)
	}
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(b), fmt.Sprintf("%x 1 kernel_7\n", c.Base()))
}

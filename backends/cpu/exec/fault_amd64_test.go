package exec

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
)

// access loads a word from the address in the context, with dirty vector registers and Go's special registers destroyed, and
// stores what it read.
func access(a *asm.Assembler) {
	a.Emit(asm.XOR, asm.R14D, asm.R14D)
	if Features().AVX {
		a.Emit(asm.VPCMPEQD, asm.X(15), asm.X(15), asm.X(15))
	}
	a.Emit(asm.MOV, asm.RAX, asm.Mem{Base: asm.RDI})
	a.Emit(asm.MOV, asm.RAX, asm.Mem{Base: asm.RAX})
	a.Emit(asm.MOV, asm.Mem{Base: asm.RDI, Disp: 8}, asm.RAX)
	if Features().AVX {
		a.Emit(asm.VZEROUPPER)
	}
	a.Emit(asm.RET)
}

type accessContext struct {
	addr  uintptr
	value uint64
}

// canRecover skips the test where faults of generated code end the process.
func canRecover(t testing.TB) {
	if runtime.GOOS == "windows" {
		t.Skip("faults outside Go's text end the process on Windows")
	}
}

// unmapped is an address that the system never maps.
const unmapped = 0x7000

func TestFaults(t *testing.T) {
	canRecover(t)
	c := mapCode(t, access)
	for _, addr := range []uintptr{0xDEAD0000, 0, 8, 1<<63 + 4096, 0x7FFF_FFFF_F000} {
		ctx := accessContext{addr: addr}
		err := c.CallRecover(0, unsafe.Pointer(&ctx), 0)
		var fault *Fault
		require.ErrorAs(t, err, &fault, "%#x", addr)
		require.Zero(t, ctx.value)
		if fault.HasAddr && addr < 1<<47 {
			require.Equal(t, addr, fault.Addr)
		}
		require.Equal(t, addr == 0xDEAD0000 || addr >= 1<<40, fault.HasAddr)
		_, trap := fault.Trap()
		require.False(t, trap)
		var cause runtime.Error
		require.ErrorAs(t, err, &cause)
	}
	x := uint64(77)
	ctx := accessContext{addr: uintptr(unsafe.Pointer(&x))}
	require.NoError(t, c.CallRecover(0, unsafe.Pointer(&ctx), 0))
	require.Equal(t, x, ctx.value)
}

func TestDivisionFault(t *testing.T) {
	canRecover(t)
	c := mapCode(t, func(a *asm.Assembler) {
		a.Emit(asm.XOR, asm.ECX, asm.ECX)
		a.Emit(asm.DIV, asm.RCX)
		a.Emit(asm.RET)
	})
	err := c.CallRecover(0, nil, 0)
	require.EqualError(t, err, "exec: generated code faulted: runtime error: integer divide by zero")
}

func TestWriteToCodeFaults(t *testing.T) {
	canRecover(t)
	c := mapCode(t, func(a *asm.Assembler) {
		start := a.Here()
		a.Emit(asm.MOV, start.Mem().Sized(1), asm.Imm(0))
		a.Emit(asm.RET)
	})
	var fault *Fault
	require.ErrorAs(t, c.CallRecover(0, nil, 0), &fault)
	require.Equal(t, c.Base(), fault.Addr)
}

// deepFault faults under depth frames of Go, so that the panic meets stacks of every fill and has to grow some.
func deepFault(c *Code, ctx *accessContext, depth int) error {
	var pad [16]uint64
	if depth > 0 {
		pad[depth%16] = uint64(depth)
		err := deepFault(c, ctx, depth-1)
		if pad[depth%16] != uint64(depth) {
			return errors.New("stack damaged")
		}
		return err
	}
	return c.CallRecover(0, unsafe.Pointer(ctx), FlushDenormals)
}

// TestFaultStorm recovers thousands of faults on stacks of many depths while the collector and the scheduler are kept busy.
func TestFaultStorm(t *testing.T) {
	canRecover(t)
	c := mapCode(t, access)
	stop := busy()
	defer stop()
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	good := new(uint64)
	*good = 5
	var wg sync.WaitGroup
	var faults atomic.Int64
	for range rounds {
		for depth := range 60 {
			wg.Go(func() { // a fresh, small stack
				for range 4 {
					ctx := accessContext{addr: unmapped}
					var fault *Fault
					if err := deepFault(c, &ctx, depth); !errors.As(err, &fault) || fault.Addr != unmapped {
						t.Errorf("depth %d: got %v, want a fault at %#x", depth, err, unmapped)
						return
					}
					faults.Add(1)
					ctx.addr = uintptr(unsafe.Pointer(good))
					if err := deepFault(c, &ctx, depth); err != nil || ctx.value != 5 {
						t.Errorf("depth %d: a good access after a fault: %v, value %d", depth, err, ctx.value)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	require.Equal(t, int64(rounds*60*4), faults.Load())
	require.Zero(t, leaks.Load())
}

// busy keeps the collector and the scheduler working until the returned function is called.
func busy() (stop func()) {
	var done atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !done.Load() {
			runtime.GC()
		}
	})
	wg.Go(func() {
		var keep [][]byte
		for i := 0; !done.Load(); i++ {
			if keep = append(keep, make([]byte, 100+i%1000)); len(keep) > 1000 {
				keep = nil
				runtime.Gosched()
			}
		}
	})
	for range 2 { // flushing of denormals must not leak into Go code on any thread
		wg.Go(func() {
			for !done.Load() {
				if denormalProduct(1e-30, 1e-10) == 0 {
					leaks.Add(1)
				}
				runtime.Gosched()
			}
		})
	}
	return func() {
		done.Store(true)
		wg.Wait()
	}
}

// leaks counts how often Go code ran with denormals flushed.
var leaks atomic.Int64

//go:noinline
func denormalProduct(x, y float32) float32 { return x * y }

// TestRecoverDuringCollection collects and grows the stack in a deferred function that runs on top of the faulting frames.
func TestRecoverDuringCollection(t *testing.T) {
	canRecover(t)
	c := mapCode(t, access)
	ctx := &accessContext{addr: unmapped}
	fault := func() (got any) {
		defer func() { got = recover() }()
		defer func() {
			runtime.GC()
			growStack(200)
			runtime.GC()
		}()
		defer debugPanicOnFault()()
		c.Call(0, unsafe.Pointer(ctx), 0)
		return nil
	}
	for range 20 {
		done := make(chan any)
		go func() { done <- fault() }()
		require.NotNil(t, <-done)
	}
}

func growStack(n int) int {
	var pad [64]int
	if n == 0 {
		return 0
	}
	pad[n%64] = n
	return growStack(n-1) + pad[n%64]
}

// spin runs for as many rounds as the context says, and adds one to the second word each round.
func spin(a *asm.Assembler) {
	a.Emit(asm.MOV, asm.RCX, asm.Mem{Base: asm.RDI})
	loop := a.Here()
	a.Emit(asm.ADD, asm.Mem{Base: asm.RDI, Disp: 8, Size: 8}, asm.Imm(1))
	a.Emit(asm.DEC, asm.RCX)
	a.Jump(asm.JNE, loop)
	a.Emit(asm.RET)
}

// stays are native stretches of a few milliseconds on several goroutines, with the collector asking them to stop all the time.
func stays(t *testing.T, total time.Duration) {
	c := mapCode(t, spin)
	const rounds = 2_000_000
	var wg sync.WaitGroup
	end := time.Now().Add(total)
	for range 4 {
		wg.Go(func() {
			for time.Now().Before(end) {
				ctx := [2]uint64{rounds, 0}
				if err := c.CallRecover(0, unsafe.Pointer(&ctx), 0); err != nil || ctx[1] != rounds {
					t.Errorf("got %d rounds, %v", ctx[1], err)
				}
				ctx[1] = 0
				if c.Call(0, unsafe.Pointer(&ctx), 0); ctx[1] != rounds {
					t.Errorf("got %d rounds", ctx[1])
				}
			}
		})
	}
	wg.Wait()
}

func duration(long time.Duration) time.Duration {
	if testing.Short() {
		return long / 5
	}
	return long
}

func TestPreemptionSignals(t *testing.T) {
	stop := busy()
	defer stop()
	stays(t, duration(2*time.Second))
}

func TestProfileSignals(t *testing.T) {
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Skip(err)
	}
	defer pprof.StopCPUProfile()
	stop := busy()
	defer stop()
	stays(t, duration(2*time.Second))
}

func TestExecutionTrace(t *testing.T) {
	if err := trace.Start(io.Discard); err != nil {
		t.Skip(err)
	}
	defer trace.Stop()
	stop := busy()
	defer stop()
	stays(t, duration(time.Second))
}

// TestFatalTraps holds the other half of the contract: these end the process, so generated code must not use them. If a Go release
// makes one recoverable, the package comment can be relaxed.
func TestFatalTraps(t *testing.T) {
	canRecover(t)
	cases := map[string]func(a *asm.Assembler){
		"SIGILL: illegal instruction": func(a *asm.Assembler) { a.Emit(asm.UD2) },
		"SIGTRAP: trace trap":         func(a *asm.Assembler) { a.Emit(asm.INT3) },
		"fatal error: ": func(a *asm.Assembler) {
			// moved stack pointer: the traceback fails
			a.Emit(asm.SUB, asm.RSP, asm.Imm(64))
			a.Emit(asm.MOV, asm.Mem{Base: asm.RSP, Size: 8}, asm.Imm(1))
			a.Trap(0)
		},
	}
	if name := os.Getenv("EXEC_TEST_FATAL"); name != "" {
		c := mapCode(t, cases[name])
		_ = c.CallRecover(0, nil, 0)
		return
	}
	for message := range cases {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFatalTraps$")
		cmd.Env = append(os.Environ(), "EXEC_TEST_FATAL="+message)
		out, err := cmd.CombinedOutput()
		require.Error(t, err, "%s", out)
		require.Contains(t, string(out), message)
	}
}

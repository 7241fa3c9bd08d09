// Package exec runs machine code made at run time: executable memory, entry from Go, recovery from faults, processor features,
// and mapped memory for workspaces. It imports nothing of Ranvier.
//
// Data flow: Map copies code into fresh pages and makes them executable and read-only; Call or CallRecover enters it at an offset
// with a context pointer; Close, or the garbage collector once the Code is unreachable, unmaps it.
//
// # Contract of generated code (amd64)
//
//   - On entry RDI is the context pointer and RSP points at the return address. The code leaves by RET with RSP and RBP as they were.
//   - It may change every other general register and all vector and mask registers. It clears the upper vector halves
//     (VZEROUPPER) before RET, leaves the direction flag clear, and does not change the control bits of MXCSR; the flag
//     FlushDenormals of the call sets and restores them.
//   - It never pushes, calls, or moves RSP or RBP: between entry and RET, RSP must point at the return address whenever a
//     fault can happen, or the fault ends the process. Spills go to memory reached from the context.
//   - It does not touch memory below RSP.
//   - It cannot be preempted, and the garbage collector waits for it: a stay is bounded to a few milliseconds.
//   - It does not store Go pointers into Go memory (there are no write barriers), and keeps no address of Go memory after RET,
//     except in memory that the caller keeps alive.
//
// Why this is sound with the Go 1.26 runtime (read in its source):
//
//   - The caller of the assembly stub, compiled Go, reloads the goroutine pointer (R14) from thread-local storage and clears X15
//     after every call of an assembly function (cmd/compile/internal/amd64/ssa.go, OpAMD64CALLstatic).
//   - A preemption signal does nothing while the program counter is outside Go functions or inside assembly ones
//     (isAsyncSafePoint in runtime/preempt.go); signal handlers take the goroutine from thread-local storage and run on a stack of
//     their own; the profiler counts such a sample as external code.
//   - A memory fault or an integer division fault becomes a Go panic: the handler finds that the program counter is not in Go
//     but the word at RSP is, so it lets the panic start as if the stub had called it (shouldPushSigpanic in runtime/panic.go,
//     preparePanic in runtime/signal_amd64.go). With any other word at RSP the traceback fails and the process ends.
//   - UD2 and INT3 always end the process (SIGILL and SIGTRAP are _SigThrow in runtime/sigtab_linux_generic.go), so a trap that
//     is to be recovered is a load from an address that is never mapped: see TrapBase.
//   - On Windows no fault outside Go's own text becomes a panic (isgoexception in runtime/signal_windows.go): there every fault of
//     generated code ends the process.
package exec

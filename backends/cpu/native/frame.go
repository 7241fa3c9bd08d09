package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Header is the start of a workspace: what machine code and Go tell each other.
type Header struct {
	Resume uintptr // where to enter
	Exit   uint64  // why the code returned
	Step   uint64  // for ExitStep: index in Code.Steps
	Budget int64   // estimated nanoseconds of work before the code yields
	Failed uint64  // what went wrong in a part of a divided step: 1 + index in Code.Errors
	Stop   uint64  // not 0: helpers shall return
}

// Offsets of the header's fields; a test compares them with unsafe.Offsetof.
const (
	offResume = 0
	offExit   = 8
	offStep   = 16
	offBudget = 24
	offFailed = 32
	offStop   = 40
	offBases  = 64
)

// The exit codes.
const (
	ExitDone  = iota + 1 // the program is finished
	ExitYield            // the budget is used up
	ExitStep             // the portable executor has to run Steps[Step]
	ExitError            // the run is over: Errors[Step] says why
)

// rWork holds the workspace, rIndex the index in the innermost loop. rTmp may be overwritten by any emission.
const (
	rWork  = asm.R15
	rIndex = asm.RCX
	rTmp   = asm.R14
)

// pointerRegs hold row pointers and bases of external buffers inside a Map.
var pointerRegs = []asm.Reg{asm.RAX, asm.RDX, asm.RSI, asm.RDI, asm.R8, asm.R9, asm.R10, asm.R11, asm.R12, asm.R13}

// layout assigns workspace offsets.
type layout struct {
	prog  *kernel.Program
	base  []int // for external buffers: offset of their pointer
	desks int   // offset of the desks of helpers
	frame int   // next free byte of the frame
	peak  int   // most bytes of the frame in use since it was last set
	end   int   // bytes of the frame
	arena int
	lower int // bytes of scratch that belong to other parts of a divided step
	top   int // bytes of scratch in use since it was last set
	extra int // bytes of scratch behind the arena, shared by the steps
}

// maxFrame bounds the frame: the arena starts behind it, at an offset that has to be known before the frame is.
const maxFrame = 64 << 10

// newLayout lays out the workspace of a program with so many helpers.
func newLayout(p *kernel.Program, helpers int) *layout {
	l := &layout{prog: p, base: make([]int, len(p.Buffers)), frame: offBases}
	for i := range p.Buffers {
		if p.Buffers[i].Storage != kernel.Arena {
			l.base[i] = l.frame
			l.frame += 8
		}
	}
	l.desks = (l.frame + 63) &^ 63
	l.frame = l.desks + helpers*DeskSize
	l.end = l.frame + maxFrame
	l.arena = (l.end + 4095) &^ 4095
	return l
}

// slot reserves bytes of the frame. mark and release reuse the frame between steps.
func (l *layout) slot(bytes, align int) int {
	at := (l.frame + align - 1) &^ (align - 1)
	l.frame = at + bytes
	l.peak = max(l.peak, l.frame)
	if l.frame > l.end {
		panic(frameFull{})
	}
	return at
}

// frameFull stops the compilation of one step that needs more frame than there is; the step is left to the portable executor.
type frameFull struct{}

func work(offset int) asm.Mem { return asm.Mem{Base: rWork, Disp: int32(offset)} }

// bufferAddr is where a static element of an arena buffer lies, relative to the workspace.
func (l *layout) bufferAddr(id kernel.BufID) int {
	return l.arena + l.prog.Buffers[id].Offset
}

// scratch returns the offset of at least so many bytes behind the arena. Steps share them: they hold nothing between steps.
func (l *layout) scratch(bytes int) int {
	l.top = max(l.top, l.lower+(bytes+63)&^63)
	l.extra = max(l.extra, l.top)
	return l.arena + (l.prog.Arena+63)&^63 + l.lower
}

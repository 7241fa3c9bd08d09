package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Divided steps are run by several threads: the one that runs the program, and helpers. Each helper has a desk in the workspace. The program
// lays a part of the work on each desk, does the first part itself, and then collects: a part that its helper has taken is waited for, one
// that it has not is done here. So a helper that sleeps, or that the system has put aside, costs nothing but its help.
//
//	program                                 helper
//	entry = part; done = 0; claim = 0
//	own part                                spins until claim = 0
//	exchange claim with 1                   exchange claim with 1: the one that finds 0 runs the part
//	found 0: run the part                   part, done = 1
//	found 1: spin until done = 1
//
// x86 keeps the order of stores, and the exchange is a full barrier. A part is straight through: it neither polls nor leaves. Each has
// registers of its own frame and scratch memory, so that all share one workspace.

// Desk is where the program and a helper meet. Each has two cache lines of its own, as processors fetch lines in pairs.
type Desk struct {
	Claim uint64  // 0: the part on the desk is to be had
	Done  uint64  // 1: it is done
	Entry uintptr // code of the part
	Back  uintptr // where the part returns to
	Taken uint64  // parts that the helper has taken
}

// DeskSize is the distance of desks in bytes.
const DeskSize = 128

const (
	deskClaim = 0
	deskDone  = 8
	deskEntry = 16
	deskBack  = 24
	deskTaken = 32
)

// spins bounds the time that a helper waits for work in machine code, where Go cannot reach it: about 20 microseconds.
const spins = 20000

// part is the part of a divided step that is being emitted.
type part struct {
	end     asm.Label
	helpers bool // a helper may run it
}

// desk is field at of the desk of helper i.
func (c *compiler) desk(i, at int) asm.Mem { return work(c.lay.desks + i*DeskSize + at).Sized(8) }

// forkable counts the steps at the start of a block that are divided alike and may run at the same time.
func (c *compiler) forkable(b kernel.Block) int {
	for n, s := range b {
		if c.opts.Skip != nil && c.opts.Skip(s) {
			return n
		}
		parts, first := c.opts.Divided[s], c.opts.Divided[b[0]]
		if len(parts.Then) == 0 || len(parts.Then) != len(first.Then) || len(parts.First) != len(first.First) {
			return n
		}
		for _, other := range b[:n] {
			if !c.prog.Independent(s, other) {
				return n
			}
		}
	}
	return len(b)
}

// fork emits divided steps. It reports false, and emits nothing, if one of them has no code.
func (c *compiler) fork(steps kernel.Block) bool {
	lower, errors := c.lay.lower, len(c.code.Errors)
	var first, then [][]kernel.Step
	for _, s := range steps {
		parts := c.opts.Divided[s]
		first, then = append(first, parts.First), append(then, parts.Then)
	}
	err := c.try(func() error {
		if len(first[0]) > 0 {
			if err := c.forkParts(first); err != nil {
				return err
			}
		}
		return c.forkParts(then)
	})
	c.part, c.lay.lower = nil, lower
	if err != nil {
		c.code.Errors = c.code.Errors[:errors]
	}
	return err == nil
}

// forkParts emits the parts of several steps, part i of each on one thread.
func (c *compiler) forkParts(steps [][]kernel.Step) error {
	a, frame := c.a, c.lay.frame
	defer func() { c.lay.frame = frame }()
	a.Comment("fork")
	parts := make([]asm.Label, len(steps[0]))
	for i := range parts {
		parts[i] = a.NewLabel()
	}
	for i, entry := range parts[1:] {
		a.Emit(asm.LEA, rTmp, entry.Mem())
		a.Emit(asm.MOV, c.desk(i, deskEntry), rTmp)
		a.Emit(asm.MOV, c.desk(i, deskDone), asm.Imm(0))
		a.Emit(asm.MOV, c.desk(i, deskClaim), asm.Imm(0))
	}
	if err := c.emitPart(steps, 0); err != nil {
		return err
	}
	for i, entry := range parts[1:] {
		c.collect(i, entry)
	}
	over := a.NewLabel()
	a.Emit(asm.MOV, rTmp, work(offFailed))
	a.Emit(asm.TEST, rTmp, rTmp)
	a.Jump(asm.JE, over)
	a.Emit(asm.DEC, rTmp)
	a.Emit(asm.MOV, work(offStep), rTmp)
	a.Emit(asm.MOV, work(offExit).Sized(8), asm.Imm(ExitError))
	a.Emit(asm.VZEROUPPER)
	a.Emit(asm.RET)
	for i, entry := range parts[1:] {
		a.Align(16)
		a.Bind(entry)
		if err := c.emitPart(steps, i+1); err != nil {
			return err
		}
		a.Emit(asm.MOV, rTmp, c.desk(i, deskBack)) // before the desk is free again
		a.Emit(asm.MOV, c.desk(i, deskDone), asm.Imm(1))
		a.Emit(asm.JMP, rTmp)
	}
	a.Bind(over)
	return nil
}

// emitPart emits a part of each step, in frame and scratch memory that no other part uses.
func (c *compiler) emitPart(steps [][]kernel.Step, number int) error {
	c.part = &part{end: c.a.NewLabel(), helpers: number > 0}
	defer func() { c.part = nil }()
	if number == 0 {
		c.lay.lower, c.lay.top = 0, 0
	} else {
		c.lay.frame = (c.lay.peak + 63) &^ 63
		c.lay.lower = c.lay.top
	}
	c.lay.peak = c.lay.frame
	for _, s := range steps {
		frame := c.lay.frame
		if err := c.emitLeaf(s[number]); err != nil {
			return err
		}
		c.lay.frame = frame
	}
	c.a.Bind(c.part.end)
	return nil
}

// collect sees that the part on a desk is done.
func (c *compiler) collect(i int, entry asm.Label) {
	a := c.a
	wait, done := a.NewLabel(), a.NewLabel()
	a.Emit(asm.MOV, asm.EAX, asm.Imm(1))
	a.Emit(asm.XCHG, c.desk(i, deskClaim), asm.RAX)
	a.Emit(asm.TEST, asm.EAX, asm.EAX)
	a.Jump(asm.JNE, wait)
	a.Emit(asm.LEA, rTmp, done.Mem())
	a.Emit(asm.MOV, c.desk(i, deskBack), rTmp)
	a.Jump(asm.JMP, entry)
	pause := a.Here()
	a.Emit(asm.NOP)
	a.Bind(wait)
	a.Emit(asm.CMP, c.desk(i, deskDone), asm.Imm(0))
	a.Jump(asm.JE, pause)
	a.Bind(done)
}

// helpers emits what helpers run: they wait for parts, and return when none came for a while or when they shall stop.
func (c *compiler) helpers(n int) []asm.Label {
	a := c.a
	entries := make([]asm.Label, n)
	for i := range entries {
		a.Align(16)
		entries[i] = a.Here()
		take, back, out := a.NewLabel(), a.NewLabel(), a.NewLabel()
		a.Emit(asm.MOV, rWork, asm.RDI)
		a.Bind(back)
		a.Emit(asm.MOV, asm.EBX, asm.Imm(spins))
		spin := a.Here()
		a.Emit(asm.CMP, c.desk(i, deskClaim), asm.Imm(0))
		a.Jump(asm.JE, take)
		a.Emit(asm.CMP, work(offStop).Sized(8), asm.Imm(0))
		a.Jump(asm.JNE, out)
		a.Emit(asm.NOP)
		a.Emit(asm.DEC, asm.EBX)
		a.Jump(asm.JNE, spin)
		a.Bind(out)
		a.Emit(asm.VZEROUPPER)
		a.Emit(asm.RET)
		a.Bind(take)
		a.Emit(asm.MOV, asm.EAX, asm.Imm(1))
		a.Emit(asm.XCHG, c.desk(i, deskClaim), asm.RAX)
		a.Emit(asm.TEST, asm.EAX, asm.EAX)
		a.Jump(asm.JNE, spin)
		a.Emit(asm.INC, c.desk(i, deskTaken))
		a.Emit(asm.LEA, rTmp, back.Mem())
		a.Emit(asm.MOV, c.desk(i, deskBack), rTmp)
		a.Emit(asm.JMP, c.desk(i, deskEntry))
	}
	return entries
}

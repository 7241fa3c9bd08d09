package native

import (
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Instructions that exist only here: programs write each as several primitives. What they replace stays, unused.
const (
	opRotate  ir.OpID = 0xfff0 + iota // rotates the bits of its argument left by Imm
	opTernary                         // a bit of the truth table Imm for each three bits of its arguments, the first one highest
	opFMA                             // op.FMA with the product negated (Imm & 1), the addend negated (Imm & 2)
)

// arity is the number of arguments that an instruction reads.
func arity(in *kernel.Inst) int {
	switch in.Op {
	case opRotate:
		return 1
	case opTernary, opFMA:
		return 3
	}
	return in.Arity()
}

// combined replaces groups of instructions by one where the instruction set has it.
func combined(m *kernel.Map, is *isa) *kernel.Map {
	insts := slices.Clone(m.Insts)
	uses := countUses(m)
	for i := range insts {
		if is.rules[opRotate] != nil {
			if x, n, ok := rotation(insts, i); ok {
				insts[i] = kernel.Inst{Op: opRotate, DT: insts[i].DT, Args: [4]int32{x}, Imm: n}
				continue
			}
		}
		if is.rules[opTernary] != nil {
			combineBits(m.Insts, insts, i, uses)
		}
		absorbNegations(insts, i)
	}
	out := *m
	out.Insts = insts
	return &out
}

// countUses counts who reads each instruction.
func countUses(m *kernel.Map) []int {
	uses := make([]int, len(m.Insts))
	for i := range m.Insts {
		for _, a := range m.Insts[i].Args[:m.Insts[i].Arity()] {
			uses[a]++
		}
	}
	for _, s := range m.Stores {
		uses[s.Inst]++
	}
	for _, f := range m.Folds {
		uses[f.Inst]++
	}
	return uses
}

// combineBits makes one instruction of a bitwise operation of another one that nobody else reads. was are the instructions as they were.
func combineBits(was, insts []kernel.Inst, i int, uses []int) {
	outer := was[i]
	if !isBitwise(&outer) {
		return
	}
	for k := range 2 {
		at, other := outer.Args[k], outer.Args[1-k]
		inner := was[at]
		if !isBitwise(&inner) || uses[at] != 1 || insts[at].Op != inner.Op {
			continue
		}
		var table uint64
		for row := range uint64(8) {
			table |= bit(outer.Op, row>>2, bit(inner.Op, row>>1, row)) << row
		}
		insts[i] = kernel.Inst{Op: opTernary, DT: outer.DT, Args: [4]int32{other, inner.Args[0], inner.Args[1]}, Imm: table}
		return
	}
}

func isBitwise(in *kernel.Inst) bool {
	return (in.Op == op.AndID || in.Op == op.OrID || in.Op == op.XorID) && in.DT.IsInt()
}

// bit applies a bitwise operation to the lowest bits.
func bit(id ir.OpID, x, y uint64) uint64 {
	switch id {
	case op.AndID:
		return x & y & 1
	case op.OrID:
		return (x | y) & 1
	}
	return (x ^ y) & 1
}

// absorbNegations makes -x*y + z and x*y - z of an FMA of negated operands.
func absorbNegations(insts []kernel.Inst, i int) {
	in := insts[i]
	if in.Op != op.FMAID || isNarrow(in.DT) {
		return
	}
	for k := range 3 {
		if from := insts[in.Args[k]]; from.Op == op.NegID {
			in.Op, in.Args[k] = opFMA, from.Args[0]
			in.Imm ^= uint64(1 + k/2)
		}
	}
	insts[i] = in
}

// rotation recognises (x << n) | (x >> width-n) at instruction i and returns what is rotated by how many bits.
func rotation(insts []kernel.Inst, i int) (x int32, n uint64, ok bool) {
	or := insts[i]
	if or.Op != op.OrID || !or.DT.IsInt() || isNarrow(or.DT) {
		return 0, 0, false
	}
	left, right := insts[or.Args[0]], insts[or.Args[1]]
	if left.Op != op.ShlID {
		left, right = right, left
	}
	if left.Op != op.ShlID || right.Op != op.ShrID || left.Args[0] != right.Args[0] {
		return 0, 0, false
	}
	up, down := insts[left.Args[1]], insts[right.Args[1]]
	if up.Op != kernel.OpImm || down.Op != kernel.OpImm || up.Imm == 0 || up.Imm+down.Imm != uint64(or.DT.Bits()) {
		return 0, 0, false
	}
	return left.Args[0], up.Imm, true
}

// ternary512 overwrites its first argument.
func ternary512(g *gen, in *kernel.Inst, id int32) bool {
	y, z := g.use(in.Args[1]), g.useRM(in.Args[2])
	code := asm.VPTERNLOGD
	if laneOf(in.DT).isWide() {
		code = asm.VPTERNLOGQ
	}
	g.emit(code, g.redefine(id, in.Args[0]), y, z, asm.Imm(in.Imm))
	return true
}

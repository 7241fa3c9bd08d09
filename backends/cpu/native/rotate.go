package native

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// opRotate rotates the bits of its argument left by Imm. It exists only here: programs write it as two shifts and an or.
const opRotate ir.OpID = 0xfff0

// withRotations replaces (x << n) | (x >> width-n) by rotations where the instruction set has them. The shifts stay, unused.
func withRotations(m *kernel.Map, is *isa) *kernel.Map {
	if is.rules[opRotate] == nil {
		return m
	}
	insts := slices.Clone(m.Insts)
	for i := range insts {
		if x, n, ok := rotation(insts, i); ok {
			insts[i] = kernel.Inst{Op: opRotate, DT: insts[i].DT, Args: [4]int32{x}, Imm: n}
		}
	}
	out := *m
	out.Insts = insts
	return &out
}

// rotation recognises the pattern at instruction i and returns what is rotated by how many bits.
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

// arity is the number of arguments that an instruction reads.
func arity(in *kernel.Inst) int {
	if in.Op == opRotate {
		return 1
	}
	return in.Arity()
}

package asm

import (
	"math/rand/v2"
	"testing"
)

// sample is one instruction for the oracles, with the bytes that we make of it.
type sample struct {
	op    Op
	f     *form
	ops   [4]Operand
	n     int
	round Rounding
	bytes []byte
}

func (s *sample) text() string { return text(s.op, &s.ops, s.n, s.round, s.f) }

// allSamples makes instructions over all forms: registers low, extended and above 15; memory with and without base and index,
// with the bases that need special bytes, and displacements at the edges of 8 bits, plain and scaled; masks, zeroing, broadcasts
// and rounding where the form has them. Each memory form gets perForm random addresses besides the fixed ones.
func allSamples(perForm int, seed uint64) []sample {
	r := rand.New(rand.NewPCG(seed, 1))
	var out []sample
	for op := Op(1); op < numOps; op++ {
		for i := opForms[op]; i < opForms[op+1]; i++ {
			out = formSamples(out, r, op, &forms[i], perForm)
		}
	}
	kept := out[:0]
	for _, s := range out {
		a := New()
		// Another form may come first in the table: then the same text has other bytes, so keep the form that was taken.
		f, useEVEX := match(s.op, &s.ops, s.n, s.round)
		if f == nil {
			continue
		}
		a.encode(f, &s.ops, useEVEX, s.round)
		s.f, s.bytes = f, a.buf
		kept = append(kept, s)
	}
	return kept
}

// oracleSamples are the samples for a slow oracle: all, or every seventh with -short.
func oracleSamples(perForm int, seed uint64) []sample {
	all := allSamples(perForm, seed)
	if !testing.Short() {
		return all
	}
	var some []sample
	for i := int(seed) % 7; i < len(all); i += 7 {
		some = append(some, all[i])
	}
	return some
}

func formSamples(out []sample, r *rand.Rand, op Op, f *form, perForm int) []sample {
	if f.flags&fRelative != 0 {
		return out
	}
	memAt := -1
	for i := range f.n {
		if f.accept[i]&tAnyMem != 0 {
			memAt = int(i)
		}
	}
	classes := 1
	if f.space&(vex|evex) != 0 {
		classes = 3
	}
	for class := range classes {
		for range 2 + perForm/2 {
			if s, ok := registerSample(r, op, f, class); ok {
				out = append(out, s)
				out = decorations(out, r, s)
			}
		}
	}
	if memAt < 0 {
		return out
	}
	for _, m := range addresses(r, f, f.accept[memAt], perForm) {
		s := sample{op: op, f: f, n: int(f.n)}
		for i := range f.n {
			s.ops[i] = registerOperand(r, f.accept[i], r.IntN(classes))
		}
		if f.memSize != 0 && m.Size == 0 && f.accept[memAt]&tMem != 0 && f.accept[memAt]&tMem != tMem {
			m.Size = f.memSize
		}
		s.ops[memAt] = m.Operand()
		out = append(out, s)
		if f.flags&fMask != 0 {
			out = append(out, masked(s, 1+r.IntN(7), false))
		}
	}
	return out
}

// registerSample takes registers for all operands; ok is false if an operand must be memory.
func registerSample(r *rand.Rand, op Op, f *form, class int) (sample, bool) {
	s := sample{op: op, f: f, n: int(f.n)}
	for i := range f.n {
		s.ops[i] = registerOperand(r, f.accept[i], class)
		if s.ops[i].types == 0 {
			return s, false
		}
	}
	return s, true
}

// registerOperand is a random register or immediate of the accepted types: number below 8, below 16 or below 32 by class.
func registerOperand(r *rand.Rand, accept opType, class int) Operand {
	n := r.IntN(8) + 8*r.IntN(class+1)
	if class == 2 && r.IntN(2) == 0 {
		n = 16 + r.IntN(16)
	}
	switch {
	case accept&tK != 0:
		return K(n & 7).Operand()
	case accept&tCL != 0:
		return CL.Operand()
	case accept&(tX|tY|tZ) != 0:
		return reg(XMM+Class(accept>>XMM&7)/2, n).Operand()
	case accept&(tR8|tR16|tR32|tR64) != 0:
		c := map[opType]Class{tR8: Byte, tR16: Word, tR32: Dword, tR64: Qword}[accept&(tR8|tR16|tR32|tR64)]
		return reg(c, n&15).Operand()
	case accept&tOne != 0:
		return Imm(1).Operand()
	case accept&(tI8|tI8s) != 0:
		return Imm(2 + r.IntN(120)).Operand()
	case accept&tI16 != 0:
		return Imm(300 + r.IntN(30000)).Operand()
	case accept&(tI32|tI32s) != 0:
		return Imm(70000 + r.IntN(1<<30)).Operand()
	case accept&tI64 != 0:
		return Imm(1<<40 + r.Int64N(1<<50)).Operand()
	}
	return Operand{}
}

func masked(s sample, k int, zero bool) sample {
	s.ops[0].mask, s.ops[0].zero = uint8(k), zero
	return s
}

// decorations adds the sample with masks, zeroing and rounding, as far as the form has them.
func decorations(out []sample, r *rand.Rand, s sample) []sample {
	if s.f.flags&fMask != 0 {
		out = append(out, masked(s, 1+r.IntN(7), false))
	}
	if s.f.flags&fZero != 0 {
		out = append(out, masked(s, 1+r.IntN(7), true))
	}
	if s.f.flags&fRound != 0 {
		s.round = RoundNearest + Rounding(r.IntN(4))
		out = append(out, s)
	}
	if s.f.flags&fSAE != 0 {
		s.round = SuppressAll
		out = append(out, s)
	}
	return out
}

// addresses are memory operands for a form that accepts the given types.
func addresses(r *rand.Rand, f *form, accept opType, random int) []Mem {
	var index func() Reg
	switch {
	case accept&tVMem != 0:
		c := XMM + Class(accept/tVMX)/2
		index = func() Reg { return reg(c, r.IntN(32)) }
	default:
		index = func() Reg { return R([]int{0, 1, 5, 8, 12, 13, 15}[r.IntN(7)]) }
	}
	unit := int32(1) << f.disp8
	disps := []int32{0, 8, 127, 128, -128, -129, unit, -128 * unit, 127 * unit, 128 * unit, -129 * unit, 127*unit + 1, 1 << 20}
	var out []Mem
	add := func(m Mem) {
		if accept&tVMem != 0 && m.Index == 0 {
			m.Index, m.Scale = index(), 4
		}
		out = append(out, m)
		if accept&tBcast != 0 && f.bcast != 0 {
			m.Bcast, m.Size = true, f.memSize
			if m.Disp%unit == 0 {
				m.Disp = m.Disp / unit * int32(f.bcast)
			}
			out = append(out, m)
		}
	}
	for _, base := range []Reg{RAX, RSP, RBP, R12, R13, R15} {
		add(Mem{Base: base, Disp: disps[r.IntN(len(disps))]})
		add(Mem{Base: base, Index: index(), Scale: 1 << r.IntN(4), Disp: disps[r.IntN(len(disps))]})
	}
	for _, base := range []Reg{RSP, RBP, R12, R13} {
		add(Mem{Base: base})
		add(Mem{Base: base, Index: index(), Scale: 8})
	}
	for _, d := range disps {
		add(Mem{Base: RCX, Disp: d})
	}
	add(Mem{Index: index(), Scale: 4, Disp: 64})
	add(Mem{Disp: 0x1234})
	for range random {
		add(Mem{Base: R(r.IntN(16)), Index: index(), Scale: 1 << r.IntN(4), Disp: r.Int32() >> r.IntN(31)})
	}
	return out
}

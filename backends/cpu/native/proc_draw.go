package native

import (
	"math"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Draws of procedural connectivity: random words, distances, and the numbers for weights. The operations are those of op.ProcAttrs.Row, of
// which the integers are exact and the floats are f32, one instruction for one operation.

// walk emits the draws of the lanes of vector g in one row, until all have left their stripes.
func (p *procedural) walk(g int) {
	a, stripe := p.a, p.Stripe()
	lane := func(i int) int { return g*p.lanesOf + i }
	end := func(i int) int { return min((lane(i)+1)*stripe, p.Post) }
	ends := p.lanesConst(func(i int) uint32 { return uint32(end(i)) })
	lasts := p.lanesConst(func(i int) uint32 { return uint32(end(i) - 1) })
	p.clearSums()
	if lane(0)*stripe < p.Post { // else all stripes are empty
		a.Emit(asm.VMOVUPS, p.vec(6), p.lanesConst(func(i int) uint32 { return uint32(lane(i)*stripe - 1) }))
		a.Emit(asm.VMOVUPS, p.vec(8), work(p.counters+g*p.bytes))
		draw := a.Here()
		p.threefry()
		switch p.Weight {
		case op.ProcConstant:
			p.step(0, ends)
			p.visit()
			p.step(1, ends)
		case op.ProcUniform:
			a.Emit(asm.VPSRLD, p.vec(15), p.vec(1), asm.Imm(8))
			a.Emit(asm.VCVTDQ2PS, p.vec(15), p.vec(15))
			a.Emit(asm.VMULPS, p.vec(15), p.vec(15), p.number(0x1p-24))
			p.step(0, ends)
		case op.ProcNormal:
			p.normal()
			p.step(0, ends)
		}
		p.visit()
		p.makeRoom()
		p.testLess(lasts)
		a.Jump(asm.JNE, draw)
	}
	p.storeSums(g)
}

// threefry encrypts the counters with the row numbers to words 0 and 1, and advances them.
func (p *procedural) threefry() {
	a, x0, x1 := p.a, p.vec(0), p.vec(1)
	a.Emit(asm.VMOVUPS, x0, p.vec(9))
	a.Emit(asm.VMOVUPS, x1, p.vec(8))
	a.Emit(asm.VPADDD, p.vec(8), p.vec(8), p.word(1))
	for round := range 20 {
		a.Emit(asm.VPADDD, x0, x0, x1)
		p.rotate(x1, op.ThreefryRotations[round%8])
		a.Emit(p.isa.xor[laneI32], x1, x1, x0)
		if round%4 == 3 {
			at := p.keys + round/4*2*p.bytes
			a.Emit(asm.VPADDD, x0, x0, work(at))
			a.Emit(asm.VPADDD, x1, x1, work(at+p.bytes))
		}
	}
}

// rotate rotates words left; vector 2 is lost.
func (p *procedural) rotate(x asm.Reg, n int) {
	a := p.a
	switch {
	case p.isa.masks > 0:
		a.Emit(asm.VPROLD, x, x, asm.Imm(n))
	case n%8 == 0:
		bytes := make([]byte, p.bytes)
		for i := range bytes {
			bytes[i] = byte(i&^3%16 | (i-n/8)&3)
		}
		a.Emit(asm.VPSHUFB, x, x, a.Const(bytes, p.bytes).Mem())
	default:
		a.Emit(asm.VPSLLD, p.vec(2), x, asm.Imm(n))
		a.Emit(asm.VPSRLD, x, x, asm.Imm(32-n))
		a.Emit(asm.VPOR, x, x, p.vec(2))
	}
}

// step moves the lanes by the distances that words r draw from the table, at most to the ends, and finds those that arrive at a synapse.
func (p *procedural) step(r int, ends asm.Mem) {
	a, word, column, entry := p.a, p.vec(r), p.vec(2), p.vec(3)
	mask, bits := p.word(uint32(len(p.table)-1)), asm.Imm(p.table.Bits())
	a.Emit(p.isa.and[laneI32], column, word, mask)
	a.Emit(asm.VPXOR, asm.X(3), asm.X(3), asm.X(3))
	at := asm.Mem{Base: asm.R9, Index: column, Scale: 4}
	if p.isa.masks > 0 {
		a.Emit(asm.KXNORW, asm.K(3), asm.K(3), asm.K(3))
		a.Emit(asm.VPGATHERDD, entry.Mask(asm.K(3)), at)
	} else {
		a.Emit(asm.VPCMPEQD, p.vec(4), p.vec(4), p.vec(4))
		a.Emit(asm.VPGATHERDD, entry, at, p.vec(4))
	}
	a.Emit(asm.VPSRLD, p.vec(4), word, bits)
	a.Emit(asm.VPSRLD, p.vec(5), entry, bits)
	a.Emit(p.isa.and[laneI32], entry, entry, mask)
	if p.isa.masks > 0 {
		p.move512(ends)
	} else {
		p.move256(ends)
	}
	a.Emit(asm.VPMINSD, p.vec(6), p.vec(6), ends) // lanes that are done wait for the others, and never wrap around to columns before theirs
}

// Predicates of comparisons of integers.
const (
	lessThan = 1
	notEqual = 4
)

// move512 is the part of step that makes the outcome of columns in 2 and aliases in 3 by comparing 4 with 5.
func (p *procedural) move512(ends asm.Mem) {
	a, at, outcome, k := p.a, p.vec(6), p.vec(3), asm.K(1)
	a.Emit(asm.VPCMPD, asm.K(2), p.vec(4), p.vec(5), asm.Imm(lessThan))
	a.Emit(asm.VMOVDQA32, outcome.Mask(asm.K(2)), p.vec(2))
	a.Emit(asm.VPCMPD, k, outcome, p.word(uint32(len(p.table)-1)), asm.Imm(notEqual))
	a.Emit(asm.VPADDD, at, at, outcome)
	a.Emit(asm.VPADDD, at.Mask(k), at, p.word(1))
	a.Emit(asm.VPCMPD, k.Mask(k), at, ends, asm.Imm(lessThan))
	if !p.SelfConnections {
		a.Emit(asm.VPCMPD, k.Mask(k), at, work(p.self), asm.Imm(notEqual))
	}
}

func (p *procedural) move256(ends asm.Mem) {
	a, at, outcome, synapse := p.a, p.vec(6), p.vec(3), p.vec(7)
	a.Emit(asm.VPCMPGTD, p.vec(5), p.vec(5), p.vec(4))
	a.Emit(asm.VBLENDVPS, outcome, outcome, p.vec(2), p.vec(5))
	a.Emit(asm.VPCMPEQD, p.vec(4), outcome, p.word(uint32(len(p.table)-1))) // -1 where the outcome is none
	a.Emit(asm.VPADDD, outcome, outcome, p.word(1))
	a.Emit(asm.VPADDD, outcome, outcome, p.vec(4))
	a.Emit(asm.VPADDD, at, at, outcome)
	a.Emit(asm.VMOVUPS, p.vec(5), ends)
	a.Emit(asm.VPCMPGTD, p.vec(5), p.vec(5), at)
	a.Emit(asm.VPANDN, synapse, p.vec(4), p.vec(5))
	if !p.SelfConnections {
		a.Emit(asm.VPCMPEQD, p.vec(5), at, work(p.self))
		a.Emit(asm.VPANDN, synapse, p.vec(5), synapse)
	}
}

// testLess clears the zero flag if a lane is left of its last column.
func (p *procedural) testLess(lasts asm.Mem) {
	a := p.a
	if p.isa.masks > 0 {
		a.Emit(asm.VPCMPD, asm.K(2), p.vec(6), lasts, asm.Imm(lessThan))
		a.Emit(asm.KORTESTW, asm.K(2), asm.K(2))
		return
	}
	a.Emit(asm.VMOVUPS, p.vec(2), lasts)
	a.Emit(asm.VPCMPGTD, p.vec(2), p.vec(2), p.vec(6))
	a.Emit(asm.VPTEST, p.vec(2), p.vec(2))
}

// normal maps words 1 to standard normal numbers in 15.
func (p *procedural) normal() {
	a, law := p.a, &op.NormalLaw
	word, tail, t, x, u, z := p.vec(1), p.vec(2), p.vec(3), p.vec(4), p.vec(5), p.vec(15)
	a.Emit(p.isa.and[laneI32], tail, word, p.word(math.MaxInt32))
	a.Emit(asm.VCVTDQ2PS, tail, tail)
	p.linear(tail, t, 0x1p-32, 0x1p-33)
	a.Emit(asm.VMOVUPS, x, tail)
	p.linear(x, t, -2, 1)
	a.Emit(asm.VMULPS, u, tail, p.number(4))
	a.Emit(asm.VMOVUPS, t, p.number(1))
	a.Emit(asm.VSUBPS, t, t, tail)
	a.Emit(asm.VMULPS, u, u, t)
	p.logarithm(tail, u, t)
	w := tail
	a.Emit(p.isa.xor[laneI32], w, w, p.word(1<<31))
	a.Emit(asm.VSUBPS, t, w, p.number(2.5))
	p.horner(z, t, law.Centre)
	p.tails(z, w, t, u)
	a.Emit(asm.VMULPS, z, z, x)
	a.Emit(p.isa.and[laneI32], t, word, p.word(1<<31))
	a.Emit(p.isa.xor[laneI32], z, z, t)
}

// tails replaces z where w is 5 or more, which is seldom the case in any lane; t and u are lost.
func (p *procedural) tails(z, w, t, u asm.Reg) {
	const less, notLess = 0x11, 0x15
	a, limit, none := p.a, p.number(5), p.a.NewLabel()
	if p.isa.masks > 0 {
		a.Emit(asm.VCMPPS, asm.K(2), w, limit, asm.Imm(notLess))
		a.Emit(asm.KORTESTW, asm.K(2), asm.K(2))
		a.Jump(asm.JE, none)
	} else {
		a.Emit(asm.VCMPPS, t, w, limit, asm.Imm(less))
		a.Emit(asm.VMOVMSKPS, asm.EAX, t)
		a.Emit(asm.CMP, asm.EAX, asm.Imm(1<<p.lanesOf-1))
		a.Jump(asm.JE, none)
	}
	a.Emit(asm.VSQRTPS, t, w)
	a.Emit(asm.VSUBPS, t, t, p.number(3.3))
	p.horner(u, t, op.NormalLaw.Tail)
	if p.isa.masks > 0 {
		a.Emit(asm.VMOVAPS, z.Mask(asm.K(2)), u)
	} else {
		a.Emit(asm.VCMPPS, t, w, limit, asm.Imm(less))
		a.Emit(asm.VBLENDVPS, z, u, z, t)
	}
	a.Bind(none)
}

// logarithm sets dst to log(x); x and t are lost.
func (p *procedural) logarithm(dst, x, t asm.Reg) {
	a, law := p.a, &op.NormalLaw
	a.Emit(asm.VPSUBD, dst, x, p.word(law.SqrtHalf))
	a.Emit(asm.VPSRAD, dst, dst, asm.Imm(23))
	a.Emit(asm.VPSLLD, t, dst, asm.Imm(23))
	a.Emit(asm.VPSUBD, x, x, t)
	a.Emit(asm.VSUBPS, x, x, p.number(1))
	p.horner(t, x, law.Log)
	a.Emit(asm.VMULPS, t, x, t)
	a.Emit(asm.VCVTDQ2PS, dst, dst)
	a.Emit(asm.VFMADD132PS, dst, t, p.number(math.Ln2))
}

// linear sets x to scale*x + base, fused; t is lost.
func (p *procedural) linear(x, t asm.Reg, scale, base float32) {
	p.a.Emit(asm.VMOVUPS, t, p.number(base))
	p.a.Emit(asm.VFMADD132PS, x, t, p.number(scale))
}

// horner evaluates a polynomial, highest coefficient first.
func (p *procedural) horner(dst, x asm.Reg, coefficients []float32) {
	p.a.Emit(asm.VMOVUPS, dst, p.number(coefficients[0]))
	for _, c := range coefficients[1:] {
		p.a.Emit(asm.VFMADD213PS, dst, x, p.number(c))
	}
}

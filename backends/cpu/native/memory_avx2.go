package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// tailVector is the mask of the lanes of a type that are left at the end of a row.
func (g *gen) tailVector(dt dtype.DType) asm.Reg {
	t := g.temp(dt)
	g.emit(asm.VMOVUPS, t, firstBytes(g.a, t, g.rest()*g.width(dt)))
	return t
}

func (unit256) bits(g *gen, dst, k asm.Reg) {
	code := asm.VMOVMSKPS
	if g.widest == 8 {
		code = asm.VMOVMSKPD
	}
	g.emit(code, dst.As(asm.Dword), k)
}

func (unit256) merge(g *gen, dt dtype.DType, dst, x asm.Reg) {
	g.emit(asm.VBLENDVPS, dst, dst, x, g.tailVector(dt))
}

func (unit256) gather(g *gen, acc *access, dst asm.Reg) {
	code, dt := asm.VGATHERDPS, dtype.Int32
	if acc.size == 8 {
		code, dt = asm.VGATHERDPD, dtype.Int64
	}
	var k asm.Reg
	if g.masked {
		k = g.tailVector(dt)
		g.clear(dst)
	} else {
		k = g.temp(dt)
		g.emit(asm.VPCMPEQD, k, k, k)
	}
	offsets := g.temp(dtype.Int32)
	g.emit(code, dst, g.strided(acc, offsets), k)
}

// scatter takes the lanes out one by one.
func (unit256) scatter(g *gen, acc *access, x asm.Reg) {
	at := g.lane0(acc)
	each := 16 / acc.size
	part := x.As(asm.XMM)
	for i := range g.count() {
		to := at.Offset(i * acc.inner * acc.size)
		if i == each {
			part = g.temp(dtype.Int32).As(asm.XMM)
			g.emit(asm.VEXTRACTF128, part, x, asm.Imm(1))
		}
		switch j := i % each; {
		case acc.size == 8 && j == 0:
			g.emit(asm.VMOVSD, to, part)
		case acc.size == 8:
			g.emit(asm.VMOVHPD, to, part)
		case j == 0:
			g.emit(asm.VMOVSS, to, part)
		default:
			g.emit(asm.VEXTRACTPS, to, part, asm.Imm(j))
		}
	}
}

// boolLane is an integer as wide as bools.
func (g *gen) boolLane() dtype.DType {
	if g.widest == 8 {
		return dtype.Int64
	}
	return dtype.Int32
}

func (u unit256) boolFromWord(g *gen, dst asm.Reg) { u.spread(g, g.boolLane(), dst, rTmp) }

func (unit256) boolsFromBytes(g *gen, dst, bytes asm.Reg) {
	widen, greater := asm.VPMOVZXBD, asm.VPCMPGTD
	if g.widest == 8 {
		widen, greater = asm.VPMOVZXBQ, asm.VPCMPGTQ
	}
	zero := g.zero(dtype.Bool)
	g.emit(widen, dst, bytes)
	g.emit(greater, dst, dst, zero)
}

func (unit256) bytesFromBools(g *gen, dst, k asm.Reg) {
	switch {
	case g.widest == 8:
		g.evenDwords(dst, k)
		g.emit(asm.VPACKSSDW, dst, dst, dst)
	default:
		g.packWords(asm.VPACKSSDW, dst, k)
	}
	g.emit(asm.VPACKSSWB, dst, dst, dst)
	g.emit(asm.VPABSB, dst, dst) // -1 to 1
}

// packWords narrows 32-bit lanes to 16 bits. dst is not x.
func (g *gen) packWords(code asm.Op, dst, x asm.Reg) {
	low := x.As(asm.XMM)
	if x.Class() == asm.XMM {
		g.emit(code, dst, low, low)
		return
	}
	g.emit(asm.VEXTRACTF128, dst, x, asm.Imm(1))
	g.emit(code, dst, low, dst)
}

func (unit256) storeNarrowed(*gen, dtype.DType, asm.Mem, asm.Reg) bool { return false }

// pack uses saturating instructions: lanes hold what the narrow type can.
func (unit256) pack(g *gen, dt dtype.DType, x asm.Reg) asm.Reg {
	t := g.temp(dtype.Int32).As(asm.XMM)
	switch dt {
	case dtype.Float16:
		g.emit(asm.VCVTPS2PH, t, x, asm.Imm(0))
	case dtype.BFloat16:
		u := g.temp(dt)
		g.emit(asm.VPSRLD, u, x, asm.Imm(16))
		g.packWords(asm.VPACKUSDW, t, u)
	case dtype.Int8, dtype.Int16:
		g.packWords(asm.VPACKSSDW, t, x)
	default:
		g.packWords(asm.VPACKUSDW, t, x)
	}
	switch dt {
	case dtype.Int8:
		g.emit(asm.VPACKSSWB, t, t, t)
	case dtype.Uint8:
		g.emit(asm.VPACKUSWB, t, t, t)
	}
	return t
}

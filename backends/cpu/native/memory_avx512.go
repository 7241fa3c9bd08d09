package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

func (unit512) bits(g *gen, dst, k asm.Reg) { g.emit(asm.KMOVQ, dst, k) }

func (unit512) merge(g *gen, dt dtype.DType, dst, x asm.Reg) {
	if dt == dtype.Bool {
		g.emit(asm.KANDQ, x, g.tail, x)
		g.emit(asm.KANDNQ, dst, g.tail, dst)
		g.emit(asm.KORQ, dst, dst, x)
		return
	}
	code := asm.VMOVAPS
	if laneSize(dt) == 8 {
		code = asm.VMOVAPD
	}
	g.emit(code, dst.Mask(g.tail), x)
}

// lanesMask makes a mask of the lanes of the current copy of the body.
func (unit512) lanesMask(g *gen) asm.Reg {
	k := g.tempMask()
	switch n := g.lanes; {
	case g.masked:
		g.emit(asm.KMOVQ, k, g.tail)
	case n >= 4:
		g.emit(asm.KXNORQ, k, k, k)
	default: // fewer lanes than instructions think
		g.emit(asm.MOV, rTmp, asm.Imm(1<<n-1))
		g.emit(asm.KMOVQ, k, rTmp)
	}
	return k
}

func (u unit512) gather(g *gen, acc *access, dst asm.Reg) {
	offsets, k := g.temp(dtype.Int32), u.lanesMask(g)
	at := g.strided(acc, offsets)
	code := asm.VGATHERDPS
	if acc.size == 8 {
		code = asm.VGATHERDPD
	}
	if g.masked {
		g.clear(dst)
	}
	g.emit(code, dst.Mask(k), at)
}

func (u unit512) scatter(g *gen, acc *access, x asm.Reg) {
	offsets, k := g.temp(dtype.Int32), u.lanesMask(g)
	at := g.strided(acc, offsets)
	code := asm.VSCATTERDPS
	if acc.size == 8 {
		code = asm.VSCATTERDPD
	}
	g.emit(code, at.Mask(k), x)
}

func (unit512) boolFromWord(g *gen, dst asm.Reg) { g.emit(asm.KMOVQ, dst, rTmp) }

func (unit512) boolsFromBytes(g *gen, dst, bytes asm.Reg) { g.emit(asm.VPTESTMB, dst, bytes, bytes) }

func (unit512) bytesFromBools(g *gen, dst, k asm.Reg) {
	g.emit(asm.VMOVDQU8, dst.Mask(k).Zero(), g.bytes(dst, func(int) byte { return 1 }))
}

// storeNarrowed narrows on the way to memory.
func (u unit512) storeNarrowed(g *gen, dt dtype.DType, at asm.Mem, x asm.Reg) bool {
	if !g.masked && !g.fullRegister(dt) {
		return false
	}
	out := at.Operand()
	if g.masked {
		out = out.Mask(g.tail)
	}
	u.narrowTo(g, dt, out, x)
	return true
}

func (u unit512) pack(g *gen, dt dtype.DType, x asm.Reg) asm.Reg {
	t := vecOfBytes(g.temp(dtype.Int32).Num(), g.lanes*dt.Size())
	u.narrowTo(g, dt, t.Operand(), x)
	return t
}

func (unit512) narrowTo(g *gen, dt dtype.DType, out asm.Operand, x asm.Reg) {
	switch dt {
	case dtype.Int8, dtype.Uint8:
		g.emit(asm.VPMOVDB, out, x)
	case dtype.Float16:
		g.emit(asm.VCVTPS2PH, out, x, asm.Imm(0))
	case dtype.BFloat16:
		t := g.temp(dtype.Int32)
		g.emit(asm.VPSRLD, t, x, asm.Imm(16))
		g.emit(asm.VPMOVDW, out, t)
	default:
		g.emit(asm.VPMOVDW, out, x)
	}
}

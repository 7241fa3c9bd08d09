package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// tailed marks a destination for the partial vector at the end of a row: lanes beyond it are off, and zero in loads.
func (g *gen) tailed(o asm.Operand, zero bool) asm.Operand {
	if !g.masked {
		return o
	}
	o = o.Mask(g.tail)
	if zero {
		o = o.Zero()
	}
	return o
}

// load512 reads the next lanes of a view, widened.
func load512(g *gen, in *kernel.Inst, id int32) bool {
	acc := &g.loads[in.Imm]
	if acc.inner != 0 && acc.inner != 1 {
		return gather512(g, acc, id)
	}
	if acc.dt == dtype.Bool {
		return loadMask512(g, acc, id)
	}
	dst := g.define(id, false)
	at := g.address(acc)
	if acc.inner == 0 {
		return g.loadScalar512(dst, at, acc.dt)
	}
	out := g.tailed(dst.Operand(), true)
	switch acc.dt {
	case dtype.Int8:
		g.a.EmitOperands(asm.VPMOVSXBD, out, at.Operand())
	case dtype.Uint8:
		g.a.EmitOperands(asm.VPMOVZXBD, out, at.Operand())
	case dtype.Int16:
		g.a.EmitOperands(asm.VPMOVSXWD, out, at.Operand())
	case dtype.Uint16, dtype.BFloat16:
		g.a.EmitOperands(asm.VPMOVZXWD, out, at.Operand())
	case dtype.Float16:
		g.a.EmitOperands(asm.VCVTPH2PS, out, at.Operand())
	default:
		if acc.size == 8 {
			g.a.EmitOperands(asm.VMOVUPD, out, at.Operand())
		} else {
			g.loadFull(out, dst, at)
		}
	}
	if acc.dt == dtype.BFloat16 {
		g.a.Emit(asm.VPSLLD, dst, dst, asm.Imm(16))
	}
	return true
}

// loadFull loads 32-bit lanes: in a Map with wide lanes they may fill only half of an xmm register.
func (g *gen) loadFull(out asm.Operand, dst asm.Reg, at asm.Mem) {
	if !g.masked && g.lanes*4 == 8 {
		g.a.Emit(asm.VMOVQ, dst, at)
		return
	}
	g.a.EmitOperands(asm.VMOVUPS, out, at.Operand())
}

// loadScalar512 fills all lanes with one element.
func (g *gen) loadScalar512(dst asm.Reg, at asm.Mem, dt dtype.DType) bool {
	if laneSize(dt) == dt.Size() {
		g.broadcast(dst, at, dt)
		return true
	}
	tmp := rTmp.As(asm.Dword)
	loadInteger(g.a, rTmp, at, dt)
	switch dt {
	case dtype.Float16:
		loadInteger(g.a, rTmp, at, dtype.Uint16)
		g.a.Emit(asm.VMOVD, dst.As(asm.XMM), tmp)
		g.a.Emit(asm.VCVTPH2PS, dst.As(asm.XMM), dst.As(asm.XMM))
		g.a.Emit(asm.VBROADCASTSS, dst, dst.As(asm.XMM))
		return true
	case dtype.BFloat16:
		loadInteger(g.a, rTmp, at, dtype.Uint16)
		g.a.Emit(asm.SHL, tmp, asm.Imm(16))
	}
	g.a.Emit(asm.VPBROADCASTD, dst, tmp)
	return true
}

// loadMask512 reads bools (bytes 0 and 1) into a mask.
func loadMask512(g *gen, acc *access, id int32) bool {
	dst := g.define(id, false)
	at := g.address(acc)
	if acc.inner == 0 {
		// 0 or 1, negated, is no lane or all.
		loadInteger(g.a, rTmp, at, dtype.Bool)
		g.a.Emit(asm.NEG, rTmp)
		g.a.Emit(asm.KMOVQ, dst, rTmp)
		return true
	}
	t := g.temp(dtype.Int32).As(asm.XMM)
	switch {
	case g.masked:
		g.a.EmitOperands(asm.VMOVDQU8, t.Operand().Mask(g.tail).Zero(), at.Operand())
	case g.lanes == 16:
		g.a.Emit(asm.VMOVDQU8, t, at)
	case g.lanes == 8:
		g.a.Emit(asm.VMOVQ, t, at)
	case g.lanes == 4:
		g.a.Emit(asm.VMOVD, t, at)
	default:
		loadInteger(g.a, rTmp, at, dtype.Uint16)
		g.a.Emit(asm.VMOVD, t, rTmp.As(asm.Dword))
	}
	g.a.Emit(asm.VPTESTMB, dst, t, t)
	return true
}

// gather512 reads a view whose innermost stride is neither 0 nor 1.
func gather512(g *gen, acc *access, id int32) bool {
	if acc.size < 4 || acc.dt == dtype.Bool {
		return false
	}
	offsets := g.temp(dtype.Int32)
	k := g.tempMask()
	dst := g.define(id, false)
	at := g.strided(acc, offsets)
	if g.masked {
		g.a.Emit(asm.KMOVQ, k, g.tail)
	} else {
		g.a.Emit(asm.KXNORQ, k, k, k)
	}
	code := asm.VGATHERDPS
	if acc.size == 8 {
		code = asm.VGATHERDPD
	}
	if g.masked {
		x := dst.As(asm.XMM)
		g.a.Emit(asm.VPXORD, x, x, x)
	}
	g.a.EmitOperands(code, dst.Operand().Mask(k), at.Operand())
	return true
}

// store writes the lanes of a value, narrowed.
func (g *gen) store(s *kernel.Store, acc *access) {
	if acc.inner != 1 {
		g.scatter(s, acc)
		return
	}
	if acc.dt == dtype.Bool {
		g.storeMask(s.Inst, acc)
		return
	}
	x := g.use(s.Inst)
	at := g.tailed(g.address(acc).Operand(), false)
	switch acc.dt {
	case dtype.Int8, dtype.Uint8:
		g.a.EmitOperands(asm.VPMOVDB, at, x.Operand())
	case dtype.Int16, dtype.Uint16:
		g.a.EmitOperands(asm.VPMOVDW, at, x.Operand())
	case dtype.Float16:
		g.a.EmitOperands(asm.VCVTPS2PH, at, x.Operand(), asm.Imm(8).Operand())
	case dtype.BFloat16:
		t := g.temp(dtype.Int32)
		g.a.Emit(asm.VPSRLD, t, x, asm.Imm(16))
		g.a.EmitOperands(asm.VPMOVDW, at, t.Operand())
	default:
		switch {
		case acc.size == 8:
			g.a.EmitOperands(asm.VMOVUPD, at, x.Operand())
		case !g.masked && g.lanes*4 == 8:
			g.a.Emit(asm.VMOVQ, g.address(acc), x)
		default:
			g.a.EmitOperands(asm.VMOVUPS, at, x.Operand())
		}
	}
}

// storeMask writes a mask as bytes 0 and 1.
func (g *gen) storeMask(inst int32, acc *access) {
	k := g.use(inst)
	t := g.temp(dtype.Int32).As(asm.XMM)
	ones := make([]byte, 16)
	for i := range ones {
		ones[i] = 1
	}
	g.a.EmitOperands(asm.VMOVDQU8, t.Operand().Mask(k).Zero(), g.a.Const(ones, 16).Mem().Operand())
	at := g.address(acc)
	switch {
	case g.masked:
		g.a.EmitOperands(asm.VMOVDQU8, at.Mask(g.tail), t.Operand())
	case g.lanes == 16:
		g.a.Emit(asm.VMOVDQU8, at, t)
	case g.lanes == 8:
		g.a.Emit(asm.VMOVQ, at, t)
	case g.lanes == 4:
		g.a.Emit(asm.VMOVD, at, t)
	default:
		g.a.Emit(asm.VMOVD, rTmp.As(asm.Dword), t)
		g.a.Emit(asm.MOV, g.address(acc), rTmp.As(asm.Word))
	}
}

// scatter writes a view whose innermost stride is neither 0 nor 1.
func (g *gen) scatter(s *kernel.Store, acc *access) {
	if acc.size < 4 || acc.dt == dtype.Bool || acc.inner == 0 {
		panic(noCode{"store with a stride"})
	}
	x := g.use(s.Inst)
	offsets := g.temp(dtype.Int32)
	k := g.tempMask()
	at := g.strided(acc, offsets)
	if g.masked {
		g.a.Emit(asm.KMOVQ, k, g.tail)
	} else {
		g.a.Emit(asm.KXNORQ, k, k, k)
	}
	code := asm.VSCATTERDPS
	if acc.size == 8 {
		code = asm.VSCATTERDPD
	}
	g.a.EmitOperands(code, at.Mask(k), x.Operand())
}

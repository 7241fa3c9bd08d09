package native

import "github.com/ranvier-go/ranvier/backends/cpu/asm"

// The elements of a row of a CSR product: 16 at a time, and at last those that are left: in vectors with a mask where there are masks, else one
// by one.

func (p *csrProduct) vec(r int) asm.Reg { return vecOfBytes(r, p.isa.bytes) }

// ops picks the instruction for numbers of the product's size.
func (p *csrProduct) op(f32, f64 asm.Op) asm.Op {
	if p.size == 8 {
		return f64
	}
	return f32
}

func (p *csrProduct) broadcastOp() asm.Op { return p.op(asm.VBROADCASTSS, asm.VBROADCASTSD) }

// moveScalar moves a number between memory and a register.
func (p *csrProduct) moveScalar(dst, src asm.Arg) { p.a.Emit(p.op(asm.VMOVSS, asm.VMOVSD), dst, src) }

// vectors is the number of registers for 16 numbers, counting from register 8.
func (p *csrProduct) vectors() int { return foldLanes * p.size / p.isa.bytes }

func (p *csrProduct) clearSums() {
	for i := range p.vectors() {
		x := asm.X(8 + i)
		p.a.Emit(asm.VXORPS, x, x, x)
	}
}

// elements emits the loop over RBX elements; sums go to the frame.
func (p *csrProduct) elements() {
	a := p.a
	rest, done := a.NewLabel(), a.NewLabel()
	a.Emit(asm.SUB, asm.RBX, asm.Imm(foldLanes))
	a.Jump(asm.JL, rest)
	if p.isa.masks > 0 {
		a.Emit(asm.KXNORW, asm.K(1), asm.K(1), asm.K(1))
	}
	top := a.Here()
	p.sixteen()
	a.Emit(asm.ADD, asm.RSI, asm.Imm(foldLanes*p.width))
	if !p.equal {
		a.Emit(asm.ADD, asm.R12, asm.Imm(foldLanes*p.size))
	}
	a.Emit(asm.SUB, asm.RBX, asm.Imm(foldLanes))
	a.Jump(asm.JGE, top)
	a.Bind(rest)
	a.Emit(asm.ADD, asm.RBX, asm.Imm(foldLanes))
	if p.isa.masks > 0 {
		a.Jump(asm.JE, done)
		a.Emit(asm.MOV, asm.EAX, asm.Imm(-1))
		a.Emit(asm.BZHI, asm.EAX, asm.EAX, asm.EBX)
		a.Emit(asm.KMOVW, asm.K(1), asm.EAX)
		p.sixteen()
		a.Bind(done)
		p.storeSums()
		return
	}
	p.storeSums()
	a.Emit(asm.XOR, asm.ECX, asm.ECX)
	a.Emit(asm.TEST, asm.RBX, asm.RBX)
	a.Jump(asm.JE, done)
	one := a.Here()
	p.single()
	a.Emit(asm.INC, asm.RCX)
	a.Emit(asm.CMP, asm.RCX, asm.RBX)
	a.Jump(asm.JL, one)
	a.Bind(done)
}

func (p *csrProduct) storeSums() {
	for i := range p.vectors() {
		if p.events == nil {
			p.a.Emit(asm.VMOVUPS, work(p.sums+i*p.isa.bytes), p.vec(8+i))
		}
	}
}

// checked is whether columns can be outside of x.
func (p *csrProduct) checked() bool { return p.width > 2 || p.post < 1<<16 }

// sixteen emits 16 elements, of which those in K1 count.
func (p *csrProduct) sixteen() {
	if p.isa.masks > 0 {
		p.masked()
		return
	}
	a := p.a
	for g := range 2 {
		if at := (asm.Mem{Base: asm.RSI, Disp: int32(8 * g * p.width)}); p.width == 2 {
			a.Emit(asm.VPMOVZXWD, asm.Y(0), at)
		} else {
			a.Emit(asm.VMOVUPS, asm.Y(0), at)
		}
		if p.checked() { // column >= post is column = max(column, post)
			a.Emit(asm.VPMAXUD, asm.Y(2), asm.Y(0), asm.Y(15))
			a.Emit(asm.VPCMPEQD, asm.Y(2), asm.Y(2), asm.Y(0))
			a.Emit(asm.VPTEST, asm.Y(2), asm.Y(2))
			a.Jump(asm.JNE, p.bad)
		}
		for half := range p.size / 4 {
			index := asm.Y(0)
			if p.size == 8 {
				index = asm.X(0)
			}
			if half == 1 {
				a.Emit(asm.VEXTRACTI128, index, asm.Y(0), asm.Imm(1))
			}
			a.Emit(asm.VPCMPEQD, asm.Y(3), asm.Y(3), asm.Y(3))
			a.Emit(asm.VXORPS, asm.X(1), asm.X(1), asm.X(1))
			a.Emit(p.op(asm.VGATHERDPS, asm.VGATHERDPD), asm.Y(1), asm.Mem{Base: asm.R10, Index: index, Scale: uint8(p.size)}, asm.Y(3))
			p.combine(g*p.size/4+half, asm.R12, asm.Reg(0))
		}
	}
}

// masked is sixteen for processors with masks.
func (p *csrProduct) masked() {
	a, all := p.a, asm.K(1)
	if p.width == 2 {
		a.Emit(asm.VPMOVZXWD, asm.Z(0).Mask(all).Zero(), asm.Mem{Base: asm.RSI})
	} else {
		a.Emit(asm.VMOVDQU32, asm.Z(0).Mask(all).Zero(), asm.Mem{Base: asm.RSI})
	}
	if p.checked() {
		const notLess = 5
		a.Emit(asm.VPCMPUD, asm.K(2).Mask(all), asm.Z(0), asm.Z(15), asm.Imm(notLess))
		a.Emit(asm.KORTESTW, asm.K(2), asm.K(2))
		a.Jump(asm.JNE, p.bad)
	}
	for half := range p.size / 4 {
		index, k := asm.Z(0), all
		if p.size == 8 {
			index = asm.Y(0)
		}
		if half == 1 {
			a.Emit(asm.VEXTRACTI64X4, index, asm.Z(0), asm.Imm(1))
			k = asm.K(4)
			a.Emit(asm.KSHIFTRW, k, all, asm.Imm(8))
		}
		a.Emit(asm.KMOVW, asm.K(3), k)
		a.Emit(asm.VXORPS, asm.X(1), asm.X(1), asm.X(1))
		a.Emit(p.op(asm.VGATHERDPS, asm.VGATHERDPD), asm.Z(1).Mask(asm.K(3)), asm.Mem{Base: asm.R10, Index: index, Scale: uint8(p.size)})
		p.combine(half, asm.R12, k)
	}
}

// combine adds what was gathered, times the weights at base, to sum i, or stores it there times the event; k is the mask, if any.
func (p *csrProduct) combine(i int, base, k asm.Reg) {
	a, at := p.a, asm.Mem{Base: base, Disp: int32(i * p.isa.bytes)}
	masked := func(x asm.Operand) asm.Operand {
		if k != 0 {
			return x.Mask(k)
		}
		return x
	}
	if p.events != nil {
		if p.scaled {
			a.Emit(p.op(asm.VMULPS, asm.VMULPD), p.vec(1), p.vec(1), p.vec(14))
		}
		a.Emit(p.op(asm.VMOVUPS, asm.VMOVUPD), masked(at.Operand()), p.vec(1))
		return
	}
	weights := asm.Arg(at)
	if p.equal {
		weights = p.vec(14)
	}
	a.Emit(p.op(asm.VFMADD231PS, asm.VFMADD231PD), masked(p.vec(8+i).Operand()), p.vec(1), weights)
}

// single emits element RCX of those that are left.
func (p *csrProduct) single() {
	a := p.a
	if at := (asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: uint8(p.width)}); p.width == 2 {
		a.Emit(asm.MOVZX, asm.EAX, at.Sized(2))
	} else {
		a.Emit(asm.MOV, asm.EAX, at)
	}
	if p.checked() {
		a.Emit(asm.CMP, asm.EAX, asm.Imm(p.post))
		a.Jump(asm.JAE, p.bad)
	}
	x, scale := asm.X(0), uint8(p.size)
	p.moveScalar(x, asm.Mem{Base: asm.R10, Index: asm.RAX, Scale: scale})
	each := asm.Mem{Base: asm.R12, Index: asm.RCX, Scale: scale}
	if p.events != nil {
		if p.scaled {
			a.Emit(p.op(asm.VMULSS, asm.VMULSD), x, x, asm.X(14))
		}
		p.moveScalar(each, x)
		return
	}
	weights := asm.Arg(each)
	if p.equal {
		weights = asm.X(14)
	}
	lane := asm.Mem{Base: rWork, Index: asm.RCX, Scale: scale, Disp: int32(p.sums)}
	p.moveScalar(asm.X(1), lane)
	a.Emit(p.op(asm.VFMADD231SS, asm.VFMADD231SD), asm.X(1), x, weights)
	p.moveScalar(lane, asm.X(1))
}

package native

import (
	"math/bits"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/op"
)

// What is done with the synapses of a draw. Events collect them: columns, with the number drawn for each if there is one, and the event
// of the row if it is a number; some hundreds are added at a time, in the order of rows that each column wants. Gathers add to sums of lanes.

// gathering lists, for each set of eight lanes, the lanes in it.
var gathering = func() (table [256 * 8]byte) {
	for set := range 256 {
		for i, left := 0, uint(set); left != 0; i++ {
			table[8*set+i] = byte(bits.TrailingZeros(left))
			left &= left - 1
		}
	}
	return table
}()

// Where waiting synapses lie from RSI on: columns, numbers, events.
const (
	waitingRoom = maxWaiting + 2*foldLanes // one draw more than the limit, and a whole vector at the end
	numbersAt   = 4 * waitingRoom
	eventsAt    = 8 * waitingRoom
)

func (p *procedural) waitingBytes() int { return (8 + p.size) * waitingRoom }

func (p *procedural) visit() {
	if p.s.Node.Op == op.EventProcID {
		p.collect()
	} else {
		p.addToSums()
	}
}

// collect appends the synapses of a draw to those that wait.
func (p *procedural) collect() {
	a := p.a
	columns := asm.Mem{Base: asm.RSI, Index: asm.R11, Scale: 4}
	if p.isa.masks > 0 {
		a.Emit(asm.KMOVW, asm.EAX, asm.K(1))
	} else {
		a.Emit(asm.VMOVMSKPS, asm.EAX, p.vec(7))
		a.Emit(asm.VPMOVZXBD, p.vec(3), asm.Mem{Base: asm.R12, Index: asm.RAX, Scale: 8})
	}
	p.together(columns, p.vec(6))
	if p.Weight != op.ProcConstant {
		p.together(columns.Offset(numbersAt), p.vec(15))
	}
	if p.scaled {
		for i := range p.size / 4 {
			at := asm.Mem{Base: asm.RSI, Index: asm.R11, Scale: uint8(p.size), Disp: int32(eventsAt + i*p.bytes)}
			a.Emit(asm.VMOVUPS, at, p.vec(10))
		}
	}
	a.Emit(asm.POPCNT, asm.EAX, asm.EAX)
	a.Emit(asm.ADD, asm.R11, asm.RAX)
}

// together stores the lanes with a synapse one behind the other, and something behind them.
func (p *procedural) together(at asm.Mem, x asm.Reg) {
	if p.isa.masks > 0 {
		p.a.Emit(asm.VPCOMPRESSD, p.vec(2).Mask(asm.K(1)).Zero(), x)
	} else {
		p.a.Emit(asm.VPERMD, p.vec(2), p.vec(3), x)
	}
	p.a.Emit(asm.VMOVUPS, at, p.vec(2))
}

// makeRoom adds what waits if there is no room for two draws more.
func (p *procedural) makeRoom() {
	if p.s.Node.Op != op.EventProcID {
		return
	}
	room := p.a.NewLabel()
	p.a.Emit(asm.CMP, asm.R11, asm.Imm(maxWaiting-foldLanes))
	p.a.Jump(asm.JBE, room)
	p.addWaiting()
	p.a.Bind(room)
}

// addWaiting adds all synapses that wait. Vectors from 6 on stay as they are.
func (p *procedural) addWaiting() {
	a := p.a
	done := a.NewLabel()
	a.Emit(asm.TEST, asm.R11, asm.R11)
	a.Jump(asm.JE, done)
	a.Emit(asm.XOR, asm.ECX, asm.ECX)
	move, scale := p.op(asm.VMOVSS, asm.VMOVSD), uint8(p.size)
	constant := p.Weight == op.ProcConstant
	if constant && !p.scaled {
		a.Emit(move, asm.X(0), work(p.weights))
	} else if !constant {
		a.Emit(move, asm.X(2), work(p.weights))
		a.Emit(move, asm.X(3), work(p.weights+p.bytes))
	}
	top := a.Here()
	a.Emit(asm.MOV, asm.EAX, asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: 4})
	number := asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: 4, Disp: numbersAt}
	event := asm.Mem{Base: asm.RSI, Index: asm.RCX, Scale: scale, Disp: eventsAt}
	switch {
	case constant && p.scaled:
		a.Emit(move, asm.X(0), event)
	case !constant:
		a.Emit(asm.VMOVSS, asm.X(0), number)
		if p.size == 8 {
			a.Emit(asm.VCVTSS2SD, asm.X(0), asm.X(0), asm.X(0))
		}
		a.Emit(p.op(asm.VFMADD213SS, asm.VFMADD213SD), asm.X(0), asm.X(3), asm.X(2))
		if p.scaled {
			a.Emit(p.op(asm.VMULSS, asm.VMULSD), asm.X(0), asm.X(0), event)
		}
	}
	cell := asm.Mem{Base: asm.R10, Index: asm.RAX, Scale: scale}
	a.Emit(p.op(asm.VADDSS, asm.VADDSD), asm.X(1), asm.X(0), cell)
	a.Emit(move, cell, asm.X(1))
	a.Emit(asm.INC, asm.RCX)
	a.Emit(asm.CMP, asm.RCX, asm.R11)
	a.Jump(asm.JL, top)
	a.Emit(asm.XOR, asm.R11D, asm.R11D)
	a.Bind(done)
}

// sums is how many sums over a row there are: of weights, or of the parts of an outer product.
func (p *procedural) sums() int {
	if p.s.Node.Op == op.ProcOuterID {
		return p.y.Size()
	}
	return 1
}

// sum is the register of part i of a vector of sums, as many as numbers are wider than columns.
func (p *procedural) sum(which, part int) asm.Reg { return p.vec(11 + which*p.size/4 + part) }

func (p *procedural) clearSums() {
	if p.s.Node.Op == op.EventProcID {
		return
	}
	for i := range p.sums() * p.size / 4 {
		x := asm.X(11 + i)
		p.a.Emit(asm.VXORPS, x, x, x)
	}
}

func (p *procedural) storeSums(g int) {
	if p.s.Node.Op == op.EventProcID {
		return
	}
	for which := range p.sums() {
		for part := range p.size / 4 {
			at := p.laneSums + which*foldLanes*p.size + g*p.lanesOf*p.size + part*p.bytes
			p.a.Emit(asm.VMOVUPS, work(at), p.sum(which, part))
		}
	}
}

// addToSums adds weight*x of the synapses of a draw to the sums.
func (p *procedural) addToSums() {
	a, scale := p.a, uint8(p.size)
	for part := range p.size / 4 {
		index, mask := p.half(part)
		a.Emit(asm.VXORPS, asm.X(2), asm.X(2), asm.X(2))
		gather, at := p.op(asm.VGATHERDPS, asm.VGATHERDPD), asm.Mem{Base: asm.R10, Index: index, Scale: scale}
		if p.isa.masks > 0 {
			a.Emit(asm.KMOVW, asm.K(3), mask)
			a.Emit(gather, p.vec(2).Mask(asm.K(3)), at)
		} else {
			a.Emit(asm.VMOVUPS, p.vec(3), mask)
			a.Emit(gather, p.vec(2), at, p.vec(3))
		}
		for which := range p.sums() {
			p.weigh(which, part)
			sum, fma := p.sum(which, part), p.op(asm.VFMADD213PS, asm.VFMADD213PD)
			a.Emit(fma, p.vec(3), p.vec(2), sum)
			if p.isa.masks > 0 {
				a.Emit(p.op(asm.VMOVAPS, asm.VMOVAPD), sum.Mask(mask), p.vec(3))
			} else {
				a.Emit(p.op(asm.VBLENDVPS, asm.VBLENDVPD), sum, sum, p.vec(3), mask)
			}
		}
	}
}

// half returns the columns and the mask of the lanes for part i of a vector of numbers.
func (p *procedural) half(i int) (index, mask asm.Reg) {
	a := p.a
	if p.size == 4 {
		if p.isa.masks > 0 {
			return p.vec(6), asm.K(1)
		}
		return p.vec(6), p.vec(7)
	}
	index = vecOfBytes(6, p.bytes/2)
	if p.isa.masks > 0 {
		if i == 0 {
			return index, asm.K(1)
		}
		a.Emit(asm.VEXTRACTI64X4, asm.Y(4), p.vec(6), asm.Imm(1))
		a.Emit(asm.KSHIFTRW, asm.K(4), asm.K(1), asm.Imm(8))
		return asm.Y(4), asm.K(4)
	}
	if i == 0 {
		a.Emit(asm.VPMOVSXDQ, p.vec(5), asm.X(7))
		return index, p.vec(5)
	}
	a.Emit(asm.VEXTRACTI128, asm.X(5), p.vec(7), asm.Imm(1))
	a.Emit(asm.VPMOVSXDQ, p.vec(5), asm.X(5))
	a.Emit(asm.VEXTRACTI128, asm.X(4), p.vec(6), asm.Imm(1))
	return asm.X(4), p.vec(5)
}

// weigh leaves the weights of part i of a vector in 3: for an outer product 1 or the number drawn.
func (p *procedural) weigh(which, i int) {
	a, w := p.a, p.vec(3)
	outer := p.s.Node.Op == op.ProcOuterID
	switch {
	case outer && which == 0:
		a.Emit(p.op(asm.VBROADCASTSS, asm.VBROADCASTSD), w, p.one())
		return
	case p.Weight == op.ProcConstant:
		a.Emit(asm.VMOVUPS, w, work(p.weights))
		return
	}
	switch {
	case p.size == 4:
		a.Emit(asm.VMOVUPS, w, p.vec(15))
	case i == 0:
		a.Emit(asm.VCVTPS2PD, w, vecOfBytes(15, p.bytes/2))
	default:
		high := vecOfBytes(3, p.bytes/2)
		if p.isa.masks > 0 {
			a.Emit(asm.VEXTRACTF64X4, high, p.vec(15), asm.Imm(1))
		} else {
			a.Emit(asm.VEXTRACTF128, high, p.vec(15), asm.Imm(1))
		}
		a.Emit(asm.VCVTPS2PD, w, high)
	}
	if !outer {
		a.Emit(asm.VMOVUPS, p.vec(1), work(p.weights)) // the words are used up
		a.Emit(p.op(asm.VFMADD132PS, asm.VFMADD132PD), w, p.vec(1), work(p.weights+p.bytes))
	}
}

func (p *procedural) one() asm.Mem {
	if p.size == 8 {
		return p.a.Float64(1).Mem()
	}
	return p.a.Float32(1).Mem()
}

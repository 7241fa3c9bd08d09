package native

import (
	"math"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// procedural is the emission of a product with a matrix that is never stored (op.ProcAttrs). The 16 lanes of a row are a vector, or two that
// are walked one after the other; a draw moves all lanes of a vector.
//
//	RDI row or list of rows   RDX its end   R8 events   R9 table of distances   R10 acc or x   R13 result
//	RSI synapses that wait   R11 how many   R12 table for moving lanes together
//	vector 0, 1 random words   2 to 5 for a moment   6 where lanes are   7 or K1: which have a synapse   8 counters   9 row number
//	10 the event, or its product with the weight   11 to 14 sums of lanes   15 numbers drawn for weights
type procedural struct {
	*compiler
	op.ProcAttrs
	s          *kernel.Sparse
	size       int // bytes of a number
	table      op.Gaps
	scaled     bool // the events are numbers
	list       int  // bytes that the list of rows takes in scratch memory, in front of the synapses that wait
	keys       int  // frame slots: vectors that rounds of the cipher add,
	counters   int  // counters of the lanes at the start of a row,
	first      int  // what is added to the number of a row,
	self       int  // the column that is no synapse, as a vector,
	weights    int  // weights: one or base and scale, as vectors,
	totals     int  // results of an outer product,
	laneSums   int  // the sums of 16 lanes,
	at, until  int  // the list of rows,
	kept       int  // R11 while the code has been left
	x, y       kernel.View
	bytes      int // of a vector
	lanesOf    int // lanes of a vector
	seed, wsOf kernel.View
	events     *kernel.View
}

// maxWaiting synapses are collected before they are added: what fits the first-level cache.
const maxWaiting = 1024

func (c *compiler) newProcedural(s *kernel.Sparse) *procedural {
	p := &procedural{compiler: c, ProcAttrs: s.Node.Attrs.(op.ProcAttrs), s: s, y: s.Dst,
		size: c.prog.Buffers[s.Dst.Buf].DType.Size(), bytes: c.isa.bytes}
	if lanes := s.Lanes[1] - s.Lanes[0]; lanes > 0 {
		p.bytes = min(p.bytes, 4*lanes)
	}
	p.lanesOf = p.bytes / 4
	p.table = op.GapTable(p.Prob)
	p.FirstRow += s.Row
	switch s.Node.Op {
	case op.EventProcID:
		p.x, p.events, p.seed, p.wsOf = s.In[0], &s.In[1], s.In[2], s.In[3]
	case op.ProcGatherID:
		p.x, p.seed, p.wsOf = s.In[0], s.In[1], s.In[2]
	case op.ProcOuterID:
		p.events, p.x, p.seed = &s.In[0], s.In[1], s.In[2]
	}
	if p.events != nil {
		p.scaled = c.prog.Buffers[p.events.Buf].DType != dtype.Bool
		p.list = (4*(p.events.Size()+16) + 63) &^ 63
	}
	slot := func(bytes int) int { return c.lay.slot(bytes, 64) }
	wide := p.bytes
	p.keys, p.counters, p.self, p.weights = slot(10*wide), slot(2*wide), slot(wide), slot(2*wide)
	p.laneSums, p.totals = slot(2*foldLanes*p.size), slot(2*8)
	p.first, p.at, p.until, p.kept = slot(8), slot(8), slot(8), slot(8)
	return p
}

// procedural emits event_proc, proc_gather or proc_outer.
func (c *compiler) procedural(s *kernel.Sparse) {
	p := c.newProcedural(s)
	c.a.Comment(s.Node.Op.String())
	end, done := c.a.NewLabel(), c.a.NewLabel()
	switch s.Node.Op {
	case op.ProcGatherID:
		p.rows(end, end)
		c.a.Bind(end)
	case op.EventProcID:
		p.rows(done, end)
		c.a.Bind(end)
		p.addWaiting()
	case op.ProcOuterID:
		c.a.Emit(asm.VXORPS, asm.X(0), asm.X(0), asm.X(0))
		c.a.Emit(asm.VMOVUPS, work(p.totals), asm.X(0))
		p.rows(end, end)
		c.a.Bind(end)
		p.storeTotals()
	}
	c.a.Bind(done)
}

// rows emits the loop over rows, with ways out where there are none and where all are done.
func (p *procedural) rows(none, end asm.Label) {
	a := p.a
	if (p.events != nil && p.events.Size() == 0) || (p.events == nil && p.y.Size() == 0) {
		a.Jump(asm.JMP, none)
		return
	}
	reload, next := a.NewLabel(), a.NewLabel()
	p.firstRow(none)
	p.openKeys()
	a.Bind(reload)
	p.pointers()
	a.Bind(next)
	p.nextRow(end)
	p.openRow()
	from, to := 0, foldLanes
	if p.s.Lanes[1] > 0 {
		from, to = p.s.Lanes[0], p.s.Lanes[1]
	}
	for g := from / p.lanesOf; g < to/p.lanesOf; g++ {
		p.walk(g)
	}
	p.closeRow()
	p.pollRow(p.rowCost(), next, reload, p.leaveRow)
}

// rowCost estimates nanoseconds.
func (p *procedural) rowCost() int {
	draws := float64(p.Stripe()) * (1.5*p.Prob + 1/float64(len(p.table)))
	return 50 + int(math.Min(draws*float64(25*foldLanes/p.lanesOf), 1e9))
}

// firstRow stores where the rows begin and end.
func (p *procedural) firstRow(none asm.Label) {
	a := p.a
	a.Emit(asm.MOV, work(p.kept).Sized(8), asm.Imm(0))
	if p.events == nil {
		a.Emit(asm.MOV, work(p.at).Sized(8), asm.Imm(0))
		a.Emit(asm.MOV, work(p.until).Sized(8), asm.Imm(p.y.Size()))
		return
	}
	p.listRows(*p.events, work(p.at), work(p.until))
	a.Emit(asm.CMP, asm.RDX, work(p.at))
	a.Jump(asm.JE, none)
}

// openKeys stores what the cipher adds, and the weights as vectors.
func (p *procedural) openKeys() {
	a, wide := p.a, p.bytes
	p.pointer(asm.RSI, p.seed)
	key := [3]asm.Reg{asm.EAX, asm.ECX, asm.EDX}
	a.Emit(asm.MOV, key[0], asm.Mem{Base: asm.RSI})
	a.Emit(asm.MOV, key[1], asm.Mem{Base: asm.RSI, Disp: 4})
	a.Emit(asm.MOV, key[2], key[0])
	a.Emit(asm.XOR, key[2], key[1])
	a.Emit(asm.XOR, key[2], asm.Imm(op.ThreefryParity))
	for s := 1; s <= 5; s++ {
		a.Emit(asm.LEA, asm.EBX, asm.Mem{Base: key[(s+1)%3].As(asm.Qword), Disp: int32(s)})
		p.spread(0, key[s%3])
		p.spread(1, asm.EBX)
		a.Emit(asm.VMOVUPS, work(p.keys+(2*s-2)*wide), p.vec(0))
		a.Emit(asm.VMOVUPS, work(p.keys+(2*s-1)*wide), p.vec(1))
	}
	p.spread(1, key[1])
	for g := range foldLanes / p.lanesOf {
		lanes := p.lanesConst(func(i int) uint32 { return uint32(g*p.lanesOf+i) << op.ProcLaneShift })
		a.Emit(asm.VPADDD, p.vec(0), p.vec(1), lanes)
		a.Emit(asm.VMOVUPS, work(p.counters+g*wide), p.vec(0))
	}
	a.Emit(asm.MOV, work(p.first), key[0])
	if p.s.Node.Op == op.ProcOuterID {
		return
	}
	p.pointer(asm.RSI, p.wsOf)
	for i := range p.wsOf.Size() {
		a.Emit(p.op(asm.VBROADCASTSS, asm.VBROADCASTSD), p.vec(0), asm.Mem{Base: asm.RSI, Disp: int32(i * p.size)})
		a.Emit(asm.VMOVUPS, work(p.weights+i*wide), p.vec(0))
	}
}

// pointers loads what stays the same for all rows.
func (p *procedural) pointers() {
	a := p.a
	if p.scaled {
		p.pointer(asm.R8, *p.events)
	}
	a.Emit(asm.LEA, asm.R9, a.Const(bytesOf(p.table...), 64).Mem())
	p.pointer(asm.R10, p.x)
	p.pointer(asm.R13, p.y)
	a.Emit(asm.MOV, asm.RDI, work(p.at))
	a.Emit(asm.MOV, asm.RDX, work(p.until))
	if p.s.Node.Op == op.EventProcID {
		a.Emit(asm.LEA, asm.RSI, work(p.lay.scratch(p.list+p.waitingBytes())+p.list))
		a.Emit(asm.MOV, asm.R11, work(p.kept))
		if p.isa.masks == 0 {
			a.Emit(asm.LEA, asm.R12, a.Const(gathering[:], 64).Mem())
		}
	}
}

// nextRow leaves the number of the next row in RBX, or goes to the end.
func (p *procedural) nextRow(end asm.Label) {
	a := p.a
	a.Emit(asm.CMP, asm.RDI, asm.RDX)
	a.Jump(asm.JAE, end)
	if p.events == nil {
		a.Emit(asm.MOV, asm.RBX, asm.RDI)
		return
	}
	a.Emit(asm.MOV, asm.EBX, asm.Mem{Base: asm.RDI})
	a.Emit(asm.ADD, asm.RDI, asm.Imm(4))
}

// openRow prepares the row with the number in RBX.
func (p *procedural) openRow() {
	a := p.a
	if p.scaled {
		at := asm.Mem{Base: asm.R8, Index: asm.RBX, Scale: uint8(p.size)}
		a.Emit(p.op(asm.VBROADCASTSS, asm.VBROADCASTSD), p.vec(10), at)
		if p.s.Node.Op == op.EventProcID && p.Weight == op.ProcConstant {
			a.Emit(p.op(asm.VMULPS, asm.VMULPD), p.vec(10), p.vec(10), work(p.weights))
		}
	}
	a.Emit(asm.LEA, asm.EAX, asm.Mem{Base: asm.RBX, Disp: int32(p.FirstRow)})
	if !p.SelfConnections {
		p.spread(0, asm.EAX)
		a.Emit(asm.VMOVUPS, work(p.self), p.vec(0))
	}
	a.Emit(asm.ADD, asm.EAX, work(p.first))
	p.spread(9, asm.EAX)
}

// closeRow uses the sums of a row.
func (p *procedural) closeRow() {
	a := p.a
	switch p.s.Node.Op {
	case op.ProcGatherID:
		p.sumLanes(p.laneSums, p.size)
		a.Emit(p.op(asm.VMOVSS, asm.VMOVSD), asm.Mem{Base: asm.R13, Index: asm.RDI, Scale: uint8(p.size)}, asm.X(0))
		a.Emit(asm.INC, asm.RDI)
	case op.ProcOuterID:
		for i := range p.y.Size() {
			p.sumLanes(p.laneSums+i*foldLanes*p.size, p.size)
			total, event := work(p.totals+8*i), asm.X(10)
			a.Emit(p.op(asm.VMOVSS, asm.VMOVSD), asm.X(1), total)
			if p.scaled {
				a.Emit(p.op(asm.VFMADD231SS, asm.VFMADD231SD), asm.X(1), event, asm.X(0))
			} else {
				a.Emit(p.op(asm.VADDSS, asm.VADDSD), asm.X(1), asm.X(1), asm.X(0))
			}
			a.Emit(p.op(asm.VMOVSS, asm.VMOVSD), total, asm.X(1))
		}
	}
}

// leaveRow saves what the next row needs.
func (p *procedural) leaveRow() {
	p.a.Emit(asm.MOV, work(p.at), asm.RDI)
	if p.s.Node.Op == op.EventProcID {
		p.a.Emit(asm.MOV, work(p.kept), asm.R11)
	}
}

// storeTotals stores the result of an outer product.
func (p *procedural) storeTotals() {
	p.pointer(asm.R13, p.y)
	move := p.op(asm.VMOVSS, asm.VMOVSD)
	for i := range p.y.Size() {
		p.a.Emit(move, asm.X(0), work(p.totals+8*i))
		p.a.Emit(move, asm.Mem{Base: asm.R13, Disp: int32(i * p.size)}, asm.X(0))
	}
}

func (p *procedural) vec(r int) asm.Reg { return vecOfBytes(r, p.bytes) }

// op picks the instruction for numbers of the product's size.
func (p *procedural) op(f32, f64 asm.Op) asm.Op {
	if p.size == 8 {
		return f64
	}
	return f32
}

// spread copies a general register to all lanes of a vector.
func (p *procedural) spread(r int, from asm.Reg) {
	p.a.Emit(asm.VMOVD, asm.X(r), from)
	p.a.Emit(asm.VPBROADCASTD, p.vec(r), asm.X(r))
}

// lanesConst is a constant vector with a word for each lane.
func (p *procedural) lanesConst(word func(i int) uint32) asm.Mem {
	words := make([]uint32, p.lanesOf)
	for i := range words {
		words[i] = word(i)
	}
	return p.a.Const(bytesOf(words...), p.bytes).Mem()
}

// word is a constant vector of equal words, number one of equal floats.
func (p *procedural) word(x uint32) asm.Mem { return p.lanesConst(func(int) uint32 { return x }) }

func (p *procedural) number(x float32) asm.Mem { return p.word(math.Float32bits(x)) }

// bytesOf are words in memory.
func bytesOf(words ...uint32) []byte {
	b := make([]byte, 0, 4*len(words))
	for _, w := range words {
		b = append(b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	return b
}

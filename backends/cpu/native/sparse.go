package native

import (
	"fmt"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// sparse emits a product with a sparse matrix.
func (c *compiler) sparse(s *kernel.Sparse) error {
	if dt := c.prog.Buffers[s.Dst.Buf].DType; dt != dtype.Float32 && dt != dtype.Float64 {
		return fmt.Errorf("%s of %s", s.Node.Op, dt)
	}
	switch s.Node.Op {
	case op.CSRGatherID:
		c.csrGather(s)
		return nil
	case op.CSROuterID:
		c.csrOuter(s)
		return nil
	case op.EventProcID, op.ProcGatherID, op.ProcOuterID:
		c.procedural(s)
		return nil
	}
	return fmt.Errorf("no code for %s", s.Node.Op)
}

// csrProduct is the emission of a CSRGather or CSROuter: a loop over rows, and in each a loop over 16 elements at a time.
//
//	RDI row or list of rows   RDX its end   R8 row pointers   R9 columns   R10 x   R11 weights   R13 result
//	in a row: RSI columns   R12 weights or results   RBX elements left
//	vector 14 the weight for all or the event, 15 the number of columns, 8 to 11 the sums of 16 lanes
type csrProduct struct {
	*compiler
	size, width int // bytes of a number, of a column
	post, nnz   int
	x           kernel.View
	indptr      kernel.View
	indices     kernel.View
	dst         kernel.View
	weights     *kernel.View // of a gather
	equal       bool         // one weight for all
	events      *kernel.View // of an outer product
	scaled      bool         // the events are numbers
	sums        int          // frame slot of 16 lanes
	bad         asm.Label    // where malformed connections go
}

func (c *compiler) newCSRProduct(s *kernel.Sparse, x, indptr, indices int) *csrProduct {
	return &csrProduct{compiler: c, x: s.In[x], indptr: s.In[indptr], indices: s.In[indices], dst: s.Dst,
		size: c.prog.Buffers[s.Dst.Buf].DType.Size(), width: c.prog.Buffers[s.In[indices].Buf].DType.Size(),
		post: s.In[x].Size(), nnz: s.In[indices].Size(), bad: c.a.NewLabel()}
}

// csrGather emits y[r] = sum of w[k]*x[columns[k]]: the elements of a row go to 16 lanes in turn.
func (c *compiler) csrGather(s *kernel.Sparse) {
	pre := s.Dst.Size()
	if pre == 0 {
		return
	}
	p := c.newCSRProduct(s, 0, 1, 2)
	p.weights, p.equal = &s.In[3], len(s.In[3].Shape) == 0
	a := c.a
	a.Comment("csr gather")
	p.sums = c.lay.slot(foldLanes*p.size, 64)
	at := work(c.lay.slot(8, 8))
	a.Emit(asm.MOV, at.Sized(8), asm.Imm(0))
	reload, end := a.Here(), a.NewLabel()
	p.pointers()
	a.Emit(asm.MOV, asm.RDI, at)
	rows := a.Here()
	p.bounds(asm.RDI)
	p.clearSums()
	p.elements()
	p.sumLanes(p.sums, p.size)
	p.moveScalar(asm.Mem{Base: asm.R13, Index: asm.RDI, Scale: uint8(p.size)}, asm.X(0))
	a.Emit(asm.INC, asm.RDI)
	a.Emit(asm.CMP, asm.RDI, asm.Imm(pre))
	a.Jump(asm.JGE, end)
	c.pollRow(rowCost(p.nnz/pre), rows, reload, func() { a.Emit(asm.MOV, at, asm.RDI) })
	a.Bind(p.bad)
	c.fail("csr gather: a row or column lies outside of its array: check indptr and indices")
	a.Bind(end)
}

// csrOuter emits w[k] = event*x[columns[k]] in the rows with an event. The others are zero.
func (c *compiler) csrOuter(s *kernel.Sparse) {
	p := c.newCSRProduct(s, 1, 2, 3)
	events := c.prog.Buffers[s.In[0].Buf].DType
	p.events, p.scaled = &s.In[0], events != dtype.Bool
	pre := p.events.Size()
	if p.nnz == 0 {
		return
	}
	a := c.a
	a.Comment("csr outer")
	c.pointer(asm.R13, p.dst)
	c.clear(asm.R13, p.nnz*p.size)
	if pre == 0 {
		return
	}
	at, until := work(c.lay.slot(8, 8)), work(c.lay.slot(8, 8))
	c.listRows(*p.events, at, until)
	reload, end := a.Here(), a.NewLabel()
	p.pointers()
	a.Emit(asm.MOV, asm.RDI, at)
	a.Emit(asm.MOV, asm.RDX, until)
	rows := a.Here()
	a.Emit(asm.CMP, asm.RDI, asm.RDX)
	a.Jump(asm.JAE, end)
	a.Emit(asm.MOV, asm.EBX, asm.Mem{Base: asm.RDI})
	a.Emit(asm.ADD, asm.RDI, asm.Imm(4))
	if p.scaled {
		a.Emit(p.broadcastOp(), p.vec(14), asm.Mem{Base: asm.R11, Index: asm.RBX, Scale: uint8(p.size)})
	}
	p.bounds(asm.RBX)
	p.elements()
	c.pollRow(rowCost(p.nnz/pre), rows, reload, func() { a.Emit(asm.MOV, at, asm.RDI) })
	a.Bind(p.bad)
	c.fail("csr outer: a row or column lies outside of its array: check indptr and indices")
	a.Bind(end)
}

// listRows lists the rows with an event and stores where the list begins and ends.
func (c *compiler) listRows(events kernel.View, at, until asm.Mem) {
	d := &delivery{compiler: c}
	c.pointer(asm.RSI, events)
	c.a.Emit(asm.LEA, asm.RDI, work(c.lay.scratch(4*(events.Size()+16))))
	c.a.Emit(asm.MOV, at, asm.RDI)
	d.listEvents(c.prog.Buffers[events.Buf].DType, events.Size(), 0)
	c.a.Emit(asm.MOV, until, asm.RDX)
}

// rowCost estimates nanoseconds for a row of n synapses.
func rowCost(n int) int { return 5 + n }

// pollRow goes on to the next row. If the budget is used up it leaves first: then registers are to be saved before, and loaded again at reload.
func (c *compiler) pollRow(cost int, next, reload asm.Label, save func()) {
	if c.part == nil {
		c.a.Emit(asm.SUB, work(offBudget).Sized(8), asm.Imm(cost))
		c.a.Jump(asm.JG, next)
		save()
		c.exit(ExitYield, 0)
		c.a.Jump(asm.JMP, reload)
		return
	}
	c.a.Jump(asm.JMP, next)
}

// clear zeroes memory at r, which is lost, as RAX is.
func (c *compiler) clear(r asm.Reg, bytes int) {
	a := c.a
	zero, wide := vecOfBytes(0, c.isa.bytes), c.isa.bytes
	a.Emit(asm.VXORPS, zero.As(asm.XMM), zero.As(asm.XMM), zero.As(asm.XMM))
	if bytes >= wide {
		a.Emit(asm.MOV, asm.RAX, asm.Imm(bytes/wide))
		top := a.Here()
		a.Emit(asm.VMOVUPS, asm.Mem{Base: r}, zero)
		a.Emit(asm.ADD, r, asm.Imm(wide))
		a.Emit(asm.DEC, asm.RAX)
		a.Jump(asm.JNE, top)
	}
	for i := 0; i < bytes%wide; i += 4 {
		a.Emit(asm.VMOVSS, asm.Mem{Base: r, Disp: int32(i)}, asm.X(0))
	}
}

// pointers loads what stays the same for all rows.
func (p *csrProduct) pointers() {
	a := p.a
	p.pointer(asm.R8, p.indptr)
	p.pointer(asm.R9, p.indices)
	p.pointer(asm.R10, p.x)
	p.pointer(asm.R13, p.dst)
	switch {
	case p.events != nil:
		p.pointer(asm.R11, *p.events)
	default:
		p.pointer(asm.R11, *p.weights)
		if p.equal {
			a.Emit(p.broadcastOp(), p.vec(14), asm.Mem{Base: asm.R11})
		}
	}
	a.Emit(asm.VPBROADCASTD, p.vec(15), a.Uint32(uint32(p.post)).Mem())
}

// bounds loads where a row begins and how many elements it has.
func (p *csrProduct) bounds(row asm.Reg) {
	p.rowBounds(asm.R8, row, p.nnz, p.bad)
	p.a.Emit(asm.LEA, asm.RSI, asm.Mem{Base: asm.R9, Index: asm.RCX, Scale: uint8(p.width)})
	if each := asm.R11; !p.equal {
		if p.events != nil {
			each = asm.R13
		}
		p.a.Emit(asm.LEA, asm.R12, asm.Mem{Base: each, Index: asm.RCX, Scale: uint8(p.size)})
	}
}

// rowBounds leaves the begin of a row in RCX and its length in RBX. The row may be RBX.
func (c *compiler) rowBounds(ptr, row asm.Reg, nnz int, bad asm.Label) {
	a := c.a
	a.Emit(asm.MOVSXD, asm.RCX, asm.Mem{Base: ptr, Index: row, Scale: 4}.Sized(4))
	a.Emit(asm.MOVSXD, asm.RBX, asm.Mem{Base: ptr, Index: row, Scale: 4, Disp: 4}.Sized(4))
	// 0 <= RCX <= RBX <= nnz, else the row is malformed.
	a.Emit(asm.CMP, asm.RBX, asm.Imm(nnz))
	a.Jump(asm.JA, bad)
	a.Emit(asm.SUB, asm.RBX, asm.RCX)
	a.Jump(asm.JL, bad)
	a.Emit(asm.TEST, asm.RCX, asm.RCX)
	a.Jump(asm.JS, bad)
}

// sumLanes adds 16 lanes in the frame, j and j+8, j+4, j+2, j+1, to X0.
func (c *compiler) sumLanes(slot, size int) {
	a := c.a
	y := func(r int) asm.Reg { return asm.Y(r) }
	if size == 8 {
		for i := range 2 {
			a.Emit(asm.VMOVUPD, y(i), work(slot+32*i))
			a.Emit(asm.VADDPD, y(i), y(i), work(slot+64+32*i))
		}
		a.Emit(asm.VADDPD, y(0), y(0), y(1))
		a.Emit(asm.VEXTRACTF128, asm.X(1), y(0), asm.Imm(1))
		a.Emit(asm.VADDPD, asm.X(0), asm.X(0), asm.X(1))
		a.Emit(asm.VPERMILPD, asm.X(1), asm.X(0), asm.Imm(1))
		a.Emit(asm.VADDSD, asm.X(0), asm.X(0), asm.X(1))
		return
	}
	a.Emit(asm.VMOVUPS, y(0), work(slot))
	a.Emit(asm.VADDPS, y(0), y(0), work(slot+32))
	a.Emit(asm.VEXTRACTF128, asm.X(1), y(0), asm.Imm(1))
	a.Emit(asm.VADDPS, asm.X(0), asm.X(0), asm.X(1))
	a.Emit(asm.VPERMILPD, asm.X(1), asm.X(0), asm.Imm(1))
	a.Emit(asm.VADDPS, asm.X(0), asm.X(0), asm.X(1))
	a.Emit(asm.VPERMILPS, asm.X(1), asm.X(0), asm.Imm(1))
	a.Emit(asm.VADDSS, asm.X(0), asm.X(0), asm.X(1))
}

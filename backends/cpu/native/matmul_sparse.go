package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// A product whose A is mostly zeros, such as spikes as numbers, is computed from its other elements: for each line of A, a list of the places
// that are not zero is made, and their rows of B are added up. With the rows of A contiguous, a line is one, and its row of C stays in
// registers:
//
//	for i: for k with A[i,k] != 0: C[i,:] += A[i,k] B[k,:]
//
// With the columns contiguous, a line is a column, and its row of B stays in registers:
//
//	for k: for i with A[i,k] != 0: C[i,:] += A[i,k] B[k,:]
//
// Either way each element of C is its chain of multiply-adds in the order of k, without those that add zero. These change nothing, so that
// the result has the same bits, if all numbers are finite, and no partial sum can vanish into a zero with a sign of its own: if the products of
// the smallest elements are normal to their last bit. Both are watched on the way. Where they do not hold, or where A turns out to have
// too many elements, the product begins anew in the dense way.
type sparseProduct struct {
	*product
	lines, length int // of A
	byRows        bool
	dense         asm.Label // where it is given up
	lanes         int
	seen, list    int // workspace offsets: what has been seen of A and B; the places of a line
}

const (
	// One element in sparseShare may be other than zero. Up to here the sparse way was faster in measurements with 256 columns.
	sparseShare = 8
	// leastExponents is the least sum of the biased exponents of two factors: with 24 bits each their product has a last bit of
	// 2^(sum - 254 - 46), which is not below the least normal number, 2^-126.
	leastExponents = 254 + 46 - 126
)

// What has been seen, in vectors: the largest magnitudes, and the smallest but zero less one, of A and of B; as bits.
const (
	seenMaxA = iota
	seenMinA
	seenMaxB
	seenMinB
	seenVectors
)

// sparse returns the product with the choice to compute it from the elements of A that are not zero, or nil if there is no code for that.
func (p *product) sparse() *sparseProduct {
	s := &sparseProduct{product: p, lanes: p.isa.bytes / 4}
	size := p.f.size
	switch {
	case p.f.size != dtype.Float32.Size() || p.batch != 1 || float64(p.m)*float64(p.n)*float64(p.k) < float64(measured.sparseWork):
		return nil
	case p.rhs.col != size || p.rhs.row != p.n*size || p.out.col != size:
		return nil
	case p.lhs.col == size:
		s.byRows, s.lines, s.length = true, p.m, p.k
	case p.lhs.row == size:
		s.lines, s.length = p.k, p.m
	default:
		return nil
	}
	if p.n%s.lanes != 0 || p.n < 4*s.lanes || s.length%s.lanes != 0 {
		return nil
	}
	return s
}

// emit emits the sparse way; it jumps to dense, where the dense one begins, if that has to be taken.
func (s *sparseProduct) emit(dense asm.Label) {
	s.dense = dense
	s.seen = s.lay.scratch(seenVectors*s.isa.bytes + 4*(s.length+s.lanes))
	s.list = s.seen + seenVectors*s.isa.bytes
	s.pointer(nestA, s.lhs.view)
	s.pointer(nestB, s.rhs.view)
	s.pointer(nestC, s.out.view)
	a := s.a
	a.Comment("sparse")
	s.zero(0)
	s.ones(1)
	for i := range seenVectors {
		a.Emit(asm.VMOVUPS, s.atSeen(i), s.vec(i&1))
	}
	// The first line tells dense matrices apart before B is looked at.
	a.Emit(asm.XOR, asm.R9.As(asm.Dword), asm.R9.As(asm.Dword))
	s.listLine()
	s.allow()
	s.scanB()
	s.requireFinite(seenMaxB)
	if !s.byRows {
		s.clearC()
	}
	s.eachLine()
	s.requireFinite(seenMaxA)
	s.requireNormal()
}

func (s *sparseProduct) vec(r int) asm.Reg { return vecOfBytes(r, s.isa.bytes) }

func (s *sparseProduct) atSeen(i int) asm.Mem { return work(s.seen + i*s.isa.bytes) }

// bitwise is an instruction that has another name with 512 bits.
func (s *sparseProduct) bitwise(wide, narrow asm.Op) asm.Op {
	if s.isa.bytes == 64 {
		return wide
	}
	return narrow
}

func (s *sparseProduct) zero(r int) {
	s.a.Emit(s.bitwise(asm.VPXORD, asm.VPXOR), s.vec(r), s.vec(r), s.vec(r))
}

// ones sets all bits.
func (s *sparseProduct) ones(r int) { s.constant(r, 0xffffffff) }

// constant sets each lane to a number.
func (s *sparseProduct) constant(r int, x uint32) {
	at := s.a.Const([]byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)}, 4)
	s.a.Emit(asm.VPBROADCASTD, s.vec(r), at.Mem())
}

// Registers while elements are looked at: masks of the magnitude and 1, what has been seen, the magnitudes, zero.
const (
	seeMagnitude = iota
	seeOne
	seeMax
	seeMin
	seeElems
	seeTemp
	seeZero
)

func (s *sparseProduct) openSeen(first int) {
	s.constant(seeMagnitude, 0x7fffffff)
	s.constant(seeOne, 1)
	s.zero(seeZero)
	s.a.Emit(asm.VMOVUPS, s.vec(seeMax), s.atSeen(first))
	s.a.Emit(asm.VMOVUPS, s.vec(seeMin), s.atSeen(first+1))
}

func (s *sparseProduct) closeSeen(first int) {
	s.a.Emit(asm.VMOVUPS, s.atSeen(first), s.vec(seeMax))
	s.a.Emit(asm.VMOVUPS, s.atSeen(first+1), s.vec(seeMin))
}

// see takes note of a vector of elements and leaves their magnitudes in seeElems.
func (s *sparseProduct) see(at asm.Mem) {
	e, t := s.vec(seeElems), s.vec(seeTemp)
	s.a.Emit(asm.VMOVUPS, e, at)
	s.a.Emit(s.bitwise(asm.VPANDD, asm.VPAND), e, e, s.vec(seeMagnitude))
	s.a.Emit(asm.VPMAXUD, s.vec(seeMax), s.vec(seeMax), e)
	s.a.Emit(asm.VPSUBD, t, e, s.vec(seeOne)) // zero becomes the largest number
	s.a.Emit(asm.VPMINUD, s.vec(seeMin), s.vec(seeMin), t)
}

// listLine lists the places in the line at nestA that are not zero. RDX is left at the end of the list.
func (s *sparseProduct) listLine() {
	a := s.a
	s.openSeen(seenMaxA)
	a.Emit(asm.LEA, asm.RDX, work(s.list))
	a.Emit(asm.XOR, asm.ECX, asm.ECX)
	top, next := a.Here(), a.NewLabel()
	s.see(asm.Mem{Base: nestA, Index: asm.RCX, Scale: 4})
	if s.isa.masks > 0 {
		a.Emit(asm.VPTESTMD, asm.K(1), s.vec(seeElems), s.vec(seeElems))
		a.Emit(asm.KMOVW, asm.EAX, asm.K(1))
		a.Emit(asm.TEST, asm.EAX, asm.EAX)
	} else {
		a.Emit(asm.VPCMPEQD, s.vec(seeTemp), s.vec(seeElems), s.vec(seeZero))
		a.Emit(asm.VMOVMSKPS, asm.EAX, s.vec(seeTemp))
		a.Emit(asm.XOR, asm.EAX, asm.Imm(1<<s.lanes-1))
	}
	a.Jump(asm.JE, next)
	s.appendBits(0)
	a.Bind(next)
	a.Emit(asm.ADD, asm.RCX, asm.Imm(s.lanes))
	a.Emit(asm.CMP, asm.RCX, asm.Imm(s.length))
	a.Jump(asm.JL, top)
	s.closeSeen(seenMaxA)
}

// allow gives up if the lines so far have too many elements; R9 is the number that there might be more.
func (s *sparseProduct) allow() {
	a := s.a
	a.Emit(asm.LEA, asm.RDI, work(s.list))
	a.Emit(asm.MOV, asm.RAX, asm.RDX)
	a.Emit(asm.SUB, asm.RAX, asm.RDI)
	a.Emit(asm.SHR, asm.RAX, asm.Imm(2))
	a.Emit(asm.ADD, asm.R9, asm.Imm(max(s.length/sparseShare, 1)))
	a.Emit(asm.SUB, asm.R9, asm.RAX)
	a.Jump(asm.JL, s.dense)
}

// scanB takes note of the elements of B.
func (s *sparseProduct) scanB() {
	a := s.a
	s.openSeen(seenMaxB)
	a.Emit(asm.MOV, asm.RSI, nestB)
	a.Emit(asm.MOV, asm.ECX, asm.Imm(s.k*s.n/s.lanes))
	top := a.Here()
	s.see(asm.Mem{Base: asm.RSI})
	a.Emit(asm.ADD, asm.RSI, asm.Imm(s.isa.bytes))
	a.Emit(asm.DEC, asm.ECX)
	a.Jump(asm.JNE, top)
	s.closeSeen(seenMaxB)
}

// requireFinite gives up if a largest magnitude is infinity or NaN.
func (s *sparseProduct) requireFinite(seen int) {
	s.fold(seen, asm.CMOVB, asm.EAX)
	s.a.Emit(asm.CMP, asm.EAX, asm.Imm(0x7f800000))
	s.a.Jump(asm.JAE, s.dense)
}

// requireNormal gives up if products may underflow.
func (s *sparseProduct) requireNormal() {
	a := s.a
	s.fold(seenMinA, asm.CMOVA, asm.EAX)
	s.fold(seenMinB, asm.CMOVA, asm.EBX)
	a.Emit(asm.SHR, asm.EAX, asm.Imm(23))
	a.Emit(asm.SHR, asm.EBX, asm.Imm(23))
	a.Emit(asm.ADD, asm.EAX, asm.EBX)
	a.Emit(asm.CMP, asm.EAX, asm.Imm(leastExponents))
	a.Jump(asm.JB, s.dense)
}

// fold leaves the extreme of the lanes of what has been seen in r; take moves a lane there that is more extreme.
func (s *sparseProduct) fold(seen int, take asm.Op, r asm.Reg) {
	at := s.atSeen(seen).Sized(4)
	s.a.Emit(asm.MOV, r, at)
	for i := 1; i < s.lanes; i++ {
		s.a.Emit(asm.CMP, r, at.Offset(4*i))
		s.a.Emit(take, r, at.Offset(4*i))
	}
}

// clearC sets C to zero.
func (s *sparseProduct) clearC() {
	a := s.a
	s.zero(0)
	a.Emit(asm.MOV, runC, nestC)
	a.Emit(asm.MOV, asm.ECX, asm.Imm(s.m))
	top := a.Here()
	for j := range s.n / s.lanes {
		a.Emit(asm.VMOVUPS, asm.Mem{Base: runC, Disp: int32(j * s.isa.bytes)}, s.vec(0))
	}
	a.Emit(asm.ADD, runC, asm.Imm(s.out.row))
	a.Emit(asm.DEC, asm.ECX)
	a.Jump(asm.JNE, top)
}

// eachLine adds up all lines. It may leave behind each of them.
func (s *sparseProduct) eachLine() {
	a := s.a
	live := []asm.Reg{nestA, nestB, nestC, asm.R9, asm.R10}
	a.Emit(asm.XOR, asm.R9.As(asm.Dword), asm.R9.As(asm.Dword))
	a.Emit(asm.XOR, asm.R10.As(asm.Dword), asm.R10.As(asm.Dword))
	top := a.Here()
	s.listLine()
	s.allow()
	for first := 0; first < s.n/s.lanes; first += s.widest() {
		s.addLine(first, min(s.widest(), s.n/s.lanes-first))
	}
	if s.byRows {
		a.Emit(asm.ADD, nestA, asm.Imm(s.lhs.row))
		a.Emit(asm.ADD, nestC, asm.Imm(s.out.row))
	} else {
		a.Emit(asm.ADD, nestA, asm.Imm(s.lhs.col))
		a.Emit(asm.ADD, nestB, asm.Imm(s.rhs.row))
	}
	a.Emit(asm.INC, asm.R10)
	s.pollLine(live)
	a.Emit(asm.CMP, asm.R10, asm.Imm(s.lines))
	a.Jump(asm.JL, top)
}

// pollLine leaves if the budget is used up.
func (s *sparseProduct) pollLine(live []asm.Reg) {
	if s.part != nil {
		return
	}
	a, on := s.a, s.a.NewLabel()
	a.Emit(asm.SUB, work(offBudget).Sized(8), asm.Imm(max(nanoseconds(s.lineCycles()), 1)))
	a.Jump(asm.JG, on)
	slots := make([]asm.Mem, len(live))
	for i, r := range live {
		slots[i] = work(s.lay.slot(8, 8))
		a.Emit(asm.MOV, slots[i], r)
	}
	s.exit(ExitYield, 0)
	for i, r := range live {
		a.Emit(asm.MOV, r, slots[i])
	}
	a.Bind(on)
}

// lineCycles is the time of a line with as many elements as may be.
func (s *sparseProduct) lineCycles() float64 {
	return 10 + float64(s.length/s.lanes)*6 + float64(s.length/sparseShare)*float64(s.n/s.lanes)*3
}

// widest is the most vectors of a row that stay in registers, beside the factor and three that pass through.
func (s *sparseProduct) widest() int { return s.isa.vecs - 4 }

// addLine adds the listed elements times w vectors of B, from number first on, to C.
func (s *sparseProduct) addLine(first, w int) {
	a := s.a
	factor, disp := s.vec(w), func(j int) int32 { return int32((first + j) * s.isa.bytes) }
	for j := range w {
		if s.byRows {
			s.zero(j)
		} else {
			a.Emit(asm.VMOVUPS, s.vec(j), asm.Mem{Base: nestB, Disp: disp(j)})
		}
	}
	end := a.NewLabel()
	a.Emit(asm.LEA, asm.RDI, work(s.list))
	a.Emit(asm.CMP, asm.RDI, asm.RDX)
	a.Jump(asm.JAE, end)
	top := a.Here()
	a.Emit(asm.MOV, asm.EBX, asm.Mem{Base: asm.RDI})
	a.Emit(s.f.broadcast, factor, asm.Mem{Base: nestA, Index: asm.RBX, Scale: 4})
	if s.byRows {
		a.Emit(asm.IMUL, asm.RBX, asm.RBX, asm.Imm(s.rhs.row))
		a.Emit(asm.ADD, asm.RBX, nestB)
		for j := range w {
			a.Emit(s.f.fma, s.vec(j), factor, asm.Mem{Base: asm.RBX, Disp: disp(j)})
		}
	} else {
		a.Emit(asm.IMUL, asm.RBX, asm.RBX, asm.Imm(s.out.row))
		a.Emit(asm.ADD, asm.RBX, nestC)
		for j := range w {
			at, sum := asm.Mem{Base: asm.RBX, Disp: disp(j)}, s.vec(w+1+j%3)
			a.Emit(asm.VMOVUPS, sum, at)
			a.Emit(s.f.fma, sum, s.vec(j), factor)
			a.Emit(asm.VMOVUPS, at, sum)
		}
	}
	a.Emit(asm.ADD, asm.RDI, asm.Imm(4))
	a.Emit(asm.CMP, asm.RDI, asm.RDX)
	a.Jump(asm.JB, top)
	a.Bind(end)
	for j := range w {
		if s.byRows {
			a.Emit(asm.VMOVUPS, asm.Mem{Base: nestC, Disp: disp(j)}, s.vec(j))
		}
	}
}

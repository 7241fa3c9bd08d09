package asm

// emit finds the form for the operands and appends its bytes.
func (a *Assembler) emit(op Op, ops *[4]Operand, n int, round Rounding) {
	for i := range n {
		if o := &ops[i]; o.label != 0 {
			if !a.knows(o.label) {
				a.fail("%s: %s", text(op, ops, n, round, nil), "no such label")
				return
			}
			if o.types&tRel32 != 0 && a.reachesShort(o.label) {
				o.types |= tRel8
			}
		}
	}
	f, useEVEX := match(op, ops, n, round)
	if f == nil {
		a.fail("%s: %s", text(op, ops, n, round, nil), explain(op, ops, n, round))
		return
	}
	if a.noEVEX && (useEVEX || hasMask(ops, n)) {
		a.fail("%s: needs AVX-512", text(op, ops, n, round, nil))
		return
	}
	start := len(a.buf)
	a.encode(f, ops, useEVEX, round)
	if a.lines != nil {
		a.lines.add(start, len(a.buf), instruction{op, f, *ops, n, round})
	}
}

// hasMask reports whether an operand is a mask register.
func hasMask(ops *[4]Operand, n int) bool {
	for i := range n {
		if ops[i].types&tK != 0 {
			return true
		}
	}
	return false
}

// reachesShort reports whether a two-byte jump here can reach l. Only places behind us are known.
func (a *Assembler) reachesShort(l Label) bool {
	target := a.labels[l-1]
	return target >= 0 && int(target)-(len(a.buf)+2) >= -128
}

// match is the first form of op that takes the operands, and whether it must be encoded by EVEX.
func match(op Op, ops *[4]Operand, n int, round Rounding) (*form, bool) {
	if op == 0 || op >= numOps {
		return nil, false
	}
	var need needs
	need.of(ops, n, round)
	rows := forms[opForms[op]:opForms[op+1]]
	for i := range rows {
		f := &rows[i]
		if int(f.n) == n && f.takes(ops) && f.why(&need, ops) == "" {
			return f, f.space&(vex|legacy) == 0 || need.evex
		}
	}
	return nil, false
}

// takes reports whether the types of all operands fit.
func (f *form) takes(ops *[4]Operand) bool {
	for i := range f.n {
		if f.accept[i]&ops[i].types == 0 {
			return false
		}
	}
	return true
}

// needs is what the operands ask from the encoding.
type needs struct {
	evex  bool // a register above 15, a mask, a broadcast, or rounding
	mask  bool
	zero  bool
	at    int // operand that carries mask or zero
	bcast bool
	mem   int // memory operand, -1: none
	size  uint8
	round Rounding
}

func (q *needs) of(ops *[4]Operand, n int, round Rounding) {
	q.mem, q.round, q.evex = -1, round, round != 0
	for i := range n {
		o := &ops[i]
		if o.mask != 0 || o.zero {
			q.mask, q.zero, q.at, q.evex = o.mask != 0, o.zero, i, true
		}
		if o.types&(tX|tY|tZ) != 0 && o.reg&0x10 != 0 {
			q.evex = true
		}
		if o.types&tAnyMem != 0 {
			q.mem, q.size = i, o.size
			if o.types&tBcast != 0 {
				q.bcast, q.evex = true, true
			}
			if o.types&tVMem != 0 && o.index&0x10 != 0 {
				q.evex = true
			}
		}
	}
}

// why is the reason that a form whose types fit does not take the operands, "" if it does.
func (f *form) why(q *needs, ops *[4]Operand) string {
	switch {
	case q.evex && f.space&evex == 0:
		return "registers above 15, masks, broadcasts and rounding need an AVX-512 form"
	case q.mask && f.flags&fMask == 0:
		return "this form takes no mask"
	case q.zero && (!q.mask || f.flags&fZero == 0 || ops[q.at].types&tAnyMem != 0):
		return "zeroing needs a mask, a register destination and a form that has it"
	case !q.mask && f.flags&fMaskNeeded != 0 && f.space == evex:
		return "this form needs a mask"
	case (q.mask || q.zero) && q.at != 0:
		return "only the first operand takes a mask"
	case q.mem >= 0 && q.size == 0 && f.flags&fNeedSize != 0:
		return "the memory operand must say its size"
	case q.bcast && q.size != 0 && q.size != f.memSize:
		return "the memory operand has another size"
	case f.flags&fDistinct != 0 && !distinct(ops, int(f.n)):
		return "destination, index and mask of a gather must be different registers"
	case q.round != 0:
		return f.whyRound(q)
	}
	return ""
}

func (f *form) whyRound(q *needs) string {
	switch {
	case q.mem >= 0:
		return "rounding excludes memory operands"
	case f.flags&fRound == 0 && (f.flags&fSAE == 0 || q.round != SuppressAll):
		return "this form has no such rounding"
	case f.flags&fRound != 0 && q.round == SuppressAll:
		return "this form takes a rounding mode, not suppression alone"
	case f.length != 2 && f.flags&fScalar == 0:
		return "rounding needs 512-bit or scalar operands"
	}
	return ""
}

// distinct reports whether the vector registers of a gather differ; the processor refuses it otherwise.
func distinct(ops *[4]Operand, n int) bool {
	dst, index := ops[0].reg&0x1F, ops[1].index&0x1F
	return dst != index && (n < 3 || ops[2].reg&0x1F != dst && ops[2].reg&0x1F != index)
}

package kernel

import (
	"cmp"
	"slices"
)

// assignArena gives each arena buffer an offset. Buffers that are never alive at the same time may share memory.
func assignArena(p *Program) {
	lv := &liveness{p: p, span: make([]span, len(p.Buffers))}
	for i := range lv.span {
		lv.span[i] = span{first: -1}
	}
	lv.block(p.Body)
	lv.escape()
	p.Arena = place(p, lv.span)
}

// span is the range of step numbers in which a buffer is alive.
type span struct {
	first, last int
	readFirst   bool // read before anything in the program wrote it
}

// liveness numbers the leaf steps and finds the span of each buffer.
type liveness struct {
	p     *Program
	span  []span
	loops [][2]int // first and last step number of each loop, inner loops before those around them
	now   int
}

func (lv *liveness) block(blk Block) {
	for _, s := range blk {
		lv.now++
		switch s := s.(type) {
		case *LoopStep:
			lv.touch(s.Counter, false)
			lv.loop(func() { lv.block(s.Body) })
		case *WhileStep:
			lv.loop(func() {
				lv.block(s.Cond)
				lv.touch(s.Pred, true)
				lv.block(s.Body)
			})
		case *Guard:
			lv.touch(s.Counter, true)
			lv.touch(s.Row, false)
			lv.block(s.Body)
		case *SwitchStep:
			lv.touch(s.Index, true)
			for _, br := range s.Branches {
				lv.block(br)
			}
		default:
			reads, writes := Accesses(s)
			for _, v := range reads {
				lv.view(v, true)
			}
			for _, v := range writes {
				lv.view(v, false)
			}
		}
	}
}

// loop visits a body that is run again: what was alive before it, or is read in it before it is written, stays alive throughout.
func (lv *liveness) loop(visit func()) {
	start := lv.now
	before := slices.Clone(lv.span)
	visit()
	lv.now++
	for i := range lv.span {
		s := &lv.span[i]
		touched := s.first >= 0 && s.last >= start
		outer := before[i].first >= 0 && before[i].first <= start
		if touched && (outer || s.readFirst) {
			s.first, s.last = min(s.first, start), lv.now
		}
	}
	lv.loops = append(lv.loops, [2]int{start, lv.now})
}

// escape keeps what is first written in a loop and read after it, such as stacked results, alive from the loop's first step on.
func (lv *liveness) escape() {
	for _, l := range lv.loops {
		for i := range lv.span {
			if s := &lv.span[i]; s.first >= l[0] && s.first <= l[1] && s.last > l[1] {
				s.first = l[0]
			}
		}
	}
}

func (lv *liveness) view(v View, isRead bool) {
	for _, d := range v.Dyn {
		lv.touch(d.Buf, true)
	}
	lv.touch(v.Buf, isRead)
}

func (lv *liveness) touch(id BufID, isRead bool) {
	s := &lv.span[id]
	if s.first < 0 {
		s.first, s.readFirst = lv.now, isRead
	}
	s.last = lv.now
}

// Accesses lists the views that a leaf step reads and those that it writes.
func Accesses(s Step) (reads, writes []View) {
	switch s := s.(type) {
	case *Map:
		reads = append(reads, s.Loads...)
		for _, st := range s.Stores {
			writes = append(writes, st.View)
		}
		for _, f := range s.Folds {
			writes = append(writes, f.View)
		}
	case *Copy:
		return []View{s.Src}, []View{s.Dst}
	case *Scan:
		return []View{s.Src}, []View{s.Dst}
	case *Deliver:
		return append([]View{s.Acc, s.Events, s.IndPtr, s.Indices, s.Weights}, s.Lists...), []View{s.Acc}
	case *List:
		return []View{s.Events}, []View{s.Dst}
	case *Gather:
		return []View{s.Src, s.Index}, []View{s.Dst}
	case *Scatter:
		return []View{s.Dst, s.Updates, s.Index}, []View{s.Dst}
	case *Pack:
		return []View{s.Src}, []View{s.Dst}
	case *MatMul:
		return []View{s.A, s.B}, []View{s.Dst}
	case *Sparse:
		return s.In, []View{s.Dst}
	case *Eval:
		return s.In, s.Out
	}
	return reads, writes
}

// place packs the buffers: largest spans of time and size first, each at the lowest offset that is free during its span.
func place(p *Program, spans []span) int {
	var order []int
	for i := range p.Buffers {
		if p.Buffers[i].Storage == Arena && spans[i].first >= 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Compare(p.Buffers[y].Bytes(), p.Buffers[x].Bytes())
	})
	var placed []int
	total := 0
	for _, i := range order {
		size := roundUp(p.Buffers[i].Bytes())
		offset := 0
		for _, j := range placed { // in order of offset
			if spans[i].first > spans[j].last || spans[j].first > spans[i].last {
				continue
			}
			if offset+size <= p.Buffers[j].Offset {
				break
			}
			offset = max(offset, p.Buffers[j].Offset+roundUp(p.Buffers[j].Bytes()))
		}
		p.Buffers[i].Offset = offset
		total = max(total, offset+size)
		at, _ := slices.BinarySearchFunc(placed, offset, func(j, o int) int { return cmp.Compare(p.Buffers[j].Offset, o) })
		placed = slices.Insert(placed, at, i)
	}
	for i := range p.Buffers {
		if p.Buffers[i].Storage == Arena && spans[i].first < 0 {
			p.Buffers[i].Offset = 0 // never touched
		}
	}
	return total
}

// roundUp pads to cache lines, so that buffers are 64-byte aligned and do not share lines.
func roundUp(n int) int { return max(64, (n+63)&^63) }

// CountMaps counts the Maps of a block and of the blocks in it.
func CountMaps(b Block) int {
	n := 0
	b.leaves(func(s Step) {
		if _, ok := s.(*Map); ok {
			n++
		}
	})
	return n
}

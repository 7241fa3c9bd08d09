package kernel

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// deliver cuts the targets: each part adds to a range of them, by connections of its own. So they must be known, and equally strong. Before,
// the events are listed, each stretch by the thread that most likely made them: looking at all of them everywhere would move them between the
// caches of processors, which costs more than the delivery.
func (d *divider) deliver(s *Deliver, n int) Parts {
	if d.p.Buffers[s.Events.Buf].DType != dtype.Bool || len(s.Events.Dyn) > 0 || !s.Events.Contiguous() || len(s.Weights.Shape) > 0 {
		return Parts{}
	}
	key := rowsOf{s.IndPtr.Buf, s.Indices.Buf, s.Acc.Size(), n}
	rows, ok := d.rows[key]
	if !ok {
		if rows = d.cutRows(s, n); rows == nil {
			return Parts{}
		}
		d.rows[key] = rows
	}
	var p Parts
	var lists []View
	for _, c := range bounds(d.p.Buffers[s.Events.Buf].Elems, n, d.grain) {
		lo := min(max(c[0]-s.Events.Offset, 0), s.Events.Shape[0])
		hi := min(max(c[1]-s.Events.Offset, lo), s.Events.Shape[0])
		list := d.list(hi - lo)
		lists = append(lists, list)
		p.First = append(p.First, &List{Dst: list, Events: s.Events.part(0, lo, hi), Row: lo})
	}
	for _, r := range rows {
		part := *s
		part.IndPtr, part.Indices, part.Lists = r.ptr, r.targets, lists
		p.Then = append(p.Then, &part)
	}
	return p
}

// list makes a buffer behind the arena for the numbers of up to n rows, after their count.
func (d *divider) list(n int) View {
	b := Buffer{DType: dtype.Int32, Elems: n + 1, Offset: (d.p.Arena + 63) &^ 63, Name: "events"}
	d.p.Buffers = append(d.p.Buffers, b)
	d.p.Arena = b.Offset + roundUp(b.Bytes())
	return wholeView(BufID(len(d.p.Buffers)-1), []int{n + 1})
}

// rowsOf names connections and into how many parts they are cut; rows are a part of them.
type rowsOf struct {
	ptr, targets BufID
	post, parts  int
}

type rows struct{ ptr, targets View }

// cutRows sorts connections by the range of their target, in the order in which they stand; nil if they are not known or wrong.
func (d *divider) cutRows(s *Deliver, n int) []rows {
	if !d.known(&s.IndPtr) || !d.known(&s.Indices) || s.IndPtr.Size() == 0 {
		return nil
	}
	owner := make([]uint8, s.Acc.Size())
	for i, b := range bounds(len(owner), n, d.grain) {
		for t := b[0]; t < b[1]; t++ {
			owner[t] = uint8(i)
		}
	}
	ptr, indices := tensor.Flat[int32](d.p.Buffers[s.IndPtr.Buf].Value), d.p.Buffers[s.Indices.Buf].Value
	switch indices.DType() {
	case dtype.Uint16:
		return sortRows(d, ptr, tensor.Flat[uint16](indices), owner, n)
	case dtype.Uint32:
		return sortRows(d, ptr, tensor.Flat[uint32](indices), owner, n)
	}
	return sortRows(d, ptr, tensor.Flat[int32](indices), owner, n)
}

func sortRows[T uint16 | uint32 | int32](d *divider, ptr []int32, targets []T, owner []uint8, n int) []rows {
	counts := make([]int, n)
	for _, t := range targets {
		if t < 0 || int(t) >= len(owner) {
			return nil
		}
		counts[owner[t]]++
	}
	ptrs, indices := make([][]int32, n), make([][]T, n)
	for i := range n {
		ptrs[i], indices[i] = make([]int32, len(ptr)), make([]T, 0, counts[i])
	}
	for r := 1; r < len(ptr); r++ {
		from, to := ptr[r-1], ptr[r]
		if from < 0 || from > to || int(to) > len(targets) {
			return nil
		}
		for _, t := range targets[from:to] {
			indices[owner[t]] = append(indices[owner[t]], t)
		}
		for i := range n {
			ptrs[i][r] = int32(len(indices[i]))
		}
	}
	out := make([]rows, n)
	for i := range out {
		out[i] = rows{d.constant(tensor.Of(ptrs[i]...)), d.constant(tensor.Of(indices[i]...))}
	}
	return out
}

// constant adds a constant to the program.
func (d *divider) constant(t *tensor.Tensor) View {
	b := Buffer{DType: t.DType(), Elems: t.Size(), Storage: Constant, Value: t}
	for i := range d.p.Buffers {
		if d.p.Buffers[i].Storage == Constant {
			b.Slot++
		}
	}
	d.p.Buffers = append(d.p.Buffers, b)
	return wholeView(BufID(len(d.p.Buffers)-1), t.Shape())
}

// known reports whether a view is a constant vector.
func (d *divider) known(v *View) bool {
	b := &d.p.Buffers[v.Buf]
	return b.Storage == Constant && len(v.Dyn) == 0 && v.Offset == 0 && v.Size() == b.Elems && v.Contiguous()
}

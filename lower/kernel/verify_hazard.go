package kernel

import (
	"fmt"
	"slices"
)

// A store may overwrite what a load of the same Map reads only where both are at one element at one index, and no two
// stores may write one element. hazards finds what breaks that rule for certain. Views that may share memory are looked at element by
// element when the index space is small; what moving offsets or large spaces hide is left to the planner.

// maxHazardSpace is the largest index space that is looked at element by element.
const maxHazardSpace = 1 << 11

func (v *verifier) hazards(m *Map) error {
	if size := product(m.Shape); size == 0 || size > maxHazardSpace {
		return nil
	}
	for i := range m.Stores {
		s := &m.Stores[i].View
		if clash := v.selfClash(s); clash >= 0 {
			return fmt.Errorf("store %d %s: got two indices for one element (%d)", i, *s, clash)
		}
		for k := range m.Loads {
			if at := v.clash(s, &m.Loads[k], true); at >= 0 {
				return fmt.Errorf("store %d %s: got an element (%d) that load %d %s reads at another index", i, *s, at, k, m.Loads[k])
			}
		}
		for k := range m.Stores[:i] {
			if at := v.clash(s, &m.Stores[k].View, false); at >= 0 {
				return fmt.Errorf("store %d %s: got an element (%d) that store %d %s writes too", i, *s, at, k, m.Stores[k].View)
			}
		}
	}
	return nil
}

// extent is where the elements of a view are in memory: bytes from the start of the arena, or of the view's own buffer.
type extent struct {
	arena bool
	buf   BufID // of its own, unless arena
	start int
	size  int // of an element
}

func (v *verifier) extent(w *View) extent {
	b := &v.p.Buffers[w.Buf]
	size := b.DType.Size()
	if b.Storage == Arena {
		return extent{arena: true, start: b.Offset + w.Offset*size, size: size}
	}
	return extent{buf: w.Buf, start: w.Offset * size, size: size}
}

// clash returns the first element of view s, as a distance in bytes, that view w has too; with sameIndexFits set, elements that
// both have at the same index do not count. It is -1 if there is none, or none for certain.
func (v *verifier) clash(s, w *View, sameIndexFits bool) int {
	a, b := v.extent(s), v.extent(w)
	if a.arena != b.arena || a.buf != b.buf || !slices.Equal(s.Dyn, w.Dyn) || !v.mayMeet(s, w, a, b) {
		return -1
	}
	seen := map[int]int{} // address to position in the index space
	each(s, a, func(at, pos int) bool { seen[at] = pos; return true })
	clash := -1
	each(w, b, func(at, pos int) bool {
		for byte := at - a.size + 1; byte < at+b.size; byte++ {
			if p, ok := seen[byte]; ok && !(sameIndexFits && p == pos && byte == at && a.size == b.size) {
				clash = byte
				return false
			}
		}
		return true
	})
	return clash
}

// mayMeet compares the ranges of two views in one piece of memory.
func (v *verifier) mayMeet(s, w *View, a, b extent) bool {
	slo, shi, _ := s.Range()
	wlo, whi, _ := w.Range()
	begin := func(x *View, e extent, at int) int { return e.start + (at-x.Offset)*e.size }
	return begin(s, a, slo) < begin(w, b, whi+1) && begin(w, b, wlo) < begin(s, a, shi+1)
}

// selfClash returns an element that a view has at two indices, or -1.
func (v *verifier) selfClash(s *View) int {
	seen, clash := map[int]bool{}, -1
	e := v.extent(s)
	each(s, e, func(at, _ int) bool {
		if seen[at] {
			clash = at
		}
		seen[at] = true
		return clash < 0
	})
	return clash
}

// each calls f with the address of each element of a view, in row-major order, until it returns false. Moving offsets are left out.
func each(w *View, e extent, f func(at, pos int) bool) {
	index := make([]int, len(w.Shape))
	for pos := range w.Size() {
		at := e.start
		for d, i := range index {
			at += i * w.Strides[d] * e.size
		}
		if !f(at, pos) {
			return
		}
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < w.Shape[d] {
				break
			}
			index[d] = 0
		}
	}
}

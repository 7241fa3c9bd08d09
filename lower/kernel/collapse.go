package kernel

import "slices"

// collapse drops dimensions of size one and merges neighbours that every access walks evenly, so that most Maps have one dimension.
func collapse(m *Map) {
	if slices.Contains(m.Shape, 0) {
		return
	}
	folded := 0 // innermost dimensions that belong to folds: all folds of a Map have the same count, or the Map is left alone
	for i, f := range m.Folds {
		if i > 0 && f.Dims != folded {
			return
		}
		folded = f.Dims
	}
	for d := len(m.Shape) - 1; d >= 0; d-- {
		switch {
		case m.Shape[d] == 1 && !m.usesIndex(d):
			m.dropDim(d, &folded)
		case d+1 < len(m.Shape) && d+1 != len(m.Shape)-folded && m.mergeable(d):
			m.mergeDim(d, &folded)
		}
	}
	for i := range m.Folds {
		m.Folds[i].Dims = folded
	}
}

// accesses calls f for each view of the Map.
func (m *Map) accesses(f func(*View)) {
	for i := range m.Loads {
		f(&m.Loads[i])
	}
	for i := range m.Stores {
		f(&m.Stores[i].View)
	}
	for i := range m.Folds {
		f(&m.Folds[i].View)
	}
}

func (m *Map) usesIndex(d int) bool {
	return slices.ContainsFunc(m.Insts, func(in Inst) bool { return in.Op == OpIndex && int(in.Imm) == d })
}

// mergeable reports whether dimensions d and d+1 can become one. Views of folds end before the folded dimensions.
func (m *Map) mergeable(d int) bool {
	if m.usesIndex(d) || m.usesIndex(d+1) {
		return false
	}
	ok := true
	m.accesses(func(v *View) {
		if d+1 < len(v.Strides) && v.Strides[d] != v.Strides[d+1]*m.Shape[d+1] {
			ok = false
		}
	})
	return ok
}

func (m *Map) mergeDim(d int, folded *int) {
	if d+1 >= len(m.Shape)-*folded {
		*folded--
	}
	m.accesses(func(v *View) {
		if d+1 < len(v.Strides) {
			v.Strides = slices.Delete(slices.Clone(v.Strides), d, d+1)
			v.Shape = slices.Delete(slices.Clone(v.Shape), d, d+1)
			v.Shape[d] = m.Shape[d] * m.Shape[d+1]
		}
	})
	size := m.Shape[d] * m.Shape[d+1]
	m.Shape = slices.Delete(slices.Clone(m.Shape), d, d+1)
	m.Shape[d] = size
	m.shiftIndex(d + 1)
}

func (m *Map) dropDim(d int, folded *int) {
	if d >= len(m.Shape)-*folded {
		if *folded == 1 { // keep one: a fold over nothing is still a fold
			return
		}
		*folded--
	}
	m.accesses(func(v *View) {
		if d < len(v.Strides) {
			v.Strides = slices.Delete(slices.Clone(v.Strides), d, d+1)
			v.Shape = slices.Delete(slices.Clone(v.Shape), d, d+1)
		}
	})
	m.Shape = slices.Delete(slices.Clone(m.Shape), d, d+1)
	m.shiftIndex(d)
}

// shiftIndex renames dimensions from d on after one before them is gone.
func (m *Map) shiftIndex(d int) {
	for i := range m.Insts {
		if in := &m.Insts[i]; in.Op == OpIndex && int(in.Imm) >= d {
			in.Imm--
		}
	}
}

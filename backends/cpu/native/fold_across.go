package native

import (
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Folds across: the sum of the rows of a matrix. Where the elements that are folded lie at a stride and those of another dimension follow each
// other, that one runs in the vector lanes, and each lane folds elements of its own. The 16 running results of the reduction tree are then
// 16 vectors, which vector k mod 16 of a column is added to, and the tree combines whole vectors.
//
//	for each vector of the row:                 rIndex
//	    for k := 0; k < folded; k++             pointers advance
//	        body, running result k mod 16
//	    tree, store

// maxAcross bounds the instructions of a body that is copied for each of the running results, whole and masked.
const maxAcross = 12

// across returns the Map with the dimension that is to run in the lanes at the end and the folded one before it; false where folding along the
// rows is right.
func across(m *kernel.Map) (*kernel.Map, bool) {
	last := len(m.Shape) - 1
	if len(m.Folds) == 0 || last < 1 || slices.Contains(m.Shape, 0) || len(m.Insts)-m.Uni > maxAcross || len(m.Rare) > 0 {
		return m, false
	}
	for _, f := range m.Folds {
		if f.Dims != 1 {
			return m, false
		}
	}
	lanes, most := last, contiguous(m, last)
	for d := range last {
		if n := contiguous(m, d); n > most {
			lanes, most = d, n
		}
	}
	if lanes == last {
		return m, false
	}
	return permuted(m, lanes), true
}

// contiguous counts the loads that dimension d walks element by element.
func contiguous(m *kernel.Map, d int) int {
	n := 0
	for _, v := range m.Loads {
		if m.Shape[d] > 1 && v.Strides[d] == 1 {
			n++
		}
	}
	return n
}

// permuted moves dimension lanes behind the last one.
func permuted(m *kernel.Map, lanes int) *kernel.Map {
	toEnd := func(s []int) []int { return append(slices.Delete(slices.Clone(s), lanes, lanes+1), s[lanes]) }
	moved := func(v kernel.View) kernel.View {
		v.Shape, v.Strides = toEnd(v.Shape), toEnd(v.Strides)
		return v
	}
	out := *m
	out.Shape = toEnd(m.Shape)
	out.Loads, out.Stores, out.Folds, out.Insts = slices.Clone(m.Loads), slices.Clone(m.Stores), slices.Clone(m.Folds), slices.Clone(m.Insts)
	for i := range out.Loads {
		out.Loads[i] = moved(out.Loads[i])
	}
	for i := range out.Stores {
		out.Stores[i].View = moved(out.Stores[i].View)
	}
	for i := range out.Folds {
		out.Folds[i].View = moved(out.Folds[i].View)
	}
	for i := range out.Insts {
		in := &out.Insts[i]
		switch d := int(in.Imm); {
		case in.Op != kernel.OpIndex || d < lanes:
		case d == lanes:
			in.Imm = uint64(len(m.Shape) - 1)
		default:
			in.Imm--
		}
	}
	return &out
}

// columns emits the vector loop over a row of columns.
func (g *gen) columns() {
	main := g.row() - g.rest()
	if main > 0 {
		g.emit(asm.XOR, rIndex.As(asm.Dword), rIndex.As(asm.Dword))
		g.a.Align(32)
		top := g.a.Here()
		g.column()
		if main > g.lanes {
			g.emit(asm.ADD, rIndex, asm.Imm(g.lanes))
			g.emit(asm.CMP, rIndex, asm.Imm(main))
			g.a.Jump(asm.JL, top)
		}
	}
	if g.rest() > 0 {
		g.emit(asm.MOV, rIndex.As(asm.Dword), asm.Imm(main))
		g.masked = true
		g.column()
		g.masked = false
	}
}

// column folds one vector of columns. The counter of the folded dimension is in the frame, also for what the body computes of it.
func (g *gen) column() {
	dim := len(g.m.Shape) - 2
	n, group := g.m.Shape[dim], g.vectors()
	if g.scan {
		group = min(n, scanUnroll)
	}
	counter := work(g.index[dim]).Sized(8)
	g.resetFolds()
	g.emit(asm.MOV, counter, asm.Imm(0))
	main := n - n%group
	if main > 0 {
		top := g.a.Here()
		g.elements(dim, group)
		if main > group {
			g.emit(asm.CMP, counter, asm.Imm(main))
			g.a.Jump(asm.JL, top)
		}
	}
	g.elements(dim, n-main)
	g.advancePointers(dim, -n)
	for i := range g.folds {
		if g.scan {
			break
		}
		g.closeAcross(&g.folds[i])
		g.unlock()
	}
}

// elements emits the body for the next n elements of the folded dimension, one for each running result from the first on.
func (g *gen) elements(dim, n int) {
	for g.phase = range n {
		g.body()
		g.advancePointers(dim, 1)
		if g.countsAlong(dim) {
			g.emit(asm.INC, work(g.index[dim]).Sized(8))
		}
	}
	if n > 0 && !g.countsAlong(dim) {
		g.emit(asm.ADD, work(g.index[dim]).Sized(8), asm.Imm(n))
	}
}

// countsAlong reports whether the body reads the index along a dimension.
func (g *gen) countsAlong(dim int) bool {
	return slices.ContainsFunc(g.m.Insts, func(in kernel.Inst) bool { return in.Op == kernel.OpIndex && int(in.Imm) == dim })
}

// closeAcross combines the running results (j and j+8, j+4, j+2, j+1) and stores a vector of them.
func (g *gen) closeAcross(f *foldState) {
	if f.dt == dtype.Bool {
		acc := g.tempBool()
		g.emit(g.moveBool(), acc, work(f.slots[0]))
		g.storeLanes(f.dt, acc, &f.out)
		return
	}
	for n := g.vectors(); n > 1; n /= 2 {
		for j := range n / 2 {
			x, y := g.running(f, j), g.running(f, j+n/2)
			g.combine(f.step, f.dt, x, x, y)
			g.setRunning(f, j, x)
			g.drop(x, y)
		}
	}
	x := g.running(f, 0)
	g.wrap(f.dt, x)
	g.storeLanes(f.dt, x, &f.out)
}

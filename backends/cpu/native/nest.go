package native

import (
	"slices"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
)

// nest emits the loops of the Map around its body.
//
//	for each index of the outer dimensions:        counters in the frame, row pointers advance
//	    for i := 0; i+lanes <= row; i += lanes     rIndex
//	        body
//	    masked body for the rest of the row
func (g *gen) nest() error {
	g.index = make([]int, len(g.m.Shape)-1)
	for d := range g.index {
		g.index[d] = g.lay.slot(8, 8)
	}
	if rest := g.rest(); rest != 0 && g.isa.masks > 0 {
		g.tail = asm.K(1)
		g.masks.holds[1] = regReserved
		g.loadTailMask(rest)
	}
	g.openFolds()
	g.dimension(0)
	return nil
}

// group is the number of elements that one round of the main loop handles: several vectors where a fold needs its 16 lanes.
func (g *gen) group() int {
	if len(g.folds) > 0 {
		return max(g.lanes, foldLanes)
	}
	return g.lanes
}

func (g *gen) row() int { return g.m.Shape[len(g.m.Shape)-1] }

// count is the number of elements in the current copy of the body.
func (g *gen) count() int {
	if g.masked {
		return g.rest()
	}
	return g.lanes
}

// rest is the number of elements in the last, partial vector of a row.
func (g *gen) rest() int { return g.row() % g.lanes }

func (g *gen) loadTailMask(n int) {
	g.a.Emit(asm.MOV, rTmp.As(asm.Dword), asm.Imm(1<<n-1))
	g.a.Emit(asm.KMOVD, g.tail, rTmp.As(asm.Dword))
}

// dimension emits the loops from dimension d on, and the folds over them.
func (g *gen) dimension(d int) {
	if g.across && d == len(g.m.Shape)-2 {
		g.columns()
		return
	}
	if g.across || d != g.firstFolded() {
		g.loop(d)
		return
	}
	g.resetFolds()
	folded := g.m.Shape[d:]
	if !slices.Contains(folded, 0) {
		g.loop(d)
	}
	if n := len(folded); n > 1 { // rows have moved the lanes on
		rows := 1
		for _, extent := range folded[:n-1] {
			rows = rows * (extent % foldLanes) % foldLanes
		}
		g.rotateFolds(foldLanes - rows*(g.row()%foldLanes)%foldLanes)
	}
	g.closeFolds()
}

func (g *gen) loop(d int) {
	if d == len(g.m.Shape)-1 {
		g.inner()
		return
	}
	counter := work(g.index[d])
	g.a.Emit(asm.MOV, counter.Sized(8), asm.Imm(0))
	top := g.a.Here()
	g.dimension(d + 1)
	g.advancePointers(d, 1)
	g.a.Emit(asm.INC, counter.Sized(8))
	g.a.Emit(asm.CMP, counter.Sized(8), asm.Imm(g.m.Shape[d]))
	g.a.Jump(asm.JL, top)
	if d > 0 {
		g.advancePointers(d, -g.m.Shape[d])
	}
}

// inner emits the vector loop over one row.
func (g *gen) inner() {
	group, row := g.group(), g.row()
	main := row - row%group
	if main > 0 {
		g.a.Emit(asm.XOR, rIndex.As(asm.Dword), rIndex.As(asm.Dword))
		g.a.Align(32)
		top := g.a.Here()
		g.copies(group)
		if main > group {
			g.a.Emit(asm.ADD, rIndex, asm.Imm(group))
			g.a.Emit(asm.CMP, rIndex, asm.Imm(main))
			g.a.Jump(asm.JL, top)
		}
	}
	if left := row - main; left > 0 {
		g.a.Emit(asm.MOV, rIndex.As(asm.Dword), asm.Imm(main))
		g.copies(left)
	}
	g.shift = 0
	if len(g.m.Shape)-g.firstFolded() > 1 {
		g.rotateFolds(row)
	}
}

// copies emits the body for the next n elements: whole vectors, then a masked one.
func (g *gen) copies(n int) {
	for g.shift = 0; g.shift < n; g.shift += g.lanes {
		g.masked = n-g.shift < g.lanes
		g.body()
	}
	g.masked = false
}

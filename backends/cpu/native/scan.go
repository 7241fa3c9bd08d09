package native

import (
	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// A Scan runs like a fold across: the vector lanes hold lines, whose running results are in one register and are stored after each element. A
// single line has one lane, in which an element takes as long as an addition.

// scanUnroll is how many elements of a line a round of the loop handles.
const scanUnroll = 8

// fewLines are not worth being read at a stride.
const fewLines = 4

// scan emits a Scan.
func (c *compiler) scan(s *kernel.Scan) error {
	m := kernel.ScanMap(s, c.prog.Buffers[s.Src.Buf].DType)
	lanes := linesDim(m)
	if lanes < 0 {
		unit := *m
		lanes, m = len(m.Shape), &unit
		m.Shape = append(m.Shape[:lanes:lanes], 1)
		m.Loads = []kernel.View{withDim(m.Loads[0])}
		m.Folds = []kernel.Fold{{Op: s.Op, Dims: 1, View: withDim(m.Folds[0].View)}}
	} else {
		m = permuted(m, lanes)
	}
	return (&gen{a: c.a, lay: c.lay, isa: c.isa, m: m, across: true, scan: true}).emitSteps()
}

// withDim is a view with one more dimension, of one element.
func withDim(v kernel.View) kernel.View {
	n := len(v.Shape)
	v.Shape, v.Strides = append(v.Shape[:n:n], 1), append(v.Strides[:n:n], 0)
	return v
}

// linesDim is the dimension of lines that runs in the lanes: one that is contiguous, or the largest; -1 where there are only few lines.
func linesDim(m *kernel.Map) int {
	best, most := -1, 0
	for d, n := range m.Shape[:len(m.Shape)-1] {
		score := n
		if m.Loads[0].Strides[d] == 1 {
			score *= 8
		}
		if m.Folds[0].View.Strides[d] == 1 {
			score *= 8
		}
		if n >= fewLines && score > most {
			best, most = d, score
		}
	}
	return best
}

// start is where a fold begins. A sum that is kept from its first element on begins with the zero that changes no number, not even -0.
func (g *gen) start(id ir.OpID, dt dtype.DType) uint64 {
	if g.scan && id == op.ReduceSumID && dt.IsFloat() {
		return signBit(dt)
	}
	return identity(id, dt)
}

// keep stores the running result of a Scan.
func (g *gen) keep(f *foldState, acc asm.Reg) {
	if !g.scan {
		return
	}
	x := acc
	if isNarrow(f.dt) {
		x = g.temp(f.dt)
		g.move(x, acc)
		g.wrap(f.dt, x)
	}
	g.storeLanes(f.dt, x, &f.out)
}

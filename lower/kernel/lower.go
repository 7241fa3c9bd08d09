package kernel

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Lower plans g: which nodes share a pass, where each value lives, what is updated in place. g should be optimised and expanded;
// primitives without a loop-level form become Eval steps.
func Lower(g *ir.Graph) (*Program, error) {
	lw := &lowerer{prog: &Program{Name: g.Name}, consts: map[*tensor.Tensor]BufID{}, waits: map[*ir.Node][]*ir.Value{}}
	params := make([]binding, len(g.Params))
	for i, p := range g.Params {
		id := lw.buffer(Buffer{DType: p.Type.DType, Elems: p.Type.Size(), Storage: Input, Slot: i, Name: fmt.Sprintf("in%d", i)})
		lw.prog.Inputs = append(lw.prog.Inputs, id)
		params[i] = binding{view: wholeView(id, p.Type.Shape)}
	}
	wants := make([]*want, len(g.Outputs))
	for i, o := range g.Outputs {
		id := lw.buffer(Buffer{DType: o.Type.DType, Elems: o.Type.Size(), Storage: Output, Slot: i, Name: fmt.Sprintf("out%d", i)})
		lw.prog.Outputs = append(lw.prog.Outputs, id)
		wants[i] = &want{view: wholeView(id, o.Type.Shape)}
	}
	lw.prog.Body = lw.block(lw.inlineCalls(g), params, wants)
	lw.prog.Body = lw.turnMatrices(lw.prog.Body)
	assignArena(lw.prog)
	return lw.prog, nil
}

// lowerer holds what is shared by all blocks of one program.
type lowerer struct {
	prog    *Program
	consts  map[*tensor.Tensor]BufID
	numbers map[splat]View
	maps    int
	waits   map[*ir.Node][]*ir.Value // what must be there before a node of a checkpoint runs
}

// stored is the type that steps move elements as: narrow types are bytes, since no step computes with them.
func stored(dt dtype.DType) dtype.DType {
	if dt.IsNarrow() {
		return dtype.Uint8
	}
	return dt
}

func (lw *lowerer) buffer(b Buffer) BufID {
	b.DType = stored(b.DType)
	lw.prog.Buffers = append(lw.prog.Buffers, b)
	return BufID(len(lw.prog.Buffers) - 1)
}

// temp makes an arena buffer for a value of type t.
func (lw *lowerer) temp(t ir.Type, name string) View {
	id := lw.buffer(Buffer{DType: t.DType, Elems: t.Size(), Storage: Arena, Offset: -1, Name: name})
	return wholeView(id, t.Shape)
}

// constant makes a read-only external buffer for a tensor, once for each.
func (lw *lowerer) constant(t *tensor.Tensor) View {
	id, ok := lw.consts[t]
	if !ok {
		id = lw.buffer(Buffer{DType: t.DType(), Elems: t.Size(), Storage: Constant, Slot: len(lw.consts), Value: t})
		lw.consts[t] = id
	}
	return wholeView(id, t.Shape())
}

func wholeView(id BufID, shape []int) View {
	return View{Buf: id, Shape: shape, Strides: RowMajor(shape)}
}

// binding says how a value can be read inside a block: as a view of memory, or as one number for all indices.
type binding struct {
	view  View
	splat *splat
}

// splat is a value whose elements are all the same known number.
type splat struct {
	dt   dtype.DType
	bits uint64
}

// want asks that an output of a block be stored at view. For a loop carry, param is the region parameter that lives there until it
// is overwritten; for fresh memory (outputs, rows of ys, results of branches) it is nil.
type want struct {
	view    View
	param   *ir.Value
	guard   *Guard // if not nil: store only when its condition holds, by a copy at the end of the block
	claimed bool
}

// block lowers a graph whose parameters are bound, such that its outputs end up in wants.
func (lw *lowerer) block(g *ir.Graph, params []binding, wants []*want) Block {
	b := &blockLowerer{
		lowerer: lw, g: g,
		bound: make(map[*ir.Value]binding, len(g.Params)),
		rel:   map[*ir.Value]relView{},
		nodes: make(map[*ir.Node]*nodeInfo, len(g.Nodes)),
		vals:  make(map[*ir.Value]*valueInfo, len(g.Nodes)+len(g.Params)),
	}
	for i, p := range g.Params {
		b.bound[p] = params[i]
		b.vals[p] = &valueInfo{last: -1}
	}
	b.classify()
	b.plan()
	b.findReads()
	b.claimWants(wants)
	for _, u := range b.units {
		b.emitUnit(u)
	}
	b.finish(wants)
	return b.out
}

// blockLowerer lowers one graph.
type blockLowerer struct {
	*lowerer
	g     *ir.Graph
	bound map[*ir.Value]binding // where values can be read: parameters, constants, and what has been emitted
	rel   map[*ir.Value]relView // aliases
	nodes map[*ir.Node]*nodeInfo
	vals  map[*ir.Value]*valueInfo
	units []*unit
	out   Block
}

func (b *blockLowerer) emitStep(s Step) { b.out = append(b.out, s) }

// kind says how a node's results come about.
type kind uint8

const (
	kindBarrier kind = iota // a step of its own
	kindLane                // computed in a Map, for each index
	kindFold                // folded over the last dimensions of a Map
	kindAlias               // another way to look at an operand: a view
	kindSplat               // one known number, or a constant tensor: no step at all
)

// nodeInfo is what planning knows about a node.
type nodeInfo struct {
	kind  kind
	phase int // see plan
	unit  int // index of the unit that runs it
}

// valueInfo is what planning knows about a value that is not an alias.
type valueInfo struct {
	stored bool   // lives in memory, not only inside one Map
	target []View // where it is stored, once decided; several for a lane value that is wanted in several places
	reads  []read // from memory, in the order of units
	last   int    // last unit that reads it from memory; len(units) when it is an output
}

// read is one use of a value's memory: direct if element i is read for index i only, as Map or in-place operand.
type read struct {
	unit   int
	direct bool
}

// unit is one step to be: a Map with the nodes fused into it, or a barrier.
type unit struct {
	isMap  bool
	shape  []int      // of the Map
	nodes  []*ir.Node // lane and fold nodes of the Map, or the one barrier
	phase  int
	number int
}

func (b *blockLowerer) emitUnit(u *unit) {
	if u.isMap {
		b.emitMap(u)
		return
	}
	b.emitBarrier(u, u.nodes[0])
}

// isLane reports whether a node can be one instruction of a Map.
func isLane(n *ir.Node) bool {
	if touchesNarrow(n) {
		return false
	}
	if n.Op == op.IotaID {
		return !n.Result().Type.DType.IsComplex()
	}
	if n.Row().Class != ir.ClassElementwise || len(n.Results) != 1 {
		return false
	}
	for _, v := range n.Inputs {
		if v.Type.DType.IsComplex() {
			return false
		}
	}
	r := n.Result().Type
	if n.Op == op.BitcastID && n.Inputs[0].Type.DType.Size() != r.DType.Size() {
		return false
	}
	return !r.DType.IsComplex()
}

// touchesNarrow reports whether a node reads or makes a narrow type: conversions do, by their evaluation rule.
func touchesNarrow(n *ir.Node) bool {
	narrow := func(v *ir.Value) bool { return v.Type.DType.IsNarrow() }
	return slices.ContainsFunc(n.Inputs, narrow) || slices.ContainsFunc(n.Results, narrow)
}

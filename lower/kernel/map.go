package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// emitMap builds the Map of a unit: its lane nodes in program order, with loads and constants as they are needed.
func (b *blockLowerer) emitMap(u *unit) {
	mb := &mapBuilder{b: b, u: u, m: &Map{Shape: u.shape}, insts: map[*ir.Value]int32{}, imms: map[splat]int32{}}
	for _, n := range u.nodes {
		if b.nodes[n].kind == kindFold {
			mb.fold(n)
			continue
		}
		v := n.Result()
		mb.insts[v] = mb.lane(n)
		if b.vals[v].stored {
			b.place(v)
			for _, view := range b.vals[v].target {
				mb.m.Stores = append(mb.m.Stores, Store{mb.insts[v], view})
			}
		}
	}
	b.finishMap(mb.m)
	b.emitStep(mb.m)
}

// mapBuilder collects the instructions of one Map.
type mapBuilder struct {
	b     *blockLowerer
	u     *unit
	m     *Map
	insts map[*ir.Value]int32
	imms  map[splat]int32
}

func (mb *mapBuilder) add(in Inst) int32 {
	mb.m.Insts = append(mb.m.Insts, in)
	return int32(len(mb.m.Insts) - 1)
}

// lane appends the instruction of a lane node.
func (mb *mapBuilder) lane(n *ir.Node) int32 {
	in := instOf(n)
	for i, v := range n.Inputs {
		in.Args[i] = mb.operand(v)
	}
	return mb.add(in)
}

// instOf is the instruction of a lane node, without its arguments.
func instOf(n *ir.Node) Inst {
	in := Inst{Op: n.Op, DT: n.Result().Type.DType}
	switch a := n.Attrs.(type) {
	case op.IotaAttrs:
		in.Op, in.Imm = OpIndex, uint64(a.Dim)
	case op.CompareAttrs:
		in.Dir = direction(a)
	case op.LookupAttrs:
		in.Table = a.Table
	}
	return in
}

// operand is the instruction that gives v at the index of the Map.
func (mb *mapBuilder) operand(v *ir.Value) int32 {
	if i, ok := mb.insts[v]; ok {
		return i
	}
	var i int32
	switch bd := mb.b.bound[v]; {
	case bd.splat != nil:
		return mb.imm(*bd.splat)
	case mb.b.inlines(v):
		i = mb.scalar(v.Node.Inputs[0])
	default:
		i = mb.load(v.Type, mb.b.viewOf(v))
	}
	mb.insts[v] = i
	return i
}

// scalar computes a scalar expression inside the Map, the same for all indices.
func (mb *mapBuilder) scalar(v *ir.Value) int32 {
	if i, ok := mb.insts[v]; ok {
		return i
	}
	var i int32
	if info, ok := mb.b.nodes[v.Node]; ok && info.kind == kindLane {
		in := instOf(v.Node)
		for k, arg := range v.Node.Inputs {
			in.Args[k] = mb.scalar(arg)
		}
		i = mb.add(in)
	} else if s := mb.b.bound[v].splat; s != nil {
		i = mb.imm(*s)
	} else {
		view := mb.b.viewOf(v)
		view.Shape, view.Strides = mb.m.Shape, make([]int, len(mb.m.Shape))
		i = mb.load(v.Type, view)
	}
	mb.insts[v] = i
	return i
}

func (mb *mapBuilder) imm(s splat) int32 {
	i, ok := mb.imms[s]
	if !ok {
		i = mb.add(Inst{Op: OpImm, DT: s.dt, Imm: s.bits})
		mb.imms[s] = i
	}
	return i
}

func (mb *mapBuilder) load(t ir.Type, view View) int32 {
	for i, in := range mb.m.Insts {
		if in.Op == OpLoad && sameView(mb.m.Loads[in.Imm], view) {
			return int32(i)
		}
	}
	mb.m.Loads = append(mb.m.Loads, view)
	return mb.add(Inst{Op: OpLoad, DT: stored(t.DType), Imm: uint64(len(mb.m.Loads) - 1)})
}

// fold appends the fold of a reduction over the last dimensions.
func (mb *mapBuilder) fold(n *ir.Node) {
	dst := mb.b.place(n.Result())
	inst := mb.operand(n.Inputs[0])
	dims := len(n.Attrs.(op.ReduceAttrs).Axes)
	mb.m.Folds = append(mb.m.Folds, Fold{Op: n.Op, Inst: inst, Dims: dims, View: dst})
}

func direction(a op.CompareAttrs) Dir {
	dirs := map[op.Dir]Dir{op.DirEq: EQ, op.DirNe: NE, op.DirLt: LT, op.DirLe: LE, op.DirGt: GT, op.DirGe: GE}
	d := dirs[a.Dir]
	if a.Total {
		d += TotalEQ - EQ
	}
	return d
}

// isTrailingFold reports whether a node reduces the last dimensions of its operand by one of the folds.
func isTrailingFold(n *ir.Node) bool {
	if !isFold(n) || len(n.Attrs.(op.ReduceAttrs).Axes) == 0 {
		return false
	}
	rank, axes := n.Inputs[0].Type.Rank(), n.Attrs.(op.ReduceAttrs).Axes
	for i, a := range axes {
		if a != rank-len(axes)+i {
			return false
		}
	}
	return true
}

func isFold(n *ir.Node) bool {
	switch n.Op {
	case op.ReduceSumID, op.ReduceProdID, op.ReduceMaxID, op.ReduceMinID, op.ReduceAndID, op.ReduceOrID, op.ReduceXorID:
		return !n.Result().Type.DType.IsComplex()
	}
	return false
}

// finishMap numbers the Map, merges dimensions and moves uniform instructions to the front.
func (lw *lowerer) finishMap(m *Map) {
	m.ID = lw.maps
	lw.maps++
	collapse(m)
	orderUniform(m)
	orderRare(m)
}

// orderUniform puts the instructions that do not depend on the index first.
func orderUniform(m *Map) {
	uniform := make([]bool, len(m.Insts))
	for i, in := range m.Insts {
		switch in.Op {
		case OpImm:
			uniform[i] = true
		case OpIndex:
		case OpLoad:
			uniform[i] = !slices.ContainsFunc(m.Loads[in.Imm].Strides, func(s int) bool { return s != 0 })
		default:
			uniform[i] = true
			for _, a := range in.Args[:arity(in)] {
				uniform[i] = uniform[i] && uniform[a]
			}
		}
	}
	order := make([]int, 0, len(m.Insts))
	for i, u := range uniform {
		if u {
			order = append(order, i)
		}
	}
	m.Uni = len(order)
	for i, u := range uniform {
		if !u {
			order = append(order, i)
		}
	}
	permuteInsts(m, order)
}

func permuteInsts(m *Map, order []int) {
	where := make([]int32, len(order))
	insts := make([]Inst, len(order))
	for to, from := range order {
		where[from] = int32(to)
		insts[to] = m.Insts[from]
	}
	for i := range insts {
		for k := range arity(insts[i]) {
			insts[i].Args[k] = where[insts[i].Args[k]]
		}
	}
	m.Insts = insts
	for i := range m.Stores {
		m.Stores[i].Inst = where[m.Stores[i].Inst]
	}
	for i := range m.Folds {
		m.Folds[i].Inst = where[m.Folds[i].Inst]
	}
}

// Arity is the number of arguments that the instruction reads.
func (in Inst) Arity() int { return arity(in) }

func arity(in Inst) int {
	switch in.Op {
	case OpLoad, OpImm, OpIndex:
		return 0
	}
	return in.Op.Row().Arity
}

// CopyMap is the Map that does what a Copy does.
func CopyMap(s *Copy, dt dtype.DType) *Map {
	m := &Map{
		Shape: s.Dst.Shape, Loads: []View{s.Src}, Stores: []Store{{0, s.Dst}},
		Insts: []Inst{{Op: OpLoad, DT: dt}},
	}
	collapse(m)
	orderUniform(m)
	return m
}

package portable

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// builder collects a program for a test.
type builder struct {
	p      kernel.Program
	inputs []*tensor.Tensor
}

func (b *builder) buffer(x kernel.Buffer) kernel.BufID {
	b.p.Buffers = append(b.p.Buffers, x)
	return kernel.BufID(len(b.p.Buffers) - 1)
}

func (b *builder) input(x *tensor.Tensor) kernel.BufID {
	id := b.buffer(kernel.Buffer{DType: x.DType(), Elems: x.Size(), Storage: kernel.Input, Slot: len(b.inputs)})
	b.inputs, b.p.Inputs = append(b.inputs, x), append(b.p.Inputs, id)
	return id
}

func (b *builder) output(dt dtype.DType, n int) kernel.BufID {
	id := b.buffer(kernel.Buffer{DType: dt, Elems: n, Storage: kernel.Output, Slot: len(b.p.Outputs)})
	b.p.Outputs = append(b.p.Outputs, id)
	return id
}

func (b *builder) arena(dt dtype.DType, n int) kernel.BufID {
	id := b.buffer(kernel.Buffer{DType: dt, Elems: n, Storage: kernel.Arena, Offset: b.p.Arena})
	b.p.Arena += (b.p.Buffers[id].Bytes() + 63) &^ 63
	return id
}

func (b *builder) step(s kernel.Step) { b.p.Body = append(b.p.Body, s) }

// layout is how a vector of n elements lies in a buffer.
type layout struct {
	name           string
	elems          func(n int) int // of the buffer
	offset, stride func(n int) int
}

func constantly(k int) func(int) int { return func(int) int { return k } }

var layouts = []layout{
	{"unit", func(n int) int { return n }, constantly(0), constantly(1)},
	{"scalar", constantly(1), constantly(0), constantly(0)},
	{"stride 3", func(n int) int { return 3*n + 2 }, constantly(2), constantly(3)},
	{"reversed", func(n int) int { return n }, func(n int) int { return max(n-1, 0) }, constantly(-1)},
	{"offset", func(n int) int { return n + 5 }, constantly(5), constantly(1)},
}

func (l *layout) view(buf kernel.BufID, n int) kernel.View {
	return kernel.View{Buf: buf, Offset: l.offset(n), Shape: []int{n}, Strides: []int{l.stride(n)}}
}

// instances lists an elementwise row's instructions for a type of the first operand that is not a predicate: all directions of
// Compare, all types of Convert and Bitcast, both results of Threefry2x32. types are those of the operands.
func instances(row *ir.Row, dt dtype.DType) (insts []kernel.Inst, types []dtype.DType) {
	for range row.Arity {
		types = append(types, dt)
	}
	in := kernel.Inst{Op: row.ID, DT: dt}
	switch row.ID {
	case op.SelectID:
		types[0] = dtype.Bool
		insts = append(insts, in)
	case op.IsFiniteID:
		in.DT = dtype.Bool
		insts = append(insts, in)
	case op.LookupID:
		in.DT, in.Table = dtype.Float32, randomTensor(rand.New(rand.NewPCG(1, 16)), dtype.Float32, 16)
		insts = append(insts, in)
	case op.CompareID:
		for dir := kernel.EQ; dir <= kernel.GE || dt.IsFloat() && dir <= kernel.TotalGE; dir++ {
			insts = append(insts, kernel.Inst{Op: row.ID, DT: dtype.Bool, Dir: dir})
		}
	case op.ConvertID, op.BitcastID:
		for _, to := range dtype.All() {
			if to.IsComplex() || row.ID == op.BitcastID && (to.Size() != dt.Size() || to == dtype.Bool) {
				continue
			}
			insts = append(insts, kernel.Inst{Op: row.ID, DT: to})
		}
	case op.Threefry2x32ID:
		insts = append(insts, in, kernel.Inst{Op: row.ID, DT: dt, Imm: 1})
	default:
		insts = append(insts, in)
	}
	return insts, types
}

// laneRows lists the rows that Maps have: elementwise with real operands and results.
func laneRows() []*ir.Row {
	var rows []*ir.Row
	for _, row := range ir.Rows() {
		switch row.ID {
		case op.RealID, op.ImagID, op.ConjID, op.ComplexID:
			continue
		}
		if row.Class == ir.ClassElementwise && row.Arity > 0 && row.Arity <= 4 {
			rows = append(rows, row)
		}
	}
	return rows
}

// TestOpsOnLayouts runs each operation on each type, each operand in each layout, and stores to a layout in turn.
func TestOpsOnLayouts(t *testing.T) {
	for _, row := range laneRows() {
		t.Run(row.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(row.ID), 1))
			turn := 0
			for _, dt := range row.Accepts.List() {
				if dt.IsComplex() {
					continue
				}
				insts, types := instances(row, dt)
				for _, in := range insts {
					combos := 1
					for range types {
						combos *= 2 // unit or scalar
					}
					for c := range combos + len(layouts)*2 {
						turn++
						n := []int{1, 2, 5, 0, 63, 130, 1031}[turn%7]
						agreeOnOp(t, r, in, types, pickLayouts(c, combos, turn, len(types)), &layouts[[]int{0, 2, 3, 4}[turn%4]], n)
					}
				}
			}
		})
	}
}

// pickLayouts gives all combinations of vectors and scalars first, then a mixture of all layouts.
func pickLayouts(c, combos, turn, operands int) []*layout {
	ls := make([]*layout, operands)
	for k := range ls {
		if c < combos {
			ls[k] = &layouts[c>>k&1]
		} else {
			ls[k] = &layouts[(turn*7+k*3+c)%len(layouts)]
		}
	}
	return ls
}

func agreeOnOp(t *testing.T, r *rand.Rand, in kernel.Inst, types []dtype.DType, from []*layout, to *layout, n int) {
	t.Helper()
	var b builder
	b.p.Name = in.Op.String()
	m := &kernel.Map{Shape: []int{n}}
	for k, dt := range types {
		x := randomTensor(r, dt, from[k].elems(n))
		if (in.Op == op.ShlID || in.Op == op.ShrID || in.Op == op.SarID) && k == 1 && r.IntN(4) > 0 {
			for i := range x.Size() {
				x.Set(i, r.IntN(dt.Bits()+2))
			}
		}
		m.Loads = append(m.Loads, from[k].view(b.input(x), n))
		m.Insts = append(m.Insts, kernel.Inst{Op: kernel.OpLoad, DT: dt, Imm: uint64(k)})
		in.Args[k] = int32(k)
	}
	m.Insts = append(m.Insts, in)
	out := b.output(in.DT, max(to.elems(n), 1))
	m.Stores = []kernel.Store{{Inst: int32(len(types)), View: to.view(out, n)}}
	b.step(m)
	agree(t, &b.p, b.inputs...)
}

// TestRandomMaps runs Maps of random instructions over random spaces, with loads of all kinds, in-place updates, several stores of one
// value, swaps, and folds.
func TestRandomMaps(t *testing.T) {
	count := 3000
	if testing.Short() {
		count = 400
	}
	for seed := range count {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b := randomMap(rand.New(rand.NewPCG(uint64(seed), 2)))
			agree(t, &b.p, b.inputs...)
		})
	}
}

// TestFolds runs every reduction of every type over rows of many lengths, which blocks cut anywhere.
func TestFolds(t *testing.T) {
	for _, id := range []ir.OpID{op.ReduceSumID, op.ReduceProdID, op.ReduceMaxID, op.ReduceMinID, op.ReduceAndID, op.ReduceOrID, op.ReduceXorID} {
		for _, dt := range id.Row().Accepts.List() {
			if dt.IsComplex() {
				continue
			}
			r := rand.New(rand.NewPCG(uint64(id), uint64(dt)))
			for _, shape := range [][]int{{5, 0}, {0, 3}, {3000, 1}, {300, 7}, {40, 16}, {30, 101}, {7, 500}, {2, 1025}, {1, 2500}} {
				var b builder
				x := randomTensor(r, dt, shape[0]*shape[1])
				if dt.IsFloat() {
					for i := range x.Size() {
						x.Set(i, r.NormFloat64())
					}
				}
				m := &kernel.Map{Shape: shape, Insts: []kernel.Inst{{Op: kernel.OpLoad, DT: dt}}}
				m.Loads = []kernel.View{{Buf: b.input(x), Shape: shape, Strides: kernel.RowMajor(shape)}}
				m.Folds = []kernel.Fold{
					{Op: id, Dims: 1, View: kernel.View{Buf: b.output(dt, 2*shape[0]), Shape: shape[:1], Strides: []int{2}}},
					{Op: id, Dims: 2, View: kernel.View{Buf: b.output(dt, 1)}},
				}
				b.step(m)
				agree(t, &b.p, b.inputs...)
			}
		}
	}
}

// randomShape has up to four dimensions and at most a few thousand elements.
func randomShape(r *rand.Rand) []int {
	shape := make([]int, r.IntN(4))
	left := []int{1, 40, 700, 3000}[r.IntN(4)]
	for d := range shape {
		shape[d] = 1 + r.IntN(max(left, 1))
		if r.IntN(3) == 0 {
			shape[d] = []int{1, 2, 3, 16, 64, 100}[r.IntN(6)]
		}
		left /= shape[d]
	}
	if len(shape) > 0 && r.IntN(12) == 0 {
		shape[r.IntN(len(shape))] = 0
	}
	return shape
}

// randomView lays an array of the shape into a buffer of at least one element: dimensions in any order, some with gaps or reversed;
// with broadcast set some have stride 0. It returns the view and the elements that the buffer must have.
func randomView(r *rand.Rand, shape []int, broadcast bool) (kernel.View, int) {
	v := kernel.View{Shape: shape, Strides: make([]int, len(shape))}
	order := r.Perm(len(shape))
	if r.IntN(2) == 0 { // row-major
		for d := range order {
			order[d] = len(order) - 1 - d
		}
	}
	if broadcast && len(shape) > 1 && !slices.Contains(shape, 0) && r.IntN(8) == 0 { // a sliding window
		most := 0
		for d := range v.Strides {
			v.Strides[d] = 1 + d/2
			most += v.Strides[d] * (shape[d] - 1)
		}
		return v, most + 1
	}
	size := 1
	plain := r.IntN(2) == 0
	for _, d := range order {
		if broadcast && r.IntN(4) == 0 {
			continue
		}
		stride := size
		if !plain {
			stride += r.IntN(3)
		}
		size = max(stride*(shape[d]-1)+size, size)
		v.Strides[d] = stride
		if !plain && r.IntN(5) == 0 && shape[d] > 0 {
			v.Offset += stride * (shape[d] - 1)
			v.Strides[d] = -stride
		}
	}
	return v, max(size, 1)
}

func randomMap(r *rand.Rand) *builder {
	b := &builder{}
	m := &kernel.Map{Shape: randomShape(r), ID: r.IntN(9)}
	var states []kernel.View // arena views that are loaded and may be overwritten
	var copies []kernel.Step
	for k := range 1 + r.IntN(4) {
		dt := randomType(r)
		v, size := randomView(r, m.Shape, true)
		state := r.IntN(2) == 0
		if state {
			v, size = randomView(r, m.Shape, false)
		}
		x := randomTensor(r, dt, size)
		v.Buf = b.input(x)
		if state {
			whole := kernel.View{Buf: v.Buf, Shape: []int{size}, Strides: []int{1}}
			v.Buf = b.arena(dt, size)
			inside := whole
			inside.Buf = v.Buf
			b.step(&kernel.Copy{Dst: inside, Src: whole})
			back := whole
			back.Buf = b.output(dt, size)
			copies = append(copies, &kernel.Copy{Dst: back, Src: inside})
			states = append(states, v)
		}
		m.Loads = append(m.Loads, v)
		m.Insts = append(m.Insts, kernel.Inst{Op: kernel.OpLoad, DT: dt, Imm: uint64(k)})
	}
	randomInsts(r, m)
	randomStores(r, b, m, states)
	b.step(m)
	b.p.Body = append(b.p.Body, copies...)
	return b
}

// randomType prefers the usual types.
func randomType(r *rand.Rand) dtype.DType {
	if r.IntN(3) > 0 {
		return []dtype.DType{dtype.Float32, dtype.Bool, dtype.Int32, dtype.Float64}[r.IntN(4)]
	}
	for {
		if dt := dtype.All()[r.IntN(len(dtype.All()))]; !dt.IsComplex() {
			return dt
		}
	}
}

func randomInsts(r *rand.Rand, m *kernel.Map) {
	rows := laneRows()
	for range r.IntN(14) {
		switch k := r.IntN(10); {
		case k == 0:
			dt := randomType(r)
			x := randomTensor(r, dt, 1)
			var bits uint64
			for i := range dt.Size() {
				bits |= uint64(x.Bytes()[i]) << (8 * i)
			}
			m.Insts = append(m.Insts, kernel.Inst{Op: kernel.OpImm, DT: dt, Imm: bits})
		case k == 1 && len(m.Shape) > 0:
			if dt := randomType(r); dt != dtype.Bool {
				m.Insts = append(m.Insts, kernel.Inst{Op: kernel.OpIndex, DT: dt, Imm: uint64(r.IntN(len(m.Shape)))})
			}
		default:
			addInst(r, m, rows[r.IntN(len(rows))])
		}
	}
}

// addInst applies a row to earlier values of the right types, if there are any.
func addInst(r *rand.Rand, m *kernel.Map, row *ir.Row) {
	dt := m.Insts[r.IntN(len(m.Insts))].DT
	if !row.Accepts.Has(dt) {
		return
	}
	insts, types := instances(row, dt)
	if len(insts) == 0 {
		return
	}
	in := insts[r.IntN(len(insts))]
	for k, want := range types {
		var fit []int32
		for i := range m.Insts {
			if m.Insts[i].DT == want {
				fit = append(fit, int32(i))
			}
		}
		if len(fit) == 0 {
			return
		}
		in.Args[k] = fit[r.IntN(len(fit))]
	}
	m.Insts = append(m.Insts, in)
}

// randomStores stores and folds some values: to new outputs, or over a state of their type.
func randomStores(r *rand.Rand, b *builder, m *kernel.Map, states []kernel.View) {
	for range 1 + r.IntN(4) {
		i := r.IntN(len(m.Insts))
		dt := m.Insts[i].DT
		if len(m.Shape) > 0 && r.IntN(3) == 0 {
			if id := randomFold(r, dt); id != ir.OpInvalid {
				dims := 1 + r.IntN(len(m.Shape))
				v, size := randomView(r, m.Shape[:len(m.Shape)-dims], false)
				v.Buf = b.output(dt, size)
				m.Folds = append(m.Folds, kernel.Fold{Op: id, Inst: int32(i), Dims: dims, View: v})
				continue
			}
		}
		v, size := randomView(r, m.Shape, false)
		over := -1
		for k, s := range states {
			if s.Buf >= 0 && b.p.Buffers[s.Buf].DType == dt {
				over = k
			}
		}
		if over >= 0 {
			v = states[over]
			states[over].Buf = -1 // each is overwritten once
		} else {
			v.Buf = b.output(dt, size)
		}
		m.Stores = append(m.Stores, kernel.Store{Inst: int32(i), View: v})
	}
}

func randomFold(r *rand.Rand, dt dtype.DType) ir.OpID {
	ids := []ir.OpID{op.ReduceSumID, op.ReduceProdID, op.ReduceMaxID, op.ReduceMinID, op.ReduceAndID, op.ReduceOrID, op.ReduceXorID}
	id := ids[r.IntN(len(ids))]
	if !id.Row().Accepts.Has(dt) {
		return ir.OpInvalid
	}
	return id
}

// TestThreefryResults uses the two results of one block together and alone, of vectors and of scalars, stored and folded.
func TestThreefryResults(t *testing.T) {
	for uses := 1; uses < 16; uses++ {
		for _, vectors := range []int{0, 1, 15} {
			r := rand.New(rand.NewPCG(uint64(uses), uint64(vectors)))
			const n = 300
			var b builder
			m := &kernel.Map{Shape: []int{n}}
			for k := range 4 {
				l := &layouts[1]
				if vectors>>k&1 == 1 {
					l = &layouts[0]
				}
				m.Loads = append(m.Loads, l.view(b.input(randomTensor(r, dtype.Uint32, l.elems(n))), n))
				m.Insts = append(m.Insts, kernel.Inst{Op: kernel.OpLoad, DT: dtype.Uint32, Imm: uint64(k)})
			}
			for which := range 2 {
				m.Insts = append(m.Insts, kernel.Inst{Op: op.Threefry2x32ID, DT: dtype.Uint32, Args: [4]int32{0, 1, 2, 3}, Imm: uint64(which)})
				if uses>>which&1 == 1 {
					out := b.output(dtype.Uint32, n)
					m.Stores = append(m.Stores, kernel.Store{Inst: int32(4 + which), View: unitView(out, n)})
				}
				if uses>>(2+which)&1 == 1 {
					m.Folds = append(m.Folds, kernel.Fold{Op: op.ReduceXorID, Inst: int32(4 + which), Dims: 1, View: scalarView(b.output(dtype.Uint32, 1))})
				}
			}
			b.step(m)
			agree(t, &b.p, b.inputs...)
		}
	}
}

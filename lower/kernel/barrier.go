package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// emitters say which steps a barrier becomes. A primitive that is not listed, or whose emitter declines, becomes an Eval.
// Filled in by init, because emitters of control flow lower blocks, which look here again.
var emitters map[ir.OpID]func(b *blockLowerer, u *unit, n *ir.Node) bool

func init() {
	emitters = map[ir.OpID]func(b *blockLowerer, u *unit, n *ir.Node) bool{
		op.LoopID:               emitLoop,
		op.WhileID:              emitWhile,
		op.SwitchID:             emitSwitch,
		op.EventCSRID:           emitDeliver,
		op.EventProcID:          emitSparse,
		op.ProcGatherID:         emitSparse,
		op.ProcOuterID:          emitSparse,
		op.CSRGatherID:          emitSparse,
		op.CSROuterID:           emitSparse,
		op.DotID:                emitDot,
		op.DynamicSliceID:       emitDynamicSlice,
		op.DynamicUpdateSliceID: emitDynamicUpdate,
		op.ConcatenateID:        emitConcatenate,
		op.PadID:                emitPad,
		op.ReshapeID:            emitReshape,
		op.GatherID:             emitGather,
		op.ScatterID:            emitScatter,
		op.PackBitsID:           emitPack,
		op.CumSumID:             emitScan,
		op.CumProdID:            emitScan,
		op.CumMaxID:             emitScan,
		op.CumMinID:             emitScan,
		op.ReduceSumID:          emitFold,
		op.ReduceProdID:         emitFold,
		op.ReduceMaxID:          emitFold,
		op.ReduceMinID:          emitFold,
		op.ReduceAndID:          emitFold,
		op.ReduceOrID:           emitFold,
		op.ReduceXorID:          emitFold,
	}
}

// inPlace names the operand that a barrier's result i updates in place.
var inPlace = map[ir.OpID]func(n *ir.Node, result int) (operand int, ok bool){
	op.EventCSRID:           firstOperand,
	op.EventProcID:          firstOperand,
	op.DynamicUpdateSliceID: firstOperand,
	op.ScatterID:            firstOperand,
	op.LoopID: func(n *ir.Node, i int) (int, bool) {
		a := n.Attrs.(op.LoopAttrs)
		return a.Consts + i, i < a.Carries
	},
	op.WhileID: func(n *ir.Node, i int) (int, bool) {
		a := n.Attrs.(op.WhileAttrs)
		return a.CondConsts + a.BodyConsts + i, true
	},
}

func firstOperand(*ir.Node, int) (int, bool) { return 0, true }

func inPlaceOperand(v *ir.Value) (*ir.Value, bool) {
	f, ok := inPlace[v.Node.Op]
	if !ok {
		return nil, false
	}
	i, ok := f(v.Node, v.Index)
	if !ok {
		return nil, false
	}
	return v.Node.Inputs[i], true
}

func (b *blockLowerer) emitBarrier(u *unit, n *ir.Node) {
	if emit, ok := emitters[n.Op]; ok && emit(b, u, n) {
		return
	}
	e := &Eval{Node: n}
	for _, in := range n.Inputs {
		e.In = append(e.In, b.operandView(in))
	}
	for _, r := range n.Results {
		e.Out = append(e.Out, b.place(r))
	}
	b.emitStep(e)
}

// operandView is where a barrier reads an operand; a single number is seen through zero strides.
func (b *blockLowerer) operandView(v *ir.Value) View {
	s := b.bound[v].splat
	if s == nil {
		return b.viewOf(v)
	}
	return View{Buf: b.number(*s).Buf, Shape: v.Type.Shape, Strides: make([]int, v.Type.Rank())}
}

// number is a constant buffer with one number.
func (lw *lowerer) number(s splat) View {
	if lw.numbers == nil {
		lw.numbers = map[splat]View{}
	}
	view, ok := lw.numbers[s]
	if !ok {
		t := tensor.Must(tensor.New(s.dt))
		raw := t.Bytes()
		for i := range s.dt.Size() {
			raw[i] = byte(s.bits >> (8 * i))
		}
		view = lw.constant(t)
		lw.numbers[s] = view
	}
	return view
}

// denseView is where a barrier reads an operand that it needs contiguous.
func (b *blockLowerer) denseView(v *ir.Value) View {
	view := b.operandView(v)
	if view.Contiguous() {
		return view
	}
	return b.copied(v.Type, view)
}

func (b *blockLowerer) copied(t ir.Type, view View) View {
	dst := b.temp(ir.Type{DType: t.DType, Shape: view.Shape}, "")
	b.emitStep(&Copy{Dst: dst, Src: view})
	return dst
}

func emitDeliver(b *blockLowerer, u *unit, n *ir.Node) bool {
	dst := b.placeInPlace(u, n.Result(), n.Inputs[0])
	b.emitStep(&Deliver{
		Acc: dst, Events: b.denseView(n.Inputs[1]), IndPtr: b.denseView(n.Inputs[2]),
		Indices: b.denseView(n.Inputs[3]), Weights: b.denseView(n.Inputs[4]),
	})
	return true
}

func emitPack(b *blockLowerer, _ *unit, n *ir.Node) bool {
	if n.Inputs[0].Type.Rank() != 1 {
		return false
	}
	b.emitStep(&Pack{Dst: b.place(n.Result()), Src: b.denseView(n.Inputs[0])})
	return true
}

func emitReshape(b *blockLowerer, _ *unit, n *ir.Node) bool {
	dst := b.place(n.Result())
	src := b.operandView(n.Inputs[0])
	strides, ok := reshapeStrides(dst.Shape, dst.Strides, src.Shape)
	if !ok {
		return false
	}
	dst.Shape, dst.Strides = src.Shape, strides
	b.emitStep(&Copy{Dst: dst, Src: src})
	return true
}

// emitFold reduces dimensions that are not the last ones: a Map of its own that walks the kept dimensions first.
func emitFold(b *blockLowerer, _ *unit, n *ir.Node) bool {
	if !isFold(n) {
		return false
	}
	axes := n.Attrs.(op.ReduceAttrs).Axes
	in := n.Inputs[0]
	var order []int
	for d := range in.Type.Shape {
		if !slices.Contains(axes, d) {
			order = append(order, d)
		}
	}
	order = append(order, axes...)
	view := b.operandView(in)
	permuted := view
	permuted.Shape, permuted.Strides = nil, nil
	for _, d := range order {
		permuted.Shape = append(permuted.Shape, view.Shape[d])
		permuted.Strides = append(permuted.Strides, view.Strides[d])
	}
	if len(axes) == 0 { // a fold of one element: it changes -0
		permuted.Shape, permuted.Strides = append(permuted.Shape, 1), append(permuted.Strides, 0)
	}
	m := &Map{
		Shape: permuted.Shape, Loads: []View{permuted},
		Insts: []Inst{{Op: OpLoad, DT: in.Type.DType}},
		Folds: []Fold{{Op: n.Op, Dims: max(1, len(axes)), View: b.place(n.Result())}},
	}
	b.finishMap(m)
	b.emitStep(m)
	return true
}

// scalarIndex makes a dynamic offset from a start index value; a known one becomes a fixed offset.
func (b *blockLowerer) scalarIndex(view *View, start *ir.Value, limit, stride int) {
	limit = max(limit, 0)
	if s := b.bound[start].splat; s != nil {
		view.Offset += int(min(max(asInt(*s), 0), int64(limit))) * stride
		return
	}
	at := b.viewOf(start)
	if len(at.Dyn) > 0 {
		at = b.copied(start.Type, at)
	}
	view.Dyn = append(slices.Clone(view.Dyn), Index{Buf: at.Buf, At: at.Offset, Max: limit, Stride: stride})
}

// asInt reads a splat of an integer type, saturating.
func asInt(s splat) int64 {
	shift := 64 - s.dt.Bits()
	if s.dt.IsSigned() {
		return int64(s.bits<<shift) >> shift
	}
	return int64(min(s.bits, 1<<63-1))
}

func emitDynamicSlice(b *blockLowerer, _ *unit, n *ir.Node) bool {
	dst := b.place(n.Result())
	src := b.operandView(n.Inputs[0])
	for d, start := range n.Inputs[1:] {
		b.scalarIndex(&src, start, src.Shape[d]-dst.Shape[d], src.Strides[d])
	}
	src.Shape = dst.Shape
	b.emitStep(&Copy{Dst: dst, Src: src})
	return true
}

func emitDynamicUpdate(b *blockLowerer, u *unit, n *ir.Node) bool {
	update := b.operandView(n.Inputs[1])
	dst := b.placeInPlace(u, n.Result(), n.Inputs[0])
	window := dst
	for d, start := range n.Inputs[2:] {
		b.scalarIndex(&window, start, dst.Shape[d]-update.Shape[d], dst.Strides[d])
	}
	window.Shape = update.Shape
	if update.Buf == dst.Buf {
		update = b.copied(n.Inputs[1].Type, update)
	}
	b.emitStep(&Copy{Dst: window, Src: update})
	return true
}

func emitConcatenate(b *blockLowerer, _ *unit, n *ir.Node) bool {
	dim := n.Attrs.(op.ConcatenateAttrs).Dim
	part := b.place(n.Result())
	for _, in := range n.Inputs {
		part.Shape = in.Type.Shape
		b.emitStep(&Copy{Dst: part, Src: b.operandView(in)})
		part.Offset += in.Type.Shape[dim] * part.Strides[dim]
	}
	return true
}

func emitPad(b *blockLowerer, _ *unit, n *ir.Node) bool {
	a := n.Attrs.(op.PadAttrs)
	src, value := b.operandView(n.Inputs[0]), b.operandView(n.Inputs[1])
	dst := b.place(n.Result())
	if dst.Size() == 0 {
		return true
	}
	value.Shape, value.Strides = dst.Shape, make([]int, len(dst.Shape))
	b.emitStep(&Copy{Dst: dst, Src: value})
	inner := dst
	inner.Strides, src.Shape = slices.Clone(dst.Strides), slices.Clone(src.Shape)
	for d, n := range src.Shape { // element i goes to low + i*step; negative padding crops
		low, step := a.Low[d], a.Interior[d]+1
		first := (max(0, -low) + step - 1) / step
		src.Shape[d] = max(0, min(n, (dst.Shape[d]-low+step-1)/step)-first)
		src.Offset += first * src.Strides[d]
		inner.Offset += (low + first*step) * dst.Strides[d]
		inner.Strides[d] *= step
	}
	inner.Shape = src.Shape
	if src.Size() > 0 {
		b.emitStep(&Copy{Dst: inner, Src: src})
	}
	return true
}

// emitDot brings a product with any batch and contracting dimensions to the three dimensions of MatMul.
func emitDot(b *blockLowerer, _ *unit, n *ir.Node) bool {
	a := n.Attrs.(op.DotAttrs)
	lhs, rhs, out := n.Inputs[0], n.Inputs[1], n.Result()
	if out.Type.DType.IsComplex() || lhs.Type.DType != out.Type.DType || rhs.Type.DType != out.Type.DType {
		return false
	}
	lfree := freeDims(lhs.Type.Rank(), a.LhsBatch, a.LhsContract)
	rfree := freeDims(rhs.Type.Rank(), a.RhsBatch, a.RhsContract)
	x := b.matrices(lhs, a.LhsBatch, lfree, a.LhsContract)
	y := b.matrices(rhs, a.RhsBatch, a.RhsContract, rfree)
	dst := b.place(out)
	shape := []int{x.Shape[0], x.Shape[1], y.Shape[2]}
	strides, ok := reshapeStrides(dst.Shape, dst.Strides, shape)
	if !ok {
		return false
	}
	dst.Shape, dst.Strides = shape, strides
	b.emitStep(&MatMul{Dst: dst, A: x, B: y})
	return true
}

func freeDims(rank int, taken ...[]int) []int {
	var free []int
	for d := range rank {
		if !slices.Contains(slices.Concat(taken...), d) {
			free = append(free, d)
		}
	}
	return free
}

// matrices views v with three groups of dimensions merged to one each, copying it if the memory does not allow that.
func (b *blockLowerer) matrices(v *ir.Value, groups ...[]int) View {
	view := b.operandView(v)
	shape := []int{1, 1, 1}
	var perm View
	perm = view
	perm.Shape, perm.Strides = nil, nil
	for g, dims := range groups {
		for _, d := range dims {
			shape[g] *= view.Shape[d]
			perm.Shape = append(perm.Shape, view.Shape[d])
			perm.Strides = append(perm.Strides, view.Strides[d])
		}
	}
	strides, ok := reshapeStrides(perm.Shape, perm.Strides, shape)
	if !ok {
		perm = b.copied(v.Type, perm)
		strides = RowMajor(shape)
	}
	perm.Shape, perm.Strides = shape, strides
	return perm
}

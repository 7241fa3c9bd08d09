package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	ir.Register(ir.Row{ID: GatherID, Name: "gather", Class: ir.ClassIndex, Arity: 2, Attrs: GatherAttrs{}, Accepts: dtype.Any,
		HLO: "stablehlo.gather", Types: gatherTypes, Eval: gatherEval, Domain: ir.Domain{Make: gatherSample}})
	ir.Register(ir.Row{ID: ScatterID, Name: "scatter", Class: ir.ClassIndex, Arity: 3, Attrs: ScatterAttrs{}, Regions: -1, Accepts: dtype.Any,
		HLO: "stablehlo.scatter", Types: scatterTypes, Eval: scatterEval, Domain: ir.Domain{Make: scatterSample}})
	ir.Register(ir.Row{ID: DynamicSliceID, Name: "dynamic_slice", Class: ir.ClassIndex, Arity: -1, Attrs: DynamicSliceAttrs{},
		Accepts: dtype.Any, HLO: "stablehlo.dynamic_slice", Types: dynamicSliceTypes, Eval: dynamicSliceEval, Domain: ir.Domain{Make: dynamicSliceSample}})
	ir.Register(ir.Row{ID: DynamicUpdateSliceID, Name: "dynamic_update_slice", Class: ir.ClassIndex, Arity: -1, Accepts: dtype.Any,
		HLO: "stablehlo.dynamic_update_slice", Types: dynamicUpdateTypes, Eval: dynamicUpdateEval, Domain: ir.Domain{Make: dynamicUpdateSample}})
}

// GatherAttrs are the attributes of StableHLO's gather, by the same names. SliceSizes are the extents of a window by operand
// dimension; those in CollapsedSliceDims and OperandBatchingDims are 1 and the result lacks them. Component i of an
// index vector is a position on operand dimension StartIndexMap[i]; the vectors lie along dimension IndexVectorDim of the
// indices (their rank: scalars). OffsetDims are the dimensions of the result that run within a window.
type GatherAttrs struct {
	OffsetDims               []int
	CollapsedSliceDims       []int
	OperandBatchingDims      []int
	StartIndicesBatchingDims []int
	StartIndexMap            []int
	IndexVectorDim           int
	SliceSizes               []int
	IndicesAreSorted         bool // a promise, for speed only
}

// ScatterAttrs are the attributes of StableHLO's scatter, by the same names; see GatherAttrs for the counterparts.
type ScatterAttrs struct {
	UpdateWindowDims           []int
	InsertedWindowDims         []int
	InputBatchingDims          []int
	ScatterIndicesBatchingDims []int
	ScatterDimsToOperandDims   []int
	IndexVectorDim             int
	Combine                    Combine
	IndicesAreSorted           bool // a promise, for speed only
	UniqueIndices              bool // likewise
}

// DynamicSliceAttrs hold the extents of the slice, one for each dimension.
type DynamicSliceAttrs struct{ Sizes []int }

// Gather collects windows of x that indices (any integer type) place. Windows that do not fit are moved inside (clamped).
func Gather(b *ir.Builder, x, indices *ir.Value, attrs GatherAttrs) *ir.Value {
	return b.Emit1(GatherID, attrs, x, indices)
}

// Scatter returns x with windows of updates combined into it at the places that indices name. Elements are taken in row-major
// order of updates; a window that does not fit entirely is dropped. region is for CombineRegion, else nil.
func Scatter(b *ir.Builder, x, indices, updates *ir.Value, attrs ScatterAttrs, region *ir.Graph) *ir.Value {
	var regions []*ir.Graph
	if region != nil {
		regions = []*ir.Graph{region}
	}
	return b.Emit(ScatterID, attrs, regions, x, indices, updates)[0]
}

// Take returns the slices of x at indices along axis: the dimensions of indices replace dimension axis. Indices are clamped.
func Take(b *ir.Builder, x, indices *ir.Value, axis int) *ir.Value {
	checkAxis(b, "take", x, axis)
	sizes := slices.Clone(x.Type.Shape)
	sizes[axis] = min(sizes[axis], 1)
	return Gather(b, x, indices, GatherAttrs{
		OffsetDims:         alongAxis(x.Type.Rank(), indices.Type.Rank(), axis),
		CollapsedSliceDims: []int{axis}, StartIndexMap: []int{axis}, IndexVectorDim: indices.Type.Rank(), SliceSizes: sizes})
}

// Put combines updates into x at indices along axis: the counterpart of Take, updates have the shape of its result.
// Indices out of range are ignored.
func Put(b *ir.Builder, x, indices, updates *ir.Value, axis int, combine Combine) *ir.Value {
	checkAxis(b, "put", x, axis)
	return Scatter(b, x, indices, updates, ScatterAttrs{
		UpdateWindowDims:   alongAxis(x.Type.Rank(), indices.Type.Rank(), axis),
		InsertedWindowDims: []int{axis}, ScatterDimsToOperandDims: []int{axis}, IndexVectorDim: indices.Type.Rank(), Combine: combine}, nil)
}

// checkAxis panics with the error of an axis outside of x; Take and Put cannot build their attributes from it.
func checkAxis(b *ir.Builder, name string, x *ir.Value, axis int) {
	if err := checkDims("axis", []int{axis}, x.Type.Rank()); err != nil {
		fail(b, name, err.(*ir.Error))
	}
}

// fail panics with an error of a composite constructor.
func fail(b *ir.Builder, name string, err *ir.Error) {
	err.Op = name
	if b.Locate != nil {
		err.Pos = b.Locate()
	}
	panic(err)
}

// alongAxis lists the dimensions of a rank where axis is replaced by several, without those.
func alongAxis(rank, several, axis int) []int {
	var dims []int
	for d := range rank {
		if d < axis {
			dims = append(dims, d)
		} else if d > axis {
			dims = append(dims, d+several-1)
		}
	}
	return dims
}

// DynamicSlice returns the part of x of the given extents that begins at starts: one scalar for each dimension, of one
// integer type, clamped so that the part lies within x.
func DynamicSlice(b *ir.Builder, x *ir.Value, sizes []int, starts ...*ir.Value) *ir.Value {
	return b.Emit1(DynamicSliceID, DynamicSliceAttrs{Sizes: sizes}, append([]*ir.Value{x}, starts...)...)
}

// DynamicUpdateSlice returns x with update in place of the part that begins at starts, clamped as for DynamicSlice.
func DynamicUpdateSlice(b *ir.Builder, x, update *ir.Value, starts ...*ir.Value) *ir.Value {
	return b.Emit1(DynamicUpdateSliceID, nil, append([]*ir.Value{x, update}, starts...)...)
}

func (a GatherAttrs) windows() windows {
	return windows{a.OffsetDims, a.CollapsedSliceDims, a.OperandBatchingDims, a.StartIndicesBatchingDims, a.StartIndexMap, a.IndexVectorDim, a.SliceSizes}
}

var gatherNames = windowNames{"x", "indices", "offset_dims", "collapsed_slice_dims", "operand_batching_dims", "start_indices_batching_dims", "start_index_map"}

func gatherTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	w := attrs.(GatherAttrs).windows()
	if err := w.check(gatherNames, in[0], in[1]); err != nil {
		return nil, err
	}
	return oneType(in[0].WithShape(w.movedShape(in[1].Shape)...))
}

// gatherEval leaves zeros where a window extent is 0 because the operand is empty.
func gatherEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	w, x := n.Attrs.(GatherAttrs).windows(), in[0]
	out := zeros(n.Result().Type)
	if x.Size() == 0 {
		return oneTensor(out)
	}
	move := newStep(ev, CombineSet, nil, out, x)
	err := w.each(x.Shape(), out.Shape(), w.starts(x.Shape(), in[1], true), func(moved, operand int) error { return move(moved, operand) })
	return []*tensor.Tensor{out}, err
}

// windows takes the extents of a window from the updates; the caller checks the ranks.
func (a ScatterAttrs) windows(operand, updates ir.Type) windows {
	w := windows{a.UpdateWindowDims, a.InsertedWindowDims, a.InputBatchingDims, a.ScatterIndicesBatchingDims, a.ScatterDimsToOperandDims, a.IndexVectorDim, nil}
	w.sizes = make([]int, operand.Rank())
	for d, n := range operand.Shape {
		w.sizes[d] = min(n, 1)
	}
	for i, d := range otherDims(operand.Rank(), w.droppedDims, w.operandBatch) {
		if i < len(w.windowDims) && w.windowDims[i] >= 0 && w.windowDims[i] < updates.Rank() {
			w.sizes[d] = updates.Shape[w.windowDims[i]]
		}
	}
	return w
}

var scatterNames = windowNames{"x", "indices", "update_window_dims", "inserted_window_dims", "input_batching_dims", "scatter_indices_batching_dims", "scatter_dims_to_operand_dims"}

func scatterTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	a, x, updates := attrs.(ScatterAttrs), in[0], in[2]
	w := a.windows(x, updates)
	if err := w.check(scatterNames, x, in[1]); err != nil {
		return nil, err
	}
	if want := x.WithShape(w.movedShape(in[1].Shape)...); !updates.Equal(want) {
		return nil, ir.Mismatch("updates", updates.String(), want.String())
	}
	err := checkCombine(a.Combine, x.DType, regions, CombineSet, CombineAdd, CombineMul, CombineMin, CombineMax, CombineRegion)
	return in[:1:1], err
}

func scatterEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a, out, updates := n.Attrs.(ScatterAttrs), in[0].Clone(), in[2]
	w := a.windows(n.Inputs[0].Type, n.Inputs[2].Type)
	if out.Size() == 0 {
		return oneTensor(out)
	}
	combine := newStep(ev, a.Combine, n.Regions, out, updates)
	err := w.each(out.Shape(), updates.Shape(), w.starts(out.Shape(), in[1], false), func(moved, operand int) error {
		if operand < 0 {
			return nil
		}
		return combine(operand, moved)
	})
	return []*tensor.Tensor{out}, err
}

func dynamicSliceTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if len(in) == 0 {
		return nil, ir.Mismatch("operands", "0", "an array and one start for each of its dimensions")
	}
	sizes := attrs.(DynamicSliceAttrs).Sizes
	if err := checkStarts(in[0], in[1:]); err != nil {
		return nil, err
	}
	if err := checkExtents("sizes", sizes, in[0]); err != nil {
		return nil, err
	}
	return oneType(in[0].WithShape(sizes...))
}

// checkStarts wants one integer scalar for each dimension of x, all of one type.
func checkStarts(x ir.Type, starts []ir.Type) error {
	if len(starts) != x.Rank() {
		return ir.Mismatch("starts", fmt.Sprint(len(starts)), fmt.Sprintf("%d, one for each dimension of %s", x.Rank(), x))
	}
	for i, s := range starts {
		if !s.DType.IsInt() || s.Rank() != 0 {
			return ir.Mismatch(fmt.Sprintf("start %d", i), s.String(), "an integer scalar")
		}
		if !s.Equal(starts[0]) {
			return ir.Mismatch(fmt.Sprintf("start %d", i), s.String(), starts[0].String()+" as start 0")
		}
	}
	return nil
}

// checkExtents wants extents of a part of x.
func checkExtents(arg string, sizes []int, x ir.Type) error {
	if len(sizes) != x.Rank() {
		return ir.Mismatch(arg, fmt.Sprint(sizes), fmt.Sprintf("%d extents, the rank of %s", x.Rank(), x))
	}
	for d, n := range sizes {
		if n < 0 || n > x.Shape[d] {
			return ir.Mismatch(arg, fmt.Sprint(sizes), fmt.Sprintf("at most the extents of %s", x))
		}
	}
	return nil
}

// partOffsets lists the positions in x of a part of the given extents that begins at the clamped starts, row-major.
func partOffsets(x, sizes []int, starts []*tensor.Tensor) []int {
	base, strides := 0, tensor.Strides(x)
	for d, s := range starts {
		base += min(max(indexValues(s)[0], 0), x[d]-sizes[d]) * strides[d]
	}
	var out []int
	for _, index := range tensor.Indices(sizes) {
		out = append(out, base+tensor.Offset(index, strides))
	}
	return out
}

func dynamicSliceEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	out := zeros(n.Result().Type)
	move := newStep(ev, CombineSet, nil, out, in[0])
	for to, from := range partOffsets(in[0].Shape(), out.Shape(), in[1:]) {
		move(to, from)
	}
	return oneTensor(out)
}

func dynamicUpdateTypes(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if len(in) < 2 {
		return nil, ir.Mismatch("operands", fmt.Sprint(len(in)), "an array, its update and one start for each dimension")
	}
	x, update := in[0], in[1]
	if update.DType != x.DType {
		return nil, ir.Mismatch("update", update.String(), "elements of type "+x.DType.String())
	}
	if err := checkExtents("update", update.Shape, x); err != nil {
		return nil, err
	}
	return in[:1:1], checkStarts(x, in[2:])
}

func dynamicUpdateEval(ev *ir.Eval, _ *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	out := in[0].Clone()
	move := newStep(ev, CombineSet, nil, out, in[1])
	for from, to := range partOffsets(out.Shape(), in[1].Shape(), in[2:]) {
		move(to, from)
	}
	return oneTensor(out)
}

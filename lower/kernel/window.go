package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// emitGather lowers gathers without batching dimensions; the others stay Eval.
func emitGather(b *blockLowerer, _ *unit, n *ir.Node) bool {
	a := n.Attrs.(op.GatherAttrs)
	src := b.operandView(n.Inputs[0])
	if len(a.OperandBatchingDims) > 0 || n.Result().Type.Size() == 0 || b.prog.Buffers[src.Buf].DType.IsComplex() {
		return false
	}
	w, ok := b.windows(src, n.Inputs[1], a.IndexVectorDim, a.StartIndexMap, a.SliceSizes)
	if !ok {
		return false
	}
	dst, ok := rowsOfWindows(b.place(n.Result()), a.OffsetDims)
	if !ok {
		return false
	}
	b.emitStep(&Gather{Dst: dst, Src: windowOf(src, a.SliceSizes, a.CollapsedSliceDims), Windows: w})
	return true
}

// combines lists how windows may be combined.
var combines = map[op.Combine]ir.OpID{
	op.CombineSet: 0, op.CombineAdd: op.AddID, op.CombineMul: op.MulID, op.CombineMin: op.MinID, op.CombineMax: op.MaxID,
}

// emitScatter lowers scatters without batching dimensions and regions.
func emitScatter(b *blockLowerer, u *unit, n *ir.Node) bool {
	a := n.Attrs.(op.ScatterAttrs)
	combine, ok := combines[a.Combine]
	dt := n.Result().Type.DType
	if !ok || len(a.InputBatchingDims) > 0 || n.Inputs[2].Type.Size() == 0 || dt.IsComplex() || dt.Size() < 4 && combine != 0 {
		return false
	}
	updates := b.operandView(n.Inputs[2])
	sizes := scatterSizes(n.Inputs[0].Type.Rank(), updates.Shape, a)
	rows, ok := rowsOfWindows(updates, a.UpdateWindowDims)
	if !ok {
		rows, _ = rowsOfWindows(b.copied(n.Inputs[2].Type, updates), a.UpdateWindowDims)
		if rows.Shape == nil {
			return false
		}
	}
	// Decide about the indices before anything is stored.
	shape := n.Inputs[0].Type.Shape
	w, ok := b.windows(wholeView(-1, shape), n.Inputs[1], a.IndexVectorDim, a.ScatterDimsToOperandDims, sizes)
	if !ok {
		return false
	}
	dst := b.placeInPlace(u, n.Result(), n.Inputs[0])
	for j, d := range a.ScatterDimsToOperandDims {
		w.Stride[j] = dst.Strides[d]
	}
	if rows.Buf == dst.Buf {
		rows = b.copied(rowsType(n.Inputs[2].Type, rows), rows)
	}
	if w.Index.Buf == dst.Buf {
		w.Index = b.copied(rowsType(n.Inputs[1].Type, w.Index), w.Index)
	}
	b.emitStep(&Scatter{Dst: windowOf(dst, sizes, a.InsertedWindowDims), Updates: rows, Combine: combine, Windows: w})
	return true
}

// scatterSizes are the extents of the window in the dimensions of the operand.
func scatterSizes(rank int, updates []int, a op.ScatterAttrs) []int {
	sizes := make([]int, rank)
	next := 0
	for d := range sizes {
		if slices.Contains(a.InsertedWindowDims, d) {
			sizes[d] = 1
			continue
		}
		sizes[d] = updates[a.UpdateWindowDims[next]]
		next++
	}
	return sizes
}

// windows brings the indices to rows, and computes their bounds and strides.
func (b *blockLowerer) windows(array View, indices *ir.Value, vectorDim int, dims, sizes []int) (Windows, bool) {
	index := b.operandView(indices)
	n, k := 1, len(dims)
	var perm View
	perm = index
	perm.Shape, perm.Strides = nil, nil
	for d, size := range index.Shape {
		if d != vectorDim {
			n *= size
			perm.Shape, perm.Strides = append(perm.Shape, size), append(perm.Strides, index.Strides[d])
		}
	}
	if vectorDim < len(index.Shape) {
		perm.Shape, perm.Strides = append(perm.Shape, k), append(perm.Strides, index.Strides[vectorDim])
	}
	strides, ok := reshapeStrides(perm.Shape, perm.Strides, []int{n, k})
	if !ok {
		perm = b.copied(indices.Type, perm)
		strides = RowMajor([]int{n, k})
	}
	perm.Shape, perm.Strides = []int{n, k}, strides
	w := Windows{Index: perm}
	for _, d := range dims {
		if array.Shape[d] < sizes[d] {
			return w, false
		}
		w.Max = append(w.Max, array.Shape[d]-sizes[d])
		w.Stride = append(w.Stride, array.Strides[d])
	}
	return w, true
}

// rowsOfWindows views an array with one row for each window: its dimensions that are not in window are merged into one, in front.
func rowsOfWindows(v View, window []int) (View, bool) {
	rows := v
	rows.Shape, rows.Strides = nil, nil
	n := 1
	for d, size := range v.Shape {
		if !slices.Contains(window, d) {
			n *= size
			rows.Shape, rows.Strides = append(rows.Shape, size), append(rows.Strides, v.Strides[d])
		}
	}
	merged, ok := reshapeStrides(rows.Shape, rows.Strides, []int{n})
	if !ok {
		return View{}, false
	}
	rows.Shape, rows.Strides = []int{n}, merged
	for _, d := range window {
		rows.Shape, rows.Strides = append(rows.Shape, v.Shape[d]), append(rows.Strides, v.Strides[d])
	}
	return rows, true
}

// windowOf views the window at index 0, without its dropped dimensions.
func windowOf(v View, sizes, dropped []int) View {
	w := v
	w.Shape, w.Strides = nil, nil
	for d, size := range sizes {
		if !slices.Contains(dropped, d) {
			w.Shape, w.Strides = append(w.Shape, size), append(w.Strides, v.Strides[d])
		}
	}
	return w
}

func rowsType(t ir.Type, v View) ir.Type { return t.WithShape(v.Shape...) }

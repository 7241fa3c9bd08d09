package kernel

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// placement is a gather or scatter in terms of views.
type placement struct {
	array, indices, moved  View
	vectorDim              int   // of the indices
	indexMap               []int // dimension of the array for each component of an index
	sizes, dropped         []int // of a window by dimension of the array, and those that moved lacks
	windowDims             []int // the others, in moved
	arrayBatch, indexBatch []int
}

func emitGather(b *blockLowerer, _ *unit, n *ir.Node) bool {
	a := n.Attrs.(op.GatherAttrs)
	array := b.operandView(n.Inputs[0])
	if b.prog.Buffers[array.Buf].DType.IsComplex() {
		return false
	}
	dst := b.place(n.Result())
	if dst.Size() == 0 {
		return true
	}
	p := placement{
		array: array, indices: b.operandView(n.Inputs[1]), moved: dst, vectorDim: a.IndexVectorDim, indexMap: a.StartIndexMap,
		sizes: a.SliceSizes, dropped: a.CollapsedSliceDims, windowDims: a.OffsetDims,
		arrayBatch: a.OperandBatchingDims, indexBatch: a.StartIndicesBatchingDims,
	}
	b.eachBatch(p, func(p placement) {
		g := &Gather{Src: p.window(), Windows: b.windows(p)}
		rows, merged := p.rows()
		g.Dst = rows
		if !merged {
			g.Dst = b.temp(ir.Type{DType: n.Result().Type.DType, Shape: rows.Shape}, "")
		}
		together := mergeRows(&g.Dst, len(rows.Shape)-len(p.windowDims))
		b.emitStep(g)
		if !merged {
			b.emitStep(&Copy{Dst: rows, Src: together})
		}
	})
	return true
}

// combines lists how windows may be combined.
var combines = map[op.Combine]ir.OpID{
	op.CombineSet: 0, op.CombineAdd: op.AddID, op.CombineMul: op.MulID, op.CombineMin: op.MinID, op.CombineMax: op.MaxID,
}

// emitScatter lowers scatters without regions.
func emitScatter(b *blockLowerer, u *unit, n *ir.Node) bool {
	a := n.Attrs.(op.ScatterAttrs)
	combine, ok := combines[a.Combine]
	dt := n.Result().Type.DType
	if !ok || dt.IsComplex() || dt.Size() < 4 && combine != 0 {
		return false
	}
	p := placement{
		indices: b.operandView(n.Inputs[1]), moved: b.operandView(n.Inputs[2]), vectorDim: a.IndexVectorDim, indexMap: a.ScatterDimsToOperandDims,
		dropped: a.InsertedWindowDims, windowDims: a.UpdateWindowDims, arrayBatch: a.InputBatchingDims, indexBatch: a.ScatterIndicesBatchingDims,
	}
	p.array = wholeView(-1, n.Inputs[0].Type.Shape)
	if p.sizes = p.windowSizes(); !p.inOrder() {
		return false
	}
	p.array = b.placeInPlace(u, n.Result(), n.Inputs[0])
	if p.moved.Size() == 0 {
		return true
	}
	if p.moved.Buf == p.array.Buf {
		p.moved = b.copied(n.Inputs[2].Type, p.moved)
	}
	if p.indices.Buf == p.array.Buf {
		p.indices = b.copied(n.Inputs[1].Type, p.indices)
	}
	b.eachBatch(p, func(p placement) {
		rows, merged := p.rows()
		if !merged {
			rows = b.copied(n.Inputs[2].Type, rows)
		}
		mergeRows(&rows, len(rows.Shape)-len(p.windowDims))
		b.emitStep(&Scatter{Dst: p.window(), Updates: rows, Combine: combine, Windows: b.windows(p)})
	})
	return true
}

// eachBatch calls emit for the placement without batching dimensions, inside of a loop over each of them.
func (b *blockLowerer) eachBatch(p placement, emit func(placement)) {
	if len(p.arrayBatch) == 0 {
		emit(p)
		return
	}
	counter := b.temp(ir.T(dtype.Int32), "batch").Buf
	loop := &LoopStep{Trip: p.array.Shape[p.arrayBatch[0]], Counter: counter}
	before := b.out
	b.out = nil
	b.eachBatch(p.row(counter), emit)
	loop.Body, b.out = b.out, before
	b.emitStep(loop)
}

// row is the placement at one index of the first batching dimension.
func (p placement) row(counter BufID) placement {
	array, index := p.arrayBatch[0], p.indexBatch[0]
	position := index // among the dimensions of the indices but that of the vectors
	if index > p.vectorDim {
		position--
	}
	moved := freeDims(len(p.moved.Shape), p.windowDims)[position]
	p.array, p.indices, p.moved = p.array.at(array, counter), p.indices.at(index, counter), p.moved.at(moved, counter)
	p.sizes = slices.Delete(slices.Clone(p.sizes), array, array+1)
	p.indexMap, p.dropped, p.windowDims = without(p.indexMap, array), without(p.dropped, array), without(p.windowDims, moved)
	p.arrayBatch, p.indexBatch = without(p.arrayBatch[1:], array), without(p.indexBatch[1:], index)
	if p.vectorDim > index {
		p.vectorDim--
	}
	return p
}

// at is the view at index counter of a dimension.
func (v View) at(dim int, counter BufID) View {
	n, stride := v.Shape[dim], v.Strides[dim]
	v.Shape, v.Strides = slices.Delete(slices.Clone(v.Shape), dim, dim+1), slices.Delete(slices.Clone(v.Strides), dim, dim+1)
	if n > 1 {
		v.Dyn = append(slices.Clone(v.Dyn), Index{Buf: counter, Max: n - 1, Stride: stride})
	}
	return v
}

// without renames dimensions after another one is gone.
func without(dims []int, gone int) []int {
	out := make([]int, len(dims))
	for i, d := range dims {
		if out[i] = d; d > gone {
			out[i]--
		}
	}
	return out
}

// inOrder reports whether window after window is the order of the elements of moved, as far as it matters: where windows may overlap, they
// have to be the last dimensions.
func (p *placement) inOrder() bool {
	if !slices.ContainsFunc(p.indexMap, func(d int) bool { return p.sizes[d] > 1 }) {
		return true
	}
	for i, d := range p.windowDims {
		if d != len(p.moved.Shape)-len(p.windowDims)+i {
			return false
		}
	}
	return true
}

// windowSizes are the extents of the window in the dimensions of the array, of which moved has those that are neither dropped nor batched.
func (p *placement) windowSizes() []int {
	sizes := make([]int, len(p.array.Shape))
	next := 0
	for d := range sizes {
		if slices.Contains(p.dropped, d) || slices.Contains(p.arrayBatch, d) {
			sizes[d] = 1
			continue
		}
		sizes[d] = p.moved.Shape[p.windowDims[next]]
		next++
	}
	return sizes
}

// windows brings the indices to rows, and computes their bounds and strides.
func (b *blockLowerer) windows(p placement) Windows {
	index := p.indices
	n, k := 1, len(p.indexMap)
	perm := index
	perm.Shape, perm.Strides = nil, nil
	for d, size := range index.Shape {
		if d != p.vectorDim {
			n *= size
			perm.Shape, perm.Strides = append(perm.Shape, size), append(perm.Strides, index.Strides[d])
		}
	}
	if p.vectorDim < len(index.Shape) {
		perm.Shape, perm.Strides = append(perm.Shape, k), append(perm.Strides, index.Strides[p.vectorDim])
	}
	strides, ok := reshapeStrides(perm.Shape, perm.Strides, []int{n, k})
	if !ok {
		perm = b.copied(ir.T(b.prog.Buffers[index.Buf].DType), perm)
		strides = RowMajor([]int{n, k})
	}
	perm.Shape, perm.Strides = []int{n, k}, strides
	w := Windows{Index: perm}
	for _, d := range p.indexMap {
		w.Max = append(w.Max, p.array.Shape[d]-p.sizes[d])
		w.Stride = append(w.Stride, p.array.Strides[d])
	}
	return w
}

// rows views moved with the dimensions of a window last. The others can be merged into one if merged is true.
func (p *placement) rows() (rows View, merged bool) {
	rows = p.moved
	rows.Shape, rows.Strides = nil, nil
	front := freeDims(len(p.moved.Shape), p.windowDims)
	for _, d := range slices.Concat(front, p.windowDims) {
		rows.Shape, rows.Strides = append(rows.Shape, p.moved.Shape[d]), append(rows.Strides, p.moved.Strides[d])
	}
	probe := rows
	mergeRows(&probe, len(front))
	return rows, probe.Strides != nil
}

// mergeRows makes one dimension of the first front ones, and returns the view as it was; without strides if that is not possible.
func mergeRows(v *View, front int) View {
	was := *v
	n := product(v.Shape[:front])
	merged, ok := reshapeStrides(v.Shape[:front], v.Strides[:front], []int{n})
	v.Shape = append([]int{n}, v.Shape[front:]...)
	if v.Strides = append(merged, v.Strides[front:]...); !ok {
		v.Strides = nil
	}
	return was
}

// window views the window at index 0, without its dropped dimensions.
func (p *placement) window() View {
	w := p.array
	w.Shape, w.Strides = nil, nil
	for d, size := range p.sizes {
		if !slices.Contains(p.dropped, d) {
			w.Shape, w.Strides = append(w.Shape, size), append(w.Strides, p.array.Strides[d])
		}
	}
	return w
}

package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// windows is what Gather and Scatter have in common: rectangular windows of an operand, placed by index vectors, stand in a moved
// array (the result of Gather, the updates of Scatter). The constraints are those of the StableHLO specification.
type windows struct {
	windowDims   []int // dimensions of the moved array that run within a window
	droppedDims  []int // dimensions of the operand of window extent 1 that the moved array lacks
	operandBatch []int // dimensions of the operand that run along those of the indices in indexBatch, also dropped
	indexBatch   []int
	indexMap     []int // component i of an index vector is a position on operand dimension indexMap[i]
	vectorDim    int   // dimension of the indices that holds the vectors; their rank: the vectors have one component
	sizes        []int // extents of a window by operand dimension
}

// windowNames are the attributes' names in StableHLO, for error texts.
type windowNames struct {
	operand, indices, windowDims, droppedDims, operandBatch, indexBatch, indexMap string
}

// keptDims lists the operand dimensions that the moved array has, in order: they pair with windowDims.
func (w windows) keptDims() []int { return otherDims(len(w.sizes), w.droppedDims, w.operandBatch) }

// batchShape is the shape of the indices without the dimension of the vectors.
func (w windows) batchShape(indices []int) []int {
	return pick(indices, otherDims(len(indices), []int{w.vectorDim}))
}

// movedShape interleaves window extents, at windowDims, with the shape of the indices.
func (w windows) movedShape(indices []int) []int {
	shape := w.batchShape(indices)
	for i, d := range w.keptDims() {
		shape = slices.Insert(shape, w.windowDims[i], w.sizes[d])
	}
	return shape
}

// check checks everything but the moved array; sizes has one entry for each dimension of the operand.
func (w windows) check(names windowNames, operand, indices ir.Type) error {
	if !indices.DType.IsInt() {
		return ir.Mismatch(names.indices, indices.String(), "integers")
	}
	if got := len(w.windowDims) + len(w.droppedDims) + len(w.operandBatch); got != operand.Rank() {
		return ir.Mismatch(fmt.Sprintf("%s, %s and %s", names.windowDims, names.droppedDims, names.operandBatch),
			fmt.Sprintf("%d dimensions", got), fmt.Sprintf("%d, the rank of %s", operand.Rank(), operand))
	}
	if w.vectorDim < 0 || w.vectorDim > indices.Rank() {
		return ir.Mismatch("index_vector_dim", fmt.Sprint(w.vectorDim), fmt.Sprintf("0 to %d, the rank of %s", indices.Rank(), indices))
	}
	components := 1
	if w.vectorDim < indices.Rank() {
		components = indices.Shape[w.vectorDim]
	}
	if len(w.indexMap) != components {
		return ir.Mismatch(names.indexMap, fmt.Sprint(w.indexMap), fmt.Sprintf("%d dimensions, one for each component of an index vector", components))
	}
	movedRank := len(w.windowDims) + len(w.batchShape(indices.Shape))
	if err := checkSorted(names.windowDims, w.windowDims, movedRank); err != nil {
		return err
	}
	if err := w.checkBatch(names, operand, indices); err != nil {
		return err
	}
	return w.checkOperandDims(names, operand)
}

func (w windows) checkBatch(names windowNames, operand, indices ir.Type) error {
	if err := checkDims(names.indexBatch, w.indexBatch, indices.Rank()); err != nil {
		return err
	}
	if slices.Contains(w.indexBatch, w.vectorDim) {
		return ir.Mismatch(names.indexBatch, fmt.Sprint(w.indexBatch), fmt.Sprintf("not the index_vector_dim %d", w.vectorDim))
	}
	if len(w.operandBatch) != len(w.indexBatch) {
		return ir.Mismatch(names.indexBatch, fmt.Sprint(w.indexBatch), fmt.Sprintf("as many dimensions as %s %v", names.operandBatch, w.operandBatch))
	}
	if err := checkSorted(names.operandBatch, w.operandBatch, operand.Rank()); err != nil {
		return err
	}
	if got, want := pick(indices.Shape, w.indexBatch), pick(operand.Shape, w.operandBatch); !slices.Equal(got, want) {
		return ir.Mismatch(names.indices, fmt.Sprintf("extents %v on dimensions %v", got, w.indexBatch),
			fmt.Sprintf("%v as %s on dimensions %v", want, names.operand, w.operandBatch))
	}
	return nil
}

func (w windows) checkOperandDims(names windowNames, operand ir.Type) error {
	if err := checkSorted(names.droppedDims, w.droppedDims, operand.Rank()); err != nil {
		return err
	}
	if err := checkDims(names.droppedDims+" and "+names.operandBatch, slices.Concat(w.droppedDims, w.operandBatch), operand.Rank()); err != nil {
		return err
	}
	if err := checkDims(names.indexMap+" and "+names.operandBatch, slices.Concat(w.indexMap, w.operandBatch), operand.Rank()); err != nil {
		return err
	}
	if len(w.sizes) != operand.Rank() {
		return ir.Mismatch("slice_sizes", fmt.Sprint(w.sizes), fmt.Sprintf("%d extents, the rank of %s", operand.Rank(), operand))
	}
	for d, n := range w.sizes {
		if n < 0 || n > operand.Shape[d] {
			return ir.Mismatch("window", fmt.Sprintf("extent %d on dimension %d", n, d), fmt.Sprintf("0 to %d, the extent of %s", operand.Shape[d], operand))
		}
	}
	for _, d := range slices.Concat(w.droppedDims, w.operandBatch) {
		if n := w.sizes[d]; n != min(operand.Shape[d], 1) {
			return ir.Mismatch("slice_sizes", fmt.Sprintf("extent %d on dimension %d", n, d), "1, since the dimension is dropped")
		}
	}
	return nil
}

func checkSorted(arg string, dims []int, rank int) error {
	if err := checkDims(arg, dims, rank); err != nil {
		return err
	}
	if !slices.IsSorted(dims) {
		return ir.Mismatch(arg, fmt.Sprint(dims), "ascending dimensions")
	}
	return nil
}

// starts lists the corners of the windows, as flat positions in the operand, in row-major order of batchShape. A corner
// from which the window does not fit is moved inside by clamping, or is -1.
func (w windows) starts(operand []int, indices *tensor.Tensor, clamp bool) []int {
	shape, values := indices.Shape(), indexValues(indices)
	strides, operandStrides := tensor.Strides(shape), tensor.Strides(operand)
	vectorStride := 0
	batchStrides := pick(strides, otherDims(len(shape), []int{w.vectorDim}))
	if w.vectorDim < len(shape) {
		vectorStride = strides[w.vectorDim]
	}
	var out []int
	for _, batch := range tensor.Indices(w.batchShape(shape)) {
		at, start := tensor.Offset(batch, batchStrides), 0
		for i, d := range w.indexMap {
			position, last := values[at+i*vectorStride], operand[d]-w.sizes[d]
			if clamp {
				position = min(max(position, 0), last)
			}
			if position < 0 || position > last {
				start = -1
				break
			}
			start += position * operandStrides[d]
		}
		for i, d := range w.operandBatch {
			if start >= 0 {
				start += batch[w.batchDim(w.indexBatch[i])] * operandStrides[d]
			}
		}
		out = append(out, start)
	}
	return out
}

// batchDim maps a dimension of the indices to one of batchShape.
func (w windows) batchDim(d int) int {
	if d > w.vectorDim {
		return d - 1
	}
	return d
}

// each calls f for each element of the moved array in row-major order with its position in the operand, or -1.
func (w windows) each(operand, moved []int, starts []int, f func(moved, operand int) error) error {
	batchDims := otherDims(len(moved), w.windowDims)
	batchStrides := tensor.Strides(pick(moved, batchDims))
	windowStrides := pick(tensor.Strides(operand), w.keptDims())
	for flat, index := range tensor.Indices(moved) {
		at := starts[tensor.Offset(pick(index, batchDims), batchStrides)]
		if at >= 0 {
			at += tensor.Offset(pick(index, w.windowDims), windowStrides)
		}
		if err := f(flat, at); err != nil {
			return err
		}
	}
	return nil
}

// indexValues converts integers to int; unsigned ones beyond its range become the largest int.
func indexValues(t *tensor.Tensor) []int {
	out := make([]int, t.Size())
	if t.DType() == dtype.Uint64 {
		for i, v := range tensor.Flat[uint64](t) {
			out[i] = int(min(v, math.MaxInt))
		}
		return out
	}
	for i, v := range t.Int64s() {
		out[i] = int(v)
	}
	return out
}

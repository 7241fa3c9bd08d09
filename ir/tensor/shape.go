package tensor

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
)

// Size returns the number of elements of a shape: 1 for rank 0. A negative extent and a count (or
// any partial count of the extents that are not zero) beyond the int range are errors.
func Size(shape []int) (int, error) {
	size, empty := 1, false
	for axis, n := range shape {
		switch {
		case n < 0:
			return 0, errorf("size", "shape %s: axis %d has extent %d, want 0 or more", ShapeString(shape), axis, n)
		case n == 0:
			empty = true
		case size > math.MaxInt/n:
			return 0, errorf("size", "shape %s has more elements than an int counts", ShapeString(shape))
		default:
			size *= n
		}
	}
	if empty {
		return 0, nil
	}
	return size, nil
}

// Strides returns the row-major strides of a shape in elements: the distance between neighbours on each axis.
func Strides(shape []int) []int {
	strides := make([]int, len(shape))
	step := 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		strides[axis] = step
		step *= shape[axis]
	}
	return strides
}

// BroadcastShapes returns the common shape of all the shapes by NumPy's rule: aligned at the last axis,
// extents are equal or 1. No shapes give rank 0.
func BroadcastShapes(shapes ...[]int) ([]int, error) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for axis := range out {
		out[axis] = 1
		for _, s := range shapes {
			own := axis - (rank - len(s))
			if own < 0 || s[own] == 1 || s[own] == out[axis] {
				continue
			}
			if out[axis] != 1 {
				return nil, errorf("broadcast", "shapes %s do not fit: extents %d and %d on axis %d, want equal extents or 1",
					shapeList(shapes), out[axis], s[own], axis)
			}
			out[axis] = s[own]
		}
	}
	return out, nil
}

// Indices runs over all indices of a shape in row-major order, with their flat positions. The index slice is reused:
// clone it to keep it.
func Indices(shape []int) iter.Seq2[int, []int] {
	return func(yield func(int, []int) bool) {
		if slices.Contains(shape, 0) {
			return
		}
		index := make([]int, len(shape))
		for flat := 0; yield(flat, index); flat++ {
			axis := len(shape) - 1
			for ; axis >= 0; axis-- {
				if index[axis]++; index[axis] < shape[axis] {
					break
				}
				index[axis] = 0
			}
			if axis < 0 {
				return
			}
		}
	}
}

// Offset returns the dot product of an index and strides: the flat position of the element.
func Offset(index, strides []int) int {
	offset := 0
	for axis, i := range index {
		offset += i * strides[axis]
	}
	return offset
}

// Unravel writes the index of flat position flat in an array of the given shape to index.
func Unravel(index []int, flat int, shape []int) {
	for axis := len(shape) - 1; axis >= 0; axis-- {
		index[axis] = flat % shape[axis]
		flat /= shape[axis]
	}
}

// ShapeString returns a shape as people write it: (), (3), (2, 3).
func ShapeString(shape []int) string {
	parts := make([]string, len(shape))
	for axis, n := range shape {
		parts[axis] = fmt.Sprint(n)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func shapeList(shapes [][]int) string {
	parts := make([]string, len(shapes))
	for i, s := range shapes {
		parts[i] = ShapeString(s)
	}
	return strings.Join(parts, ", ")
}

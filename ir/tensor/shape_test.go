package tensor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSize(t *testing.T) {
	for _, c := range []struct {
		shape []int
		want  int
	}{
		{nil, 1}, {[]int{0}, 0}, {[]int{7}, 7}, {[]int{2, 3, 4}, 24}, {[]int{5, 0, 3}, 0}, {[]int{math.MaxInt}, math.MaxInt},
		{[]int{math.MaxInt, 0}, 0}, {[]int{1, 1, 1}, 1},
	} {
		got, err := Size(c.shape)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, c.shape)
	}
	for _, bad := range [][]int{{-1}, {0, -2}, {math.MaxInt, 2}, {1 << 32, 1 << 31}, {1 << 32, 0, 1 << 31}, {3, math.MaxInt/3 + 1}} {
		_, err := Size(bad)
		assert.ErrorContains(t, err, ShapeString(bad))
	}
}

func TestStrides(t *testing.T) {
	assert.Equal(t, []int{12, 4, 1}, Strides([]int{2, 3, 4}))
	assert.Equal(t, []int{1}, Strides([]int{9}))
	assert.Empty(t, Strides(nil))
	assert.Equal(t, []int{0, 3, 1}, Strides([]int{2, 0, 3}))
}

func TestBroadcastShapes(t *testing.T) {
	for _, c := range []struct {
		shapes [][]int
		want   []int
	}{
		{nil, []int{}},
		{[][]int{{}}, []int{}},
		{[][]int{{3}, {}}, []int{3}},
		{[][]int{{3, 1}, {1, 4}}, []int{3, 4}},
		{[][]int{{4}, {2, 1}, {5, 1, 1}}, []int{5, 2, 4}},
		{[][]int{{0}, {1}}, []int{0}},
		{[][]int{{2, 0}, {1}}, []int{2, 0}},
		{[][]int{{1}, {1, 1}}, []int{1, 1}},
	} {
		got, err := BroadcastShapes(c.shapes...)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, c.shapes)
	}
	for _, bad := range [][][]int{{{2}, {3}}, {{0}, {2}}, {{2, 3}, {2}}, {{1, 2}, {1}, {3}}} {
		_, err := BroadcastShapes(bad...)
		assert.ErrorContains(t, err, "want equal extents or 1")
	}
}

// Indices, Offset and Unravel agree, and visit every element once and in order.
func TestIndices(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		shape := make([]int, r.IntN(5))
		for i := range shape {
			shape[i] = r.IntN(4)
		}
		size, err := Size(shape)
		require.NoError(t, err)
		strides, next := Strides(shape), 0
		for flat, index := range Indices(shape) {
			require.Equal(t, next, flat)
			require.Equal(t, flat, Offset(index, strides))
			back := make([]int, len(shape))
			Unravel(back, flat, shape)
			require.Equal(t, index, back)
			next++
		}
		require.Equal(t, size, next, shape)
	}
	var first [][]int
	for _, index := range Indices([]int{2, 2}) {
		first = append(first, slices.Clone(index))
		if len(first) == 3 {
			break
		}
	}
	require.Equal(t, [][]int{{0, 0}, {0, 1}, {1, 0}}, first)
}

func TestShapeString(t *testing.T) {
	assert.Equal(t, "()", ShapeString(nil))
	assert.Equal(t, "(3)", ShapeString([]int{3}))
	assert.Equal(t, "(2, 0, 5)", ShapeString([]int{2, 0, 5}))
}

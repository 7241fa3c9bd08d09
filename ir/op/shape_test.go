package op

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each primitive that moves elements against its definition by indices: element i of the result is element from(i) of some
// operand. Get and At read single elements, so nothing is shared with the evaluation.
var shapeModels = map[ir.OpID]func(attrs ir.Attrs, in []*tensor.Tensor, i []int) any{
	BroadcastID: func(attrs ir.Attrs, in []*tensor.Tensor, i []int) any {
		from := make([]int, in[0].Rank())
		for axis, dim := range attrs.(BroadcastAttrs).Dims {
			if in[0].Dim(axis) > 1 {
				from[axis] = i[dim]
			}
		}
		return in[0].At(from...)
	},
	TransposeID: func(attrs ir.Attrs, in []*tensor.Tensor, i []int) any {
		from := make([]int, len(i))
		for k, p := range attrs.(TransposeAttrs).Perm {
			from[p] = i[k]
		}
		return in[0].At(from...)
	},
	SliceID: func(attrs ir.Attrs, in []*tensor.Tensor, i []int) any {
		a := attrs.(SliceAttrs)
		from := make([]int, len(i))
		for k := range i {
			from[k] = a.Start[k] + i[k]*a.Stride[k]
		}
		return in[0].At(from...)
	},
	ReverseID: func(attrs ir.Attrs, in []*tensor.Tensor, i []int) any {
		from := append([]int{}, i...)
		for _, dim := range attrs.(ReverseAttrs).Dims {
			from[dim] = in[0].Dim(dim) - 1 - i[dim]
		}
		return in[0].At(from...)
	},
	ConcatenateID: func(attrs ir.Attrs, in []*tensor.Tensor, i []int) any {
		dim := attrs.(ConcatenateAttrs).Dim
		from := append([]int{}, i...)
		for _, x := range in {
			if from[dim] < x.Dim(dim) {
				return x.At(from...)
			}
			from[dim] -= x.Dim(dim)
		}
		panic("index beyond the operands")
	},
	PadID: func(attrs ir.Attrs, in []*tensor.Tensor, i []int) any {
		a := attrs.(PadAttrs)
		from := make([]int, len(i))
		for k := range i {
			at, step := i[k]-a.Low[k], a.Interior[k]+1
			if at < 0 || at%step != 0 || at/step >= in[0].Dim(k) {
				return in[1].Item()
			}
			from[k] = at / step
		}
		return in[0].At(from...)
	},
}

func TestShapeRowsAgainstIndexing(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.Class != ir.ClassShape || row.ID == ReshapeID {
			continue
		}
		model := shapeModels[row.ID]
		require.NotNil(t, model, row.Name)
		r, checked := seeded(9), 0
		for _, dt := range dtype.All() {
			for n := range 80 {
				s := row.Domain.Make(r, dt, n%6)
				out := apply1(t, row.ID, s.Attrs, s.Inputs...)
				for flat, index := range tensor.Indices(out.Shape()) {
					require.Equal(t, model(s.Attrs, s.Inputs, index), out.Get(flat), "%s %+v of %v at %v", row.Name, s.Attrs, s.Inputs, index)
					checked++
				}
			}
		}
		require.Greater(t, checked, 1000, row.Name)
	}
}

func TestReshapeKeepsRowMajorOrder(t *testing.T) {
	x := tensor.Must(tensor.FromSlice([]int32{1, 2, 3, 4, 5, 6}, 2, 3))
	y := apply1(t, ReshapeID, ReshapeAttrs{Shape: []int{3, 1, 2}}, x)
	assert.Equal(t, int32(4), y.At(1, 0, 1))
	assert.Equal(t, int32(7), apply1(t, ReshapeID, ReshapeAttrs{}, tensor.Of[int32](7)).Item())
	assert.Equal(t, []int{0, 5}, apply1(t, ReshapeID, ReshapeAttrs{Shape: []int{0, 5}}, tensor.Of[int32]()).Shape())
}

func TestShapesOfResults(t *testing.T) {
	b := ir.NewBuilder("test")
	x := b.Param(ir.T(dtype.Float32, 2, 1, 4))
	zero := Scalar(b, dtype.Float32, 0)
	for want, got := range map[string]*ir.Value{
		"f32[2,5,3,4]": Broadcast(b, x, []int{0, 1, 3}, []int{2, 5, 3, 4}),
		"f32[8]":       Reshape(b, x, []int{8}),
		"f32[4,2,1]":   Transpose(b, x, []int{2, 0, 1}),
		"f32[1,0,2]":   Slice(b, x, []int{0, 1, 1}, []int{1, 1, 4}, []int{1, 1, 2}),
		"f32[2,1,3]":   Slice(b, x, []int{0, 0, 1}, []int{2, 1, 4}, nil),
		"f32[2,3,4]":   Concatenate(b, 1, x, x, x),
		"f32[3,0,9]":   Pad(b, x, zero, []int{0, -1, 1}, []int{1, 0, -2}, []int{0, 7, 2}),
		"f32[2,1,4]":   Reverse(b, x, 2, 0),
		"f32[]":        Spread(b, zero, nil),
	} {
		assert.Equal(t, want, got.Type.String())
	}
	assert.Equal(t, []int{0, 2}, Reverse(b, x, 2, 0).Node.Attrs.(ReverseAttrs).Dims)
}

func TestShapeErrors(t *testing.T) {
	f := ir.T(dtype.Float32, 2, 3)
	for _, c := range []struct {
		id    ir.OpID
		attrs ir.Attrs
		want  string
	}{
		{BroadcastID, BroadcastAttrs{Dims: []int{0}, Shape: []int{2, 3}}, "broadcast: dims: got [0], want 2 numbers"},
		{BroadcastID, BroadcastAttrs{Dims: []int{1, 0}, Shape: []int{3, 2}}, "broadcast: dims: got [1 0], want ascending axes without repetition"},
		{BroadcastID, BroadcastAttrs{Dims: []int{0, 2}, Shape: []int{2, 3}}, "broadcast: dims: got 2, want an axis from 0 to 1"},
		{BroadcastID, BroadcastAttrs{Dims: []int{0, 1}, Shape: []int{2, 4}},
			"broadcast: operand 0: got f32[2,3], want extent 1 or 4 on axis 1, which becomes axis 1 of [2 4]"},
		{BroadcastID, BroadcastAttrs{Dims: []int{0, 1}, Shape: []int{2, -3}}, "broadcast: shape: got [2 -3], want extents of at least 0 whose product is an int"},
		{ReshapeID, ReshapeAttrs{Shape: []int{4}}, "reshape: shape: got [4] of 4 elements, want 6, as f32[2,3] has"},
		{ReshapeID, ReshapeAttrs{}, "reshape: shape: got [] of 1 element, want 6, as f32[2,3] has"},
		{TransposeID, TransposeAttrs{Perm: []int{0}}, "transpose: perm: got [0], want 2 numbers"},
		{TransposeID, TransposeAttrs{Perm: []int{0, 0}}, "transpose: perm: got [0 0], want each axis from 0 to 1 once"},
		{SliceID, SliceAttrs{Start: []int{0, 2}, Limit: []int{1, 4}, Stride: []int{1, 1}}, "slice: range: got 2:4 on axis 1, want a range within 0:3"},
		{SliceID, SliceAttrs{Start: []int{1, 0}, Limit: []int{0, 3}, Stride: []int{1, 1}}, "slice: range: got 1:0 on axis 0, want a range within 0:2"},
		{SliceID, SliceAttrs{Start: []int{0, 0}, Limit: []int{1, 3}, Stride: []int{1, 0}}, "slice: stride: got 0 on axis 1, want at least 1"},
		{SliceID, SliceAttrs{Start: []int{0, 0}, Limit: []int{1, 3}}, "slice: stride: got [], want 2 numbers"},
		{ConcatenateID, ConcatenateAttrs{Dim: 2}, "concatenate: dim: got 2, want an axis from 0 to 1"},
		{ReverseID, ReverseAttrs{Dims: []int{1, 1}}, "reverse: dims: got [1 1], want ascending axes without repetition"},
	} {
		assert.Equal(t, c.want, typeError(t, c.id, c.attrs, f))
	}
	s, i := ir.T(dtype.Float32), ir.T(dtype.Int32)
	assert.Equal(t, "concatenate: operands: got none, want at least one", typeError(t, ConcatenateID, ConcatenateAttrs{}))
	assert.Equal(t, "concatenate: operand 1: got f32[3,3], want f32[2,3] but for axis 1",
		typeError(t, ConcatenateID, ConcatenateAttrs{Dim: 1}, f, ir.T(dtype.Float32, 3, 3)))
	assert.Equal(t, "concatenate: dim: got 0, want an array with at least one axis", typeError(t, ConcatenateID, ConcatenateAttrs{}, s))
	ones := []int{1, 1}
	assert.Equal(t, "pad: operand 1: got i32[], want f32[]", typeError(t, PadID, PadAttrs{ones, ones, ones}, f, i))
	assert.Equal(t, "pad: interior: got -1 on axis 1, want at least 0", typeError(t, PadID, PadAttrs{ones, ones, []int{0, -1}}, f, s))
	assert.Equal(t, "pad: low and high: got -2 and -1 on axis 0 of f32[2,3], want cropping that leaves at least 0 elements",
		typeError(t, PadID, PadAttrs{[]int{-2, 0}, []int{-1, 0}, []int{0, 0}}, f, s))
}

package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// indexing are the rules for indices that are known: what they read is a slice.
var indexing = []goRule{
	{op.DynamicSliceID, sameType},
	{op.DynamicSliceID, dynamicSliceKnown},
	{op.DynamicUpdateSliceID, updateWhole},
	{op.GatherID, takeRange},
}

// dynamicSliceKnown is a slice where the starts are constants, clamped.
func dynamicSliceKnown(s *site) *ir.Value {
	x := s.in[0]
	starts := make([]int, len(s.in)-1)
	for d, v := range s.in[1:] {
		known, ok := knownIndices(v)
		if !ok {
			return nil
		}
		starts[d] = clamp(known[0], x.Type.Shape[d]-s.out.Shape[d])
	}
	return s.slice(x, starts, s.out.Shape, slices.Repeat([]int{1}, len(starts)))
}

// updateWhole is the update where it covers everything.
func updateWhole(s *site) *ir.Value {
	if s.in[1].Type.Equal(s.out) {
		return s.in[1]
	}
	return nil
}

// takeRange is a slice where a gather takes whole slices of x along one axis, at indices that ascend by one step.
func takeRange(s *site) *ir.Value {
	a, x, indices := s.attrs.(op.GatherAttrs), s.in[0], s.in[1]
	axis, ok := takenAxis(a, x.Type, indices.Type)
	if !ok || s.out.Size() == 0 {
		return nil
	}
	at, ok := knownIndices(indices)
	if !ok {
		return nil
	}
	stride := 1
	if len(at) > 1 {
		stride = at[1] - at[0]
	}
	for i, k := range at {
		if at[i] = clamp(k, x.Type.Shape[axis]-1); at[i] != at[0]+i*stride || stride < 1 {
			return nil
		}
	}
	start, shape, strides := make([]int, x.Type.Rank()), slices.Clone(x.Type.Shape), slices.Repeat([]int{1}, x.Type.Rank())
	start[axis], shape[axis], strides[axis] = at[0], len(at), stride
	return s.emit(op.ReshapeID, op.ReshapeAttrs{Shape: s.out.Shape}, s.slice(x, start, shape, strides))
}

// takenAxis reports whether a gather takes slices along one axis at a scalar or a vector of indices, whose dimension takes the place
// of the axis in the result.
func takenAxis(a op.GatherAttrs, x, indices ir.Type) (axis int, ok bool) {
	if len(a.StartIndexMap) != 1 || !slices.Equal(a.CollapsedSliceDims, a.StartIndexMap) || len(a.OperandBatchingDims) > 0 ||
		indices.Rank() > 1 || a.IndexVectorDim != indices.Rank() {
		return 0, false
	}
	axis = a.StartIndexMap[0]
	for d, n := range x.Shape {
		if d != axis && a.SliceSizes[d] != n {
			return 0, false
		}
	}
	if indices.Rank() == 1 && slices.Contains(a.OffsetDims, axis) {
		return 0, false
	}
	return axis, true
}

// knownIndices returns the elements of a small constant of integers, or of an iota.
func knownIndices(v *ir.Value) ([]int, bool) {
	if !v.Type.DType.IsInt() {
		return nil, false
	}
	if t, ok := constant(v); ok && t.Size() <= foldSmall {
		at := make([]int, t.Size())
		for i, k := range t.Int64s() {
			if at[i] = int(k); v.Type.DType.IsUnsigned() && k < 0 {
				return nil, false // an unsigned number that int64 does not hold
			}
		}
		return at, true
	}
	if v.Op() != op.IotaID || v.Type.Rank() != 1 || v.Type.Shape[0] > 1<<7 && v.Type.DType.Size() == 1 || v.Type.Shape[0] > 1<<15 {
		return nil, false
	}
	at := make([]int, v.Type.Shape[0])
	for i := range at {
		at[i] = i
	}
	return at, true
}

// clamp moves i into the range from 0 to limit.
func clamp(i, limit int) int { return min(max(i, 0), limit) }

package op

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
)

// specIndex follows the text of StableHLO's gather and scatter, index by index: start index, batching index, offset index. It
// returns the index in the operand and whether the whole window fits at the unclamped start.
func specIndex(a GatherAttrs, operand []int, indices *tensor.Tensor, moved []int, clamp bool) ([]int, bool) {
	var batchIndex, offsetIndex []int
	for d, i := range moved {
		if slices.Contains(a.OffsetDims, d) {
			offsetIndex = append(offsetIndex, i)
		} else {
			batchIndex = append(batchIndex, i)
		}
	}
	component := func(k int) int {
		if a.IndexVectorDim == indices.Rank() {
			return int(indices.AsType(dtype.Int64).At(batchIndex...).(int64))
		}
		return int(indices.AsType(dtype.Int64).At(slices.Insert(slices.Clone(batchIndex), a.IndexVectorDim, k)...).(int64))
	}
	full, fits := make([]int, len(operand)), true
	for k, d := range a.StartIndexMap {
		start, last := component(k), operand[d]-a.SliceSizes[d]
		fits = fits && 0 <= start && start <= last
		if clamp {
			start = max(0, min(start, last))
		}
		full[d] += start
	}
	for i, d := range a.OperandBatchingDims {
		k := a.StartIndicesBatchingDims[i]
		if k > a.IndexVectorDim {
			k--
		}
		full[d] += batchIndex[k]
	}
	next := 0
	for d := range operand {
		if !slices.Contains(a.CollapsedSliceDims, d) && !slices.Contains(a.OperandBatchingDims, d) {
			full[d] += offsetIndex[next]
			next++
		}
	}
	return full, fits
}

func TestGatherAgainstTheSpecification(t *testing.T) {
	elements := 0
	for _, dt := range dtype.All() {
		for seed := range uint64(60) {
			s := gatherSample(seeded(seed), dt, int(seed%5))
			out := apply(t, GatherID, s.Attrs, nil, s.Inputs...)[0]
			x, indices := s.Inputs[0], s.Inputs[1]
			for flat, index := range tensor.Indices(out.Shape()) {
				at, _ := specIndex(s.Attrs.(GatherAttrs), x.Shape(), indices, index, true)
				assert.Equal(t, x.At(at...), out.Get(flat), "seed %d: %+v, result %v", seed, s.Attrs, index)
				elements++
			}
		}
	}
	assert.Greater(t, elements, 5000, "samples are not all empty")
}

func TestScatterAgainstTheSpecification(t *testing.T) {
	applied, dropped := 0, 0
	for _, dt := range []dtype.DType{dtype.Bool, dtype.Int8, dtype.Uint64, dtype.Float16, dtype.BFloat16, dtype.Float32, dtype.Float64, dtype.Complex64} {
		for seed := range uint64(60) {
			s := scatterSample(seeded(seed), dt, int(seed%5))
			a := s.Attrs.(ScatterAttrs)
			x, indices, updates := s.Inputs[0], s.Inputs[1], s.Inputs[2]
			want := x.Clone()
			g := GatherAttrs{a.UpdateWindowDims, a.InsertedWindowDims, a.InputBatchingDims, a.ScatterIndicesBatchingDims,
				a.ScatterDimsToOperandDims, a.IndexVectorDim, a.windows(typeOf(x), typeOf(updates)).sizes, false}
			for flat, index := range tensor.Indices(updates.Shape()) {
				at, fits := specIndex(g, x.Shape(), indices, index, false)
				if !fits {
					dropped++
					continue
				}
				applied++
				i := tensor.Offset(at, tensor.Strides(x.Shape()))
				want.Set(i, naiveCombine(a.Combine, want.Get(i), updates.Get(flat)))
			}
			out := apply(t, ScatterID, s.Attrs, s.Regions, s.Inputs...)[0]
			assert.True(t, want.Equal(out), "seed %d %s: %+v\nwant %v\ngot %v", seed, dt, a, want, out)
		}
	}
	assert.Greater(t, applied, 1000)
	assert.Greater(t, dropped, 500)
}

// naiveCombine computes in float64, complex128 or int64; Set rounds. Exact for one step of every type tried.
func naiveCombine(c Combine, a, x any) any {
	if c == CombineSet {
		return x
	}
	if c == CombineRegion {
		c = CombineAdd
	}
	wide := func(v any) complex128 { return tensor.Must(tensor.FromAny(v)).Complex128s()[0] }
	switch a := a.(type) {
	case bool:
		if c == CombineAdd || c == CombineMax {
			return a || x.(bool)
		}
		return a && x.(bool)
	case complex64:
		if c == CombineAdd {
			return a + x.(complex64)
		}
		return dtype.MulComplex64(a, x.(complex64))
	case int8:
		return combineInts(c, a, x.(int8))
	case uint64:
		return combineInts(c, a, x.(uint64))
	}
	p, q := real(wide(a)), real(wide(x))
	return map[Combine]float64{CombineAdd: p + q, CombineMul: p * q, CombineMin: math.Min(p, q), CombineMax: math.Max(p, q)}[c]
}

func combineInts[T int8 | uint64](c Combine, a, x T) T {
	return map[Combine]T{CombineAdd: a + x, CombineMul: a * x, CombineMin: min(a, x), CombineMax: max(a, x)}[c]
}

func TestScatterAppliesRepeatedIndicesInOrder(t *testing.T) {
	x, indices := f32s(0, 0), tensor.Of[int32](0, 1, 0, 0)
	updates := f32s(1e8, 5, 1, -1e8)
	attrs := ScatterAttrs{InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: CombineAdd}
	assert.Equal(t, []float32{0, 5}, tensor.Flat[float32](apply(t, ScatterID, attrs, nil, x, indices, updates)[0]), "1e8 + 1 is 1e8 in f32")
	attrs.Combine = CombineSet
	assert.Equal(t, []float32{-1e8, 5}, tensor.Flat[float32](apply(t, ScatterID, attrs, nil, x, indices, updates)[0]), "the last one stays")
	// A region that is not commutative: acc*x + ... is written as acc <- x only when called (acc, x).
	second := region([]ir.Type{f32Scalar, f32Scalar}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p[1:] })
	attrs.Combine = CombineRegion
	assert.Equal(t, []float32{-1e8, 5}, tensor.Flat[float32](apply(t, ScatterID, attrs, []*ir.Graph{second}, x, indices, updates)[0]))
}

func TestScatterDropsWindowsThatStickOut(t *testing.T) {
	attrs := ScatterAttrs{UpdateWindowDims: []int{1}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: CombineSet}
	out := apply(t, ScatterID, attrs, nil, f32s(0, 0, 0, 0, 0), tensor.Of[int32](-1, 1, 4), filled(dtype.Float32, []float64{1, 2, 3, 4, 5, 6}, 3, 2))[0]
	assert.Equal(t, []float32{0, 3, 4, 0, 0}, tensor.Flat[float32](out), "windows at -1 and at 4 are dropped whole")
}

func TestCombineSpecialNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	neg := float32(math.Copysign(0, -1))
	attrs := ScatterAttrs{UpdateWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 0, Combine: CombineMax}
	at := tensor.Of[int32](0)
	run := func(c Combine) *tensor.Tensor {
		attrs.Combine = c
		return apply(t, ScatterID, attrs, nil, f32s(nan, 1, neg, 0, -inf), at, f32s(1, nan, 0, neg, inf))[0]
	}
	assert.True(t, f32s(nan, nan, 0, 0, inf).Equal(run(CombineMax)))
	assert.True(t, f32s(nan, nan, neg, neg, -inf).Equal(run(CombineMin)))
}

func TestHugeUnsignedIndices(t *testing.T) {
	at := tensor.Of[uint64](math.MaxUint64, 1<<63, 1)
	x := f32s(1, 2, 3)
	b := ir.NewBuilder("test")
	p := b.Params(typesOf([]*tensor.Tensor{x, at}))
	out, err := newEval(nil).Run(b.Build(Take(b, p[0], p[1], 0), Put(b, p[0], p[1], p[0], 0, CombineSet)), []*tensor.Tensor{x, at})
	assert.NoError(t, err)
	assert.Equal(t, []float32{3, 3, 2}, tensor.Flat[float32](out[0]), "clamped to the last")
	assert.Equal(t, []float32{1, 3, 3}, tensor.Flat[float32](out[1]), "dropped")
}

func TestTakeAndPutAlongEachAxis(t *testing.T) {
	x := tensor.Must(tensor.New(dtype.Int32, 2, 3, 4))
	for i := range x.Size() {
		x.Set(i, i)
	}
	at := tensor.Must(tensor.FromSlice([]int64{1, 0, 1, 1}, 2, 2))
	for axis := range 3 {
		b := ir.NewBuilder("test")
		p := b.Params(typesOf([]*tensor.Tensor{x, at}))
		taken := Take(b, p[0], p[1], axis)
		out, err := newEval(nil).Run(b.Build(taken, Put(b, p[0], p[1], taken, axis, CombineAdd)), []*tensor.Tensor{x, at})
		assert.NoError(t, err)
		want := x.Clone()
		for flat, i := range tensor.Indices(out[0].Shape()) {
			src := slices.Concat(i[:axis], []int{int(at.At(i[axis : axis+2]...).(int64))}, i[axis+2:])
			assert.Equal(t, x.At(src...), out[0].Get(flat))
			k := tensor.Offset(src, tensor.Strides(x.Shape()))
			want.Set(k, want.Get(k).(int32)+x.Get(k).(int32))
		}
		assert.True(t, want.Equal(out[1]))
	}
}

func TestGatherFromAnEmptyArray(t *testing.T) {
	attrs := GatherAttrs{CollapsedSliceDims: []int{0}, StartIndexMap: []int{0}, IndexVectorDim: 1, SliceSizes: []int{0}}
	assert.Equal(t, []float32{0, 0}, tensor.Flat[float32](apply(t, GatherID, attrs, nil, f32s(), tensor.Of[int32](0, 5))[0]))
	scatter := ScatterAttrs{InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: CombineAdd}
	assert.Equal(t, 0, apply(t, ScatterID, scatter, nil, f32s(), tensor.Of[int32](0, 5), f32s(1, 1))[0].Size())
}

func TestDynamicSlices(t *testing.T) {
	for _, dt := range []dtype.DType{dtype.Bool, dtype.Int16, dtype.BFloat16, dtype.Complex128} {
		for seed := range uint64(50) {
			x, sizes, starts := partSample(seeded(seed), dt, int(seed%4))
			corner := make([]int, len(sizes))
			for d, s := range starts {
				corner[d] = max(0, min(int(s.Item().(int32)), x.Shape()[d]-sizes[d]))
			}
			out := apply(t, DynamicSliceID, DynamicSliceAttrs{sizes}, nil, append([]*tensor.Tensor{x}, starts...)...)[0]
			update := sampleTensor(seeded(seed+1), dt, sizes...)
			want := x.Clone()
			for flat, i := range tensor.Indices(sizes) {
				at := make([]int, len(i))
				for d := range i {
					at[d] = corner[d] + i[d]
				}
				assert.Equal(t, x.At(at...), out.Get(flat))
				want.Set(tensor.Offset(at, tensor.Strides(x.Shape())), update.Get(flat))
			}
			got := apply(t, DynamicUpdateSliceID, nil, nil, append([]*tensor.Tensor{x, update}, starts...)...)[0]
			assert.True(t, want.Equal(got))
		}
	}
}

func TestIndexErrors(t *testing.T) {
	x, at := ir.T(dtype.Float32, 4, 5), ir.T(dtype.Int32, 3, 1)
	good := GatherAttrs{OffsetDims: []int{1}, CollapsedSliceDims: []int{0}, StartIndexMap: []int{0}, IndexVectorDim: 1, SliceSizes: []int{1, 5}}
	change := func(f func(a *GatherAttrs)) GatherAttrs { a := good; f(&a); return a }
	for i, c := range []struct {
		attrs   GatherAttrs
		indices ir.Type
		want    string
	}{
		{good, at.WithDType(dtype.Float32), "gather: indices: got f32[3,1], want integers"},
		{change(func(a *GatherAttrs) { a.OffsetDims = nil }), at,
			"gather: offset_dims, collapsed_slice_dims and operand_batching_dims: got 1 dimensions, want 2, the rank of f32[4,5]"},
		{change(func(a *GatherAttrs) { a.IndexVectorDim = 3 }), at, "gather: index_vector_dim: got 3, want 0 to 2, the rank of i32[3,1]"},
		{change(func(a *GatherAttrs) { a.StartIndexMap = []int{0, 1} }), at,
			"gather: start_index_map: got [0 1], want 1 dimensions, one for each component of an index vector"},
		{change(func(a *GatherAttrs) { a.OffsetDims = []int{2} }), at, "gather: offset_dims: got [2], want dimensions from 0 to 1"},
		{change(func(a *GatherAttrs) { a.CollapsedSliceDims = []int{2} }), at, "gather: collapsed_slice_dims: got [2], want dimensions from 0 to 1"},
		{change(func(a *GatherAttrs) { a.StartIndexMap = []int{-1} }), at,
			"gather: start_index_map and operand_batching_dims: got [-1], want dimensions from 0 to 1"},
		{change(func(a *GatherAttrs) { a.SliceSizes = []int{1} }), at, "gather: slice_sizes: got [1], want 2 extents, the rank of f32[4,5]"},
		{change(func(a *GatherAttrs) { a.SliceSizes = []int{1, 6} }), at,
			"gather: window: got extent 6 on dimension 1, want 0 to 5, the extent of f32[4,5]"},
		{change(func(a *GatherAttrs) { a.SliceSizes = []int{2, 5} }), at,
			"gather: slice_sizes: got extent 2 on dimension 0, want 1, since the dimension is dropped"},
		{GatherAttrs{OffsetDims: []int{1}, OperandBatchingDims: []int{0}, StartIndicesBatchingDims: []int{0}, StartIndexMap: []int{1}, IndexVectorDim: 1, SliceSizes: []int{1, 2}}, at,
			"gather: indices: got extents [3] on dimensions [0], want [4] as x on dimensions [0]"},
		{GatherAttrs{OffsetDims: []int{1}, OperandBatchingDims: []int{0}, StartIndicesBatchingDims: []int{1}, StartIndexMap: []int{1}, IndexVectorDim: 1, SliceSizes: []int{1, 2}}, at,
			"gather: start_indices_batching_dims: got [1], want not the index_vector_dim 1"},
	} {
		got := buildError(t, func(b *ir.Builder) { Gather(b, b.Param(x), b.Param(c.indices), c.attrs) })
		assert.Equal(t, c.want, got, fmt.Sprint(i))
	}
	scatter := ScatterAttrs{UpdateWindowDims: []int{1}, InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: CombineAdd}
	emit := func(updates ir.Type, x ir.Type, a ScatterAttrs, region *ir.Graph) string {
		return buildError(t, func(b *ir.Builder) { Scatter(b, b.Param(x), b.Param(at), b.Param(updates), a, region) })
	}
	assert.Equal(t, "scatter: updates: got f32[2,5], want f32[3,5]", emit(ir.T(dtype.Float32, 2, 5), x, scatter, nil))
	assert.Equal(t, "scatter: window: got extent 6 on dimension 1, want 0 to 5, the extent of f32[4,5]", emit(ir.T(dtype.Float32, 3, 6), x, scatter, nil))
	odd := scatter
	odd.Combine = "sum"
	assert.Equal(t, `scatter: combine: got "sum", want one of ["set" "add" "mul" "min" "max" "region"]`, emit(ir.T(dtype.Float32, 3, 5), x, odd, nil))
	odd.Combine = CombineMax
	c64 := ir.T(dtype.Complex64, 4, 5)
	assert.Equal(t, `scatter: combine: got "max" of complex<f32>, want an ordered element type`, emit(ir.T(dtype.Complex64, 3, 5), c64, odd, nil))
	odd.Combine = CombineRegion
	assert.Equal(t, `scatter: regions: got 0, want 1 with combine "region"`, emit(ir.T(dtype.Float32, 3, 5), x, odd, nil))
	one := region([]ir.Type{f32Scalar}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p })
	assert.Equal(t, `scatter: region parameters: got 1: (f32[]), want 2: (f32[], f32[])`, emit(ir.T(dtype.Float32, 3, 5), x, odd, one))
	assert.Equal(t, `scatter: regions: got 1, want 0 with combine "add"`, emit(ir.T(dtype.Float32, 3, 5), x, scatter, one))
	assert.Equal(t, "take: axis: got [2], want dimensions from 0 to 1", buildError(t, func(b *ir.Builder) { Take(b, b.Param(x), b.Param(at), 2) }))
}

func TestDynamicSliceErrors(t *testing.T) {
	x := ir.T(dtype.Float32, 4, 5)
	i32, i64 := indexType, ir.T(dtype.Int64)
	for _, c := range []struct {
		sizes  []int
		starts []ir.Type
		want   string
	}{
		{[]int{1, 1}, []ir.Type{i32}, "starts: got 1, want 2, one for each dimension of f32[4,5]"},
		{[]int{1, 1}, []ir.Type{i32, i64}, "start 1: got i64[], want i32[] as start 0"},
		{[]int{1, 1}, []ir.Type{f32Scalar, f32Scalar}, "start 0: got f32[], want an integer scalar"},
		{[]int{1}, []ir.Type{i32, i32}, "sizes: got [1], want 2 extents, the rank of f32[4,5]"},
		{[]int{1, 6}, []ir.Type{i32, i32}, "sizes: got [1 6], want at most the extents of f32[4,5]"},
	} {
		got := buildError(t, func(b *ir.Builder) { DynamicSlice(b, b.Param(x), c.sizes, b.Params(c.starts)...) })
		assert.Equal(t, "dynamic_slice: "+c.want, got)
	}
	assert.Equal(t, "dynamic_update_slice: update: got i32[4,5], want elements of type f32",
		buildError(t, func(b *ir.Builder) { DynamicUpdateSlice(b, b.Param(x), b.Param(x.WithDType(dtype.Int32))) }))
	assert.Equal(t, "dynamic_update_slice: update: got [4 6], want at most the extents of f32[4,5]",
		buildError(t, func(b *ir.Builder) { DynamicUpdateSlice(b, b.Param(x), b.Param(ir.T(dtype.Float32, 4, 6))) }))
}

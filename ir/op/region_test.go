package op

import (
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// built runs what f builds on concrete operands.
func built(t *testing.T, f func(b *ir.Builder, in []*ir.Value) []*ir.Value, in ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	b := ir.NewBuilder("test")
	args := b.Params(typesOf(in))
	outs, err := newEval(nil).Run(b.Build(f(b, args)...), in)
	require.NoError(t, err)
	return outs
}

// opsOf lists the primitives that f builds.
func opsOf(f func(b *ir.Builder, in []*ir.Value) []*ir.Value, in ...ir.Type) []ir.OpID {
	b := ir.NewBuilder("test")
	var ids []ir.OpID
	b.Build(f(b, b.Params(in))...).Walk(func(n *ir.Node) { ids = append(ids, n.Op) })
	return ids
}

// affineRegion composes x -> ax + b, which is associative but not commutative, and exact on integers.
func affineRegion() *ir.Graph {
	i32 := ir.T(dtype.Int32)
	b := ir.NewBuilder("affine")
	p := b.Params([]ir.Type{i32, i32, i32, i32})
	return b.Build(Mul(b, p[0], p[2]), Add(b, Mul(b, p[2], p[1]), p[3]))
}

func TestReduceByKeepsTheOrderOfElements(t *testing.T) {
	r := seeded(71)
	for n := range 20 {
		shape := randomShapeOfRank(r, 3, n)
		var axes []int
		for a := range 3 {
			if r.IntN(3) > 0 {
				axes = append(axes, a)
			}
		}
		in := []*tensor.Tensor{sampleTensor(r, dtype.Int32, shape...), sampleTensor(r, dtype.Int32, shape...), sampleTensor(r, dtype.Int32), sampleTensor(r, dtype.Int32)}
		want := apply(t, ReduceID, ReduceAttrs{Axes: axes}, []*ir.Graph{affineRegion()}, in...)
		by := func(b *ir.Builder, p []*ir.Value) []*ir.Value { return ReduceBy(b, p[:2], p[2:], axes, affineRegion()) }
		got := built(t, by, in...)
		for i := range want {
			require.True(t, want[i].Equal(got[i]), "shape %v axes %v: got %v, want %v", shape, axes, got[i], want[i])
		}
		assert.NotContains(t, opsOf(by, typesOf(in)...), ReduceID)
	}
}

func TestReduceByTakesTheRowOfItsOwn(t *testing.T) {
	x := tensor.Of[float32](1, 5, 2)
	for id, want := range map[ir.OpID]float64{AddID: 18, MulID: 100, MaxID: 10, MinID: 1} {
		region := binaryRegion(id, ir.T(dtype.Float32))
		by := func(b *ir.Builder, p []*ir.Value) []*ir.Value {
			return ReduceBy(b, p, []*ir.Value{Scalar(b, dtype.Float32, 10)}, []int{0}, region)
		}
		assert.Contains(t, opsOf(by, ir.T(dtype.Float32, 3)), folds[id])
		assert.Equal(t, []float64{want}, built(t, by, x)[0].Float64s())
	}
	sum := func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return ReduceBy(b, p, []*ir.Value{Scalar(b, dtype.Float32, 0)}, []int{0}, binaryRegion(AddID, ir.T(dtype.Float32)))
	}
	assert.Equal(t, []ir.OpID{ConstID, ReduceSumID}, opsOf(sum, ir.T(dtype.Float32, 3)), "0 is not added")
}

// A region that is no elementwise formula runs from element to element.
func TestReduceByOfAnyRegion(t *testing.T) {
	i32 := ir.T(dtype.Int32)
	b := ir.NewBuilder("powers")
	p := b.Params([]ir.Type{i32, i32})
	body := ir.NewBuilder("body")
	q := body.Params([]ir.Type{indexType, i32})
	twice := body.Build(Add(body, q[1], q[1]))
	region := b.Build(Add(b, Loop(b, LoopAttrs{Trip: 2, Carries: 1}, twice, p[0])[0], p[1]))
	got := built(t, func(b *ir.Builder, p []*ir.Value) []*ir.Value { return ReduceBy(b, p[:1], p[1:], []int{0}, region) },
		tensor.Of[int32](1, 2, 3), tensor.Scalar(int32(1)))
	assert.Equal(t, []int64{((1*4+1)*4+2)*4 + 3}, got[0].Int64s())
}

func TestMap(t *testing.T) {
	x, y := tensor.Must(tensor.FromSlice([]int64{0, 1, 2, 3}, 2, 2)), tensor.Must(tensor.FromSlice([]int64{4, 5, 6, 7}, 2, 2))
	mul := func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return Map(b, binaryRegion(MulID, ir.T(dtype.Int64)), p...)
	}
	assert.Equal(t, []int64{0, 5, 12, 21}, built(t, mul, x, y)[0].Int64s())

	// With a constant, a call, and, in the second region, a loop.
	i64 := ir.T(dtype.Int64)
	inner := ir.NewBuilder("inner")
	in := inner.Param(i64)
	call := inner.Build(Add(inner, in, ScalarInt(inner, dtype.Int64, 3)))
	for _, loops := range []bool{false, true} {
		b := ir.NewBuilder("region")
		p := b.Params([]ir.Type{i64, i64})
		v := Call(b, CallAttrs{Name: "inner"}, []*ir.Graph{call}, p[0])[0]
		if loops {
			body := ir.NewBuilder("body")
			q := body.Params([]ir.Type{indexType, i64})
			v = Loop(b, LoopAttrs{Trip: 1, Carries: 1}, body.Build(Add(body, q[1], ScalarInt(body, dtype.Int64, 0))), v)[0]
		}
		region := b.Build(v, p[1])
		f := func(b *ir.Builder, p []*ir.Value) []*ir.Value { return Map(b, region, p...) }
		got := built(t, f, x, y)
		assert.Equal(t, []int64{3, 4, 5, 6}, got[0].Int64s())
		assert.True(t, y.Equal(got[1]))
		assert.Equal(t, loops, slices.Contains(opsOf(f, i64.WithShape(2, 2), i64.WithShape(2, 2)), LoopID))
	}
	assert.Equal(t, "map: operand 1: got i64[3], want the shape of operand 0, i64[2]", buildError(t, func(b *ir.Builder) {
		Map(b, binaryRegion(MulID, i64), b.Param(i64.WithShape(2)), b.Param(i64.WithShape(3)))
	}))
}

// The example of the StableHLO specification, and a selection that is not the maximum.
func TestSelectAndScatter(t *testing.T) {
	i64 := ir.T(dtype.Int64)
	x := tensor.Must(tensor.FromSlice([]int64{1, 5, 2, 5, 3, 6, 4, 4}, 4, 2))
	source := tensor.Must(tensor.FromSlice([]int64{5, 6, 7, 8}, 2, 2))
	run := func(dir Dir, scatter *ir.Graph) []int64 {
		sel := ir.NewBuilder("select")
		p := sel.Params([]ir.Type{i64, i64})
		selected := sel.Build(Compare(sel, dir, p[0], p[1]))
		return built(t, func(b *ir.Builder, in []*ir.Value) []*ir.Value {
			return []*ir.Value{SelectAndScatter(b, in[0], in[1], in[2], ReduceWindowAttrs{
				Window: []int{3, 1}, Strides: []int{2, 1}, PadHigh: []int{1, 0}, PadLow: []int{0, 0}}, selected, scatter)}
		}, x, source, tensor.Scalar(int64(100)))[0].Int64s()
	}
	assert.Equal(t, []int64{100, 100, 100, 100, 105, 114, 107, 100}, run(DirGe, binaryRegion(AddID, i64)))
	assert.Equal(t, []int64{95, 94, 100, 100, 93, 100, 100, 92}, run(DirLe, binaryRegion(SubID, i64)))
}

func TestScatterManyDropsWindowsThatDoNotFit(t *testing.T) {
	f32, i32 := ir.T(dtype.Float32), ir.T(dtype.Int32)
	b := ir.NewBuilder("region")
	p := b.Params([]ir.Type{f32, i32, f32, i32})
	region := b.Build(Max(b, p[0], p[2]), Select(b, Gt(b, p[2], p[0]), p[3], p[1]))
	out := apply(t, ScatterManyID, ScatterAttrs{UpdateWindowDims: []int{1}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: CombineRegion},
		[]*ir.Graph{region},
		tensor.Of[float32](1, 2, 3, 4), tensor.Of[int32](0, 0, 0, 0), tensor.Of[int32](0, 1, 3),
		tensor.Must(tensor.FromSlice([]float32{5, 1, 3, 7, 9, 9}, 3, 2)), tensor.Must(tensor.FromSlice([]int32{1, 2, 3, 4, 5, 6}, 3, 2)))
	assert.Equal(t, []float64{5, 3, 7, 4}, out[0].Float64s())
	assert.Equal(t, []int64{1, 3, 4, 0}, out[1].Int64s())
}

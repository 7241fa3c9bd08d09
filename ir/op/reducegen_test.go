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

func TestReduceRunsInRowMajorOrder(t *testing.T) {
	// acc <- 10 acc + x writes down the digits in the order of the fold; the second accumulator counts.
	one := ir.T(dtype.Int64)
	digits := region([]ir.Type{one, indexType, one, ir.T(dtype.Float32)}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		ten := b.Const(tensor.Scalar[int64](10))
		return []*ir.Value{Add(b, Mul(b, p[0], ten), p[2]), Add(b, p[1], b.Const(tensor.Scalar[int32](1)))}
	})
	x := tensor.Must(tensor.FromSlice([]int64{1, 2, 3, 4, 5, 6}, 1, 2, 3))
	other := tensor.Must(tensor.New(dtype.Float32, 1, 2, 3))
	for _, c := range []struct {
		axes  []int
		want  []int64
		shape []int
	}{
		{[]int{0, 1, 2}, []int64{7123456}, []int{}},
		{[]int{1}, []int64{714, 725, 736}, []int{1, 3}},
		{[]int{2}, []int64{7123, 7456}, []int{1, 2}},
		{nil, []int64{71, 72, 73, 74, 75, 76}, []int{1, 2, 3}},
	} {
		out := apply(t, ReduceID, ReduceAttrs{Axes: c.axes}, []*ir.Graph{digits}, x, other, tensor.Scalar[int64](7), tensor.Scalar[int32](100))
		assert.Equal(t, c.want, tensor.Flat[int64](out[0]))
		assert.Equal(t, c.shape, out[0].Shape())
		assert.Equal(t, int32(100+6/len(c.want)), tensor.Flat[int32](out[1])[0])
	}
	empty := tensor.Must(tensor.New(dtype.Int64, 2, 0))
	out := apply(t, ReduceID, ReduceAttrs{Axes: []int{1}}, []*ir.Graph{digits}, empty, tensor.Must(tensor.New(dtype.Float32, 2, 0)), tensor.Scalar[int64](7), tensor.Scalar[int32](1))
	assert.Equal(t, []int64{7, 7}, tensor.Flat[int64](out[0]))
}

// spread lays out an array with its dilation and padding: values, and which places hold one.
func spread(x *tensor.Tensor, a ReduceWindowAttrs) (shape []int, values map[string]any) {
	values = map[string]any{}
	for d, n := range x.Shape() {
		shape = append(shape, a.PadLow[d]+a.PadHigh[d])
		if n > 0 {
			shape[d] += (n-1)*a.BaseDilation[d] + 1
		}
	}
	for flat, i := range tensor.Indices(x.Shape()) {
		at := make([]int, len(i))
		for d := range i {
			at[d] = a.PadLow[d] + i[d]*a.BaseDilation[d]
		}
		values[tensor.ShapeString(at)] = x.Get(flat)
	}
	return shape, values
}

func TestReduceWindowAgainstASpreadArray(t *testing.T) {
	folded, empty := 0, 0
	for _, dt := range []dtype.DType{dtype.Bool, dtype.Int8, dtype.Uint64, dtype.Float16, dtype.Float32, dtype.Complex64} {
		for seed := range uint64(300) {
			s := reduceWindowSample(seeded(seed), dt, int(seed%6))
			a := s.Attrs.(ReduceWindowAttrs)
			if len(s.Inputs) != 2 {
				continue
			}
			out := apply(t, ReduceWindowID, a, s.Regions, s.Inputs...)[0]
			shape, values := spread(s.Inputs[0], a)
			for d, n := range out.Shape() {
				last := (n-1)*a.Strides[d] + (a.Window[d]-1)*a.WindowDilation[d]
				assert.True(t, n == 0 || last < shape[d], "the last window fits")
				assert.GreaterOrEqual(t, n*a.Strides[d]+(a.Window[d]-1)*a.WindowDilation[d], shape[d], "another would not")
			}
			for flat, w := range tensor.Indices(out.Shape()) {
				acc := tensor.Must(tensor.New(dt))
				acc.Set(0, s.Inputs[1].Item())
				for _, k := range tensor.Indices(a.Window) {
					at := make([]int, len(k))
					for d := range k {
						at[d] = w[d]*a.Strides[d] + k[d]*a.WindowDilation[d]
					}
					if v, ok := values[tensor.ShapeString(at)]; ok {
						acc.Set(0, naiveCombine(a.Combine, acc.Item(), v))
						folded++
					} else {
						empty++
					}
				}
				require.Equal(t, acc.Item(), out.Get(flat), "seed %d %s %+v", seed, dt, a)
			}
		}
	}
	assert.Greater(t, folded, 500)
	assert.Greater(t, empty, 500)
}

func TestReduceWindowOfSeveralOperands(t *testing.T) {
	// The position of the largest element of each window: (value, index) pairs.
	one := ir.T(dtype.Float32)
	later := region([]ir.Type{one, indexType, one, indexType}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		larger := Compare(b, "gt", p[2], p[0])
		return []*ir.Value{Select(b, larger, p[2], p[0]), Select(b, larger, p[3], p[1])}
	})
	b := ir.NewBuilder("test")
	in := []*tensor.Tensor{f32s(3, 1, 4, 1, 5, 9, 2), tensor.Of[int32](0, 1, 2, 3, 4, 5, 6), tensor.Scalar(float32(-1)), tensor.Scalar[int32](-1)}
	p := b.Params(typesOf(in))
	out := ReduceWindowRegion(b, p[:2], p[2:], ReduceWindowAttrs{Window: []int{3}, Strides: []int{2}, PadLow: []int{1}}, later)
	got, err := newEval(nil).Run(b.Build(out...), in)
	require.NoError(t, err)
	assert.Equal(t, []float32{3, 4, 9}, tensor.Flat[float32](got[0]))
	assert.Equal(t, []int32{0, 2, 5}, tensor.Flat[int32](got[1]))
}

func TestReduceWindowDefaults(t *testing.T) {
	b := ir.NewBuilder("test")
	in := []*tensor.Tensor{filled(dtype.Float32, []float64{1, 2, 3, 4, 5, 6}, 2, 3), tensor.Scalar[float32](0)}
	p := b.Params(typesOf(in))
	got, err := newEval(nil).Run(b.Build(ReduceWindow(b, p[0], p[1], ReduceWindowAttrs{Window: []int{2, 2}, Combine: CombineAdd})), in)
	require.NoError(t, err)
	assert.Equal(t, []float32{12, 16}, tensor.Flat[float32](got[0]))
}

func TestReduceErrors(t *testing.T) {
	x, one := ir.T(dtype.Float32, 4, 5), f32Scalar
	sum := binaryRegion(AddID, one)
	reduceError := func(in, inits []ir.Type, axes []int, g *ir.Graph) string {
		return buildError(t, func(b *ir.Builder) { Reduce(b, b.Params(in), b.Params(inits), axes, g) })
	}
	assert.Equal(t, "reduce: operands: got 0, want arrays and one initial value for each", reduceError(nil, nil, nil, sum))
	assert.Equal(t, "reduce: operands: got 1, want arrays and one initial value for each", reduceError([]ir.Type{x}, nil, nil, sum))
	assert.Equal(t, "reduce: init 0: got f32[4,5], want a scalar", reduceError([]ir.Type{x}, []ir.Type{x}, nil, sum))
	assert.Equal(t, "reduce: axes: got 2, want an axis from 0 to 1", reduceError([]ir.Type{x}, []ir.Type{one}, []int{2}, sum))
	assert.Equal(t, "reduce: region parameter 0: got f32[], want i32[]", reduceError([]ir.Type{x}, []ir.Type{indexType}, []int{1}, sum))
	assert.Equal(t, "reduce: operand 1: got f32[4], want the shape of operand 0, f32[4,5]",
		reduceError([]ir.Type{x, ir.T(dtype.Float32, 4)}, []ir.Type{one, one}, nil, sum))

	windowError := func(a ReduceWindowAttrs) string {
		return buildError(t, func(b *ir.Builder) { ReduceWindow(b, b.Param(x), b.Param(one), a) })
	}
	good := ReduceWindowAttrs{Window: []int{1, 1}, Combine: CombineAdd}
	with := func(f func(a *ReduceWindowAttrs)) ReduceWindowAttrs { a := good; f(&a); return a }
	assert.Equal(t, "reduce_window: window: got [1], want 2 numbers", windowError(with(func(a *ReduceWindowAttrs) { a.Window = []int{1} })))
	assert.Equal(t, "reduce_window: strides: got [0 1], want numbers from 1 on", windowError(with(func(a *ReduceWindowAttrs) { a.Strides = []int{0, 1} })))
	assert.Equal(t, "reduce_window: pad_high: got [1], want 2 numbers", windowError(with(func(a *ReduceWindowAttrs) { a.PadHigh = []int{1} })))
	assert.Equal(t, `reduce_window: combine: got "set", want one of ["add" "mul" "min" "max" "region"]`,
		windowError(with(func(a *ReduceWindowAttrs) { a.Combine = CombineSet })))
	assert.Equal(t, `reduce_window: regions: got 0, want 1 with combine "region"`, windowError(with(func(a *ReduceWindowAttrs) { a.Combine = CombineRegion })))
}

func TestWindowsThatDoNotFit(t *testing.T) {
	for _, c := range []struct{ n, window, low, high, want int }{{2, 3, 0, 0, 0}, {2, 3, 1, 0, 1}, {0, 1, 0, 0, 0}, {0, 1, 1, 1, 2}, {5, 2, -2, -1, 1}, {5, 1, -3, -3, 0}} {
		b := ir.NewBuilder("test")
		v := ReduceWindow(b, b.Param(ir.T(dtype.Float32, c.n)), b.Param(f32Scalar),
			ReduceWindowAttrs{Window: []int{c.window}, PadLow: []int{c.low}, PadHigh: []int{c.high}, Combine: CombineMax})
		assert.Equal(t, []int{c.want}, slices.Clone(v.Type.Shape), "%+v", c)
	}
}

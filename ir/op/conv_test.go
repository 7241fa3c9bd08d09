package op

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// naiveConv goes from each pair of input and kernel elements to the output element that they contribute to, if any.
func naiveConv(a ConvAttrs, input, kernel *tensor.Tensor, shape []int) []complex128 {
	out := make([]complex128, ir.T(0, shape...).Size())
	xs, ks := input.Complex128s(), kernel.Complex128s()
	features, outFeatures := kernel.Dim(a.KernelInput), kernel.Dim(a.KernelOutput)
	for xf, x := range tensor.Indices(input.Shape()) {
		for kf, k := range tensor.Indices(kernel.Shape()) {
			o := make([]int, len(shape))
			o[a.OutputFeature] = k[a.KernelOutput]
			group := x[a.InputFeature] / features
			if x[a.InputFeature]%features != k[a.KernelInput] || o[a.OutputFeature]/(outFeatures/a.FeatureGroups) != group {
				continue
			}
			perGroup := input.Dim(a.InputBatch) / a.BatchGroups
			o[a.OutputBatch] = x[a.InputBatch] % perGroup
			if x[a.InputBatch]/perGroup != o[a.OutputFeature]/(outFeatures/a.BatchGroups) {
				continue
			}
			fits := true
			for i := range a.InputSpatial {
				place := k[a.KernelSpatial[i]]
				if a.Reversal[i] {
					place = kernel.Dim(a.KernelSpatial[i]) - 1 - place
				}
				at := a.PadLow[i] + x[a.InputSpatial[i]]*a.InputDilation[i] - place*a.KernelDilation[i]
				o[a.OutputSpatial[i]] = at / a.Strides[i]
				fits = fits && at >= 0 && at%a.Strides[i] == 0 && o[a.OutputSpatial[i]] < shape[a.OutputSpatial[i]]
			}
			if fits {
				out[tensor.Offset(o, tensor.Strides(shape))] += xs[xf] * ks[kf]
			}
		}
	}
	return out
}

func TestConvAgainstPairs(t *testing.T) {
	nonzero := 0
	for _, dt := range []dtype.DType{dtype.Int8, dtype.Uint32, dtype.Int64, dtype.Float16, dtype.BFloat16, dtype.Float32, dtype.Float64, dtype.Complex64, dtype.Complex128} {
		for seed := range uint64(250) {
			s := convSample(seeded(seed), dt, int(seed%6))
			x, k := integral(s.Inputs[0]), integral(s.Inputs[1])
			out := apply1(t, ConvID, s.Attrs, x, k)
			wide := tensor.Must(tensor.FromSlice(naiveConv(s.Attrs.(ConvAttrs), x, k, out.Shape()), out.Shape()...))
			if dt.IsInt() {
				wide = wide.AsType(dtype.Int64) // from there on it wraps
			}
			require.True(t, wide.AsType(dt).Equal(out), "seed %d %s %+v\nwant %v\ngot %v", seed, dt, s.Attrs, wide, out)
			for _, v := range out.Complex128s() {
				if v != 0 {
					nonzero++
				}
			}
		}
	}
	assert.Greater(t, nonzero, 2000)
}

// nhwc are the dimension numbers of images with channels last.
var nhwc = ConvAttrs{InputFeature: 3, InputSpatial: []int{1, 2}, KernelInput: 2, KernelOutput: 3, KernelSpatial: []int{0, 1}, OutputFeature: 3, OutputSpatial: []int{1, 2}}

func TestConvOrder(t *testing.T) {
	// One window with places (0,0), (0,1) and two features each: places first, features within, one fused step each.
	b := ir.NewBuilder("test")
	x, k := b.Param(ir.T(dtype.Float32, 1, 1, 2, 2)), b.Param(ir.T(dtype.Float32, 1, 2, 2, 1))
	g := b.Build(Conv(b, x, k, nhwc))
	run := func(values ...float64) any {
		out, err := newEval(nil).Run(g, []*tensor.Tensor{filled(dtype.Float32, values, 1, 1, 2, 2), filled(dtype.Float32, []float64{1, 1, 1, 1}, 1, 2, 2, 1)})
		require.NoError(t, err)
		return out[0].Item()
	}
	assert.Equal(t, float32(1), run(1e8, -1e8, 1, 0))
	assert.Equal(t, float32(0), run(1e8, 1, -1e8, 0), "1e8 + 1 - 1e8")
	assert.Equal(t, float32(1), run(1e8, 0, -1e8, 1))
}

func TestConvPaddingHoldsNothing(t *testing.T) {
	b := ir.NewBuilder("test")
	x, k := b.Param(ir.T(dtype.Float32, 1, 1, 1)), b.Param(ir.T(dtype.Float32, 3, 1, 1))
	attrs := ConvAttrs{InputFeature: 2, InputSpatial: []int{1}, KernelInput: 1, KernelOutput: 2, KernelSpatial: []int{0}, OutputFeature: 2, OutputSpatial: []int{1},
		PadLow: []int{1}, PadHigh: []int{1}}
	inf := math.Inf(1)
	out, err := newEval(nil).Run(b.Build(Conv(b, x, k, attrs)), []*tensor.Tensor{filled(dtype.Float32, []float64{2}, 1, 1, 1), filled(dtype.Float32, []float64{inf, 3, inf}, 3, 1, 1)})
	require.NoError(t, err)
	assert.Equal(t, float32(6), out[0].Item(), "inf times padding is no term")
}

func TestConvErrors(t *testing.T) {
	x, k := ir.T(dtype.Float32, 2, 8, 8, 4), ir.T(dtype.Float32, 3, 3, 4, 6)
	with := func(f func(a *ConvAttrs)) ConvAttrs { a := nhwc; f(&a); return a }
	for _, c := range []struct {
		x, k  ir.Type
		attrs ConvAttrs
		want  string
	}{
		{x, k.WithDType(dtype.Float64), nhwc, "kernel: got f64[3,3,4,6], want elements of type f32 as in the input"},
		{x.WithDType(dtype.Bool), k, nhwc, "operand 0: got i1[2,8,8,4], want an integer, float or complex element type"},
		{x, ir.T(dtype.Float32, 3, 3), nhwc, "kernel: got f32[3,3], want rank 4 as the input f32[2,8,8,4]"},
		{x, k, with(func(a *ConvAttrs) { a.InputFeature = 1 }), "input dimensions: got [0 1 1 2], want each dimension once"},
		{x, k, with(func(a *ConvAttrs) { a.OutputSpatial = []int{1} }), "output dimensions: got [0 3 1], want the 4 dimensions of f32[2,8,8,4]"},
		{x, ir.T(dtype.Float32, 3, 3, 3, 6), nhwc, "kernel: got 3 input features, want the 4 features of the input over 1 groups"},
		{x, k, with(func(a *ConvAttrs) { a.FeatureGroups = 3 }), "kernel: got 4 input features, want the 4 features of the input over 3 groups"},
		{x, ir.T(dtype.Float32, 3, 3, 1, 6), with(func(a *ConvAttrs) { a.FeatureGroups = 4 }), "kernel: got 6 output features, want a multiple of the 4 groups"},
		{x, k, with(func(a *ConvAttrs) { a.BatchGroups = 3 }), "input: got batch of 2, want a multiple of the 3 groups"},
		{x, k, with(func(a *ConvAttrs) { a.BatchGroups, a.FeatureGroups = 2, 2 }), "groups: got 2 of features and 2 of batches, want 1 of the one or of the other"},
		{x, k, with(func(a *ConvAttrs) { a.Strides = []int{1, 0} }), "strides: got [1 0], want numbers from 1 on"},
		{x, k, with(func(a *ConvAttrs) { a.Reversal = []bool{true} }), "reversal: got [true], want 2 flags"},
	} {
		assert.Equal(t, "conv: "+c.want, buildError(t, func(b *ir.Builder) { Conv(b, b.Param(c.x), b.Param(c.k), c.attrs) }))
	}
}

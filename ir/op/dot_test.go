package op

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
)

// naiveDot multiplies with complex128 elements, indexing both operands by hand: exact for small integers.
func naiveDot(a DotAttrs, x, y *tensor.Tensor) []complex128 {
	freeX := otherDims(x.Rank(), a.LhsBatch, a.LhsContract)
	freeY := otherDims(y.Rank(), a.RhsBatch, a.RhsContract)
	outer := slices.Concat(pick(x.Shape(), a.LhsBatch), pick(x.Shape(), freeX), pick(y.Shape(), freeY))
	xs, ys := x.Complex128s(), y.Complex128s()
	var out []complex128
	for _, o := range tensor.Indices(outer) {
		var sum complex128
		for _, k := range tensor.Indices(pick(x.Shape(), a.LhsContract)) {
			xi, yi := make([]int, x.Rank()), make([]int, y.Rank())
			for i := range a.LhsBatch {
				xi[a.LhsBatch[i]], yi[a.RhsBatch[i]] = o[i], o[i]
			}
			for i := range a.LhsContract {
				xi[a.LhsContract[i]], yi[a.RhsContract[i]] = k[i], k[i]
			}
			for i, d := range freeX {
				xi[d] = o[len(a.LhsBatch)+i]
			}
			for i, d := range freeY {
				yi[d] = o[len(a.LhsBatch)+len(freeX)+i]
			}
			sum += xs[tensor.Offset(xi, tensor.Strides(x.Shape()))] * ys[tensor.Offset(yi, tensor.Strides(y.Shape()))]
		}
		out = append(out, sum)
	}
	return out
}

// integral makes the elements of a sample small whole numbers, so that sums of products are exact in every type.
func integral(t *tensor.Tensor) *tensor.Tensor {
	values := t.Complex128s()
	out := tensor.Must(tensor.New(t.DType(), t.Shape()...))
	for i, v := range values {
		values[i] = complex(math.Mod(math.Round(real(v)), 10), math.Mod(math.Round(imag(v)), 10))
	}
	out.StoreComplex128(0, values)
	return out
}

func TestDotAgainstIndexing(t *testing.T) {
	for _, dt := range dtype.Numeric.List() {
		for seed := range uint64(6) {
			for _, size := range []int{0, 1, 2, 3} {
				t.Run(fmt.Sprint(dt, seed, size), func(t *testing.T) {
					s := dotSample(seeded(seed), dt, size)
					x, y := integral(s.Inputs[0]), integral(s.Inputs[1])
					out := apply(t, DotID, s.Attrs, nil, x, y)[0]
					wide := tensor.Must(tensor.FromSlice(naiveDot(s.Attrs.(DotAttrs), x, y), out.Shape()...))
					if dt.IsInt() {
						wide = wide.AsType(dtype.Int64) // from there on it wraps, not saturates
					}
					assert.True(t, wide.AsType(dt).Equal(out))
				})
			}
		}
	}
}

func TestDotAccumulatesWithFMAInOrder(t *testing.T) {
	r := seeded(3)
	x, y := sampleTensor(r, dtype.Float32, 37), sampleTensor(r, dtype.Float32, 37)
	want := float32(0)
	for k := range 37 {
		// Each step exactly, then rounded once: big.Float with 24 bits rounds the exact product plus sum.
		p := new(big.Float).SetPrec(200).Mul(big.NewFloat(float64(tensor.Flat[float32](x)[k])), big.NewFloat(float64(tensor.Flat[float32](y)[k])))
		want, _ = new(big.Float).SetPrec(200).Add(p, big.NewFloat(float64(want))).Float32()
	}
	attrs := DotAttrs{LhsContract: []int{0}, RhsContract: []int{0}}
	assert.Equal(t, want, apply(t, DotID, attrs, nil, x, y)[0].Item())
	// 1 - 2^-24 squared minus 1 survives only in a fused step.
	e := float32(1) - 1.0/(1<<24)
	out := apply(t, DotID, attrs, nil, f32s(-1, e), f32s(1, e))[0]
	exact := float32(float64(e)*float64(e) - 1)
	assert.Equal(t, exact, out.Item())
	d := apply(t, DotID, attrs, nil, tensor.Of(-1, 1-1.0/(1<<53)), tensor.Of(1, 1-1.0/(1<<53)))[0]
	assert.Equal(t, math.FMA(1-1.0/(1<<53), 1-1.0/(1<<53), -1), d.Item())
}

func TestDotHalvesAccumulateInFloat32(t *testing.T) {
	// 2048 ones and halves: f16 alone would stick at 2048.
	for _, dt := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		n := 4096
		ones := tensor.Must(tensor.Full(dt, 1, n))
		out := apply(t, DotID, DotAttrs{LhsContract: []int{0}, RhsContract: []int{0}}, nil, ones, ones)[0]
		assert.Equal(t, float64(n), out.Float64s()[0], dt)
		assert.Equal(t, dt, out.DType())
	}
}

func TestDotIntegersWrap(t *testing.T) {
	attrs := DotAttrs{LhsContract: []int{0}, RhsContract: []int{0}}
	assert.Equal(t, int8(-128), apply(t, DotID, attrs, nil, tensor.Of[int8](64, 64), tensor.Of[int8](1, 1))[0].Item())
	assert.Equal(t, uint64(1), apply(t, DotID, attrs, nil, tensor.Of[uint64](math.MaxUint64), tensor.Of[uint64](math.MaxUint64))[0].Item())
}

func TestDotEmptyContractionIsZero(t *testing.T) {
	out := apply(t, DotID, DotAttrs{LhsContract: []int{1}, RhsContract: []int{0}}, nil,
		tensor.Must(tensor.New(dtype.Float32, 2, 0)), tensor.Must(tensor.New(dtype.Float32, 0, 3)))[0]
	assert.Equal(t, []int{2, 3}, out.Shape())
	assert.Equal(t, make([]float32, 6), tensor.Flat[float32](out))
}

func TestDotContractsInTheOrderOfTheList(t *testing.T) {
	// Dimensions listed as (1, 0) run column by column; the big terms cancel only in that order.
	x := filled(dtype.Float32, []float64{1e30, 1, -1e30, 1}, 2, 2)
	one := filled(dtype.Float32, []float64{1, 1, 1, 1}, 2, 2)
	rows := apply(t, DotID, DotAttrs{LhsContract: []int{0, 1}, RhsContract: []int{0, 1}}, nil, x, one)[0]
	cols := apply(t, DotID, DotAttrs{LhsContract: []int{1, 0}, RhsContract: []int{1, 0}}, nil, x, one)[0]
	assert.Equal(t, float32(1), rows.Item(), "1e30 + 1 - 1e30 + 1")
	assert.Equal(t, float32(2), cols.Item(), "1e30 - 1e30 + 1 + 1")
}

func TestMatMulShapes(t *testing.T) {
	for _, c := range []struct{ x, y, want []int }{
		{[]int{3}, []int{3}, []int{}},
		{[]int{2, 3}, []int{3}, []int{2}},
		{[]int{3}, []int{3, 4}, []int{4}},
		{[]int{2, 3}, []int{3, 4}, []int{2, 4}},
		{[]int{5, 2, 3}, []int{5, 3, 4}, []int{5, 2, 4}},
		{[]int{6, 5, 2, 3}, []int{6, 5, 3, 4}, []int{6, 5, 2, 4}},
	} {
		b := ir.NewBuilder("test")
		v := MatMul(b, b.Param(ir.T(dtype.Float32, c.x...)), b.Param(ir.T(dtype.Float32, c.y...)))
		assert.Equal(t, c.want, append([]int{}, v.Type.Shape...))
	}
	b := ir.NewBuilder("test")
	x, y := b.Param(ir.T(dtype.Float64, 2, 2)), b.Param(ir.T(dtype.Float64, 2, 2))
	out, err := newEval(nil).Run(b.Build(MatMul(b, x, y)), []*tensor.Tensor{
		filled(dtype.Float64, []float64{1, 2, 3, 4}, 2, 2), filled(dtype.Float64, []float64{5, 6, 7, 8}, 2, 2)})
	assert.NoError(t, err)
	assert.Equal(t, []float64{19, 22, 43, 50}, out[0].Float64s())
}

func TestDotErrors(t *testing.T) {
	m, n := ir.T(dtype.Float32, 2, 3), ir.T(dtype.Float32, 4, 5)
	for _, c := range []struct {
		lhs, rhs ir.Type
		attrs    DotAttrs
		want     string
	}{
		{m, n, DotAttrs{LhsContract: []int{1}, RhsContract: []int{0}},
			"dot: rhs: got f32[4,5] with extent 4 on dimension 0, want 3, the extent of lhs f32[2,3] on dimension 1 (transpose or slice one operand)"},
		{m, m.WithDType(dtype.Int32), DotAttrs{}, "dot: rhs: got i32[2,3], want elements of type f32 as in lhs"},
		{m.WithDType(dtype.Bool), m.WithDType(dtype.Bool), DotAttrs{}, "dot: lhs: got i1[2,3], want a numeric type"},
		{m, m, DotAttrs{LhsContract: []int{2}, RhsContract: []int{0}}, "dot: lhs_contract: got [2], want dimensions from 0 to 1"},
		{m, m, DotAttrs{LhsBatch: []int{0}, RhsBatch: []int{0}, LhsContract: []int{0}, RhsContract: []int{0}},
			"dot: lhs dimensions: got [0 0], want each dimension once"},
		{m, m, DotAttrs{LhsBatch: []int{0}}, "dot: rhs_batch: got [], want 1 dimensions as in lhs_batch"},
	} {
		assert.Equal(t, c.want, buildError(t, func(b *ir.Builder) { Dot(b, b.Param(c.lhs), b.Param(c.rhs), c.attrs) }))
	}
	assert.Equal(t, "matmul: operands: got (f32[2,3], f32[]), want vectors, matrices, or two stacks of matrices of equal rank",
		buildError(t, func(b *ir.Builder) { MatMul(b, b.Param(m), b.Param(f32Scalar)) }))
}

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

// denseOf expands a matrix to dense float64 rows; repeated places add up.
func denseOf(pre, post int, indptr, indices, weights *tensor.Tensor) [][]float64 {
	dense := make([][]float64, pre)
	p, w := indptr.Int64s(), weights.Float64s()
	for r := range dense {
		dense[r] = make([]float64, post)
		for k := p[r]; k < p[r+1]; k++ {
			dense[r][indices.Int64s()[k]] += w[int(k)%len(w)]
		}
	}
	return dense
}

// near compares with a tolerance of some units in the last place of dt, relative to the largest number in sight.
func near(t *testing.T, want []float64, got *tensor.Tensor, scale float64) {
	t.Helper()
	eps := map[dtype.DType]float64{dtype.Float16: 0x1p-11, dtype.BFloat16: 0x1p-8, dtype.Float32: 0x1p-24, dtype.Float64: 0x1p-53}[got.DType()]
	for i, w := range want {
		assert.InDelta(t, w, got.Float64s()[i], 8*eps*scale, "element %d of %s", i, got.DType())
	}
}

func TestSparseProductsAgainstDense(t *testing.T) {
	visited := 0
	for _, dt := range dtype.Floats.List() {
		for seed := range uint64(40) {
			r := seeded(seed)
			pre, post, indptr, indices, weights := csrSample(r, dt, int(seed%6))
			events, acc, x := sampleEvents(r, dt, pre), sampleTensor(r, dt, post), sampleTensor(r, dt, post)
			dense, e := denseOf(pre, post, indptr, indices, weights), events.Float64s()
			scale := 10 * float64(indices.Size()+1)

			want := acc.Float64s()
			for i := range pre {
				for j := range post {
					want[j] += e[i] * dense[i][j]
				}
			}
			near(t, want, apply(t, EventCSRID, nil, nil, acc, events, indptr, indices, weights)[0], scale)

			y := make([]float64, pre)
			for i := range pre {
				for j, v := range x.Float64s() {
					y[i] += v * dense[i][j]
				}
			}
			near(t, y, apply(t, CSRGatherID, nil, nil, x, indptr, indices, weights)[0], scale)

			outer := apply(t, CSROuterID, nil, nil, events, x, indptr, indices)[0]
			want = make([]float64, indices.Size())
			for i := range pre {
				for k := indptr.Int64s()[i]; k < indptr.Int64s()[i+1]; k++ {
					want[k] = e[i] * x.Float64s()[indices.Int64s()[k]]
					visited++
				}
			}
			near(t, want, outer, 10)
		}
	}
	assert.Greater(t, visited, 500)
}

func TestEventCSRRoundsProductThenSumInRowOrder(t *testing.T) {
	e := float32(1) + 1.0/(1<<12)
	indptr, indices := tensor.Of[int32](0, 3), tensor.Of[uint16](0, 0, 0)
	// e*e = 1 + 2^-11 + 2^-24 loses its last term when the product is rounded.
	out := apply(t, EventCSRID, nil, nil, f32s(-1), f32s(e), indptr, tensor.Of[uint16](0, 0, 0), f32s(e, 0, 0))[0]
	assert.Equal(t, float32(1.0/(1<<11)), out.Item())
	every := ProcAttrs{Pre: 1, Post: 1, Prob: 1, Weight: ProcConstant, SelfConnections: true}
	out = apply1(t, EventProcID, every, f32s(-1), f32s(e), tensor.Of[uint32](0, 0), tensor.Scalar(e))
	assert.Equal(t, float32(1.0/(1<<11)), out.Item())
	out = apply(t, EventCSRID, nil, nil, f32s(0), tensor.Of(true), indptr, indices, f32s(1e8, 1, -1e8))[0]
	assert.Equal(t, float32(0), out.Item(), "1e8 + 1 - 1e8 from left to right")
	out = apply(t, EventCSRID, nil, nil, f32s(0), tensor.Of(true), indptr, indices, f32s(1e8, -1e8, 1))[0]
	assert.Equal(t, float32(1), out.Item())
}

func TestEventCSRSkipsZerosAndKeepsNaN(t *testing.T) {
	nan := float32(math.NaN())
	indptr, indices := tensor.Of[int32](0, 1, 2), tensor.Of[int32](0, 1)
	weights := f32s(float32(math.Inf(1)), 1)
	out := apply(t, EventCSRID, nil, nil, f32s(5, 5), f32s(0, nan), indptr, indices, weights)[0]
	assert.True(t, f32s(5, nan).Equal(out), "0*inf is not formed")
	out = apply(t, EventCSRID, nil, nil, f32s(5, 5), f32s(float32(math.Copysign(0, -1)), 2), indptr, indices, weights)[0]
	assert.True(t, f32s(5, 7).Equal(out), "-0 is no event")
}

func TestCSRGatherAddsInLanes(t *testing.T) {
	n := 35
	r := seeded(9)
	x, w := sampleTensor(r, dtype.Float32, n), sampleTensor(r, dtype.Float32, n)
	columns := make([]uint32, n)
	var lane [16]float32
	for k := range n {
		columns[k] = uint32(n - 1 - k)
		lane[k%16] = dtype.FMA32(tensor.Flat[float32](w)[k], tensor.Flat[float32](x)[n-1-k], lane[k%16])
	}
	want := tensor.Must(tensor.FromSlice(lane[:], 16))
	out := apply(t, CSRGatherID, nil, nil, x, tensor.Of[int32](0, int32(n)), tensor.Of(columns...), w)[0]
	assert.Equal(t, apply1(t, ReduceSumID, ReduceAttrs{Axes: []int{0}}, want).Item(), out.Item())
}

func TestHalvesAccumulateInFloat32(t *testing.T) {
	n := 4096
	ones := tensor.Must(tensor.Full(dtype.Float16, 1, n))
	indptr := tensor.Must(tensor.New(dtype.Int32, n+1))
	for i := range n + 1 {
		indptr.Set(i, i)
	}
	zero := tensor.Must(tensor.New(dtype.Uint16, n))
	out := apply(t, EventCSRID, nil, nil, tensor.Must(tensor.New(dtype.Float16, 1)), ones, indptr, zero, tensor.Scalar(1.0).AsType(dtype.Float16))[0]
	assert.Equal(t, float64(n), out.Float64s()[0])
}

func TestSparseDataOutOfRange(t *testing.T) {
	acc, spikes := f32s(0, 0), tensor.Of(true, true)
	one := tensor.Scalar[float32](1)
	for _, c := range []struct {
		indptr, indices *tensor.Tensor
		want            string
	}{
		{tensor.Of[int32](0, 1, 2), tensor.Of[int32](0, 2), "indices: got 2 at position 1 (row 1), want 0 to 1"},
		{tensor.Of[int32](0, 1, 2), tensor.Of[int32](-1, 0), "indices: got -1 at position 0 (row 0), want 0 to 1"},
		{tensor.Of[int32](0, 1, 3), tensor.Of[int32](0, 0), "indptr: got 1 and 3 for row 1, want ascending numbers from 0 to 2"},
		{tensor.Of[int32](0, 2, 1), tensor.Of[int32](0, 0), "indptr: got 2 and 1 for row 1, want ascending numbers from 0 to 2"},
		{tensor.Of[int32](-1, 2, 2), tensor.Of[int32](0, 0), "indptr: got -1 and 2 for row 0, want ascending numbers from 0 to 2"},
	} {
		_, err := tryApply(EventCSRID, nil, nil, acc, spikes, c.indptr, c.indices, one)
		require.EqualError(t, err, c.want)
		_, err = tryApply(CSRGatherID, nil, nil, acc, c.indptr, c.indices, one)
		require.EqualError(t, err, c.want)
		_, err = tryApply(CSROuterID, nil, nil, spikes, acc, c.indptr, c.indices)
		require.EqualError(t, err, c.want)
	}
	_, err := tryApply(EventCSRID, nil, nil, acc, tensor.Of(true, false), tensor.Of[int32](0, 1, 2), tensor.Of[int32](0, 2), one)
	require.NoError(t, err, "rows without an event are not visited")
}

func TestSparseTypeErrors(t *testing.T) {
	f, e, p, c := ir.T(dtype.Float32, 4), ir.T(dtype.Bool, 3), ir.T(dtype.Int32, 4), ir.T(dtype.Uint16, 9)
	w := f32Scalar
	for _, k := range []struct {
		in   []ir.Type
		want string
	}{
		{[]ir.Type{ir.T(dtype.Int32, 4), e, p, c, w}, "acc: got i32[4], want a vector of floats"},
		{[]ir.Type{f, ir.T(dtype.Float64, 3), p, c, w}, "events: got f64[3], want a vector of i1 or f32"},
		{[]ir.Type{f, e, ir.T(dtype.Int32, 3), c, w}, "indptr: got i32[3], want i32[4], one more than events"},
		{[]ir.Type{f, e, ir.T(dtype.Int64, 4), c, w}, "indptr: got i64[4], want i32[pre+1]"},
		{[]ir.Type{f, e, p, ir.T(dtype.Int64, 9), w}, "indices: got i64[9], want a vector of ui16, i32 or ui32"},
		{[]ir.Type{f, e, p, c, ir.T(dtype.Float32, 8)}, "weights: got f32[8], want f32[] or f32[9]"},
	} {
		assert.Equal(t, "event_csr: "+k.want, typeError(t, EventCSRID, nil, k.in...))
	}
	assert.Equal(t, "csr_gather: indptr: got i32[0], want i32[pre+1]", typeError(t, CSRGatherID, nil, f, ir.T(dtype.Int32, 0), c, w))
	assert.Equal(t, "csr_outer: x: got f32[], want a vector of floats", typeError(t, CSROuterID, nil, e, w, p, c))
}

package op

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// line collects the flat positions of the elements that agree with index outside of axes, in row-major order, by looking at all.
func line(shape, axes, index []int) []int {
	var out []int
	for flat, candidate := range tensor.Indices(shape) {
		member := true
		for axis := range shape {
			member = member && (slices.Contains(axes, axis) || candidate[axis] == index[axis])
		}
		if member {
			out = append(out, flat)
		}
	}
	return out
}

// withAxes puts zeros at the folded axes into an index of the result.
func withAxes(rank int, axes, index []int) []int {
	full := make([]int, rank)
	for axis := range full {
		if !slices.Contains(axes, axis) {
			full[axis], index = index[0], index[1:]
		}
	}
	return full
}

// integerFolds are the operations on unbounded integers, from their neutral elements.
var integerFolds = map[ir.OpID]struct {
	neutral func(dt dtype.DType) *big.Int
	op      func(z, x, y *big.Int) *big.Int
}{
	ReduceSumID:  {zeroOf, (*big.Int).Add},
	ReduceProdID: {oneOf, (*big.Int).Mul},
	ReduceMaxID:  {leastOf, maxBig},
	ReduceMinID:  {mostOf, minBig},
	ReduceAndID:  {func(dtype.DType) *big.Int { return big.NewInt(-1) }, (*big.Int).And},
	ReduceOrID:   {zeroOf, (*big.Int).Or},
	ReduceXorID:  {zeroOf, (*big.Int).Xor},
	CumSumID:     {zeroOf, (*big.Int).Add},
	CumProdID:    {oneOf, (*big.Int).Mul},
	CumMaxID:     {leastOf, maxBig},
	CumMinID:     {mostOf, minBig},
}

func zeroOf(dtype.DType) *big.Int { return new(big.Int) }
func oneOf(dtype.DType) *big.Int  { return big.NewInt(1) }

func leastOf(dt dtype.DType) *big.Int {
	if dt.IsUnsigned() {
		return new(big.Int)
	}
	return new(big.Int).Neg(new(big.Int).Lsh(bigOne, uint(dt.Bits()-1)))
}

func mostOf(dt dtype.DType) *big.Int { return new(big.Int).Not(leastOf(dt)) } // wraps to the largest for both signs

func maxBig(z, x, y *big.Int) *big.Int {
	if x.Cmp(y) > 0 {
		return z.Set(x)
	}
	return z.Set(y)
}

func minBig(z, x, y *big.Int) *big.Int {
	if x.Cmp(y) < 0 {
		return z.Set(x)
	}
	return z.Set(y)
}

// foldIntegers folds elements of x at these positions, and wraps.
func foldIntegers(id ir.OpID, x *tensor.Tensor, positions []int) *big.Int {
	model, dt := integerFolds[id], x.DType()
	acc := newNumber(model.neutral(dt), dt).value
	for _, flat := range positions {
		acc = newNumber(model.op(new(big.Int), acc, toBig(x.Get(flat))), dt).value
	}
	return acc
}

func TestIntegerFolds(t *testing.T) {
	r := seeded(10)
	for id := range integerFolds {
		row := id.Row()
		for _, dt := range dtype.Ints.List() {
			for n := range 25 {
				s := row.Domain.Make(r, dt, n%5)
				x, out := s.Inputs[0], apply1(t, id, s.Attrs, s.Inputs...)
				for flat, index := range tensor.Indices(out.Shape()) {
					var positions []int
					if a, ok := s.Attrs.(ReduceAttrs); ok {
						positions = line(x.Shape(), a.Axes, withAxes(x.Rank(), a.Axes, index))
					} else {
						positions = upTo(s.Attrs.(CumAttrs), x.Shape(), index)
					}
					want := foldIntegers(id, x, positions)
					require.Zero(t, want.Cmp(toBig(out.Get(flat))), "%s %+v of %v at %v: got %v, want %s", id, s.Attrs, x, index, out.Get(flat), want)
				}
			}
		}
	}
}

// upTo lists the positions that a cumulative fold has seen at index, in its order.
func upTo(a CumAttrs, shape, index []int) []int {
	all := line(shape, []int{a.Axis}, index)
	if a.Reverse {
		all = all[index[a.Axis]:]
		slices.Reverse(all)
		return all
	}
	return all[:index[a.Axis]+1]
}

// laneSum32 is the sum of the numerical contract in native float32.
func laneSum32(v []float32) float32 {
	var l [16]float32
	for k, x := range v {
		l[k%16] += x
	}
	for j := range 8 {
		l[j] += l[j+8]
	}
	for j := range 4 {
		l[j] += l[j+4]
	}
	return (l[0] + l[2]) + (l[1] + l[3])
}

func TestFloatSumsFollowTheTree(t *testing.T) {
	r := seeded(11)
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float16, dtype.BFloat16} {
		for _, n := range []int{0, 1, 2, 15, 16, 17, 31, 33, 100, 1000} {
			x := RandomTensor(r, dt, -1, 1e3, n)
			v := map1(x.Float64s(), func(x float64) float32 { return float32(x) })
			want := tensor.Scalar(laneSum32(v)).AsType(dt)
			got := apply1(t, ReduceSumID, ReduceAttrs{Axes: []int{0}}, x)
			require.True(t, want.Equal(got), "%d of %s: got %v, want %v", n, dt, got, want)
		}
	}
	// The order shows: 1 + 2^24 - 2^24 is 0 in one lane, and 1 in two.
	big := float32(1 << 24)
	one := make([]float32, 33)
	one[0], one[16], one[32] = 1, big, -big
	two := []float32{1, big, -big}
	axes := ReduceAttrs{Axes: []int{0}}
	assert.Equal(t, float32(0), apply1(t, ReduceSumID, axes, tensor.Of(one...)).Item())
	assert.Equal(t, float32(1), apply1(t, ReduceSumID, axes, tensor.Of(two...)).Item(), "(1 + -2^24) is exact")
}

func TestFloat64AndComplexSums(t *testing.T) {
	r := seeded(12)
	for _, n := range []int{0, 1, 7, 40} {
		x := RandomTensor(r, dtype.Float64, 0, 0, n)
		var l [16]float64
		for k, v := range x.Float64s() {
			l[k%16] += v
		}
		for _, half := range []int{8, 4, 2, 1} {
			for j := range half {
				l[j] += l[j+half]
			}
		}
		assert.Equal(t, l[0], apply1(t, ReduceSumID, ReduceAttrs{Axes: []int{0}}, x).Item())

		for _, dt := range dtype.Complexes.List() {
			z := RandomTensor(r, dt, 0, 0, n)
			sum := func(id ir.OpID) *tensor.Tensor {
				return apply1(t, ReduceSumID, ReduceAttrs{Axes: []int{0}}, apply1(t, id, nil, z))
			}
			want := apply1(t, ComplexID, nil, sum(RealID), sum(ImagID))
			assert.True(t, want.Equal(apply1(t, ReduceSumID, ReduceAttrs{Axes: []int{0}}, z)), "%s", dt)
		}
	}
}

// Products are the same tree with multiplication: a product of powers of two and small odd numbers is exact in any order, and one
// that overflows in one lane but not in the other order shows the lanes.
func TestFloatProducts(t *testing.T) {
	axes := ReduceAttrs{Axes: []int{0}}
	for _, dt := range append(dtype.Floats.List(), dtype.Complexes.List()...) {
		x := tensor.Of(2, -3, 0.5, 4, 5, 0.25).AsType(dt)
		assert.Equal(t, complex(-15, 0), apply1(t, ReduceProdID, axes, x).Complex128s()[0], "%s", dt)
		assert.Equal(t, complex(1, 0), apply1(t, ReduceProdID, axes, tensor.Of[float64]().AsType(dt)).Complex128s()[0], "%s", dt)
	}
	v := make([]float32, 20)
	for i := range v {
		v[i] = 1
	}
	v[0], v[1], v[8], v[16] = 1e30, 1e-30, 1e-30, 1e30 // lane 0 overflows before lane 8 comes
	assert.Equal(t, float32(math.Inf(1)), apply1(t, ReduceProdID, axes, tensor.Of(v...)).Item())
	z := tensor.Of(1+1i, 2-1i, -3+0.5i)
	assert.Equal(t, -9.5-1.5i, apply1(t, ReduceProdID, axes, z).Item())
}

func TestFloatExtrema(t *testing.T) {
	inf, nan, minusZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, c := range []struct {
		v         []float64
		max, min  float64
		argmax    int64
		argmin    int64
		emptyAxis bool
	}{
		{v: []float64{3, -1, 3, -1, 2}, max: 3, min: -1, argmax: 0, argmin: 1},
		{v: []float64{-inf, -2}, max: -2, min: -inf, argmax: 1, argmin: 0},
		{v: []float64{1, nan, inf, nan, -inf}, max: nan, min: nan, argmax: 1, argmin: 1},
		{v: []float64{minusZero, 0, minusZero}, max: 0, min: minusZero, argmax: 0, argmin: 0},
		{v: []float64{minusZero}, max: minusZero, min: minusZero},
		{v: nil, max: -inf, min: inf, emptyAxis: true},
	} {
		for _, dt := range dtype.Floats.List() {
			x := tensor.Of(c.v...).AsType(dt)
			for id, want := range map[ir.OpID]float64{ReduceMaxID: c.max, ReduceMinID: c.min} {
				got := apply1(t, id, ReduceAttrs{Axes: []int{0}}, x).Float64s()[0]
				assert.True(t, same(want, got), "%s of %v: got %v", id, c.v, got)
			}
			if c.emptyAxis {
				continue
			}
			for id, want := range map[ir.OpID]int64{ArgMaxID: c.argmax, ArgMinID: c.argmin} {
				assert.Equal(t, want, apply1(t, id, ArgAttrs{DType: dtype.Int64}, x).Item(), "%s of %v", id, c.v)
			}
		}
	}
}

func TestCumulativeFloats(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	cum := func(id ir.OpID, reverse bool, v ...float64) []float64 {
		return apply1(t, id, CumAttrs{Reverse: reverse}, tensor.Of(v...)).Float64s()
	}
	assert.Equal(t, []float64{1, 3, 6}, cum(CumSumID, false, 1, 2, 3))
	assert.Equal(t, []float64{6, 5, 3}, cum(CumSumID, true, 1, 2, 3))
	assert.Equal(t, []float64{2, 6, 24}, cum(CumProdID, false, 2, 3, 4))
	assert.Equal(t, []float64{1, 1, 5, 5}, cum(CumMaxID, false, 1, -inf, 5, 2))
	assert.Equal(t, []float64{-inf, -inf, 2, 2}, cum(CumMinID, true, 1, -inf, 5, 2))
	after := cum(CumMaxID, false, 1, nan, inf)
	assert.True(t, after[0] == 1 && after[1] != after[1] && after[2] != after[2])
	assert.True(t, same(math.Copysign(0, -1), cum(CumSumID, false, math.Copysign(0, -1))[0]), "the first element is taken as it is")

	// 16-bit floats keep f32 inside: 2048 + 1 + 1 is 2050 although 2049 is no f16.
	half := apply1(t, CumSumID, CumAttrs{}, tensor.Of[float64](2048, 1, 1).AsType(dtype.Float16))
	assert.Equal(t, []float64{2048, 2048, 2050}, half.Float64s())

	r := seeded(13)
	x := RandomTensor(r, dtype.Float32, 0, 0, 50)
	sum, sums := float32(0), tensor.Flat[float32](apply1(t, CumSumID, CumAttrs{}, x))
	for i, v := range tensor.Flat[float32](x) {
		sum += v
		require.Equal(t, sum, sums[i])
	}
}

func TestBoolFolds(t *testing.T) {
	x := tensor.Must(tensor.FromSlice([]bool{false, false, true, false, true, true}, 3, 2))
	axes := ReduceAttrs{Axes: []int{1}}
	for id, want := range map[ir.OpID][]bool{
		ReduceAndID: {false, false, true}, ReduceMinID: {false, false, true},
		ReduceOrID: {false, true, true}, ReduceMaxID: {false, true, true},
		ReduceXorID: {false, true, false},
	} {
		assert.Equal(t, want, tensor.Flat[bool](apply1(t, id, axes, x)), id)
		none := apply1(t, id, axes, tensor.Must(tensor.New(dtype.Bool, 1, 0))).Get(0)
		assert.Equal(t, id == ReduceAndID || id == ReduceMinID, none, id)
	}
	assert.Equal(t, []int64{0, 1}, apply1(t, ArgMaxID, ArgAttrs{Axis: 0, DType: dtype.Int32}, tensor.Must(tensor.FromSlice(
		[]bool{true, false, true, true}, 2, 2))).Int64s())
}

func TestArgOfIntegers(t *testing.T) {
	r := seeded(14)
	for _, id := range []ir.OpID{ArgMaxID, ArgMinID} {
		for _, dt := range dtype.Ints.List() {
			for range 20 {
				s := sampleArg(r, dt, 5)
				axis := s.Attrs.(ArgAttrs).Axis
				x, out := s.Inputs[0], apply1(t, id, s.Attrs, s.Inputs...)
				for flat, index := range tensor.Indices(out.Shape()) {
					positions := line(x.Shape(), []int{axis}, withAxes(x.Rank(), []int{axis}, index))
					best := 0
					for k, p := range positions {
						c := toBig(x.Get(p)).Cmp(toBig(x.Get(positions[best])))
						if id == ArgMaxID && c > 0 || id == ArgMinID && c < 0 {
							best = k
						}
					}
					require.Equal(t, int64(best), out.Int64s()[flat], "%s of %v", id, x)
				}
			}
		}
	}
}

func TestFoldErrors(t *testing.T) {
	f := ir.T(dtype.Float32, 2, 300)
	assert.Equal(t, "reduce_sum: operand 0: got i1[2], want an integer, float or complex element type",
		typeError(t, ReduceSumID, ReduceAttrs{}, ir.T(dtype.Bool, 2)))
	assert.Equal(t, "reduce_and: operand 0: got f32[2,300], want an integer or bool element type", typeError(t, ReduceAndID, ReduceAttrs{}, f))
	assert.Equal(t, "reduce_max: axes: got -1, want an axis from 0 to 1", typeError(t, ReduceMaxID, ReduceAttrs{Axes: []int{-1}}, f))
	assert.Equal(t, "reduce_max: axes: got [1 0], want ascending axes without repetition",
		typeError(t, ReduceMaxID, ReduceAttrs{Axes: []int{1, 0}}, f))
	assert.Equal(t, "argmax: dtype: got f32, want an integer element type", typeError(t, ArgMaxID, ArgAttrs{Axis: 1, DType: dtype.Float32}, f))
	assert.Equal(t, "argmax: dtype: got i8, want an integer type that holds 299", typeError(t, ArgMaxID, ArgAttrs{Axis: 1, DType: dtype.Int8}, f))
	assert.Equal(t, "argmin: operand 0: got f32[2,0], want at least one element on axis 1",
		typeError(t, ArgMinID, ArgAttrs{Axis: 1, DType: dtype.Int32}, ir.T(dtype.Float32, 2, 0)))
	assert.Equal(t, "cumsum: axis: got 2, want an axis from 0 to 1", typeError(t, CumSumID, CumAttrs{Axis: 2}, f))

	b := ir.NewBuilder("test")
	x := b.Param(f)
	assert.Equal(t, []int{0, 1}, ReduceSum(b, x, 1, 0).Node.Attrs.(ReduceAttrs).Axes, "constructors sort axes")
	assert.Equal(t, "f32[2,300]", ReduceSum(b, x).Type.String(), "no axes fold nothing")
}

package op

import (
	"math"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ascendingFloats lists numbers of a float type in total order, from -NaN to NaN; they are distinct.
func ascendingFloats(dt dtype.DType) *tensor.Tensor {
	largest, normal, tiny := limits(dt)
	positive := []float64{0, tiny, normal - tiny, normal, 0.5, 1, 3, largest, math.Inf(1)}
	var values []float64
	for _, x := range slices.Backward(positive) {
		values = append(values, math.Copysign(x, -1))
	}
	values = slices.Concat([]float64{0}, values, positive, []float64{0})
	out := tensor.Must(tensor.New(dt, len(values)))
	out.StoreFloat64(0, values)
	// NaN with either sign, by the bits: all ones is a negative NaN, without the highest bit a positive one.
	storePattern(out, 0, math.MaxUint64)
	storePattern(out, len(values)-1, math.MaxUint64>>(65-dt.Bits()))
	return out
}

// outer repeats a vector along rows and along columns: all pairs of its elements.
func outer(t *testing.T, v *tensor.Tensor) (rows, columns *tensor.Tensor) {
	n := v.Size()
	rows = apply1(t, BroadcastID, BroadcastAttrs{Dims: []int{0}, Shape: []int{n, n}}, v)
	columns = apply1(t, BroadcastID, BroadcastAttrs{Dims: []int{1}, Shape: []int{n, n}}, v)
	return rows, columns
}

// wantByDirection are the six answers for a sign of the difference.
func wantByDirection(sign int) map[Dir]bool {
	return map[Dir]bool{DirEq: sign == 0, DirNe: sign != 0, DirLt: sign < 0, DirLe: sign <= 0, DirGt: sign > 0, DirGe: sign >= 0}
}

func TestTotalOrderOfFloats(t *testing.T) {
	for _, dt := range dtype.Floats.List() {
		v := ascendingFloats(dt)
		n := v.Size()
		x, y := outer(t, v)
		for _, dir := range directions {
			out := tensor.Flat[bool](apply1(t, CompareID, CompareAttrs{Dir: dir, Total: true}, x, y))
			for i, got := range out {
				require.Equal(t, wantByDirection(i/n - i%n)[dir], got, "%s %s %s of %s", x.Get(i), dir, y.Get(i), dt)
			}
		}
	}
}

func TestPartialOrderOfFloats(t *testing.T) {
	for _, dt := range dtype.Floats.List() {
		x, y := outer(t, ascendingFloats(dt))
		xs, ys := x.Float64s(), y.Float64s()
		for dir, holds := range map[Dir]func(a, b float64) bool{
			DirEq: func(a, b float64) bool { return a == b }, DirNe: func(a, b float64) bool { return a != b },
			DirLt: func(a, b float64) bool { return a < b }, DirLe: func(a, b float64) bool { return a <= b },
			DirGt: func(a, b float64) bool { return a > b }, DirGe: func(a, b float64) bool { return a >= b },
		} {
			out := tensor.Flat[bool](apply1(t, CompareID, CompareAttrs{Dir: dir}, x, y))
			for i, got := range out {
				require.Equal(t, holds(xs[i], ys[i]), got, "%v %s %v of %s", xs[i], dir, ys[i], dt)
			}
		}
	}
}

func TestOrderOfIntegersAndBools(t *testing.T) {
	for _, dt := range dtype.Ints.List() {
		v := tensor.Must(tensor.New(dt, 5))
		ascending := []uint64{0, 1, 2, 1<<(dt.Bits()-1) - 1, 1 << (dt.Bits() - 1)}
		if dt.IsSigned() {
			ascending = []uint64{1 << (dt.Bits() - 1), math.MaxUint64, 0, 1, 1<<(dt.Bits()-1) - 1}
		}
		v.StoreUint64(0, ascending)
		checkAscending(t, v)
	}
	checkAscending(t, tensor.Of(false, true))
}

func checkAscending(t *testing.T, v *tensor.Tensor) {
	t.Helper()
	x, y := outer(t, v)
	n := v.Size()
	for _, dir := range directions {
		for i, got := range tensor.Flat[bool](apply1(t, CompareID, CompareAttrs{Dir: dir}, x, y)) {
			require.Equal(t, wantByDirection(i/n - i%n)[dir], got, "%v %s %v of %s", x.Get(i), dir, y.Get(i), v.DType())
		}
	}
}

func TestEqualityOfComplexNumbers(t *testing.T) {
	nan := complex(math.NaN(), 0)
	x := tensor.Of(1+2i, 1+2i, 1+2i, complex(0, math.Copysign(0, -1)), nan)
	y := tensor.Of(1+2i, 1-2i, 3+2i, 0, nan)
	want := []bool{true, false, false, true, false}
	for _, dt := range dtype.Complexes.List() {
		a, b := x.AsType(dt), y.AsType(dt)
		assert.Equal(t, want, tensor.Flat[bool](apply1(t, CompareID, CompareAttrs{Dir: DirEq}, a, b)))
		ne := map1(want, func(v bool) bool { return !v })
		assert.Equal(t, ne, tensor.Flat[bool](apply1(t, CompareID, CompareAttrs{Dir: DirNe}, a, b)))
	}
}

func TestSelect(t *testing.T) {
	r := seeded(6)
	for _, dt := range dtype.All() {
		s := sampleSelect(r, dt, 4)
		out := apply1(t, SelectID, nil, s.Inputs...)
		for i := range out.Size() {
			want := s.Inputs[2].Get(i)
			if s.Inputs[0].Get(i).(bool) {
				want = s.Inputs[1].Get(i)
			}
			require.Equal(t, want, out.Get(i))
		}
	}
}

func TestCompareErrors(t *testing.T) {
	f, c, i := ir.T(dtype.Float32, 2), ir.T(dtype.Complex64), ir.T(dtype.Int32)
	assert.Equal(t, `compare: dir: got around, want eq, ne, lt, le, gt or ge`, typeError(t, CompareID, CompareAttrs{Dir: "around"}, f, f))
	assert.Equal(t, `compare: dir: got lt, want eq or ne for complex numbers, which have no order`,
		typeError(t, CompareID, CompareAttrs{Dir: DirLt}, c, c))
	assert.Equal(t, `compare: total: got true with i32[], want floats`, typeError(t, CompareID, CompareAttrs{Dir: DirLt, Total: true}, i, i))
	assert.Equal(t, `compare: operand 1: got i32[], want f32[2] as operand 0 (primitives neither convert nor broadcast)`,
		typeError(t, CompareID, CompareAttrs{Dir: DirEq}, f, i))
	assert.Equal(t, `select: operand 0: got i32[], want i1[2]`, typeError(t, SelectID, nil, i, f, f))
	assert.Equal(t, `select: operand 2: got i32[], want f32[2]`, typeError(t, SelectID, nil, i, f, i))
}

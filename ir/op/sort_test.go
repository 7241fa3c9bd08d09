package op

import (
	"math"
	"sort"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSortPutsFloatsInTotalOrder(t *testing.T) {
	r := seeded(15)
	for _, dt := range dtype.Floats.List() {
		want := ascendingFloats(dt)
		n := want.Size()
		shuffled := tensor.Must(tensor.New(dt, n))
		for i, from := range r.Perm(n) {
			copyElement(shuffled, i, want, from)
		}
		for _, descending := range []bool{false, true} {
			got := apply1(t, SortID, SortAttrs{Keys: 1, Descending: []bool{descending}}, shuffled)
			if descending {
				got = apply1(t, ReverseID, ReverseAttrs{Dims: []int{0}}, got)
			}
			assert.Equal(t, want.Bytes(), got.Bytes(), "%s, descending %v: got %v", dt, descending, got)
		}
	}
}

func TestSortIsLexicographicAndStable(t *testing.T) {
	first := tensor.Of[int32](2, 1, 2, 1, 2)
	second := tensor.Of(false, true, true, true, false)
	payload := tensor.Of(10.0, 11, 12, 13, 14)
	out := apply(t, SortID, SortAttrs{Keys: 2, Descending: []bool{false, true}, Stable: true}, nil, first, second, payload)
	assert.Equal(t, []int64{1, 1, 2, 2, 2}, out[0].Int64s())
	assert.Equal(t, []bool{true, true, true, false, false}, tensor.Flat[bool](out[1]))
	assert.Equal(t, []float64{11, 13, 12, 10, 14}, out[2].Float64s())

	down := apply(t, SortID, SortAttrs{Keys: 1, Descending: []bool{true}, Stable: true}, nil, first, payload)
	assert.Equal(t, []float64{10, 12, 14, 11, 13}, down[1].Float64s(), "stable when descending, too")
}

// Along any dimension, lines are sorted on their own and keep their elements; operands move together.
func TestSortLines(t *testing.T) {
	r := seeded(16)
	for _, dt := range ordered.List() {
		for n := range 20 {
			s := sampleSort(r, dt, n%6)
			a, key := s.Attrs.(SortAttrs), s.Inputs[0]
			iota := apply1(t, IotaID, IotaAttrs{DType: dtype.Int32, Shape: key.Shape(), Dim: a.Dim})
			out := apply(t, SortID, a, nil, append(s.Inputs, iota)...)
			from := out[len(out)-1]
			for flat, index := range tensor.Indices(key.Shape()) {
				positions := line(key.Shape(), []int{a.Dim}, index)
				at := int(from.Get(flat).(int32))
				for k, x := range s.Inputs {
					require.Equal(t, x.Get(positions[at]), out[k].Get(flat), "operand %d moved apart", k)
				}
				var froms []int
				for _, p := range positions {
					froms = append(froms, int(from.Get(p).(int32)))
				}
				sort.Ints(froms)
				for k, f := range froms {
					require.Equal(t, k, f, "an element was lost")
				}
				if i := index[a.Dim]; i > 0 {
					dir := DirLe
					if a.Descending[0] {
						dir = DirGe
					}
					before := tensor.Must(tensor.New(dt, 1))
					after := tensor.Must(tensor.New(dt, 1))
					copyElement(before, 0, out[0], positions[i-1])
					copyElement(after, 0, out[0], flat)
					require.Equal(t, true, apply1(t, CompareID, CompareAttrs{Dir: dir, Total: dt.IsFloat()}, before, after).Get(0))
				}
			}
		}
	}
}

func TestSortErrors(t *testing.T) {
	f, c := ir.T(dtype.Float32, 3), ir.T(dtype.Complex64, 3)
	up := []bool{false}
	assert.Equal(t, "sort: operands: got none, want at least one key", typeError(t, SortID, SortAttrs{Keys: 1, Descending: up}))
	assert.Equal(t, "sort: keys: got 2, want 1 to 1, the number of operands", typeError(t, SortID, SortAttrs{Keys: 2, Descending: up}, f))
	assert.Equal(t, "sort: descending: got 0 entries, want 1, one for each key", typeError(t, SortID, SortAttrs{Keys: 1}, f))
	assert.Equal(t, "sort: dim: got 1, want an axis from 0 to 0", typeError(t, SortID, SortAttrs{Dim: 1, Keys: 1, Descending: up}, f))
	assert.Equal(t, "sort: operand 0: got complex<f32>[3], want an integer, float or bool element type",
		typeError(t, SortID, SortAttrs{Keys: 1, Descending: up}, c))
	assert.Equal(t, "sort: operand 1: got f32[2], want the shape of operand 0, f32[3]",
		typeError(t, SortID, SortAttrs{Keys: 1, Descending: up}, f, ir.T(dtype.Float32, 2)))
	b := ir.NewBuilder("test")
	out := Sort(b, 0, 1, nil, true, b.Param(f), b.Param(c))
	assert.Equal(t, []bool{false}, out[0].Node.Attrs.(SortAttrs).Descending)
}

func TestPackBits(t *testing.T) {
	bits := make([]bool, 2*70)
	for _, i := range []int{0, 31, 32, 69, 70 + 1, 70 + 64} {
		bits[i] = true
	}
	out := apply1(t, PackBitsID, nil, tensor.Must(tensor.FromSlice(bits, 2, 70)))
	assert.Equal(t, []int{2, 3}, out.Shape())
	assert.Equal(t, []uint32{1 | 1<<31, 1, 1 << 5, 2, 0, 1}, tensor.Flat[uint32](out))
	assert.Equal(t, []int{3, 0}, apply1(t, PackBitsID, nil, tensor.Must(tensor.New(dtype.Bool, 3, 0))).Shape())
	assert.Equal(t, "pack_bits: operand 0: got ui8[3], want a bool element type", typeError(t, PackBitsID, nil, ir.T(dtype.Uint8, 3)))
	assert.Equal(t, "pack_bits: operand 0: got i1[], want at least one axis", typeError(t, PackBitsID, nil, ir.T(dtype.Bool)))
}

func TestIota(t *testing.T) {
	for _, dt := range dtype.Numeric.List() {
		out := apply1(t, IotaID, IotaAttrs{DType: dt, Shape: []int{2, 3, 2}, Dim: 1})
		for flat, index := range tensor.Indices(out.Shape()) {
			require.Equal(t, complex(float64(index[1]), 0), out.Complex128s()[flat])
		}
	}
	wrapped := apply1(t, IotaID, IotaAttrs{DType: dtype.Int8, Shape: []int{200}})
	assert.Equal(t, int8(-128), wrapped.Get(128))
	assert.Equal(t, "iota: dtype: got i1, want an integer, float or complex element type",
		typeError(t, IotaID, IotaAttrs{DType: dtype.Bool, Shape: []int{2}}))
	assert.Equal(t, "iota: dim: got 0, want an array with at least one axis", typeError(t, IotaID, IotaAttrs{DType: dtype.Int8}))
	assert.Equal(t, "iota: shape: got [-1], want extents of at least 0 whose product is an int",
		typeError(t, IotaID, IotaAttrs{DType: dtype.Int8, Shape: []int{-1}}))
	assert.Equal(t, "const: value: got nil, want a tensor", typeError(t, ConstID, ir.ConstAttrs{}))
}

// Known answers of the Random123 distribution (kat_vectors, threefry2x32 20): counter, key, result.
func TestThreefryKnownAnswers(t *testing.T) {
	ones := uint32(math.MaxUint32)
	for _, v := range [][6]uint32{
		{0, 0, 0, 0, 0x6b200159, 0x99ba4efe},
		{ones, ones, ones, ones, 0x1cb996fc, 0xbb002be7},
		{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0},
	} {
		out := apply(t, Threefry2x32ID, nil, nil, tensor.Of(v[2]), tensor.Of(v[3]), tensor.Of(v[0]), tensor.Of(v[1]))
		assert.Equal(t, v[4], out[0].Get(0))
		assert.Equal(t, v[5], out[1].Get(0))
	}
}

// jax.random.bits(jax.random.key(seed), shape), JAX 0.10.2: in the partitionable layout element i is the exclusive or of both result words of
// counter (0, i) under the key (0, seed); and jax.random.split(jax.random.key(0), 3): key i is both words of counter (0, i).
func TestThreefryGivesTheBitsOfJAX(t *testing.T) {
	words := func(seed uint32, n int) (x0, x1 *tensor.Tensor) {
		zeros := tensor.Must(tensor.New(dtype.Uint32, n))
		key := tensor.Must(tensor.Full(dtype.Uint32, seed, n))
		counter := apply1(t, IotaID, IotaAttrs{DType: dtype.Uint32, Shape: []int{n}})
		out := apply(t, Threefry2x32ID, nil, nil, zeros, key, zeros, counter)
		return out[0], out[1]
	}
	bits := func(seed uint32, n int) []uint32 {
		x0, x1 := words(seed, n)
		return tensor.Flat[uint32](apply1(t, XorID, nil, x0, x1))
	}
	assert.Equal(t, []uint32{0xf29a4fa7, 0xfa843692, 0x55110e28, 0x77faa835, 0x91e43bb7, 0x2a5e6943, 0x4f68ea7d, 0xb081ccfe}, bits(0, 8))
	assert.Equal(t, []uint32{0x7d1c13a2, 0xae0730d9, 0x9dc3f9f9, 0x8f9ec1d7, 0x735d7315, 0x95fb4ed8}, bits(42, 6))
	x0, x1 := words(0, 3)
	assert.Equal(t, []uint32{0x6b200159, 0x375f238f, 0xf71f4ea9}, tensor.Flat[uint32](x0))
	assert.Equal(t, []uint32{0x99ba4efe, 0xcddb151d, 0xa20e4081}, tensor.Flat[uint32](x1))
}

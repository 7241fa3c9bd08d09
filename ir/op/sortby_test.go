package op

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lexicographic builds x0 < y0 || x0 == y0 && x1 < y1 as JAX writes it, with zeros of one sign and the first key turned around.
func lexicographic(first, second dtype.DType, selects bool) *ir.Graph {
	b := ir.NewBuilder("before")
	p := b.Params([]ir.Type{ir.T(first), ir.T(first), ir.T(second), ir.T(second)})
	key := func(v *ir.Value) *ir.Value {
		zero := Scalar(b, v.Type.DType, 0)
		return Select(b, Eq(b, v, zero), zero, v)
	}
	less := func(x, y *ir.Value, dir Dir) *ir.Value {
		return b.Emit1(CompareID, CompareAttrs{Dir: dir, Total: x.Type.DType.IsFloat()}, x, y)
	}
	x0, y0 := key(p[0]), key(p[1])
	if selects {
		return b.Build(Select(b, less(x0, y0, DirEq), less(p[3], p[2], DirGt), less(x0, y0, DirGt)))
	}
	return b.Build(Or(b, less(x0, y0, DirGt), And(b, less(x0, y0, DirEq), less(p[3], p[2], DirGt))))
}

// A comparator that is recognised gives what the comparator itself gives.
func TestSortByKeys(t *testing.T) {
	r := seeded(72)
	for range 40 {
		first, second := randomDType(r, dtype.Real), randomDType(r, ordered)
		shape := randomShapeOfRank(r, 1+r.IntN(3), 12)
		in := []*tensor.Tensor{sampleIndices(r, first, 0, 4, shape...), sampleTensor(r, second, shape...)}
		dim, before := r.IntN(len(shape)), lexicographic(first, second, r.IntN(2) == 0)
		by := func(b *ir.Builder, p []*ir.Value) []*ir.Value { return SortBy(b, dim, before, p...) }
		require.NotContains(t, opsOf(by, typesOf(in)...), SortByID)
		want, got := apply(t, SortByID, SortByAttrs{Dim: dim}, []*ir.Graph{before}, in...), built(t, by, in...)
		for i := range want {
			require.True(t, want[i].Equal(got[i]), "got %v, want %v", got[i], want[i])
		}
	}
}

func TestSortByAnyComparator(t *testing.T) {
	f32 := ir.T(dtype.Float32)
	b := ir.NewBuilder("before")
	p := b.Params([]ir.Type{f32, f32, f32, f32})
	// Compares a sum over both operands as numbers, not in total order.
	before := b.Build(Lt(b, Add(b, p[0], p[2]), Add(b, p[1], p[3])))
	by := func(b *ir.Builder, in []*ir.Value) []*ir.Value { return SortBy(b, 0, before, in...) }
	require.Contains(t, opsOf(by, f32.WithShape(4), f32.WithShape(4)), SortByID)
	got := built(t, by, tensor.Of[float32](5, 1, 2, 1), tensor.Of[float32](0, 7, 3, -1))
	assert.Equal(t, []float64{1, 5, 2, 1}, got[0].Float64s(), "equal sums keep their order")
	assert.Equal(t, []float64{-1, 0, 3, 7}, got[1].Float64s())
}

// Pairs that are no order of one key are left to the region: x against another function of y, mixed operands.
func TestSortByKeysWantsOneFunctionOfBothElements(t *testing.T) {
	i32 := ir.T(dtype.Int32)
	for _, build := range []func(b *ir.Builder, p []*ir.Value) *ir.Value{
		func(b *ir.Builder, p []*ir.Value) *ir.Value { return Lt(b, p[0], Neg(b, p[1])) },
		func(b *ir.Builder, p []*ir.Value) *ir.Value { return Lt(b, p[0], p[3]) },
		func(b *ir.Builder, p []*ir.Value) *ir.Value { return Lt(b, p[0], p[0]) },
		func(b *ir.Builder, p []*ir.Value) *ir.Value { return Le(b, p[0], p[1]) },
		func(b *ir.Builder, p []*ir.Value) *ir.Value { return Or(b, Lt(b, p[0], p[1]), Lt(b, p[2], p[3])) },
		func(b *ir.Builder, p []*ir.Value) *ir.Value {
			return Or(b, Lt(b, p[0], p[1]), And(b, Eq(b, p[2], p[3]), Lt(b, p[2], p[3])))
		},
	} {
		b := ir.NewBuilder("before")
		p := b.Params([]ir.Type{i32, i32, i32, i32})
		before := b.Build(build(b, p))
		by := func(b *ir.Builder, in []*ir.Value) []*ir.Value { return SortBy(b, 0, before, in...) }
		assert.Contains(t, opsOf(by, i32.WithShape(4), i32.WithShape(4)), SortByID, "%s", ir.Print(before))
	}
}

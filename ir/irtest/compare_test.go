package irtest

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompare(t *testing.T) {
	next := math.Nextafter32
	one := float32(1)
	zero, nan, inf := float32(0), float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		got, want float32
		ulp       float64
		equal     bool
	}{
		{1, 1, 0, true},
		{next(one, 2), 1, 0, false},
		{next(one, 2), 1, 1, true},
		{next(next(one, 2), 2), 1, 1.5, false},
		{next(next(one, 2), 2), 1, 2, true},
		{zero, float32(math.Copysign(0, -1)), 0, false},
		{zero, float32(math.Copysign(0, -1)), 1, true},
		{nan, -nan, 0, true},
		{nan, 1, 100, false},
		{1, nan, 100, false},
		{inf, inf, 0, true},
		{inf, -inf, 100, false},
		{math.MaxFloat32, inf, 0, false},
		{math.MaxFloat32, inf, 1, true},
		{inf, math.MaxFloat32, 1, true},
		{next(0, 1), 0, 0, false},
		{next(0, 1), 0, 1, true},
		{0x1p-126, 0, 100, false},
	} {
		err := Compare([]*tensor.Tensor{tensor.Of(0, c.got)}, []*tensor.Tensor{tensor.Of(0, c.want)}, c.ulp)
		assert.Equal(t, c.equal, err == nil, "%v %v within %v: %v", c.got, c.want, c.ulp, err)
		z := complex(1, c.got)
		err = Compare([]*tensor.Tensor{tensor.Of(z)}, []*tensor.Tensor{tensor.Of(complex(1, c.want))}, c.ulp)
		assert.Equal(t, c.equal, err == nil, "complex: %v %v within %v: %v", c.got, c.want, c.ulp, err)
	}
	assert.Error(t, Compare([]*tensor.Tensor{tensor.Of(int32(1))}, []*tensor.Tensor{tensor.Of(int32(2))}, 10))
	assert.Error(t, Compare([]*tensor.Tensor{tensor.Of(true)}, []*tensor.Tensor{tensor.Of(false)}, 10))
	assert.Error(t, Compare([]*tensor.Tensor{tensor.Of(1.0)}, []*tensor.Tensor{tensor.Of(float32(1))}, 10))
	assert.Error(t, Compare([]*tensor.Tensor{tensor.Of(1.0)}, []*tensor.Tensor{tensor.Scalar(1.0)}, 10))
	assert.Error(t, Compare(nil, []*tensor.Tensor{tensor.Of(true)}, 10))
}

// inexactID is a square root that is documented to be up to 2 units off.
const inexactID = op.NumIDs

func init() {
	row := *op.SqrtID.Row()
	row.ID, row.Name, row.ULP = inexactID, "test.inexact_sqrt", 2
	ir.Register(row)
}

func TestCheckAllowsWhatRowsDocument(t *testing.T) {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 64))
	root := b.Emit1(inexactID, nil, x)
	// The difference of nearly equal numbers makes large errors of small ones; Check must see that.
	g := b.Build(root, op.Sub(b, root, op.Sqrt(b, x)), x)
	c := &Case{g, []*tensor.Tensor{op.RandomTensor(Seeded(1), dtype.Float32, 1, 2, 64)}}
	other, err := runDisturbed(c, func() float64 { return 0.5 })
	require.NoError(t, err)
	want, err := Run(c)
	require.NoError(t, err)
	require.Error(t, Compare(other, want, 0), "the disturbance shows")
	require.NoError(t, Check(c, other))

	off := other[0].Clone()
	off.Set(5, tensor.Flat[float32](off)[5]*1.0001)
	require.Error(t, Check(c, []*tensor.Tensor{off, other[1], other[2]}))
	input := c.Inputs[0].Clone()
	input.Set(5, math.Nextafter32(tensor.Flat[float32](input)[5], 9))
	require.NoError(t, Check(c, []*tensor.Tensor{other[0], other[1], input}), "one unit is always allowed in a graph that is not exact")
}

func TestCheckIsExactForExactGraphs(t *testing.T) {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32))
	c := &Case{b.Build(op.Neg(b, x)), []*tensor.Tensor{tensor.Scalar(float32(1))}}
	require.NoError(t, Check(c, []*tensor.Tensor{tensor.Scalar(float32(-1))}))
	require.Error(t, Check(c, []*tensor.Tensor{tensor.Scalar(math.Nextafter32(-1, 0))}))
}

func TestGuard(t *testing.T) {
	for _, size := range []int{0, 1, 63, 64, 65} {
		g := NewGuarded(size, 64, 4)
		for i := range g.Bytes() {
			g.Bytes()[i] = 1
		}
		require.NoError(t, g.Check())
		g.all[g.start+size] = 0
		require.Error(t, g.Check())
		g = NewGuarded(size, 64, 4)
		g.all[g.start-1] = 0
		require.Error(t, g.Check())
	}
}

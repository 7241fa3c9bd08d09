package cpu

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// productLoop multiplies what a loop carries by W in each step, in some of the ways that read W along its rows or columns. Where W is carried
// too it changes in each step. With a trip of its own an inner loop does the same again.
func productLoop(dt dtype.DType, n, columns, trip, inner int, byRows, carried bool) *ir.Graph {
	w, x := ir.T(dt, n, n), ir.T(dt, n, columns)
	if byRows {
		x = ir.T(dt, columns, n)
	}
	step := func(b *ir.Builder, w, x *ir.Value) *ir.Value {
		if byRows {
			x = op.MatMul(b, x, op.Transpose(b, w, []int{1, 0}))
		} else {
			x = op.MatMul(b, w, x)
		}
		return op.Mul(b, x, op.Full(b, x.Type, 0.25))
	}
	region := ir.NewBuilder("body")
	params := region.Params([]ir.Type{ir.T(dtype.Int32), w, x})
	y := step(region, params[1], step(region, params[1], params[2]))
	if inner > 0 {
		b := ir.NewBuilder("inner")
		p := b.Params([]ir.Type{ir.T(dtype.Int32), w, y.Type})
		again := b.Build(step(b, p[1], p[2]))
		y = op.Loop(region, op.LoopAttrs{Trip: inner, Consts: 1, Carries: 1}, again, params[1], y)[0]
	}
	attrs, outs := op.LoopAttrs{Trip: trip, Consts: 1, Carries: 1}, []*ir.Value{y}
	if carried {
		attrs, outs = op.LoopAttrs{Trip: trip, Carries: 2}, []*ir.Value{op.Neg(region, params[1]), y}
	}
	b := ir.NewBuilder("products")
	return b.Build(op.Loop(b, attrs, region.Build(outs...), b.Params([]ir.Type{w, x})...)...)
}

// Matrices that a loop does not change are brought to the order that its products read them in once, and the results stay as they are.
func TestConstantMatrixIsTurnedOnce(t *testing.T) {
	for _, c := range []struct {
		name                    string
		n, columns, trip, inner int
		byRows, carried         bool
		copies                  int
	}{
		{"W x", 33, 1, 50, 0, false, false, 1},
		{"x W'", 40, 3, 50, 0, true, false, 1},
		{"several columns", 33, 3, 50, 0, false, false, 0},
		{"many rows", 16, 20, 50, 0, true, false, 0},
		{"nested", 17, 1, 50, 30, false, false, 1},
		{"inner loop only", 17, 1, 3, 30, false, false, 1},
		{"short", 33, 1, 5, 0, false, false, 0},
		{"small", 7, 1, 50, 0, false, false, 0},
		{"W changes", 33, 1, 50, 0, false, true, 0},
	} {
		for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
			g := productLoop(dt, c.n, c.columns, c.trip, c.inner, c.byRows, c.carried)
			be, err := New(Portable)
			require.NoError(t, err)
			x, err := be.Compile(g, backends.Options{})
			require.NoError(t, err)
			kernels := x.(backends.Inspector).Kernels()
			require.Equal(t, c.copies, strings.Count(kernels, `"turned"`), "%s\n%s", c.name, kernels)
			r := rand.New(rand.NewPCG(uint64(c.n), 5))
			shape := []int{c.n, c.columns}
			if c.byRows {
				shape = []int{c.columns, c.n}
			}
			compareTiers(t, g, []*tensor.Tensor{op.RandomTensor(r, dt, -1, 1, c.n, c.n), op.RandomTensor(r, dt, -1, 1, shape...)})
		}
	}
}

package autodiff

import (
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// knownLoop returns the loop of the known part of a program, differentiated with respect to some parameters.
func knownLoop(t *testing.T, g *ir.Graph, active ...bool) (known *ir.Node, stacked int) {
	t.Helper()
	l := Linearize(g, active)
	for _, n := range l.Known.Nodes {
		if n.Op == op.LoopID {
			known = n
		}
	}
	require.NotNil(t, known)
	loop := g.Nodes[slices.IndexFunc(g.Nodes, func(n *ir.Node) bool { return n.Op == op.LoopID })]
	return known, len(known.Results) - len(loop.Results)
}

func TestResidualsOfLoops(t *testing.T) {
	t.Run("one stack for a scalar recurrence", func(t *testing.T) {
		_, stacked := knownLoop(t, scalarScan(), true, true)
		assert.Equal(t, 1, stacked)
	})
	t.Run("none where the derivative does not vary", func(t *testing.T) {
		_, stacked := knownLoop(t, invariants(), false, true)
		assert.Zero(t, stacked)
	})
	t.Run("invariants are operands of the linear loop", func(t *testing.T) {
		_, stacked := knownLoop(t, invariants(), true, true)
		assert.Equal(t, 1, stacked, "only the carry")
	})
	t.Run("rows of xs are not stacked again", func(t *testing.T) {
		g := graphOf(func(b *ir.Builder, p values) values {
			step := body(func(b *ir.Builder, p values) values { return values{op.Mul(b, p[1], p[2])} }, indexType, vec, vec)
			return op.Loop(b, op.LoopAttrs{Trip: 3, Carries: 1, Xs: 1}, step, p...)
		}, vec, ir.T(dtype.Float64, 3, 3))
		_, stacked := knownLoop(t, g, true, false)
		assert.Zero(t, stacked)
	})
	t.Run("results that are recorded anyway are not stacked again", func(t *testing.T) {
		g := graphOf(func(b *ir.Builder, p values) values {
			step := body(func(b *ir.Builder, p values) values {
				e := op.Tanh(b, p[1])
				return values{e, e}
			}, indexType, vec)
			return op.Loop(b, op.LoopAttrs{Trip: 3, Carries: 1}, step, p...)
		}, vec)
		_, stacked := knownLoop(t, g, true)
		assert.Zero(t, stacked)
	})
	t.Run("cheap values are computed again from fewer", func(t *testing.T) {
		// Three products of one function: its value is enough.
		g := graphOf(func(b *ir.Builder, p values) values {
			step := body(func(b *ir.Builder, p values) values {
				e := op.Exp(b, p[2])
				y := op.Mul(b, op.Mul(b, p[1], op.Mul(b, e, num(b, e, 2))), op.Mul(b, op.Add(b, e, num(b, e, 1)), op.Neg(b, e)))
				return values{y, op.Sin(b, p[2])}
			}, indexType, vec, vec)
			return op.Loop(b, op.LoopAttrs{Trip: 3, Carries: 2}, step, p...)
		}, vec, vec)
		_, stacked := knownLoop(t, g, true, false)
		assert.Equal(t, 1, stacked)
	})
	t.Run("nothing is stacked for a checkpoint but its operands", func(t *testing.T) {
		_, stacked := knownLoop(t, checkpointStep(), true, true)
		assert.Equal(t, 1, stacked, "the carry")
	})
}

// Reading a row of a large array in each step adds to its cotangent in place.
func TestReadsOfConstAddInPlace(t *testing.T) {
	h, _ := Pullback(readsOfConst(), []bool{true, true})
	dense := 0
	h.Walk(func(n *ir.Node) {
		if n.Op == op.AddID && slices.Equal(n.Result().Type.Shape, []int{4, 3}) {
			dense++
		}
	})
	assert.Zero(t, dense, "%s", ir.Print(h))
}

func TestReverseThroughWhileIsAnError(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		cond := body(func(b *ir.Builder, p values) values { return values{op.Lt(b, p[0], num(b, p[0], 10))} }, scalar)
		step := body(func(b *ir.Builder, p values) values { return values{op.Mul(b, p[0], num(b, p[0], 2))} }, scalar)
		b.Locate = func() ir.Position { return ir.Position{File: "model.go", Line: 3} }
		return op.While(b, op.WhileAttrs{}, cond, step, p[0])
	}, scalar)
	err := buildError(func() { Grad(g, []bool{true}) })
	require.EqualError(t, err, "model.go:3: while: reverse-mode derivative: got a loop whose number of steps is not known before it ends, "+
		"want ForLoop or Scan, which have a trip count (bound the number of steps and let finished ones change nothing, or use forward mode (JVP, JacobianFwd))")
}

func buildError(f func()) (err error) {
	defer ir.Catch(&err)
	f()
	return nil
}

func TestErrors(t *testing.T) {
	i32 := ir.T(dtype.Int32)
	integer := graphOf(func(b *ir.Builder, p values) values { return values{op.Convert(b, p[0], dtype.Float64)} }, i32)
	require.EqualError(t, buildError(func() { Grad(integer, []bool{true}) }),
		"grad: parameter 0 of f: got i32[], want a float or complex type: integers and bools have no derivative (convert it, or leave it out)")
	halves := graphOf(func(b *ir.Builder, p values) values {
		mean := body(func(b *ir.Builder, p values) values {
			return values{op.Mul(b, op.Add(b, p[0], p[1]), num(b, p[0], 0.5))}
		}, scalar, scalar)
		index := b.Const(tensor.Must(tensor.FromSlice([]int32{0, 2}, 2, 1)))
		attrs := op.ScatterAttrs{InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: op.CombineRegion}
		return b.Emit(op.ScatterID, attrs, []*ir.Graph{mean}, p[0], index, p[1])
	}, vec, ir.T(dtype.Float64, 2))
	require.EqualError(t, buildError(func() { JVP(halves, []bool{true, false}) }),
		"scatter: combine: got region, want set, add, mul, min or max for a derivative (combine in one of these ways, or put the updates in one "+
			"after the other with Scan, or give the function a derivative by CustomVJP)")
	vector := graphOf(func(b *ir.Builder, p values) values { return p }, vec)
	require.EqualError(t, buildError(func() { Grad(vector, []bool{true}) }),
		"grad: output of f: got f64[3], want a floating-point scalar (sum it, or use a Jacobian or a vector-Jacobian product)")
}

// The gradient of a weight matrix is one product behind the loop, not a sum of matrices in it; that of a weight vector is added up in the loop.
func TestProductsOfWeightsAreContractedBehindLoops(t *testing.T) {
	h, _ := Pullback(recurrentNetwork(), []bool{true, true, true, true})
	matrices := func(g *ir.Graph) (n int) {
		for _, m := range g.Nodes {
			if m.Op == op.DotID && slices.Equal(m.Result().Type.Shape, []int{3, 3}) {
				n++
			}
		}
		return n
	}
	inLoops := 0
	h.Walk(func(n *ir.Node) {
		for _, r := range n.Regions {
			inLoops += matrices(r)
		}
	})
	assert.Zero(t, inLoops, "%s", ir.Print(h))
	assert.Equal(t, 2, matrices(h), "%s", ir.Print(h))

	outer := graphOf(func(b *ir.Builder, p values) values { // one row and many columns: the sum is smaller than the factors
		step := body(func(b *ir.Builder, p values) values {
			return values{op.Tanh(b, op.Add(b, p[2], op.Dot(b, p[3], p[1], op.DotAttrs{LhsContract: []int{1}, RhsContract: []int{0}})))}
		}, indexType, ir.T(dtype.Float64, 1, 3), ir.T(dtype.Float64, 50, 3), ir.T(dtype.Float64, 50, 1))
		return op.Loop(b, op.LoopAttrs{Trip: 4, Consts: 1, Carries: 1, Xs: 1}, step, p...)
	}, ir.T(dtype.Float64, 1, 3), ir.T(dtype.Float64, 50, 3), ir.T(dtype.Float64, 4, 50, 1))
	h, _ = Pullback(outer, []bool{true, false, false})
	for _, n := range h.Nodes {
		assert.NotEqual(t, op.DotID, n.Op, "%s", ir.Print(h))
	}
}

package cpu

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// fewValues draws from few numbers, so that many are equal: zeros of both signs, infinities, subnormal numbers, and some NaN in one of two arrays.
func fewValues(r *rand.Rand, dt dtype.DType, shape []int) *tensor.Tensor {
	t := tensor.Must(tensor.New(dt, shape...))
	withNaN := r.IntN(2) == 0
	for i := range t.Size() {
		k := r.IntN(12)
		switch {
		case dt.IsBool():
			t.Set(i, k < 3)
		case dt.IsFloat():
			x := []float64{0, math.Copysign(0, -1), 1.5, -2, 3, 0x1p-24, math.Inf(1), math.Inf(-1), math.NaN(), -0x1p-23, 100.25, -7}[k]
			if x != x && !withNaN || math.IsInf(x, 0) && r.IntN(3) > 0 {
				x = 2
			}
			t.Set(i, x)
		case dt.IsSigned():
			t.Set(i, []int64{0, 1, -1, 2, -2, math.MinInt64 >> (64 - dt.Bits()), math.MaxInt64 >> (64 - dt.Bits()), 5, 5, 7, -7, 100}[k])
		default:
			t.Set(i, []uint64{0, 1, 2, math.MaxUint64 >> (64 - dt.Bits()), 1 << (dt.Bits() - 1), 5, 5, 7, 7, 9, 100, 120}[k])
		}
	}
	return t
}

// lineAttrs are ways to apply a row to lines of an axis; payloads is how many arrays follow the first.
func lineAttrs(id ir.OpID, axis int) (attrs []ir.Attrs, payloads int) {
	switch id {
	case op.ArgMaxID, op.ArgMinID:
		for _, dt := range []dtype.DType{dtype.Int32, dtype.Int64, dtype.Uint32, dtype.Uint16} {
			attrs = append(attrs, op.ArgAttrs{Axis: axis, DType: dt})
		}
		return attrs, 0
	case op.SortID:
		for _, down := range []bool{false, true} {
			attrs = append(attrs, op.SortAttrs{Dim: axis, Keys: 1, Descending: []bool{down}, Stable: down},
				op.SortAttrs{Dim: axis, Keys: 2, Descending: []bool{down, !down}, Stable: true})
		}
		return attrs, 2
	}
	return []ir.Attrs{op.CumAttrs{Axis: axis}, op.CumAttrs{Axis: axis, Reverse: true}}, 0
}

// TestLines compares what runs along an axis with the interpreter, bit for bit: every type, axis and order, on arrays with many equal elements, on
// every tier; inside a loop that carries the operand, and on operands that are views.
func TestLines(t *testing.T) {
	shapes := [][]int{{1}, {2}, {15}, {40}, {1, 7}, {7, 1}, {3, 5}, {17, 16}, {16, 33}, {2, 3, 5}, {4, 33, 3}, {0, 3}, {3, 0}, {700}, {70, 35}}
	for _, id := range []ir.OpID{op.ArgMaxID, op.ArgMinID, op.CumSumID, op.CumProdID, op.CumMaxID, op.CumMinID, op.SortID} {
		t.Run(id.Row().Name, func(t *testing.T) {
			for i, shape := range shapes {
				for axis := range shape {
					for _, dt := range id.Row().Accepts.List() {
						if testing.Short() && (i+axis+int(dt))%5 != 0 {
							continue
						}
						checkLines(t, id, dt, shape, axis)
					}
				}
			}
		})
	}
}

func checkLines(t *testing.T, id ir.OpID, dt dtype.DType, shape []int, axis int) {
	t.Helper()
	isArg := id == op.ArgMaxID || id == op.ArgMinID
	if isArg && shape[axis] == 0 || dt.IsComplex() {
		return
	}
	r := rand.New(rand.NewPCG(uint64(id), uint64(dt)<<16|uint64(shape[0])<<4|uint64(axis)))
	all, payloads := lineAttrs(id, axis)
	in := []*tensor.Tensor{fewValues(r, dt, shape)}
	for k := range payloads {
		in = append(in, fewValues(r, []dtype.DType{dtype.Float64, dtype.Int8, dtype.Float32, dtype.Uint16}[(int(dt)+k)%4], shape))
	}
	for _, a := range all {
		compareTiers(t, linesInLoop(id, a, in), in)
		compareTiers(t, linesOfView(id, a, in), in)
	}
}

// linesInLoop applies a row in three steps to what the loop carries, which is reversed in each, and records the results.
func linesInLoop(id ir.OpID, attrs ir.Attrs, in []*tensor.Tensor) *ir.Graph {
	types := make([]ir.Type, len(in))
	for i, x := range in {
		types[i] = ir.T(x.DType(), x.Shape()...)
	}
	body := ir.NewBuilder("body")
	params := body.Params(append([]ir.Type{ir.T(dtype.Int32)}, types...))[1:]
	rows := body.Emit(id, attrs, nil, params...)
	var next []*ir.Value
	for _, p := range params {
		next = append(next, op.Reverse(body, p, 0))
	}
	region := body.Build(append(next, rows...)...)
	b := ir.NewBuilder("lines")
	return b.Build(op.Loop(b, op.LoopAttrs{Trip: 3, Carries: len(in)}, region, b.Params(types)...)...)
}

// linesOfView applies a row to a transposed view of the operands, in memory that runs in the other order.
func linesOfView(id ir.OpID, attrs ir.Attrs, in []*tensor.Tensor) *ir.Graph {
	b := ir.NewBuilder("view")
	var args []*ir.Value
	for _, x := range in {
		p := b.Param(ir.T(x.DType(), x.Shape()...))
		perm, stored := make([]int, x.Rank()), make([]int, x.Rank())
		for d := range perm {
			perm[d] = x.Rank() - 1 - d
			stored[d] = x.Shape()[perm[d]]
		}
		args = append(args, op.Transpose(b, op.Reshape(b, p, stored), perm))
	}
	return b.Build(b.Emit(id, attrs, nil, args...)...)
}

// compareTiers runs a graph on each tier and compares with the interpreter; any NaN is like another.
func compareTiers(t *testing.T, g *ir.Graph, in []*tensor.Tensor) {
	t.Helper()
	want, err := interp.Run(context.Background(), g, in)
	require.NoError(t, err)
	for _, tier := range Tiers() {
		be, err := New(tier)
		require.NoError(t, err)
		x, err := be.Compile(g, backends.Options{})
		require.NoError(t, err, "%s", ir.Print(g))
		got, err := x.Run(context.Background(), in, backends.RunOptions{})
		require.NoError(t, err)
		for i := range want {
			if !got[i].Equal(want[i]) {
				t.Fatalf("%s: result %d: got %v, want %v\ninputs %v\n%s\n%s", tier, i, got[i], want[i], in, ir.Print(g), x.(backends.Inspector).Kernels())
			}
		}
	}
}

// TestTakeAndPut gathers and scatters rows, columns and single elements of every type, by indices of which some point outside.
func TestTakeAndPut(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	indices := tensor.Of[int32](3, -1, 0, 8, 9, 3, 5)
	for _, shape := range [][]int{{9}, {9, 1}, {9, 5}, {9, 16}, {9, 37}, {9, 3, 9}, {9, 70}} {
		for axis := range shape {
			for _, dt := range dtype.All() {
				if dt.IsComplex() || dt.IsNarrow() || shape[axis] == 1 || testing.Short() && (len(shape)+axis+int(dt))%3 != 0 {
					continue
				}
				moved := append([]int{}, shape...)
				moved[axis] = indices.Size()
				b := ir.NewBuilder("take and put")
				x, u, i := b.Param(ir.T(dt, shape...)), b.Param(ir.T(dt, moved...)), b.Param(ir.T(dtype.Int32, indices.Size()))
				outs := []*ir.Value{op.Take(b, x, i, axis), op.Put(b, x, i, u, axis, op.CombineSet)}
				if dt.IsNumeric() {
					outs = append(outs, op.Put(b, op.Neg(b, x), i, u, axis, op.CombineAdd))
				}
				compareTiers(t, b.Build(outs...), []*tensor.Tensor{fewValues(r, dt, shape), fewValues(r, dt, moved), indices})
			}
		}
	}
}

// Where windows overlap, the last element of the updates in row-major order stays, also if the dimension of windows stands before that of indices.
func TestOverlappingWindows(t *testing.T) {
	x, starts := tensor.Of[float32](0, 0, 0, 0, 0), tensor.Of[int32](2, 1, 2, 0)
	for _, windowFirst := range []bool{false, true} {
		shape, dims := []int{4, 3}, []int{1}
		if windowFirst {
			shape, dims = []int{3, 4}, []int{0}
		}
		updates := tensor.Must(tensor.FromSlice([]float32{1, 2, 3, 4e7, 5, 6, 7, 8e7, 9, 10, 11, 12}, shape...))
		for _, combine := range []op.Combine{op.CombineSet, op.CombineAdd} {
			b := ir.NewBuilder("overlap")
			attrs := op.ScatterAttrs{UpdateWindowDims: dims, ScatterDimsToOperandDims: []int{0}, IndexVectorDim: 1, Combine: combine}
			y := b.Emit1(op.ScatterID, attrs, b.Param(ir.T(dtype.Float32, 5)), b.Param(ir.T(dtype.Int32, 4)), b.Param(ir.T(dtype.Float32, shape...)))
			compareTiers(t, b.Build(y), []*tensor.Tensor{x, starts, updates})
		}
	}
}

// Large lines are shared by threads, with the same results: folds across, arg folds, cumulative folds, a sort beside them, and a product with a matrix
// that is turned in front of the loop.
func TestLinesOnThreads(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	const n = 300
	mat := ir.T(dtype.Float32, n, n)
	body := ir.NewBuilder("body")
	i, w, v := body.Param(ir.T(dtype.Int32)), body.Param(mat), body.Param(ir.T(dtype.Float32, n, 1))
	x := op.Add(body, w, op.Spread(body, op.Convert(body, i, dtype.Float32), []int{n, n}))
	next := op.Mul(body, op.MatMul(body, w, v), op.Full(body, v.Type, 0.05))
	region := body.Build(next, op.ReduceSum(body, x, 0), op.ArgMax(body, x, 0, dtype.Int32), op.CumSum(body, x, 0, true), op.CumMax(body, x, 1, false),
		op.Sort(body, 1, 1, nil, false, x)[0])
	b := ir.NewBuilder("threads")
	g := b.Build(op.Loop(b, op.LoopAttrs{Trip: 30, Consts: 1, Carries: 1, Every: []int{1, 1, 29, 29, 29}}, region, b.Param(mat), b.Param(v.Type))...)
	in := []*tensor.Tensor{op.RandomTensor(r, dtype.Float32, -1, 1, n, n), op.RandomTensor(r, dtype.Float32, -1, 1, n, 1)}
	be, err := New(Tiers()[0])
	require.NoError(t, err)
	var want []*tensor.Tensor
	for threads := 1; threads <= 3; threads++ {
		x, err := be.Compile(g, backends.Options{Threads: threads})
		require.NoError(t, err)
		got, err := x.Run(context.Background(), in, backends.RunOptions{})
		require.NoError(t, err)
		if want == nil {
			want = got
		}
		for i := range want {
			require.True(t, got[i].Equal(want[i]), "result %d on %d threads", i, threads)
		}
	}
}

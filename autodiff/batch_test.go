package autodiff

import (
	"context"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stack joins one tensor a lane along a new first axis; like gives the type where there are no lanes.
func stack(like *tensor.Tensor, rows []*tensor.Tensor) *tensor.Tensor {
	t := tensor.Must(tensor.New(like.DType(), append([]int{len(rows)}, like.Shape()...)...))
	for i, r := range rows {
		copy(t.Bytes()[i*len(r.Bytes()):], r.Bytes())
	}
	return t
}

// variant returns an input for another lane: like x, but with other numbers that suit the row.
func variant(r *ir.Rand, row *ir.Row, x *tensor.Tensor) *tensor.Tensor {
	switch {
	case inexact(ir.TypeOf(x)) && row.Domain.Make == nil:
		return op.RandomTensor(r, x.DType(), row.Domain.Lo, row.Domain.Hi, x.Shape()...)
	case inexact(ir.TypeOf(x)):
		return axpy(0.3*r.Float64(), x, x)
	case row.Class == ir.ClassSparse:
		return x
	}
	size := x.DType().Size()
	out := x.Clone()
	for i, k := range r.Perm(x.Size()) {
		copy(out.Bytes()[i*size:(i+1)*size], x.Bytes()[k*size:])
	}
	return out
}

// checkBatch compares all lanes at once with one after the other, bit for bit. ins holds the inputs of each lane; those not batched are
// the same in all.
func checkBatch(t testing.TB, g *ir.Graph, like []*tensor.Tensor, ins [][]*tensor.Tensor, batched []bool) {
	t.Helper()
	force := make([]bool, len(g.Outputs))
	for i := range force {
		force[i] = i%2 == 1
	}
	h, outBatched := Batch(g, batched, len(ins), force)
	args := slices.Clone(like)
	for i := range args {
		if batched[i] {
			args[i] = stack(like[i], column(ins, i))
		}
	}
	got := run(t, h, args...)
	for lane, in := range ins {
		for i, want := range run(t, g, in...) {
			mine := got[i]
			if outBatched[i] {
				mine = mine.Row(lane)
			}
			require.True(t, want.Equal(mine), "lane %d, output %d: got %v, want %v\n%s\n%s", lane, i, mine, want, ir.Print(g), ir.Print(h))
		}
	}
}

func column(ins [][]*tensor.Tensor, i int) []*tensor.Tensor {
	var out []*tensor.Tensor
	for _, in := range ins {
		out = append(out, in[i])
	}
	return out
}

func TestBatchOfRows(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.ID >= op.NumIDs || row.Effect {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			r := seeded(uint64(row.ID))
			types := row.Accepts.List()
			if len(types) == 0 {
				types = []dtype.DType{dtype.Float32}
			}
			for i := range 40 {
				s := sample(r, row, types[i%len(types)], []int{0, 1, 2, 3, 5}[i%5])
				g := nodeGraph(row, s)
				batched := make([]bool, len(s.Inputs))
				for k := range batched {
					batched[k] = r.IntN(3) > 0
				}
				ins := make([][]*tensor.Tensor, []int{3, 1, 0, 4}[i%4])
				for lane := range ins {
					ins[lane] = slices.Clone(s.Inputs)
					for k, x := range s.Inputs {
						if batched[k] {
							ins[lane][k] = variant(r, row, x)
						}
					}
				}
				checkBatch(t, g, s.Inputs, ins, batched)
			}
		})
	}
}

// randomMarks marks each place by chance.
func randomMarks(r *ir.Rand, n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = r.IntN(2) == 0
	}
	return out
}

func programLanes(r *ir.Rand, g *ir.Graph, batched []bool, size int) (like []*tensor.Tensor, ins [][]*tensor.Tensor) {
	like = inputsOf(r, g)
	for range size {
		in := slices.Clone(like)
		for i, other := range inputsOf(r, g) {
			if batched[i] {
				in[i] = other
			}
		}
		ins = append(ins, in)
	}
	return like, ins
}

func TestBatchOfPrograms(t *testing.T) {
	eachProgram(t, func(t *testing.T, r *ir.Rand, g *ir.Graph) {
		for size := range 4 {
			for range 4 {
				batched := randomMarks(r, len(g.Params))
				like, ins := programLanes(r, g, batched, size)
				checkBatch(t, g, like, ins, batched)
				// Twice.
				h, _ := Batch(g, batched, 2, nil)
				again := randomMarks(r, len(g.Params))
				like, ins = programLanes(r, h, again, size)
				checkBatch(t, h, like, ins, again)
			}
		}
	})
}

// Derivatives of a batch are batches of derivatives.
func TestBatchAndGrad(t *testing.T) {
	eachProgram(t, func(t *testing.T, r *ir.Rand, g *ir.Graph) {
		active := inexactMarks(g.Params)
		h, _ := Pullback(g, active)
		batched := randomMarks(r, len(h.Params))
		like, ins := programLanes(r, h, batched, 3)
		forward, _ := Batch(h, batched, 3, nil)
		args := slices.Clone(like)
		for i := range args {
			if batched[i] {
				args[i] = stack(like[i], column(ins, i))
			}
		}
		got := run(t, forward, args...)
		for lane, in := range ins {
			for i, want := range run(t, h, in...) {
				if !want.HasShape(got[i].Shape()) {
					requireClose(t, want.Complex128s(), got[i].Row(lane).Complex128s(), 1e-12, "output %d", i)
				}
			}
		}

		// Forward mode: a call with a reverse rule of its own is in it.
		h, _ = JVP(g, active)
		batched = randomMarks(r, len(h.Params))
		like, ins = programLanes(r, h, batched, 3)
		checkBatch(t, h, like, ins, batched)

		lanesOf := randomMarks(r, len(g.Params))
		batch, _ := Batch(g, lanesOf, 3, nil)
		in := inputsOf(r, batch)
		checkPullback(t, r, batch, in, active)
	})
}

// whileBelow doubles x until it is beyond a limit, and counts.
func whileBelow(b *ir.Builder, x, limit *ir.Value) []*ir.Value {
	cond := body(func(b *ir.Builder, p values) values { return values{op.Lt(b, p[1], p[0])} }, scalar, scalar, indexType)
	step := body(func(b *ir.Builder, p values) values {
		op.Check(b, op.Lt(b, p[1], p[0]), "the body runs only where the condition holds")
		return values{op.Mul(b, p[1], num(b, p[1], 2)), op.Add(b, p[2], op.ScalarInt(b, dtype.Int32, 1))}
	}, scalar, scalar, indexType)
	return op.While(b, op.WhileAttrs{CondConsts: 1, BodyConsts: 1}, cond, step, limit, limit, x, op.ScalarInt(b, dtype.Int32, 0))
}

func TestBatchedWhileRunsUntilAllLanesStop(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values { return whileBelow(b, p[0], p[1]) }, scalar, scalar)
	for _, batched := range [][]bool{{true, false}, {false, true}, {true, true}} {
		h, _ := Batch(g, batched, 4, nil)
		args := []*tensor.Tensor{tensor.Scalar(1.0), tensor.Scalar(20.0)}
		if batched[0] {
			args[0] = f64(1, 30, 0.1, 19)
		}
		if batched[1] {
			args[1] = f64(5, 1, 20, 100)
		}
		out := run(t, h, args...)
		for lane := range 4 {
			x, limit, n := at64(args[0], lane), at64(args[1], lane), int64(0)
			for ; x < limit; n++ {
				x *= 2
			}
			assert.Equal(t, x, out[0].Float64s()[lane])
			assert.Equal(t, n, out[1].Int64s()[lane])
		}
	}
}

// at64 is the element of a lane, or the only one.
func at64(x *tensor.Tensor, lane int) float64 { return x.Float64s()[min(lane, x.Size()-1)] }

func TestForwardThroughBatchedWhile(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values { return whileBelow(b, p[0], p[1])[:1] }, scalar, scalar)
	h, _ := Batch(g, []bool{true, false}, 3, nil)
	in := []*tensor.Tensor{f64(1, 30, 0.1), tensor.Scalar(20.0)}
	_, tangents := runJVP(t, h, in, []*tensor.Tensor{f64(1, 1, 1)}, []bool{true, false})
	assert.Equal(t, []float64{32, 1, 256}, tangents[0].Float64s())
}

// A check in a branch that a lane does not take does not fail for it; in one that it takes it does.
func TestChecksOfLanesThatDoNotTakePart(t *testing.T) {
	positive := body(func(b *ir.Builder, p values) values {
		op.Check(b, op.Gt(b, p[0], num(b, p[0], 0)), "positive")
		return values{op.Log(b, p[0])}
	}, scalar)
	other := body(func(b *ir.Builder, p values) values {
		op.Check(b, op.Le(b, p[0], num(b, p[0], 0)), "not positive")
		op.Print(b, "%v", p[0])
		return values{p[0]}
	}, scalar)
	g := graphOf(func(b *ir.Builder, p values) values {
		return op.Switch(b, p[1], []*ir.Graph{other, positive}, p[0])
	}, scalar, indexType)
	h, _ := Batch(g, []bool{true, true}, 3, nil)
	require.NoError(t, ir.Verify(h))
	printed := ""
	_, err := interp.Run(context.Background(), h, []*tensor.Tensor{f64(1, -2, 3), tensor.Of[int32](1, 0, 7)}, interp.PrintTo(func(s string) { printed += s }))
	require.NoError(t, err)
	assert.Equal(t, "-2", printed)
	_, err = interp.Run(context.Background(), h, []*tensor.Tensor{f64(1, 2, 3), tensor.Of[int32](1, 0, 7)}, interp.PrintTo(func(string) {}))
	require.ErrorContains(t, err, "not positive")
}

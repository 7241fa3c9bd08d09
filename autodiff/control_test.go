package autodiff

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inputsOf draws inputs of a program: floats around 0, small integers.
func inputsOf(r *ir.Rand, g *ir.Graph) []*tensor.Tensor {
	var in []*tensor.Tensor
	for _, t := range g.InTypes() {
		if inexact(t) {
			in = append(in, op.RandomTensor(r, t.DType, -1.5, 1.5, t.Shape...))
		} else {
			in = append(in, tensor.Must(tensor.Full(t.DType, r.IntN(3), t.Shape...)))
		}
	}
	return in
}

// subsets calls f with all inexact inputs active, each one alone, and random choices.
func subsets(r *ir.Rand, in []*tensor.Tensor, f func(active []bool)) {
	all := inexactOf(in)
	f(all)
	for i, a := range all {
		if a && count(all) > 1 {
			one := make([]bool, len(in))
			one[i] = true
			f(one)
		}
	}
}

func eachProgram(t *testing.T, f func(t *testing.T, r *ir.Rand, g *ir.Graph)) {
	for name, build := range programs {
		t.Run(name, func(t *testing.T) { f(t, seeded(uint64(len(name))), build()) })
	}
}

// Loops have the derivatives of the steps written one after the other.
func TestProgramsAgainstUnrolled(t *testing.T) {
	eachProgram(t, func(t *testing.T, r *ir.Rand, g *ir.Graph) {
		custom := false
		g.Walk(func(n *ir.Node) {
			if n.Op == op.CallID && callKind(n) != op.CallCheckpoint {
				custom = true
			}
		})
		for range 3 {
			in := inputsOf(r, g)
			plain := unrolled(g)
			subsets(r, in, func(active []bool) {
				checkPullback(t, r, g, in, active)
				if custom {
					return
				}
				direction := directions(r, in, active)
				_, got := runJVP(t, g, in, direction, active)
				_, want := runJVP(t, plain, in, direction, active)
				for i := range want {
					requireClose(t, want[i].Complex128s(), got[i].Complex128s(), 1e-12, "output %d", i)
				}
				checkSecond(t, r, g, in, active)
			})
		}
	})
}

func TestCustomRulesAreUsed(t *testing.T) {
	r := seeded(1)
	x := op.RandomTensor(r, scalar.DType, -1, 1, 3)
	g := graphOf(func(b *ir.Builder, p values) values { return values{twiceSine(b, p[0]), spike(b, p[0])} }, vec)
	one := tensor.Must(tensor.Full(scalar.DType, 1, 3))
	_, tangents := runJVP(t, g, []*tensor.Tensor{x}, []*tensor.Tensor{one}, []bool{true})
	cosine := graphOf(func(b *ir.Builder, p values) values { return values{op.Cos(b, p[0])} }, vec)
	for i, c := range run(t, cosine, x)[0].Float64s() {
		require.InDelta(t, 2*c, tangents[0].Float64s()[i], 1e-15)
		d := 1 + abs(complex(x.Float64s()[i], 0))
		require.InDelta(t, 1/(d*d), tangents[1].Float64s()[i], 1e-15)
	}
}

// Segments change neither results nor derivatives, for all lengths, with steps that fill no segment, backwards, and recording every few steps.
func TestCheckpointedLoops(t *testing.T) {
	r := seeded(2)
	for _, c := range []struct {
		trip    int
		reverse bool
		every   []int
	}{{7, false, nil}, {6, true, nil}, {8, false, []int{2, 4}}, {7, true, []int{3, 2}}, {1, false, nil}, {0, false, []int{2, 1}}} {
		plain := linearRecurrence(c.trip, c.reverse, c.every)
		in := inputsOf(r, plain)
		active := inexactOf(in)
		cts := randomCts(r, plain)
		out, back := runPullback(t, plain, in, cts, active)
		for steps := 1; steps <= c.trip+1; steps++ {
			g := inSegments(plain, steps)
			gotOut, gotBack := runPullback(t, g, in, cts, active)
			for i := range out {
				require.True(t, out[i].Equal(gotOut[i]), "%d steps of %v: result %d", steps, c, i)
			}
			for i := range back {
				requireClose(t, back[i].Complex128s(), gotBack[i].Complex128s(), 1e-12, "%d steps of %v", steps, c)
			}
			checkPullback(t, r, g, in, active)
		}
	}
}

// inSegments checkpoints the loops of a graph.
func inSegments(g *ir.Graph, steps int) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	env := map[*ir.Value]*ir.Value{}
	for i, p := range b.Params(g.InTypes()) {
		env[g.Params[i]] = p
	}
	for _, n := range g.Nodes {
		in := ir.Lookup(env, n.Inputs)
		out := []*ir.Value(nil)
		if n.Op == op.LoopID {
			out = CheckpointLoop(b, n.Attrs.(op.LoopAttrs), steps, n.Regions[0], in...)
		} else {
			out = b.Copy(n, in).Results
		}
		for i, r := range n.Results {
			env[r] = out[i]
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...)
}

// The memory of the residuals follows the theory: T for a plain loop, about 2 sqrt(T) in segments.
func TestMemoryOfCheckpoints(t *testing.T) {
	const trip = 400
	plain := graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values { return values{op.Sin(b, op.Mul(b, p[1], op.Exp(b, p[2])))} }, indexType, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: trip, Consts: 1, Carries: 1}, step, p...)
	}, vec, vec)
	const row = 3 * 8
	assert.Equal(t, trip*row*2, stackedBytes(plain), "two residuals a step")
	assert.Equal(t, trip*row, stackedBytes(inSegments(plain, 1)), "the carry of each step")
	assert.Equal(t, 20*row*(1+2), stackedBytes(inSegments(plain, SqrtSteps(trip))), "20 carries, and the residuals of 20 steps")
	assert.Equal(t, 4*row+100*row*2, stackedBytes(inSegments(plain, 100)))
}

// stackedBytes adds up what the loops of the gradient of g stack for the way back, at any nesting.
func stackedBytes(g *ir.Graph) int {
	h, _ := Pullback(g, inexactMarks(g.Params))
	total := 0
	h.Walk(func(n *ir.Node) {
		if a, ok := n.Attrs.(op.LoopAttrs); ok {
			for _, y := range n.Results[a.Carries:] {
				total += y.Type.Size() * y.Type.DType.Size()
			}
		}
	})
	return total
}

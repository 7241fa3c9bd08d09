package autodiff

import (
	"context"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Cases that derivatives get wrong easily, by name. Values at branch points are in jax_test.go, loops in control_test.go.

func TestGradOfOutputsThatDoNotDepend(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		return values{op.ReduceSum(b, p[0], 0), p[1], op.ScalarInt(b, dtype.Int32, 7), p[0]}
	}, vec, vec)
	out := run(t, Grad(g, []bool{true, true}), f64(1, 2, 3), f64(4, 5, 6))
	assert.Equal(t, []float64{1, 1, 1}, out[4].Float64s())
	assert.Equal(t, []float64{0, 0, 0}, out[5].Float64s(), "a parameter that is not used")

	_, outActive := JVP(g, []bool{true, false})
	assert.Equal(t, []bool{true, false, false, true}, outActive)
	forward, backward, residuals, outActive := VJP(g, []bool{false, true})
	assert.Equal(t, []bool{false, true, false, false}, outActive)
	assert.Zero(t, residuals)
	require.NoError(t, ir.Verify(forward))
	assert.Equal(t, []float64{7, 8, 9}, run(t, backward, f64(7, 8, 9))[0].Float64s())
}

func TestGradOfValueUsedTwice(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		y := op.Add(b, p[0], p[0])
		return values{op.ReduceSum(b, op.Mul(b, y, y), 0), y, y}
	}, vec)
	assert.Equal(t, []float64{8, 16, 24}, run(t, Grad(g, []bool{true}), f64(1, 2, 3))[3].Float64s())
	_, back := runPullback(t, g, []*tensor.Tensor{f64(1, 2, 3)}, []*tensor.Tensor{tensor.Scalar(0.0), f64(1, 0, 0), f64(0, 1, 0)}, []bool{true})
	assert.Equal(t, []float64{2, 2, 0}, back[0].Float64s())
}

func TestGradOfUnusedLoopOutputsKeepsNothingForThem(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			return values{op.Mul(b, p[1], p[2]), op.Exp(b, op.Sin(b, p[2]))}
		}, indexType, vec, vec)
		out := op.Loop(b, op.LoopAttrs{Trip: 5, Consts: 1, Carries: 1}, step, p...)
		return values{op.ReduceSum(b, out[0], 0), out[1]}
	}, vec, vec)
	h := Grad(g, []bool{false, true})
	for _, n := range h.Nodes {
		if n.Op == op.LoopID {
			assert.LessOrEqual(t, len(n.Results), 2, "the recorded output is computed, and nothing is stacked\n%s", ir.Print(h))
		}
	}
}

// The backward rule clips, so it is not linear: reverse mode uses it, and forward mode says what is wrong when it is run.
func TestBackwardRuleThatIsNotLinear(t *testing.T) {
	clip := graphOf(func(b *ir.Builder, p values) values {
		same := body(func(_ *ir.Builder, p values) values { return p }, vec)
		backward := body(func(b *ir.Builder, p values) values {
			return values{op.Max(b, op.Min(b, p[0], num(b, p[0], 1)), num(b, p[0], -1))}
		}, vec)
		y := op.Call(b, op.CallAttrs{Name: "clipped", Kind: op.CallCustomVJP}, []*ir.Graph{same, same, backward}, op.Mul(b, p[0], num(b, p[0], 3)))
		return values{op.ReduceSum(b, op.Mul(b, y[0], y[0]), 0)}
	}, vec)
	assert.Equal(t, []float64{3, -3, 1.5}, run(t, Grad(clip, []bool{true}), f64(1, -2, 0.0833333333333333333))[1].Float64s())

	h, _ := JVP(clip, []bool{true})
	_, err := interp.Run(context.Background(), h, []*tensor.Tensor{f64(1, 2, 3), f64(1, 1, 1)})
	require.ErrorContains(t, err, "the function clipped has a custom backward rule that is not linear in the cotangents, so it has no forward mode")
}

// The same rule on the carry of a loop: what flows through it follows from the rule, not from the transpose that it has not.
func TestBackwardRuleThatIsNotLinearInALoop(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			same := body(func(_ *ir.Builder, p values) values { return p }, vec)
			backward := body(func(b *ir.Builder, p values) values {
				return values{op.Max(b, op.Min(b, p[0], num(b, p[0], 1)), num(b, p[0], -1))}
			}, vec)
			return op.Call(b, op.CallAttrs{Name: "clipped", Kind: op.CallCustomVJP}, []*ir.Graph{same, same, backward}, op.Mul(b, p[1], num(b, p[1], 3)))
		}, indexType, vec)
		out := op.Loop(b, op.LoopAttrs{Trip: 4, Carries: 1}, step, p...)
		return values{op.ReduceSum(b, op.Mul(b, out[0], num(b, out[0], 0.5)), 0)}
	}, vec)
	assert.Equal(t, []float64{3, 3, 3}, run(t, Grad(g, []bool{true}), f64(1, -2, 0.5))[1].Float64s(), "0.5, then clipped to 1 before each factor of 3")
	h, _ := Batch(Grad(g, []bool{true}), []bool{true}, 2, []bool{true, true})
	rows := tensor.Must(tensor.FromSlice([]float64{1, -2, 0.5, 1, 1, 1}, 2, 3))
	assert.Equal(t, []float64{3, 3, 3, 3, 3, 3}, run(t, h, rows)[1].Float64s())
}

// A step function with a surrogate gradient has second derivatives too: those of its backward rule, and of its forward region as it stands, as in JAX.
func TestSecondDerivativeOfSurrogate(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		return values{op.ReduceSum(b, op.Mul(b, spike(b, p[0]), op.Mul(b, p[0], p[0])), 0)}
	}, vec)
	x := f64(0.5, -0.25, 2)
	first := graphOf(func(b *ir.Builder, p values) values { return Grad(g, []bool{true}).Inline(b, p...)[1:] }, vec)
	want := graphOf(func(b *ir.Builder, p values) values { // s x^2 with s' = 1/(1+|x|)^2 written down
		zero, one := num(b, p[0], 0), num(b, p[0], 1)
		s := op.StopGradient(b, op.Convert(b, op.Gt(b, p[0], zero), dtype.Float64))
		d := op.Add(b, one, op.Abs(b, p[0]))
		x2 := op.Mul(b, p[0], p[0])
		return values{op.Add(b, op.Div(b, x2, op.Mul(b, d, d)), op.Mul(b, s, op.Add(b, p[0], p[0])))}
	}, vec)
	r := seeded(1)
	direction := directions(r, []*tensor.Tensor{x}, []bool{true})
	requireClose(t, run(t, want, x)[0].Complex128s(), run(t, first, x)[0].Complex128s(), 1e-14, "gradient")
	_, got := runJVP(t, first, []*tensor.Tensor{x}, direction, []bool{true})
	_, expected := runJVP(t, want, []*tensor.Tensor{x}, direction, []bool{true})
	requireClose(t, expected[0].Complex128s(), got[0].Complex128s(), 1e-14, "second derivative")
}

func TestStopGradient(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		return values{op.ReduceSum(b, op.Mul(b, p[0], op.StopGradient(b, p[0])), 0)}
	}, vec)
	assert.Equal(t, []float64{1, 2, 3}, run(t, Grad(g, []bool{true}), f64(1, 2, 3))[1].Float64s())
}

// Events: the derivative with respect to spikes is there for silent neurons too, that with respect to weights for spiking ones only.
func TestEventsDerivatives(t *testing.T) {
	n := ir.T(dtype.Float64, 2)
	g := graphOf(func(b *ir.Builder, p values) values {
		indptr, indices := b.Const(tensor.Of[int32](0, 2, 3)), b.Const(tensor.Of[int32](0, 2, 1))
		return values{op.EventCSR(b, op.Full(b, vec, 0), p[0], indptr, indices, p[1])}
	}, n, vec)
	_, back := runPullback(t, g, []*tensor.Tensor{f64(0, 1), f64(2, 3, 5)}, []*tensor.Tensor{f64(10, 20, 30)}, []bool{true, true})
	assert.Equal(t, []float64{2*10 + 3*30, 5 * 20}, back[0].Float64s())
	assert.Equal(t, []float64{0, 0, 20}, back[1].Float64s())
}

// Polygamma values: trigamma(1) = pi^2/6, trigamma(1/2) = pi^2/2, and the fourth derivative of log Gamma at 1 is pi^4/15.
func TestDerivativesOfDigamma(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values { return values{op.Digamma(b, p[0])} }, scalar)
	derivative := func(g *ir.Graph) *ir.Graph {
		return graphOf(func(b *ir.Builder, p values) values { return Grad(g, []bool{true}).Inline(b, p[0])[1:] }, scalar)
	}
	const pi = 3.14159265358979323846
	first := derivative(g)
	third := derivative(derivative(first))
	at := func(g *ir.Graph, x float64) float64 { return run(t, g, tensor.Scalar(x))[0].Float64s()[0] }
	assert.InEpsilon(t, pi*pi/6, at(first, 1), 1e-14)
	assert.InEpsilon(t, pi*pi/2, at(first, 0.5), 1e-14)
	assert.InEpsilon(t, pi*pi*2/2+4-pi*pi/2, at(first, -0.5), 1e-13) // trigamma(-1/2) = pi^2/2 + 4
	assert.InEpsilon(t, pi*pi*pi*pi/15, at(third, 1), 1e-11)
	assert.InEpsilon(t, 1/1e6+0.5e-12+1e-18/6, at(first, 1e6), 1e-14)
}

// What a checkpoint computes again prints nothing again.
func TestEffectsOfCheckpointsHappenOnce(t *testing.T) {
	g := graphOf(func(b *ir.Builder, p values) values {
		inner := body(func(b *ir.Builder, p values) values {
			op.Print(b, "%v", p[0])
			op.Check(b, op.Gt(b, p[0], num(b, p[0], 0)), "positive")
			return values{op.Sin(b, op.Exp(b, p[0]))}
		}, scalar)
		step := body(func(b *ir.Builder, p values) values {
			return op.Call(b, op.CallAttrs{Kind: op.CallCheckpoint}, []*ir.Graph{inner}, p[1])
		}, indexType, scalar)
		return op.Loop(b, op.LoopAttrs{Trip: 3, Carries: 1}, step, p...)
	}, scalar)
	_, err := interp.Run(context.Background(), Grad(g, []bool{true}), []*tensor.Tensor{tensor.Scalar(-1.0)}, interp.PrintTo(func(string) {}))
	require.ErrorContains(t, err, "positive")
	count := 0
	_, err = interp.Run(context.Background(), Grad(g, []bool{true}), []*tensor.Tensor{tensor.Scalar(0.5)}, interp.PrintTo(func(string) { count++ }))
	require.NoError(t, err)
	assert.Equal(t, 3, count)
}

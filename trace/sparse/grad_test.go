package sparse_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
	"github.com/ranvier-go/ranvier/trace/sparse"
)

// learned is what a sparse product is differentiated with respect to.
type learned struct{ Weights, Spikes, Acc array }

// products are functions of weights, spikes and an accumulator, in the sparse form and as a dense one.
type products struct {
	sparse, dense func(l learned) array
	at            learned
}

// csrProducts are the products of a matrix with weights (nnz) or one for all.
func csrProducts(c sparse.CSR) map[string]products {
	rows, columns := c.Rows(), c.Indices.AsType(dtype.Int32)
	dense := func(w array) array { return num.Zeros(c.Pre, c.Post).AddAt(w.BroadcastTo(c.NNZ()), rows, columns) }
	at := learned{c.Weights, rand.Uniform(rand.Key(1), -1, 1, c.Pre), rand.Normal(rand.Key(2), c.Post)}
	return map[string]products{
		"events": {func(l learned) array { return num.Square(c.WithWeights(l.Weights).AddEvents(l.Acc, l.Spikes)) },
			func(l learned) array { return num.Square(l.Acc.Add(l.Spikes.MatMul(dense(l.Weights)))) }, at},
		"matvec": {func(l learned) array { return num.Sin(c.WithWeights(l.Weights).MatVec(l.Acc)).Mul(l.Spikes) },
			func(l learned) array { return num.Sin(dense(l.Weights).MatMul(l.Acc)).Mul(l.Spikes) }, at},
		"outer": {func(l learned) array { return num.Sin(c.Outer(l.Spikes, l.Acc)).Mul(l.Weights) },
			func(l learned) array { return num.Sin(l.Spikes.At(rows).Mul(l.Acc.At(columns))).Mul(l.Weights) }, at},
	}
}

func proceduralProducts(p sparse.Procedural) map[string]products {
	unit := func(w array) array { q := p; q.Weights = w; return q.CSR().Dense() }
	// The matrix is linear in its weights: the derivative of the dense form is that of a sum of matrices.
	parts := make(arrays, p.Weights.Size())
	for i := range parts {
		one := num.ZerosLike(p.Weights)
		if p.Weights.Rank() == 0 {
			one = num.OnesLike(p.Weights)
		} else {
			one = one.SetAt(1, i)
		}
		parts[i] = unit(one)
	}
	dense := func(w array) array {
		sum := num.Zeros(p.Pre, p.Post)
		for i, m := range parts {
			sum = sum.Add(m.Mul(w.Reshape(-1).At(i)))
		}
		return sum
	}
	at := learned{p.Weights, rand.Uniform(rand.Key(1), -1, 1, p.Pre), rand.Normal(rand.Key(2), p.Post)}
	with := func(w array) sparse.Procedural { q := p; q.Weights = w; return q }
	return map[string]products{
		"events": {func(l learned) array { return num.Square(with(l.Weights).AddEvents(l.Acc, l.Spikes)) },
			func(l learned) array { return num.Square(l.Acc.Add(l.Spikes.MatMul(dense(l.Weights)))) }, at},
		"matvec": {func(l learned) array { return num.Sin(with(l.Weights).MatVec(l.Acc)).Mul(l.Spikes) },
			func(l learned) array { return num.Sin(dense(l.Weights).MatMul(l.Acc)).Mul(l.Spikes) }, at},
	}
}

type arrays = []array

func eachProduct(t *testing.T, check func(t *testing.T, p products)) {
	weighted := sparse.FixedProb(3, 12, 9, 0.4, true, 1)
	weighted = weighted.WithWeights(rand.Normal(rand.Key(7), weighted.NNZ()))
	proc := sparse.NewProcedural(11, 12, 9, 0.3, true, 0.7)
	for name, all := range map[string]map[string]products{
		"csr": csrProducts(weighted), "one weight": csrProducts(sparse.FixedProb(4, 8, 8, 0.5, false, 1.5)),
		"procedural": proceduralProducts(proc), "uniform": proceduralProducts(proc.WithUniformWeights(-1, 2)), "normal": proceduralProducts(proc.WithNormalWeights(0.5, 0.2)),
	} {
		for product, p := range all {
			t.Run(name+" "+product, func(t *testing.T) { check(t, p) })
		}
	}
}

func gradOf(f func(learned) array) func(*trace.Scope, learned) learned {
	return trace.Grad(func(_ *trace.Scope, l learned) array { return f(l).Sum() })
}

func requireLearned(t *testing.T, want, got learned) {
	t.Helper()
	requireClose(t, want.Weights, got.Weights)
	requireClose(t, want.Spikes, got.Spikes)
	requireClose(t, want.Acc, got.Acc)
}

// Derivatives with respect to weights, spikes and the accumulator are those of the dense product: forward, reverse, and second ones.
func TestDerivativesAgainstDense(t *testing.T) {
	eachProduct(t, func(t *testing.T, p products) {
		want := trace.Jit(gradOf(p.dense)).Must(p.at)
		requireLearned(t, want, trace.Jit(gradOf(p.sparse)).Must(p.at))
		requireLearned(t, want, trace.Eager(gradOf(p.sparse)).Must(p.at))
		direction := learned{num.Cos(num.Arange(p.at.Weights.Size()).Add(0.5)).Reshape(p.at.Weights.Shape()...), num.Cos(p.at.Spikes), num.Sin(p.at.Acc)}
		along := func(f func(learned) array) trace.Dual[learned] {
			return trace.Jit(trace.JVP(gradOf(f))).Must(trace.Dual[learned]{Value: p.at, Tangent: direction})
		}
		requireLearned(t, along(p.dense).Tangent, along(p.sparse).Tangent)
	})
}

// Lanes share what has no lanes, and each has its own gradient.
func TestLanesAgainstDense(t *testing.T) {
	eachProduct(t, func(t *testing.T, p products) {
		const size = 4
		lanes := func(x array) array {
			scale := num.Arange(size).Add(1.0).Div(2)
			return num.Stack(arrays{x.Mul(scale.At(0)), x.Mul(scale.At(1)), x.Mul(0), x.Mul(scale.At(3))}, 0)
		}
		for _, axes := range map[string][]int{"all": {0, 0, 0}, "spikes": {trace.NoLanes, 0, trace.NoLanes}, "weights": {0, trace.NoLanes, trace.NoLanes},
			"spikes and acc": {trace.NoLanes, 0, 0}} {
			in := p.at
			for i, x := range []*array{&in.Weights, &in.Spikes, &in.Acc} {
				if axes[i] == 0 {
					*x = lanes(*x)
				}
			}
			of := func(f func(learned) array) func(*trace.Scope, learned) learned {
				return trace.Vmap(gradOf(f), trace.InAxes(axes...))
			}
			requireLearned(t, trace.Jit(of(p.dense)).Must(in), trace.Jit(of(p.sparse)).Must(in))
			values := func(f func(learned) array) array {
				return trace.Jit(trace.Vmap(func(_ *trace.Scope, l learned) array { return f(l) }, trace.InAxes(axes...))).Must(in)
			}
			requireClose(t, values(p.dense), values(p.sparse))
		}
	})
}

// A recurrent spiking network through time: surrogate gradients with respect to all weights of its sparse connections, against dense ones, alone
// and for several inputs at once, with and without checkpoints.
func TestSpikingNetworkAgainstDense(t *testing.T) {
	const units, steps = 12, 9
	wiring := sparse.FixedProb(5, units, units, 0.4, false, 1)
	weights := rand.Normal(rand.Key(3), wiring.NNZ())
	spike := trace.CustomVJP(func(_ *trace.Scope, x array) array { return x.Gt(0).AsType(x.DType()) },
		func(_ *trace.Scope, x array) (array, array) { return x.Gt(0).AsType(x.DType()), x },
		func(_ *trace.Scope, x, ct array) array { return ct.Div(num.Square(num.Abs(x).Add(1))) })
	dense := func(w array) array { return wiring.WithWeights(w).Dense() }
	run := func(product func(w, z array) array, opts ...trace.LoopOption) func(*trace.Scope, learned) array {
		return func(s *trace.Scope, l learned) array {
			type state struct{ V, Z array }
			end, _ := trace.Scan(s, state{num.Zeros(units), num.Zeros(units)}, trace.Range(steps), func(s *trace.Scope, c state, _ array) (state, struct{}) {
				c.V = c.V.Mul(0.9).Add(product(l.Weights, c.Z)).Add(l.Spikes)
				c.Z = spike(s, c.V.Sub(0.5))
				return c, struct{}{}
			}, opts...)
			return num.Square(end.V).Sum().Add(end.Z.Mul(l.Acc).Sum())
		}
	}
	at := learned{weights, rand.Uniform(rand.Key(1), 0, 0.4, units), rand.Normal(rand.Key(2), units)}
	sparsely := func(w, z array) array { return wiring.WithWeights(w).Events(z) }
	want := trace.Jit(trace.Grad(run(func(w, z array) array { return z.MatMul(dense(w)) }))).Must(at)
	require.Greater(t, num.Abs(want.Weights).Max().Float(), 0.01)
	requireLearned(t, want, trace.Jit(trace.Grad(run(sparsely))).Must(at))
	requireLearned(t, want, trace.Jit(trace.Grad(run(sparsely, trace.CheckpointSqrt()))).Must(at))
	two := learned{weights, num.Stack(arrays{at.Spikes, at.Spikes.Mul(0.5)}, 0), at.Acc}
	got := trace.Jit(trace.Vmap(trace.Grad(run(sparsely)), trace.InAxes(trace.NoLanes, 0, trace.NoLanes))).Must(two)
	requireLearned(t, want, learned{got.Weights.At(0), got.Spikes.At(0), got.Acc.At(0)})
	half := at
	half.Spikes = at.Spikes.Mul(0.5)
	requireLearned(t, trace.Jit(trace.Grad(run(sparsely))).Must(half), learned{got.Weights.At(1), got.Spikes.At(1), got.Acc.At(1)})
}

// Lanes of events are a loop in machine code, for bools and for numbers.
func TestLanesOfEventsStayInMachineCode(t *testing.T) {
	cpu, err := backends.Get("cpu")
	require.NoError(t, err)
	c := sparse.FixedProb(5, 40, 30, 0.4, false, 1)
	c = c.WithWeights(rand.Normal(rand.Key(3), c.NNZ()))
	for name, f := range map[string]func(*trace.Scope, array) array{
		"bools":   func(_ *trace.Scope, x array) array { return c.Events(x.Gt(0.5)) },
		"numbers": func(_ *trace.Scope, x array) array { return c.Events(num.Maximum(x, 0.5).Sub(0.5)) },
	} {
		x := rand.Uniform(rand.Key(1), 0, 1, 8, 40)
		jit := trace.Jit(trace.Vmap(f), trace.On(cpu))
		for lane := range 8 {
			requireClose(t, f(nil, x.At(lane)), jit.Must(x).At(lane))
		}
		low, err := jit.Lower(x)
		require.NoError(t, err)
		exec, err := low.Compile()
		require.NoError(t, err)
		if exec.(backends.Measured).Stats().CodeBytes > 0 { // not on platforms without machine code
			require.NotContains(t, exec.(backends.Inspector).Listing(), "left to the portable executor", name)
		}
	}
}

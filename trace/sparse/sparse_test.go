package sparse_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
	"github.com/ranvier-go/ranvier/trace/sparse"
)

type array = trace.Array

func requireClose(t *testing.T, want, got array) {
	t.Helper()
	require.Equal(t, want.Shape(), got.Shape())
	require.True(t, num.AllClose(got, want, 1e-5, 1e-5).Bool(), "want %v, got %v", want, got)
}

// cases are matrices with different layouts of weights.
func cases() map[string]sparse.CSR {
	dense := num.Where(rand.Bernoulli(rand.Key(1), 0.3, 7, 5), rand.Normal(rand.Key(2), 7, 5), 0.0)
	return map[string]sparse.CSR{
		"dense":    sparse.FromDense(dense),
		"lists":    sparse.FromLists([][]int{{0, 2, 2}, {}, {4}}, 5, 0.5),
		"coo":      sparse.FromCOO([]int{2, 0, 2, 1}, []int{1, 3, 0, 1}, num.Of([]float64{1, 2, 3, 4}), 3, 4),
		"prob":     sparse.FixedProb(3, 40, 30, 0.2, true, 1.5),
		"no self":  sparse.FixedProb(3, 30, 30, 0.9, false, 1),
		"empty":    sparse.FromLists(make([][]int, 3), 4, 1),
		"wide":     sparse.FromLists([][]int{{70000}, {3, 66000}}, 70001, 2),
		"one by 0": sparse.FromLists([][]int{{}}, 0, 2),
	}
}

func TestProductsAgainstDense(t *testing.T) {
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			m := c.Dense()
			require.Equal(t, []int{c.Pre, c.Post}, m.Shape())
			x := rand.Normal(rand.Key(4), c.Post)
			spikes := rand.Bernoulli(rand.Key(5), 0.5, c.Pre)
			scaled := rand.Normal(rand.Key(6), c.Pre)
			f := func(_ *trace.Scope, c sparse.CSR) []array {
				return []array{c.Events(spikes), c.AddEvents(x, scaled), c.MatVec(x), c.Outer(scaled, x)}
			}
			for _, r := range [][]array{trace.Jit(f).Must(c), trace.Eager(f).Must(c)} {
				requireClose(t, spikes.AsType(dtype.Float32).MatMul(m), r[0])
				requireClose(t, x.Add(scaled.MatMul(m)), r[1])
				requireClose(t, m.MatMul(x), r[2])
				requireClose(t, scaled.At(c.Rows()).Mul(x.At(c.Indices.AsType(dtype.Int32))), r[3])
			}
			requireClose(t, m.T(), c.Transpose().Dense())
		})
	}
}

func TestFixedProb(t *testing.T) {
	c := sparse.FixedProb(11, 300, 400, 0.1, true, 2)
	require.InDelta(t, 12000, c.NNZ(), 5*104)
	require.Equal(t, dtype.Uint16, c.Indices.DType())
	require.Equal(t, 2.0, c.Dense().Max().Float(), "each place at most once")
	again := sparse.FixedProb(11, 300, 400, 0.1, true, 2)
	require.Equal(t, c.Indices.Ints(), again.Indices.Ints())
	require.NotEqual(t, c.Indices.Ints(), sparse.FixedProb(12, 300, 400, 0.1, true, 2).Indices.Ints())
	diagonal := num.Diagonal(sparse.FixedProb(3, 30, 30, 0.9, false, 1).Dense(), 0)
	require.Equal(t, 0.0, diagonal.Sum().Float())
}

func TestProceduralIsTheStoredMatrix(t *testing.T) {
	plain := sparse.NewProcedural(11, 30, 40, 0.2, true, 2)
	requireClose(t, sparse.FixedProb(11, 30, 40, 0.2, true, 2).Dense(), plain.CSR().Dense())
	for name, p := range map[string]sparse.Procedural{"plain": plain, "uniform": plain.WithUniformWeights(-1, 3), "normal": plain.WithNormalWeights(1, 0.1)} {
		t.Run(name, func(t *testing.T) {
			m := p.CSR().Dense()
			x := rand.Normal(rand.Key(4), p.Post)
			spikes := rand.Bernoulli(rand.Key(5), 0.5, p.Pre)
			r := trace.Jit(func(_ *trace.Scope, p sparse.Procedural) []array {
				return []array{p.Events(spikes), p.AddEvents(x, spikes), p.MatVec(x)}
			}).Must(p)
			delivered := spikes.AsType(dtype.Float32).MatMul(m)
			requireClose(t, delivered, r[0])
			requireClose(t, x.Add(delivered), r[1])
			requireClose(t, m.MatMul(x), r[2])
		})
	}
}

func TestErrors(t *testing.T) {
	c := sparse.FromLists([][]int{{0}, {1}}, 3, 1)
	for text, f := range map[string]func(){
		"add events: acc: got f32[2], want a vector of 3":                                func() { c.AddEvents(num.Zeros(2), num.Zeros(2)) },
		"add events: events: got f32[3], want a vector of 2":                             func() { c.Events(num.Zeros(3)) },
		"matvec: x: got f32[2], want a vector of 3":                                      func() { c.MatVec(num.Zeros(2)) },
		"with weights: got f32[3], want a scalar or a vector of 2, one for each synapse": func() { c.WithWeights(num.Zeros(3)) },
		"from lists: row 1: got column 3, want 0 to 2":                                   func() { sparse.FromLists([][]int{{0}, {3}}, 3, 1) },
		"from coo: pre[1]: got 2, want 0 to 1":                                           func() { sparse.FromCOO([]int{0, 2}, []int{0, 0}, 1, 2, 1) },
		"from dense: got f32[2], want a matrix":                                          func() { sparse.FromDense(num.Zeros(2)) },
		"fixed prob: probability: got 1.5, want 0 to 1":                                  func() { sparse.FixedProb(1, 2, 3, 1.5, true, 1) },
	} {
		require.ErrorContains(t, trace.Try(f), text)
	}
}

package connect_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// degrees delivers a spike of every neuron, and of each one alone: what arrives counts connections.
func matrix(t *testing.T, c brain.Comm) [][]float64 {
	t.Helper()
	pre, post := c.Sizes()
	f := trace.Jit(func(s *trace.Scope, events num.Array) num.Array {
		return c.Deliver(s, num.Zeros(post), events)
	})
	rows := make([][]float64, pre)
	for i := range rows {
		e := make([]bool, pre)
		e[i] = true
		out, err := f.Call(num.FromSlice(e))
		require.NoError(t, err)
		rows[i] = out.Floats()
	}
	return rows
}

// Both forms of connections have independent places of probability p: the number in a row is binomial, rows and columns are alike.
func TestFixedProbStatistics(t *testing.T) {
	const pre, post, p = 300, 500, 0.1
	for name, c := range map[string]brain.Comm{
		"csr":        connect.FixedProb{P: p, Seed: 3}.Event(pre, post, 1),
		"procedural": connect.FixedProb{P: p, Seed: 3}.Procedural(pre, post, 1),
	} {
		t.Run(name, func(t *testing.T) {
			m := matrix(t, c)
			total, square := 0.0, 0.0
			columns := make([]float64, post)
			for _, row := range m {
				degree := 0.0
				for j, x := range row {
					require.Contains(t, []float64{0, 1}, x, "a connection stands at most once")
					degree += x
					columns[j] += x
				}
				total += degree
				square += degree * degree
			}
			mean := total / pre
			require.InDelta(t, post*p, mean, 5*math.Sqrt(post*p*(1-p)/pre))
			require.InEpsilon(t, post*p*(1-p), square/pre-mean*mean, 0.4)
			for _, n := range columns {
				require.InDelta(t, pre*p, n, 6*math.Sqrt(pre*p*(1-p)))
			}
		})
	}
}

func TestFixedProbExtremes(t *testing.T) {
	require.Zero(t, connect.FixedProb{P: 0}.Event(10, 10, 1).Synapses())
	require.Equal(t, 100, connect.FixedProb{P: 1}.Event(10, 10, 1).Synapses())
	require.Zero(t, connect.FixedProb{P: 1}.Event(0, 10, 1).Synapses())
	require.Zero(t, connect.FixedProb{P: 1}.Event(10, 0, 1).Synapses())
}

func TestSeeds(t *testing.T) {
	same := func(a, b *connect.CSR) bool { return fmt.Sprint(matrix(t, a)) == fmt.Sprint(matrix(t, b)) }
	f := connect.FixedProb{P: 0.3, Seed: 7}
	require.True(t, same(f.Event(20, 20, 1), f.Event(20, 20, 1)))
	initial.SetSeed(5)
	a := connect.FixedProb{P: 0.3}.Event(20, 20, 1)
	b := connect.FixedProb{P: 0.3}.Event(20, 20, 1)
	require.False(t, same(a, b))
	initial.SetSeed(5)
	require.True(t, same(a, connect.FixedProb{P: 0.3}.Event(20, 20, 1)))
}

func TestHeterogeneousWeights(t *testing.T) {
	c := connect.NewCSR(2, 3, []int32{0, 2, 3}, []uint32{2, 0, 2}, num.FromSlice([]float32{0.5, 2, 4}))
	require.Equal(t, [][]float64{{2, 0, 0.5}, {0, 0, 4}}, matrix(t, c))
}

func TestErrors(t *testing.T) {
	one := trace.Full(dtype.Float32, 1)
	for want, make := range map[string]func(){
		"fixed probability: P: got 1.5, want a probability in [0, 1]":                    func() { connect.FixedProb{P: 1.5}.Event(3, 3, 1) },
		"fixed probability: P: got NaN":                                                  func() { connect.FixedProb{P: math.NaN()}.Procedural(3, 3, 1) },
		"fixed probability: sizes: got -1 and 3, want sizes of populations":              func() { connect.FixedProb{P: 1}.Event(-1, 3, 1) },
		"csr: indptr: got 2 row pointers, want 3, from 0 to 1":                           func() { connect.NewCSR(2, 3, []int32{0, 1}, []uint32{0}, one) },
		"csr: indptr: got row 1 that ends before it starts, want ascending row pointers": func() { connect.NewCSR(2, 3, []int32{0, 2, 1}, []uint32{0}, one) },
		"csr: targets: got target 3 of connection 0, want targets below 3":               func() { connect.NewCSR(1, 3, []int32{0, 1}, []uint32{3}, one) },
		"with weights: got f32[2], want a scalar or a vector of 1, one for each synapse": func() { connect.NewCSR(1, 3, []int32{0, 1}, []uint32{0}, num.Ones(2)) },
	} {
		require.ErrorContains(t, trace.Try(make), want)
	}
}

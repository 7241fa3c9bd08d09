package factor

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// expanded is the case with its one node written in plain primitives.
func expanded(c *irtest.Case) *irtest.Case {
	n := c.Graph.Nodes[0]
	b := ir.NewBuilder("expanded")
	x := b.Param(c.Graph.Params[0].Type)
	return &irtest.Case{Graph: b.Build(Expand(b, n, []*ir.Value{x})...), Inputs: c.Inputs}
}

// of is the case of a factorisation of a tensor.
func of(id ir.OpID, attrs ir.Attrs, a *tensor.Tensor) *irtest.Case {
	b := ir.NewBuilder("case")
	x := b.Param(ir.TypeOf(a))
	return &irtest.Case{Graph: b.Build(b.Emit(id, attrs, nil, x)...), Inputs: []*tensor.Tensor{a}}
}

func check(t *testing.T, name string, c *irtest.Case) {
	t.Helper()
	e := expanded(c)
	require.NoError(t, ir.Verify(e.Graph), name)
	got, err := irtest.Run(e)
	require.NoError(t, err, name)
	assert.NoError(t, irtest.CheckFactors(c, got), name)
}

// Samples of each row have the factors that the row is defined by.
func TestSamples(t *testing.T) {
	sizes := []int{0, 1, 2, 3, 4, 5, 8, 13}
	if testing.Short() {
		sizes = []int{0, 1, 2, 5}
	}
	for _, id := range []ir.OpID{op.LUID, op.QRID, op.EighID, op.SVDID, op.EigID} {
		row := id.Row()
		for _, dt := range row.Accepts.List() {
			for _, size := range sizes {
				for seed := range uint64(3) {
					check(t, fmt.Sprintf("%s/%s/%d/%d", row.Name, dt, size, seed), irtest.Sample(irtest.Seeded(seed<<8|uint64(size)), row, dt, size))
				}
			}
		}
	}
}

// allAttrs are the factorisations with all of their results.
var allAttrs = map[ir.OpID]ir.Attrs{
	op.LUID: nil, op.QRID: op.QRAttrs{Full: true}, op.EighID: op.EighAttrs{Lower: true}, op.SVDID: op.SVDAttrs{Vectors: true, Full: true},
	op.EigID: op.EigAttrs{Left: true, Right: true},
}

// filled makes a stack of one n x n matrix by a formula.
func filled(dt dtype.DType, n int, f func(i, j int) float64) *tensor.Tensor {
	a := tensor.Must(tensor.New(dt, 1, n, n))
	for i := range n {
		for j := range n {
			a.Set(i*n+j, f(i, j))
		}
	}
	return a
}

// Matrices that are known to be hard, at usual scales and at the ends of the range of numbers.
func TestHardMatrices(t *testing.T) {
	const n = 6
	symmetric := map[string]func(i, j int) float64{
		"zero":     func(i, j int) float64 { return 0 },
		"identity": func(i, j int) float64 { return delta(i, j) },
		"rank one": func(i, j int) float64 { return float64((i + 1) * (j + 1)) },
		"ones":     func(i, j int) float64 { return 1 },
		"path":     func(i, j int) float64 { return delta(i, j+1) + delta(i+1, j) },
		"hilbert":  func(i, j int) float64 { return 1 / float64(i+j+1) },
		"graded":   func(i, j int) float64 { return math.Pow(10, -3*float64(max(i, j))) },
	}
	general := map[string]func(i, j int) float64{
		"cyclic shift": func(i, j int) float64 { return delta((i+1)%n, j) },
		"wilkinson":    func(i, j int) float64 { return float64(n-i)*delta(i, j) + 20*delta(i+1, j) },
		"rotation":     func(i, j int) float64 { return delta(i+1, j) - delta(i, j+1) },
		"magic":        func(i, j int) float64 { return float64((i*7+j*11)%13) - 6 },
	}
	for _, dt := range op.LUID.Row().Accepts.List() {
		for id, attrs := range allAttrs {
			for _, scale := range []float64{1, 0x1p-100, 0x1p100} {
				for name, f := range symmetric {
					check(t, fmt.Sprintf("%s %s %s %g", id, dt, name, scale), of(id, attrs, filled(dt, n, func(i, j int) float64 { return scale * f(i, j) })))
				}
				for name, f := range general {
					check(t, fmt.Sprintf("%s %s %s %g", id, dt, name, scale), of(id, attrs, filled(dt, n, func(i, j int) float64 { return scale * f(i, j) })))
				}
			}
		}
	}
}

func delta(i, j int) float64 {
	if i == j {
		return 1
	}
	return 0
}

// The range of f64 is used: squares of elements would leave it.
func TestScales(t *testing.T) {
	for _, scale := range []float64{0x1p-900, 0x1p900} {
		for id, attrs := range allAttrs {
			check(t, fmt.Sprintf("%s %g", id, scale), of(id, attrs, filled(dtype.Float64, 4, func(i, j int) float64 { return scale * float64((i*5+j*3)%7-3) })))
		}
	}
}

// A matrix with a NaN or an infinity has no factors, and its neighbours keep theirs.
func TestNaN(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		for _, dt := range op.LUID.Row().Accepts.List() {
			a := tensor.Must(tensor.New(dt, 2, 2, 2))
			for i, v := range []float64{1, 2, 2, bad, 1, 0, 0, 1} {
				a.Set(i, v)
			}
			for _, id := range []ir.OpID{op.EighID, op.SVDID, op.EigID} {
				check(t, fmt.Sprintf("%s %s", id, dt), of(id, allAttrs[id], a))
			}
		}
	}
}

// Pivots are chosen as the interpreter does: the largest element, the first of equal ones, a NaN only where it stands.
func TestPivotsAreTheInterpreters(t *testing.T) {
	nan := math.NaN()
	for _, elements := range [][]float64{
		{1, 2, 3, -1, 4, 1, 1, -4, 2}, {0, 0, 1, 0, 2, 1, 0, 0, 0}, {nan, 1, 2, 3, 4, 5, 6, 7, 8}, {1, nan, 2, nan, 4, 5, 3, 7, 8},
	} {
		a := tensor.Must(tensor.FromSlice(elements, 3, 3))
		c := of(op.LUID, nil, a)
		want, err := irtest.Run(c)
		require.NoError(t, err)
		got, err := irtest.Run(expanded(c))
		require.NoError(t, err)
		assert.NoError(t, irtest.Compare(got[1:], want[1:], 0), "%v", elements)
		assert.NoError(t, irtest.Compare(got[:1], want[:1], 1), "%v", elements)
	}
}

// The eigenvalues of a Jordan block are known to the n-th root of the rounding error; all results are numbers.
func TestJordanBlock(t *testing.T) {
	c := of(op.EigID, allAttrs[op.EigID], filled(dtype.Float64, 8, func(i, j int) float64 { return 2*delta(i, j) + delta(i+1, j) }))
	got, err := irtest.Run(expanded(c))
	require.NoError(t, err)
	for _, w := range got[0].Complex128s() {
		assert.InDelta(t, 2, real(w), 0.05)
	}
	for _, out := range got {
		for _, z := range out.Complex128s() {
			assert.Zero(t, z-z)
		}
	}
}

// One-sided rotations find small singular values to their own last places.
func TestSmallSingularValues(t *testing.T) {
	want := []float64{1, 1e-20, 1e-60, 1e-120}
	a := tensor.Must(tensor.New(dtype.Float64, 4, 4))
	for i, s := range want {
		for j := range want { // columns of a Hadamard matrix, which are orthogonal, times s
			sign := 1.0
			if (i&j&1)^(i&j>>1&1) == 1 {
				sign = -1
			}
			a.Set(j*4+i, sign*s/2)
		}
	}
	got, err := irtest.Run(expanded(of(op.SVDID, op.SVDAttrs{}, a)))
	require.NoError(t, err)
	for i, s := range got[0].Float64s() {
		assert.InEpsilon(t, want[i], s, 1e-14)
	}
}

package autodiff

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
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

package cpu

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/require"
)

// farNumbers are arguments of circular functions of which a part is so large that it is reduced in another way.
func farNumbers(r *rand.Rand, dt dtype.DType, n int, share float64) *tensor.Tensor {
	x := op.RandomTensor(r, dt, -100, 100, n)
	for i := range n {
		if r.Float64() < share {
			x.Set(i, math.Ldexp(r.NormFloat64(), 20+r.IntN(100)))
		}
	}
	return x
}

// TestRareStretches runs circular functions of numbers few, some or all of which are far, with many values alive around them, on all
// tiers: jumping over the reduction of far numbers must change nothing.
func TestRareStretches(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, n := range []int{1, 5, 16, 67, 3000} {
			b := ir.NewBuilder("rare")
			x, y := b.Param(ir.T(dt, n)), b.Param(ir.T(dt, n))
			var alive []*ir.Value
			v := y
			for range 24 {
				v = op.FMA(b, v, x, y)
				alive = append(alive, v)
			}
			s, c, tan := op.Sin(b, x), op.Cos(b, x), op.Tan(b, op.Mul(b, x, y))
			sum := op.Add(b, op.Mul(b, s, c), tan)
			for _, v := range alive {
				sum = op.FMA(b, sum, y, v)
			}
			flag := op.And(b, op.Lt(b, x, y), op.Lt(b, tan, s))
			g := b.Build(s, c, tan, sum, flag, op.ReduceSum(b, op.Select(b, flag, s, c), 0))
			for _, share := range []float64{0, 0.001, 0.1, 1} {
				in := []*tensor.Tensor{farNumbers(r, dt, n, share), farNumbers(r, dt, n, share/2)}
				var first []*tensor.Tensor
				for _, tier := range Tiers() {
					be, err := New(tier)
					require.NoError(t, err)
					exe, err := be.Compile(g, backends.Options{})
					require.NoError(t, err)
					out, err := exe.Run(context.Background(), in, backends.RunOptions{})
					require.NoError(t, err)
					if first == nil {
						first = out
						continue
					}
					for i := range out {
						require.True(t, sameOrNaN(first[i], out[i]), "%s, %s, %d elements, output %d: %v and %v", dt, tier, n, i, first[i], out[i])
					}
					if tier != Portable {
						require.NotContains(t, strings.ToLower(exe.(backends.Inspector).Listing()), "portable")
					}
				}
			}
		}
	}
}

func sameOrNaN(x, y *tensor.Tensor) bool {
	if !x.DType().IsFloat() {
		return x.Equal(y)
	}
	a, b := x.Float64s(), y.Float64s()
	for i := range a {
		if a[i] != b[i] && (a[i] == a[i] || b[i] == b[i]) {
			return false
		}
	}
	return true
}

// BenchmarkSin measures arguments near and far.
func BenchmarkSin(b *testing.B) {
	const n = 10000
	r := rand.New(rand.NewPCG(1, 9))
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, tier := range Tiers() {
			for _, share := range []float64{0, 0.01, 1} {
				b.Run(fmt.Sprintf("%s/%s/far=%v", dt, tier, share), func(b *testing.B) {
					build := ir.NewBuilder("sin")
					be, _ := New(tier)
					exe, err := be.Compile(build.Build(op.Sin(build, build.Param(ir.T(dt, n)))), backends.Options{})
					require.NoError(b, err)
					in := []*tensor.Tensor{farNumbers(r, dt, n, share)}
					for b.Loop() {
						if _, err := exe.Run(context.Background(), in, backends.RunOptions{}); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
				})
			}
		}
	}
}

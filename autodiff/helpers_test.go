package autodiff

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/require"
)

func seeded(seed uint64) *ir.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// run checks a graph and evaluates it.
func run(t testing.TB, g *ir.Graph, in ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	require.NoError(t, ir.Verify(g))
	out, err := interp.Run(context.Background(), g, in, interp.PrintTo(func(string) {}))
	require.NoError(t, err, "%s", ir.Print(g))
	return out
}

// graphOf builds a graph from a function of its parameters.
func graphOf(f func(b *ir.Builder, p []*ir.Value) []*ir.Value, params ...ir.Type) *ir.Graph {
	b := ir.NewBuilder("f")
	return b.Build(f(b, b.Params(params))...)
}

// nodeGraph is a graph of one sampled node.
func nodeGraph(row *ir.Row, s ir.Sample) *ir.Graph {
	b := ir.NewBuilder(row.Name)
	var params []*ir.Value
	for _, x := range s.Inputs {
		params = append(params, b.Param(ir.TypeOf(x)))
	}
	return b.Build(b.Emit(row.ID, s.Attrs, s.Regions, params...)...)
}

// inexactOf marks the inputs that have tangents.
func inexactOf(in []*tensor.Tensor) []bool {
	out := make([]bool, len(in))
	for i, x := range in {
		out[i] = inexact(ir.TypeOf(x))
	}
	return out
}

// directions draws a tangent for each marked input.
func directions(r *ir.Rand, in []*tensor.Tensor, active []bool) []*tensor.Tensor {
	var out []*tensor.Tensor
	for _, x := range kept(in, active) {
		out = append(out, op.RandomTensor(r, x.DType(), -1, 1, x.Shape()...))
	}
	return out
}

// moved returns in + h*direction for the marked inputs.
func moved(in, direction []*tensor.Tensor, active []bool, h float64) []*tensor.Tensor {
	out := slices.Clone(in)
	k := 0
	for i := range in {
		if active[i] {
			out[i] = axpy(h, direction[k], in[i])
			k++
		}
	}
	return out
}

// axpy returns a*x + y.
func axpy(a float64, x, y *tensor.Tensor) *tensor.Tensor {
	xs, ys := x.Complex128s(), y.Complex128s()
	for i := range ys {
		ys[i] += complex(a, 0) * xs[i]
	}
	return tensor.Must(tensor.FromSlice(ys, y.Shape()...)).AsType(y.DType())
}

// numericJVP differentiates the outputs of g along a direction: central differences with two steps, extrapolated.
func numericJVP(t testing.TB, g *ir.Graph, in, direction []*tensor.Tensor, active []bool, h float64) [][]complex128 {
	slope := func(h float64) [][]complex128 {
		hi, lo := run(t, g, moved(in, direction, active, h)...), run(t, g, moved(in, direction, active, -h)...)
		out := make([][]complex128, len(hi))
		for i := range hi {
			a, b := hi[i].Complex128s(), lo[i].Complex128s()
			for k := range a {
				a[k] = (a[k] - b[k]) / complex(2*h, 0)
			}
			out[i] = a
		}
		return out
	}
	wide, narrow := slope(h), slope(h/2)
	for i := range wide {
		for k := range wide[i] {
			wide[i][k] = (4*narrow[i][k] - wide[i][k]) / 3
		}
	}
	return wide
}

// requireClose compares element by element, relative to the size of the largest.
func requireClose(t testing.TB, want, got []complex128, tolerance float64, format string, args ...any) {
	t.Helper()
	require.Len(t, got, len(want))
	scale := 1.0
	for _, w := range want {
		if a := abs(w); !math.IsInf(a, 0) && a == a {
			scale = max(scale, a)
		}
	}
	for i := range want {
		if want[i] == got[i] || want[i] != want[i] && got[i] != got[i] {
			continue
		}
		if !(abs(want[i]-got[i]) <= tolerance*scale) {
			require.Failf(t, "not close", "element %d: got %v, want %v\n"+format, append([]any{i, got[i], want[i]}, args...)...)
		}
	}
}

func abs(z complex128) float64 { return math.Hypot(real(z), imag(z)) }

// dot is the real part of the sum of products, over all arrays: what transposition keeps.
func dot(xs, ys []*tensor.Tensor) float64 {
	var sum complex128
	for i := range xs {
		x, y := xs[i].Complex128s(), ys[i].Complex128s()
		for k := range x {
			sum += x[k] * y[k]
		}
	}
	return real(sum)
}

// runJVP returns the outputs of g and their tangents along a direction; zero ones are filled in.
func runJVP(t testing.TB, g *ir.Graph, in, direction []*tensor.Tensor, active []bool) (out, tangents []*tensor.Tensor) {
	h, outActive := JVP(g, active)
	all := run(t, h, slices.Concat(in, direction)...)
	n := len(g.Outputs)
	rest := all[n:]
	for i, a := range outActive {
		if a {
			tangents, rest = append(tangents, rest[0]), rest[1:]
		} else {
			tangents = append(tangents, tensor.Must(tensor.New(g.Outputs[i].Type.DType, g.Outputs[i].Type.Shape...)))
		}
	}
	return all[:n], tangents
}

// runPullback returns the outputs and the cotangents of the active inputs; cts has one for each inexact output.
func runPullback(t testing.TB, g *ir.Graph, in, cts []*tensor.Tensor, active []bool) (out, back []*tensor.Tensor) {
	h, outActive := Pullback(g, active)
	all := run(t, h, slices.Concat(in, activeCts(g, cts, outActive))...)
	return all[:len(g.Outputs)], all[len(g.Outputs):]
}

// activeCts keeps the cotangents of active outputs of a list for the inexact ones.
func activeCts(g *ir.Graph, cts []*tensor.Tensor, outActive []bool) []*tensor.Tensor {
	var out []*tensor.Tensor
	for i, v := range g.Outputs {
		if inexact(v.Type) {
			if outActive[i] {
				out = append(out, cts[0])
			}
			cts = cts[1:]
		}
	}
	return out
}

// randomCts draws a cotangent for each inexact output.
func randomCts(r *ir.Rand, g *ir.Graph) []*tensor.Tensor {
	var out []*tensor.Tensor
	for _, v := range g.Outputs {
		if inexact(v.Type) {
			out = append(out, op.RandomTensor(r, v.Type.DType, -1, 1, v.Type.Shape...))
		}
	}
	return out
}

// inexactOutputs keeps the tensors of inexact outputs.
func inexactOutputs(g *ir.Graph, list []*tensor.Tensor) []*tensor.Tensor {
	return kept(list, inexactMarks(g.Outputs))
}

// f64 makes a vector.
func f64(elems ...float64) *tensor.Tensor { return tensor.Of(elems...) }

var _ = dtype.Float64

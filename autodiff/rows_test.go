package autodiff

import (
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample draws a node of a row from its domain.
func sample(r *ir.Rand, row *ir.Row, dt dtype.DType, size int) ir.Sample {
	if row.Domain.Make != nil {
		return row.Domain.Make(r, dt, size)
	}
	shape := [][]int{{}, {size}, {size, 3}, {1, size}}[r.IntN(4)]
	s := ir.Sample{}
	for range row.Arity {
		s.Inputs = append(s.Inputs, op.RandomTensor(r, dt, row.Domain.Lo, row.Domain.Hi, shape...))
	}
	return s
}

func hasRule(row *ir.Row) bool {
	return row.Derivative != nil || controls[row.ID] != nil || expansions[row.ID] != nil
}

// differentiable lists the rows whose derivatives are tested, with element types to test them on.
func differentiable(f func(row *ir.Row, dt dtype.DType)) {
	for _, row := range ir.Rows() {
		if row.NoGradient || !hasRule(row) {
			continue
		}
		for _, dt := range []dtype.DType{dtype.Float64, dtype.Complex128} {
			if row.Accepts.Has(dt) {
				f(row, dt)
			}
		}
	}
}

// precise tells samples at which finite differences make sense: no 16-bit or 32-bit floats, no general region.
func precise(g *ir.Graph, s ir.Sample) bool {
	if a, ok := s.Attrs.(op.ScatterAttrs); ok && a.Combine == op.CombineRegion {
		return false
	}
	if isFullSVD(g, s) { // the vectors that complete a basis have no derivative
		return false
	}
	for _, t := range append(g.InTypes(), g.OutTypes()...) {
		if inexact(t) && t.DType.Real() != dtype.Float64 {
			return false
		}
	}
	return true
}

// withoutPhases replaces complex singular vectors and eigenvectors, whose phases are free, by matrices that do not depend on them: sums of the
// numbers 1, 2, ... times outer products of vectors that belong together. Of the vectors of eig the absolute values stay.
func withoutPhases(g *ir.Graph) *ir.Graph {
	id := g.Nodes[0].Op
	if id == op.EigID {
		b := ir.NewBuilder(g.Name)
		out := slices.Clone(g.Inline(b, b.Params(g.InTypes())...))
		for i := 1; i < len(out); i++ {
			out[i] = op.Abs(b, out[i])
		}
		return b.Build(out...)
	}
	if !g.Params[0].Type.DType.IsComplex() || id != op.EighID && id != op.SVDID || len(g.Outputs) == 1 ||
		len(g.Outputs) == 3 && g.Outputs[0].Type.Shape[2] != g.Outputs[2].Type.Shape[1] {
		return g
	}
	b := ir.NewBuilder(g.Name)
	out := g.Inline(b, b.Params(g.InTypes())...)
	left, right, values := out[1], out[1], out[0]
	if id == op.SVDID {
		left, right, values = out[0], op.Transpose(b, op.Conj(b, out[2]), []int{0, 2, 1}), out[1]
	}
	numbers := op.Add(b, op.Iota(b, left.Type.DType, left.Type.Shape, 2), num(b, left, 1))
	return b.Build(values, op.MatMul(b, op.Mul(b, left, numbers), op.Transpose(b, op.Conj(b, right), []int{0, 2, 1})))
}

// varied marks the inputs that are varied: the inexact ones, but exponents of scalb are integral.
func varied(row *ir.Row, s ir.Sample) []bool {
	active := inexactOf(s.Inputs)
	if row.ID == op.ScalbID {
		active[1] = false
	}
	return active
}

const samplesPerRow = 25

// eachSample runs f on samples of all differentiable rows.
func eachSample(t *testing.T, f func(t *testing.T, r *ir.Rand, g *ir.Graph, in []*tensor.Tensor, active []bool)) {
	differentiable(func(row *ir.Row, dt dtype.DType) {
		t.Run(row.Name+"/"+dt.String(), func(t *testing.T) {
			r := seeded(uint64(row.ID))
			for i := range samplesPerRow {
				s := sample(r, row, dt, []int{0, 1, 2, 3, 5}[i%5])
				if g := withoutPhases(nodeGraph(row, s)); precise(g, s) {
					f(t, r, g, s.Inputs, varied(row, s))
				}
			}
		})
	})
}

func TestJVPAgainstFiniteDifferences(t *testing.T) {
	eachSample(t, func(t *testing.T, r *ir.Rand, g *ir.Graph, in []*tensor.Tensor, active []bool) {
		direction := directions(r, in, active)
		out, tangents := runJVP(t, g, in, direction, active)
		plain := run(t, g, in...)
		for i := range plain {
			require.True(t, plain[i].Equal(out[i]), "the value changes")
		}
		want := numericJVP(t, g, in, direction, active, 1e-4)
		for i, v := range g.Outputs {
			if inexact(v.Type) {
				for k, y := range plain[i].Complex128s() {
					if y-y != 0 { // the fold of no elements
						want[i][k] = 0
					}
				}
				requireClose(t, want[i], tangents[i].Complex128s(), 1e-7, "%s", ir.Print(g))
			}
		}
	})
}

// Reverse mode is the transpose of forward mode.
func TestPullbackAgainstJVP(t *testing.T) {
	eachSample(t, func(t *testing.T, r *ir.Rand, g *ir.Graph, in []*tensor.Tensor, active []bool) {
		if g.Nodes[0].Op != op.WhileID {
			checkPullback(t, r, g, in, active)
		}
	})
}

func checkPullback(t testing.TB, r *ir.Rand, g *ir.Graph, in []*tensor.Tensor, active []bool) {
	t.Helper()
	direction, cts := directions(r, in, active), randomCts(r, g)
	_, tangents := runJVP(t, g, in, direction, active)
	out, back := runPullback(t, g, in, cts, active)
	for i, want := range run(t, g, in...) {
		require.True(t, want.Equal(out[i]), "the value changes")
	}
	want, got := dot(cts, inexactOutputs(g, tangents)), dot(back, direction)
	require.InDelta(t, want, got, 1e-9*max(1, abs(complex(want, 0))), "%s", ir.Print(g))

	// The same in two steps.
	forward, backward, residuals, outActive := VJP(g, active)
	all := run(t, forward, in...)
	require.Len(t, all, len(g.Outputs)+residuals)
	args := append([]*tensor.Tensor{}, all[len(g.Outputs):]...)
	again := run(t, backward, append(args, activeCts(g, cts, outActive)...)...)
	for i := range back {
		requireClose(t, back[i].Complex128s(), again[i].Complex128s(), 1e-12, "%s\n%s", ir.Print(forward), ir.Print(backward))
	}

	// Linearized forward mode.
	l := Linearize(g, active)
	linear := run(t, l.Tangent, append(args, direction...)...)
	for i, tangent := range kept(tangents, l.Active) {
		requireClose(t, tangent.Complex128s(), linear[i].Complex128s(), 1e-12, "%s", ir.Print(l.Tangent))
	}
}

// noRule lists rows without a derivative, and why.
var noRule = map[ir.OpID]string{
	op.ZetaID:        "no formula with respect to the order",
	op.PolygammaID:   "no formula with respect to the order",
	op.ScatterManyID: "a general region: only programs from elsewhere have it",
}

func TestEveryRowIsDifferentiableOrSaysWhyNot(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.ID >= op.NumIDs || row.Effect {
			continue
		}
		has := hasRule(row) || row.NoGradient
		_, listed := noRule[row.ID]
		assert.True(t, has != listed, "%s: has a rule: %v, is listed as one without: %v", row.Name, has, listed)
	}
}

// checkSecond compares derivatives of the gradient of a random combination of outputs: forward over reverse with finite differences, and
// reverse over reverse with forward over reverse.
func checkSecond(t testing.TB, r *ir.Rand, g *ir.Graph, in []*tensor.Tensor, active []bool) {
	t.Helper()
	cts := randomCts(r, g)
	h, outActive := Pullback(g, active)
	args := append(append([]*tensor.Tensor{}, in...), activeCts(g, cts, outActive)...)
	first := make([]bool, len(args)) // with respect to the inputs, for fixed cotangents
	copy(first, active)
	gradient := behind(h, len(g.Outputs))
	direction := directions(r, args, first)
	_, forward := runJVP(t, gradient, args, direction, first)
	want, finer := numericJVP(t, gradient, args, direction, first, 1e-4), numericJVP(t, gradient, args, direction, first, 5e-5)
	for i := range want {
		if isFactor[g.Nodes[0].Op] && !closeTo(want[i], finer[i], 1e-7) {
			continue // eigenvalues lie so near to each other that differences are wrong
		}
		requireClose(t, want[i], forward[i].Complex128s(), 1e-6, "%s", ir.Print(g))
	}
	checkPullback(t, r, gradient, args, first)
}

// closeTo reports whether two lists agree, relative to the largest element.
func closeTo(x, y []complex128, tolerance float64) bool {
	scale, gap := 1.0, 0.0
	for i := range x {
		scale, gap = max(scale, abs(x[i])), max(gap, abs(x[i]-y[i]))
	}
	return gap <= tolerance*scale
}

// behind drops the first outputs.
func behind(g *ir.Graph, from int) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	return b.Build(g.Inline(b, b.Params(g.InTypes())...)[from:]...)
}

func TestSecondDerivatives(t *testing.T) {
	eachSample(t, func(t *testing.T, r *ir.Rand, g *ir.Graph, in []*tensor.Tensor, active []bool) {
		if g.Nodes[0].Op != op.WhileID {
			checkSecond(t, r, g, in, active)
		}
	})
}

// The rules hold for all inexact types: results have the types of the inputs, and are those of f64 up to rounding.
func TestNarrowTypes(t *testing.T) {
	epsilon := map[dtype.DType]float64{dtype.Float16: 0x1p-10, dtype.BFloat16: 0x1p-7, dtype.Float32: 0x1p-23, dtype.Complex64: 0x1p-23}
	for _, row := range ir.Rows() {
		if row.NoGradient || !hasRule(row) || row.ID == op.WhileID {
			continue
		}
		for dt, eps := range epsilon {
			if !row.Accepts.Has(dt) {
				continue
			}
			t.Run(row.Name+"/"+dt.String(), func(t *testing.T) {
				r := seeded(uint64(row.ID))
				compared := 0
				for i := range 10 {
					s := sample(r, row, dt, 1+i%3)
					g, active := nodeGraph(row, s), varied(row, s)
					if a, ok := s.Attrs.(op.ScatterAttrs); ok && a.Combine == op.CombineRegion || isFullSVD(g, s) {
						continue
					}
					cts := randomCts(r, g)
					_, back := runPullback(t, g, s.Inputs, cts, active)
					for k, x := range kept(s.Inputs, active) {
						require.Equal(t, x.DType(), back[k].DType())
					}
					if len(s.Regions) > 0 || row.ID == op.ConvertID || isFactor[row.ID] {
						continue // regions and attributes have types of their own; factors of narrow matrices may have other signs
					}
					wide := ir.Sample{Attrs: s.Attrs}
					for _, x := range s.Inputs {
						wide.Inputs = append(wide.Inputs, widened(x))
					}
					for k := range cts {
						cts[k] = widened(cts[k])
					}
					_, want := runPullback(t, nodeGraph(row, wide), wide.Inputs, cts, active)
					for k := range want {
						if !moderate([]*tensor.Tensor{want[k]}) {
							continue
						}
						compared++
						requireClose(t, want[k].Complex128s(), back[k].Complex128s(), 300*eps, "%s", ir.Print(g))
					}
				}
				require.True(t, compared > 0 || row.Regions != 0 || row.ID == op.ConvertID || isFactor[row.ID])
			})
		}
	}
}

// isFactor marks the decompositions.
var isFactor = map[ir.OpID]bool{op.LUID: true, op.QRID: true, op.EighID: true, op.SVDID: true, op.EigID: true}

func isFullSVD(g *ir.Graph, s ir.Sample) bool {
	a, ok := s.Attrs.(op.SVDAttrs)
	shape := g.Params[0].Type.Shape
	return ok && a.Vectors && a.Full && shape[1] != shape[2]
}

// widened returns inexact tensors in 64 bits a part.
func widened(x *tensor.Tensor) *tensor.Tensor {
	switch dt := x.DType(); {
	case dt.IsComplex():
		return x.AsType(dtype.Complex128)
	case dt.IsFloat():
		return x.AsType(dtype.Float64)
	}
	return x
}

package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// Linear is a graph split at a point: Known computes the outputs and residuals from the parameters, and Tangent maps tangents of the active
// parameters to tangents of the active outputs, linearly.
type Linear struct {
	Known     *ir.Graph // (params...) -> (outputs..., residuals...)
	Tangent   *ir.Graph // (residuals..., tangents of the active parameters...) -> (tangents of the active outputs...)
	Residuals int
	Active    []bool // of the outputs
}

// Linearize differentiates g at a point to be given.
func Linearize(g *ir.Graph, active []bool) Linear {
	checkActive("linearize", g, active)
	b := ir.NewBuilder(g.Name + ".known")
	s := newSplitter(b)
	params, tangents, outs, outTangents := splitJVP(s, g, active, nil)
	outActive := make([]bool, len(outs))
	var open []half
	for i, t := range outTangents {
		if t.value != nil {
			outActive[i] = true
			open = append(open, t)
		}
	}
	isParam := map[*ir.Value]bool{}
	for _, p := range params {
		isParam[p] = true
	}
	r := s.residuals(open, func(v *ir.Value) bool { return isParam[v] }, bytes)
	kept := slices.Concat(r.free, r.saved)
	tb := ir.NewBuilder(g.Name + ".tangent")
	env := map[*ir.Value]*ir.Value{}
	for _, v := range slices.Concat(kept, halfValues(tangents)) {
		env[v] = tb.Param(v.Type)
	}
	tangent := tb.Build(s.close(tb, env, open)...)
	return Linear{b.Build(slices.Concat(outs, kept)...), tangent, len(kept), outActive}
}

// splitJVP emits the known part of g and of its derivative, with parameters for those of g, and leaves the tangents to s. wanted, if not nil,
// marks the outputs whose tangents matter. A tangent without a value is zero.
func splitJVP(s *splitter, g *ir.Graph, active, wanted []bool) (params []*ir.Value, tangents []half, outs []*ir.Value, outTangents []half) {
	h, outActive := JVP(g, active)
	if wanted != nil {
		h, outActive = withTangentsOf(h, len(g.Outputs), outActive, wanted)
	}
	h = prune(h)
	params = s.known.Params(g.InTypes())
	for _, p := range h.Params[len(params):] {
		tangents = append(tangents, s.param(p.Type))
	}
	results := s.graph(h, slices.Concat(known(params), tangents))
	outTangents = make([]half, len(g.Outputs))
	rest := results[len(g.Outputs):]
	for i, a := range outActive {
		if a {
			outTangents[i], rest = rest[0], rest[1:]
		}
	}
	return params, tangents, halfValues(results[:len(g.Outputs)]), outTangents
}

// withTangentsOf drops the tangents of outputs that are not wanted from a graph of JVP.
func withTangentsOf(h *ir.Graph, outputs int, active, wanted []bool) (*ir.Graph, []bool) {
	both := make([]bool, outputs)
	outs, rest := slices.Clone(h.Outputs[:outputs]), h.Outputs[outputs:]
	for i := range both {
		if active[i] {
			if both[i] = wanted[i]; both[i] {
				outs = append(outs, rest[0])
			}
			rest = rest[1:]
		}
	}
	return &ir.Graph{Name: h.Name, Params: h.Params, Nodes: h.Nodes, Outputs: outs}, both
}

// VJP returns g for reverse-mode differentiation in two steps: forward is (params...) -> (outputs..., residuals...), and backward
// (residuals..., cotangents of the outputs with outActive...) -> (cotangents of the active parameters...).
func VJP(g *ir.Graph, active []bool) (forward, backward *ir.Graph, residuals int, outActive []bool) {
	l := Linearize(g, active)
	linear := make([]bool, len(l.Tangent.Params))
	for i := l.Residuals; i < len(linear); i++ {
		linear[i] = true
	}
	return l.Known, transposeAll(l.Tangent, linear), l.Residuals, l.Active
}

// transposeAll is Transpose with a cotangent for each output, also those that happen to be known.
func transposeAll(g *ir.Graph, linear []bool) *ir.Graph {
	t, depends := Transpose(g, linear), LinearOutputs(g, linear)
	if !slices.Contains(depends, false) {
		return t
	}
	b := ir.NewBuilder(t.Name)
	others := len(t.Params) - count(depends)
	args := b.Params(t.InTypes()[:others])
	for i, out := range g.Outputs {
		if p := b.Param(out.Type); depends[i] {
			args = append(args, p)
		}
	}
	return b.Build(t.Inline(b, args...)...)
}

// Pullback returns reverse-mode differentiation as one graph: (params..., cotangents of the outputs with outActive...) -> (outputs...,
// cotangents of the active parameters...).
func Pullback(g *ir.Graph, active []bool) (h *ir.Graph, outActive []bool) {
	checkActive("vjp", g, active)
	_, outActive = flowThrough(g, active, byTangent)
	h = pull(g, active, outActive, func(b *ir.Builder, i int) *ir.Value { return b.Param(g.Outputs[i].Type) })
	return h, outActive
}

// Grad returns the graph (params...) -> (outputs..., gradients of output 0 with respect to the active parameters...). Output 0 must be a
// real floating-point scalar; further outputs are only computed.
func Grad(g *ir.Graph, active []bool) *ir.Graph {
	checkActive("grad", g, active)
	if len(g.Outputs) == 0 || g.Outputs[0].Type.Rank() != 0 || !g.Outputs[0].Type.DType.IsFloat() {
		got := "no output"
		if len(g.Outputs) > 0 {
			got = g.Outputs[0].Type.String()
		}
		panic(&ir.Error{Op: "grad", Arg: "output of " + g.Name, Got: got, Want: "a floating-point scalar",
			Hint: "sum it, or use a Jacobian or a vector-Jacobian product"})
	}
	wanted := make([]bool, len(g.Outputs))
	wanted[0] = true
	return pull(g, active, wanted, func(b *ir.Builder, i int) *ir.Value { return op.Full(b, g.Outputs[i].Type, 1) })
}

// pull builds the graph of outputs and cotangents of the active parameters; seed makes the cotangent of output i.
func pull(g *ir.Graph, active, wanted []bool, seed func(b *ir.Builder, i int) *ir.Value) *ir.Graph {
	b := ir.NewBuilder(g.Name + ".grad")
	s := newSplitter(b)
	_, ts, outs, outTangents := splitJVP(s, g, active, wanted)
	cts := make([]*ir.Value, len(outs))
	for i := range outs {
		if wanted[i] {
			cts[i] = seed(b, i)
		}
	}
	p := newPuller(b, s)
	p.seed(outTangents, cts)
	p.run()
	for _, t := range ts {
		outs = append(outs, orZero(b, p.cts[t.value], t.value.Type))
	}
	return b.Build(outs...)
}

// prune drops what the outputs do not need, in regions too.
func prune(g *ir.Graph) *ir.Graph { return rewrite.DCE(g) }

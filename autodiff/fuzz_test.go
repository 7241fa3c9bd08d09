package autodiff

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Random graphs: batches against lanes for all rows, and derivatives, nested in each other and in batches, for differentiable ones.

// runs is the number of random graphs.
func runs(t *testing.T, n int) int {
	if testing.Short() {
		return n / 10
	}
	if times, err := strconv.Atoi(os.Getenv("RANVIER_FUZZ_TIMES")); err == nil {
		return n * times
	}
	return n
}

// firstSeed is where the seeds begin: others than in the suite are tried with RANVIER_FUZZ_SEED and RANVIER_FUZZ_TIMES.
func firstSeed() int {
	seed, _ := strconv.Atoi(os.Getenv("RANVIER_FUZZ_SEED"))
	return seed
}

// fuzzed runs check on random graphs and reports the smallest graph for which it fails.
func fuzzed(t *testing.T, n int, config irtest.Config, check func(c *irtest.Case) error) {
	from := firstSeed()
	for seed := from; seed < from+runs(t, n); seed++ {
		c := irtest.Random(irtest.Seeded(uint64(seed)), config)
		if err := guarded(check, c); err != nil {
			c = irtest.Shrink(c, func(c *irtest.Case) bool { return guarded(check, c) != nil })
			t.Fatalf("seed %d: %v\n%s", seed, guarded(check, c), c)
		}
	}
}

// guarded turns panics into errors.
func guarded(check func(c *irtest.Case) error, c *irtest.Case) (err error) {
	defer func() {
		p := recover()
		if e, ok := p.(*ir.Error); ok && e.Op == "scatter" && e.Got == string(op.CombineRegion) {
			return // a general region has no derivative
		}
		if p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return check(c)
}

// eval runs a graph that must be well-formed.
func eval(g *ir.Graph, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	if err := ir.Verify(g); err != nil {
		return nil, err
	}
	return irtest.Run(&irtest.Case{Graph: g, Inputs: in})
}

// seedOf makes choices about a case repeatable while it is shrunk.
func seedOf(c *irtest.Case) *ir.Rand { return irtest.Seeded(ir.Hash(c.Graph)) }

func checkLanes(c *irtest.Case) error {
	r, g := seedOf(c), c.Graph
	size := r.IntN(4)
	batched, force := randomMarks(r, len(g.Params)), randomMarks(r, len(g.Outputs))
	h, outBatched := Batch(g, batched, size, force)
	ins := make([][]*tensor.Tensor, size)
	for lane := range ins {
		ins[lane] = slices.Clone(c.Inputs)
		for i, x := range c.Inputs {
			if batched[i] && lane > 0 {
				ins[lane][i] = op.RandomTensor(r, x.DType(), 0, 0, x.Shape()...)
			}
		}
	}
	args := slices.Clone(c.Inputs)
	for i := range args {
		if batched[i] {
			args[i] = stack(c.Inputs[i], column(ins, i))
		}
	}
	got, err := eval(h, args)
	if err != nil {
		if slices.ContainsFunc(ins, func(in []*tensor.Tensor) bool { _, err := eval(g, in); return err != nil }) {
			return nil // some lane fails by itself
		}
		return err
	}
	for lane, in := range ins {
		want, err := eval(g, in)
		if err != nil {
			return nil
		}
		for i := range want {
			mine := got[i]
			if outBatched[i] {
				mine = mine.Row(lane)
			}
			if !want[i].Equal(mine) {
				return fmt.Errorf("lane %d, output %d: got %v, want %v\n%s", lane, i, mine, want[i], ir.Print(h))
			}
		}
	}
	return nil
}

func TestFuzzBatch(t *testing.T) {
	fuzzed(t, 3000, irtest.Config{Nodes: 8, Size: 3}, checkLanes)
}

// differentiableConfig makes graphs whose derivatives are numbers, most of the time.
var differentiableConfig = irtest.Config{
	Nodes: 10, Size: 3, DTypes: []dtype.DType{dtype.Float64, dtype.Float64, dtype.Float64, dtype.Int32, dtype.Bool},
	Rows: func(row *ir.Row) bool {
		switch row.ID {
		case op.StopGradientID, op.NextAfterID, op.BitcastID, op.SignID: // their derivative is 0 by convention (that of complex signs as in JAX)
			return false
		case op.CholeskyID, op.LUID, op.QRID, op.EighID, op.SVDID, op.EigID: // random matrices are singular, or have equal eigenvalues
			return false
		}
		_, listed := noRule[row.ID]
		return !listed && row.ID != op.PowID
	},
}

// tame brings the inputs of a case to moderate numbers.
func tame(r *ir.Rand, c *irtest.Case) []*tensor.Tensor {
	in := slices.Clone(c.Inputs)
	for i, x := range in {
		if inexact(ir.TypeOf(x)) {
			in[i] = op.RandomTensor(r, x.DType(), -1, 1, x.Shape()...)
		} else if x.DType().IsInt() {
			in[i] = x.Clone()
			for k, v := range x.Int64s() {
				if v < -100 || v > 100 {
					in[i].Set(k, r.IntN(5))
				}
			}
		}
	}
	return in
}

// tamed returns g with moderate constants.
func tamed(r *ir.Rand, g *ir.Graph) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	env := map[*ir.Value]*ir.Value{}
	for i, p := range b.Params(g.InTypes()) {
		env[g.Params[i]] = p
	}
	for _, n := range g.Nodes {
		m := &ir.Node{Op: n.Op, Attrs: n.Attrs, Results: n.Results}
		for _, region := range n.Regions {
			m.Regions = append(m.Regions, tamed(r, region))
		}
		if a, ok := n.Attrs.(ir.ConstAttrs); ok && inexact(n.Result().Type) {
			m.Attrs = ir.ConstAttrs{Value: op.RandomTensor(r, a.Value.DType(), -1, 1, a.Value.Shape()...)}
		}
		for i, v := range b.Copy(m, ir.Lookup(env, n.Inputs)).Results {
			env[n.Results[i]] = v
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...)
}

// moderate reports whether all numbers are finite and not large.
func moderate(lists ...[]*tensor.Tensor) bool { return below(1e4, lists...) }

func below(limit float64, lists ...[]*tensor.Tensor) bool {
	for _, list := range lists {
		for _, x := range list {
			if !inexact(ir.TypeOf(x)) {
				continue
			}
			for _, z := range x.Complex128s() {
				if a := abs(z); !(a < limit) {
					return false
				}
			}
		}
	}
	return true
}

func hasWhile(g *ir.Graph) bool {
	found := false
	g.Walk(func(n *ir.Node) { found = found || n.Op == op.WhileID })
	return found
}

// near compares two lists of arrays relative to their largest elements.
func near(want, got []*tensor.Tensor, tolerance float64) error {
	for i := range want {
		w, g := want[i].Complex128s(), got[i].Complex128s()
		scale := 1.0
		for _, z := range w {
			scale = max(scale, abs(z))
		}
		for k := range w {
			if !(abs(w[k]-g[k]) <= tolerance*scale) {
				return fmt.Errorf("array %d, element %d: got %v, want %v", i, k, g[k], w[k])
			}
		}
	}
	return nil
}

// wide reports whether all inexact values of a graph have 64-bit parts.
func wide(g *ir.Graph) bool {
	ok := true
	check := func(vs []*ir.Value) {
		for _, v := range vs {
			ok = ok && (!inexact(v.Type) || v.Type.DType.Real() == dtype.Float64)
		}
	}
	check(g.Params)
	g.Walk(func(n *ir.Node) {
		check(n.Results)
		for _, r := range n.Regions {
			check(r.Params)
		}
	})
	return ok
}

// checkReverse compares reverse with forward mode, the optimised gradient with the plain one, and a batch of gradients with gradients.
func checkReverse(c *irtest.Case) error {
	r := seedOf(c)
	g, in := tamed(r, c.Graph), tame(r, c)
	active := inexactMarks(g.Params)
	h, outActive := JVP(g, active)
	direction := directions(r, in, active)
	all, err := eval(h, slices.Concat(in, direction))
	if err != nil {
		return ignoreRunErrors(g, in, err)
	}
	if !moderate(all) {
		return nil
	}
	if err := againstDifferences(g, in, direction, active, scatterTensors(outActive, all[len(g.Outputs):])); err != nil {
		return err
	}
	if hasWhile(g) {
		return nil
	}
	p, pActive := Pullback(g, active)
	if slices.Compare(boolInts(outActive), boolInts(pActive)) > 0 {
		return fmt.Errorf("active outputs: forward %v, reverse %v", outActive, pActive)
	}
	cts := make([]*tensor.Tensor, len(g.Outputs))
	for i, v := range g.Outputs {
		if pActive[i] {
			cts[i] = op.RandomTensor(r, v.Type.DType, -1, 1, v.Type.Shape...)
		}
	}
	args := slices.Concat(in, kept(cts, pActive))
	back, err := eval(p, args)
	switch {
	case err != nil && visitsMore(err):
		return nil
	case err != nil:
		return err
	}
	if !moderate(back) {
		return nil
	}
	if wide(g) {
		want, got := dot(kept(cts, outActive), all[len(g.Outputs):]), dot(back[len(g.Outputs):], direction)
		if !(math.Abs(want-got) <= 1e-7*(1+math.Abs(want))) {
			return fmt.Errorf("inner product: forward %v, reverse %v\n%s", want, got, ir.Print(p))
		}
		optimised, err := eval(rewrite.Optimize(p, rewrite.Options{Differentiable: true}), args)
		if err != nil {
			return err
		}
		if err := near(back, optimised, 1e-7); err != nil {
			return fmt.Errorf("optimised: %w", err)
		}
	}
	return checkLanes(&irtest.Case{Graph: p, Inputs: args})
}

// branchCuts are functions whose complex derivative is different on the two sides of a real line.
var branchCuts = map[ir.OpID]bool{op.AsinID: true, op.AcosID: true, op.AtanID: true, op.AsinhID: true, op.AcoshID: true, op.AtanhID: true,
	op.SqrtID: true, op.RsqrtID: true, op.LogID: true, op.Log1pID: true, op.PowID: true}

// onBranchCut reports whether complex numbers made of real ones may meet a branch cut: which side a zero imaginary part is on, rules lose, as JAX's
// do.
func onBranchCut(g *ir.Graph) bool {
	found, isReal := false, false
	g.Walk(func(n *ir.Node) {
		for _, in := range n.Inputs {
			isComplex := in.Type.DType.IsComplex()
			found = found || isComplex && branchCuts[n.Op]
			isReal = isReal || !isComplex && len(n.Results) > 0 && n.Results[0].Type.DType.IsComplex()
		}
	})
	return found && isReal
}

// againstDifferences compares tangents with finite differences of two steps, where those agree.
func againstDifferences(g *ir.Graph, in, direction []*tensor.Tensor, active []bool, tangents []*tensor.Tensor) error {
	if !wide(g) || onBranchCut(g) {
		return nil
	}
	slope := func(h float64) ([]*tensor.Tensor, error) {
		hi, err := eval(g, moved(in, direction, active, h))
		if err != nil {
			return nil, err
		}
		lo, err := eval(g, moved(in, direction, active, -h))
		for i := range hi {
			if inexact(ir.TypeOf(hi[i])) && err == nil {
				hi[i] = axpy(1/(2*h), axpy(-1, lo[i], hi[i]), axpy(-1, hi[i], hi[i]))
			}
		}
		return hi, err
	}
	coarse, err := slope(2e-5)
	if err != nil {
		return nil
	}
	fine, err := slope(1e-5)
	if err != nil || !moderate(coarse, fine) {
		return nil
	}
	for i, tangent := range tangents {
		if tangent == nil {
			if inexact(g.Outputs[i].Type) {
				tangent = tensor.Must(tensor.New(g.Outputs[i].Type.DType, g.Outputs[i].Type.Shape...))
			} else {
				continue
			}
		}
		if near(coarse[i:i+1], fine[i:i+1], 1e-6) != nil {
			continue // a kink or a steep place is near
		}
		if err := near(fine[i:i+1], []*tensor.Tensor{tangent}, 1e-4); err != nil {
			return fmt.Errorf("tangent of output %d: %w", i, err)
		}
	}
	return nil
}

// ignoreRunErrors forgives what the graph by itself fails with.
func ignoreRunErrors(g *ir.Graph, in []*tensor.Tensor, err error) error {
	if _, plain := eval(g, in); plain != nil || visitsMore(err) {
		return nil
	}
	return err
}

// visitsMore tells the error of a sparse matrix that is wrong in a row without spikes, which only the derivative visits.
func visitsMore(err error) bool {
	return strings.Contains(err.Error(), "for row") || strings.Contains(err.Error(), "at position")
}

func scatterTensors(marks []bool, ts []*tensor.Tensor) []*tensor.Tensor {
	out := make([]*tensor.Tensor, len(marks))
	for i, m := range marks {
		if m {
			out[i], ts = ts[0], ts[1:]
		}
	}
	return out
}

func boolInts(marks []bool) []int {
	out := make([]int, len(marks))
	for i, m := range marks {
		if m {
			out[i] = 1
		}
	}
	return out
}

func TestFuzzDerivatives(t *testing.T) {
	fuzzed(t, 3000, differentiableConfig, checkReverse)
	complexes := differentiableConfig
	complexes.DTypes = []dtype.DType{dtype.Complex128, dtype.Complex128, dtype.Float64, dtype.Bool}
	fuzzed(t, 1000, complexes, checkReverse)
}

// Derivatives of derivatives: the graphs of transforms are graphs like any other.
func TestFuzzSecondDerivatives(t *testing.T) {
	config := differentiableConfig
	config.Nodes = 5
	fuzzed(t, 1500, config, func(c *irtest.Case) error {
		r, g := seedOf(c), c.Graph
		active := inexactMarks(g.Params)
		var h *ir.Graph
		switch {
		case r.IntN(2) == 0 || hasWhile(g):
			h, _ = JVP(g, active)
		default:
			h, _ = Pullback(g, active)
		}
		if r.IntN(3) == 0 {
			h, _ = Batch(h, randomMarks(r, len(h.Params)), 2, nil)
		}
		return checkReverse(&irtest.Case{Graph: h, Inputs: irtest.Inputs(r, h)})
	})
}

// FuzzTransforms lets the fuzzer choose the graph: go test -fuzz FuzzTransforms ./autodiff
func FuzzTransforms(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		c := irtest.Random(irtest.FromBytes(data), differentiableConfig)
		for _, check := range []func(*irtest.Case) error{checkLanes, checkReverse} {
			if err := guarded(check, c); err != nil {
				t.Fatalf("%v\n%s", err, c)
			}
		}
	})
}

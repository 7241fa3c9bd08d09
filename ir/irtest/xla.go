package irtest

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Difference is how far XLA on CPU may be from the interpreter, and why.
type Difference struct {
	Rows   []ir.OpID
	Types  dtype.Set // element types of the results; 0 means all inexact ones
	ULP    float64   // units in the last place of the largest element of an array (see CompareScaled)
	Reason string
}

// xlaDifferences lists every difference that the cross-check has shown. What is not listed agrees bit for bit.
var xlaDifferences = []Difference{
	{Rows: []ir.OpID{op.RsqrtID, op.CbrtID, op.ExpID, op.Exp2ID, op.Expm1ID, op.LogID, op.Log1pID, op.SinID, op.CosID, op.TanID, op.AsinID, op.AcosID,
		op.AtanID, op.SinhID, op.CoshID, op.TanhID, op.AsinhID, op.AcoshID, op.AtanhID, op.LogisticID, op.PowID, op.Atan2ID},
		Types: dtype.Floats, ULP: 4, Reason: "XLA's own approximations of transcendental functions"},
	{Rows: []ir.OpID{op.ErfID, op.ErfcID, op.ErfInvID, op.LgammaID, op.DigammaID},
		Types: dtype.Floats, ULP: 16, Reason: "XLA's own approximations of special functions"},
	{Rows: []ir.OpID{op.AbsID, op.SignID, op.SqrtID, op.RsqrtID, op.CbrtID, op.ExpID, op.Expm1ID, op.LogID, op.Log1pID, op.SinID, op.CosID, op.TanID, op.SinhID,
		op.CoshID, op.TanhID, op.LogisticID, op.PowID, op.DivID, op.AsinID, op.AcosID, op.AtanID, op.AsinhID, op.AcoshID, op.AtanhID, op.Atan2ID},
		Types: dtype.Complexes | dtype.SetOf(dtype.Float32, dtype.Float64), ULP: 32, Reason: "complex functions are composed of real ones, each rounded"},
	{Rows: []ir.OpID{op.MulID, op.DotID, op.ConvID, op.ReduceProdID, op.CumProdID, op.ReduceID, op.ReduceWindowID, op.ScatterID, op.ScatterManyID, op.FMAID, op.ReduceSumID, op.CumSumID},
		ULP: 8, Reason: "XLA fuses a product and a sum where it likes, and adds in an order of its own"},
	{Rows: []ir.OpID{op.LoopID, op.WhileID, op.SwitchID, op.CallID},
		ULP: 8, Reason: "XLA fuses a product and a sum where it likes, and keeps 16-bit floats in f32 between operations"},
	{Rows: []ir.OpID{op.EventCSRID, op.CSRGatherID, op.CSROuterID, op.EventProcID, op.ProcGatherID, op.ProcOuterID},
		ULP: 8, Reason: "rows are added up in the order of their elements, and products and sums are fused"},
	{Rows: []ir.OpID{op.CholeskyID, op.TriangularSolveID, op.FFTID},
		ULP: 64, Reason: "linear algebra and Fourier transforms have no order of operations"},
}

// XLADifference returns the documented difference of a row for results of a type; zero where there is none.
func XLADifference(id ir.OpID, dt dtype.DType) (found Difference) {
	for _, d := range xlaDifferences {
		types := d.Types
		if types == 0 {
			types = dtype.Inexact
		}
		for _, row := range d.Rows {
			if row == id && types.Has(dt) && d.ULP > found.ULP {
				found = d
			}
		}
	}
	row := id.Row()
	special := row.ULP > 0 || strings.HasPrefix(row.HLO, "chlo.")
	if found.ULP == 0 && dtype.Inexact.Has(dt) && special && id != op.NextAfterID && id != op.ConjID {
		return Difference{ULP: 16, Reason: "XLA's own approximations of special functions"}
	}
	return found
}

// CheckXLA compares what XLA computed for a case of one node with the interpreter; factorisations of matrices with their definition.
func CheckXLA(c *Case, row *ir.Row, got []*tensor.Tensor) error {
	if IsFactorisation(row.ID) {
		return CheckFactors(c, got)
	}
	want, err := Run(c)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	if len(got) != len(want) {
		return fmt.Errorf("got %d outputs, want %d", len(got), len(want))
	}
	for i := range want {
		d := XLADifference(row.ID, want[i].DType())
		compare := CompareScaled
		if d.ULP == 0 {
			compare = Compare
		}
		if err := compare(got[i:i+1], want[i:i+1], d.ULP); err != nil {
			return fmt.Errorf("output %d of %d: %w", i, len(want), err)
		}
	}
	return nil
}

// CheckXLAGraph compares what XLA computed for a case of any size with the interpreter: within a small multiple of the spread that the
// documented differences of its rows, and a unit for each sum or product that may be fused, cause.
func CheckXLAGraph(c *Case, got []*tensor.Tensor) error {
	want, err := Run(c)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	if plain := Compare(got, want, 0); plain == nil || len(got) != len(want) {
		return plain
	}
	return withinSpread(c, got, want, func(d direction) ([]*tensor.Tensor, error) {
		return runMoved(c, d, func(n *ir.Node, dt dtype.DType) float64 {
			switch n.Op {
			case op.AddID, op.SubID, op.DivID:
				return 1
			case op.LoopID, op.WhileID, op.SwitchID, op.CallID:
				return 0 // what is in their regions is moved
			}
			return 2 * XLADifference(n.Op, dt).ULP
		})
	})
}

// excuses are what can make XLA on CPU differ from the interpreter by more than CheckXLAGraph allows, seen in random graphs with numbers that
// break things.
var excuses = []struct {
	reason  string
	applies func(n *ir.Node, out []*tensor.Tensor) bool
}{
	{"XLA flushes denormal numbers to zero", func(_ *ir.Node, out []*tensor.Tensor) bool { return slices.ContainsFunc(out, hasDenormal) }},
	{"of several values for one place of a scatter XLA keeps any", func(n *ir.Node, _ []*tensor.Tensor) bool {
		a, ok := n.Attrs.(op.ScatterAttrs)
		return ok && a.Combine == op.CombineSet && !a.UniqueIndices
	}},
	{"an array that is two operands of a scatter shares the memory of both results", func(n *ir.Node, _ []*tensor.Tensor) bool {
		return n.Op == op.ScatterManyID && len(n.Results) > 1 && slices.Contains(n.Inputs[1:len(n.Results)], n.Inputs[0])
	}},
	{"integer convolutions of constants are folded in f64 and saturate", func(n *ir.Node, _ []*tensor.Tensor) bool {
		return n.Op == op.ConvID && n.Inputs[0].Type.DType.IsInt()
	}},
	{"clz of narrow constants is folded wrongly", func(n *ir.Node, _ []*tensor.Tensor) bool {
		return n.Op == op.ClzID && n.Inputs[0].Type.DType.Bits() < 64
	}},
	{"maxima and minima of constants are folded without NaN", func(n *ir.Node, out []*tensor.Tensor) bool {
		return (n.Op == op.MaxID || n.Op == op.MinID) && hasSpecial(out[0])
	}},
	{"zeta has other values at poles and outside of its domain", func(n *ir.Node, out []*tensor.Tensor) bool {
		return n.Op == op.ZetaID && hasSpecial(out[0])
	}},
	{"a matrix next to one that is not positive definite has a factor or none", func(n *ir.Node, out []*tensor.Tensor) bool {
		return n.Op == op.CholeskyID && isBorderline(out[0])
	}},
	{"lgamma and digamma have an absolute error at their zeros", func(n *ir.Node, _ []*tensor.Tensor) bool {
		return n.Op == op.LgammaID || n.Op == op.DigammaID
	}},
	{"complex functions of special values differ", func(n *ir.Node, out []*tensor.Tensor) bool {
		return len(out) == 1 && (out[0].DType().IsComplex() || len(n.Inputs) > 0 && n.Inputs[0].Type.DType.IsComplex()) && hasSpecial(out[0])
	}},
	{"parts of complex products that cancel are not zero where XLA fuses a product and a sum", func(n *ir.Node, out []*tensor.Tensor) bool {
		return len(out) == 1 && out[0].DType().IsComplex() && slices.Contains(parts(out[0]), 0)
	}},
	{"XLA solves with the inverses of blocks, so that infinities and NaN spread", func(n *ir.Node, out []*tensor.Tensor) bool {
		return n.Op == op.TriangularSolveID && hasSpecial(out[0])
	}},
	{"sums of products overflow in another order", func(n *ir.Node, out []*tensor.Tensor) bool {
		return n.Row().Class == ir.ClassContract && hasSpecial(out[0])
	}},
}

// ExcuseXLA names what in a case may make XLA differ beyond what CheckXLAGraph allows; "" if there is nothing.
func ExcuseXLA(c *Case) string {
	reason := ""
	look := func(n *ir.Node, out []*tensor.Tensor) {
		for _, e := range excuses {
			if reason == "" && e.applies(n, out) {
				reason = e.reason
			}
		}
	}
	for _, t := range c.Inputs {
		if hasDenormal(t) {
			return excuses[0].reason
		}
	}
	if _, err := walk(c, func(*ir.Graph, []*tensor.Tensor) {}, look); err != nil {
		return ""
	}
	return reason
}

func hasDenormal(t *tensor.Tensor) bool {
	if !dtype.Inexact.Has(t.DType()) {
		return false
	}
	l := floatLimits[t.DType().Real()]
	return slices.ContainsFunc(parts(t), func(x float64) bool { return x != 0 && math.Abs(x) < l.normal })
}

func hasSpecial(t *tensor.Tensor) bool {
	return dtype.Inexact.Has(t.DType()) && slices.ContainsFunc(parts(t), func(x float64) bool { return x-x != 0 })
}

// isBorderline reports whether Cholesky factors are NaN, or have an element on the diagonal that rounding could have made.
func isBorderline(t *tensor.Tensor) bool {
	if hasSpecial(t) {
		return true
	}
	for _, m := range matrices(t, t.Rank()-2) {
		for i := range m.rows {
			if cmplx.Abs(m.at(i, i)) <= math.Sqrt(floatLimits[t.DType().Real()].unit(1))*16*m.size() {
				return true
			}
		}
	}
	return false
}

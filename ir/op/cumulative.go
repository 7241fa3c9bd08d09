package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// CumAttrs hold the axis of a cumulative fold, and whether it runs from the last element to the first.
type CumAttrs struct {
	Axis    int
	Reverse bool
}

// CumSum returns the sum of the elements up to and including each one along axis, added one after the other. 16-bit floats
// accumulate in f32 and each result is rounded.
func CumSum(b *ir.Builder, x *ir.Value, axis int, reverse bool) *ir.Value {
	return b.Emit1(CumSumID, CumAttrs{Axis: axis, Reverse: reverse}, x)
}

// CumProd is CumSum for products.
func CumProd(b *ir.Builder, x *ir.Value, axis int, reverse bool) *ir.Value {
	return b.Emit1(CumProdID, CumAttrs{Axis: axis, Reverse: reverse}, x)
}

// CumMax returns the largest element so far; NaN from the first NaN on.
func CumMax(b *ir.Builder, x *ir.Value, axis int, reverse bool) *ir.Value {
	return b.Emit1(CumMaxID, CumAttrs{Axis: axis, Reverse: reverse}, x)
}

// CumMin returns the smallest element so far; NaN from the first NaN on.
func CumMin(b *ir.Builder, x *ir.Value, axis int, reverse bool) *ir.Value {
	return b.Emit1(CumMinID, CumAttrs{Axis: axis, Reverse: reverse}, x)
}

func init() {
	for _, row := range []struct {
		id      ir.OpID
		name    string
		accepts dtype.Set
		folding folding
	}{
		{CumSumID, "cumsum", dtype.Numeric, sumFolding},
		{CumProdID, "cumprod", dtype.Numeric, prodFolding},
		{CumMaxID, "cummax", ordered, maxFolding},
		{CumMinID, "cummin", ordered, minFolding},
	} {
		ir.Register(ir.Row{
			ID: row.id, Name: row.name, Class: ir.ClassCumulative, Arity: 1, Attrs: CumAttrs{},
			Accepts: row.accepts, Types: cumType(row.accepts), Eval: evalCum(row.folding), Domain: ir.Domain{Make: sampleCum},
		})
	}
}

func cumType(accepts dtype.Set) ir.TypeRule {
	return func(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		if err := firstError(wantDType(0, in[0], accepts), wantAxis("axis", attrs.(CumAttrs).Axis, in[0].Rank())); err != nil {
			return nil, err
		}
		return oneType(in[0])
	}
}

func evalCum(f folding) ir.EvalRule {
	return func(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		a := n.Attrs.(CumAttrs)
		w := walkOver(in[0].Shape(), []int{a.Axis})
		w.cumulative = true
		if a.Reverse {
			slices.Reverse(w.line)
		}
		return oneTensor(f.apply(n.Result().Type, in[0], w))
	}
}

func sampleCum(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShapeOfRank(r, 1+r.IntN(3), size)
	a := CumAttrs{Axis: r.IntN(len(shape)), Reverse: r.IntN(2) == 0}
	return sampleOf(a, RandomTensor(r, dt, 0, 0, shape...))
}

package stablehlo

import (
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo/factor"
)

func init() {
	rules = map[ir.OpID]rule{
		op.StopGradientID:    func(_ *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value { return in },
		op.RareID:            func(_ *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value { return in }, // a hint
		op.LookupID:          ruleLookup,
		op.FMAID:             func(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value { return multiplyAdd(b, in, false) },
		op.ConvertID:         ruleConvert,
		op.AbsID:             ruleAbs,
		op.TruncID:           ruleTrunc,
		op.Exp2ID:            ruleExp2,
		op.CbrtID:            ruleCbrt,
		op.ScalbID:           ruleScalb,
		op.ArgMaxID:          ruleArg(op.DirGt),
		op.ArgMinID:          ruleArg(op.DirLt),
		op.CumSumID:          ruleCumulative(op.CombineAdd),
		op.CumProdID:         ruleCumulative(op.CombineMul),
		op.CumMaxID:          ruleCumulative(op.CombineMax),
		op.CumMinID:          ruleCumulative(op.CombineMin),
		op.PackBitsID:        rulePackBits,
		op.LoopID:            ruleLoop,
		op.WhileID:           ruleNoResults,
		op.SwitchID:          ruleNoResults,
		op.CallID:            ruleNoResults,
		op.ReduceSumID:       ruleReduce,
		op.ReduceProdID:      ruleReduce,
		op.ReduceMaxID:       ruleReduce,
		op.ReduceMinID:       ruleReduce,
		op.ReduceAndID:       ruleReduce,
		op.ReduceOrID:        ruleReduce,
		op.ReduceXorID:       ruleReduce,
		op.ReduceWindowID:    ruleReduceWindow,
		op.ReduceID:          ruleFold,
		op.EventCSRID:        ruleEventCSR,
		op.ScatterManyID:     ruleScatterMany,
		op.AddID:             ruleLogical(op.Or),
		op.MulID:             ruleLogical(op.And),
		op.DivID:             ruleDivide,
		op.RemID:             ruleDivide,
		op.PowID:             rulePow,
		op.DotID:             ruleWide,
		op.ConvID:            ruleWide,
		op.CholeskyID:        ruleCholesky,
		op.TriangularSolveID: ruleWide,
		op.LUID:              factor.Expand,
		op.QRID:              factor.Expand,
		op.EighID:            factor.Expand,
		op.SVDID:             factor.Expand,
		op.EigID:             factor.Expand,
	}
}

// ruleConvert writes complex to Bool as a comparison with zero: StableHLO drops the imaginary part first. Conversions to real types take the
// real part before: XLA's constant folding ends the process at some of them in branches.
func ruleConvert(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	to := n.Result().Type.DType
	switch {
	case !in[0].Type.DType.IsComplex() || to.IsComplex():
		return nil
	case to.IsBool():
		return []*ir.Value{op.Ne(b, in[0], op.ZerosLike(b, in[0]))}
	}
	return []*ir.Value{converted(b, op.Real(b, in[0]), to)}
}

// ruleAbs writes the absolute value of integers as a maximum: XLA takes products x*x for positive, though they wrap.
func ruleAbs(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
	x := in[0]
	if !x.Type.DType.IsInt() || !x.Type.DType.IsSigned() {
		return nil
	}
	return []*ir.Value{op.Max(b, x, op.Neg(b, x))}
}

// ruleNoResults drops control flow that computes nothing; its effects have been refused or dropped.
func ruleNoResults(_ *ir.Builder, n *ir.Node, _ []*ir.Value) []*ir.Value {
	if len(n.Results) == 0 {
		return []*ir.Value{}
	}
	return nil
}

// ruleLogical writes sums and products of bools: XLA defines them as we do, but its constant folding wraps them.
func ruleLogical(as func(b *ir.Builder, x, y *ir.Value) *ir.Value) rule {
	return func(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
		if !in[0].Type.DType.IsBool() {
			return nil
		}
		return []*ir.Value{as(b, in[0], in[1])}
	}
}

// ruleTrunc rounds toward zero: down or up by the sign.
func ruleTrunc(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
	x := in[0]
	return []*ir.Value{op.Select(b, op.Lt(b, x, op.ZerosLike(b, x)), op.Ceil(b, x), op.Floor(b, x))}
}

func ruleExp2(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
	return []*ir.Value{op.Pow(b, op.Full(b, in[0].Type, 2), in[0])}
}

// ruleCbrt writes the principal cube root of complex numbers, which XLA lacks, as e^(log(z)/3).
func ruleCbrt(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
	z := in[0]
	if !z.Type.DType.IsComplex() {
		return nil
	}
	zero := op.ZerosLike(b, z)
	root := op.Exp(b, op.Div(b, op.Log(b, z), op.Full(b, z.Type, 3)))
	return []*ir.Value{op.Select(b, op.Eq(b, z, zero), z, root)}
}

// ruleScalb multiplies by powers of two that are made of their exponent. f32 and narrower go through f64, where every step is exact, so
// that only the conversion rounds. In f64 the exponent is taken in steps of up to 1,022; only the last one that matters can round.
func ruleScalb(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
	narrow := in[0].Type.DType
	x, n := converted(b, in[0], dtype.Float64), op.Floor(b, converted(b, in[1], dtype.Float64))
	limit := func(v *ir.Value, bound float64) *ir.Value {
		return op.Min(b, op.Max(b, v, op.Full(b, v.Type, -bound)), op.Full(b, v.Type, bound))
	}
	finite := limit(n, 4400)
	sum := x
	for range 5 {
		step := limit(finite, 1022)
		sum = op.Mul(b, sum, powerOfTwo(b, step))
		finite = op.Sub(b, finite, step)
	}
	// Infinite exponents: 0 times infinity is NaN, as infinity times 0; NaN stays.
	inf := op.Full(b, n.Type, math.Inf(1))
	sum = op.Select(b, op.Eq(b, n, inf), op.Mul(b, x, n), sum)
	sum = op.Select(b, op.Eq(b, n, op.Neg(b, inf)), op.Mul(b, x, op.ZerosLike(b, x)), sum)
	sum = op.Select(b, op.Ne(b, n, n), n, sum)
	return []*ir.Value{converted(b, sum, narrow)}
}

// powerOfTwo returns 2^n for integral f64 n from -1022 to 1023.
func powerOfTwo(b *ir.Builder, n *ir.Value) *ir.Value {
	exponent := op.Add(b, op.Convert(b, n, dtype.Int64), op.Full(b, n.Type.WithDType(dtype.Int64), 1023))
	return op.Bitcast(b, op.Shl(b, exponent, op.Full(b, exponent.Type, 52)), dtype.Float64)
}

// ruleArg folds pairs of element and index. Better elements win, NaN is the best, and of equal ones the lower index; so the order in
// which pairs are joined does not matter.
func ruleArg(better op.Dir) rule {
	return func(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
		a, x := n.Attrs.(op.ArgAttrs), in[0]
		dt := x.Type.DType
		if dt.Size() == 2 && dt.IsFloat() {
			x, dt = op.Convert(b, x, dtype.Float32), dtype.Float32
		}
		sign := 1
		if better == op.DirGt {
			sign = -1
		}
		inits := []*ir.Value{b.Const(extreme(dt, sign)), op.ScalarInt(b, dtype.Int32, math.MaxInt32)}
		index := op.Iota(b, dtype.Int32, x.Type.Shape, a.Axis)
		out := op.Reduce(b, []*ir.Value{x, index}, inits, []int{a.Axis}, argRegion(dt, better))
		return []*ir.Value{converted(b, out[1], a.DType)}
	}
}

// argRegion chooses between (accumulated, its index) and (new, its index).
func argRegion(dt dtype.DType, better op.Dir) *ir.Graph {
	b := ir.NewBuilder("better")
	p := b.Params([]ir.Type{ir.T(dt), ir.T(dtype.Int32), ir.T(dt), ir.T(dtype.Int32)})
	acc, at, x, i := p[0], p[1], p[2], p[3]
	wins, ties := op.Compare(b, better, x, acc), op.Eq(b, x, acc)
	if dt.IsFloat() {
		accNaN, xNaN := op.Ne(b, acc, acc), op.Ne(b, x, x)
		wins = op.Or(b, wins, op.And(b, xNaN, op.Not(b, accNaN)))
		ties = op.Or(b, ties, op.And(b, xNaN, accNaN))
	}
	take := op.Or(b, wins, op.And(b, ties, op.Lt(b, i, at)))
	return b.Build(op.Select(b, take, x, acc), op.Select(b, take, i, at))
}

// ruleCumulative is a window over everything so far.
func ruleCumulative(combine op.Combine) rule {
	return func(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
		a, x := n.Attrs.(op.CumAttrs), in[0]
		narrow, extent := x.Type.DType, x.Type.Shape[a.Axis]
		if extent < 2 {
			return in
		}
		if narrow.Size() == 2 && narrow.IsFloat() {
			x = op.Convert(b, x, dtype.Float32)
		}
		attrs := op.ReduceWindowAttrs{Combine: combine, Window: slices.Repeat([]int{1}, x.Type.Rank())}
		attrs.PadLow, attrs.PadHigh = make([]int, x.Type.Rank()), make([]int, x.Type.Rank())
		attrs.Window[a.Axis] = extent
		if a.Reverse {
			attrs.PadHigh[a.Axis] = extent - 1
		} else {
			attrs.PadLow[a.Axis] = extent - 1
		}
		out := op.ReduceWindow(b, x, b.Const(neutral(combine, x.Type.DType)), attrs)
		if (combine == op.CombineMax || combine == op.CombineMin) && x.Type.DType.IsFloat() {
			out = nanSince(b, x, out, attrs)
		}
		return []*ir.Value{converted(b, out, narrow)}
	}
}

// nanSince puts NaN where a window has one: XLA's windows lose them in maxima and minima.
func nanSince(b *ir.Builder, x, windows *ir.Value, attrs op.ReduceWindowAttrs) *ir.Value {
	attrs.Combine = op.CombineMax
	flags := op.Convert(b, op.Ne(b, x, x), dtype.Int32)
	seen := op.ReduceWindow(b, flags, op.ScalarInt(b, dtype.Int32, 0), attrs)
	return op.Select(b, op.Gt(b, seen, op.ZerosLike(b, seen)), op.Full(b, windows.Type, math.NaN()), windows)
}

// neutral is the element that changes nothing.
func neutral(c op.Combine, dt dtype.DType) *tensor.Tensor {
	switch c {
	case op.CombineAdd:
		return tensor.Must(tensor.New(dt))
	case op.CombineMul:
		return tensor.Must(tensor.Full(dt, 1))
	case op.CombineMax:
		return extreme(dt, -1)
	default:
		return extreme(dt, 1)
	}
}

// ruleLookup gathers from a table of 16 numbers.
func ruleLookup(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	table := n.Attrs.(op.LookupAttrs).Table
	index := op.And(b, in[0], op.Full(b, in[0].Type, float64(table.Size()-1)))
	return []*ir.Value{op.Take(b, b.Const(table), index, 0)}
}

// rulePackBits shifts 32 bits to their places and joins them.
func rulePackBits(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	x := in[0]
	last := x.Type.Rank() - 1
	words := n.Result().Type.Shape[last]
	pad := func(high int) []int { list := make([]int, last+1); list[last] = high; return list }
	padded := op.Pad(b, x, b.Const(tensor.Scalar(false)), pad(0), pad(32*words-x.Type.Shape[last]), pad(0))
	shape := append(slices.Clone(x.Type.Shape[:last]), words, 32)
	bits := op.Convert(b, op.Reshape(b, padded, shape), dtype.Uint32)
	return []*ir.Value{op.ReduceOr(b, op.Shl(b, bits, op.Iota(b, dtype.Uint32, shape, last+1)), last+1)}
}

// ruleReduce leaves a fold over nothing out and adds 16-bit floats up in f32.
func ruleReduce(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	if len(n.Attrs.(op.ReduceAttrs).Axes) == 0 {
		return in
	}
	return ruleWide(b, n, in)
}

// ruleWide computes what accumulates 16-bit floats in f32 there, and rounds once. Linear algebra has no 16-bit form in XLA.
func ruleWide(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	dt := in[0].Type.DType
	if dt.Size() != 2 || !dt.IsFloat() {
		return nil
	}
	wide := make([]*ir.Value, len(in))
	for i, x := range in {
		wide[i] = op.Convert(b, x, dtype.Float32)
	}
	return []*ir.Value{op.Convert(b, b.Emit1(n.Op, n.Attrs, wide...), dt)}
}

// axes lists 0, 1, ..., rank-1.
func axes(rank int) []int {
	list := make([]int, rank)
	for i := range list {
		list[i] = i
	}
	return list
}

// ruleCholesky clears the triangle that StableHLO leaves undefined.
func ruleCholesky(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	if out := ruleWide(b, n, in); out != nil {
		return out
	}
	t, lower := in[0].Type, n.Attrs.(op.CholeskyAttrs).Lower
	index := t.WithDType(dtype.Int32)
	row, column := op.Iota(b, dtype.Int32, index.Shape, t.Rank()-2), op.Iota(b, dtype.Int32, index.Shape, t.Rank()-1)
	keep := op.Ge(b, row, column)
	if !lower {
		keep = op.Le(b, row, column)
	}
	y := op.Cholesky(b, in[0], lower)
	// Where there is no factor XLA leaves some elements that are numbers; here all are NaN.
	broken := op.ReduceOr(b, op.And(b, keep, op.Ne(b, y, y)), t.Rank()-2, t.Rank()-1)
	all := op.Broadcast(b, broken, axes(t.Rank()-2), t.Shape)
	return []*ir.Value{op.Select(b, all, op.Full(b, t, math.NaN()), op.Select(b, keep, y, op.Full(b, t, 0)))}
}

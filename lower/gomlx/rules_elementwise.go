package gomlx

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

func unary(f func(x *graph.Node) *graph.Node) func(*builder, *ir.Node, []*graph.Node) *graph.Node {
	return func(_ *builder, _ *ir.Node, in []*graph.Node) *graph.Node { return f(in[0]) }
}

func binary(f func(x, y *graph.Node) *graph.Node) func(*builder, *ir.Node, []*graph.Node) *graph.Node {
	return func(_ *builder, _ *ir.Node, in []*graph.Node) *graph.Node { return f(in[0], in[1]) }
}

// logical takes another operation for bools.
func logical(bits, bools func(x, y *graph.Node) *graph.Node) func(*builder, *ir.Node, []*graph.Node) *graph.Node {
	return binary(func(x, y *graph.Node) *graph.Node {
		if x.DType() == dtypes.Bool {
			return bools(x, y)
		}
		return bits(x, y)
	})
}

var elementwise = map[ir.OpID]func(b *builder, n *ir.Node, in []*graph.Node) *graph.Node{
	op.NegID: unary(neg), op.AbsID: unary(abs), op.SignID: unary(graph.Sign), op.FloorID: unary(graph.Floor), op.CeilID: unary(graph.Ceil),
	op.TruncID: unary(trunc), op.RoundEvenID: unary(roundEven), op.RoundAwayID: unary(roundAway), op.SqrtID: unary(graph.Sqrt), op.RsqrtID: unary(graph.Rsqrt),
	op.ExpID: unary(graph.Exp), op.Expm1ID: unary(graph.Expm1), op.LogID: unary(graph.Log), op.Log1pID: unary(graph.Log1p), op.SinID: unary(graph.Sin),
	op.CosID: unary(graph.Cos), op.TanhID: unary(graph.Tanh), op.LogisticID: unary(graph.Logistic), op.ErfID: unary(graph.Erf),
	op.TanID:      unary(func(x *graph.Node) *graph.Node { return graph.Div(graph.Sin(x), graph.Cos(x)) }),
	op.Exp2ID:     unary(func(x *graph.Node) *graph.Node { return graph.Pow(graph.MulScalar(graph.OnesLike(x), 2), x) }),
	op.IsFiniteID: unary(graph.IsFinite), op.PopcntID: unary(graph.BitCount), op.ClzID: unary(graph.Clz),
	op.StopGradientID: unary(graph.StopGradient), op.RareID: unary(graph.Identity),
	op.NotID: unary(func(x *graph.Node) *graph.Node {
		if x.DType() == dtypes.Bool {
			return graph.LogicalNot(x)
		}
		return graph.BitwiseNot(x)
	}),
	op.AddID: logical(graph.Add, graph.LogicalOr), op.MulID: logical(graph.Mul, graph.LogicalAnd), op.SubID: binary(graph.Sub), op.DivID: binary(div),
	op.RemID: binary(rem), op.PowID: binary(pow), op.MaxID: logical(graph.Max, graph.LogicalOr), op.MinID: logical(graph.Min, graph.LogicalAnd),
	op.AndID: logical(graph.BitwiseAnd, graph.LogicalAnd), op.OrID: logical(graph.BitwiseOr, graph.LogicalOr), op.XorID: logical(graph.BitwiseXor, graph.LogicalXor),
	op.CompareID: compare,
	op.SelectID:  func(_ *builder, _ *ir.Node, in []*graph.Node) *graph.Node { return graph.Where(in[0], in[1], in[2]) },
	op.FMAID: func(_ *builder, _ *ir.Node, in []*graph.Node) *graph.Node {
		return graph.Add(graph.Mul(in[0], in[1]), in[2])
	},
	op.ConvertID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		return convert(in[0], elementTypes[n.Attrs.(op.ConvertAttrs).DType])
	},
	op.LookupID: func(b *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		t := n.Attrs.(op.LookupAttrs).Table
		index := graph.BitwiseAnd(in[0], graph.BroadcastToDims(graph.Scalar(b.g, dtypes.Int32, t.Size()-1), in[0].Shape().Dimensions...))
		return take(b.constant(t), index, 0)
	},
}

var comparisons = map[op.Dir]func(x, y *graph.Node) *graph.Node{
	op.DirEq: graph.Equal, op.DirNe: graph.NotEqual, op.DirLt: graph.LessThan, op.DirLe: graph.LessOrEqual, op.DirGt: graph.GreaterThan, op.DirGe: graph.GreaterOrEqual,
}

// compare compares bools as numbers.
func compare(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
	x, y := in[0], in[1]
	if x.DType() == dtypes.Bool {
		x, y = convert(x, dtypes.Uint8), convert(y, dtypes.Uint8)
	}
	return comparisons[n.Attrs.(op.CompareAttrs).Dir](x, y)
}

func convert(x *graph.Node, to dtypes.DType) *graph.Node {
	if x.DType() == to {
		return x
	}
	if to == dtypes.Bool {
		return graph.NotEqual(x, graph.ZerosLike(x))
	}
	if x.DType().IsFloat() && to.IsInt() {
		return truncated(x, to)
	}
	return graph.ConvertDType(x, to)
}

// truncated converts floats to integers with saturation, NaN to zero; gomlx leaves open what becomes of those.
func truncated(x *graph.Node, to dtypes.DType) *graph.Node {
	if x.DType().Size() == 2 {
		x = graph.ConvertDType(x, dtypes.Float32)
	}
	like := func(x *graph.Node, value float64) *graph.Node { return graph.MulScalar(graph.OnesLike(x), value) }
	bits := 8 * to.Size()
	low, high := 0.0, math.Ldexp(1, bits)
	largest := graph.BitwiseNot(graph.Zeros(x.Graph(), shapes.Make(to, x.Shape().Dimensions...)))
	smallest := graph.ZerosLike(largest)
	if !to.IsUnsigned() {
		low, high = -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1)
		least := graph.Scalar(x.Graph(), to, int64(-1)<<(bits-1))
		smallest = graph.BroadcastToDims(least, x.Shape().Dimensions...)
		largest = graph.BitwiseNot(smallest)
	}
	above, below := graph.GreaterOrEqual(x, like(x, high)), graph.LessOrEqual(x, like(x, low))
	outside := graph.LogicalOr(graph.LogicalOr(above, below), graph.NotEqual(x, x))
	inside := graph.ConvertDType(graph.Where(outside, graph.ZerosLike(x), x), to)
	return graph.Where(above, largest, graph.Where(below, smallest, inside))
}

func abs(x *graph.Node) *graph.Node {
	if x.DType().IsUnsigned() {
		return x
	}
	return graph.Abs(x)
}

func neg(x *graph.Node) *graph.Node {
	if x.DType().IsUnsigned() {
		return graph.Sub(graph.ZerosLike(x), x)
	}
	return graph.Neg(x)
}

// div and rem give integers divided by zero the results that XLA gives: all bits, and the dividend. gomlx's backend in Go panics.
func div(x, y *graph.Node) *graph.Node {
	if !x.DType().IsInt() {
		return graph.Div(x, y)
	}
	zero := graph.Equal(y, graph.ZerosLike(y))
	return graph.Where(zero, graph.BitwiseNot(graph.ZerosLike(x)), graph.Div(x, graph.Where(zero, graph.OnesLike(y), y)))
}

func rem(x, y *graph.Node) *graph.Node {
	if !x.DType().IsInt() {
		return graph.Rem(x, y)
	}
	zero := graph.Equal(y, graph.ZerosLike(y))
	return graph.Where(zero, x, graph.Rem(x, graph.Where(zero, graph.OnesLike(y), y)))
}

// pow gives integers the reciprocal, which is zero but for 1 and -1, for negative exponents.
func pow(x, y *graph.Node) *graph.Node {
	if !x.DType().IsInt() || x.DType().IsUnsigned() {
		return graph.Pow(x, y)
	}
	zero, one := graph.ZerosLike(x), graph.OnesLike(x)
	reciprocal := graph.Where(graph.Equal(graph.Abs(x), one), graph.Pow(x, graph.BitwiseAnd(y, one)), zero)
	return graph.Where(graph.LessThan(y, zero), reciprocal, graph.Pow(x, graph.Max(y, zero)))
}

// wide computes with bools as numbers, and with i8 as i32: gomlx does not know the smallest i8.
func wide(f func(x *graph.Node) *graph.Node) func(x *graph.Node) *graph.Node {
	return func(x *graph.Node) *graph.Node {
		if dt := x.DType(); dt == dtypes.Bool || dt == dtypes.Int8 {
			return convert(f(convert(x, dtypes.Int32)), dt)
		}
		return f(x)
	}
}

func trunc(x *graph.Node) *graph.Node {
	return graph.Where(graph.LessThan(x, graph.ZerosLike(x)), graph.Ceil(x), graph.Floor(x))
}

// roundAway steps away from zero where the fraction is a half or more; gomlx does not say how its Round breaks ties.
func roundAway(x *graph.Node) *graph.Node {
	t := trunc(x)
	up := graph.GreaterOrEqual(graph.Abs(graph.Sub(x, t)), graph.MulScalar(graph.OnesLike(x), 0.5))
	return graph.Where(up, graph.Add(t, graph.Sign(x)), t)
}

func roundEven(x *graph.Node) *graph.Node {
	t := trunc(x)
	half := graph.MulScalar(graph.OnesLike(x), 0.5)
	fraction, halved := graph.Abs(graph.Sub(x, t)), graph.Mul(t, half)
	odd := graph.NotEqual(halved, trunc(halved))
	up := graph.LogicalOr(graph.GreaterThan(fraction, half), graph.LogicalAnd(graph.Equal(fraction, half), odd))
	return graph.Where(up, graph.Add(t, graph.Sign(x)), t)
}

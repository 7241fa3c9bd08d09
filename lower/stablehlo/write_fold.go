package stablehlo

import (
	"bytes"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Folds from an initial value. StableHLO may use the initial value of a fold any number of times, also never, so it has to be neutral. Where the
// operation is known, the fold starts at its neutral element and the initial value is joined behind.

// combineOf is the way to combine that a region (accumulated, new) stands for; CombineRegion if it is none.
func combineOf(g *ir.Graph) op.Combine {
	if len(g.Params) != 2 || len(g.Nodes) != 1 || len(g.Outputs) != 1 || g.Outputs[0].Node != g.Nodes[0] {
		return op.CombineRegion
	}
	n := g.Nodes[0]
	c, ok := map[ir.OpID]op.Combine{op.AddID: op.CombineAdd, op.MulID: op.CombineMul, op.MinID: op.CombineMin, op.MaxID: op.CombineMax}[n.Op]
	if !ok || n.Inputs[0] == n.Inputs[1] || !n.Inputs[0].Type.Equal(n.Inputs[1].Type) {
		return op.CombineRegion
	}
	return c
}

// combine joins arrays.
func combine(b *ir.Builder, c op.Combine, x, y *ir.Value) *ir.Value {
	switch c {
	case op.CombineAdd:
		return op.Add(b, x, y)
	case op.CombineMul:
		return op.Mul(b, x, y)
	case op.CombineMin:
		return op.Min(b, x, y)
	default:
		return op.Max(b, x, y)
	}
}

// isNeutral reports whether a node starts from the neutral element as a constant.
func isNeutral(n *ir.Node, c op.Combine) bool {
	init := n.Inputs[len(n.Inputs)-1]
	if init.Op() != op.ConstID {
		return false
	}
	value := init.Node.Attrs.(ir.ConstAttrs).Value
	return bytes.Equal(value.Bytes(), neutral(c, value.DType()).Bytes())
}

// ruleFold writes folds by known operations as reductions, other ones as they are if order and initial values make no difference, else as loops.
func ruleFold(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	c, folded := combineOf(n.Regions[0]), n.Attrs.(op.ReduceAttrs).Axes
	dt := in[0].Type.DType
	if dt.Size() == 2 && dt.IsFloat() {
		return sequentialFold(b, n, in) // rounded at every step, unlike sums
	}
	if c == op.CombineRegion || dt.IsBool() {
		if !isMonoid(n) {
			return sequentialFold(b, n, in)
		}
		return nil
	}
	reduced := map[op.Combine]func(*ir.Builder, *ir.Value, ...int) *ir.Value{
		op.CombineAdd: op.ReduceSum, op.CombineMul: op.ReduceProd, op.CombineMin: op.ReduceMin, op.CombineMax: op.ReduceMax}[c](b, in[0], folded...)
	return []*ir.Value{combine(b, c, op.Spread(b, in[1], reduced.Type.Shape), reduced)}
}

// ruleReduceWindow starts from neutral elements. A window without places, which StableHLO refuses, holds the initial value.
func ruleReduceWindow(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	a := n.Attrs.(op.ReduceWindowAttrs)
	if slices.Contains(a.Window, 0) {
		return spreadAll(b, in[len(in)/2:], n.Results[0].Type.Shape)
	}
	if a.Combine == op.CombineRegion {
		a.Combine = combineOf(n.Regions[0])
	}
	if a.Combine == op.CombineRegion && !isMonoid(n) {
		return sequentialWindows(b, n, in)
	}
	if a.Combine == op.CombineRegion || len(n.Regions) == 0 && isNeutral(n, a.Combine) {
		return nil
	}
	windows := op.ReduceWindow(b, in[0], b.Const(neutral(a.Combine, in[0].Type.DType)), a)
	return []*ir.Value{combine(b, a.Combine, op.Spread(b, in[1], windows.Type.Shape), windows)}
}

// ruleScatterMany gives all floats the widest float type among them: XLA refuses scatters of several.
func ruleScatterMany(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	k := len(n.Results)
	var widest dtype.DType
	mixed := false
	for _, x := range in[:k] {
		if dt := x.Type.DType; dt.IsFloat() {
			mixed = mixed || widest != dtype.Invalid && dt != widest
			if widest == dtype.Invalid || dt.Size() > widest.Size() {
				widest = dt
			}
		}
	}
	if !mixed {
		return nil
	}
	if widest.Size() == 2 {
		widest = dtype.Float32
	}
	wide := func(b *ir.Builder, vs []*ir.Value) []*ir.Value {
		out := slices.Clone(vs)
		for i, v := range vs {
			if v.Type.DType.IsFloat() {
				out[i] = converted(b, v, widest)
			}
		}
		return out
	}
	narrow := func(b *ir.Builder, vs []*ir.Value, like []*ir.Value) []*ir.Value {
		out := make([]*ir.Value, len(vs))
		for i, v := range vs {
			out[i] = converted(b, v, like[i].Type.DType)
		}
		return out
	}
	r, region := ir.NewBuilder("widened"), n.Regions[0]
	params := make([]*ir.Value, 2*k)
	for i, p := range region.Params {
		t := p.Type
		if t.DType.IsFloat() {
			t = t.WithDType(widest)
		}
		params[i] = r.Param(t)
	}
	joined := region.Inline(r, narrow(r, params, region.Params)...)
	out := op.ScatterMany(b, wide(b, in[:k]), in[k], wide(b, in[k+1:]), n.Attrs.(op.ScatterAttrs), r.Build(wide(r, joined)...))
	return narrow(b, out, n.Results)
}

// ruleDivide guards integer division: XLA defines x/0 and MinInt/-1 as we do, but its constant folding ends the process with them.
func ruleDivide(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	x, y := in[0], in[1]
	t := x.Type
	if !t.DType.IsInt() || isSafeDivisor(n.Inputs[1]) {
		return nil
	}
	zero := op.Eq(b, y, op.ZerosLike(b, y))
	unsafe := zero
	if t.DType.IsSigned() {
		least := op.Spread(b, b.Const(extreme(t.DType, -1)), t.Shape)
		unsafe = op.Or(b, zero, op.And(b, op.Eq(b, x, least), op.Eq(b, y, op.Full(b, t, -1))))
	}
	result := b.Emit1(n.Op, nil, x, op.Select(b, unsafe, op.Full(b, t, 1), y)) // MinInt / 1 and MinInt rem 1 are what is wanted of -1
	if n.Op == op.RemID {
		return []*ir.Value{op.Select(b, zero, x, result)}
	}
	return []*ir.Value{op.Select(b, zero, op.Not(b, op.ZerosLike(b, y)), result)}
}

// isSafeDivisor reports whether a value is a constant without 0 and -1.
func isSafeDivisor(v *ir.Value) bool {
	for v.Op() == op.BroadcastID || v.Op() == op.ReshapeID {
		v = v.Node.Inputs[0]
	}
	if v.Op() != op.ConstID {
		return false
	}
	for _, d := range v.Node.Attrs.(ir.ConstAttrs).Value.Int64s() {
		if d == 0 || d == -1 {
			return false
		}
	}
	return true
}

// rulePow writes powers of integers by squaring: XLA looks at the lowest six bits of an exponent only. Negative exponents give 0, but for
// the bases 1 and -1.
func rulePow(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value {
	t := in[0].Type
	if !t.DType.IsInt() {
		return nil
	}
	one, zero := op.Full(b, t, 1), op.Full(b, t, 0)
	body := ir.NewBuilder("square")
	p := body.Params([]ir.Type{indexType, t, t, t})
	unit := op.Full(body, t, 1)
	odd := op.Eq(body, op.And(body, p[3], unit), unit)
	step := body.Build(op.Select(body, odd, op.Mul(body, p[1], p[2]), p[1]), op.Mul(body, p[2], p[2]), op.Shr(body, p[3], unit))
	power := op.Loop(b, op.LoopAttrs{Trip: t.DType.Bits(), Carries: 3}, step, one, in[0], in[1])[0]
	if t.DType.IsSigned() {
		unitBase := op.Or(b, op.Eq(b, in[0], one), op.Eq(b, in[0], op.Neg(b, one)))
		power = op.Select(b, op.Or(b, op.Ge(b, in[1], zero), unitBase), power, zero)
	}
	return []*ir.Value{power}
}

var indexType = ir.T(dtype.Int32)

package irtest

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// How the generator gets operands of a wanted type.

// param adds a parameter with a random input.
func (g *generator) param(t ir.Type) *ir.Value { return g.given(Tensor(g.Rand, t)) }

// given returns a value that is this tensor: a parameter with it as input, or a constant.
func (g *generator) given(t *tensor.Tensor) *ir.Value {
	if g.region || g.IntN(3) == 0 {
		return g.b.Const(t)
	}
	v := g.b.Param(ir.TypeOf(t))
	g.inputs = append(g.inputs, t)
	g.add(v)
	return v
}

// constant returns a constant of type t: one number, a sequence, or random elements.
func (g *generator) constant(t ir.Type) *ir.Value {
	switch {
	case g.IntN(2) == 0:
		return op.Spread(g.b, g.b.Const(Tensor(g.Rand, ir.T(t.DType))), t.Shape)
	case g.IntN(3) == 0 && t.Rank() > 0 && op.IotaID.Row().Accepts.Has(t.DType):
		return op.Iota(g.b, t.DType, t.Shape, g.IntN(t.Rank()))
	}
	return g.b.Const(Tensor(g.Rand, t))
}

// fit returns a value of type t: from the pool as it is if there is one, else one that is converted and moved into shape; now
// and then a constant or a new parameter.
func (g *generator) fit(t ir.Type) *ir.Value {
	if wide := t.DType.Wide(); wide != t.DType {
		return op.Convert(g.b, g.fit(t.WithDType(wide)), t.DType)
	}
	switch g.IntN(10) {
	case 0:
		return g.constant(t)
	case 1:
		if !g.region {
			return g.param(t)
		}
	}
	if v := g.find(t); v != nil {
		return v
	}
	return g.adapt(g.any(), t)
}

// find returns a pool value of type t, or nil.
func (g *generator) find(t ir.Type) *ir.Value {
	var found []*ir.Value
	for _, v := range g.pool {
		if v.Type.Equal(t) {
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		return nil
	}
	v := found[g.IntN(len(found))]
	g.used[v] = true
	return v
}

// adapt makes a value of type t out of v.
func (g *generator) adapt(v *ir.Value, t ir.Type) *ir.Value {
	if v.Type.DType != t.DType {
		v = op.Convert(g.b, v, t.DType)
	}
	if v.Type.Equal(t) {
		return v
	}
	if v.Type.Size() == t.Size() {
		return op.Reshape(g.b, v, t.Shape)
	}
	if dims := g.embedding(v.Type.Shape, t.Shape); dims != nil {
		return op.Broadcast(g.b, v, dims, t.Shape)
	}
	if v.Type.Rank() == t.Rank() && fitsIn(t.Shape, v.Type.Shape) {
		return g.window(v, t.Shape)
	}
	if v.Type.Size() == 0 {
		return g.constant(t)
	}
	one := op.Reshape(g.b, g.window(v, slices.Repeat([]int{1}, v.Type.Rank())), nil)
	return op.Spread(g.b, one, t.Shape)
}

// embedding returns ascending dimensions of to along which from can be broadcast, or nil.
func (g *generator) embedding(from, to []int) []int {
	dims := make([]int, 0, len(from))
	for d, extent := range to {
		if i := len(dims); i < len(from) && (from[i] == extent || from[i] == 1) {
			dims = append(dims, d)
		}
	}
	if len(dims) < len(from) {
		return nil
	}
	return dims
}

func fitsIn(small, large []int) bool {
	for d, n := range small {
		if n > large[d] {
			return false
		}
	}
	return true
}

// window returns a random slice of v of the given shape.
func (g *generator) window(v *ir.Value, shape []int) *ir.Value {
	start, limit, stride := make([]int, len(shape)), make([]int, len(shape)), make([]int, len(shape))
	for d, n := range shape {
		stride[d] = 1
		if n > 1 && (v.Type.Shape[d]-1)/(n-1) > 1 && g.IntN(2) == 0 {
			stride[d] = 2
		}
		span := 0
		if n > 0 {
			span = (n-1)*stride[d] + 1
		}
		start[d] = g.IntN(v.Type.Shape[d] - span + 1)
		limit[d] = start[d] + span
	}
	return op.Slice(g.b, v, start, limit, stride)
}

package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		ScatterID: {JVP: scatterJVP, Transpose: scatterTranspose},
	})
}

// scattering is one Scatter node with its operands in the new graph.
type scattering struct {
	b          *ir.Builder
	a          ScatterAttrs
	x, updates ir.Type
	indices    *ir.Value
}

// put combines updates into x at the node's places.
func (s scattering) put(x, updates *ir.Value, combine Combine) *ir.Value {
	a := s.a
	a.Combine = combine
	return Scatter(s.b, x, s.indices, updates, a, nil)
}

// take returns the elements of x, of the operand's shape, at the places of the updates; zeros for dropped windows.
func (s scattering) take(x *ir.Value) *ir.Value {
	taken := Gather(s.b, x, s.indices, s.a.gather(s.x, s.updates))
	w := s.a.windows(s.x, s.updates)
	return Select(s.b, windowsFit(s.b, s.indices, w, s.x.Shape, s.updates.Shape), taken, ZerosLike(s.b, taken))
}

// zeros returns zeros of the operand's type.
func (s scattering) zeros() *ir.Value { return Full(s.b, s.x, 0) }

// last tells which updates stay: those that no later one overwrites.
func (s scattering) last() *ir.Value {
	shape := s.updates.Shape
	numbers := Reshape(s.b, Iota(s.b, dtype.Int32, []int{s.updates.Size()}, 0), shape)
	written := s.put(Full(s.b, s.x.WithDType(dtype.Int32), -1), numbers, CombineSet)
	return Eq(s.b, s.take(written), numbers)
}

func scatterJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	s := scattering{b, n.Attrs.(ScatterAttrs), n.Inputs[0].Type, n.Inputs[2].Type, in[1]}
	dx, du := t[0], t[2]
	switch s.a.Combine {
	case CombineSet:
		return []*ir.Value{s.setJVP(dx, du)}
	case CombineAdd:
		if du == nil {
			return []*ir.Value{dx}
		}
		return []*ir.Value{s.put(orZero(b, dx, s.x), du, CombineAdd)}
	case CombineMul:
		return []*ir.Value{s.mulJVP(in[0], in[2], dx, du)}
	case CombineMin, CombineMax:
		return []*ir.Value{s.largestJVP(in[0], in[2], out[0], dx, du)}
	}
	panic(&ir.Error{Op: "scatter", Arg: "combine", Got: string(s.a.Combine), Want: "set, add, mul, min or max for a derivative",
		Hint: "combine in one of these ways, or put the updates in one after the other with Scan, or give the function a derivative by CustomVJP", Pos: n.Pos})
}

// setJVP clears what is overwritten and adds the tangents of the updates that stay.
func (s scattering) setJVP(dx, du *ir.Value) *ir.Value {
	if dx != nil {
		dx = s.put(dx, Full(s.b, s.updates, 0), CombineSet)
	}
	if du == nil {
		return dx
	}
	if !s.a.UniqueIndices {
		du = Select(s.b, s.last(), du, ZerosLike(s.b, du))
	}
	return s.put(orZero(s.b, dx, s.x), du, CombineAdd)
}

// mulJVP multiplies the tangent of the operand by all updates, and that of an update by the operand and the other updates of its place.
// Zeros among them are counted, so that nothing is divided by 0.
func (s scattering) mulJVP(x, u, dx, du *ir.Value) *ir.Value {
	b := s.b
	if dx != nil {
		dx = s.put(dx, u, CombineMul)
	}
	if du == nil {
		return dx
	}
	zero, one := Full(b, s.updates, 0), Full(b, s.updates, 1)
	isZero := Eq(b, u, zero)
	nonzero := Select(b, isZero, one, u)
	product := s.take(s.put(x, nonzero, CombineMul))
	zeros := s.take(s.put(s.zeros(), Select(b, isZero, one, zero), CombineAdd))
	others := Select(b, Eq(b, zeros, zero), Div(b, product, nonzero), zero)
	others = Select(b, isZero, Select(b, Eq(b, zeros, one), product, zero), others)
	return s.put(orZero(b, dx, s.x), Mul(b, du, others), CombineAdd)
}

// largestJVP is the mean of the tangents of all, operand and updates, that are equal to the result at their place.
func (s scattering) largestJVP(x, u, out, dx, du *ir.Value) *ir.Value {
	b := s.b
	zero, one := Full(b, s.updates, 0), Full(b, s.updates, 1)
	stays := Or(b, Eq(b, x, out), Ne(b, x, x)) // what was NaN before is as good as untouched
	wins := Eq(b, u, s.take(out))
	count := s.put(Convert(b, stays, s.x.DType), Select(b, wins, one, zero), CombineAdd)
	var sum *ir.Value
	if dx != nil {
		sum = Select(b, stays, dx, s.zeros())
	}
	if du != nil {
		sum = s.put(orZero(b, sum, s.x), Select(b, wins, du, zero), CombineAdd)
	}
	return Div(b, sum, count)
}

// scatterTranspose is for the combinations that scatterJVP applies to tangents: set and add, and mul by known updates.
func scatterTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	s := scattering{b, n.Attrs.(ScatterAttrs), n.Inputs[0].Type, n.Inputs[2].Type, t.In[1]}
	ct := t.Ct[0]
	out := make([]*ir.Value, 3)
	switch combine := s.a.Combine; {
	case combine == CombineSet:
		if t.Linear(0) {
			out[0] = s.put(ct, Full(b, s.updates, 0), CombineSet)
		}
		if t.Linear(2) {
			out[2] = s.take(ct)
			if !s.a.UniqueIndices {
				out[2] = Select(b, s.last(), out[2], Full(b, s.updates, 0))
			}
		}
	case combine == CombineAdd:
		if t.Linear(0) {
			out[0] = ct
		}
		if t.Linear(2) {
			out[2] = s.take(ct)
		}
	case combine == CombineMul && t.Linear(0) && !t.Linear(2):
		out[0] = s.put(ct, t.In[2], CombineMul)
	default:
		panic(&ir.Error{Op: "scatter", Arg: "combine", Got: string(combine), Want: "set or add for a transposition", Pos: n.Pos})
	}
	return out
}

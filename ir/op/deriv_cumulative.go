package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		CumSumID: linear1(func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value {
			a := n.Attrs.(CumAttrs)
			return CumSum(b, ct, a.Axis, !a.Reverse)
		}),
		CumProdID: {JVP: scanJVP(func(b *ir.Builder, x, y dual) dual {
			return dual{Mul(b, x.value, y.value), Add(b, Mul(b, x.tangent, y.value), Mul(b, x.value, y.tangent))}
		})},
		CumMaxID: {JVP: scanJVP(largerDual(MaxID, DirGt))},
		CumMinID: {JVP: scanJVP(largerDual(MinID, DirLt))},
	})
}

// dual is a value and its tangent.
type dual struct{ value, tangent *ir.Value }

// largerDual is Max or Min of duals; where they are equal, each tangent has half the weight.
func largerDual(id ir.OpID, dir Dir) func(b *ir.Builder, x, y dual) dual {
	return func(b *ir.Builder, x, y dual) dual {
		z := b.Emit1(id, nil, x.value, y.value)
		dx, dy := largerPartials(dir)(b, x.value, y.value, z, []bool{true, true})
		return dual{z, Add(b, Mul(b, dx, x.tangent), Mul(b, dy, y.tangent))}
	}
}

// scanJVP differentiates a cumulative fold as the parallel scan that JAX makes of it, which decides how equal elements share a
// derivative and is right for zeros in products. It has 2 log2(n) steps.
func scanJVP(combine func(b *ir.Builder, x, y dual) dual) func(*ir.Builder, *ir.Node, []*ir.Value, []*ir.Value, []*ir.Value) []*ir.Value {
	return func(b *ir.Builder, n *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
		a, elems := n.Attrs.(CumAttrs), dual{in[0], t[0]}
		if a.Reverse {
			elems = dual{Reverse(b, in[0], a.Axis), Reverse(b, t[0], a.Axis)}
		}
		tangent := scan{b, a.Axis, combine}.run(elems).tangent
		if a.Reverse {
			tangent = Reverse(b, tangent, a.Axis)
		}
		return []*ir.Value{tangent}
	}
}

// scan combines elements along an axis with all those before them.
type scan struct {
	b       *ir.Builder
	axis    int
	combine func(b *ir.Builder, x, y dual) dual
}

func (s scan) run(elems dual) dual {
	n := elems.value.Type.Shape[s.axis]
	if n < 2 {
		return elems
	}
	odd := s.run(s.combine(s.b, s.part(elems, 0, n-1, 2), s.part(elems, 1, n, 2)))
	first := s.part(elems, 0, 1, 1)
	if n == 2 {
		return s.interleave(first, odd, n)
	}
	before := odd
	if n%2 == 0 {
		before = s.part(odd, 0, n/2-1, 1)
	}
	rest := s.combine(s.b, before, s.part(elems, 2, n, 2))
	even := dual{Concatenate(s.b, s.axis, first.value, rest.value), Concatenate(s.b, s.axis, first.tangent, rest.tangent)}
	return s.interleave(even, odd, n)
}

// part selects every step-th element from lo up to hi.
func (s scan) part(d dual, lo, hi, step int) dual {
	f := func(x *ir.Value) *ir.Value {
		rank := x.Type.Rank()
		start, limit, stride := make([]int, rank), slices.Clone(x.Type.Shape), slices.Repeat([]int{1}, rank)
		start[s.axis], limit[s.axis], stride[s.axis] = lo, hi, step
		return Slice(s.b, x, start, limit, stride)
	}
	return dual{f(d.value), f(d.tangent)}
}

// interleave puts even and odd elements in turn, n altogether.
func (s scan) interleave(even, odd dual, n int) dual {
	f := func(x, y *ir.Value) *ir.Value {
		return Add(s.b, s.spaced(x, 0, 1-n%2), s.spaced(y, 1, n%2))
	}
	return dual{f(even.value, odd.value), f(even.tangent, odd.tangent)}
}

// spaced puts zeros between the elements, and before and after them.
func (s scan) spaced(x *ir.Value, before, after int) *ir.Value {
	rank := x.Type.Rank()
	low, high, interior := make([]int, rank), make([]int, rank), make([]int, rank)
	low[s.axis], high[s.axis], interior[s.axis] = before, after, 1
	return Pad(s.b, x, Scalar(s.b, x.Type.DType, 0), low, high, interior)
}

package op

import (
	"github.com/ranvier-go/ranvier/ir"
)

// Derivative rules stand in the files deriv_*.go, apart from the rows, in tables by id.

// derivatives attaches rules to rows.
func derivatives(table map[ir.OpID]ir.Derivative) {
	for id, d := range table {
		ir.Extend(id, func(r *ir.Row) { r.Derivative = &d })
	}
}

// transpose1 makes a Transpose of a function for rows that are linear in their first input alone.
func transpose1(f func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value) func(*ir.Builder, *ir.Node, *ir.Transposition) []*ir.Value {
	return func(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
		out := make([]*ir.Value, len(t.In))
		if t.Linear(0) {
			out[0] = f(b, n, t.Ct[0])
		}
		return out
	}
}

// linear1 is the derivative of a row that is linear in its first input.
func linear1(f func(b *ir.Builder, n *ir.Node, ct *ir.Value) *ir.Value) ir.Derivative {
	return ir.Derivative{Linear: []int{0}, Transpose: transpose1(f)}
}

// numberLike returns an array of the type of x filled with v.
func numberLike(b *ir.Builder, x *ir.Value, v float64) *ir.Value { return Full(b, x.Type, v) }

// plus adds two values of which any may be nil, for zero.
func plus(b *ir.Builder, x, y *ir.Value) *ir.Value {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return Add(b, x, y)
}

// orZero returns x, or zeros of type t for nil.
func orZero(b *ir.Builder, x *ir.Value, t ir.Type) *ir.Value {
	if x == nil {
		return Full(b, t, 0)
	}
	return x
}

// square returns x*x.
func square(b *ir.Builder, x *ir.Value) *ir.Value { return Mul(b, x, x) }

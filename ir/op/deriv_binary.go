package op

import "github.com/ranvier-go/ranvier/ir"

// partials2 returns the derivatives of z = f(x, y) with respect to x and y; only those wanted are used.
type partials2 func(b *ir.Builder, x, y, z *ir.Value, want []bool) (dx, dy *ir.Value)

func binaryPartials(f partials2) ir.Derivative {
	return ir.Derivative{Partials: func(b *ir.Builder, _ *ir.Node, in, out []*ir.Value, want []bool) []*ir.Value {
		dx, dy := f(b, in[0], in[1], out[0], want)
		return []*ir.Value{dx, dy}
	}}
}

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		AddID:     {Linear: []int{0, 1}, JVP: addJVP, Transpose: addTranspose},
		SubID:     {Linear: []int{0, 1}, JVP: subJVP, Transpose: subTranspose},
		MulID:     {Linear: []int{0, 1}, Multilinear: true, JVP: mulJVP, Transpose: mulTranspose},
		DivID:     {Linear: []int{0}, JVP: divJVP, Transpose: divTranspose},
		RemID:     {JVP: remJVP},
		PowID:     binaryPartials(powPartials),
		MaxID:     binaryPartials(largerPartials(DirGt)),
		MinID:     binaryPartials(largerPartials(DirLt)),
		Atan2ID:   binaryPartials(atan2Partials),
		ScalbID:   {Linear: []int{0}, JVP: scalbJVP, Transpose: scalbTranspose},
		ComplexID: {Linear: []int{0, 1}, Transpose: complexTranspose},
		SelectID:  {Linear: []int{1, 2}, Transpose: selectTranspose},
		FMAID:     {JVP: fmaJVP},
	})
}

func addJVP(b *ir.Builder, _ *ir.Node, _, t, _ []*ir.Value) []*ir.Value {
	return []*ir.Value{plus(b, t[0], t[1])}
}

func addTranspose(_ *ir.Builder, _ *ir.Node, t *ir.Transposition) []*ir.Value {
	return onLinear(t, t.Ct[0], t.Ct[0])
}

// onLinear keeps the cotangents of linear inputs.
func onLinear(t *ir.Transposition, cts ...*ir.Value) []*ir.Value {
	for i := range cts {
		if !t.Linear(i) {
			cts[i] = nil
		}
	}
	return cts
}

func subJVP(b *ir.Builder, _ *ir.Node, _, t, _ []*ir.Value) []*ir.Value {
	switch {
	case t[1] == nil:
		return []*ir.Value{t[0]}
	case t[0] == nil:
		return []*ir.Value{Neg(b, t[1])}
	}
	return []*ir.Value{Sub(b, t[0], t[1])}
}

func subTranspose(b *ir.Builder, _ *ir.Node, t *ir.Transposition) []*ir.Value {
	if !t.Linear(1) {
		return []*ir.Value{t.Ct[0], nil}
	}
	return onLinear(t, t.Ct[0], Neg(b, t.Ct[0]))
}

func mulJVP(b *ir.Builder, _ *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	x, y := in[0], in[1]
	if x == y {
		return []*ir.Value{Mul(b, t[0], Add(b, x, x))}
	}
	var dx, dy *ir.Value
	if t[0] != nil {
		dx = Mul(b, t[0], y)
	}
	if t[1] != nil {
		dy = Mul(b, x, t[1])
	}
	return []*ir.Value{plus(b, dx, dy)}
}

func mulTranspose(b *ir.Builder, _ *ir.Node, t *ir.Transposition) []*ir.Value {
	if t.Linear(0) {
		return []*ir.Value{Mul(b, t.Ct[0], t.In[1]), nil}
	}
	return []*ir.Value{nil, Mul(b, t.In[0], t.Ct[0])}
}

// divJVP is (dx - (x/y) dy) / y.
func divJVP(b *ir.Builder, n *ir.Node, in, t, out []*ir.Value) []*ir.Value {
	if t[1] == nil {
		return []*ir.Value{Div(b, t[0], in[1])}
	}
	numerator := subJVP(b, n, in, []*ir.Value{t[0], Mul(b, out[0], t[1])}, nil)[0]
	return []*ir.Value{Div(b, numerator, in[1])}
}

func divTranspose(b *ir.Builder, _ *ir.Node, t *ir.Transposition) []*ir.Value {
	return []*ir.Value{Div(b, t.Ct[0], t.In[1]), nil}
}

// remJVP: x rem y = x - trunc(x/y) y, and the quotient is constant between jumps.
func remJVP(b *ir.Builder, n *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	if t[1] == nil {
		return []*ir.Value{t[0]}
	}
	quotient := Trunc(b, Div(b, in[0], in[1]))
	return subJVP(b, n, in, []*ir.Value{t[0], Mul(b, quotient, t[1])}, nil)
}

// powPartials has no case distinction for x^0, as JAX: 0^0 has the derivative NaN with respect to x. That with respect to y is 0 where x is 0.
func powPartials(b *ir.Builder, x, y, z *ir.Value, want []bool) (dx, dy *ir.Value) {
	if want[0] {
		dx = Mul(b, y, Pow(b, x, Sub(b, y, numberLike(b, y, 1))))
	}
	if want[1] {
		dy = Mul(b, Log(b, notZero(b, x)), z)
	}
	return dx, dy
}

// largerPartials is for Max (gt) and Min (lt): the operand that wins has derivative 1, and equal ones have 1/2 each.
func largerPartials(dir Dir) partials2 {
	return func(b *ir.Builder, x, y, _ *ir.Value, want []bool) (dx, dy *ir.Value) {
		half := Select(b, Eq(b, x, y), numberLike(b, x, 0.5), numberLike(b, x, 0))
		one := numberLike(b, x, 1)
		if want[0] {
			dx = Select(b, Compare(b, dir, x, y), one, half)
		}
		if want[1] {
			dy = Select(b, Compare(b, dir, y, x), one, half)
		}
		return dx, dy
	}
}

func atan2Partials(b *ir.Builder, y, x, _ *ir.Value, want []bool) (dy, dx *ir.Value) {
	norm := Add(b, square(b, x), square(b, y))
	if want[0] {
		dy = Div(b, x, norm)
	}
	if want[1] {
		dx = Div(b, Neg(b, y), norm)
	}
	return dy, dx
}

// scalbJVP: exponents are integral, so the result does not vary with them.
func scalbJVP(b *ir.Builder, _ *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	if t[0] == nil {
		return []*ir.Value{nil}
	}
	return []*ir.Value{Scalb(b, t[0], in[1])}
}

func scalbTranspose(b *ir.Builder, _ *ir.Node, t *ir.Transposition) []*ir.Value {
	return []*ir.Value{Scalb(b, t.Ct[0], t.In[1]), nil}
}

func complexTranspose(b *ir.Builder, _ *ir.Node, t *ir.Transposition) []*ir.Value {
	out := make([]*ir.Value, 2)
	if t.Linear(0) {
		out[0] = Real(b, t.Ct[0])
	}
	if t.Linear(1) {
		out[1] = Neg(b, Imag(b, t.Ct[0]))
	}
	return out
}

func selectTranspose(b *ir.Builder, _ *ir.Node, t *ir.Transposition) []*ir.Value {
	pred, ct := t.In[0], t.Ct[0]
	zero := ZerosLike(b, ct)
	out := make([]*ir.Value, 3)
	if t.Linear(1) {
		out[1] = Select(b, pred, ct, zero)
	}
	if t.Linear(2) {
		out[2] = Select(b, pred, zero, ct)
	}
	return out
}

func fmaJVP(b *ir.Builder, n *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	sum := t[2]
	if t[0] != nil || t[1] != nil {
		sum = plus(b, mulJVP(b, n, in[:2], t[:2], nil)[0], sum)
	}
	return []*ir.Value{sum}
}

package factor

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// stack is a batch of matrices in the type in which they are computed: f64 or complex128.
type stack struct {
	b           *ir.Builder
	from        ir.Type   // what was given
	a           *ir.Value // [batch, m, n]
	batch, m, n int
}

// wide is the type in which dt is computed.
func wide(dt dtype.DType) dtype.DType {
	if dt.IsComplex() {
		return dtype.Complex128
	}
	return dtype.Float64
}

// open takes the matrices in the last two dimensions of a.
func open(b *ir.Builder, a *ir.Value) stack {
	t := a.Type
	rank := t.Rank()
	s := stack{b: b, from: t, batch: ir.T(0, t.Shape[:rank-2]...).Size(), m: t.Shape[rank-2], n: t.Shape[rank-1]}
	s.a = op.Reshape(b, as(b, a, wide(t.DType)), []int{s.batch, s.m, s.n})
	return s
}

// empty reports whether there is nothing to factor.
func (s stack) empty() bool { return s.batch == 0 || s.m == 0 || s.n == 0 }

// close rounds a result [batch, last...] to an element type and puts the leading dimensions back.
func (s stack) close(x *ir.Value, dt dtype.DType, last ...int) *ir.Value {
	lead := s.from.Shape[:s.from.Rank()-2]
	return op.Reshape(s.b, as(s.b, x, dt), slices.Concat(lead, last))
}

// finite returns for each matrix whether no element is NaN or infinite, and the stack with zeros in place of the others, so that loops end.
func (s stack) finite() (ok *ir.Value, clean stack) {
	re, im := parts(s.b, s.a)
	all := op.And(s.b, op.IsFinite(s.b, re), op.IsFinite(s.b, im))
	ok = op.ReduceAnd(s.b, all, 1, 2)
	clean = s
	clean.a = op.Select(s.b, over(s.b, ok, s.a.Type.Shape, 0), s.a, op.ZerosLike(s.b, s.a))
	return ok, clean
}

// scaled divides each matrix by a power of two near its largest element, which is exact, and returns these powers (f64[batch]).
func (s stack) scaled() (scale *ir.Value, unit stack) {
	re, im := parts(s.b, s.a)
	largest := op.ReduceMax(s.b, op.Max(s.b, op.Abs(s.b, re), op.Abs(s.b, im)), 1, 2)
	const exponent = 0x7ff << 52 // of the 64 bits of a number
	bits := op.Bitcast(s.b, largest, dtype.Uint64)
	bits = op.And(s.b, bits, op.Full(s.b, bits.Type, exponent))
	scale = op.Bitcast(s.b, bits, dtype.Float64)
	scale = op.Select(s.b, op.Gt(s.b, scale, op.ZerosLike(s.b, scale)), scale, op.Full(s.b, scale.Type, 1))
	unit = s
	unit.a = op.Div(s.b, s.a, as(s.b, over(s.b, scale, s.a.Type.Shape, 0), s.a.Type.DType))
	return scale, unit
}

// orNaN puts NaN where ok[batch] is false.
func (s stack) orNaN(ok, x *ir.Value) *ir.Value {
	re, _ := parts(s.b, x)
	nan := as(s.b, op.Full(s.b, re.Type, nan), x.Type.DType)
	return op.Select(s.b, over(s.b, ok, x.Type.Shape, 0), x, nan)
}

// adjoint is the stack of conjugate transposes.
func (s stack) adjoint() stack {
	s.a = adjoint(s.b, s.a)
	s.m, s.n = s.n, s.m
	return s
}

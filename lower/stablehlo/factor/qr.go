package factor

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// QR is op.QR: by reflections, with the signs of LAPACK.
func QR(b *ir.Builder, a *ir.Value, full bool) (q, r *ir.Value) {
	s := open(b, a)
	dt, k := s.from.DType, min(s.m, s.n)
	if full {
		k = s.m
	}
	if s.empty() {
		return s.close(eye(b, dt, s.batch, s.m, k), dt, s.m, k), s.close(op.Full(b, ir.T(dt, s.batch, k, s.n), 0), dt, k, s.n)
	}
	scale, unit := s.scaled()
	q, r = unit.qr(k)
	r = op.Mul(b, r, as(b, over(b, scale, r.Type.Shape, 0), r.Type.DType))
	return s.close(q, dt, s.m, k), s.close(r, dt, k, s.n)
}

// qr returns k columns of Q and k rows of R.
func (s stack) qr(k int) (q, r *ir.Value) {
	b := s.b
	packed, taus := Geqrf(b, s.a)
	if k < s.n {
		q = Orgqr(b, cut(b, packed, 2, 0, k), taus)
	} else {
		q = Orgqr(b, padded(b, packed, 2, k), taus)
	}
	r = cut(b, packed, 1, 0, k)
	upper := op.Le(b, index(b, r.Type.Shape, 1), index(b, r.Type.Shape, 2))
	return q, op.Select(b, upper, r, op.ZerosLike(b, r))
}

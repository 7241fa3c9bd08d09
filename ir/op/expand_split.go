package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
)

// Exponent and significand: single instructions of AVX-512 (VGETEXP, VGETMANT), a few integer operations elsewhere.

// Logb returns floor(log2|x|) as a float, also for denormals; -inf for zeros, +inf for infinities.
func Logb(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(LogbID, nil, x) }

// Significand returns m with x = 2^e m and 3/4 <= m < 3/2. It is NaN for negative x, 1 with the sign of x for zeros, and 1 for +inf.
func Significand(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(SignificandID, nil, x) }

func init() {
	registerUnary(
		unaryRow{id: LogbID, name: "logb", lo: 0.1, hi: 10, noGradient: true, float: math.Logb},
		unaryRow{id: SignificandID, name: "significand", lo: 0.1, hi: 10, float: significand},
	)
}

func significand(x float64) float64 {
	switch {
	case x == 0:
		return math.Copysign(1, x)
	case x < 0:
		return math.NaN()
	case math.IsInf(x, 1):
		return 1
	}
	m, _ := math.Frexp(x)
	if m < 0.75 {
		m *= 2
	}
	return m
}

// layout describes the bits of a float type.
type layout struct {
	fraction  int64   // bits of the fraction
	bias      float64 // of the exponent
	tiny      float64 // smallest normal number
	up        float64 // 2^fraction+1: makes every denormal normal
	threeQ    int64   // bits of 3/4
	magic     int64   // bits of 2^fraction: a small integer in its low bits is added to it
	magicReal float64
}

func (l *emitter) layout() layout {
	if l.double {
		return layout{52, 1023, 0x1p-1022, 0x1p53, 0x3fe8 << 48, 0x433 << 52, 0x1p52}
	}
	return layout{23, 127, 0x1p-126, 0x1p24, 0x3f400000, 0x4b000000, 0x1p23}
}

// expandLogb reads the exponent field of |x|, brought up from the denormals.
func expandLogb(l *emitter, x value) value {
	f := l.layout()
	a := l.abs(x)
	denormal := l.lt(a, l.num(f.tiny))
	field := l.shr(l.bits(l.sel(denormal, l.mul(a, l.num(f.up)), a)), f.fraction)
	e := l.sub(l.float(l.ior(field, l.int(f.magic))), l.sel(denormal, l.num(f.magicReal+f.bias+float64(f.fraction)+1), l.num(f.magicReal+f.bias)))
	e = l.sel(l.eq(a, l.num(0)), l.num(math.Inf(-1)), e)
	return l.sel(l.lt(a, l.num(math.Inf(1))), e, a)
}

// expandSignificand subtracts from the bits of x the multiple of the exponent's unit that leaves them between 3/4 and 3/2.
func expandSignificand(l *emitter, x value) value {
	f := l.layout()
	up := l.sel(l.lt(x, l.num(f.tiny)), l.mul(x, l.num(f.up)), x)
	i := l.bits(up)
	e := l.sar(l.isub(i, l.int(f.threeQ)), f.fraction)
	m := l.float(l.isub(i, l.shl(e, f.fraction)))
	m = l.sel(l.lt(x, l.num(math.Inf(1))), m, l.num(1))
	m = l.sel(l.gt(x, l.num(0)), m, l.num(math.NaN()))
	return l.sel(l.eq(x, l.num(0)), l.withSign(l.num(1), x), m)
}

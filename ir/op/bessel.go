package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// BesselI0e returns e^-|x| I0(x), the modified Bessel function of order 0.
func BesselI0e(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(BesselI0eID, nil, x) }

// BesselI1e returns e^-|x| I1(x), the modified Bessel function of order 1.
func BesselI1e(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(BesselI1eID, nil, x) }

func init() {
	registerUnary(
		unaryRow{id: BesselI0eID, name: "bessel_i0e", lo: -20, hi: 20, float: besselI0e},
		unaryRow{id: BesselI1eID, name: "bessel_i1e", hlo: "chlo.bessel_i1e", lo: -20, hi: 20, float: besselI1e},
	)
}

// besselSwitch is where the second series begins.
const besselSwitch = 8

func besselI0e(x float64) float64 {
	a := math.Abs(x)
	if a <= besselSwitch {
		return chebyshev(a/4-1, besselI0Small) / (1 + a)
	}
	return chebyshev(16/a-1, besselI0Large) / math.Sqrt(a)
}

func besselI1e(x float64) float64 {
	a := math.Abs(x)
	if a <= besselSwitch {
		return x * (chebyshev(a/4-1, besselI1Small) / ((1 + a) * (1 + a)))
	}
	return math.Copysign(chebyshev(16/a-1, besselI1Large)/math.Sqrt(a), x)
}

// chebyshev sums c[k] T_k(t) by Clenshaw's recurrence.
func chebyshev(t float64, c []float64) float64 {
	var u, v float64
	for k := len(c) - 1; k > 0; k-- {
		u, v = dtype.FMA64(2*t, u, c[k]-v), u
	}
	return dtype.FMA64(t, u, c[0]-v)
}

// chebyshev is the function of that name; f32 needs fewer terms.
func (l *emitter) chebyshev(t value, c []float64) value {
	for !l.double && math.Abs(c[len(c)-1]) < 0x1p-28 {
		c = c[:len(c)-1]
	}
	twice, u, v := l.add(t, t), l.num(0), l.num(0)
	for k := len(c) - 1; k > 0; k-- {
		u, v = l.fma(twice, u, l.sub(l.num(c[k]), v)), u
	}
	return l.fma(t, u, l.sub(l.num(c[0]), v))
}

func expandBesselI0e(l *emitter, x value) value {
	a := l.abs(x)
	small := l.div(l.chebyshev(l.sub(l.mul(a, l.num(0.25)), l.num(1)), besselI0Small), l.add(a, l.num(1)))
	large := l.div(l.chebyshev(l.sub(l.div(l.num(16), a), l.num(1)), besselI0Large), l.sqrt(a))
	return l.sel(l.gt(a, l.num(besselSwitch)), large, small)
}

func expandBesselI1e(l *emitter, x value) value {
	a := l.abs(x)
	b := l.add(a, l.num(1))
	small := l.mul(x, l.div(l.chebyshev(l.sub(l.mul(a, l.num(0.25)), l.num(1)), besselI1Small), l.mul(b, b)))
	large := l.div(l.chebyshev(l.sub(l.div(l.num(16), a), l.num(1)), besselI1Large), l.sqrt(a))
	return l.sel(l.gt(a, l.num(besselSwitch)), l.withSign(large, x), small)
}

package truth

import "math"

// Value is (Hi + Lo) 2^Exp. Hi is an infinity or NaN where the function is; a zero has Lo = 0.
type Value struct {
	Pair
	Exp int
}

func plain(p Pair) Value        { return Value{Pair: p} }
func exactly(x float64) Value   { return Value{Pair: Pair{x, 0}} }
func (v Value) negative() Value { return Value{v.neg(), v.Exp} }

// format describes a type of floating-point numbers: digits, and the exponents of the largest and the smallest normal number as
// math.Frexp has them.
type format struct{ digits, most, least int }

var (
	format32 = format{24, 128, -125}
	format64 = format{53, 1024, -1021}
)

// ULP64 is how far got is from the value in units in the last place of f64; infinite where a special value or a sign is missed.
func (v Value) ULP64(got float64) float64 { return v.ulp(got, format64) }

// ULP32 is ULP64 for f32.
func (v Value) ULP32(got float32) float64 { return v.ulp(float64(got), format32) }

func (v Value) ulp(got float64, f format) float64 {
	switch {
	case v.Hi != v.Hi || got != got:
		return unless(v.Hi != v.Hi && got != got)
	case v.Hi == 0 || math.IsInf(v.Hi, 0):
		return unless(got == v.Hi && math.Signbit(got) == math.Signbit(v.Hi))
	case math.Signbit(got) != math.Signbit(v.Hi):
		return math.Inf(1)
	}
	e := v.exponent()
	if math.IsInf(got, 0) {
		if e > f.most || e == f.most && math.Abs(math.Ldexp(v.Hi, v.Exp-e)) >= 1-math.Ldexp(1, -f.digits-1) {
			return 0
		}
		got = math.Copysign(1, got)
		d := math.Ldexp(got, f.most-e) - math.Ldexp(v.Hi, v.Exp-e)
		return math.Ldexp(math.Abs(d), f.digits)
	}
	unit := min(max(e, f.least), f.most) - f.digits // exponent of the last place
	d := (math.Ldexp(got, -v.Exp) - v.Hi) - v.Lo
	return math.Ldexp(math.Abs(d), v.Exp-unit)
}

// exponent is that of math.Frexp.
func (v Value) exponent() int {
	m, e := math.Frexp(v.Hi)
	if math.Abs(m) == 0.5 && v.Lo != 0 && math.Signbit(v.Lo) != math.Signbit(v.Hi) {
		e--
	}
	return e + v.Exp
}

func unless(good bool) float64 {
	if good {
		return 0
	}
	return math.Inf(1)
}

// Float64 is the value rounded, twice where it is a denormal number.
func (v Value) Float64() float64 { return math.Ldexp(v.Hi+v.Lo, v.Exp) }

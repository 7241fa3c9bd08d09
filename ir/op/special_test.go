package op

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Values at infinities, NaN, signed zeros, poles and the ends of the range, the same in every float type. max, normal and tiny are the largest
// and the smallest normal and subnormal numbers of the type. Sources: IEEE 754-2019 and annex F of C; for lgamma, digamma and integer
// arithmetic the numerical contract.
const specialValues = `
neg 0 = -0
neg -inf = inf
abs -0 = 0
abs -inf = inf
abs nan = nan
sign -0 = -0
sign 0 = 0
sign -inf = -1
sign nan = nan
sign tiny = 1
floor -0 = -0
floor -tiny = -1
floor inf = inf
floor nan = nan
ceil -0.5 = -0
ceil tiny = 1
ceil -inf = -inf
trunc -0.5 = -0
trunc nan = nan
round_even -0.5 = -0
round_even 2.5 = 2
round_even 3.5 = 4
round_away -0.5 = -1
round_away 2.5 = 3
round_away -0.25 = -0
round_away max = max
sqrt -0 = -0
sqrt -1 = nan
sqrt inf = inf
rsqrt 0 = inf
rsqrt -0 = -inf
rsqrt inf = 0
rsqrt -1 = nan
rsqrt 4 = 0.5
cbrt -0 = -0
cbrt -8 = -2
cbrt -inf = -inf
exp -0 = 1
exp -inf = 0
exp inf = inf
exp max = inf
exp -max = 0
exp nan = nan
exp2 10 = 1024
exp2 -inf = 0
exp2 max = inf
expm1 -0 = -0
expm1 -inf = -1
expm1 inf = inf
expm1 tiny = tiny
log 1 = 0
log 0 = -inf
log -0 = -inf
log -1 = nan
log inf = inf
log1p -0 = -0
log1p -1 = -inf
log1p -2 = nan
log1p tiny = tiny
logistic 0 = 0.5
logistic inf = 1
logistic -inf = 0
logistic -max = 0
logistic nan = nan
sin -0 = -0
sin inf = nan
sin tiny = tiny
cos 0 = 1
cos -inf = nan
tan -0 = -0
tan inf = nan
asin -0 = -0
asin 2 = nan
acos 1 = 0
acos 2 = nan
atan -0 = -0
sinh -0 = -0
sinh -inf = -inf
sinh max = inf
cosh 0 = 1
cosh -inf = inf
tanh -0 = -0
tanh inf = 1
tanh -max = -1
tanh nan = nan
asinh -0 = -0
asinh -inf = -inf
acosh 1 = 0
acosh 0.5 = nan
acosh inf = inf
atanh -0 = -0
atanh 1 = inf
atanh -1 = -inf
atanh 2 = nan
erf -0 = -0
erf inf = 1
erf -inf = -1
erfc 0 = 1
erfc inf = 0
erfc -inf = 2
erf_inv -0 = -0
erf_inv 1 = inf
erf_inv -1 = -inf
erf_inv 2 = nan
lgamma 1 = 0
lgamma 2 = 0
lgamma 0 = inf
lgamma -3 = inf
lgamma -inf = inf
lgamma inf = inf
digamma 0 = nan
digamma -2 = nan
digamma inf = inf
digamma -inf = nan

add inf -inf = nan
add 0 -0 = 0
add -0 -0 = -0
add max max = inf
add normal -tiny = subnormal
sub inf inf = nan
sub 0 0 = 0
sub -0 0 = -0
mul inf 0 = nan
mul -0 3 = -0
mul normal 0.5 = half
mul tiny 0.25 = 0
mul -tiny 0.25 = -0
mul max 2 = inf
div 1 0 = inf
div 1 -0 = -inf
div 0 0 = nan
div inf inf = nan
div -1 inf = -0
rem -6 3 = -0
rem 5 -3 = 2
rem -5 3 = -2
rem 1 0 = nan
rem inf 2 = nan
rem 5 -inf = 5
rem nan 1 = nan
pow nan 0 = 1
pow 1 nan = 1
pow -1 inf = 1
pow 2 -inf = 0
pow 0.5 -inf = inf
pow 0 -1 = inf
pow -0 -3 = -inf
pow -0 3 = -0
pow -0 2 = 0
pow -8 0.5 = nan
pow -2 3 = -8
pow -inf 3 = -inf
pow inf -0.5 = 0
pow max 2 = inf
pow -max 3 = -inf
pow tiny 3 = 0
pow -tiny 3 = -0
max nan inf = nan
max inf nan = nan
max -0 0 = 0
max 0 -0 = 0
max -0 -0 = -0
max -inf 1 = 1
min nan -inf = nan
min -inf nan = nan
min 0 -0 = -0
min -0 0 = -0
min inf 1 = 1
atan2 0 1 = 0
atan2 -0 1 = -0
atan2 nan 1 = nan
atan2 1 inf = 0
atan2 -1 inf = -0
next_after 0 1 = tiny
next_after 0 -1 = -tiny
next_after -0 0 = 0
next_after 0 -0 = -0
next_after tiny -1 = 0
next_after -tiny 1 = -0
next_after max inf = inf
next_after inf 0 = max
next_after -inf 0 = -max
next_after nan 1 = nan
next_after 1 nan = nan
next_after 3 3 = 3
next_after normal 0 = subnormal
scalb 3 2 = 12
scalb 3 2.5 = 12
scalb 3 -0.5 = 1.5
scalb 0 inf = nan
scalb -1 inf = -inf
scalb inf -inf = nan
scalb -1 -inf = -0
scalb nan 1 = nan
scalb 1 nan = nan
scalb inf 3 = inf
scalb -0 3 = -0
scalb 1 max = inf
scalb 1 -max = 0
scalb normal -1 = half
fma inf 0 1 = nan
fma 0 5 -0 = 0
fma -0 5 -0 = -0
fma nan 1 1 = nan
fma max 2 -inf = -inf
`

func parseSpecial(t *testing.T, word string, dt dtype.DType) float64 {
	t.Helper()
	largest, normal, tiny := limits(dt)
	name, negative := strings.CutPrefix(word, "-")
	v, known := map[string]float64{"max": largest, "normal": normal, "tiny": tiny, "subnormal": normal - tiny, "half": normal / 2}[name]
	if !known {
		var err error
		v, err = strconv.ParseFloat(name, 64)
		require.NoError(t, err)
	}
	if negative {
		return -v
	}
	return v
}

func same(x, y float64) bool {
	return x != x && y != y || math.Float64bits(x) == math.Float64bits(y)
}

func TestSpecialValues(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(specialValues), "\n") {
		if line == "" {
			continue
		}
		left, right, _ := strings.Cut(line, " = ")
		words := strings.Fields(left)
		for _, dt := range dtype.Floats.List() {
			inputs := map1(words[1:], func(w string) *tensor.Tensor { return tensor.Scalar(parseSpecial(t, w, dt)).AsType(dt) })
			got := apply1(t, rowID(t, words[0]), nil, inputs...).Float64s()[0]
			assert.True(t, same(got, parseSpecial(t, right, dt)), "%s of %s: got %v", line, dt, got)
		}
	}
}

// NaN in gives NaN out, whatever the other operands.
func TestNaNPropagates(t *testing.T) {
	exceptions := map[string]bool{"pow": true, "is_finite": true, "select": true}
	for _, row := range rowsOfFloats() {
		if exceptions[row.Name] {
			continue
		}
		for _, dt := range dtype.Floats.List() {
			if !row.Accepts.Has(dt) {
				continue
			}
			for k := range row.Arity {
				inputs := make([]*tensor.Tensor, row.Arity)
				for i := range inputs {
					inputs[i] = tensor.Scalar(0.5).AsType(dt)
				}
				inputs[k] = tensor.Scalar(math.NaN()).AsType(dt)
				got := apply1(t, row.ID, nil, inputs...).Complex128s()[0]
				assert.True(t, got != got, "%s with NaN as operand %d of %s: got %v", row.Name, k, dt, got)
			}
		}
	}
}

// next_after agrees with math where math has it, and with the neighbours in the list of all numbers of the 16-bit types.
func TestNextAfter(t *testing.T) {
	r := seeded(4)
	for _, dt := range dtype.Floats.List() {
		x, y := finiteFloats(r, dt, 500), finiteFloats(r, dt, 500)
		out := apply1(t, NextAfterID, nil, x, y).Float64s()
		for i, got := range out {
			from, to := x.Float64s()[i], y.Float64s()[i]
			want := to
			switch {
			case from == to:
			case dt == dtype.Float64:
				want = math.Nextafter(from, to)
			case dt == dtype.Float32:
				want = float64(math.Nextafter32(float32(from), float32(to)))
			default:
				want = floatGrid(dt).next(from, to > from)
			}
			require.True(t, got == want, "next_after(%x, %x) of %s: got %x, want %x", from, to, dt, got, want)
		}
	}
}

func TestPartsOfComplexNumbers(t *testing.T) {
	for _, dt := range dtype.Complexes.List() {
		z := tensor.Of(3+4i, complex(math.Copysign(0, -1), -2), complex(math.Inf(1), math.NaN())).AsType(dt)
		re, im := apply1(t, RealID, nil, z), apply1(t, ImagID, nil, z)
		assert.True(t, re.Equal(tensor.Of(3, math.Copysign(0, -1), math.Inf(1)).AsType(dt.Real())), re)
		assert.True(t, im.Equal(tensor.Of(4, -2, math.NaN()).AsType(dt.Real())), im)
		assert.True(t, apply1(t, ComplexID, nil, re, im).Equal(z))
		assert.True(t, apply1(t, ConjID, nil, z).Equal(apply1(t, ComplexID, nil, re, apply1(t, NegID, nil, im))))
		assert.Equal(t, []float64{5, 2, math.Inf(1)}, apply1(t, AbsID, nil, z).Float64s())
		two := tensor.Scalar(complex(0, 0)).AsType(dt)
		assert.Equal(t, complex128(0), apply1(t, SignID, nil, two).Complex128s()[0])
		assert.Equal(t, complex128(1), apply1(t, PowID, nil, two, two).Complex128s()[0])
	}
}

// Sums, differences and negation of complex numbers are those of their parts; products are schoolbook products rounded in the parts' type.
func TestComplexArithmeticByParts(t *testing.T) {
	r := seeded(5)
	for _, dt := range dtype.Complexes.List() {
		x, y := RandomTensor(r, dt, 0, 0, 100), RandomTensor(r, dt, 0, 0, 100)
		parts := func(z *tensor.Tensor) (re, im *tensor.Tensor) {
			return apply1(t, RealID, nil, z), apply1(t, ImagID, nil, z)
		}
		a, b := parts(x)
		c, d := parts(y)
		join := func(re, im *tensor.Tensor) *tensor.Tensor { return apply1(t, ComplexID, nil, re, im) }
		mul := func(x, y *tensor.Tensor) *tensor.Tensor { return apply1(t, MulID, nil, x, y) }
		add := func(x, y *tensor.Tensor) *tensor.Tensor { return apply1(t, AddID, nil, x, y) }
		sub := func(x, y *tensor.Tensor) *tensor.Tensor { return apply1(t, SubID, nil, x, y) }
		assert.True(t, add(x, y).Equal(join(add(a, c), add(b, d))))
		assert.True(t, sub(x, y).Equal(join(sub(a, c), sub(b, d))))
		assert.True(t, mul(x, y).Equal(join(sub(mul(a, c), mul(b, d)), add(mul(a, d), mul(b, c)))))
		assert.True(t, apply1(t, NegID, nil, x).Equal(join(apply1(t, NegID, nil, a), apply1(t, NegID, nil, b))))
	}
}

func TestComplexDivisionAtTheEdges(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct{ x, y, want complex128 }{
		{complex(1e300, 1e300), complex(1e300, 1e300), 1},
		{complex(1e-300, 1e-300), complex(1e-300, 1e-300), 1},
		{complex(1, 0), complex(inf, 0), 0},
		{complex(1, 1), 0, complex(inf, inf)},
		{complex(inf, 0), complex(1, 1), complex(inf, -inf)},
		{complex(0, 2), complex(0, 1), 2},
	} {
		assert.Equal(t, c.want, apply1(t, DivID, nil, tensor.Scalar(c.x), tensor.Scalar(c.y)).Item(), "%v / %v", c.x, c.y)
	}
	zero := apply1(t, DivID, nil, tensor.Scalar(complex(0, 0)), tensor.Scalar(complex(0, 0))).Item().(complex128)
	assert.True(t, zero != zero)
}

func TestIsFinite(t *testing.T) {
	for _, dt := range dtype.Floats.List() {
		largest, _, tiny := limits(dt)
		x := tensor.Of(0, tiny, -largest, math.Inf(1), math.Inf(-1), math.NaN()).AsType(dt)
		assert.Equal(t, []bool{true, true, true, false, false, false}, tensor.Flat[bool](apply1(t, IsFiniteID, nil, x)), dt)
	}
}

func TestZetaAtItsEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range [][3]float64{
		{2, 1, math.Pi * math.Pi / 6}, {1, 3, inf}, {0.5, 1, nan}, {3, 0, nan}, {4, -2, inf}, {3, -2.5, 0.054102025820863702}, {2.5, -2.5, nan}, {2, -0.5, 4 + math.Pi*math.Pi/2}, {2, -1e7 - 0.5, math.Pi * math.Pi}, {3, -30.25, -62.012024714545027}, {1e300, -2.25, inf}, {1e17, -1e9 - 0.75, inf}, {1e5 + 1, -7.25, -inf}, {1e300, 1e299, 0}, {1e30, 1e-30, inf}, {1.5, 1e300, 2e-150},
		{2, inf, 0}, {inf, 2, 0}, {inf, 1, 1}, {nan, 1, nan}, {200, 1, 1}, {1e6, 1e7, 0}, {1.0000001, 1, 1e7},
	} {
		got := zeta(c[0], c[1])
		assert.True(t, got != got && c[2] != c[2] || got == c[2] || math.Abs(got-c[2]) < 1e-7*math.Abs(c[2]), "zeta%v: got %v", c[:2], got)
	}
	for _, c := range [][3]float64{{0, 1, -0.5772156649015329}, {1, 1, math.Pi * math.Pi / 6}, {2, -0.5, -0.8287966442343199}, {1, 0, inf}, {1.5, 2, nan}, {-1, 2, nan}} {
		got := polygamma(c[0], c[1])
		assert.True(t, got != got && c[2] != c[2] || got == c[2] || math.Abs(got-c[2]) < 1e-14, "polygamma%v: got %v, want %v", c[:2], got, c[2])
	}
}

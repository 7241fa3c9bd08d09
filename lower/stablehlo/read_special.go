package stablehlo

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// specialRules are the special functions of CHLO that no row stands for. They are computed in f64 and rounded once.
var specialRules = map[string]readRule{
	"chlo.bessel_i1e": special(1, func(m maths, in []*ir.Value) *ir.Value { return m.besselI1e(in[0]) }),
	"chlo.zeta":       special(2, func(m maths, in []*ir.Value) *ir.Value { return m.zeta(in[0], in[1]) }),
	"chlo.polygamma":  special(2, func(m maths, in []*ir.Value) *ir.Value { return m.polygamma(in[0], in[1]) }),
}

func special(operands int, f func(m maths, in []*ir.Value) *ir.Value) readRule {
	return func(s *site) []*ir.Value {
		s.operands(operands)
		wide := make([]*ir.Value, operands)
		for i, x := range s.in {
			if !x.Type.Equal(s.in[0].Type) || !x.Type.DType.IsFloat() {
				s.fail("operand", x.Type.String(), "floats of one type")
			}
			wide[i] = op.Convert(s.b, x, dtype.Float64)
		}
		return one(op.Convert(s.b, f(maths{s.b, wide[0].Type}, wide), s.in[0].Type.DType))
	}
}

// maths builds formulas on values of one type.
type maths struct {
	b *ir.Builder
	t ir.Type
}

func (m maths) num(v float64) *ir.Value              { return op.Full(m.b, m.t, v) }
func (m maths) add(x, y *ir.Value) *ir.Value         { return op.Add(m.b, x, y) }
func (m maths) sub(x, y *ir.Value) *ir.Value         { return op.Sub(m.b, x, y) }
func (m maths) mul(x, y *ir.Value) *ir.Value         { return op.Mul(m.b, x, y) }
func (m maths) div(x, y *ir.Value) *ir.Value         { return op.Div(m.b, x, y) }
func (m maths) where(p, yes, no *ir.Value) *ir.Value { return op.Select(m.b, p, yes, no) }

// besselI1eSmall and besselI1eLarge are Chebyshev series of exp(-x) I1(x)/x on [0, 8] in x/4 - 1, and of exp(-x) sqrt(x) I1(x) on
// [8, inf) in 16/x - 1; computed with 60 digits, cut where terms fall below 1e-19.
var (
	besselI1eSmall = []float64{
		0.1262935932218168274, -0.1764165183578340552, 0.1026436586898470954, -0.05294598120809499143, 0.02472644903062651683,
		-0.01056408489462619816, 0.004156422944312888157, -0.001513572450631253149, 0.0005122859561685757729, -0.0001617608158258967456,
		0.00004781565107550054226, -0.00001327316365603943583, 3.470251308137678477e-6, -8.568720264695454741e-7, 2.003294753552135262e-7,
		-4.445059128796328081e-8, 9.381537386495771784e-9, -1.887249751722829288e-9, 3.625590281552117037e-10, -6.663489723502027742e-11,
		1.173618629889090163e-11, -1.983974397764943715e-12, 3.22379336594557471e-13, -5.042185504727911687e-14, 7.600684294735406934e-15,
		-1.105596947735386308e-15, 1.553631957736200469e-16, -2.111421214358166078e-17, 2.77791411276104637e-18, -3.541581772542136205e-19,
	}
	besselI1eLarge = []float64{
		0.3892881175091400602, -0.009761097491361468408, -0.0001105889387626237163, -3.882564808877690393e-6, -2.512236237870208925e-7,
		-2.631468846889519507e-8, -3.835380385964237022e-9, -5.589743462196583807e-10, -1.897495812350541234e-11, 3.252603583015488239e-11,
		1.412580743661378133e-11, 2.035628544147089507e-12, -7.198551776245908512e-13, -4.083551111092197318e-13, -2.101541842772664313e-14,
		4.272440016711951354e-14, 1.042027698412880276e-14, -3.814403072437007805e-15, -1.880354775510782449e-15, 3.308202310920928283e-16,
		2.962628997645950139e-16, -3.209525921993423959e-17, -4.650305368489358326e-17, 4.41434832307170795e-18, 7.517296310842104805e-18,
		-9.314178867326883376e-19, -1.242193275194890956e-18, 2.414276719454848469e-19,
	}
)

// besselI1e is exp(-|x|) I1(x), an odd function.
func (m maths) besselI1e(x *ir.Value) *ir.Value {
	a := op.Abs(m.b, x)
	small := m.mul(a, m.chebyshev(besselI1eSmall, m.sub(m.mul(a, m.num(0.25)), m.num(1))))
	far := op.Max(m.b, a, m.num(8))
	large := m.div(m.chebyshev(besselI1eLarge, m.sub(m.div(m.num(16), far), m.num(1))), op.Sqrt(m.b, far))
	return m.mul(op.Sign(m.b, x), m.where(op.Le(m.b, a, m.num(8)), small, large))
}

// chebyshev sums c[k] T_k(t) by Clenshaw's recurrence.
func (m maths) chebyshev(c []float64, t *ir.Value) *ir.Value {
	twice := m.add(t, t)
	b1, b2 := m.num(0), m.num(0)
	for k := len(c) - 1; k > 0; k-- {
		b1, b2 = m.add(m.sub(m.mul(twice, b1), b2), m.num(c[k])), b1
	}
	return m.add(m.sub(m.mul(t, b1), b2), m.num(c[0]))
}

// zetaTerms is how many terms of the sum are added before the Euler-Maclaurin formula takes over.
const zetaTerms = 10

// bernoulli are B_2j / (2j)!, j from 1.
var bernoulli = []float64{
	1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000, 1.0 / 74724249600,
	-3617.0 / 10670622842880000, 43867.0 / 5109094217170944000, -174611.0 / 802857662698291200000,
}

// zeta is the Hurwitz zeta function, the sum of (q + k)^-x over k from 0 (DLMF 25.11.1): the first terms, and for the rest the
// Euler-Maclaurin formula (DLMF 2.10.1). For x = 1 it is infinite, for x < 1 NaN; at the poles (q = 0, -1, ...) infinite for even x and
// NaN otherwise, and NaN for other negative q unless x is an integer.
func (m maths) zeta(x, q *ir.Value) *ir.Value {
	negX := op.Neg(m.b, x)
	sum := op.Pow(m.b, q, negX)
	at := q
	for range zetaTerms - 1 {
		at = m.add(at, m.num(1))
		sum = m.add(sum, op.Pow(m.b, at, negX))
	}
	at = m.add(at, m.num(1))
	power := op.Pow(m.b, at, negX)
	sum = m.add(sum, m.div(m.mul(power, at), m.sub(x, m.num(1))))
	sum = m.add(sum, m.mul(power, m.num(0.5)))
	factor, step := m.div(m.mul(power, x), at), x
	for _, c := range bernoulli {
		sum = m.add(sum, m.mul(factor, m.num(c)))
		next := m.add(step, m.num(1))
		after := m.add(step, m.num(2))
		factor, step = m.div(m.mul(m.mul(factor, next), after), m.mul(at, at)), after
	}
	nan := m.num(math.NaN())
	isInt := func(v *ir.Value) *ir.Value { return op.Eq(m.b, v, op.Floor(m.b, v)) }
	half := m.mul(x, m.num(0.5))
	pole := m.where(isInt(half), m.num(math.Inf(1)), nan)
	negative := m.where(isInt(q), pole, m.where(isInt(x), sum, nan))
	out := m.where(op.Le(m.b, q, m.num(0)), negative, sum)
	out = m.where(op.Lt(m.b, x, m.num(1)), nan, out)
	return m.where(op.Eq(m.b, x, m.num(1)), m.num(math.Inf(1)), out)
}

// polygamma is the n-th derivative of digamma: (-1)^(n+1) n! zeta(n + 1, x) (DLMF 5.15.2 with 25.11.1); NaN unless n is a natural number.
func (m maths) polygamma(n, x *ir.Value) *ir.Value {
	n1 := m.add(n, m.num(1))
	half := m.mul(n, m.num(0.5))
	even := op.Eq(m.b, half, op.Floor(m.b, half))
	size := m.mul(op.Exp(m.b, op.Lgamma(m.b, n1)), m.zeta(n1, x))
	out := m.where(even, op.Neg(m.b, size), size)
	out = m.where(op.Eq(m.b, n, m.num(0)), op.Digamma(m.b, x), out)
	natural := op.And(m.b, op.Eq(m.b, n, op.Floor(m.b, n)), op.Ge(m.b, n, m.num(0)))
	return m.where(natural, out, m.num(math.NaN()))
}

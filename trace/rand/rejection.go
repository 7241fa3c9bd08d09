package rand

import (
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// until draws proposals for all elements until each has been accepted once. A draw returns values and where they are good.
// parameter is what draw depends on besides the key. Elements whose parameters are not valid, for which no proposal may ever be good, are NaN.
// Derivatives do not pass.
func until(name string, key, parameter, valid Array, shape []int, draw func(key Array) (value, good Array)) Array {
	init := []Array{key, trace.Full(parameter.DType(), 0, shape...), valid.Not().BroadcastTo(shape...)}
	out := trace.Iterate(name, init, []Array{parameter},
		func(c []Array) Array { return c[2].All().Not() },
		func(c []Array) []Array {
			next, sub := Split2(c[0])
			value, good := draw(sub)
			fresh := good.And(c[2].Not())
			return []Array{next, num.Where(fresh, value, c[1]), c[2].Or(good)}
		})
	return trace.StopGradient(num.Where(valid, out[1], math.NaN()))
}

// within reports where x is finite and at least lo.
func within(x Array, lo float64) Array { return x.Ge(lo).And(x.Lt(math.Inf(1))) }

// Gamma returns numbers of the gamma distribution with the given shape parameter alpha > 0 (NaN if it is negative or not finite) and scale 1, by the method of Marsaglia and
// Tsang (A simple method for generating gamma variables, 2000), with its boost for alpha < 1.
func Gamma(key Array, alpha any, shape ...int) Array {
	const name = "gamma"
	a := trace.PromoteFloat(name, alpha)[0]
	shape = broadcastShape(name, shape, a)
	small := a.Lt(1)
	d := num.Where(small, a.Add(1), a).Sub(1.0 / 3)
	c := num.Rsqrt(d.Mul(9))
	loop, boost := Split2(key)
	x := until(name, loop, a, within(a, 0), shape, func(key Array) (value, good Array) {
		k1, k2 := Split2(key)
		z := NormalOf(a.DType(), k1, shape...)
		v := z.Mul(c).Add(1).Pow(3)
		positive := v.Gt(0)
		logV := num.Log(num.Where(positive, v, 1))
		u := unit(name, k2, a.DType(), shape).Neg().Add(1)
		accept := num.Log(u).Lt(num.Square(z).Mul(0.5).Add(d.Mul(v.Neg().Add(1).Add(logV))))
		return d.Mul(v), positive.And(accept)
	})
	u := unit(name, boost, a.DType(), shape).Neg().Add(1)
	return num.Where(small, x.Mul(num.Power(u, num.Reciprocal(num.Where(small, a, 1)))), x)
}

// Beta returns numbers of the beta distribution.
func Beta(key Array, a, b any, shape ...int) Array {
	in := trace.PromoteFloat("beta", a, b)
	shape = broadcastShape("beta", shape, in...)
	k1, k2 := Split2(key)
	x, y := Gamma(k1, in[0], shape...), Gamma(k2, in[1], shape...)
	return x.Div(x.Add(y))
}

// Dirichlet returns vectors along a new last axis... of the Dirichlet distribution: alpha has its parameters along the last axis, and
// shape (with the leading axes of alpha) says how many.
func Dirichlet(key, alpha Array, shape ...int) Array {
	a := trace.PromoteFloat("dirichlet", alpha)[0]
	if len(shape) == 0 {
		shape = a.Shape()
	} else {
		shape = append(append([]int{}, shape...), a.Dim(-1))
	}
	x := Gamma(key, a, shape...)
	return x.Div(num.SumKeep(x, -1))
}

// Chisquare returns numbers of the chi-square distribution with df degrees of freedom.
func Chisquare(key Array, df any, shape ...int) Array {
	half := trace.PromoteFloat("chisquare", df)[0].Mul(0.5)
	return Gamma(key, half, shape...).Mul(2)
}

// StudentT returns numbers of Student's t distribution with df degrees of freedom.
func StudentT(key Array, df any, shape ...int) Array {
	const name = "student t"
	n := trace.PromoteFloat(name, df)[0]
	shape = broadcastShape(name, shape, n)
	k1, k2 := Split2(key)
	return NormalOf(n.DType(), k1, shape...).Mul(num.Sqrt(n.Div(Chisquare(k2, n, shape...))))
}

// Poisson returns numbers of the Poisson distribution with mean rate, in the default integer type: by products of uniform numbers below
// a mean of 10 (Knuth), above by transformed rejection (Hoermann, The transformed rejection method for generating Poisson random
// variables, 1993).
func Poisson(key Array, rate any, shape ...int) Array {
	const name = "poisson"
	mean := trace.PromoteFloat(name, rate)[0]
	shape = broadcastShape(name, shape, mean)
	few := mean.Lt(10)
	k1, k2 := Split2(key)
	small := poissonKnuth(name, k1, num.Where(few, mean, 0), shape)
	large := poissonRejection(name, k2, num.Where(few, 1e5, mean), shape)
	return num.Where(few, small, large).AsType(dtype.DefaultInt())
}

// poissonKnuth counts how many factors a product of uniform numbers takes to fall below e^-mean.
func poissonKnuth(name string, key, mean Array, shape []int) Array {
	dt := mean.DType()
	zero := trace.Full(dt, 0, shape...)
	running := func(c []Array) Array { return c[2].Gt(mean.Neg()) } // log of the product so far
	out := trace.Iterate(name, []Array{key, zero.Sub(1), zero}, []Array{mean},
		func(c []Array) Array { return running(c).Any() },
		func(c []Array) []Array {
			next, sub := Split2(c[0])
			count := num.Where(running(c), c[1].Add(1), c[1])
			return []Array{next, count, c[2].Add(num.Log1p(unit(name, sub, dt, shape).Neg()))}
		})
	return num.Maximum(out[1], 0)
}

func poissonRejection(name string, key, mean Array, shape []int) Array {
	b := num.Sqrt(mean).Mul(2.53).Add(0.931)
	a := b.Mul(0.02483).Sub(0.059)
	invAlpha := num.Reciprocal(b.Sub(3.4)).Mul(1.1328).Add(1.1239)
	vr := num.Reciprocal(b.Sub(2)).Mul(-3.6224).Add(0.9277)
	logMean := num.Log(mean)
	return until(name, key, mean, within(mean, 0), shape, func(key Array) (value, good Array) {
		k1, k2 := Split2(key)
		u := unit(name, k1, mean.DType(), shape).Sub(0.5)
		v := unit(name, k2, mean.DType(), shape)
		us := num.Abs(u).Neg().Add(0.5)
		k := num.Floor(a.Mul(2).Div(us).Add(b).Mul(u).Add(mean).Add(0.43))
		s := num.Log(v.Mul(invAlpha).Div(a.Div(num.Square(us)).Add(b)))
		t := k.Mul(logMean).Sub(mean).Sub(num.Lgamma(num.Maximum(k, 0).Add(1)))
		quick := us.Ge(0.07).And(v.Le(vr))
		reject := k.Lt(0).Or(us.Lt(0.013).And(v.Gt(us)))
		return k, quick.Or(reject.Not().And(s.Le(t)))
	})
}

// NegativeBinomial returns how many failures come before n successes of probability p, in the default integer type; n may be any positive
// number.
func NegativeBinomial(key Array, n, p any, shape ...int) Array {
	in := trace.PromoteFloat("negative binomial", n, p)
	shape = broadcastShape("negative binomial", shape, in...)
	k1, k2 := Split2(key)
	odds := in[1].Neg().Add(1).Div(in[1])
	return Poisson(k2, Gamma(k1, in[0], shape...).Mul(odds), shape...)
}

// Binomial returns how many of n trials of probability p succeed, in the default integer type: by geometric jumps while n p is below 10
// (on the rarer of success and failure), else by transformed rejection with squeeze (Hoermann, The generation of binomial random
// variates, 1993).
func Binomial(key Array, n, p any, shape ...int) Array {
	const name = "binomial"
	in := trace.PromoteFloat(name, n, p)
	shape = broadcastShape(name, shape, in...)
	trials, prob := in[0].BroadcastTo(shape...), in[1].BroadcastTo(shape...)
	flip := prob.Gt(0.5)
	rare := num.Where(flip, prob.Neg().Add(1), prob)
	few := trials.Mul(rare).Lt(10)
	k1, k2 := Split2(key)
	small := binomialJumps(name, k1, num.Where(few, trials, 0), rare, shape)
	large := binomialRejection(name, k2, num.Where(few, 1000, trials), num.Where(few, 0.5, rare), shape)
	count := num.Where(few, small, large)
	return num.Where(flip, trials.Sub(count), count).AsType(dtype.DefaultInt())
}

// binomialJumps counts successes by the geometric number of trials from one to the next.
func binomialJumps(name string, key, trials, p Array, shape []int) Array {
	zero := trace.Full(p.DType(), 0, shape...)
	logMiss := num.Log1p(p.Neg())
	running := func(c []Array) Array { return c[2].Le(trials).And(p.Gt(0)) } // trials used up to this success
	out := trace.Iterate(name, []Array{key, zero.Sub(1), zero}, []Array{trials, p},
		func(c []Array) Array { return running(c).Any() },
		func(c []Array) []Array {
			next, sub := Split2(c[0])
			u := unit(name, sub, p.DType(), shape).Neg().Add(1)
			jump := num.Floor(num.Log(u).Div(logMiss)).Add(1)
			count := num.Where(running(c), c[1].Add(1), c[1])
			return []Array{next, count, num.Where(running(c), c[2].Add(jump), c[2])}
		})
	return num.Maximum(out[1], 0)
}

// stirlingTail is the rest of Stirling's formula: log k! - (log sqrt(2 pi) + (k + 1/2) log(k + 1) - (k + 1)).
func stirlingTail(k Array) Array {
	const halfLog2Pi = 0.91893853320467274178
	exact := num.Lgamma(k.Add(1)).Sub(num.Log(k.Add(1)).Mul(k.Add(0.5))).Add(k.Add(1)).Sub(halfLog2Pi)
	inverse := num.Reciprocal(k.Add(1))
	square := num.Square(inverse)
	series := square.Mul(-1.0 / 1260).Add(1.0 / 360).Mul(square).Neg().Add(1.0 / 12).Mul(inverse)
	return num.Where(k.Lt(10), exact, series)
}

func binomialRejection(name string, key, n, p Array, shape []int) Array {
	q := p.Neg().Add(1)
	spread := num.Sqrt(n.Mul(p).Mul(q))
	b := spread.Mul(2.53).Add(1.15)
	a := b.Mul(0.0248).Add(p.Mul(0.01)).Sub(0.0873)
	center := n.Mul(p).Add(0.5)
	vr := num.Reciprocal(b).Mul(-4.2).Add(0.92)
	alpha := num.Reciprocal(b).Mul(5.1).Add(2.83).Mul(spread)
	mode := num.Floor(n.Add(1).Mul(p))
	odds := p.Div(q)
	return until(name, key, center, within(spread, 0).And(p.Le(1)), shape, func(key Array) (value, good Array) {
		k1, k2 := Split2(key)
		u := unit(name, k1, p.DType(), shape).Sub(0.5)
		v := unit(name, k2, p.DType(), shape)
		us := num.Abs(u).Neg().Add(0.5)
		k := num.Floor(a.Mul(2).Div(us).Add(b).Mul(u).Add(center))
		inside := k.Ge(0).And(k.Le(n))
		safe := num.Clip(k, 0, n)
		s := num.Log(v.Mul(alpha).Div(a.Div(num.Square(us)).Add(b)))
		t := mode.Add(0.5).Mul(num.Log(mode.Add(1).Div(odds.Mul(n.Sub(mode).Add(1))))).
			Add(n.Add(1).Mul(num.Log(n.Sub(mode).Add(1).Div(n.Sub(safe).Add(1))))).
			Add(safe.Add(0.5).Mul(num.Log(odds.Mul(n.Sub(safe).Add(1)).Div(safe.Add(1))))).
			Add(stirlingTail(mode)).Add(stirlingTail(n.Sub(mode))).Sub(stirlingTail(safe)).Sub(stirlingTail(n.Sub(safe)))
		quick := us.Ge(0.07).And(v.Le(vr))
		return k, inside.And(quick.Or(s.Le(t)))
	})
}

// VonMises returns angles from -pi to pi around mu with concentration kappa >= 0 (NaN if it is negative or not finite), by the method of Best and Fisher (Efficient simulation of
// the von Mises distribution, 1979).
func VonMises(key Array, mu, kappa any, shape ...int) Array {
	const name = "von mises"
	in := trace.PromoteFloat(name, mu, kappa)
	shape = broadcastShape(name, shape, in...)
	valid := within(in[1], 0)
	least, most := kappaRange(in[1].DType())
	sharp := in[1].Gt(most)
	k := num.Clip(in[1], least, most)
	tau := num.Hypot(k.Mul(2), 1).Add(1)
	rho := k.Mul(2).Div(tau.Add(num.Sqrt(tau.Mul(2)))) // (tau - sqrt(2 tau)) / 2k without its cancellation
	r := num.Square(rho).Add(1).Div(rho.Mul(2))
	angle := until(name, key, k, valid, shape, func(key Array) (value, good Array) {
		keys := Split(key, 3)
		draw := func(i int) Array { return unit(name, keys.At(i), k.DType(), shape).Neg().Add(1) }
		z := num.Cos(draw(0).Mul(math.Pi))
		f := r.Mul(z).Add(1).Div(r.Add(z))
		c := k.Mul(r.Sub(f))
		u := draw(1)
		accept := c.Mul(c.Neg().Add(2)).Gt(u).Or(num.Log(c.Div(u)).Add(1).Ge(c))
		sign := num.Where(draw(2).Gt(0.5), 1.0, -1.0)
		normal := NormalOf(k.DType(), keys.At(0), shape...).Mul(num.Rsqrt(in[1]))
		return num.Where(sharp, normal, sign.Mul(num.Arccos(num.Clip(f, -1, 1)))), accept.Or(sharp)
	})
	turned := angle.Add(in[0]).Add(math.Pi)
	return turned.Mod(2 * math.Pi).Sub(math.Pi)
}

// kappaRange is where the proposals of VonMises can be computed: below, angles cannot be told from uniform ones; above, from normal ones of
// variance 1/kappa.
func kappaRange(dt dtype.DType) (least, most float64) {
	switch dt {
	case dtype.Float64:
		return 1e-100, 1e8
	case dtype.Float32:
		return 1e-30, 1e4
	}
	return 1e-4, 100
}

// Wald returns numbers of the inverse Gaussian distribution with the given mean and scale 1, by the method of Michael, Schucany and Haas
// (Generating random variates using transformations with multiple roots, 1976).
func Wald(key Array, mean any, shape ...int) Array {
	const name = "wald"
	m := trace.PromoteFloat(name, mean)[0]
	shape = broadcastShape(name, shape, m)
	k1, k2 := Split2(key)
	y := num.Square(NormalOf(m.DType(), k1, shape...)).Mul(m)
	x := m.Mul(y.Add(2).Sub(num.Sqrt(y.Mul(y.Add(4))))).Mul(0.5)
	u := unit(name, k2, m.DType(), shape)
	return num.Where(u.Le(m.Div(m.Add(x))), x, num.Square(m).Div(x))
}

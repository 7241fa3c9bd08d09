package rand

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// until draws proposals for all elements until each has been accepted once. A draw returns values and where they are good.
// parameter is what draw depends on besides the key. Derivatives do not pass.
func until(name string, key, parameter Array, shape []int, draw func(key Array) (value, good Array)) Array {
	init := []Array{key, trace.Full(parameter.DType(), 0, shape...), trace.Full(dtype.Bool, false, shape...)}
	out := trace.Iterate(name, init, []Array{parameter},
		func(c []Array) Array { return c[2].All().Not() },
		func(c []Array) []Array {
			next, sub := Split2(c[0])
			value, good := draw(sub)
			fresh := good.And(c[2].Not())
			return []Array{next, num.Where(fresh, value, c[1]), c[2].Or(good)}
		})
	return trace.StopGradient(out[1])
}

// Gamma returns numbers of the gamma distribution with the given shape parameter alpha > 0 and scale 1, by the method of Marsaglia and
// Tsang (A simple method for generating gamma variables, 2000), with its boost for alpha < 1.
func Gamma(key Array, alpha any, shape ...int) Array {
	const name = "gamma"
	a := trace.PromoteFloat(name, alpha)[0]
	shape = broadcastShape(name, shape, a)
	small := a.Lt(1)
	d := num.Where(small, a.Add(1), a).Sub(1.0 / 3)
	c := num.Rsqrt(d.Mul(9))
	loop, boost := Split2(key)
	x := until(name, loop, a, shape, func(key Array) (value, good Array) {
		k1, k2 := Split2(key)
		z := NormalOf(a.DType(), k1, shape...)
		v := z.Mul(c).Add(1).Pow(3)
		positive := v.Gt(0)
		logV := num.Log(num.Where(positive, v, 1))
		u := unit(name, k2, a.DType(), shape).Neg().Add(1)
		accept := num.Log(u).Lt(num.Square(z).Mul(0.5).Add(d.Mul(v.Neg().Add(1).Add(logV))))
		return d.Mul(v), positive.And(accept).Or(num.IsNaN(d))
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
	return until(name, key, mean, shape, func(key Array) (value, good Array) {
		k1, k2 := Split2(key)
		u := unit(name, k1, mean.DType(), shape).Sub(0.5)
		v := unit(name, k2, mean.DType(), shape)
		us := num.Abs(u).Neg().Add(0.5)
		k := num.Floor(a.Mul(2).Div(us).Add(b).Mul(u).Add(mean).Add(0.43))
		s := num.Log(v.Mul(invAlpha).Div(a.Div(num.Square(us)).Add(b)))
		t := k.Mul(logMean).Sub(mean).Sub(num.Lgamma(num.Maximum(k, 0).Add(1)))
		quick := us.Ge(0.07).And(v.Le(vr))
		reject := k.Lt(0).Or(us.Lt(0.013).And(v.Gt(us)))
		return k, quick.Or(reject.Not().And(s.Le(t))).Or(num.IsNaN(mean))
	})
}

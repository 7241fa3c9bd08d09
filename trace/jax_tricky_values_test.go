package trace_test

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Empty arrays, narrow and complex types, places where derivatives break, indices, rules of one's own.

func init() {
	trickyGrads("no_rows", 2, func(_ *trace.Scope, in arrays) array { return num.Tanh(in[0].MatMul(in[1])) })
	trickyGrads("no_columns", 2, func(_ *trace.Scope, in arrays) array { return num.Tanh(in[0].MatMul(in[1]).Add(1)) })
	tricky("empty_product", func(s *trace.Scope, in arrays) arrays {
		g := trace.ValueAndGrad(func(_ *trace.Scope, in arrays) array { return num.Prod(in[0]).Mul(in[1]) })(s, in)
		return append(arrays{g.Value}, g.Grad...)
	})
	trickyGrads("two_widths", 2, func(_ *trace.Scope, in arrays) array { return num.Sin(in[0]).Mul(in[1]) })
	trickyGrad("half", func(_ *trace.Scope, in arrays) array { return num.Exp(in[0]).Mul(in[0]) })
	trickyGrads("half_product", 2, func(_ *trace.Scope, in arrays) array { return in[0].MatMul(in[1]) })
	trickyGrad("brain_half", func(_ *trace.Scope, in arrays) array {
		return num.TakeAlongAxis(num.LogSoftmax(in[0], -1), in[1].ExpandDims(1), 1).Mean().Neg()
	})
	trickyGrad("cast_inside", func(_ *trace.Scope, in arrays) array {
		return num.Square(in[0].AsType(dtype.Float32)).AsType(dtype.Float64).Mul(in[0])
	})
	trickyGrad("cast_to_int", func(_ *trace.Scope, in arrays) array { return in[0].AsType(dtype.Int32).Mul(in[0]) })
	trickyOf("complex_lanes", trace.Vmap(trace.Grad(pure(func(z array) array {
		return num.Real(z.Mul(num.Conj(z))).Add(num.Imag(z.Mul(z).Mul(z)))
	}))))
	trickyGrads("real_and_complex", 2, func(_ *trace.Scope, in arrays) array { return num.Real(num.Exp(in[0].Mul(1i).Mul(in[1]))) })
	trickyGrad("complex64", func(_ *trace.Scope, in arrays) array { return num.Abs(num.Sqrt(in[0])) })
}

// slopes are the derivatives of functions at each element.
func slopes(s *trace.Scope, x array, fs ...func(array) array) arrays {
	var out arrays
	for _, f := range fs {
		out = append(out, trace.Vmap(trace.Grad(pure(f)))(s, x))
	}
	return out
}

func init() {
	tricky("kinks", func(s *trace.Scope, in arrays) arrays {
		return slopes(s, in[0], num.Abs, num.Sign, func(v array) array { return num.Maximum(v, v) }, func(v array) array { return num.Maximum(v, 0) },
			func(v array) array { return num.Minimum(v, 1) }, func(v array) array { return num.Clip(v, -1, 1) }, num.Relu,
			func(v array) array { return num.LeakyRelu(v, 0.01) }, func(v array) array { return num.Elu(v, 1) }, num.Relu6,
			func(v array) array { return num.Celu(v, 1) }, num.Selu, num.HardTanh, num.SoftSign, num.Softplus, num.Sinc, num.Round, num.Exp2)
	})
	tricky("roots", func(s *trace.Scope, in arrays) arrays {
		return slopes(s, in[0], num.Sqrt, num.Cbrt, func(v array) array { return num.Where(v.Gt(0), num.Sqrt(v), 0) },
			func(v array) array { return num.Where(v.Gt(0), num.Sqrt(num.Where(v.Gt(0), v, 1)), 0) })
	})
	tricky("powers", func(s *trace.Scope, in arrays) arrays {
		var out arrays
		for _, p := range []int{0, 1, 2, 3, -1} {
			out = append(out, slopes(s, in[0], func(v array) array { return v.Pow(p) })...)
		}
		return out
	})
	trickyGrads("power_of_zero", 2, func(_ *trace.Scope, in arrays) array { return in[0].Pow(in[1]) })
	tricky("norm_of_zero", func(s *trace.Scope, in arrays) arrays {
		return arrays{trace.Grad(pure(func(x array) array { return num.Norm(x) }))(s, in[0]),
			trace.Grad(pure(func(x array) array { return num.Sqrt(x.Mul(x).Sum()) }))(s, in[0])}
	})
	tricky("ties", func(s *trace.Scope, in arrays) arrays {
		g := func(f func(array) array) array { return trace.VectorGrad(pure(f))(s, in[0]) }
		by := num.Arange(3).Add(1.0)
		return arrays{g(func(m array) array { return m.Max(1).Mul(by) }), g(func(m array) array { return m.Min(1).Mul(by) }),
			g(func(m array) array { return m.Prod(1).Mul(by) }), g(func(m array) array { return num.Sort(m, 1).Mul(num.Arange(4)) })}
	})
	trickyOf("zeros_in_product", trace.Hessian(pure(func(x array) array { return num.Prod(x) })))
	tricky("logs_of_nothing", func(s *trace.Scope, in arrays) arrays {
		return arrays{trace.Grad(pure(func(x array) array { return num.LogSumExp(x) }))(s, in[0]),
			trace.Grad(pure(func(x array) array { return num.LogSoftmax(x, 0).At(1) }))(s, in[0]), trace.VectorGrad(pure(num.Softplus))(s, in[0])}
	})
	pairs := func(name string, fs ...func(x, y any) array) {
		tricky(name, func(s *trace.Scope, in arrays) arrays {
			var out arrays
			for _, f := range fs {
				out = append(out, trace.VectorGrad(func(_ *trace.Scope, in arrays) array { return f(in[0], in[1]) })(s, in)...)
			}
			return out
		})
	}
	pairs("remainders", num.Mod, num.Fmod, num.FloorDivide)
	pairs("angles", num.Arctan2, num.Hypot)
	tricky("constant_spread", func(s *trace.Scope, in arrays) arrays {
		return arrays{trace.Grad(pure(func(x array) array { return num.Var(x) }))(s, in[0]),
			trace.Grad(pure(func(x array) array { return num.Std(x) }))(s, in[0].Add(num.Arange(4)))}
	})
}

func init() {
	trickyGrads("repeated_max", 2, func(_ *trace.Scope, in arrays) array {
		return in[0].MaxAt(in[1], []int{0, 0, 3}).Mul(num.Arange(5).Add(1.0))
	})
	trickyGrads("updates_multiply", 2, func(_ *trace.Scope, in arrays) array { return num.Square(in[0].MulAt(in[1], []int{1, 4})) })
	trickyGrad("negative_places", func(_ *trace.Scope, in arrays) array {
		x := in[0]
		return x.At(-1).Mul(x.At(-2)).Add(num.Square(x.At([]int{-1, 0, -1})).Sum())
	})
	trickyGrad("strides", func(_ *trace.Scope, in arrays) array {
		m := in[0]
		a := num.Flip(m, 0).At(trace.SpanStep(0, trace.End, 2), trace.SpanStep(1, trace.End, 2))
		b := num.Flip(m.Slice(0, 2), 1).At(trace.All, trace.Span(0, 2))
		return num.Sin(a).MatMul(b.T())
	})
	trickyGrad("along_axis", func(_ *trace.Scope, in arrays) array {
		return num.Square(num.TakeAlongAxis(in[0], num.ArgSort(in[0], 1), 1)).Mul(num.Arange(4))
	})
	trickyGrads("einsums", 2, func(_ *trace.Scope, in arrays) array {
		return num.Einsum("iij,jk,k->i", in[0], in[1], in[1].At(0)).Mul(num.Einsum("ii", in[1]))
	})
	clipped := trace.CustomVJP(func(_ *trace.Scope, p point) array { return p.X },
		func(_ *trace.Scope, p point) (array, array) { return p.X, p.Y },
		func(_ *trace.Scope, lo, g array) point { return point{num.Clip(g, lo, lo.Neg()), num.ZerosLike(lo)} })
	trickyGrad("clipped_in_scan", func(s *trace.Scope, in arrays) array {
		return trace.Vmap(func(s *trace.Scope, r array) array {
			last, _ := trace.Scan(s, num.Of(1.0), r, func(s *trace.Scope, c, e array) (array, none) {
				return clipped(s, point{c.Mul(e).Mul(3), num.Of(-1.0)}), none{}
			})
			return last
		})(s, in[0]).Mul(2)
	})
	tricky("integer_argument", func(s *trace.Scope, in arrays) arrays {
		power := func(_ *trace.Scope, m mixed) array { return m.X.Pow(m.N) }
		powi := trace.CustomJVP(power, func(_ *trace.Scope, d trace.Dual[mixed]) trace.Dual[array] {
			x, n := d.Value.X, d.Value.N
			return trace.Dual[array]{Value: x.Pow(n), Tangent: d.Tangent.X.Mul(n).Mul(x.Pow(n.Sub(1)))}
		})
		cube := func(s *trace.Scope, x array) array { return powi(s, mixed{x, num.Of(int32(3))}) }
		return arrays{trace.Vmap(trace.Grad(cube))(s, in[0]), trace.Vmap(trace.Grad(trace.Grad(cube)))(s, in[0]),
			trace.Vmap(func(s *trace.Scope, n array) array {
				return trace.Grad(func(s *trace.Scope, x array) array { return powi(s, mixed{x, n}) })(s, num.Of(1.7))
			})(s, num.Arange(3).Add(1))}
	})
}

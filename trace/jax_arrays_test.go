package trace_test

import (
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Programs of elementwise functions, of indices and shapes, and of small networks.

func tanh(x array) array { return num.Tanh(x) }

func cube(x array) array { return x.Mul(x).Mul(x) }

func init() {
	each("tanh_sin", func(x array) array { return num.Tanh(num.Sin(x).Mul(x)) })
	each("cube_exp", func(x array) array { return cube(x).Mul(num.Exp(x.Neg())) })
	each("log1p_sqrt", func(x array) array { return num.Log1p(x.Mul(x)).Div(num.Sqrt(x.Add(1))) })
	each("softplus", num.Softplus)
	each("gelu", num.Gelu)
	each("sigmoid_erf", func(x array) array { return num.Sigmoid(x).Mul(num.Erf(x)) })
	each("lgamma", num.Lgamma)
	each("expm1_over", func(x array) array { return x.Div(num.Expm1(x)) })
	each("hyperbolic", func(x array) array { return num.Arctan(num.Sinh(x)).Add(num.Arcsinh(x).Mul(num.Cosh(x))) })
	one("third_tanh", func(s *trace.Scope, in arrays) array {
		return trace.Vmap(trace.Grad(trace.Grad(trace.Grad(pure(tanh)))))(s, in[0])
	})
	gradsOf("power_both", 2, func(_ *trace.Scope, in arrays) array { return in[0].Pow(in[1]).Sum() })
	gradsOf("atan2_hypot", 2, func(_ *trace.Scope, in arrays) array {
		return num.Arctan2(in[0], in[1]).Mul(num.Sqrt(num.Square(in[0]).Add(num.Square(in[1])))).Sum()
	})
	gradsOf("logaddexp", 2, func(_ *trace.Scope, in arrays) array { return num.LogAddExp(in[0], in[1]).Sum() })
}

func init() {
	gradsOf("kinks", 1, func(_ *trace.Scope, in arrays) array {
		x := in[0]
		return num.Abs(x).Add(num.Maximum(x, 0)).Add(num.Minimum(x, 2)).Add(num.Clip(x, -1, 2)).Sum()
	})
	gradsOf("max_ties", 1, func(_ *trace.Scope, in arrays) array { return in[0].Max().Mul(3).Add(in[0].Min()) })
	gradsOf("prod", 2, func(_ *trace.Scope, in arrays) array { return in[0].Prod().Add(num.Square(in[1].Prod(1)).Sum()) })
	gradsOf("cumulative", 1, func(_ *trace.Scope, in arrays) array {
		return num.Square(num.CumSum(in[0], 1)).Mul(num.CumSum(in[0], 0)).Sum()
	})
	gradsOf("safe_where", 1, func(_ *trace.Scope, in arrays) array {
		x := in[0]
		return num.Where(x.Gt(0), num.Log(num.Where(x.Gt(0), x, 1)), num.Square(x)).Sum()
	})
	gradsOf("norm_axis", 1, func(_ *trace.Scope, in arrays) array { return num.Norm(in[0], 1).Sum() })
	gradsOf("sort", 1, func(_ *trace.Scope, in arrays) array { return num.Sort(in[0], 1).Mul(num.Arange(5)).Sum() })
	jaxPrograms["logsumexp"] = func(s *trace.Scope, in arrays) arrays {
		g := trace.Grad(pure(func(x array) array { return num.LogSumExp(x, 1).Sum() }))(s, in[0])
		return arrays{g, trace.Hessian(pure(func(x array) array { return num.LogSumExp(x) }))(s, in[0].At(0))}
	}
	one("softmax_jac", func(s *trace.Scope, in arrays) array {
		return trace.JacobianRev(pure(func(x array) array { return num.Softmax(x, 0) }))(s, in[0])
	})
	gradsOf("variance", 1, func(_ *trace.Scope, in arrays) array { return num.Var(in[0], 0).Mul(num.Std(in[0], 0)).Sum() })
	gradsOf("layer_norm", 3, func(_ *trace.Scope, in arrays) array {
		x := in[0].Sub(num.MeanKeep(in[0], 1))
		x = x.Div(num.Sqrt(num.MeanKeep(num.Square(x), 1).Add(1e-5)))
		return num.Tanh(x.Mul(in[1]).Add(in[2])).Sum()
	})
	gradsOf("gather_repeated", 1, func(_ *trace.Scope, in arrays) array { return cube(in[0].At(in[1])).Sum() })
	gradsOf("scatter_add", 2, func(_ *trace.Scope, in arrays) array { return cube(in[0].AddAt(in[1], in[2])).Sum() })
	gradsOf("shuffle", 1, func(_ *trace.Scope, in arrays) array {
		x := in[0]
		both := num.Concatenate(arrays{num.Flip(x, 1), num.Roll(x, 2, 1)}, 0)
		return both.Mul(num.Square(num.Pad(x, [][2]int{{2, 2}, {0, 0}}, 0))).Sum()
	})
	gradsOf("dynamic_index", 1, func(_ *trace.Scope, in arrays) array {
		return num.Square(in[0].At(in[1], 1)).Add(in[0].At(trace.All, in[1]).Sum())
	})
	gradsOf("matmul", 2, func(_ *trace.Scope, in arrays) array { return num.Sin(in[0].MatMul(in[1])).Sum() })
	gradsOf("einsum", 2, func(_ *trace.Scope, in arrays) array { return cube(num.Einsum("bij,bjk->bik", in...)).Sum() })
	one("outer_power", func(s *trace.Scope, in arrays) array {
		return trace.Hessian(pure(func(a array) array { return num.Square(num.Outer(a, a)).Sum() }))(s, in[0])
	})
	gradsOf("attention", 3, func(_ *trace.Scope, in arrays) array {
		weights := num.Softmax(in[0].MatMul(in[1].T()).Div(2), 1)
		return num.Tanh(weights.MatMul(in[2])).Sum()
	})
}

// mlp takes w1, b1, w2, x.
func mlp(in arrays) array { return num.Tanh(in[3].MatMul(in[0]).Add(in[1])).MatMul(in[2]) }

// meanSquare takes w1, b1, w2, x, y.
func meanSquare(_ *trace.Scope, in arrays) array { return num.Square(mlp(in).Sub(in[4])).Mean() }

// with returns a copy of in with another array at i.
func with(in arrays, i int, x array) arrays {
	out := append(arrays(nil), in...)
	out[i] = x
	return out
}

// at makes a function of the array at i.
func at(in arrays, i int, f func(in arrays) array) scalar {
	return func(_ *trace.Scope, x array) array { return f(with(in, i, x)) }
}

func init() {
	gradsOf("mlp_grad", 3, meanSquare)
	jaxPrograms["mlp_jvp"] = func(s *trace.Scope, in arrays) arrays {
		d := trace.JVP(at(in, 3, mlp))(s, trace.Dual[array]{Value: in[3], Tangent: in[4]})
		return arrays{d.Value, d.Tangent}
	}
	jaxPrograms["mlp_vjp"] = func(s *trace.Scope, in arrays) arrays {
		_, back := trace.VJP(s, func(_ *trace.Scope, net arrays) array { return mlp(append(net[:3:3], in[3])) }, in[:3])
		return back(in[4])
	}
	error := func(in arrays) array { return meanSquare(nil, in) }
	one("mlp_hessian", func(s *trace.Scope, in arrays) array { return trace.Hessian(at(in, 1, error))(s, in[1]) })
	one("mlp_hvp", func(s *trace.Scope, in arrays) array {
		return trace.JVP(trace.Grad(at(in, 0, error)))(s, trace.Dual[array]{Value: in[0], Tangent: num.OnesLike(in[0])}).Tangent
	})
	one("mlp_linearize", func(s *trace.Scope, in arrays) array {
		_, linear := trace.Linearize(s, at(in, 3, mlp), in[3])
		return trace.Vmap(pure(linear))(s, num.Eye(3))
	})
	jaxPrograms["mlp_jacobians"] = func(s *trace.Scope, in arrays) arrays {
		return arrays{trace.JacobianFwd(at(in, 3, mlp))(s, in[3]), trace.JacobianRev(at(in, 0, mlp))(s, in[0])}
	}
	one("per_example_clipping", func(s *trace.Scope, in arrays) array {
		first := func(s *trace.Scope, in arrays) array { return gradients(s, 1, meanSquare, in)[0] }
		g := trace.Vmap(first, trace.InAxes(trace.NoLanes, trace.NoLanes, trace.NoLanes, 0, 0))(s, in)
		length := num.Sqrt(num.SumKeep(num.Square(g), 1, 2))
		return g.Div(num.Maximum(length.Div(0.1), 1))
	})
	gradsOf("cross_entropy", 1, func(_ *trace.Scope, in arrays) array {
		logp := num.LogSoftmax(in[1].MatMul(in[0]), 1)
		return num.TakeAlongAxis(logp, in[2].ExpandDims(1), 1).Mean().Neg()
	})
	one("laplacian", func(s *trace.Scope, in arrays) array {
		f := func(p array) array { return num.Sin(p.At(0)).Mul(cube(p.At(1))).Mul(num.Exp(p.At(2))) }
		return trace.Vmap(func(s *trace.Scope, p array) array { return num.Trace(trace.Hessian(pure(f))(s, p)) })(s, in[0])
	})
	one("mixed_axes", func(s *trace.Scope, in arrays) array {
		f := func(s *trace.Scope, rc arrays) array {
			return trace.Vmap(pure(func(e array) array { return num.Sin(e).Mul(rc[1].Sum()) }))(s, rc[0])
		}
		return trace.Vmap(f, trace.InAxes(1, 0), trace.OutAxes(1))(s, in)
	})
	gradsOf("grad_of_vmap", 1, func(s *trace.Scope, in arrays) array {
		return trace.Vmap(pure(func(x array) array { return num.Tanh(in[0].Dot(x)) }))(s, in[1]).Prod()
	})
}

func init() {
	jaxPrograms["complex_grad"] = func(s *trace.Scope, in arrays) arrays {
		f := func(z array) array { return num.Real(z.Mul(z).Mul(num.Conj(z))).Sum() }
		g := func(z array) array { return num.Square(num.Abs(num.Exp(z))).Sum() }
		return arrays{trace.Grad(pure(f))(s, in[0]), trace.Grad(pure(g))(s, in[0])}
	}
	gradsOf("complex_inside", 1, func(_ *trace.Scope, in arrays) array {
		return num.Square(num.Abs(num.Exp(in[0].Mul(1i)).Add(in[0]))).Sum()
	})
	jaxPrograms["complex_vjp"] = func(s *trace.Scope, in arrays) arrays {
		f := pure(func(z array) array { return z.Mul(z).Mul(num.Sin(z)) })
		_, back := trace.VJP(s, f, in[0])
		return arrays{trace.JVP(f)(s, trace.Dual[array]{Value: in[0], Tangent: in[1]}).Tangent, back(in[1])}
	}
}

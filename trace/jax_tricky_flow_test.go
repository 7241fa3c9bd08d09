package trace_test

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// Loops with carries of all types, loops in loops, lanes, results beside the loss, orders of derivatives.

func intCarry(s *trace.Scope, x array) array {
	type carry struct{ X, N, Flip array }
	end, ys := trace.Scan(s, carry{x, num.Of(int32(1)), num.Of(false)}, trace.Range(6), func(_ *trace.Scope, c carry, _ array) (carry, array) {
		next := num.Where(c.Flip, num.Sin(c.X).Mul(c.N), c.X.Add(c.N))
		return carry{next, c.N.Add(1), c.Flip.Not()}, c.X.Mul(c.N)
	})
	return end.X.Sum().Mul(end.N).Add(ys.At(trace.SpanStep(0, trace.End, 2)).Sum())
}

// tangentOf is the derivative of f along v.
func tangentOf(s *trace.Scope, f scalar, x, v array) trace.Dual[array] {
	return trace.JVP(f)(s, trace.Dual[array]{Value: x, Tangent: v})
}

func dual(d trace.Dual[array]) arrays { return arrays{d.Value, d.Tangent} }

func countingScan(s *trace.Scope, n int, init array, f func(s *trace.Scope, c, i array) array) array {
	last, _ := trace.Scan(s, init, trace.Range(n), func(s *trace.Scope, c, i array) (array, none) { return f(s, c, i), none{} })
	return last
}

func init() {
	trickyOf("int_carry", trace.Grad(intCarry))
	tricky("int_carry_jvp", func(s *trace.Scope, in arrays) arrays { return dual(tangentOf(s, intCarry, in[0], num.Cos(in[0]))) })
	trickyGrad("int_xs", func(s *trace.Scope, in arrays) array {
		last, _ := trace.Scan(s, in[0], in[1], func(_ *trace.Scope, c, k array) (array, array) {
			return c.SetAt(c.At(k).Mul(c.At(k.Add(1).Mod(5))), k), c.At(k)
		})
		return last
	})
	trickyGrad("switch_carry", func(s *trace.Scope, in arrays) array {
		end := repeatIn(s, 7, arrays{in[0], num.Of(int32(0))}, func(s *trace.Scope, c arrays) arrays {
			x := trace.Switch(s, c[1].Mod(3), c[0], pure(num.Sin), pure(func(v array) array { return num.Exp(v.Neg()) }), pure(num.Square))
			return arrays{x, c[1].Add(2)}
		})
		return end[0]
	})
	tricky("while_in_scan", func(s *trace.Scope, in arrays) arrays {
		return dual(tangentOf(s, func(s *trace.Scope, x array) array {
			last, _ := trace.Scan(s, num.Of(1.0), x, func(s *trace.Scope, c, y array) (array, none) {
				inner := trace.While(s, arrays{num.Of(0), c}, func(_ *trace.Scope, v arrays) array { return v[0].Lt(3) },
					func(_ *trace.Scope, v arrays) arrays { return arrays{v[0].Add(1), v[1].Mul(num.Sin(y))} })
				return inner[1].Add(y), none{}
			})
			return last
		}, in[0], num.Ones(5)))
	})
	tricky("while_no_turn", func(s *trace.Scope, in arrays) arrays {
		return dual(tangentOf(s, func(s *trace.Scope, x array) array {
			return trace.While(s, x, func(_ *trace.Scope, v array) array { return v.Gt(1e9).All() }, pure(func(v array) array { return v.Mul(2) }))
		}, in[0], in[0].Add(1)))
	})
	trickyOf("vmap_while_jvp", trace.Vmap(func(s *trace.Scope, x array) array {
		return tangentOf(s, func(s *trace.Scope, x array) array {
			return trace.While(s, arrays{x, x}, func(_ *trace.Scope, v arrays) array { return v[0].Lt(4) },
				func(_ *trace.Scope, v arrays) arrays { return arrays{v[0].Add(num.Abs(v[1])).Add(0.5), v[1].Mul(1.1)} })[1]
		}, x, num.Of(1.0)).Tangent
	}))
	trickyOf("empty_lanes", trace.Vmap(trace.Grad(func(s *trace.Scope, v array) array {
		last, _ := trace.Scan(s, num.Of(1.0), v, func(_ *trace.Scope, c, e array) (array, array) { return num.Sin(c.Mul(e)), c })
		return last
	})))
	trickyGrads("empty_scan_of_empty", 2, func(s *trace.Scope, in arrays) array {
		last, _ := trace.Scan(s, in[1], in[0], func(_ *trace.Scope, c, e array) (array, array) { return c.Mul(e.Sum()), c })
		return last
	})
	trickyGrad("half_scan", func(s *trace.Scope, in arrays) array {
		last, _ := trace.Scan(s, num.Of(0.0).AsType(dtype.Float16), in[0], func(_ *trace.Scope, c, e array) (array, none) { return c.Mul(0.5).Add(e), none{} })
		return last
	})
	trickyGrad("complex_loop", func(s *trace.Scope, in arrays) array {
		return num.Square(num.Abs(repeat(s, 5, in[0], func(c array) array { return c.Mul(in[0]).Add(0.1) })))
	})
}

func repeatIn[C any](s *trace.Scope, n int, init C, f func(*trace.Scope, C) C) C {
	last, _ := trace.Scan(s, init, trace.Range(n), func(s *trace.Scope, c C, _ array) (C, none) { return f(s, c), none{} })
	return last
}

// seen is what auxLoss returns beside the loss.
type seen struct{ States, Best, Thrice array }

func auxLoss(s *trace.Scope, w, x array) (array, seen) {
	h, ys := trace.Scan(s, num.Of(0.0), x, func(_ *trace.Scope, h, e array) (array, arrays) {
		h = num.Tanh(h.Mul(w).Add(e))
		return h, arrays{h, num.Stack(arrays{h, e}, 0).ArgMax()}
	})
	return num.Square(h), seen{ys[0], ys[1], w.Mul(3)}
}

func g2(s *trace.Scope, x array) array {
	last, _ := trace.Scan(s, x, num.Arange(3).Add(1.0), func(_ *trace.Scope, c, e array) (array, array) { return num.Sin(c.Mul(e)).Add(c), c })
	return num.Square(last).Sum()
}

func init() {
	tricky("aux", func(s *trace.Scope, in arrays) arrays {
		g := trace.GradAux(func(s *trace.Scope, wx arrays) (array, seen) { return auxLoss(s, wx[0], wx[1]) })(s, in)
		return arrays{g.Value, g.Aux.States, g.Aux.Best, g.Aux.Thrice, g.Grad[0], g.Grad[1]}
	})
	tricky("aux_of_lanes", func(s *trace.Scope, in arrays) arrays {
		return trace.Vmap(func(s *trace.Scope, w array) arrays {
			g := trace.GradAux(func(s *trace.Scope, w array) (array, seen) { return auxLoss(s, w, in[1]) })(s, w)
			return arrays{g.Grad, g.Aux.States, g.Aux.Best, g.Aux.Thrice}
		})(s, in[0])
	})
	tricky("cond_outer", func(s *trace.Scope, in arrays) arrays {
		return trace.Vmap(trace.Grad(func(s *trace.Scope, in arrays) array {
			return trace.Cond(s, in[0].Gt(in[1]), in[0], func(_ *trace.Scope, v array) arrays { return arrays{v.Mul(in[1]), num.Log(in[1])} },
				func(_ *trace.Scope, v array) arrays { return arrays{num.Sin(v), v.Mul(0)} })[0]
		}), trace.InAxes(0, trace.NoLanes))(s, in)
	})
	trickyGrad("cond_unused", func(s *trace.Scope, in arrays) array {
		return trace.Cond(s, in[0].Gt(10), in[0], func(_ *trace.Scope, v array) arrays { return arrays{num.Sqrt(v.Neg()), v} },
			func(_ *trace.Scope, v array) arrays { return arrays{v, v.Mul(v)} })[1]
	})
	tricky("hessians", func(s *trace.Scope, in arrays) arrays {
		g := scalar(g2)
		return arrays{trace.Hessian(g)(s, in[0]), trace.JacobianRev(trace.JacobianRev(g))(s, in[0]), trace.JacobianRev(trace.JacobianFwd(g))(s, in[0])}
	})
	tricky("jvp_of_vjp", func(s *trace.Scope, in arrays) arrays {
		return dual(tangentOf(s, func(s *trace.Scope, x array) array {
			_, back := trace.VJP(s, g2, x)
			return back(num.Of(2.0))
		}, in[0], in[1]))
	})
	tricky("vjp_of_jvp", func(s *trace.Scope, in arrays) arrays {
		_, back := trace.VJP(s, func(s *trace.Scope, x array) array { return tangentOf(s, g2, x, in[1]).Tangent }, in[0])
		return arrays{back(num.Of(1.5))}
	})
	trickyOf("third_of_scan", trace.Grad(trace.Grad(trace.Grad(func(s *trace.Scope, w array) array {
		return repeat(s, 4, w, func(c array) array { return num.Sin(c.Mul(w)) })
	}))))
	tricky("lanes_both_ways", func(s *trace.Scope, in arrays) arrays {
		g := trace.Grad(func(_ *trace.Scope, in arrays) array { return num.Sin(in[0].Mul(in[1])).Mul(in[1]) })
		return trace.Vmap(trace.Vmap(g, trace.InAxes(0, trace.NoLanes)), trace.InAxes(trace.NoLanes, 0))(s, in)
	})
	trickyOf("lanes_in_loop_in_lanes", trace.Vmap(func(s *trace.Scope, r array) array {
		_, ys := trace.Scan(s, num.Of(0.0), r, func(s *trace.Scope, c, e array) (array, array) {
			return c.Add(trace.Vmap(pure(func(a array) array { return num.Sin(a.Mul(e)) }))(s, r).Sum()), c.Mul(e)
		})
		return ys
	}))
	trickyGrad("checkpoint_nest", func(s *trace.Scope, in arrays) array {
		return trace.Vmap(func(s *trace.Scope, r array) array {
			step := trace.Checkpoint(func(s *trace.Scope, ce arrays) arrays {
				return arrays{trace.Checkpoint(pure(num.Sin))(s, ce[0].Mul(ce[1])).Add(num.Exp(ce[0])), ce[0]}
			})
			last, _ := trace.Scan(s, num.Of(0.1), r, func(s *trace.Scope, c, e array) (array, array) {
				out := step(s, arrays{c, e})
				return out[0], out[1]
			})
			return last
		})(s, in[0])
	})
	trickyGrad("loop_grad_in_loop", func(s *trace.Scope, in arrays) array {
		inner := trace.Grad(func(s *trace.Scope, p array) array {
			q, _ := trace.Scan(s, p, num.Arange(2).Add(1.0), func(_ *trace.Scope, q, e array) (array, none) { return q.Mul(e), none{} })
			return num.Square(q).Sum().Add(p.Pow(4).Sum())
		})
		return countingScan(s, 3, in[0], func(s *trace.Scope, c, _ array) array { return c.Sub(inner(s, c).Mul(0.1)) })
	})
	trickyOf("late_lanes", trace.Vmap(func(s *trace.Scope, e array) array {
		_, ys := trace.Scan(s, arrays{num.Of(1.0), num.Of(2.0), num.Of(3.0)}, trace.Range(5), func(_ *trace.Scope, c arrays, _ array) (arrays, array) {
			return arrays{c[1], c[2], c[0].Mul(e)}, c[0]
		})
		return ys
	}))
	trickyGrad("stopped_carry", func(s *trace.Scope, in arrays) array {
		last, _ := trace.Scan(s, num.Of(1.0), in[0], func(_ *trace.Scope, c, e array) (array, array) { return trace.StopGradient(c).Mul(e).Add(c), c })
		return last
	})
	trickyGrad("reverse_ys", func(s *trace.Scope, in arrays) array {
		_, ys := trace.Scan(s, num.Of(2.0), in[0], func(_ *trace.Scope, c, e array) (array, array) { return c.Mul(0.5), c.Mul(e).Mul(e) }, trace.Reverse())
		return ys.Mul(num.Arange(5))
	})
	tricky("keys_in_carry", func(s *trace.Scope, in arrays) arrays {
		keys := rand.Split(in[0], 3)
		return trace.Vmap(func(s *trace.Scope, key array) arrays {
			g := trace.ValueAndGrad(func(s *trace.Scope, x array) array {
				end, _ := trace.Scan(s, arrays{key, x}, trace.Range(6), func(_ *trace.Scope, c arrays, _ array) (arrays, array) {
					k, sub := rand.Split2(c[0])
					return arrays{k, c[1].Add(rand.Normal(sub).Mul(0.1).Mul(c[1]))}, c[1]
				})
				return end[1]
			})(s, in[1])
			return arrays{g.Value, g.Grad}
		})(s, keys)
	})
}

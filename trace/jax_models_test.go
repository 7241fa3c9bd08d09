package trace_test

import (
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// Programs of control flow, neurons, random numbers and custom derivatives.

// repeat applies f n times.
func repeat[C any](s *trace.Scope, n int, init C, f func(C) C) C {
	last, _ := trace.Scan(s, init, trace.Range(n), func(_ *trace.Scope, c C, _ array) (C, struct{}) { return f(c), struct{}{} })
	return last
}

// recur sums the states of a cell over a sequence.
func recur(s *trace.Scope, xs array, post func(array) array, cell func(*trace.Scope, arrays) array) array {
	_, states := trace.Scan(s, num.Zeros(4), xs, func(s *trace.Scope, h, x array) (array, array) {
		h = cell(s, arrays{h, x})
		return h, h
	})
	return post(states).Sum()
}

func lstmCell(w, u, c, h, x array) (array, array) {
	gates := num.Split(x.MatMul(w).Add(h.MatMul(u)), 4, 0)
	i, f, g, o := gates[0], gates[1], gates[2], gates[3]
	c = num.Sigmoid(f).Mul(c).Add(num.Sigmoid(i).Mul(num.Tanh(g)))
	return c, num.Sigmoid(o).Mul(num.Tanh(c))
}

func lstmBack(s *trace.Scope, in arrays) array {
	last, _ := trace.Scan(s, arrays{num.Zeros(4), num.Zeros(4)}, in[2], func(_ *trace.Scope, st arrays, x array) (arrays, struct{}) {
		c, h := lstmCell(in[0], in[1], st[0], st[1], x)
		return arrays{c, h}, struct{}{}
	}, trace.Reverse())
	return num.Square(last[1]).Sum()
}

func init() {
	same := func(h array) array { return h }
	gradsOf("rnn", 3, func(s *trace.Scope, in arrays) array {
		return recur(s, in[2], same, func(_ *trace.Scope, hx arrays) array { return num.Tanh(hx[0].MatMul(in[0]).Add(hx[1].MatMul(in[1]))) })
	})
	gradsOf("rnn_checkpointed", 1, func(s *trace.Scope, in arrays) array {
		return recur(s, in[2], same, trace.Checkpoint(func(_ *trace.Scope, hx arrays) array {
			return num.Tanh(hx[0].MatMul(in[0]).Add(hx[1].MatMul(in[1])))
		}))
	})
	gradsOf("gru", 2, func(s *trace.Scope, in arrays) array {
		return recur(s, in[2], num.Square, func(_ *trace.Scope, hx arrays) array {
			h, x := hx[0], hx[1]
			w, u := func(i int) array { return x.MatMul(in[0].At(i)) }, func(i int, h array) array { return h.MatMul(in[1].At(i)) }
			z, r := num.Sigmoid(w(0).Add(u(0, h))), num.Sigmoid(w(1).Add(u(1, h)))
			n := num.Tanh(w(2).Add(u(2, r.Mul(h))))
			return z.Neg().Add(1).Mul(n).Add(z.Mul(h))
		})
	})
	gradsOf("lstm_unrolled", 3, func(_ *trace.Scope, in arrays) array {
		c, h := num.Zeros(4), num.Zeros(4)
		for k := range 6 {
			c, h = lstmCell(in[0], in[1], c, h, in[2].At(k))
		}
		return num.Square(h).Sum()
	})
	gradsOf("lstm_scanned_back", 3, lstmBack)
	one("vmap_lstm", func(s *trace.Scope, in arrays) array {
		first := func(s *trace.Scope, in arrays) array { return gradients(s, 1, lstmBack, in)[0] }
		return trace.Vmap(first, trace.InAxes(trace.NoLanes, trace.NoLanes, 0))(s, in)
	})
}

func lorenz(p array) array {
	x, y, z := p.At(0), p.At(1), p.At(2)
	return num.Stack(arrays{y.Sub(x).Mul(10), x.Mul(z.Neg().Add(28)).Sub(y), x.Mul(y).Sub(z.Mul(8.0 / 3))}, 0)
}

func rk4(p array) array {
	const dt = 0.01
	k1 := lorenz(p)
	k2 := lorenz(p.Add(k1.Mul(dt / 2)))
	k3 := lorenz(p.Add(k2.Mul(dt / 2)))
	k4 := lorenz(p.Add(k3.Mul(dt)))
	return p.Add(k1.Add(k2.Mul(2)).Add(k3.Mul(2)).Add(k4).Mul(dt / 6))
}

func init() {
	jaxPrograms["rk4_flow"] = func(s *trace.Scope, in arrays) arrays {
		flow := func(s *trace.Scope, p array) array { return repeat(s, 40, p, rk4) }
		return arrays{flow(s, in[0]), trace.JacobianFwd(flow)(s, in[0]), trace.JacobianRev(flow)(s, in[0])}
	}
	jaxPrograms["logistic_map"] = func(s *trace.Scope, in arrays) arrays {
		g := trace.Grad(func(s *trace.Scope, r array) array {
			return repeat(s, 30, num.Of(0.3), func(x array) array { return r.Mul(x).Mul(x.Neg().Add(1)) })
		})
		return arrays{g(s, in[0]), trace.Grad(g)(s, in[0])}
	}
	gradsOf("nested_scan", 2, func(s *trace.Scope, in arrays) array {
		a, _ := trace.Scan(s, num.Of(0.5), in[1], func(s *trace.Scope, a, row array) (array, array) {
			b, _ := trace.Scan(s, a, row, func(_ *trace.Scope, b, e array) (array, array) { return num.Sin(b.Mul(e).Add(in[0])), b })
			return b, a
		})
		return a.Mul(2)
	})
	gradsOf("late_tangent", 1, func(s *trace.Scope, in arrays) array {
		last := repeat(s, 5, arrays{num.Of(1.0), num.Of(2.0), num.Of(3.0)}, func(c arrays) arrays { return arrays{c[1], c[2], c[2].Mul(in[0])} })
		return last[0].Add(last[1]).Add(last[2])
	})
	gradsOf("zero_steps", 1, func(s *trace.Scope, in arrays) array {
		return repeat(s, 0, num.Square(in[0]), func(c array) array { return c.Mul(in[0]) })
	})
	jaxPrograms["while_forward"] = func(s *trace.Scope, in arrays) arrays {
		d := trace.JVP(func(s *trace.Scope, x array) array {
			return trace.While(s, x, func(_ *trace.Scope, v array) array { return v.Lt(100) }, func(_ *trace.Scope, v array) array { return v.Mul(v).Add(x) })
		})(s, trace.Dual[array]{Value: in[0], Tangent: num.Of(1.0)})
		return arrays{d.Value, d.Tangent}
	}
	one("vmap_while", func(s *trace.Scope, in arrays) array {
		return trace.Vmap(func(s *trace.Scope, x array) array {
			return trace.While(s, arrays{x, num.Of(0)}, func(_ *trace.Scope, c arrays) array { return c[0].Lt(100) },
				func(_ *trace.Scope, c arrays) arrays { return arrays{c[0].Mul(1.7), c[1].Add(1)} })[0]
		})(s, in[0])
	})
	jaxPrograms["cond"] = func(s *trace.Scope, in arrays) arrays {
		g := trace.Grad(func(s *trace.Scope, x array) array { return trace.Cond(s, x.Gt(0), x, pure(num.Sin), pure(cube)) })
		return arrays{trace.Vmap(g)(s, in[0]), trace.ForLoop(s, in[0], g)}
	}
	one("switch", func(s *trace.Scope, in arrays) array {
		return trace.Vmap(func(s *trace.Scope, xk arrays) array {
			return gradients(s, 1, func(s *trace.Scope, xk arrays) array {
				return trace.Switch(s, xk[1], xk[0], pure(num.Sin), pure(num.Exp), pure(num.Square))
			}, xk)[0]
		})(s, in)
	})
	gradsOf("descent_inside", 1, func(s *trace.Scope, in arrays) array {
		p, _ := trace.Scan(s, num.Of([]float64{1, -0.5}), trace.Range(10), func(s *trace.Scope, p, _ array) (array, struct{}) {
			g := trace.Grad(pure(func(p array) array { return num.Square(num.Square(p)).Sum().Add(p.At(0).Mul(p.At(1))) }))(s, p)
			return p.Sub(in[0].Mul(g)), struct{}{}
		})
		return num.Square(p).Sum()
	})
	gradsOf("newton", 1, func(s *trace.Scope, in arrays) array {
		return repeat(s, 12, num.Of(1.0), func(x array) array { return x.Sub(cube(x).Sub(in[0]).Div(num.Square(x).Mul(3))) })
	})
	gradsOf("power_iteration", 1, func(s *trace.Scope, in arrays) array {
		v := repeat(s, 15, num.Ones(3), func(v array) array { v = in[0].MatMul(v); return v.Div(num.Norm(v)) })
		return v.Dot(in[0].MatMul(v))
	})
	gradsOf("sinkhorn", 1, func(s *trace.Scope, in arrays) array {
		k := num.Exp(in[0].Neg())
		uv := repeat(s, 8, arrays{num.Ones(4), num.Ones(4)}, func(uv arrays) arrays {
			u := num.Reciprocal(k.MatMul(uv[1]))
			return arrays{u, num.Reciprocal(k.T().MatMul(u))}
		})
		return uv[0].ExpandDims(1).Mul(k).Mul(uv[1]).Mul(in[0]).Sum()
	})
}

// hh is a neuron of Hodgkin and Huxley (1952) for 1,000 steps of 0.01 ms by Euler's method: the last potential but one.
func hh(s *trace.Scope, in arrays) array {
	g, current := in[0], in[1]
	gate := func(x, alpha, beta array) array { return x.Add(alpha.Mul(x.Neg().Add(1)).Sub(beta.Mul(x)).Mul(0.01)) }
	rise := func(v array, shift, slope float64) array { // slope u / (1 - exp(-u / 10))
		u := v.Add(shift)
		return u.Mul(slope).Div(num.Exp(u.Div(-10)).Neg().Add(1))
	}
	start := arrays{num.Of(-64.0), num.Of(0.05), num.Of(0.6), num.Of(0.32)}
	_, vs := trace.Scan(s, start, trace.Range(1000), func(_ *trace.Scope, st arrays, _ array) (arrays, array) {
		v, m, h, n := st[0], st[1], st[2], st[3]
		dv := current.Sub(g.At(0).Mul(cube(m)).Mul(h).Mul(v.Sub(50))).Sub(g.At(1).Mul(num.Square(num.Square(n))).Mul(v.Add(77))).Sub(g.At(2).Mul(v.Add(54.387)))
		decay := func(shift, tau, scale float64) array { return num.Exp(v.Add(shift).Div(-tau)).Mul(scale) }
		return arrays{
			v.Add(dv.Mul(0.01)),
			gate(m, rise(v, 40, 0.1), decay(65, 18, 4)),
			gate(h, decay(65, 20, 0.07), num.Sigmoid(v.Add(35).Div(10))),
			gate(n, rise(v, 55, 0.01), decay(65, 80, 0.125)),
		}, v
	})
	return vs.At(-1)
}

// snn takes weights (5, 6) and (6, 3), spikes (steps, batch, 5) and labels.
func snn(s *trace.Scope, in arrays) array {
	_, out := trace.Scan(s, arrays{num.Zeros(4, 6), num.Zeros(4, 3)}, in[2], func(s *trace.Scope, st arrays, x array) (arrays, array) {
		v := st[0].Mul(0.9).Add(x.MatMul(in[0]))
		z := spike(s, v.Sub(1))
		o := st[1].Mul(0.95).Add(z.MatMul(in[1]))
		return arrays{v.Sub(z), o}, o
	})
	logp := num.LogSoftmax(out.Mean(0), -1)
	return num.TakeAlongAxis(logp, in[3].ExpandDims(1), 1).Mean().Neg()
}

func valueAndGrads(name string, n int, f loss) {
	jaxPrograms[name] = func(s *trace.Scope, in arrays) arrays { return append(arrays{f(s, in)}, gradients(s, n, f, in)...) }
}

var softAbs = trace.CustomJVP(pure(num.Abs), func(_ *trace.Scope, d trace.Dual[array]) trace.Dual[array] {
	return trace.Dual[array]{Value: num.Abs(d.Value), Tangent: d.Tangent.Mul(num.Tanh(d.Value.Mul(10)))}
})

func init() {
	valueAndGrads("hh_1000_steps", 2, hh)
	valueAndGrads("snn", 2, snn)
	jaxPrograms["surrogate_forms"] = func(s *trace.Scope, in arrays) arrays {
		g := trace.Grad(func(s *trace.Scope, v array) array { return spike(s, v).Mul(v).Sum() })(s, in[0])
		return arrays{g, trace.Vmap(trace.Grad(spike))(s, in[0])}
	}
	jaxPrograms["custom_jvp"] = func(s *trace.Scope, in arrays) arrays {
		g := trace.Grad(func(s *trace.Scope, x array) array { return num.Square(softAbs(s, x)).Sum() })(s, in[0])
		return arrays{g, trace.JacobianFwd(softAbs)(s, in[0]), trace.Vmap(trace.Grad(trace.Grad(softAbs)))(s, in[0])}
	}
	jaxPrograms["stop_gradient"] = func(s *trace.Scope, in arrays) arrays {
		f := func(x array) array { return x.Mul(num.Square(trace.StopGradient(x))).Sum() }
		h := func(x array) array { return trace.StopGradient(num.Sin(x)).Mul(cube(x)).Sum() }
		return arrays{trace.Grad(pure(f))(s, in[0]), trace.Hessian(pure(h))(s, in[0].Slice(0, 3))}
	}
	jaxPrograms["reparametrised"] = func(s *trace.Scope, in arrays) arrays {
		return gradients(s, 2, func(_ *trace.Scope, p arrays) array {
			return cube(p[0].Add(p[1].Mul(rand.Normal(in[0], 9)))).Mean()
		}, in[1:])
	}
	one("lanes_of_keys", func(s *trace.Scope, in arrays) array {
		return trace.Vmap(pure(func(k array) array { return rand.Uniform(k, 0.0, 1.0, 3) }))(s, rand.Split(in[0], 5))
	})
	one("euler_maruyama", func(s *trace.Scope, in arrays) array {
		return trace.Vmap(func(s *trace.Scope, key array) array {
			return gradients(s, 1, func(s *trace.Scope, th arrays) array {
				x, _ := trace.Scan(s, num.Of(1.0), rand.Normal(key, 15), func(_ *trace.Scope, x, e array) (array, struct{}) {
					return x.Sub(th[0].Mul(x).Mul(0.1)).Add(x.Mul(e).Mul(0.3)), struct{}{}
				})
				return x
			}, in[1:])[0]
		})(s, rand.Split(in[0], 4))
	})
}

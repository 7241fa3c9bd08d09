package main

import (
	"math"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// tour lists the stops in order.
var tour = []func() (stop, error){
	gradient, gradientOfGradient, forward, backward, jacobian, hessian, lanes, perExample, throughTime, parameters, aux, stopped, spikes,
}

// point is a tree: transforms take and return such structs.
type point struct{ X, Y num.Array }

// rosenbrock is the sum of (1 - x)^2 + 100 (y - x^2)^2.
func rosenbrock(_ *trace.Scope, p point) num.Array {
	a := num.Square(p.X.Sub(1))
	b := num.Square(p.Y.Sub(num.Square(p.X))).Mul(100)
	return a.Add(b).Sum()
}

func gradient() (stop, error) {
	g, err := trace.Jit(trace.Grad(rosenbrock)).Call(point{num.Of(1.5), num.Of(2.0)})
	if err != nil {
		return stop{}, err
	}
	return stop{"gradient of Rosenbrock's function at (1.5, 2)",
		[]float64{g.X.Float(), g.Y.Float()}, []float64{2*0.5 - 400*1.5*(2-2.25), 200 * (2 - 2.25)}}, nil
}

func gradientOfGradient() (stop, error) {
	sine := func(_ *trace.Scope, x num.Array) num.Array { return num.Sin(x) }
	third := trace.Jit(trace.Grad(trace.Grad(trace.Grad(sine))))
	y, err := third.Call(num.Of(0.5))
	if err != nil {
		return stop{}, err
	}
	return stop{"third derivative of sin at 0.5", []float64{y.Float()}, []float64{-math.Cos(0.5)}}, nil
}

// polar turns (radius, angle) into (x, y).
func polar(_ *trace.Scope, p num.Array) num.Array {
	r, a := p.At(0), p.At(1)
	return num.Stack([]num.Array{r.Mul(num.Cos(a)), r.Mul(num.Sin(a))}, 0)
}

func forward() (stop, error) {
	in := trace.Dual[num.Array]{Value: num.Of([]float32{2, 0.3}), Tangent: num.Of([]float32{0, 1})}
	d, err := trace.Jit(trace.JVP(polar)).Call(in)
	if err != nil {
		return stop{}, err
	}
	return stop{"forward mode: how (r cos a, r sin a) moves when a grows", d.Tangent.Floats(),
		[]float64{-2 * math.Sin(0.3), 2 * math.Cos(0.3)}}, nil
}

func backward() (stop, error) {
	f := func(s *trace.Scope, p num.Array) num.Array {
		_, back := trace.VJP(s, polar, p)
		return back(num.Of([]float32{1, 0})) // of the first result
	}
	g, err := trace.Jit(f).Call(num.Of([]float32{2, 0.3}))
	if err != nil {
		return stop{}, err
	}
	return stop{"reverse mode: what r cos a depends on", g.Floats(), []float64{math.Cos(0.3), -2 * math.Sin(0.3)}}, nil
}

func jacobian() (stop, error) {
	j, err := trace.Jit(trace.JacobianRev(polar)).Call(num.Of([]float32{2, 0.3}))
	if err != nil {
		return stop{}, err
	}
	c, s := math.Cos(0.3), math.Sin(0.3)
	return stop{"Jacobian of (r cos a, r sin a)", j.Floats(), []float64{c, -2 * s, s, 2 * c}}, nil
}

func hessian() (stop, error) {
	f := func(s *trace.Scope, x num.Array) num.Array { return rosenbrock(s, point{x.At(0), x.At(1)}) }
	h, err := trace.Jit(trace.Hessian(f)).Call(num.Of([]float32{1.5, 2}))
	if err != nil {
		return stop{}, err
	}
	return stop{"Hessian of Rosenbrock's function", h.Floats(), []float64{2 - 400*(2-3*2.25), -600, -600, 200}}, nil
}

func lanes() (stop, error) {
	dot := func(_ *trace.Scope, p point) num.Array { return p.X.Dot(p.Y) }
	// X has lanes on axis 0, all lanes share Y.
	f := trace.Jit(trace.Vmap(dot, trace.InAxes(0, trace.NoLanes)))
	y, err := f.Call(point{num.Of([][]float32{{1, 2}, {3, 4}, {5, 6}}), num.Of([]float32{10, 1})})
	if err != nil {
		return stop{}, err
	}
	return stop{"a dot product in three lanes", y.Floats(), []float64{12, 34, 56}}, nil
}

func perExample() (stop, error) {
	w := num.Of([]float32{0.5, -1})
	loss := func(_ *trace.Scope, p point) num.Array { return num.Square(w.Mul(p.X).Sum().Sub(p.Y)) }
	// One gradient for each example, clipped to length 1.
	clipped := trace.Vmap(func(s *trace.Scope, p point) num.Array {
		g := trace.Grad(loss)(s, p).X
		return g.Div(num.Maximum(num.Norm(g), 1))
	})
	g, err := trace.Jit(clipped).Call(point{num.Of([][]float32{{1, 0}, {0.1, 0}}), num.Of([]float32{3, 0})})
	if err != nil {
		return stop{}, err
	}
	length := math.Sqrt(1.25)
	return stop{"a clipped gradient for each example", g.Floats(), []float64{-0.5 / length, 1 / length, 2 * 0.05 * 0.5, -2 * 0.05}}, nil
}

func throughTime() (stop, error) {
	// The logistic map x' = r x (1 - x), 20 steps: the derivative with respect to r, by one forward and one reverse loop.
	last := func(s *trace.Scope, r num.Array) num.Array {
		x, _ := trace.Scan(s, num.Of(0.3), trace.Range(20), func(_ *trace.Scope, x, _ num.Array) (num.Array, struct{}) {
			return r.Mul(x).Mul(x.Neg().Add(1)), struct{}{}
		})
		return x
	}
	g, err := trace.Jit(trace.Grad(last)).Call(num.Of(2.8))
	if err != nil {
		return stop{}, err
	}
	x, dx := 0.3, 0.0
	for range 20 {
		x, dx = 2.8*x*(1-x), x*(1-x)+2.8*dx*(1-2*x)
	}
	return stop{"back-propagation through 20 steps of the logistic map", []float64{g.Float()}, []float64{dx}}, nil
}

func parameters() (stop, error) {
	model := struct{ W, B, Calls *trace.Variable }{trace.NewParameter(2.0), trace.NewParameter(1.0), trace.NewVariable(0)}
	loss := func(s *trace.Scope, x num.Array) num.Array {
		model.Calls.Set(s, model.Calls.Get(s).Add(1)) // other state is kept up to date
		return num.Square(model.W.Get(s).Mul(x).Add(model.B.Get(s)))
	}
	step := trace.Jit(func(s *trace.Scope, x num.Array) []num.Array {
		g := trace.GradVars(loss, trace.ParamsOf(model))(s, x)
		return []num.Array{g.Value, g.Grad[model.W], g.Grad[model.B], model.Calls.Get(s)}
	})
	out, err := step.Call(num.Of(3.0))
	if err != nil {
		return stop{}, err
	}
	var got []float64
	for _, x := range out {
		got = append(got, x.AsType(out[0].DType()).Float())
	}
	return stop{"(w x + b)^2, its gradients with respect to the parameters, and a counter", got, []float64{49, 42, 14, 1}}, nil
}

func aux() (stop, error) {
	f := func(_ *trace.Scope, x num.Array) (num.Array, num.Array) {
		e := x.Sub(1)
		return num.Square(e).Sum(), e
	}
	g, err := trace.Jit(trace.GradAux(f)).Call(num.Of([]float32{3, 0}))
	if err != nil {
		return stop{}, err
	}
	return stop{"a loss, its gradient, and the errors beside it", append([]float64{g.Value.Float()}, append(g.Grad.Floats(), g.Aux.Floats()...)...),
		[]float64{5, 4, -2, 2, -1}}, nil
}

func stopped() (stop, error) {
	f := func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(trace.StopGradient(x)) }
	g, err := trace.Jit(trace.Grad(f)).Call(num.Of(3.0))
	if err != nil {
		return stop{}, err
	}
	return stop{"x * StopGradient(x) at 3", []float64{g.Float()}, []float64{3}}, nil
}

// spike is a step whose derivative is taken to be that of a sigmoid.
var spike = trace.CustomVJP(
	func(_ *trace.Scope, v num.Array) num.Array { return num.Heaviside(v, 0) },
	func(_ *trace.Scope, v num.Array) (num.Array, num.Array) { return num.Heaviside(v, 0), v },
	func(_ *trace.Scope, v, cotangent num.Array) num.Array {
		y := num.Sigmoid(v)
		return cotangent.Mul(y).Mul(y.Neg().Add(1))
	})

func spikes() (stop, error) {
	g, err := trace.Jit(trace.VectorGrad(spike)).Call(num.Of([]float32{-1, 0, 2}))
	if err != nil {
		return stop{}, err
	}
	var want []float64
	for _, v := range []float64{-1, 0, 2} {
		y := 1 / (1 + math.Exp(-v))
		want = append(want, y*(1-y))
	}
	return stop{"surrogate derivative of spikes", g.Floats(), want}, nil
}

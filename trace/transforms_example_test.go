package trace_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

func ExampleValueAndGrad() {
	f := func(_ *trace.Scope, x num.Array) num.Array { return num.Square(x).Sum() }
	r := trace.Jit(trace.ValueAndGrad(f)).Must(num.Of([]float64{1, 2, 3}))
	fmt.Println(r.Value, r.Grad)
	// Output: 14.0 [2. 4. 6.]
}

// The second result is handed through, here the predictions beside the loss.
func ExampleGradAux() {
	loss := func(_ *trace.Scope, w num.Array) (num.Array, num.Array) {
		predicted := num.Of([]float64{1, 2}).Mul(w)
		return num.Square(predicted.Sub(4)).Sum(), predicted
	}
	r := trace.Jit(trace.GradAux(loss)).Must(num.Of(3.0))
	fmt.Println(r.Value, r.Grad, r.Aux)
	// Output: 5.0 6.0 [3. 6.]
}

// The derivative at each element of a function that works element by element.
func ExampleVectorGrad() {
	f := func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(x).Mul(x) }
	fmt.Println(trace.Jit(trace.VectorGrad(f)).Must(num.Of([]float64{1, 2, 3})))
	// Output: [ 3. 12. 27.]
}

// Forward mode goes through a While; reverse mode has the cheaper Jacobian of many elements to few.
func ExampleJacobianFwd() {
	f := func(_ *trace.Scope, x num.Array) num.Array {
		return num.Stack([]num.Array{x.At(0).Mul(x.At(1)), x.Sum()}, 0)
	}
	fmt.Println(trace.Jit(trace.JacobianFwd(f)).Must(num.Of([]float64{2, 3, 5})))
	fmt.Println(trace.Jit(trace.JacobianRev(f)).Must(num.Of([]float64{2, 3, 5})))
	// Output:
	// [[3. 2. 0.]
	//  [1. 1. 1.]]
	// [[3. 2. 0.]
	//  [1. 1. 1.]]
}

// Derivatives of a function of trees, by the paths of result and argument.
func ExampleJacobianRevBlocks() {
	type layer struct{ W, B num.Array }
	f := func(_ *trace.Scope, l layer) map[string]num.Array {
		return map[string]num.Array{"out": l.W.MatMul(num.Of([]float64{1, 10})).Add(l.B)}
	}
	j := trace.Jit(trace.JacobianRevBlocks(f)).Must(layer{num.Ones(2, 2), num.Zeros(2)})
	fmt.Println(j.Rows, j.Columns)
	fmt.Println(j.At("[out]", "B"))
	fmt.Println(j.At("[out]", "W").Shape())
	// Output:
	// [[out]] [W B]
	// [[1. 0.]
	//  [0. 1.]]
	// [2 2 2]
}

func ExampleHessian() {
	f := func(_ *trace.Scope, x num.Array) num.Array { return num.Square(x.At(0)).Mul(x.At(1)) }
	fmt.Println(trace.Jit(trace.Hessian(f)).Must(num.Of([]float64{2, 5})))
	// Output:
	// [[10.  4.]
	//  [ 4.  0.]]
}

func ExampleHessianBlocks() {
	type point struct{ X, Y num.Array }
	f := func(_ *trace.Scope, p point) num.Array { return num.Square(p.X).Mul(p.Y) }
	h := trace.Jit(trace.HessianBlocks(f)).Must(point{num.Of(2.0), num.Of(5.0)})
	fmt.Println(h.At("X", "X"), h.At("X", "Y"), h.At("Y", "Y"))
	// Output: 10.0 4.0 0.0
}

// A value and its tangent go through a function together.
func ExampleJVP() {
	f := func(_ *trace.Scope, x num.Array) num.Array { return num.Sin(x) }
	d := trace.Jit(trace.JVP(f)).Must(trace.Dual[num.Array]{Value: num.Of(0.0), Tangent: num.Of(2.0)})
	fmt.Println(d.Value, d.Tangent)
	// Output: 0.0 2.0
}

// The function runs once, the way back for each cotangent.
func ExampleVJP() {
	f := func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(x) }
	g := trace.Jit(func(s *trace.Scope, x num.Array) []num.Array {
		y, back := trace.VJP(s, f, x)
		return []num.Array{y, back(num.Of([]float64{1, 0})), back(num.Of([]float64{0, 1}))}
	})
	fmt.Println(g.Must(num.Of([]float64{3, 4})))
	// Output: [[ 9. 16.] [6. 0.] [0. 8.]]
}

// The function runs once, its linear part as often as is wanted.
func ExampleLinearize() {
	f := func(_ *trace.Scope, x num.Array) num.Array { return num.Square(x).Sum() }
	g := trace.Jit(func(s *trace.Scope, x num.Array) []num.Array {
		y, linear := trace.Linearize(s, f, x)
		return []num.Array{y, linear(num.Of([]float64{1, 0})), linear(num.Of([]float64{1, 1}))}
	})
	fmt.Println(g.Must(num.Of([]float64{3, 4})))
	// Output: [25.0 6.0 14.0]
}

// To the derivative the second factor is a constant.
func ExampleStopGradient() {
	f := func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(trace.StopGradient(x)) }
	fmt.Println(trace.Jit(trace.Grad(f)).Must(num.Of(3.0)))
	// Output: 3.0
}

// A step function whose derivative is taken to be that of a fast sigmoid: the surrogate gradient of spikes.
func ExampleCustomVJP() {
	step := func(_ *trace.Scope, x num.Array) num.Array { return x.Gt(0).AsType(x.DType()) }
	spike := trace.CustomVJP(step,
		func(s *trace.Scope, x num.Array) (spike, saved num.Array) { return step(s, x), x },
		func(_ *trace.Scope, x, ct num.Array) num.Array { return ct.Div(num.Square(num.Abs(x).Add(1))) })
	x := num.Of([]float64{-1, 1, 3})
	fmt.Println(trace.Jit(spike).Must(x), trace.Jit(trace.VectorGrad(spike)).Must(x))
	// Output: [0. 1. 1.] [0.25   0.25   0.0625]
}

// A derivative that is exact where the ordinary rules would divide zero by zero.
func ExampleCustomJVP() {
	sinc := trace.CustomJVP(
		func(_ *trace.Scope, x num.Array) num.Array { return num.Where(x.Eq(0), 1.0, num.Sin(x).Div(x)) },
		func(_ *trace.Scope, d trace.Dual[num.Array]) trace.Dual[num.Array] {
			x := d.Value
			slope := num.Where(x.Eq(0), 0.0, num.Cos(x).Sub(num.Sin(x).Div(x)).Div(x))
			return trace.Dual[num.Array]{Value: num.Where(x.Eq(0), 1.0, num.Sin(x).Div(x)), Tangent: slope.Mul(d.Tangent)}
		})
	fmt.Printf("%.4f\n", trace.Jit(trace.VectorGrad(sinc)).Must(num.Of([]float64{0, 2})).Floats())
	// Output: [0.0000 -0.4354]
}

// Gradients with respect to a chosen Variable and the argument at once.
func ExampleGradVarsArg() {
	w, b := trace.NewParameter(2.0), trace.NewParameter(1.0)
	loss := func(s *trace.Scope, x num.Array) num.Array { return w.Get(s).Mul(x).Add(b.Get(s)) }
	f := trace.Jit(func(s *trace.Scope, x num.Array) []num.Array {
		g := trace.GradVarsArg(loss, trace.Vars{{Path: "w", Var: w}})(s, x)
		return []num.Array{g.Value, g.Grad[w], g.Arg}
	})
	fmt.Println(f.Must(num.Of(5.0)))
	// Output: [11.0 5.0 2.0]
}

// Each lane has its own value of the Variable.
func ExamplePerLane() {
	count := trace.NewVariable(num.Of([]int32{0, 10}))
	f := trace.Jit(trace.Vmap(func(s *trace.Scope, n num.Array) num.Array {
		count.Set(s, count.Get(s).Add(n))
		return count.Get(s)
	}, trace.PerLane(count)))
	f.Must(num.Of([]int32{1, 2}))
	fmt.Println(f.Must(num.Of([]int32{1, 2})))
	// Output: [ 2 14]
}

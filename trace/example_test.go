package trace_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// A traced function takes a scope and a tree of arrays, and returns a tree of arrays.
func ExampleJit() {
	type Point struct{ X, Y num.Array }
	rosenbrock := trace.Jit(func(_ *trace.Scope, p Point) num.Array {
		a := num.Square(p.X.Sub(1))
		b := num.Square(p.Y.Sub(num.Square(p.X))).Mul(100)
		return a.Add(b).Sum()
	})
	y, err := rosenbrock.Call(Point{X: num.Of([]float64{1, 0}), Y: num.Of([]float64{1, 1})})
	fmt.Println(y, err)
	// Output: 101.0 <nil>
}

// Go numbers are weak: they take the dtype of the array that they meet.
func ExampleArray_Add() {
	half := num.Of([]float32{1, 2}).AsType(dtype.Float16)
	fmt.Println(half.Add(1).DType().Name(), num.Of([]int{1, 2}).Mul(0.5), num.Of([]bool{true, false}).Add(1))
	// Output: float16 [0.5 1. ] [2 1]
}

func ExampleArray_At() {
	x := num.Arange(12).Reshape(3, 4)
	fmt.Println(x.At(1))
	fmt.Println(x.At(trace.All, trace.Span(1, 3)))
	fmt.Println(x.At([]int{0, 2}, 3))
	fmt.Println(x.SetAt(0, trace.All, 0).At(2), x.AddAt(10, 2, trace.Span(2, trace.End)).At(2))
	// Output:
	// [4 5 6 7]
	// [[ 1  2]
	//  [ 5  6]
	//  [ 9 10]]
	// [ 3 11]
	// [ 0  9 10 11] [ 8  9 20 21]
}

// Operations run one by one, as ordinary Go code: arrays have numbers, and can be printed.
func ExampleArray_Release() {
	square := trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x.MatMul(x) })
	x := num.Ones(100, 100)
	sum := 0.0
	for range 3 {
		y := square.Must(x)
		sum += y.At(0, 0).Float()
		y.Release() // the next result lies where this one was
	}
	fmt.Println(sum)
	// Output: 300
}

func ExampleDonate() {
	v := trace.NewVariable(num.Zeros(1000, 1000))
	step := trace.Jit(func(s *trace.Scope, input num.Array) struct{} {
		v.Set(s, v.Get(s).Mul(0.5).Add(input))
		return struct{}{}
	}, trace.Donate()) // on a GPU, v takes 4 MB instead of 8
	for range 2 {
		step.Must(num.Of(1.0))
	}
	fmt.Println(v.Value().At(0, 0))
	// Output: 1.5
}

func ExampleEager() {
	f := trace.Eager(func(s *trace.Scope, x num.Array) num.Array {
		return trace.ForLoop(s, x, func(_ *trace.Scope, x num.Array) num.Array {
			fmt.Println("x is", x)
			return num.Square(x)
		})
	})
	fmt.Println(f.Must(num.Of([]float64{2, 3})))
	// Output:
	// x is 2.0
	// x is 3.0
	// [4. 9.]
}

// Variables carry state from step to step, and from call to call.
func ExampleForLoop() {
	v := trace.NewVariable(0.0)
	integrate := trace.Jit(func(s *trace.Scope, input num.Array) num.Array {
		return trace.ForLoop(s, input, func(s *trace.Scope, i num.Array) num.Array {
			v.Set(s, v.Get(s).Mul(0.5).Add(i))
			return v.Get(s)
		})
	})
	fmt.Println(integrate.Must(num.Ones(4)))
	fmt.Println(integrate.Must(num.Zeros(2)), v.Value())
	// Output:
	// [1.    1.5   1.75  1.875]
	// [0.9375  0.46875] 0.46875
}

func ExampleRange() {
	squares := trace.Jit(func(s *trace.Scope, k num.Array) num.Array {
		return trace.ForLoop(s, trace.Range(10), func(_ *trace.Scope, i num.Array) num.Array { return i.Mul(i).Add(k) }, trace.Every(3))
	})
	fmt.Println(squares.Must(num.Of(1)))
	// Output: [ 1 10 37 82]
}

func ExampleScan() {
	type State struct{ A, B num.Array }
	fibonacci := trace.Jit(func(s *trace.Scope, first State) num.Array {
		_, ys := trace.Scan(s, first, trace.Range(8), func(_ *trace.Scope, c State, _ num.Array) (State, num.Array) {
			return State{c.B, c.A.Add(c.B)}, c.A
		})
		return ys
	})
	fmt.Println(fibonacci.Must(State{num.Of(0), num.Of(1)}))
	// Output: [ 0  1  1  2  3  5  8 13]
}

func ExampleWhile() {
	collatz := trace.Jit(func(s *trace.Scope, n num.Array) num.Array {
		type State struct{ N, Steps num.Array }
		return trace.While(s, State{n, num.Of(0)},
			func(_ *trace.Scope, c State) num.Array { return c.N.Ne(1) },
			func(_ *trace.Scope, c State) State {
				next := num.Where(c.N.Mod(2).Eq(0), num.FloorDivide(c.N, 2), c.N.Mul(3).Add(1))
				return State{next, c.Steps.Add(1)}
			}).Steps
	})
	fmt.Println(collatz.Must(num.Of(27)))
	// Output: 111
}

func ExampleCond() {
	calls := trace.NewVariable(0)
	root := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
		return trace.Cond(s, x.Ge(0), x,
			func(_ *trace.Scope, x num.Array) num.Array { return num.Sqrt(x) },
			func(s *trace.Scope, x num.Array) num.Array {
				calls.Set(s, calls.Get(s).Add(1)) // written in this branch only
				return x
			})
	})
	fmt.Println(root.Must(num.Of(16.0)), root.Must(num.Of(-1.0)), calls.Value())
	// Output: 4.0 -1.0 1
}

func ExampleSwitch() {
	f := trace.Jit(func(s *trace.Scope, i num.Array) num.Array {
		return trace.Switch(s, i, num.Of(10.0),
			func(_ *trace.Scope, x num.Array) num.Array { return x.Add(1) },
			func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(2) },
			func(_ *trace.Scope, x num.Array) num.Array { return x.Neg() })
	})
	fmt.Println(f.Must(num.Of(0)), f.Must(num.Of(1)), f.Must(num.Of(99)))
	// Output: 11.0 20.0 -10.0
}

func ExampleIfElse() {
	sign := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
		constant := func(v int) func(*trace.Scope, struct{}) num.Array {
			return func(*trace.Scope, struct{}) num.Array { return num.Of(v) }
		}
		return trace.IfElse(s, []num.Array{x.Lt(0), x.Eq(0)}, struct{}{}, constant(-1), constant(0), constant(1))
	})
	fmt.Println(sign.Must(num.Of(-2.5)), sign.Must(num.Of(0.0)), sign.Must(num.Of(7.0)))
	// Output: -1 0 1
}

func ExamplePrint() {
	f := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
		return trace.ForLoop(s, x, func(s *trace.Scope, x num.Array) num.Array {
			trace.Print(s, "x = %.1f", x)
			return x
		})
	})
	f.Must(num.Of([]float64{0.5, 1.5}))
	// Output:
	// x = 0.5
	// x = 1.5
}

func ExampleCheck() {
	f := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
		return trace.ForLoop(s, x, func(s *trace.Scope, x num.Array) num.Array {
			trace.Check(s, x.Ge(0), "negative input")
			return num.Sqrt(x)
		})
	})
	_, err := f.Call(num.Of([]float64{4, -1}))
	var failed *trace.CheckError
	fmt.Println(errors.As(err, &failed), failed.Message, failed.Step)
	// Output: true negative input 1
}

func ExampleCompiled_CallContext() {
	forever := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
		return trace.While(s, x, func(_ *trace.Scope, x num.Array) num.Array { return x.Ge(0) },
			func(_ *trace.Scope, x num.Array) num.Array { return x.Add(1).Mod(100) })
	})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	_, err := forever.CallContext(ctx, num.Of(1))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleCompiled_Lower() {
	f := trace.Jit(func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(2).Sum() }, trace.Name("double_sum"))
	low, err := f.Lower(num.Zeros(3))
	fmt.Println(err)
	fmt.Print(low.IR())
	fmt.Println(low.Cost().Flops)
	// Output:
	// <nil>
	// graph @double_sum(%0: f32[3]) -> (f32[]) {
	//   %1 = const {value=f32[] 2} : f32[]
	//   %2 = broadcast %1 {shape=[3]} : f32[3]
	//   %3 = mul %0, %2 : f32[3]
	//   %4 = reduce_sum %3 {axes=[0]} : f32[]
	//   return %4
	// }
	// 6
}

func ExampleVarsOf() {
	type Layer struct{ W, B *trace.Variable }
	type Model struct {
		Layers []Layer
		Count  *trace.Variable
	}
	m := Model{[]Layer{{trace.NewParameter(num.Ones(2, 3)), trace.NewParameter(num.Zeros(3))}}, trace.NewVariable(0)}
	for _, v := range trace.VarsOf(m) {
		fmt.Println(v.Path, v.Var.Type())
	}
	fmt.Println(len(trace.ParamsOf(m)))
	// Output:
	// Layers[0].W f32[2,3]
	// Layers[0].B f32[3]
	// Count i32[]
	// 2
}

// Outside of calls, building functions panic with an *Error; Try turns it into an error.
func ExampleTry() {
	err := trace.Try(func() { num.Zeros(2).Add(num.Zeros(3)) })
	var e *trace.Error
	fmt.Println(errors.As(err, &e), e.Op, e.Got)
	// Output: true add (2) and (3)
}

func ExampleGrad() {
	type point struct{ X, Y trace.Array }
	f := func(_ *trace.Scope, p point) trace.Array { return p.X.Mul(p.X).Mul(p.Y) }
	g := trace.Jit(trace.Grad(f)).Must(point{num.Of(3.0), num.Of(5.0)})
	fmt.Println(g.X, g.Y)
	// Output: 30.0 9.0
}

func ExampleVmap() {
	dot := func(_ *trace.Scope, in []trace.Array) trace.Array { return in[0].Dot(in[1]) }
	rows := trace.Jit(trace.Vmap(dot, trace.InAxes(0, trace.NoLanes)))
	fmt.Println(rows.Must([]trace.Array{num.Of([][]float32{{1, 2}, {3, 4}}), num.Of([]float32{10, 1})}))
	// Output: [12. 34.]
}

func ExampleGradVars() {
	w := trace.NewParameter(2.0)
	vars := trace.Vars{{Path: "w", Var: w}}
	loss := func(s *trace.Scope, x trace.Array) trace.Array { return num.Square(w.Get(s).Mul(x).Sub(3)) }
	step := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		g := trace.GradVars(loss, vars)(s, x)
		w.Set(s, w.Get(s).Sub(g.Grad[w].Mul(0.25)))
		return g.Value
	})
	fmt.Println(step.Must(num.Of(1.0)), w.Value())
	// Output: 1.0 2.5
}

package autodiff

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Programs with control flow that tests differentiate and batch. Their parameters are floats or integers as the types say.

var (
	scalar = ir.T(dtype.Float64)
	vec    = ir.T(dtype.Float64, 3)
)

type values = []*ir.Value

// body builds a region.
func body(f func(b *ir.Builder, p values) values, params ...ir.Type) *ir.Graph {
	return graphOf(f, params...)
}

func num(b *ir.Builder, like *ir.Value, v float64) *ir.Value { return op.Full(b, like.Type, v) }

// programs by name. Loops have few steps, so that they can be unrolled.
var programs = map[string]func() *ir.Graph{
	"scan of a scalar":                    scalarScan,
	"recurrent network":                   recurrentNetwork,
	"loop without steps":                  func() *ir.Graph { return linearRecurrence(0, false, nil) },
	"loop of one step":                    func() *ir.Graph { return linearRecurrence(1, false, nil) },
	"reverse loop":                        func() *ir.Graph { return linearRecurrence(5, true, nil) },
	"recording every few steps":           func() *ir.Graph { return linearRecurrence(7, false, []int{3, 2}) },
	"recording every few steps backwards": func() *ir.Graph { return linearRecurrence(7, true, []int{2, 4}) },
	"recording more seldom than steps":    func() *ir.Graph { return linearRecurrence(3, false, []int{9, 1}) },
	"tangent appears after some steps":    lateTangent,
	"nested loops":                        nestedLoops,
	"branches in a loop":                  branchesInLoop,
	"invariants in a loop":                invariants,
	"delay buffer":                        delayBuffer,
	"reads of a constant array":           readsOfConst,
	"checkpoint of a step":                checkpointStep,
	"switch with residuals":               switchResiduals,
	"carry of an integer":                 integerCarry,
	"carry passed through":                passedThrough,
	"swapped carries":                     swappedCarries,
	"loop in a branch":                    loopInBranch,
	"surrogate spike":                     surrogateSpikes,
	"custom jvp in a loop":                customJVPInLoop,
	"running maximum":                     runningMaximum,
	"matrix times vector":                 matrixTimesVector,
	"kernel of a convolution":             kernelInLoop,
}

// scalarScan is x = sin(x) + 0.1 w.
func scalarScan() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			return values{op.Add(b, op.Sin(b, p[2]), op.Mul(b, num(b, p[1], 0.1), p[1]))}
		}, indexType, scalar, scalar)
		return op.Loop(b, op.LoopAttrs{Trip: 6, Consts: 1, Carries: 1}, step, p[0], p[1])
	}, scalar, scalar)
}

// recurrentNetwork is h = tanh(h W + x), y = h V.
func recurrentNetwork() *ir.Graph {
	w, h, x := ir.T(dtype.Float64, 3, 3), ir.T(dtype.Float64, 2, 3), ir.T(dtype.Float64, 4, 2, 3)
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			h := op.Tanh(b, op.Add(b, op.MatMul(b, p[3], p[1]), p[4]))
			return values{h, op.MatMul(b, h, p[2])}
		}, indexType, w, w, h, h)
		return op.Loop(b, op.LoopAttrs{Trip: 4, Consts: 2, Carries: 1, Xs: 1}, step, p...)
	}, w, w, h, x)
}

// linearRecurrence has two carries, one xs, and two ys.
func linearRecurrence(trip int, reverse bool, every []int) *ir.Graph {
	xs := ir.T(dtype.Float64, trip, 3)
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			i := op.Spread(b, op.Convert(b, p[0], dtype.Float64), []int{3})
			next := op.Add(b, op.Mul(b, p[1], p[2]), op.Mul(b, p[4], op.Cos(b, p[3])))
			other := op.Sub(b, p[3], op.Mul(b, i, p[2]))
			return values{next, other, op.Mul(b, next, other), op.Exp(b, p[4])}
		}, indexType, vec, vec, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: trip, Consts: 1, Carries: 2, Xs: 1, Reverse: reverse, Every: every}, step, p...)
	}, vec, vec, vec, xs)
}

// lateTangent shifts the const into a chain of carries.
func lateTangent() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			return values{op.Mul(b, p[1], p[1]), op.Sin(b, p[2]), op.Exp(b, p[3]), op.Add(b, p[5], p[4])}
		}, indexType, vec, vec, vec, vec, vec)
		zero := op.Full(b, vec, 0)
		out := op.Loop(b, op.LoopAttrs{Trip: 6, Consts: 1, Carries: 4}, step, p[0], zero, zero, zero, zero)
		return out[3:]
	}, vec)
}

// nestedLoops: the inner loop reads and changes what the outer one carries.
func nestedLoops() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		inner := body(func(b *ir.Builder, p values) values { // index, w, outer state, state, row
			s := op.Add(b, op.Mul(b, op.Sin(b, p[3]), p[1]), op.Mul(b, p[2], p[4]))
			return values{s, op.Mul(b, s, s)}
		}, indexType, vec, vec, vec, vec)
		outer := body(func(b *ir.Builder, p values) values { // index, w, rows, state
			out := op.Loop(b, op.LoopAttrs{Trip: 3, Consts: 2, Carries: 1, Xs: 1, Reverse: true}, inner, p[1], p[3], op.Tanh(b, p[3]), p[2])
			return values{op.Add(b, out[0], op.ReduceSum(b, out[1], 0)), out[1]}
		}, indexType, vec, ir.T(dtype.Float64, 3, 3), vec)
		return op.Loop(b, op.LoopAttrs{Trip: 2, Consts: 2, Carries: 1}, outer, p[0], p[2], p[1])
	}, vec, vec, ir.T(dtype.Float64, 3, 3))
}

// branchesInLoop takes a branch by the index.
func branchesInLoop() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		grow := body(func(b *ir.Builder, p values) values { return values{op.Mul(b, p[0], op.Exp(b, p[1]))} }, vec, vec)
		turn := body(func(b *ir.Builder, p values) values { return values{op.Sin(b, p[1])} }, vec, vec)
		stay := body(func(b *ir.Builder, p values) values { return values{p[1]} }, vec, vec)
		step := body(func(b *ir.Builder, p values) values {
			return op.Switch(b, p[0], []*ir.Graph{grow, turn, stay}, p[1], p[2])
		}, indexType, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 4, Consts: 1, Carries: 1}, step, p...)
	}, vec, vec)
}

// invariants computes things from consts in each step.
func invariants() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			decay := op.Exp(b, op.Neg(b, p[1]))
			return values{op.Add(b, op.Mul(b, decay, p[2]), op.Mul(b, decay, decay))}
		}, indexType, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 4, Consts: 1, Carries: 1}, step, p...)
	}, vec, vec)
}

// delayBuffer writes the state into a ring and reads what was written two steps before.
func delayBuffer() *ir.Graph {
	ring := ir.T(dtype.Float64, 2, 3)
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			zero := op.ScalarInt(b, dtype.Int32, 0)
			at := op.Rem(b, p[0], op.ScalarInt(b, dtype.Int32, 2))
			old := op.Reshape(b, op.DynamicSlice(b, p[3], []int{1, 3}, at, zero), []int{3})
			next := op.Sin(b, op.Add(b, op.Mul(b, p[1], old), p[2]))
			return values{next, op.DynamicUpdateSlice(b, p[3], op.Reshape(b, next, []int{1, 3}), at, zero)}
		}, indexType, vec, vec, ring)
		return op.Loop(b, op.LoopAttrs{Trip: 5, Consts: 1, Carries: 2}, step, p...)
	}, vec, vec, ring)
}

// readsOfConst reads one row of a const a step.
func readsOfConst() *ir.Graph {
	table := ir.T(dtype.Float64, 4, 3)
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			row := op.Take(b, p[1], p[0], 0)
			two := op.Reshape(b, op.DynamicSlice(b, p[1], []int{1, 3}, p[0], op.ScalarInt(b, dtype.Int32, 0)), []int{3})
			return values{op.Add(b, op.Mul(b, row, p[2]), op.Mul(b, two, row))}
		}, indexType, table, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 5, Consts: 1, Carries: 1}, step, p...)
	}, table, vec)
}

// checkpointStep wraps the body of a loop.
func checkpointStep() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		inner := body(func(b *ir.Builder, p values) values {
			return values{op.Sin(b, op.Mul(b, op.Exp(b, p[1]), p[0])), op.Cos(b, p[1])}
		}, vec, vec)
		step := body(func(b *ir.Builder, p values) values {
			return op.Call(b, op.CallAttrs{Name: "step", Kind: op.CallCheckpoint}, []*ir.Graph{inner}, p[1], p[2])
		}, indexType, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 4, Consts: 1, Carries: 1}, step, p...)
	}, vec, vec)
}

// switchResiduals: the branches keep different things.
func switchResiduals() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		first := body(func(b *ir.Builder, p values) values {
			return values{op.Mul(b, op.Exp(b, p[0]), op.Sin(b, p[1])), p[0]}
		}, vec, vec)
		second := body(func(b *ir.Builder, p values) values {
			return values{op.Spread(b, op.ReduceProd(b, op.Tanh(b, p[0]), 0), []int{3}), num(b, p[0], 2)}
		}, vec, vec)
		return op.Switch(b, p[0], []*ir.Graph{first, second}, p[1], p[2])
	}, indexType, vec, vec)
}

// integerCarry counts beside a float.
func integerCarry() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			n := op.Add(b, p[2], op.ScalarInt(b, dtype.Int32, 2))
			f := op.Spread(b, op.Convert(b, p[2], dtype.Float64), []int{3})
			return values{n, op.Mul(b, op.Sin(b, p[3]), op.Add(b, f, p[1]))}
		}, indexType, vec, indexType, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 4, Consts: 1, Carries: 2}, step, p...)
	}, vec, indexType, vec)
}

// passedThrough has a carry that no step changes, one that forgets its past, and an unused one.
func passedThrough() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			return values{p[2], op.Mul(b, p[1], p[2]), op.Exp(b, p[4]), op.Mul(b, p[2], p[3])}
		}, indexType, vec, vec, vec, vec)
		out := op.Loop(b, op.LoopAttrs{Trip: 3, Consts: 1, Carries: 3}, step, p...)
		return values{out[0], out[3], out[1]}
	}, vec, vec, vec, vec)
}

func swappedCarries() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values { return values{p[2], op.Sin(b, p[1])} }, indexType, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 3, Carries: 2}, step, p...)
	}, vec, vec)
}

// loopInBranch returns the state of a loop, or the operand.
func loopInBranch() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		yes := body(func(b *ir.Builder, p values) values {
			step := body(func(b *ir.Builder, p values) values { return values{op.Sin(b, op.Mul(b, p[1], p[2]))} }, indexType, vec, vec)
			return op.Loop(b, op.LoopAttrs{Trip: 3, Consts: 1, Carries: 1}, step, p[0], p[1])
		}, vec, vec)
		no := body(func(b *ir.Builder, p values) values { return values{op.Mul(b, p[0], p[1])} }, vec, vec)
		return op.Switch(b, p[0], []*ir.Graph{no, yes}, p[1], p[2])
	}, indexType, vec, vec)
}

// spike is a step function with a custom reverse rule, ct / (1 + |x|)^2.
func spike(b *ir.Builder, x *ir.Value) *ir.Value {
	t := x.Type
	step := func(b *ir.Builder, x *ir.Value) *ir.Value {
		return op.Convert(b, op.Gt(b, x, num(b, x, 0)), t.DType)
	}
	primal := body(func(b *ir.Builder, p values) values { return values{step(b, p[0])} }, t)
	forward := body(func(b *ir.Builder, p values) values { return values{step(b, p[0]), p[0]} }, t)
	backward := body(func(b *ir.Builder, p values) values {
		d := op.Add(b, num(b, p[0], 1), op.Abs(b, p[0]))
		return values{op.Div(b, p[1], op.Mul(b, d, d))}
	}, t, t)
	return op.Call(b, op.CallAttrs{Name: "spike", Kind: op.CallCustomVJP}, []*ir.Graph{primal, forward, backward}, x)[0]
}

// surrogateSpikes is a leaky neuron with a surrogate gradient.
func surrogateSpikes() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values { // index, w, v, s, x
			v := op.Add(b, op.Mul(b, num(b, p[2], 0.9), op.Mul(b, p[2], op.Sub(b, num(b, p[3], 1), p[3]))), op.Mul(b, p[1], p[4]))
			s := spike(b, op.Sub(b, v, num(b, v, 0.5)))
			return values{v, s, s}
		}, indexType, vec, vec, vec, vec)
		zero := op.Full(b, vec, 0)
		return op.Loop(b, op.LoopAttrs{Trip: 5, Consts: 1, Carries: 2, Xs: 1}, step, p[0], zero, zero, p[1])[2:]
	}, vec, ir.T(dtype.Float64, 5, 3))
}

// twiceSine is sin with twice its derivative, computed by a loop in the rule.
func twiceSine(b *ir.Builder, x *ir.Value) *ir.Value {
	t := x.Type
	primal := body(func(b *ir.Builder, p values) values { return values{op.Sin(b, p[0])} }, t)
	rule := body(func(b *ir.Builder, p values) values {
		out := op.Loop(b, op.LoopAttrs{Trip: 2, Consts: 1, Carries: 2}, body(func(b *ir.Builder, p values) values { // const: tangent
			return values{op.Add(b, p[2], op.Mul(b, p[1], p[3])), p[3]}
		}, indexType, t, t, t), p[1], num(b, p[0], 0), op.Cos(b, p[0]))
		return values{op.Sin(b, p[0]), out[0]}
	}, t, t)
	return op.Call(b, op.CallAttrs{Name: "sine", Kind: op.CallCustomJVP}, []*ir.Graph{primal, rule}, x)[0]
}

func customJVPInLoop() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values { return values{op.Mul(b, p[1], twiceSine(b, p[2]))} }, indexType, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 3, Consts: 1, Carries: 1}, step, p...)
	}, vec, vec)
}

// runningMaximum selects.
func runningMaximum() *ir.Graph {
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			m := op.Max(b, p[1], p[2])
			return values{m, op.Select(b, op.Gt(b, p[2], p[1]), op.Exp(b, p[2]), m)}
		}, indexType, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 4, Carries: 1, Xs: 1}, step, p...)
	}, vec, ir.T(dtype.Float64, 4, 3))
}

// matrixTimesVector multiplies a state from the left, by a matrix that it uses twice, and the other way around.
func matrixTimesVector() *ir.Graph {
	w := ir.T(dtype.Float64, 3, 3)
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			y := op.MatMul(b, p[1], op.Tanh(b, p[2]))
			return values{op.Sin(b, op.Add(b, op.MatMul(b, p[1], y), p[3])), op.MatMul(b, y, p[1])}
		}, indexType, w, vec, vec)
		return op.Loop(b, op.LoopAttrs{Trip: 4, Consts: 1, Carries: 1, Xs: 1, Reverse: true}, step, p...)
	}, w, vec, ir.T(dtype.Float64, 4, 3))
}

// kernelInLoop convolves the state with a large kernel.
func kernelInLoop() *ir.Graph {
	image, kernel := ir.T(dtype.Float64, 1, 1, 2), ir.T(dtype.Float64, 3, 1, 2)
	return graphOf(func(b *ir.Builder, p values) values {
		step := body(func(b *ir.Builder, p values) values {
			attrs := op.ConvAttrs{InputFeature: 1, InputSpatial: []int{2}, KernelInput: 1, KernelSpatial: []int{2}, OutputFeature: 1, OutputSpatial: []int{2}, PadLow: []int{1}}
			y := op.Conv(b, p[2], p[1], attrs)
			return values{op.Sin(b, op.Reshape(b, op.ReduceSum(b, y, 1), []int{1, 1, 2}))}
		}, indexType, kernel, image)
		return op.Loop(b, op.LoopAttrs{Trip: 3, Consts: 1, Carries: 1}, step, p...)
	}, kernel, image)
}

package rand

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Categorical returns indices along axis of logits, drawn with probabilities softmax(logits), one for each line; a shape in front asks
// for that many of each. Indices are of the default integer type.
func Categorical(key, logits Array, axis int, shape ...int) Array {
	const name = "categorical"
	x := trace.PromoteFloat(name, logits)[0]
	axis = trace.AxisIndex(name, axis, x.Rank())
	noise := gumbel(key, x.DType(), slices.Concat(shape, x.Shape()))
	return noise.Add(x).ArgMax(axis + len(shape))
}

// Rademacher returns -1 or 1 with equal probability, in the default float type.
func Rademacher(key Array, shape ...int) Array {
	return num.Where(Bernoulli(key, 0.5, shape...), trace.Full(dtype.DefaultFloat(), 1), -1)
}

// Geometric returns how many trials of success probability p it takes to the first success (1 or more), in the default integer type.
func Geometric(key Array, p any, shape ...int) Array {
	return inverted("geometric", key, p, shape, func(u, p Array) Array {
		return num.Maximum(num.Floor(num.Log(u).Div(num.Log1p(p.Neg()))).Add(1), 1)
	}).AsType(dtype.DefaultInt())
}

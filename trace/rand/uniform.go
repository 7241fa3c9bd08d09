package rand

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// floatFormat describes how random bits become a float of [1, 2): how many bits to draw, how many the mantissa takes, and the
// pattern of 1.
type floatFormat struct {
	draw, bits dtype.DType
	mantissa   int
	one        uint64
}

var floatFormats = map[dtype.DType]floatFormat{
	dtype.Float16:  {dtype.Uint16, dtype.Uint16, 10, 0x3c00},
	dtype.BFloat16: {dtype.Uint8, dtype.Uint16, 7, 0x3f80},
	dtype.Float32:  {dtype.Uint32, dtype.Uint32, 23, 0x3f800000},
	dtype.Float64:  {dtype.Uint64, dtype.Uint64, 52, 0x3ff0000000000000},
}

// unit returns uniform numbers of [0, 1) in equal steps of 2^-mantissa.
func unit(name string, key Array, dt dtype.DType, shape []int) Array {
	f, ok := floatFormats[dt]
	if !ok {
		trace.Fail(name, "dtype", dt.Name(), "a real float type", "")
	}
	bits := Bits(key, f.draw, shape...).Shr(f.draw.Bits() - f.mantissa).AsType(f.bits)
	bits = bits.Or(trace.FromTensor(tensor.Scalar(f.one)).AsType(f.bits))
	one := trace.Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Bitcast(b, in[0], dt) }, bits)
	return one.Sub(1)
}

// Uniform returns numbers that are uniform on [lo, hi). lo and hi are Go numbers or Arrays that broadcast to the shape; without a shape
// they give it.
func Uniform(key Array, lo, hi any, shape ...int) Array {
	const name = "uniform"
	in := trace.PromoteFloat(name, lo, hi)
	shape = broadcastShape(name, shape, in...)
	u := unit(name, key, in[0].DType(), shape)
	// Rounded once, as XLA does it on CPUs.
	x := trace.Elementwise(name, func(b *ir.Builder, vs []*ir.Value) *ir.Value { return op.FMA(b, vs[0], vs[1], vs[2]) }, u, in[1].Sub(in[0]), in[0])
	return num.Maximum(in[0], x)
}

// Randint returns integers that are uniform on lo, ..., hi-1, of the dtype of lo and hi (Go ints or integer Arrays). Where hi <= lo the
// result is lo. Each draw takes twice the bits of the type (of int32 for narrower ones), so the bias is negligible.
func Randint(key Array, lo, hi any, shape ...int) Array {
	const name = "randint"
	in := trace.Promote(name, lo, hi)
	from, to, dt := in[0], in[1], in[0].DType()
	if !dt.IsInt() {
		trace.Fail(name, "range", dt.Name(), "integers", "")
	}
	shape = broadcastShape(name, shape, in...)
	if dt.Size() < 4 {
		return Randint(key, from.AsType(dtype.Int32), to.AsType(dtype.Int32), shape...).AsType(dt)
	}
	unsigned := dtype.Uint32
	if dt.Size() == 8 {
		unsigned = dtype.Uint64
	}
	span := num.Where(to.Le(from), 1, to.Sub(from).AsType(unsigned))
	high, low := Split2(key)
	// 2^bits mod span, by the product of two halves; then (high 2^bits + low) mod span.
	half := num.Fmod(trace.Full(unsigned, uint64(1)<<(unsigned.Bits()/2)), span)
	factor := num.Fmod(half.Mul(half), span)
	offset := num.Fmod(Bits(high, unsigned, shape...), span).Mul(factor).Add(num.Fmod(Bits(low, unsigned, shape...), span))
	return from.Add(num.Fmod(offset, span).AsType(dt))
}

// Bernoulli returns true with probability p, a Go number or an Array that broadcasts to the shape.
func Bernoulli(key Array, p any, shape ...int) Array {
	prob := trace.PromoteFloat("bernoulli", p)[0]
	shape = broadcastShape("bernoulli", shape, prob)
	return unit("bernoulli", key, prob.DType(), shape).Lt(prob)
}

// Permutation returns the rows of x in random order; a Go int n stands for the numbers 0 to n-1.
func Permutation(key Array, x any) Array {
	rows, isCount := population("permutation", x)
	if !isCount && rows.Rank() > 1 {
		order := shuffled(key, trace.Range(rows.Dim(0)))
		return rows.Take(order, 0)
	}
	return shuffled(key, rows)
}

// population reads an Array with rows, or a Go int as a range.
func population(name string, x any) (rows Array, isCount bool) {
	switch x := x.(type) {
	case int:
		return trace.Range(x), true
	case Array:
		if x.Rank() > 0 {
			return x, false
		}
	}
	trace.Fail(name, "population", fmt.Sprintf("a %T", x), "an Array with rows or a Go int", "")
	panic("unreachable")
}

// shuffled sorts a vector by random keys, again and again until equal keys no longer matter: the method and the number of rounds of
// JAX and TensorFlow.
func shuffled(key, x Array) Array {
	const exponent = 3
	rounds := int(math.Ceil(exponent * math.Log(float64(max(1, x.Size()))) / math.Log(math.MaxUint32)))
	for range rounds {
		var sub Array
		key, sub = Split2(key)
		x = num.SortBy(Bits(sub, dtype.Uint32, x.Size()), 0, x)[0]
	}
	return x
}

// Choice draws rows of a population (an Array, or a Go int n for 0 to n-1) with replacement, each with the same probability.
func Choice(key Array, from any, shape ...int) Array {
	rows, _ := population("choice", from)
	return rows.Take(Randint(key, trace.Full(dtype.DefaultInt(), 0), rows.Dim(0), shape...), 0)
}

// ChoiceWeighted draws rows with replacement, with probabilities in proportion to p, a vector with an entry for each row.
func ChoiceWeighted(key Array, from any, p Array, shape ...int) Array {
	rows, _ := population("choice weighted", from)
	weights := trace.PromoteFloat("choice weighted", p)[0]
	if weights.Rank() != 1 || weights.Size() != rows.Dim(0) || weights.Size() == 0 {
		trace.Fail("choice weighted", "p", weights.Type().String(), fmt.Sprintf("a vector of %d, one for each row", rows.Dim(0)), "")
	}
	total := num.CumSum(weights, 0)
	draw := trace.AsArray("choice weighted", 1).AsType(weights.DType()).Sub(unit("choice weighted", key, weights.DType(), shape)).Mul(total.At(-1))
	return rows.Take(num.SearchSorted(total, draw, false), 0)
}

// Sample draws n different rows.
func Sample(key Array, from any, n int) Array {
	rows, _ := population("sample", from)
	if n < 0 || n > rows.Dim(0) {
		trace.Fail("sample", "n", fmt.Sprint(n), fmt.Sprintf("0 to the %d rows", rows.Dim(0)), "use Choice to draw with replacement")
	}
	return Permutation(key, from).Slice(0, n)
}

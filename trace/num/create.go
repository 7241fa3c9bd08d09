package num

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// Zeros returns an array of zeros of the default float type. It takes no memory until its numbers are needed, and AsType of it is free.
func Zeros(shape ...int) Array { return trace.Full(dtype.DefaultFloat(), 0, shape...) }

// Ones returns an array of ones of the default float type.
func Ones(shape ...int) Array { return trace.Full(dtype.DefaultFloat(), 1, shape...) }

// Full returns an array with the same number everywhere: a Go number, in the default type of its kind, or a scalar Array in its own.
func Full(value any, shape ...int) Array {
	a := trace.AsArray("full", value)
	return trace.Full(a.DType(), value, shape...)
}

// ZerosLike returns zeros of x's shape and dtype.
func ZerosLike(x Array) Array { return trace.Full(x.DType(), 0, x.Shape()...) }

// OnesLike returns ones of x's shape and dtype.
func OnesLike(x Array) Array { return trace.Full(x.DType(), 1, x.Shape()...) }

// FullLike returns an array of x's shape and dtype with the same number everywhere.
func FullLike(x Array, value any) Array { return trace.Full(x.DType(), value, x.Shape()...) }

// Arange counts: Arange(stop), Arange(start, stop) or Arange(start, stop, step). Ints give integers, floats give floats. Element i
// is start + i step, rounded once.
func Arange(args ...any) Array {
	bounds := [3]float64{0, 0, 1}
	switch len(args) {
	case 1:
		bounds[1] = number("arange", "stop", args[0])
	case 2, 3:
		for i, name := range []string{"start", "stop", "step"}[:len(args)] {
			bounds[i] = number("arange", name, args[i])
		}
	default:
		trace.Fail("arange", "arguments", fmt.Sprint(len(args)), "stop, or start and stop, or start, stop and step", "")
	}
	start, stop, step := bounds[0], bounds[1], bounds[2]
	if step == 0 || math.IsNaN((stop-start)/step) || math.Abs((stop-start)/step) > math.MaxInt32 {
		trace.Fail("arange", "", fmt.Sprintf("start %v, stop %v, step %v", start, stop, step), "a step that reaches stop in fewer than 2^31 steps", "")
	}
	dt := dtype.DefaultInt()
	for _, a := range args {
		if _, isInt := a.(int); !isInt {
			dt = dtype.DefaultFloat()
		}
	}
	n := max(int(math.Ceil((stop-start)/step)), 0)
	if start == 0 && step == 1 {
		return trace.Iota(dt, 0, n)
	}
	return sequence("arange", dt, n, func(i int) float64 { return start + float64(float64(i)*step) })
}

// number reads a Go number that must be known while building.
func number(op, arg string, x any) float64 {
	if _, isArray := x.(Array); isArray {
		trace.Fail(op, arg, "an Array", "a Go number: the length of the result depends on it", "")
	}
	return trace.AsArray(op, x).AsType(dtype.Float64).Float()
}

// sequence returns the vector of f(0), ..., f(n-1).
func sequence(op string, dt dtype.DType, n int, f func(i int) float64) Array {
	checkLength(op, n)
	values := make([]float64, n)
	for i := range values {
		values[i] = f(i)
	}
	return FromTensor(tensor.Of(values...).AsType(dt))
}

// checkLength refuses lists of numbers that are longer than memory, before Go ends the process for them.
func checkLength(op string, n int) {
	if most := tensor.Limit() / 8; int64(n) > most {
		trace.Fail(op, "", fmt.Sprintf("%d elements", n), fmt.Sprintf("at most %d, which the memory limit allows", most), "see tensor.SetLimit")
	}
}

// Linspace returns n numbers from start to stop, both included, in the default float type.
func Linspace(start, stop float64, n int) Array {
	if n < 0 {
		trace.Fail("linspace", "n", fmt.Sprint(n), "0 or more", "")
	}
	step := (stop - start) / float64(max(n-1, 1))
	return sequence("linspace", dtype.DefaultFloat(), n, func(i int) float64 {
		if i == n-1 && n > 1 {
			return stop
		}
		return start + float64(float64(i)*step)
	})
}

// Logspace returns n numbers from base^start to base^stop, both included, in equal ratios.
func Logspace(start, stop float64, n int, base float64) Array {
	exponents := Linspace(start, stop, n).AsType(dtype.Float64).Floats()
	return sequence("logspace", dtype.DefaultFloat(), n, func(i int) float64 { return math.Pow(base, exponents[i]) })
}

// Eye returns the matrix of n rows and m columns (n if m is left out) with ones on diagonal k=0 and zeros elsewhere.
func Eye(n int, m ...int) Array {
	columns := n
	if len(m) > 0 {
		columns = m[0]
	}
	return diagonalMask(n, columns, 0).AsType(dtype.DefaultFloat())
}

// diagonalMask is true on diagonal k: where column - row = k.
func diagonalMask(n, m, k int) Array {
	return trace.Iota(dtype.Int32, 1, n, m).Sub(trace.Iota(dtype.Int32, 0, n, m)).Eq(k)
}

// Tri returns the n by m matrix with ones where column - row <= k and zeros elsewhere.
func Tri(n, m, k int) Array {
	return trace.Iota(dtype.Int32, 1, n, m).Sub(trace.Iota(dtype.Int32, 0, n, m)).Le(k).AsType(dtype.DefaultFloat())
}

// Tril returns x with zeros above diagonal k of its last two axes.
func Tril(x Array, k int) Array {
	return trace.Where(lastTwo("tril", x, func(n, m int) Array { return Tri(n, m, k) }), x, ZerosLike(x))
}

// Triu returns x with zeros below diagonal k of its last two axes.
func Triu(x Array, k int) Array {
	return trace.Where(lastTwo("triu", x, func(n, m int) Array { return Tri(n, m, k-1) }), ZerosLike(x), x)
}

func lastTwo(op string, x Array, f func(n, m int) Array) Array {
	if x.Rank() < 2 {
		trace.Fail(op, "", "shape "+tensor.ShapeString(x.Shape()), "at least two axes", "")
	}
	return f(x.Dim(-2), x.Dim(-1))
}

// Diag returns the square matrix with vector x on diagonal k, or diagonal k of matrix x.
func Diag(x Array, k int) Array {
	switch x.Rank() {
	case 1:
		n := x.Size() + max(k, -k)
		column := Pad(x, [][2]int{{max(-k, 0), max(k, 0)}}, 0) // x[i] in row i - min(k, 0)
		return trace.Where(diagonalMask(n, n, k), column.ExpandDims(1), ZerosLike(column).ExpandDims(1))
	case 2:
		return Diagonal(x, k)
	}
	trace.Fail("diag", "", "shape "+tensor.ShapeString(x.Shape()), "a vector or a matrix", "")
	panic("unreachable")
}

// Diagonal returns diagonal k of the last two axes.
func Diagonal(x Array, k int) Array {
	var n int
	lastTwo("diagonal", x, func(rows, columns int) Array {
		n = max(min(rows+min(k, 0), columns-max(k, 0)), 0)
		return x
	})
	i := trace.Iota(dtype.Int32, 0, n)
	return x.At(trace.Rest, i.Add(max(-k, 0)), i.Add(max(k, 0)))
}

// Meshgrid returns, for vectors, arrays of shape (len(x0), len(x1), ...): result i repeats xi along all axes but i ("ij" indexing).
func Meshgrid(xs ...Array) []Array {
	shape := make([]int, len(xs))
	for i, x := range xs {
		if x.Rank() != 1 {
			trace.Fail("meshgrid", fmt.Sprintf("argument %d", i), "shape "+tensor.ShapeString(x.Shape()), "a vector", "")
		}
		shape[i] = x.Size()
	}
	out := make([]Array, len(xs))
	for i, x := range xs {
		own := make([]int, len(xs))
		for k := range own {
			own[k] = 1
		}
		own[i] = x.Size()
		out[i] = x.Reshape(own...).BroadcastTo(shape...)
	}
	return out
}

package num

import (
	"fmt"

	"github.com/ranvier-go/ranvier/trace"
)

// Diff returns the n-th differences of neighbours along axis.
func Diff(x Array, n, axis int) Array {
	if n < 0 {
		trace.Fail("diff", "n", fmt.Sprint(n), "0 or more", "")
	}
	for range n {
		size := x.Dim(axis)
		if size == 0 {
			return x
		}
		after, before := sliceAxis(x, axis, 1, size), sliceAxis(x, axis, 0, size-1)
		if x.DType().IsBool() {
			x = after.Ne(before)
		} else {
			x = after.Sub(before)
		}
	}
	return x
}

// Interp returns the piecewise linear function through the points (xp, fp), xp ascending, at x; beyond the ends it is constant.
func Interp(x any, xp, fp Array) Array {
	in := trace.PromoteFloat("interp", x, xp, fp)
	at, knots, values := in[0], in[1], in[2]
	n := knots.Size()
	if knots.Rank() != 1 || !sameShape(knots, values) || n == 0 {
		trace.Fail("interp", "points", fmt.Sprintf("shapes %v and %v", knots.Shape(), values.Shape()), "two vectors of one length, not empty", "")
	}
	i := Clip(SearchSorted(knots, at, true), 1, max(n-1, 1))
	hi := Minimum(i, n-1)
	x0, x1 := knots.Take(i.Sub(1), 0), knots.Take(hi, 0)
	y0, y1 := values.Take(i.Sub(1), 0), values.Take(hi, 0)
	width := x1.Sub(x0)
	flat := width.Eq(0)
	y := y0.Add(at.Sub(x0).Mul(y1.Sub(y0).Div(trace.Where(flat, 1, width))))
	y = trace.Where(flat, y0, y)
	y = trace.Where(at.Lt(knots.At(0)), values.At(0), y)
	return trace.Where(at.Gt(knots.At(-1)), values.At(-1), y)
}

// Trapezoid returns the integral of y by the trapezoidal rule along axis, for samples at distance dx.
func Trapezoid(y Array, dx any, axis int) Array {
	n := y.Dim(axis)
	if n == 0 {
		return y.Sum(axis)
	}
	return sliceAxis(y, axis, 1, n).Add(sliceAxis(y, axis, 0, n-1)).Mul(dx).Mul(0.5).Sum(axis)
}

// Gradient returns the derivative of samples at distance dx along axis: central differences, one-sided at the ends.
func Gradient(y Array, dx any, axis int) Array {
	n := y.Dim(axis)
	if n < 2 {
		trace.Fail("gradient", "", fmt.Sprintf("extent %d", n), "at least 2 along the axis", "")
	}
	first := sliceAxis(y, axis, 1, 2).Sub(sliceAxis(y, axis, 0, 1))
	last := sliceAxis(y, axis, n-1, n).Sub(sliceAxis(y, axis, n-2, n-1))
	middle := sliceAxis(y, axis, 2, n).Sub(sliceAxis(y, axis, 0, n-2)).Mul(0.5)
	return Concatenate([]Array{first, middle, last}, axis).Div(dx)
}

// Polyval returns the polynomial with the coefficients (highest power first) at x.
func Polyval(coefficients []float64, x Array) Array {
	y := ZerosLike(trace.PromoteFloat("polyval", x)[0])
	for _, c := range coefficients {
		y = y.Mul(x).Add(c)
	}
	return y
}

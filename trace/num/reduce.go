package num

import (
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
)

// Folds take the axes last; none means all. The Keep forms leave folded axes in place with extent 1, ready to broadcast.

func defaultFloat() dtype.DType { return dtype.DefaultFloat() }

func sameShape(x, y Array) bool { return slices.Equal(x.Shape(), y.Shape()) }

// Sum returns the sum of the elements; see Array.Sum.
func Sum(x Array, axes ...int) Array { return x.Sum(axes...) }

// Prod returns the product of the elements.
func Prod(x Array, axes ...int) Array { return x.Prod(axes...) }

// Mean returns the mean of the elements.
func Mean(x Array, axes ...int) Array { return x.Mean(axes...) }

// Max returns the largest element.
func Max(x Array, axes ...int) Array { return x.Max(axes...) }

// Min returns the smallest element.
func Min(x Array, axes ...int) Array { return x.Min(axes...) }

// Any reports whether any element is not zero.
func Any(x Array, axes ...int) Array { return x.Any(axes...) }

// All reports whether all elements are not zero.
func All(x Array, axes ...int) Array { return x.All(axes...) }

// ArgMax returns the first index of the largest element along an axis; see Array.ArgMax.
func ArgMax(x Array, axis ...int) Array { return x.ArgMax(axis...) }

// ArgMin returns the first index of the smallest element along an axis.
func ArgMin(x Array, axis ...int) Array { return x.ArgMin(axis...) }

// keep runs a fold and puts the folded axes back with extent 1.
func keep(x Array, axes []int, fold func(axes ...int) Array) Array {
	shape := x.Shape()
	r := fold(axes...)
	if len(axes) == 0 {
		for i := range shape {
			shape[i] = 1
		}
	}
	for _, axis := range axes {
		shape[trace.AxisIndex("keep", axis, len(shape))] = 1
	}
	return r.Reshape(shape...)
}

// dropKept removes axes that keep left.
func dropKept(x Array, axes []int) Array {
	if len(axes) == 0 {
		return x.Reshape()
	}
	return x.Squeeze(axes...)
}

// SumKeep is Sum that keeps the axes with extent 1.
func SumKeep(x Array, axes ...int) Array { return keep(x, axes, x.Sum) }

// MeanKeep is Mean that keeps the axes with extent 1.
func MeanKeep(x Array, axes ...int) Array { return keep(x, axes, x.Mean) }

// MaxKeep is Max that keeps the axes with extent 1.
func MaxKeep(x Array, axes ...int) Array { return keep(x, axes, x.Max) }

// MinKeep is Min that keeps the axes with extent 1.
func MinKeep(x Array, axes ...int) Array { return keep(x, axes, x.Min) }

// Var returns the variance: the mean of |x - mean|^2.
func Var(x Array, axes ...int) Array { return VarDDof(x, 0, axes...) }

// VarDDof is Var with the sum divided by n - ddof; 1 gives the unbiased estimate.
func VarDDof(x Array, ddof float64, axes ...int) Array {
	mean := MeanKeep(x, axes...)
	centered := x.Sub(mean)
	square := Square(centered)
	if centered.DType().IsComplex() {
		square = Square(Real(centered)).Add(Square(Imag(centered)))
	}
	n := x.Size() / max(mean.Size(), 1)
	return square.Sum(axes...).Div(float64(n) - ddof)
}

// Std returns the standard deviation, the root of Var.
func Std(x Array, axes ...int) Array { return Sqrt(Var(x, axes...)) }

// StdDDof is the root of VarDDof.
func StdDDof(x Array, ddof float64, axes ...int) Array { return Sqrt(VarDDof(x, ddof, axes...)) }

// CountNonzero returns the number of elements that are not zero.
func CountNonzero(x Array, axes ...int) Array { return x.Ne(0).Sum(axes...) }

// Ptp returns the largest element less the smallest.
func Ptp(x Array, axes ...int) Array { return x.Max(axes...).Sub(x.Min(axes...)) }

// Average returns the mean weighted by weights, which have x's shape or are a vector along the single axis.
func Average(x, weights Array, axes ...int) Array {
	w := weights
	if w.Rank() == 1 && x.Rank() > 1 && len(axes) == 1 {
		shape := make([]int, x.Rank())
		for i := range shape {
			shape[i] = 1
		}
		shape[trace.AxisIndex("average", axes[0], x.Rank())] = w.Size()
		w = w.Reshape(shape...)
	}
	return x.Mul(w).Sum(axes...).Div(w.BroadcastTo(x.Shape()...).Sum(axes...))
}

// NaNSum is Sum with NaN taken as 0.
func NaNSum(x Array, axes ...int) Array { return trace.Where(IsNaN(x), 0, x).Sum(axes...) }

// NaNMean is the mean of the elements that are not NaN.
func NaNMean(x Array, axes ...int) Array {
	return NaNSum(x, axes...).Div(IsNaN(x).Not().Sum(axes...))
}

// Median returns the median along an axis, or of all elements if none is given: the middle element, or the mean of the two middle ones.
func Median(x Array, axis ...int) Array { return Quantile(x, 0.5, axis...) }

// Quantile returns the q-quantile (q from 0 to 1) along an axis, or of all elements: linear between the two nearest elements.
func Quantile(x Array, q float64, axis ...int) Array {
	if len(axis) > 1 || q < 0 || q > 1 {
		trace.Fail("quantile", "", fmt.Sprintf("q %v, axes %v", q, axis), "q from 0 to 1 and at most one axis", "")
	}
	along := -1
	if len(axis) == 0 {
		x = x.Ravel()
	} else {
		along = axis[0]
	}
	n := x.Dim(along)
	if n == 0 {
		trace.Fail("quantile", "", "no elements along the axis", "at least one", "")
	}
	sorted := Sort(trace.PromoteFloat("quantile", x)[0], along)
	place := q * float64(n-1)
	lower := int(place)
	lo, hi := sorted.Take(lower, along), sorted.Take(min(lower+1, n-1), along)
	value := lo.Add(hi.Sub(lo).Mul(place - float64(lower)))
	nan := IsNaN(sorted.Take(n-1, along)) // NaN sorts last
	return trace.Where(nan, math.NaN(), value)
}

package num

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/trace"
)

// cumulative runs a running fold along an axis.
func cumulative(name string, x Array, axis int, f func(b *ir.Builder, x *ir.Value, axis int, reverse bool) *ir.Value) Array {
	axis = trace.AxisIndex(name, axis, x.Rank())
	return trace.Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return f(b, in[0], axis, false) }, x)
}

// countable takes bools and narrow integers to the default integer type, as sums do.
func countable(x Array) Array { return x.AsType(trace.SumType(x)) }

// CumSum returns the sums up to and including each element along axis.
func CumSum(x Array, axis int) Array { return cumulative("cumsum", countable(x), axis, op.CumSum) }

// CumProd returns the products up to and including each element along axis.
func CumProd(x Array, axis int) Array { return cumulative("cumprod", countable(x), axis, op.CumProd) }

// CumMax returns the largest element so far along axis.
func CumMax(x Array, axis int) Array { return cumulative("cummax", x, axis, op.CumMax) }

// CumMin returns the smallest element so far along axis.
func CumMin(x Array, axis int) Array { return cumulative("cummin", x, axis, op.CumMin) }

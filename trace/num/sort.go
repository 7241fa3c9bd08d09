package num

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/trace"
)

// sortKey makes NaN the largest number whatever its sign bit.
func sortKey(x Array) Array {
	if !x.DType().IsFloat() {
		return x
	}
	return trace.Where(IsNaN(x), math.NaN(), x)
}

func sortWith(name string, axis int, descending bool, operands ...Array) []Array {
	axis = trace.AxisIndex(name, axis, operands[0].Rank())
	return trace.Record(name, func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		return op.Sort(b, axis, 1, []bool{descending}, true, in...)
	}, operands...)
}

// Sort returns the elements in ascending order along axis; NaN comes last.
func Sort(x Array, axis int) Array { return sortWith("sort", axis, false, sortKey(x))[0] }

// ArgSort returns the indices that sort x along axis; equal elements keep their order.
func ArgSort(x Array, axis int) Array {
	key := sortKey(x)
	if key.DType().IsFloat() {
		key = key.Add(0.0) // -0 and 0 are equal
	}
	along := trace.AxisIndex("argsort", axis, x.Rank())
	places := trace.Iota(dtype.DefaultInt(), along, x.Shape()...)
	return sortWith("argsort", axis, false, key, places)[1]
}

// SortBy returns the other arrays, of key's shape, in the order that sorts key along axis.
func SortBy(key Array, axis int, others ...Array) []Array {
	return sortWith("sort by", axis, false, append([]Array{sortKey(key)}, others...)...)[1:]
}

// TopK returns the k largest elements along the last axis in descending order, and their indices (int32). Of equal elements
// the first come first.
func TopK(x Array, k int) (values, indices Array) {
	if x.Rank() == 0 || k < 0 || k > x.Dim(-1) {
		trace.Fail("top k", "k", fmt.Sprintf("%d for shape %v", k, x.Shape()), "0 to the extent of the last axis", "")
	}
	sorted := sortWith("top k", -1, true, sortKey(x), trace.Iota(dtype.Int32, x.Rank()-1, x.Shape()...))
	part := func(a Array) Array { return sliceAxis(a, -1, 0, k) }
	return part(sorted[0]), part(sorted[1])
}

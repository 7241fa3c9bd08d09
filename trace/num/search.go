package num

import (
	"fmt"
	"math/bits"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// SearchSorted returns, for each element v of values, where it belongs in the ascending vector sorted: the number of elements less
// than v, or with right the number of elements not greater than v (int32).
func SearchSorted(sorted Array, values any, right bool) Array {
	in := trace.Promote("search sorted", sorted, values)
	keys, v := in[0], in[1]
	if keys.Rank() != 1 {
		trace.Fail("search sorted", "sorted", "shape "+tensor.ShapeString(keys.Shape()), "a vector", "")
	}
	n := keys.Size()
	place := trace.Full(dtype.Int32, 0, v.Shape()...)
	if n == 0 {
		return place
	}
	// Binary search for the count: add each power of two as long as the element before that place is still in front of v.
	for step := 1 << (bits.Len(uint(n)) - 1); step > 0; step /= 2 {
		next := place.Add(step)
		at := keys.Take(Minimum(next.Sub(1), n-1), 0)
		before := at.Lt(v)
		if right {
			before = at.Le(v)
		}
		place = trace.Where(next.Le(n).And(before), next, place)
	}
	return place
}

// Digitize returns the index of the bin of each element: i where bins[i-1] <= x < bins[i]; bins ascend.
func Digitize(x any, bins Array) Array { return SearchSorted(bins, x, true) }

// Bincount counts how often each of the integers 0 to n-1 occurs in x; others are ignored.
func Bincount(x Array, n int) Array { return BincountWeighted(x, trace.Full(dtype.DefaultInt(), 1), n) }

// BincountWeighted adds up the weights of the places where x is 0, 1, ..., n-1.
func BincountWeighted(x, weights Array, n int) Array {
	if n < 0 {
		trace.Fail("bincount", "n", fmt.Sprint(n), "0 or more", "")
	}
	x = x.Ravel()
	valid := trace.Where(x.Lt(0), n, x) // a place out of range is left out
	w := weights
	if w.Rank() > 0 {
		w = w.Ravel()
	}
	return trace.Full(w.DType(), 0, n).AddAt(w.BroadcastTo(x.Size()), valid)
}

// Histogram counts the elements of x in n equal bins from lo to hi; the last bin includes hi. It returns the counts and the n+1 edges.
func Histogram(x Array, n int, lo, hi float64) (counts, edges Array) {
	if n < 1 || !(lo < hi) {
		trace.Fail("histogram", "bins", fmt.Sprintf("%d from %v to %v", n, lo, hi), "1 or more, and lo < hi", "")
	}
	edges = Linspace(lo, hi, n+1)
	x = x.Ravel()
	bin := SearchSorted(edges, x, true).Sub(1)
	bin = trace.Where(x.Eq(hi), n-1, bin)
	return Bincount(bin, n), edges
}

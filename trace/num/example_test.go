package num_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Making arrays.
func Example_create() {
	fmt.Println(num.Of([][]int{{1, 2}, {3, 4}}))
	fmt.Println(num.Arange(2, 10, 3), num.Arange(0, 1, 0.25), num.Linspace(0, 1, 5))
	fmt.Println(num.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3))
	fmt.Println(num.Eye(2), num.Full(7, 2), num.Tril(num.Ones(2, 2), 0))
	// Output:
	// [[1 2]
	//  [3 4]]
	// [2 5 8] [0.   0.25 0.5  0.75] [0.   0.25 0.5  0.75 1.  ]
	// [[1. 2. 3.]
	//  [4. 5. 6.]]
	// [[1. 0.]
	//  [0. 1.]] [7 7] [[1. 0.]
	//  [1. 1.]]
}

// Functions of elements.
func Example_elementwise() {
	x := num.Of([]float64{-1, 0, 4})
	fmt.Println(num.Sqrt(num.Abs(x)), num.Sign(x), num.Clip(x, 0, 2))
	fmt.Println(num.Where(x.Gt(0), x, 0), num.Maximum(x, 1), num.FloorDivide(num.Of([]int{-7, 7}), 2))
	fmt.Println(num.Relu(x), num.Softmax(num.Zeros(4), 0), num.Sigmoid(num.Of(0.0)))
	// Output:
	// [1. 0. 2.] [-1.  0.  1.] [0. 0. 2.]
	// [0. 0. 4.] [1. 1. 4.] [-4  3]
	// [0. 0. 4.] [0.25 0.25 0.25 0.25] 0.5
}

// Folding axes.
func Example_reduce() {
	x := num.Of([][]float64{{1, 2, 3}, {4, 5, 9}})
	fmt.Println(x.Sum(), x.Sum(0), x.Mean(1), num.Var(x, 1), num.ArgMax(x, 1))
	fmt.Println(x.Sub(num.MeanKeep(x, 1)))
	fmt.Println(num.CumSum(x, 1), num.Median(x))
	// Output:
	// 24.0 [ 5.  7. 12.] [2. 6.] [0.6666667 4.6666665] [2 2]
	// [[-1.  0.  1.]
	//  [-2. -1.  3.]]
	// [[ 1.  3.  6.]
	//  [ 4.  9. 18.]] 3.5
}

// Moving elements.
func Example_shape() {
	x := num.Arange(6).Reshape(2, 3)
	fmt.Println(x.T().Shape(), num.MoveAxis(num.Zeros(2, 3, 4), 0, -1).Shape(), num.Flip(x, 1).At(0), num.Roll(x, 1, 1).At(0))
	fmt.Println(num.Concatenate([]num.Array{x, x}, 1))
	fmt.Println(num.Stack([]num.Array{num.Zeros(2), num.Ones(2)}, 1), num.Repeat(num.Arange(2), 2, 0), num.Tile(num.Arange(2), 2))
	fmt.Println(num.Pad(num.Ones(2), [][2]int{{1, 2}}, 0))
	// Output:
	// [3 2] [3 4 2] [2 1 0] [2 0 1]
	// [[0 1 2 0 1 2]
	//  [3 4 5 3 4 5]]
	// [[0. 1.]
	//  [0. 1.]] [0 0 1 1] [0 1 0 1]
	// [0. 1. 1. 0. 0.]
}

// Products.
func Example_linalg() {
	a := num.Of([][]float64{{1, 2}, {3, 4}})
	fmt.Println(num.MatMul(a, a), num.Dot(a, num.Ones(2)), num.Trace(a))
	fmt.Println(num.Outer(num.Arange(3), num.Arange(2)))
	// Output:
	// [[ 7. 10.]
	//  [15. 22.]] [3. 7.] 5.0
	// [[0 0]
	//  [0 1]
	//  [0 2]]
}

func ExampleEinsum() {
	a, b := num.Arange(6).Reshape(2, 3), num.Arange(12).Reshape(3, 4)
	fmt.Println(num.Einsum("ij,jk->ik", a, b).Shape(), num.Einsum("ij->j", a), num.Einsum("ij,ij", a, a))
	// Output: [2 4] [3 5 7] 55
}

// Order and search.
func Example_sort() {
	x := num.Of([]float64{3, 1, 2})
	values, places := num.TopK(x, 2)
	fmt.Println(num.Sort(x, 0), num.ArgSort(x, 0), values, places)
	fmt.Println(num.SearchSorted(num.Of([]float64{1, 2, 3}), num.Of([]float64{0, 2, 9}), false), num.Bincount(num.Of([]int{0, 2, 2}), 4))
	// Output:
	// [1. 2. 3.] [1 2 0] [3. 2.] [0 2]
	// [0 1 3] [1 0 2 0]
}

// Choosing and placing elements.
func Example_index() {
	x := num.Of([][]int{{3, 1, 2}, {9, 8, 7}})
	fmt.Println(num.Take(x, []int{2, 0}, 1).At(0), num.TakeAlongAxis(x, num.ArgSort(x, 1), 1).At(0))
	fmt.Println(x.At(trace.Rest, trace.SpanStep(0, 3, 2)).At(1), num.CompressIndices(x.At(0).Gt(1)))
	// Output:
	// [2 3] [1 2 3]
	// [9 7] [0 2]
}

func Example_calculus() {
	x := num.Of([]float64{0, 1, 4, 9})
	fmt.Println(num.Diff(x, 1, 0), num.Interp(1.5, num.Arange(4), x), num.Trapezoid(x, 1, 0), num.Gradient(x, 1, 0))
	// Output: [1. 3. 5.] 2.5 9.5 [1. 2. 4. 5.]
}

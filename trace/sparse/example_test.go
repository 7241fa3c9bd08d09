package sparse_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/sparse"
)

// Spikes are delivered along the rows of neurons that spiked.
func ExampleCSR() {
	wiring := sparse.FromLists([][]int{{0, 1}, {2}, {0}}, 3, 0.5)
	deliver := trace.Jit(func(_ *trace.Scope, spikes num.Array) num.Array { return wiring.Events(spikes) })
	fmt.Println(deliver.Must(num.Of([]bool{true, false, true})))
	// Output: [1.  0.5 0. ]
}

// A procedural matrix is computed from its seed when it is needed; FixedProb stores the same one.
func ExampleProcedural() {
	p := sparse.NewProcedural(7, 1000, 1000, 0.1, false, 0.5)
	stored := sparse.FixedProb(7, 1000, 1000, 0.1, false, 0.5)
	spikes := num.Arange(1000).Mod(10).Eq(0)
	fmt.Println(num.ArrayEqual(p.Events(spikes), stored.Events(spikes)))
	// Output: True
}

// Matrices are made of lists, coordinates or dense ones, and print as dense ones.
func ExampleFromDense() {
	m := sparse.FromDense(num.Of([][]float64{{0, 2, 0}, {1, 0, 3}}))
	fmt.Println(m.NNZ(), m.Rows(), m.Indices, m.Weights)
	fmt.Println(num.ArrayEqual(m.Dense(), sparse.FromCOO([]int{1, 0, 1}, []int{2, 1, 0}, num.Of([]float64{3, 2, 1}), 2, 3).Dense()))
	fmt.Println(m.Transpose().Dense())
	// Output:
	// 3 [0 1 1] [1 0 2] [2. 1. 3.]
	// True
	// [[0. 1.]
	//  [2. 0.]
	//  [0. 3.]]
}

// Products on both sides; Outer is the change of weights in learning rules.
func ExampleCSR_MatVec() {
	m := sparse.FromLists([][]int{{1}, {0, 2}}, 3, num.Of([]float64{2, 1, 3}))
	spikes, x := num.Of([]bool{false, true}), num.Of([]float64{1, 10, 100})
	fmt.Println(m.MatVec(x), m.AddEvents(num.Ones(3), spikes))
	fmt.Println(m.Outer(spikes, x), m.WithWeights(1).MatVec(x))
	// Output:
	// [ 20. 301.] [2. 1. 4.]
	// [  0.   1. 100.] [ 10. 101.]
}

// Weights of a matrix that is never stored can be drawn too, and the matrix can be stored to look at it.
func ExampleProcedural_WithNormalWeights() {
	p := sparse.NewProcedural(7, 200, 500, 0.2, true, 1)
	fmt.Println(num.AllClose(p.MatVec(num.Ones(500)), p.CSR().MatVec(num.Ones(500)), 1e-5, 0))
	normal, uniform := p.WithNormalWeights(3, 0.5).CSR().Weights, p.WithUniformWeights(0, 1).CSR().Weights
	fmt.Printf("%.1f %.1f, %.1f\n", normal.Mean().Float(), num.Std(normal).Float(), uniform.Mean().Float())
	acc := p.AddEvents(num.Ones(500), num.Zeros(200))
	fmt.Println(acc.Sum())
	// Output:
	// True
	// 3.0 0.5, 0.5
	// 500.0
}

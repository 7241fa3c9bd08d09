package sparse

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// compact stores indices below n in the narrowest type that the products take.
func compact(indices []uint32, n int) Array {
	t := tensor.Of(indices...)
	if n <= math.MaxUint16+1 {
		return num.FromTensor(t.AsType(dtype.Uint16))
	}
	return num.FromTensor(t)
}

// checkExtents refuses numbers of rows and columns that indices of 32 bits do not count, and more rows than memory has room for.
func checkExtents(name string, rows, columns int) {
	const perRow = 48 // bytes of the lists while a matrix is made
	most := int(min(math.MaxInt32, tensor.Limit()/perRow))
	if rows < 0 || rows > most || columns < 0 || columns > math.MaxInt32 {
		trace.Fail(name, "", fmt.Sprintf("%d rows and %d columns", rows, columns), fmt.Sprintf("0 to %d rows and 0 to %d columns", most, math.MaxInt32), "")
	}
}

// FromLists returns the matrix whose row r has the columns rows[r], all with one weight; see WithWeights for others.
func FromLists(rows [][]int, post int, weight any) CSR {
	const name = "from lists"
	checkExtents(name, len(rows), post)
	indptr, indices := make([]int32, 1, len(rows)+1), []uint32{}
	for r, row := range rows {
		for _, column := range row {
			if column < 0 || column >= post {
				trace.Fail(name, fmt.Sprintf("row %d", r), fmt.Sprintf("column %d", column), fmt.Sprintf("0 to %d", post-1), "")
			}
			indices = append(indices, uint32(column))
		}
		if len(indices) > math.MaxInt32 {
			trace.Fail(name, "", fmt.Sprintf("more than %d entries", math.MaxInt32), "fewer", "split the matrix into several")
		}
		indptr = append(indptr, int32(len(indices)))
	}
	c := CSR{Indptr: num.FromTensor(tensor.Of(indptr...)), Indices: compact(indices, post), Pre: len(rows), Post: post}
	return c.WithWeights(weight)
}

// FromRows returns the matrix with row r in the columns indices[indptr[r]:indptr[r+1]], below post. weight is as in WithWeights. Rows that
// are not well formed panic with an *ir.Error.
func FromRows(indptr []int32, indices []uint32, post int, weight any) CSR {
	const name = "csr"
	pre := len(indptr) - 1
	checkExtents(name, max(pre, 0), post)
	if pre < 0 || indptr[0] != 0 || int(indptr[pre]) != len(indices) {
		trace.Fail(name, "indptr", fmt.Sprintf("%d row pointers", len(indptr)), fmt.Sprintf("row pointers from 0 to %d", len(indices)), "")
	}
	for i := range pre {
		if indptr[i+1] < indptr[i] {
			trace.Fail(name, "indptr", fmt.Sprintf("row %d that ends before it starts", i), "ascending row pointers", "")
		}
	}
	for k, j := range indices {
		if int(j) >= post {
			trace.Fail(name, "targets", fmt.Sprintf("target %d of connection %d", j, k), fmt.Sprintf("targets below %d", post), "")
		}
	}
	c := CSR{Indptr: num.FromTensor(tensor.Of(indptr...)), Indices: compact(indices, post), Pre: pre, Post: post}
	return c.WithWeights(weight)
}

// FromCOO returns the matrix with an entry (pre[k], post[k]) for each k, in any order. weights is a Go number, a scalar Array, or an Array with
// the weight of each k.
func FromCOO(pre, post []int, weights any, rows, columns int) CSR {
	const name = "from coo"
	if len(pre) != len(post) {
		trace.Fail(name, "", fmt.Sprintf("%d rows and %d columns", len(pre), len(post)), "lists of one length", "")
	}
	checkExtents(name, rows, columns)
	lists, from := make([][]int, rows), make([][]int, rows)
	for k, r := range pre {
		if r < 0 || r >= rows {
			trace.Fail(name, fmt.Sprintf("pre[%d]", k), fmt.Sprint(r), fmt.Sprintf("0 to %d", rows-1), "")
		}
		lists[r], from[r] = append(lists[r], post[k]), append(from[r], k)
	}
	w := trace.PromoteFloat(name, weights)[0]
	if w.Rank() == 1 {
		order := make([]int, 0, len(pre))
		for _, ks := range from {
			order = append(order, ks...)
		}
		w = w.At(order)
	}
	return FromLists(lists, columns, w)
}

// FromDense returns the entries of a concrete matrix that are not zero.
func FromDense(m Array) CSR {
	const name = "from dense"
	if m.Rank() != 2 {
		trace.Fail(name, "", m.Type().String(), "a matrix", "")
	}
	m = trace.PromoteFloat(name, m)[0]
	rows, flat := make([][]int, m.Dim(0)), []int{}
	values := m.AsType(dtype.Float64).Floats()
	for r := range rows {
		for column := range m.Dim(1) {
			if k := r*m.Dim(1) + column; values[k] != 0 {
				rows[r], flat = append(rows[r], column), append(flat, k)
			}
		}
	}
	return FromLists(rows, m.Dim(1), m.Ravel().At(flat))
}

// FixedProb returns a random matrix in which each place is an entry with probability p, independently of the others, all with one
// weight. It is the matrix that Procedural with the same seed stands for. self says whether row i may have column i.
func FixedProb(seed uint64, pre, post int, p float64, self bool, weight any) CSR {
	a := procedural("fixed prob", pre, post, p, self)
	indptr, indices, _, err := a.CSR(words(seed))
	if err != nil {
		trace.Fail("fixed prob", "", err.Error(), "", "use Procedural, which stores nothing")
	}
	c := CSR{Indptr: num.FromTensor(indptr), Indices: compact(tensor.Flat[uint32](indices), post), Pre: pre, Post: post}
	return c.WithWeights(weight)
}

func words(seed uint64) [2]uint32 { return [2]uint32{uint32(seed >> 32), uint32(seed)} }

func procedural(name string, pre, post int, p float64, self bool) op.ProcAttrs {
	checkExtents(name, pre, post)
	if !(p >= 0 && p <= 1) {
		trace.Fail(name, "probability", fmt.Sprint(p), "0 to 1", "")
	}
	return op.ProcAttrs{Pre: pre, Post: post, Prob: p, Weight: op.ProcConstant, SelfConnections: self}
}

package sparse

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Array is an immutable array of numbers; see trace.Array.
type Array = trace.Array

// CSR is a matrix in compressed sparse row form: row r has the columns Indices[Indptr[r]:Indptr[r+1]], which may repeat, and the weights
// at the same places.
type CSR struct {
	Indptr  Array // i32 (Pre+1), ascending
	Indices Array // ui16, i32 or ui32 (nnz)
	Weights Array // of a float type: (nnz), or a scalar for all
	Pre     int   // rows
	Post    int   // columns
}

// NNZ returns the number of entries, of synapses.
func (c CSR) NNZ() int { return c.Indices.Size() }

// WithWeights returns the same wiring with other weights: an Array (nnz) or a scalar, or a Go number.
func (c CSR) WithWeights(w any) CSR {
	const name = "with weights"
	c.Weights = trace.PromoteFloat(name, w)[0]
	if c.Weights.Rank() > 1 || c.Weights.Rank() == 1 && c.Weights.Size() != c.NNZ() {
		trace.Fail(name, "", c.Weights.Type().String(), fmt.Sprintf("a scalar or a vector of %d, one for each synapse", c.NNZ()), "")
	}
	return c
}

// vector checks an operand of n elements.
func vector(name, arg string, x Array, n int) {
	if x.Rank() != 1 || x.Size() != n {
		trace.Fail(name, arg, x.Type().String(), fmt.Sprintf("a vector of %d", n), "")
	}
}

// events brings spikes to what the products take: bools stay, numbers become the float type dt.
func events(name string, spikes Array, n int, dt dtype.DType) Array {
	vector(name, "events", spikes, n)
	if spikes.DType() == dtype.Bool {
		return spikes
	}
	return spikes.AsType(dt)
}

// AddEvents returns acc (Post) plus the rows of the neurons with an event, each scaled by its event: bools or numbers (Pre).
func (c CSR) AddEvents(acc, spikes Array) Array {
	const name = "add events"
	vector(name, "acc", acc, c.Post)
	acc = trace.PromoteFloat(name, acc)[0]
	spikes = events(name, spikes, c.Pre, acc.DType())
	return trace.Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		return op.EventCSR(b, in[0], in[1], in[2], in[3], in[4])
	}, acc, spikes, c.Indptr, c.Indices, c.Weights.AsType(acc.DType()))
}

// Events returns the product of events (Pre) and the matrix: the rows of neurons with an event added up.
func (c CSR) Events(spikes Array) Array {
	return c.AddEvents(trace.Full(c.Weights.DType(), 0, c.Post), spikes)
}

// MatVec returns the product of the matrix and x (Post): for each row the sum of weight times x over its columns.
func (c CSR) MatVec(x Array) Array {
	const name = "matvec"
	vector(name, "x", x, c.Post)
	x = trace.PromoteFloat(name, x)[0]
	return trace.Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		return op.CSRGather(b, in[0], in[1], in[2], in[3])
	}, x, c.Indptr, c.Indices, c.Weights.AsType(x.DType()))
}

// Outer returns, for each entry, the product of the event of its row and x (Post) at its column: the change of weights in learning rules.
func (c CSR) Outer(spikes, x Array) Array {
	const name = "outer"
	vector(name, "x", x, c.Post)
	x = trace.PromoteFloat(name, x)[0]
	return trace.Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		return op.CSROuter(b, in[0], in[1], in[2], in[3])
	}, events(name, spikes, c.Pre, x.DType()), x, c.Indptr, c.Indices)
}

// Rows returns the row of each entry (nnz), i32.
func (c CSR) Rows() Array {
	return num.SearchSorted(c.Indptr, trace.Iota(dtype.Int32, 0, c.NNZ()), true).Sub(1)
}

// Dense returns the whole matrix (Pre, Post); repeated entries are added up.
func (c CSR) Dense() Array {
	zero := trace.Full(c.Weights.DType(), 0, c.Pre, c.Post)
	return zero.AddAt(c.Weights.BroadcastTo(c.NNZ()), c.Rows(), c.Indices)
}

// entries returns the row, column and weight lists of a concrete matrix.
func (c CSR) entries() (indptr []int32, columns []int64, weights *tensor.Tensor) {
	return tensor.Flat[int32](c.Indptr.Tensor()), c.Indices.Tensor().Int64s(), c.Weights.Tensor()
}

// Transpose returns the transposed matrix, with columns ascending in each row. It runs on the host.
func (c CSR) Transpose() CSR {
	indptr, columns, weights := c.entries()
	count := make([]int32, c.Post+1)
	for _, column := range columns {
		count[column+1]++
	}
	for i := range c.Post {
		count[i+1] += count[i]
	}
	rows, from := make([]uint32, len(columns)), make([]int, len(columns))
	next := append([]int32(nil), count...)
	for r := range c.Pre {
		for k := indptr[r]; k < indptr[r+1]; k++ {
			to := next[columns[k]]
			next[columns[k]]++
			rows[to], from[to] = uint32(r), int(k)
		}
	}
	t := CSR{Indptr: num.FromTensor(tensor.Of(count...)), Indices: compact(rows, c.Pre), Weights: c.Weights, Pre: c.Post, Post: c.Pre}
	if weights.Rank() == 1 {
		t.Weights = c.Weights.At(from)
	}
	return t
}

package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Event delivery driven by events: op.Decompose visits every stored connection in every step, this visits those of spiking rows.

// eventChunk is the number of connections that are delivered at a time.
const eventChunk = 128

// ruleEventCSR lists the spiking rows, and for each of them adds its connections, a chunk at a time. Places out of range are left out.
func ruleEventCSR(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
	acc, events, indptr, indices, weights := in[0], in[1], in[2], in[3], in[4]
	narrow, pre, nnz := acc.Type.DType, events.Type.Shape[0], indices.Type.Shape[0]
	if pre == 0 || nnz == 0 {
		return in[:1]
	}
	dt := narrow
	if dt.Size() == 2 {
		dt = dtype.Float32
	}
	values := converted(b, events, dt)
	rows, count := activeRows(b, values)
	fixed := []*ir.Value{rows, values, indptr, indices, converted(b, weights, dt)}
	sum := countedWhile(b, count, fixed, converted(b, acc, dt), deliverRow)
	return []*ir.Value{converted(b, sum, narrow)}
}

// activeRows lists the indices of elements that are not zero, ascending, and says how many there are (i32[]).
func activeRows(b *ir.Builder, values *ir.Value) (rows, count *ir.Value) {
	t := values.Type.WithDType(dtype.Int32)
	n := t.Shape[0]
	active := op.Ne(b, values, op.ZerosLike(b, values))
	ones := op.Convert(b, active, dtype.Int32)
	place := op.Sub(b, op.CumSum(b, ones, 0, false), op.Full(b, t, 1))
	place = op.Select(b, active, place, op.Full(b, t, float64(n))) // out of range: ignored
	rows = op.Put(b, op.Full(b, t, 0), place, op.Iota(b, dtype.Int32, t.Shape, 0), 0, op.CombineSet)
	return rows, op.ReduceSum(b, ones, 0)
}

// countedWhile runs step for k = 0, 1, ... below count (i32[]) on a state.
func countedWhile(b *ir.Builder, count *ir.Value, fixed []*ir.Value, state *ir.Value,
	step func(b *ir.Builder, fixed []*ir.Value, k, state *ir.Value) *ir.Value) *ir.Value {
	c := ir.NewBuilder("cond")
	p := c.Params([]ir.Type{indexType, indexType, state.Type})
	cond := c.Build(op.Lt(c, p[1], p[0]))
	d := ir.NewBuilder("body")
	outer := d.Params(ir.TypesOf(fixed))
	k, now := d.Param(indexType), d.Param(state.Type)
	body := d.Build(op.Add(d, k, op.ScalarInt(d, dtype.Int32, 1)), step(d, outer, k, now))
	operands := append(append([]*ir.Value{count}, fixed...), op.ScalarInt(b, dtype.Int32, 0), state)
	return op.While(b, op.WhileAttrs{CondConsts: 1, BodyConsts: len(fixed)}, cond, body, operands...)[1]
}

// scalarAt returns element i of a vector.
func scalarAt(b *ir.Builder, x, i *ir.Value) *ir.Value {
	return op.Reshape(b, op.DynamicSlice(b, x, []int{1}, i), nil)
}

// deliverRow adds the connections of the k-th listed row.
func deliverRow(b *ir.Builder, fixed []*ir.Value, k, acc *ir.Value) *ir.Value {
	rows, values, indptr, indices, weights := fixed[0], fixed[1], fixed[2], fixed[3], fixed[4]
	row := scalarAt(b, rows, k)
	from, to := scalarAt(b, indptr, row), scalarAt(b, indptr, op.Add(b, row, op.ScalarInt(b, dtype.Int32, 1)))
	size := min(eventChunk, indices.Type.Shape[0])
	width := op.ScalarInt(b, dtype.Int32, int64(size))
	chunks := op.Div(b, op.Add(b, op.Sub(b, to, from), op.ScalarInt(b, dtype.Int32, int64(size-1))), width)
	inner := []*ir.Value{from, to, scalarAt(b, values, row), indices, weights}
	return countedWhile(b, chunks, inner, acc, deliverChunk)
}

// deliverChunk adds the k-th chunk of a row. The slice of the last chunk of all may begin before the chunk does.
func deliverChunk(b *ir.Builder, fixed []*ir.Value, k, acc *ir.Value) *ir.Value {
	from, to, event, indices, weights := fixed[0], fixed[1], fixed[2], fixed[3], fixed[4]
	nnz := indices.Type.Shape[0]
	size := min(eventChunk, nnz)
	lanes := ir.T(dtype.Int32, size)
	spread := func(v *ir.Value) *ir.Value { return op.Spread(b, v, lanes.Shape) }
	first := op.Add(b, from, op.Mul(b, k, op.ScalarInt(b, dtype.Int32, int64(size))))
	start := op.Max(b, op.Min(b, first, op.ScalarInt(b, dtype.Int32, int64(nnz-size))), op.ScalarInt(b, dtype.Int32, 0))
	at := op.Add(b, spread(start), op.Iota(b, dtype.Int32, lanes.Shape, 0))
	column := converted(b, op.DynamicSlice(b, indices, []int{size}, start), dtype.Int32)
	post := op.Full(b, lanes, float64(acc.Type.Shape[0]))
	inside := op.And(b, op.And(b, op.Ge(b, at, spread(first)), op.Lt(b, at, spread(to))),
		op.And(b, op.Ge(b, column, op.Full(b, lanes, 0)), op.Lt(b, column, post)))
	weight := weights
	if weights.Type.Rank() == 0 {
		weight = op.Spread(b, weights, lanes.Shape)
	} else {
		weight = op.DynamicSlice(b, weights, []int{size}, start)
	}
	product := op.Mul(b, weight, op.Spread(b, event, lanes.Shape))
	return op.Put(b, acc, op.Select(b, inside, column, post), product, 0, op.CombineAdd)
}

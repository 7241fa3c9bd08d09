package op

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Sparse products read a matrix of pre rows and post columns in compressed sparse row form: row r has the columns
// indices[indptr[r]:indptr[r+1]], in any order and with repetition, and the weights at the same places (or one weight for all).
// indptr is i32[pre+1], ascending; indices are ui16, i32 or ui32; all numbers are of one float type. Places outside of
// the arrays are errors of the run where a visited row has them.

func init() {
	ir.Register(ir.Row{ID: EventCSRID, Name: "event_csr", Class: ir.ClassSparse, Arity: 5, Accepts: dtype.Floats,
		Types: eventCSRTypes, Eval: evalFloats(0, eventCSR[float32], eventCSR[float64]), Domain: ir.Domain{Make: eventCSRSample}})
	ir.Register(ir.Row{ID: CSRGatherID, Name: "csr_gather", Class: ir.ClassSparse, Arity: 4, Accepts: dtype.Floats,
		Types: csrGatherTypes, Eval: evalFloats(0, csrGather[float32], csrGather[float64]), Domain: ir.Domain{Make: csrGatherSample}})
	ir.Register(ir.Row{ID: CSROuterID, Name: "csr_outer", Class: ir.ClassSparse, Arity: 4, Accepts: dtype.Floats,
		Types: csrOuterTypes, Eval: evalFloats(1, csrOuter[float32], csrOuter[float64]), Domain: ir.Domain{Make: csrOuterSample}})
}

// EventCSR returns acc[post] with the rows of spiking neurons added: for r ascending, where events[r] is not zero, for k in the
// order of the row, acc[indices[k]] += w[k]*events[r], the product rounded, then the sum. events are bool (true is 1) or floats of acc's
// type (any nonzero value scales the row, NaN too); weights are [] or [nnz]. f16 and bf16 are added up in f32 and rounded once.
func EventCSR(b *ir.Builder, acc, events, indptr, indices, weights *ir.Value) *ir.Value {
	return b.Emit1(EventCSRID, nil, acc, events, indptr, indices, weights)
}

// CSRGather returns y[pre] with y[r] the sum of w[k]*x[indices[k]] over row r. Element k of a row, counted from its begin, goes to lane
// k mod 16 by one fused multiply-add; then the lanes are added as in the tree of sums (see the package's numerical contract).
func CSRGather(b *ir.Builder, x, indptr, indices, weights *ir.Value) *ir.Value {
	return b.Emit1(CSRGatherID, nil, x, indptr, indices, weights)
}

// CSROuter returns w[nnz] with w[k] = events[r]*x[indices[k]] for k in row r, and 0 where events[r] is zero or no row has k.
func CSROuter(b *ir.Builder, events, x, indptr, indices *ir.Value) *ir.Value {
	return b.Emit1(CSROuterID, nil, events, x, indptr, indices)
}

// working is the type in which sparse products compute: float32 for the 16-bit types too.
type working interface{ float32 | float64 }

// evalFloats picks the instance of a kernel for the float type of operand i and rounds its results, which are of the same type.
func evalFloats(i int, narrow, wide func(n *ir.Node, in []*tensor.Tensor) (*tensor.Tensor, error)) ir.EvalRule {
	return func(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		kernel := narrow
		if in[i].DType() == dtype.Float64 {
			kernel = wide
		}
		out, err := kernel(n, in)
		if err != nil {
			return nil, err
		}
		return oneTensor(out.AsType(in[i].DType()))
	}
}

// numbers returns elements as T, not to be written to.
func numbers[T working](t *tensor.Tensor) []T { return tensor.Flat[T](t.AsType(dtype.Of[T]())) }

// fused returns the fused multiply-add of T.
func fused[T working]() func(a, b, c T) T {
	var f any = dtype.FMA32
	if dtype.Of[T]() == dtype.Float64 {
		f = dtype.FMA64
	}
	return f.(func(a, b, c T) T)
}

// sumLanes adds the lanes of a sum in the order of the numerical contract.
func sumLanes[T working](lane [lanes]T) T {
	for half := lanes / 2; half > 0; half /= 2 {
		for j := range half {
			lane[j] += lane[j+half]
		}
	}
	return lane[0]
}

// csr is a matrix in compressed sparse row form.
type csr struct {
	post    int
	indptr  []int32
	indices []int64
}

func newCSR(post int, indptr, indices *tensor.Tensor) csr {
	return csr{post, tensor.Flat[int32](indptr), indices.Int64s()}
}

// row returns where row r begins and ends, after checking it and its columns.
func (m csr) row(r int) (from, to int, err error) {
	from, to = int(m.indptr[r]), int(m.indptr[r+1])
	if from < 0 || to < from || to > len(m.indices) {
		return 0, 0, fmt.Errorf("indptr: got %d and %d for row %d, want ascending numbers from 0 to %d", from, to, r, len(m.indices))
	}
	for k := from; k < to; k++ {
		if column := m.indices[k]; column < 0 || column >= int64(m.post) {
			return 0, 0, fmt.Errorf("indices: got %d at position %d (row %d), want 0 to %d", column, k, r, m.post-1)
		}
	}
	return from, to, nil
}

// weightOf returns the weight of each position from [] or [nnz] weights.
func weightOf[T working](weights *tensor.Tensor) func(k int) T {
	w := numbers[T](weights)
	if weights.Rank() == 0 {
		return func(int) T { return w[0] }
	}
	return func(k int) T { return w[k] }
}

func eventCSR[T working](_ *ir.Node, in []*tensor.Tensor) (*tensor.Tensor, error) {
	out := in[0].AsType(dtype.Of[T]()).Clone()
	acc, events, weight := tensor.Flat[T](out), numbers[T](in[1]), weightOf[T](in[4])
	m := newCSR(len(acc), in[2], in[3])
	for r, event := range events {
		if event == 0 {
			continue
		}
		from, to, err := m.row(r)
		if err != nil {
			return nil, err
		}
		for k := from; k < to; k++ {
			acc[m.indices[k]] += T(weight(k) * event)
		}
	}
	return out, nil
}

func csrGather[T working](_ *ir.Node, in []*tensor.Tensor) (*tensor.Tensor, error) {
	x, weight, fma := numbers[T](in[0]), weightOf[T](in[3]), fused[T]()
	m := newCSR(len(x), in[1], in[2])
	y := make([]T, len(m.indptr)-1)
	for r := range y {
		from, to, err := m.row(r)
		if err != nil {
			return nil, err
		}
		var lane [lanes]T
		for k := from; k < to; k++ {
			j := (k - from) % lanes
			lane[j] = fma(weight(k), x[m.indices[k]], lane[j])
		}
		y[r] = sumLanes(lane)
	}
	return tensor.FromSlice(y, len(y))
}

func csrOuter[T working](_ *ir.Node, in []*tensor.Tensor) (*tensor.Tensor, error) {
	events, x := numbers[T](in[0]), numbers[T](in[1])
	m := newCSR(len(x), in[2], in[3])
	w := make([]T, len(m.indices))
	for r, event := range events {
		if event == 0 {
			continue
		}
		from, to, err := m.row(r)
		if err != nil {
			return nil, err
		}
		for k := from; k < to; k++ {
			w[k] = event * x[m.indices[k]]
		}
	}
	return tensor.FromSlice(w, len(w))
}

func eventCSRTypes(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	acc, events := in[0], in[1]
	if err := firstError(checkVector("acc", acc), checkEvents(events, acc.DType), checkCSR(in[2], in[3], events.Shape),
		checkWeights(in[4], acc.DType, in[3].Shape)); err != nil {
		return nil, err
	}
	return oneType(acc)
}

func csrGatherTypes(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	x, indptr := in[0], in[1]
	if err := firstError(checkVector("x", x), checkCSR(indptr, in[2], nil), checkWeights(in[3], x.DType, in[2].Shape)); err != nil {
		return nil, err
	}
	return oneType(x.WithShape(indptr.Shape[0] - 1))
}

func csrOuterTypes(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	events, x := in[0], in[1]
	if err := firstError(checkVector("x", x), checkEvents(events, x.DType), checkCSR(in[2], in[3], events.Shape)); err != nil {
		return nil, err
	}
	return oneType(x.WithShape(in[3].Shape...))
}

func checkVector(arg string, t ir.Type) error {
	if t.Rank() != 1 || !t.DType.IsFloat() {
		return ir.Mismatch(arg, t.String(), "a vector of floats")
	}
	return nil
}

func checkEvents(events ir.Type, dt dtype.DType) error {
	if events.Rank() != 1 || !events.DType.IsBool() && events.DType != dt {
		return ir.Mismatch("events", events.String(), "a vector of i1 or "+dt.String())
	}
	return nil
}

// checkCSR checks the row pointers and the columns; pre is the shape of the events (which must be a vector), nil where the pointers decide.
func checkCSR(indptr, indices ir.Type, pre []int) error {
	if indptr.DType != dtype.Int32 || indptr.Rank() != 1 || indptr.Shape[0] == 0 {
		return ir.Mismatch("indptr", indptr.String(), "i32[pre+1]")
	}
	if len(pre) == 1 && indptr.Shape[0] != pre[0]+1 {
		return ir.Mismatch("indptr", indptr.String(), fmt.Sprintf("i32[%d], one more than events", pre[0]+1))
	}
	if !dtype.SetOf(dtype.Uint16, dtype.Int32, dtype.Uint32).Has(indices.DType) || indices.Rank() != 1 {
		return ir.Mismatch("indices", indices.String(), "a vector of ui16, i32 or ui32")
	}
	return nil
}

// checkWeights wants one weight or one for each index.
func checkWeights(weights ir.Type, dt dtype.DType, indices []int) error {
	if one, each := ir.T(dt), ir.T(dt, indices...); !weights.Equal(one) && !weights.Equal(each) {
		return ir.Mismatch("weights", weights.String(), fmt.Sprintf("%s or %s", one, each))
	}
	return nil
}

package portable

import (
	"fmt"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// delivery is a prepared Deliver whose operands are dense and of type f32 or f64.
type delivery struct {
	acc, events, indptr, indices, weights place
	post, pre, nnz                        int
	eventType                             dtype.DType
	oneWeight                             bool
	kernel                                rowAdder
}

// rowAdder adds w[k]*event for k in [from, to) to acc[indices[k]]. The addresses are those of element 0; weights is one number where
// oneWeight is set. It returns the first k whose index is outside of acc, or -1.
type rowAdder func(acc, indices, weights unsafe.Pointer, post, from, to int, oneWeight bool, event float64) int

func (pr *preparer) deliver(s *kernel.Deliver) (action, error) {
	acc, events, index := pr.p.Buffers[s.Acc.Buf].DType, pr.p.Buffers[s.Events.Buf].DType, pr.p.Buffers[s.Indices.Buf].DType
	d := &delivery{
		acc: newPlace(pr.p, &s.Acc), events: newPlace(pr.p, &s.Events), indptr: newPlace(pr.p, &s.IndPtr),
		indices: newPlace(pr.p, &s.Indices), weights: newPlace(pr.p, &s.Weights),
		post: s.Acc.Size(), pre: s.Events.Size(), nnz: s.Indices.Size(),
		eventType: events, oneWeight: len(s.Weights.Shape) == 0,
	}
	dense := s.Acc.Contiguous() && s.Events.Contiguous() && s.IndPtr.Contiguous() && s.Indices.Contiguous() && s.Weights.Contiguous()
	switch {
	case d.pre == 0:
		return nothing{}, nil
	case isNarrow(acc) || !dense:
		return pr.deliverByRow(s, acc, events, index), nil
	case index == dtype.Uint16:
		d.kernel = rowAdderOf[uint16](acc)
	case index == dtype.Int32 || index == dtype.Uint32: // a negative index is as far outside as a large one
		d.kernel = rowAdderOf[uint32](acc)
	default:
		return nil, fmt.Errorf("deliver: got indices of type %s, want ui16, i32 or ui32", index)
	}
	return d, nil
}

// deliverByRow is the reference evaluation of the primitive on copies: for what is rare.
func (pr *preparer) deliverByRow(s *kernel.Deliver, acc, events, index dtype.DType) action {
	b := ir.NewBuilder("deliver")
	y := op.EventCSR(b, b.Param(ir.T(acc, s.Acc.Shape...)), b.Param(ir.T(events, s.Events.Shape...)),
		b.Param(ir.T(dtype.Int32, s.IndPtr.Shape...)), b.Param(ir.T(index, s.Indices.Shape...)), b.Param(ir.T(acc, s.Weights.Shape...)))
	in := []kernel.View{s.Acc, s.Events, s.IndPtr, s.Indices, s.Weights}
	return pr.eval(&kernel.Eval{Node: y.Node, In: in, Out: []kernel.View{s.Acc}})
}

func rowAdderOf[I uint16 | uint32](acc dtype.DType) rowAdder {
	if acc == dtype.Float64 {
		return addRow[float64, I]
	}
	return addRow[float32, I]
}

func addRow[T float, I uint16 | uint32](acc, indices, weights unsafe.Pointer, post, from, to int, oneWeight bool, event float64) int {
	z, row, e := vec[T](acc, post), vec[I](indices, to)[from:], T(event)
	if oneWeight {
		w := T(*(*T)(weights) * e)
		for k, j := range row {
			if uint(j) >= uint(len(z)) {
				return from + k
			}
			z[j] += w
		}
		return -1
	}
	w := vec[T](weights, to)[from:][:len(row)]
	for k, j := range row {
		if uint(j) >= uint(len(z)) {
			return from + k
		}
		z[j] += T(w[k] * e)
	}
	return -1
}

// rows is a delivery in progress.
type rows struct {
	*delivery
	r                     *run
	acc, indices, weights unsafe.Pointer
	indptr                []int32
}

func (d *delivery) run(r *run) error {
	x := rows{delivery: d, r: r, acc: d.acc.start(r), indptr: vec[int32](d.indptr.start(r), d.pre+1)}
	if d.nnz > 0 {
		x.indices, x.weights = d.indices.start(r), d.weights.start(r)
	}
	events := d.events.start(r)
	switch d.eventType {
	case dtype.Bool:
		return x.addBools(events)
	case dtype.Float32:
		return addFloats(&x, vec[float32](events, d.pre))
	default:
		return addFloats(&x, vec[float64](events, d.pre))
	}
}

func addFloats[T float](x *rows, events []T) error {
	for i, e := range events {
		if e != 0 {
			if err := x.add(i, float64(e)); err != nil {
				return err
			}
		}
	}
	return x.r.spend(len(events))
}

// addBools looks at eight events at a time: most neurons are silent in most steps.
func (x *rows) addBools(events unsafe.Pointer) error {
	eights, tail := words(events, x.pre)
	all := vec[bool](events, x.pre)
	for i, w := range eights {
		if w != 0 {
			if err := x.addSome(all[8*i:8*i+8], 8*i); err != nil {
				return err
			}
		}
	}
	if err := x.addSome(all[x.pre-len(tail):], x.pre-len(tail)); err != nil {
		return err
	}
	return x.r.spend(x.pre / 4)
}

// addSome adds the rows of a few events, the first of which is number from.
func (x *rows) addSome(events []bool, from int) error {
	for k, spike := range events {
		if spike {
			if err := x.add(from+k, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds one row.
func (x *rows) add(i int, event float64) error {
	from, to := int(x.indptr[i]), int(x.indptr[i+1])
	if from < 0 || to < from || to > x.nnz {
		return fmt.Errorf("deliver: indptr: got %d and %d for row %d, want ascending numbers from 0 to %d", from, to, i, x.nnz)
	}
	if from == to {
		return nil
	}
	if k := x.kernel(x.acc, x.indices, x.weights, x.post, from, to, x.oneWeight, event); k >= 0 {
		return fmt.Errorf("deliver: indices: got a number outside of 0 to %d at position %d (row %d)", x.post-1, k, i)
	}
	return x.r.spend(to - from)
}

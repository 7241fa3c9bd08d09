package op

import "github.com/ranvier-go/ranvier/ir"

// The sparse products are each other's transposes. With M the matrix of the weights w, e the events and x on the columns:
//
//	EventCSR    acc + e M    linear in acc; in e: CSRGather of the cotangent; in w: CSROuter(e, cotangent)
//	CSRGather   M x          in x: EventCSR with the cotangent for events; in w: CSROuter(cotangent, x)
//	CSROuter    e_r x_c      in e: CSRGather with the cotangent for weights; in x: EventCSR with the cotangent for weights
//
// A derivative with respect to events visits all rows, one with respect to weights only those that spike. One weight for all synapses gets the
// sum. The procedural rows follow the same scheme.

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		EventCSRID:   {Linear: []int{0, 1, 4}, JVP: eventCSRJVP, Transpose: eventCSRTranspose},
		CSRGatherID:  {Linear: []int{0, 3}, Multilinear: true, Transpose: csrGatherTranspose},
		CSROuterID:   {Linear: []int{0, 1}, Multilinear: true, Transpose: csrOuterTranspose},
		EventProcID:  {Linear: []int{0, 1, 3}, JVP: eventProcJVP, Transpose: eventProcTranspose},
		ProcGatherID: {Linear: []int{0, 2}, Multilinear: true, Transpose: procGatherTranspose},
		ProcOuterID:  {Linear: []int{0, 1}, Multilinear: true, Transpose: procOuterTranspose},
	})
}

// eventJVP adds the products with one tangent each to the tangent of the accumulator.
func eventJVP(b *ir.Builder, in, t []*ir.Value, weights int, product func(acc, events, weights *ir.Value) *ir.Value) []*ir.Value {
	acc, events, w := t[0], in[1], in[weights]
	zero := func() *ir.Value { return orZero(b, acc, in[0].Type) }
	if t[1] != nil {
		acc = product(zero(), t[1], w)
	}
	if t[weights] != nil {
		acc = product(zero(), events, t[weights])
	}
	return []*ir.Value{acc}
}

func eventCSRJVP(b *ir.Builder, _ *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	return eventJVP(b, in, t, 4, func(acc, events, weights *ir.Value) *ir.Value {
		return EventCSR(b, acc, events, in[2], in[3], weights)
	})
}

func eventCSRTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	out := make([]*ir.Value, 5)
	ct, indptr, indices := t.Ct[0], t.In[2], t.In[3]
	if t.Linear(0) {
		out[0] = ct
	}
	if t.Linear(1) {
		out[1] = CSRGather(b, ct, indptr, indices, t.In[4])
	}
	if t.Linear(4) {
		if n.Inputs[4].Type.Rank() == 0 {
			one := Scalar(b, ct.Type.DType, 1)
			sums := EventCSR(b, ZerosLike(b, ct), t.In[1], indptr, indices, one)
			out[4] = ReduceSum(b, Mul(b, sums, ct), 0)
		} else {
			out[4] = CSROuter(b, t.In[1], ct, indptr, indices)
		}
	}
	return out
}

func csrGatherTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	ct, indptr, indices := t.Ct[0], t.In[1], t.In[2]
	if t.Linear(0) {
		acc := orZero(b, t.Take(0), n.Inputs[0].Type)
		return []*ir.Value{EventCSR(b, acc, ct, indptr, indices, t.In[3]), nil, nil, nil}
	}
	if n.Inputs[3].Type.Rank() == 0 {
		sums := CSRGather(b, t.In[0], indptr, indices, Scalar(b, ct.Type.DType, 1))
		return []*ir.Value{nil, nil, nil, ReduceSum(b, Mul(b, sums, ct), 0)}
	}
	return []*ir.Value{nil, nil, nil, CSROuter(b, ct, t.In[0], indptr, indices)}
}

func csrOuterTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	ct, indptr, indices := t.Ct[0], t.In[2], t.In[3]
	if t.Linear(0) {
		return []*ir.Value{CSRGather(b, t.In[1], indptr, indices, ct), nil, nil, nil}
	}
	acc := orZero(b, t.Take(1), n.Inputs[1].Type)
	return []*ir.Value{nil, EventCSR(b, acc, t.In[0], indptr, indices, ct), nil, nil}
}

func eventProcJVP(b *ir.Builder, n *ir.Node, in, t, _ []*ir.Value) []*ir.Value {
	return eventJVP(b, in, t, 3, func(acc, events, weights *ir.Value) *ir.Value {
		return EventProc(b, acc, events, in[2], weights, n.Attrs.(ProcAttrs))
	})
}

func eventProcTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	out := make([]*ir.Value, 4)
	a, ct, seed := n.Attrs.(ProcAttrs), t.Ct[0], t.In[2]
	if t.Linear(0) {
		out[0] = ct
	}
	if t.Linear(1) {
		out[1] = ProcGather(b, ct, seed, t.In[3], a)
	}
	if t.Linear(3) {
		out[3] = ProcOuter(b, t.In[1], ct, seed, a)
	}
	return out
}

func procGatherTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	a, ct, seed := n.Attrs.(ProcAttrs), t.Ct[0], t.In[1]
	if t.Linear(0) {
		acc := orZero(b, t.Take(0), n.Inputs[0].Type)
		return []*ir.Value{EventProc(b, acc, ct, seed, t.In[2], a), nil, nil}
	}
	return []*ir.Value{nil, nil, ProcOuter(b, ct, t.In[0], seed, a)}
}

// procOuterTranspose: the cotangent has the form of the weights, and stands for them.
func procOuterTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	a, ct, seed := n.Attrs.(ProcAttrs), t.Ct[0], t.In[2]
	if t.Linear(0) {
		return []*ir.Value{ProcGather(b, t.In[1], seed, ct, a), nil, nil}
	}
	acc := orZero(b, t.Take(1), n.Inputs[1].Type)
	return []*ir.Value{nil, EventProc(b, acc, t.In[0], seed, ct, a), nil}
}

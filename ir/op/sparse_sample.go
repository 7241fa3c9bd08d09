package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Domain.Make of the sparse rows.

// csrSample draws a matrix: rows of zero to 2 size columns, with repetition and in random order, and [] or [nnz] weights.
func csrSample(r *ir.Rand, dt dtype.DType, size int) (pre, post int, indptr, indices, weights *tensor.Tensor) {
	pre, post = r.IntN(size+2), 1+r.IntN(2*size+1)
	pointers := make([]int32, pre+1)
	for i := range pre {
		pointers[i+1] = pointers[i] + int32(r.IntN(2*size+1))
	}
	nnz := int(pointers[pre])
	types := []dtype.DType{dtype.Uint16, dtype.Int32, dtype.Uint32}
	indices = sampleIndices(r, types[r.IntN(3)], 0, post, nnz)
	weights = sampleTensor(r, dt)
	if r.IntN(2) == 0 {
		weights = sampleTensor(r, dt, nnz)
	}
	return pre, post, tensor.Of(pointers...), indices, weights
}

// sampleEvents draws spikes: bools, or floats of which half are zero.
func sampleEvents(r *ir.Rand, dt dtype.DType, n int) *tensor.Tensor {
	spikes := sampleTensor(r, dtype.Bool, n)
	if r.IntN(2) == 0 {
		return spikes
	}
	events := sampleTensor(r, dt, n)
	for i, spike := range tensor.Flat[bool](spikes) {
		if !spike {
			events.Set(i, 0)
		}
	}
	return events
}

func eventCSRSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	pre, post, indptr, indices, weights := csrSample(r, dt, size)
	return ir.Sample{Inputs: []*tensor.Tensor{sampleTensor(r, dt, post), sampleEvents(r, dt, pre), indptr, indices, weights}}
}

func csrGatherSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	_, post, indptr, indices, weights := csrSample(r, dt, size)
	return ir.Sample{Inputs: []*tensor.Tensor{sampleTensor(r, dt, post), indptr, indices, weights}}
}

func csrOuterSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	pre, post, indptr, indices, _ := csrSample(r, dt, size)
	return ir.Sample{Inputs: []*tensor.Tensor{sampleEvents(r, dt, pre), sampleTensor(r, dt, post), indptr, indices}}
}

// procSample draws attributes, a seed and weights of their shape.
func procSample(r *ir.Rand, dt dtype.DType, size int) (a ProcAttrs, seed, weights *tensor.Tensor) {
	laws := []ProcWeight{ProcConstant, ProcUniform, ProcNormal}
	probs := []float64{0.05, 0.3, 1, 0}
	a = ProcAttrs{Pre: r.IntN(size + 2), Post: r.IntN(20*size + 2), Prob: probs[r.IntN(4)], Weight: laws[r.IntN(3)],
		SelfConnections: r.IntN(2) == 0, FirstRow: r.IntN(3)}
	return a, tensor.Of(r.Uint32(), r.Uint32()), sampleTensor(r, dt, a.weightsType(dt).Shape...)
}

func eventProcSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	a, seed, weights := procSample(r, dt, size)
	return ir.Sample{Attrs: a, Inputs: []*tensor.Tensor{sampleTensor(r, dt, a.Post), sampleEvents(r, dt, a.Pre), seed, weights}}
}

func procGatherSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	a, seed, weights := procSample(r, dt, size)
	return ir.Sample{Attrs: a, Inputs: []*tensor.Tensor{sampleTensor(r, dt, a.Post), seed, weights}}
}

func procOuterSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	a, seed, _ := procSample(r, dt, size)
	return ir.Sample{Attrs: a, Inputs: []*tensor.Tensor{sampleEvents(r, dt, a.Pre), sampleTensor(r, dt, a.Post), seed}}
}

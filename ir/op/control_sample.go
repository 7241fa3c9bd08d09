package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Domain.Make of the control-flow rows.

// loopSample is a linear recurrence with one const, two carries, one xs and two ys, in a random direction.
func loopSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	attrs := LoopAttrs{Trip: size, Consts: 1, Carries: 2, Xs: 1, Reverse: r.IntN(2) == 1}
	if r.IntN(2) == 1 {
		attrs.Every = []int{1 + r.IntN(3), 1 + r.IntN(3)}
	}
	vector := ir.T(dt, size)
	b := ir.NewBuilder("body")
	p := b.Params([]ir.Type{indexType, vector, vector, ir.T(dtype.Int32), ir.T(dt, 2)})
	state := Add(b, Mul(b, p[1], p[2]), p[1])
	count := Add(b, p[3], p[0])
	body := b.Build(state, count, Mul(b, p[4], p[4]), count)
	return ir.Sample{Attrs: attrs, Regions: []*ir.Graph{body}, Inputs: []*tensor.Tensor{
		sampleTensor(r, dt, size), sampleTensor(r, dt, size), tensor.Scalar(int32(1)), sampleTensor(r, dt, size, 2)}}
}

// whileSample runs as often as the carry of bools starts with true, at most three times: each step shifts them and multiplies by a const.
func whileSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	flag, vector := ir.T(dtype.Bool), ir.T(dt, size)
	carries := []ir.Type{flag, flag, flag, vector}
	c := ir.NewBuilder("cond")
	p := c.Params(concatTypes([]ir.Type{flag}, carries))
	cond := c.Build(And(c, p[0], p[1]))
	b := ir.NewBuilder("body")
	p = b.Params(concatTypes([]ir.Type{flag, vector}, carries))
	body := b.Build(p[3], p[4], p[0], Mul(b, p[5], p[1]))
	return ir.Sample{Attrs: WhileAttrs{CondConsts: 1, BodyConsts: 2}, Regions: []*ir.Graph{cond, body}, Inputs: []*tensor.Tensor{
		tensor.Scalar(true), tensor.Scalar(false), sampleTensor(r, dt, size),
		sampleTensor(r, dtype.Bool), sampleTensor(r, dtype.Bool), sampleTensor(r, dtype.Bool), sampleTensor(r, dt, size)}}
}

// binaryRegion is a region of one elementwise primitive of two operands of type t.
func binaryRegion(id ir.OpID, t ir.Type) *ir.Graph {
	b := ir.NewBuilder(id.String())
	x, y := b.Param(t), b.Param(t)
	return b.Build(b.Emit1(id, nil, x, y))
}

// switchSample chooses between sum, product and the first operand; the index may be out of range.
func switchSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	t := ir.T(dt, size)
	b := ir.NewBuilder("first")
	first := b.Params([]ir.Type{t, t})[0]
	return ir.Sample{Regions: []*ir.Graph{binaryRegion(AddID, t), binaryRegion(MulID, t), b.Build(first)},
		Inputs: []*tensor.Tensor{sampleIndices(r, dtype.Int32, -1, 5), sampleTensor(r, dt, size), sampleTensor(r, dt, size)}}
}

func callSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	kind := []string{CallPlain, CallCheckpoint}[r.IntN(2)]
	return ir.Sample{Attrs: CallAttrs{Name: "product", Kind: kind}, Regions: []*ir.Graph{binaryRegion(MulID, ir.T(dt, size))},
		Inputs: []*tensor.Tensor{sampleTensor(r, dt, size), sampleTensor(r, dt, size)}}
}

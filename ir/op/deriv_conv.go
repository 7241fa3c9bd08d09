package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

func init() {
	derivatives(map[ir.OpID]ir.Derivative{
		ConvID: {Linear: []int{0, 1}, Multilinear: true, Transpose: convTranspose},
	})
}

func convTranspose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value {
	c := convolution{b, n.Attrs.(ConvAttrs), n.Inputs[0].Type, n.Inputs[1].Type, n.Result().Type}
	input, kernel := t.Linear(0), t.Linear(1)
	switch {
	case c.input.Size() == 0 || c.kernel.Size() == 0 || c.out.Size() == 0:
		return onLinear(t, Full(b, c.input, 0), Full(b, c.kernel, 0))
	case input && !kernel:
		return []*ir.Value{c.inputCotangent(t.Ct[0], t.In[1]), nil}
	case kernel && !input:
		return []*ir.Value{nil, c.kernelCotangent(t.Ct[0], t.In[0])}
	}
	panic("BUG: convolution of two tangents")
}

// convolution is one Conv node.
type convolution struct {
	b                  *ir.Builder
	a                  ConvAttrs
	input, kernel, out ir.Type
}

// spatial returns the extents of the spatial dimensions.
func (c convolution) spatial() (input, out []int) {
	return pick(c.input.Shape, c.a.InputSpatial), pick(c.out.Shape, c.a.OutputSpatial)
}

// inputCotangent convolves the cotangent, with its elements set apart by the strides, with the kernel turned around; input and output
// features of the kernel exchange their roles. Groups of batches become groups of features.
func (c convolution) inputCotangent(ct, kernel *ir.Value) *ir.Value {
	a, b := c.a, c.b
	input, out := c.spatial()
	low, high := a.sliding(c.kernel.Shape).backwards(input, out)
	groups := max(a.FeatureGroups, a.BatchGroups)
	kernel = regroup(b, kernel, a.KernelOutput, a.KernelInput, groups)
	reversal := make([]bool, len(a.Reversal))
	for i, r := range a.Reversal {
		reversal[i] = !r
	}
	back := Conv(b, ct, kernel, ConvAttrs{
		InputBatch: a.OutputBatch, InputFeature: a.OutputFeature, InputSpatial: a.OutputSpatial,
		KernelInput: a.KernelOutput, KernelOutput: a.KernelInput, KernelSpatial: a.KernelSpatial,
		OutputBatch: a.InputBatch, OutputFeature: a.InputFeature, OutputSpatial: a.InputSpatial,
		Strides: a.InputDilation, PadLow: low, PadHigh: high, InputDilation: a.Strides, KernelDilation: a.KernelDilation,
		Reversal: reversal, FeatureGroups: groups})
	if a.BatchGroups > 1 {
		back = regroup(b, back, a.InputFeature, a.InputBatch, groups)
	}
	return back
}

// kernelCotangent convolves the input with the cotangent for a kernel; batches and input features exchange their roles, so groups of the one
// become groups of the other.
func (c convolution) kernelCotangent(ct, input *ir.Value) *ir.Value {
	a, b := c.a, c.b
	in, out := c.spatial()
	s := a.sliding(c.kernel.Shape)
	high := make([]int, len(in))
	for d, n := range in {
		high[d] = dilated(out[d], s.stride[d]) - dilated(n, s.baseDilation[d]) + dilated(s.size[d], s.windowDilation[d]) - s.low[d] - 1
	}
	kernel := Conv(b, input, ct, ConvAttrs{
		InputBatch: a.InputFeature, InputFeature: a.InputBatch, InputSpatial: a.InputSpatial,
		KernelInput: a.OutputBatch, KernelOutput: a.OutputFeature, KernelSpatial: a.OutputSpatial,
		OutputBatch: a.KernelInput, OutputFeature: a.KernelOutput, OutputSpatial: a.KernelSpatial,
		Strides: a.KernelDilation, PadLow: a.PadLow, PadHigh: high, InputDilation: a.InputDilation, KernelDilation: a.Strides,
		FeatureGroups: a.BatchGroups, BatchGroups: a.FeatureGroups})
	var turned []int
	for i, r := range a.Reversal {
		if r {
			turned = append(turned, a.KernelSpatial[i])
		}
	}
	if len(turned) == 0 {
		return kernel
	}
	return Reverse(b, kernel, turned...)
}

// regroup takes the groups, which are the slow part of one dimension, over into another one as its slow part.
func regroup(b *ir.Builder, x *ir.Value, from, to, groups int) *ir.Value {
	if groups == 1 {
		return x
	}
	shape := slices.Clone(x.Type.Shape)
	shape[from] /= groups
	split := slices.Insert(slices.Clone(shape), from, groups)
	at := to // of dimension to in split
	if to > from {
		at++
	}
	shape[to] *= groups
	return Reshape(b, MoveAxis(b, Reshape(b, x, split), from, beforeMoved(from, at)), shape)
}

// beforeMoved is the place at which an axis from some place must be inserted to stand before the axis that is now at to.
func beforeMoved(from, to int) int {
	if from < to {
		return to - 1
	}
	return to
}

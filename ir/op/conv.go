package op

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	ir.Register(ir.Row{ID: ConvID, Name: "conv", Class: ir.ClassContract, Arity: 2, Attrs: ConvAttrs{}, Accepts: dtype.Numeric,
		HLO: "stablehlo.convolution", Types: convTypes, Eval: convEval, Domain: ir.Domain{Make: convSample}})
}

// ConvAttrs are the attributes of StableHLO's convolution: which dimension of the input, of the kernel and of the output is what,
// and for each spatial dimension how the kernel moves over the input (see ReduceWindowAttrs). Reversal turns the kernel around.
// With groups of features, group g of the output features reads group g of the input features only. With groups of batches, group
// g of the output features reads group g of the batch, and the output has the batch of one group.
type ConvAttrs struct {
	InputBatch, InputFeature   int
	InputSpatial               []int
	KernelInput, KernelOutput  int
	KernelSpatial              []int
	OutputBatch, OutputFeature int
	OutputSpatial              []int

	Strides, PadLow, PadHigh      []int
	InputDilation, KernelDilation []int
	Reversal                      []bool
	FeatureGroups, BatchGroups    int
}

// Conv is the convolution (strictly, the correlation) of input and kernel, of one numeric type. Each output element starts at
// zero and takes one multiply-add as in Dot for each kernel place that lies on an input element, the places in row-major
// order of the window, and at each place the input features in order. f16 and bf16 accumulate in f32 and round once.
// Lists that are nil and groups that are 0 stand for their defaults.
func Conv(b *ir.Builder, input, kernel *ir.Value, attrs ConvAttrs) *ir.Value {
	n := len(attrs.InputSpatial)
	attrs.Strides, attrs.InputDilation, attrs.KernelDilation = listOr(attrs.Strides, 1, n), listOr(attrs.InputDilation, 1, n), listOr(attrs.KernelDilation, 1, n)
	attrs.PadLow, attrs.PadHigh = listOr(attrs.PadLow, 0, n), listOr(attrs.PadHigh, 0, n)
	if attrs.Reversal == nil {
		attrs.Reversal = make([]bool, n)
	}
	if attrs.FeatureGroups == 0 {
		attrs.FeatureGroups = 1
	}
	if attrs.BatchGroups == 0 {
		attrs.BatchGroups = 1
	}
	return b.Emit1(ConvID, attrs, input, kernel)
}

// sliding describes the moves of a kernel of this shape.
func (a ConvAttrs) sliding(kernel []int) sliding {
	return sliding{pick(kernel, a.KernelSpatial), a.Strides, a.InputDilation, a.KernelDilation, a.PadLow, a.PadHigh}
}

func convTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, input, kernel := attrs.(ConvAttrs), in[0], in[1]
	if err := firstError(wantDType(0, input, dtype.Numeric), a.checkDims(input, kernel)); err != nil {
		return nil, err
	}
	s := a.sliding(kernel.Shape)
	if err := firstError(s.check(len(a.InputSpatial)), a.checkGroups(input.Shape, kernel.Shape)); err != nil {
		return nil, err
	}
	shape := make([]int, input.Rank())
	shape[a.OutputBatch] = input.Shape[a.InputBatch] / a.BatchGroups
	shape[a.OutputFeature] = kernel.Shape[a.KernelOutput]
	for i, n := range s.positions(pick(input.Shape, a.InputSpatial)) {
		shape[a.OutputSpatial[i]] = n
	}
	return oneType(input.WithShape(shape...))
}

// checkDims checks the types of the operands and that each dimension is named once.
func (a ConvAttrs) checkDims(input, kernel ir.Type) error {
	if kernel.DType != input.DType {
		return ir.Mismatch("kernel", kernel.String(), "elements of type "+input.DType.String()+" as in the input")
	}
	if kernel.Rank() != input.Rank() {
		return ir.Mismatch("kernel", kernel.String(), fmt.Sprintf("rank %d as the input %s", input.Rank(), input))
	}
	for _, l := range []struct {
		name string
		dims []int
	}{
		{"input dimensions", append([]int{a.InputBatch, a.InputFeature}, a.InputSpatial...)},
		{"kernel dimensions", append([]int{a.KernelInput, a.KernelOutput}, a.KernelSpatial...)},
		{"output dimensions", append([]int{a.OutputBatch, a.OutputFeature}, a.OutputSpatial...)},
	} {
		if len(l.dims) != input.Rank() {
			return ir.Mismatch(l.name, fmt.Sprint(l.dims), fmt.Sprintf("the %d dimensions of %s", input.Rank(), input))
		}
		if err := checkDims(l.name, l.dims, input.Rank()); err != nil {
			return err
		}
	}
	if len(a.Reversal) != len(a.InputSpatial) {
		return ir.Mismatch("reversal", fmt.Sprint(a.Reversal), count(len(a.InputSpatial), "flag", "flags"))
	}
	return nil
}

func (a ConvAttrs) checkGroups(input, kernel []int) error {
	batch, features, out := input[a.InputBatch], input[a.InputFeature], kernel[a.KernelOutput]
	switch f, b := a.FeatureGroups, a.BatchGroups; {
	case f < 1:
		return ir.Mismatch("feature_groups", fmt.Sprint(f), "1 or more")
	case b < 1:
		return ir.Mismatch("batch_groups", fmt.Sprint(b), "1 or more")
	case f > 1 && b > 1:
		return ir.Mismatch("groups", fmt.Sprintf("%d of features and %d of batches", f, b), "1 of the one or of the other")
	case features%f != 0 || kernel[a.KernelInput] != features/f:
		return ir.Mismatch("kernel", fmt.Sprintf("%d input features", kernel[a.KernelInput]), fmt.Sprintf("the %d features of the input over %d groups", features, f))
	case out%f != 0 || out%b != 0:
		return ir.Mismatch("kernel", fmt.Sprintf("%d output features", out), fmt.Sprintf("a multiple of the %d groups", max(f, b)))
	case batch%b != 0:
		return ir.Mismatch("input", fmt.Sprintf("batch of %d", batch), fmt.Sprintf("a multiple of the %d groups", b))
	}
	return nil
}

func convEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	t := n.Result().Type
	wide := accumulator(t.DType)
	out := zeros(t.WithDType(wide))
	n.Attrs.(ConvAttrs).run(in[0].AsType(wide), in[1].AsType(wide), out)
	return oneTensor(out.AsType(t.DType))
}

// run adds up every product into out.
func (a ConvAttrs) run(input, kernel, out *tensor.Tensor) {
	add := mulAdds[out.DType()](input, kernel, out)
	is, ks := tensor.Strides(input.Shape()), tensor.Strides(kernel.Shape())
	s := a.sliding(kernel.Shape())
	spatial, spatialStrides := pick(input.Shape(), a.InputSpatial), pick(is, a.InputSpatial)
	features := kernel.Dim(a.KernelInput)
	perFeatureGroup := max(out.Dim(a.OutputFeature)/a.FeatureGroups, 1)
	perBatchGroup := max(out.Dim(a.OutputFeature)/a.BatchGroups, 1)
	for flat, o := range tensor.Indices(out.Shape()) {
		feature := o[a.OutputFeature]
		batch := feature/perBatchGroup*out.Dim(a.OutputBatch) + o[a.OutputBatch]
		inputBase := batch*is[a.InputBatch] + feature/perFeatureGroup*features*is[a.InputFeature]
		kernelBase := feature * ks[a.KernelOutput]
		_ = s.visit(spatial, spatialStrides, pick(o, a.OutputSpatial), func(k []int, at int) error {
			place := kernelBase + a.kernelOffset(k, s.size, ks)
			for f := range features {
				add(inputBase+at+f*is[a.InputFeature], place+f*ks[a.KernelInput], flat)
			}
			return nil
		})
	}
}

// kernelOffset is the position of window place k in the kernel, turned around where Reversal says.
func (a ConvAttrs) kernelOffset(k, size, strides []int) int {
	offset := 0
	for i, d := range a.KernelSpatial {
		place := k[i]
		if a.Reversal[i] {
			place = size[i] - 1 - place
		}
		offset += place * strides[d]
	}
	return offset
}

// convSample draws up to two spatial dimensions, shuffled dimension numbers, and groups of features or of batches.
func convSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	rank := 2 + r.IntN(3)
	a := ConvAttrs{FeatureGroups: 1, BatchGroups: 1}
	switch r.IntN(3) {
	case 0:
		a.FeatureGroups = 2
	case 1:
		a.BatchGroups = 2
	}
	deal := func() (first, second int, rest []int) { p := r.Perm(rank); return p[0], p[1], p[2:] }
	a.InputBatch, a.InputFeature, a.InputSpatial = deal()
	a.KernelInput, a.KernelOutput, a.KernelSpatial = deal()
	a.OutputBatch, a.OutputFeature, a.OutputSpatial = deal()
	s := slidingSample(r, rank-2, size)
	a.Strides, a.InputDilation, a.KernelDilation, a.PadLow, a.PadHigh = s.stride, s.baseDilation, s.windowDilation, s.low, s.high
	features := r.IntN(3)
	input, kernel := make([]int, rank), make([]int, rank)
	input[a.InputBatch], input[a.InputFeature] = a.BatchGroups*(1+r.IntN(2)), a.FeatureGroups*features
	kernel[a.KernelInput], kernel[a.KernelOutput] = features, a.FeatureGroups*a.BatchGroups*(1+r.IntN(2))
	for i := range rank - 2 {
		a.Reversal = append(a.Reversal, r.IntN(2) == 0)
		input[a.InputSpatial[i]], kernel[a.KernelSpatial[i]] = r.IntN(min(size, 5)+1), s.size[i]
	}
	return ir.Sample{Attrs: a, Inputs: []*tensor.Tensor{sampleTensor(r, dt, input...), sampleTensor(r, dt, kernel...)}}
}

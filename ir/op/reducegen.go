package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	ir.Register(ir.Row{ID: ReduceID, Name: "reduce", Class: ir.ClassReduce, Arity: -1, Attrs: ReduceAttrs{}, Regions: 1, Accepts: dtype.Any,
		HLO: "stablehlo.reduce", Types: reduceTypes, Eval: reduceEval, Domain: ir.Domain{Make: reduceSample}})
	ir.Register(ir.Row{ID: ReduceWindowID, Name: "reduce_window", Class: ir.ClassReduce, Arity: -1, Attrs: ReduceWindowAttrs{}, Regions: -1,
		Accepts: dtype.Any, HLO: "stablehlo.reduce_window", Types: reduceWindowTypes, Eval: reduceWindowEval, Domain: ir.Domain{Make: reduceWindowSample}})
}

// ReduceWindowAttrs are the attributes of StableHLO's reduce_window, one number for each dimension of the operands. Elements lie
// BaseDilation apart, after PadLow empty places and before PadHigh; a window has Window places, WindowDilation apart; windows begin Strides apart.
// Negative padding cuts off. Empty places take no part in the fold.
type ReduceWindowAttrs struct {
	Window         []int
	Strides        []int
	BaseDilation   []int
	WindowDilation []int
	PadLow         []int
	PadHigh        []int
	Combine        Combine
}

// Reduce folds operands of one shape over axes with a region (accs..., xs...) -> accs... on scalars, one element after the other
// in row-major order, from inits (scalars) on. The results have the element types of inits.
func Reduce(b *ir.Builder, operands, inits []*ir.Value, axes []int, region *ir.Graph) []*ir.Value {
	return b.Emit(ReduceID, ReduceAttrs{Axes: slices.Sorted(slices.Values(axes))}, []*ir.Graph{region}, slices.Concat(operands, inits)...)
}

// ReduceWindow folds each window of x, one element after the other in row-major order, from init (scalar) on. Lists that are nil
// stand for 1 in Strides and dilations and 0 in paddings.
func ReduceWindow(b *ir.Builder, x, init *ir.Value, attrs ReduceWindowAttrs) *ir.Value {
	return b.Emit(ReduceWindowID, attrs.filled(x.Type.Rank()), nil, x, init)[0]
}

// ReduceWindowRegion is ReduceWindow for several operands of one shape and a region (accs..., xs...) -> accs... on scalars.
func ReduceWindowRegion(b *ir.Builder, operands, inits []*ir.Value, attrs ReduceWindowAttrs, region *ir.Graph) []*ir.Value {
	attrs.Combine = CombineRegion
	if len(operands) > 0 {
		attrs = attrs.filled(operands[0].Type.Rank())
	}
	return b.Emit(ReduceWindowID, attrs, []*ir.Graph{region}, slices.Concat(operands, inits)...)
}

// filled replaces nil lists by their defaults.
func (a ReduceWindowAttrs) filled(rank int) ReduceWindowAttrs {
	a.Strides, a.BaseDilation, a.WindowDilation = listOr(a.Strides, 1, rank), listOr(a.BaseDilation, 1, rank), listOr(a.WindowDilation, 1, rank)
	a.PadLow, a.PadHigh = listOr(a.PadLow, 0, rank), listOr(a.PadHigh, 0, rank)
	return a
}

// listOr returns list, or n times value if it is nil.
func listOr(list []int, value, n int) []int {
	if list != nil {
		return list
	}
	return slices.Repeat([]int{value}, n)
}

func (a ReduceWindowAttrs) sliding() sliding {
	return sliding{a.Window, a.Strides, a.BaseDilation, a.WindowDilation, a.PadLow, a.PadHigh}
}

// checkFold checks operands of one shape and scalar inits, and returns both.
func checkFold(in []ir.Type) (operands, inits []ir.Type, err error) {
	if len(in) == 0 || len(in)%2 != 0 {
		return nil, nil, ir.Mismatch("operands", fmt.Sprint(len(in)), "arrays and one initial value for each")
	}
	operands, inits = in[:len(in)/2], in[len(in)/2:]
	for i := range operands {
		if !slices.Equal(operands[i].Shape, operands[0].Shape) {
			return nil, nil, ir.Mismatch(operand(i), operands[i].String(), "the shape of operand 0, "+operands[0].String())
		}
		if inits[i].Rank() != 0 {
			return nil, nil, ir.Mismatch(fmt.Sprintf("init %d", i), inits[i].String(), "a scalar")
		}
	}
	return operands, inits, nil
}

// checkFoldRegion wants a region (accs..., xs...) -> accs...
func checkFoldRegion(region *ir.Graph, operands, inits []ir.Type) error {
	return checkSignature("region", region, concatTypes(inits, scalarTypes(operands)), inits)
}

func reduceTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	operands, inits, err := checkFold(in)
	if err != nil {
		return nil, err
	}
	axes := attrs.(ReduceAttrs).Axes
	if err := firstError(wantAxes("axes", axes, operands[0].Rank()), checkFoldRegion(regions[0], operands, inits)); err != nil {
		return nil, err
	}
	out := make([]ir.Type, len(inits))
	for i, t := range inits {
		out[i] = dropAxes(operands[i], axes).WithDType(t.DType)
	}
	return out, nil
}

func reduceEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	operands, inits := in[:len(in)/2], in[len(in)/2:]
	shape, axes := operands[0].Shape(), n.Attrs.(ReduceAttrs).Axes
	line := offsetsAlong(shape, axes)
	out := emptyResults(n)
	for i, first := range offsetsAlong(shape, otherDims(len(shape), axes)) {
		accs := inits
		for _, offset := range line {
			var err error
			if accs, err = foldStep(ev, n.Regions[0], accs, operands, first+offset); err != nil {
				return nil, err
			}
		}
		storeElements(out, i, accs)
	}
	return out, nil
}

// emptyResults returns zeros for each result of n.
func emptyResults(n *ir.Node) []*tensor.Tensor {
	out := make([]*tensor.Tensor, len(n.Results))
	for i, r := range n.Results {
		out[i] = zeros(r.Type)
	}
	return out
}

// storeElements stores one scalar in each tensor.
func storeElements(ts []*tensor.Tensor, at int, scalars []*tensor.Tensor) {
	for i, t := range ts {
		setElement(t, at, scalars[i])
	}
}

// foldStep runs the region on the accumulators and one element of each operand.
func foldStep(ev *ir.Eval, region *ir.Graph, accs, operands []*tensor.Tensor, at int) ([]*tensor.Tensor, error) {
	args := slices.Clone(accs)
	for _, x := range operands {
		args = append(args, element(x, at))
	}
	return ev.Run(region, args)
}

func reduceWindowTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	a := attrs.(ReduceWindowAttrs)
	operands, inits, err := checkFold(in)
	if err != nil {
		return nil, err
	}
	if err := a.sliding().check(operands[0].Rank()); err != nil {
		return nil, err
	}
	if err := checkWindowFold(a.Combine, regions, operands, inits); err != nil {
		return nil, err
	}
	out := make([]ir.Type, len(inits))
	for i, t := range inits {
		out[i] = t.WithShape(a.sliding().positions(operands[0].Shape)...)
	}
	return out, nil
}

// checkWindowFold wants a region for any operands, or one operand that is combined with an initial value of its type.
func checkWindowFold(c Combine, regions []*ir.Graph, operands, inits []ir.Type) error {
	if c == CombineRegion {
		if err := checkRegions(len(regions), 1, c); err != nil {
			return err
		}
		return checkFoldRegion(regions[0], operands, inits)
	}
	if len(operands) != 1 {
		return ir.Mismatch("operands", fmt.Sprint(len(operands)), fmt.Sprintf("1 with combine %q", c))
	}
	if inits[0].DType != operands[0].DType {
		return ir.Mismatch("init 0", inits[0].String(), ir.T(operands[0].DType).String())
	}
	return checkCombine(c, operands[0].DType, regions, CombineAdd, CombineMul, CombineMin, CombineMax, CombineRegion)
}

func reduceWindowEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a := n.Attrs.(ReduceWindowAttrs)
	operands, inits := in[:len(in)/2], in[len(in)/2:]
	shape := operands[0].Shape()
	strides, out := tensor.Strides(shape), emptyResults(n)
	var combine step
	if a.Combine != CombineRegion {
		combine = newStep(ev, a.Combine, nil, out[0], operands[0])
	}
	for i, w := range tensor.Indices(out[0].Shape()) {
		storeElements(out, i, inits)
		accs := inits
		err := a.sliding().visit(shape, strides, w, func(_ []int, at int) (err error) {
			if combine != nil {
				return combine(i, at)
			}
			if accs, err = foldStep(ev, n.Regions[0], accs, operands, at); err == nil {
				storeElements(out, i, accs)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// foldSample draws one or two operands of one shape, initial values, and a region of sums and products (it mixes the operands).
func foldSample(r *ir.Rand, dt dtype.DType, shape []int) (region *ir.Graph, in []*tensor.Tensor) {
	one := ir.T(dt)
	if r.IntN(2) == 0 {
		return binaryRegion(AddID, one), []*tensor.Tensor{sampleTensor(r, dt, shape...), sampleTensor(r, dt)}
	}
	b := ir.NewBuilder("fold")
	p := b.Params([]ir.Type{one, one, one, one})
	region = b.Build(Add(b, p[0], p[2]), Add(b, Mul(b, p[2], p[3]), p[1]))
	return region, []*tensor.Tensor{sampleTensor(r, dt, shape...), sampleTensor(r, dt, shape...), sampleTensor(r, dt), sampleTensor(r, dt)}
}

func reduceSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, min(size, 4))
	region, in := foldSample(r, dt, shape)
	var axes []int
	for axis := range shape {
		if r.IntN(2) == 0 {
			axes = append(axes, axis)
		}
	}
	return ir.Sample{Attrs: ReduceAttrs{Axes: axes}, Regions: []*ir.Graph{region}, Inputs: in}
}

// slidingSample draws windows for a rank.
func slidingSample(r *ir.Rand, rank, size int) (s sliding) {
	for range rank {
		s.size = append(s.size, 1+r.IntN(min(size, 3)+1))
		s.stride = append(s.stride, 1+r.IntN(3))
		s.baseDilation = append(s.baseDilation, 1+r.IntN(2))
		s.windowDilation = append(s.windowDilation, 1+r.IntN(2))
		s.low = append(s.low, r.IntN(4)-1)
		s.high = append(s.high, r.IntN(4)-1)
	}
	return s
}

func reduceWindowSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, min(size, 5))
	s := slidingSample(r, len(shape), size)
	a := ReduceWindowAttrs{s.size, s.stride, s.baseDilation, s.windowDilation, s.low, s.high, CombineRegion}
	region, in := foldSample(r, dt, shape)
	if ways := []Combine{CombineAdd, CombineMul, CombineMin, CombineMax}; len(in) == 2 && r.IntN(4) > 0 {
		a.Combine = ways[r.IntN(4)]
		if dt.IsComplex() {
			a.Combine = ways[r.IntN(2)]
		}
		return ir.Sample{Attrs: a, Inputs: in}
	}
	return ir.Sample{Attrs: a, Regions: []*ir.Graph{region}, Inputs: in}
}

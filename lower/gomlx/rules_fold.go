package gomlx

import (
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// reduceOps are the folds of windows.
var reduceOps = map[op.Combine]backends.ReduceOpType{
	op.CombineAdd: backends.ReduceOpSum, op.CombineMul: backends.ReduceOpProduct, op.CombineMax: backends.ReduceOpMax, op.CombineMin: backends.ReduceOpMin,
}

var folds = map[ir.OpID]func(b *builder, n *ir.Node, in []*graph.Node) *graph.Node{
	op.ReduceSumID: reduce(graph.ReduceSum, graph.ReduceLogicalOr), op.ReduceProdID: reduce(graph.ReduceMultiply, graph.ReduceLogicalAnd),
	op.ReduceMaxID: reduce(graph.ReduceMax, graph.ReduceLogicalOr), op.ReduceMinID: reduce(graph.ReduceMin, graph.ReduceLogicalAnd),
	op.ReduceAndID: reduce(graph.ReduceBitwiseAnd, graph.ReduceLogicalAnd), op.ReduceOrID: reduce(graph.ReduceBitwiseOr, graph.ReduceLogicalOr),
	op.ReduceXorID: reduce(graph.ReduceBitwiseXor, graph.ReduceLogicalXor),
	op.ArgMaxID:    arg(graph.ArgMax), op.ArgMinID: arg(graph.ArgMin),
	op.CumSumID: cumulative(op.CombineAdd), op.CumProdID: cumulative(op.CombineMul), op.CumMaxID: cumulative(op.CombineMax), op.CumMinID: cumulative(op.CombineMin),
	op.ReduceWindowID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		a := n.Attrs.(op.ReduceWindowAttrs)
		padding := make([][2]int, len(a.Window))
		for i := range padding {
			padding[i] = [2]int{a.PadLow[i], a.PadHigh[i]}
		}
		y := wide(func(x *graph.Node) *graph.Node {
			return graph.BackendReduceWindow(x, reduceOps[a.Combine], a.Window, a.Strides, a.BaseDilation, a.WindowDilation, padding)
		})(in[0])
		f := map[op.Combine]func(x, y *graph.Node) *graph.Node{op.CombineAdd: graph.Add, op.CombineMul: graph.Mul, op.CombineMax: graph.Max, op.CombineMin: graph.Min}
		return f[a.Combine](y, graph.BroadcastToDims(in[1], y.Shape().Dimensions...))
	},
	op.DotID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		a := n.Attrs.(op.DotAttrs)
		return graph.DotGeneral(in[0], a.LhsContract, a.LhsBatch, in[1], a.RhsContract, a.RhsBatch)
	},
	op.ConvID: conv,
}

// reduce folds axes; to gomlx none means all.
func reduce(numbers, bools func(x *graph.Node, axes ...int) *graph.Node) func(*builder, *ir.Node, []*graph.Node) *graph.Node {
	return func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		axes := n.Attrs.(op.ReduceAttrs).Axes
		switch {
		case len(axes) == 0:
			return in[0]
		case in[0].DType() == dtypes.Bool:
			return bools(in[0], axes...)
		}
		return wide(func(x *graph.Node) *graph.Node { return numbers(x, axes...) })(in[0])
	}
}

func arg(f func(x *graph.Node, axis int, dt ...dtypes.DType) *graph.Node) func(*builder, *ir.Node, []*graph.Node) *graph.Node {
	return func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		a, x := n.Attrs.(op.ArgAttrs), in[0]
		if x.DType() == dtypes.Bool {
			x = convert(x, dtypes.Uint8)
		}
		return f(x, a.Axis, elementTypes[a.DType])
	}
}

// cumulative folds a window as long as the axis.
func cumulative(c op.Combine) func(*builder, *ir.Node, []*graph.Node) *graph.Node {
	return func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		a, x := n.Attrs.(op.CumAttrs), in[0]
		size := x.Shape().Dimensions[a.Axis]
		ones := slices.Repeat([]int{1}, x.Rank())
		window, padding := slices.Clone(ones), make([][2]int, x.Rank())
		window[a.Axis], padding[a.Axis] = size, [2]int{size - 1, 0}
		if a.Reverse {
			padding[a.Axis] = [2]int{0, size - 1}
		}
		return wide(func(x *graph.Node) *graph.Node {
			return graph.BackendReduceWindow(x, reduceOps[c], window, ones, ones, ones, padding)
		})(x)
	}
}

func conv(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
	a := n.Attrs.(op.ConvAttrs)
	axes := graph.ConvolveAxesConfig{
		InputBatch: a.InputBatch, InputChannels: a.InputFeature, InputSpatial: a.InputSpatial,
		KernelInputChannels: a.KernelInput, KernelOutputChannels: a.KernelOutput, KernelSpatial: a.KernelSpatial,
		OutputBatch: a.OutputBatch, OutputChannels: a.OutputFeature, OutputSpatial: a.OutputSpatial,
	}
	padding := make([][2]int, len(a.PadLow))
	for i := range padding {
		padding[i] = [2]int{a.PadLow[i], a.PadHigh[i]}
	}
	return graph.ConvGeneral(in[0], in[1], axes, a.Strides, padding, a.InputDilation, a.KernelDilation, a.FeatureGroups, a.BatchGroups)
}

// neutral is an array like x of the element that changes nothing.
func (b *builder) neutral(c op.Combine, x *graph.Node) *graph.Node {
	if c == op.CombineAdd {
		return graph.ZerosLike(x)
	}
	value := x.DType().LowestValue()
	if c == op.CombineMin {
		value = x.DType().HighestValue()
	}
	return graph.BroadcastToDims(graph.Const(b.g, value), x.Shape().Dimensions...)
}

package gomlx

import (
	"errors"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

var movement = map[ir.OpID]func(b *builder, n *ir.Node, in []*graph.Node) *graph.Node{
	op.ConstID: func(b *builder, n *ir.Node, _ []*graph.Node) *graph.Node {
		return b.constant(n.Attrs.(ir.ConstAttrs).Value)
	},
	op.IotaID: func(b *builder, n *ir.Node, _ []*graph.Node) *graph.Node {
		shape, _ := ShapeOf(n.Results[0].Type)
		return graph.Iota(b.g, shape, n.Attrs.(op.IotaAttrs).Dim)
	},
	op.BroadcastID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		a := n.Attrs.(op.BroadcastAttrs)
		shape := slices.Repeat([]int{1}, len(a.Shape))
		for i, dim := range a.Dims {
			shape[dim] = in[0].Shape().Dimensions[i]
		}
		return graph.BroadcastToDims(graph.Reshape(in[0], shape...), a.Shape...)
	},
	op.ReshapeID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		return graph.Reshape(in[0], n.Results[0].Type.Shape...)
	},
	op.TransposeID: transpose,
	op.SliceID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		a, x := n.Attrs.(op.SliceAttrs), in[0]
		for axis := range a.Start {
			stride := 1
			if a.Stride != nil {
				stride = a.Stride[axis]
			}
			x = slice(x, axis, a.Start[axis], a.Limit[axis], stride)
		}
		return x
	},
	op.ConcatenateID: func(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		return concatenate(in, n.Attrs.(op.ConcatenateAttrs).Dim)
	},
	op.PadID: pad,
	op.ReverseID: func(b *builder, n *ir.Node, in []*graph.Node) *graph.Node {
		x := in[0]
		for _, axis := range n.Attrs.(op.ReverseAttrs).Dims {
			size := x.Shape().Dimensions[axis]
			order := make([]int32, size)
			for i := range order {
				order[i] = int32(size - 1 - i)
			}
			x = take(x, b.constant(tensor.Of(order...)), axis)
		}
		return x
	},
}

func (b *builder) constant(t *tensor.Tensor) *graph.Node {
	x, err := ToTensor(t)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return graph.ConstTensor(b.g, x)
}

func transpose(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
	if in[0].Rank() < 2 {
		return in[0]
	}
	return graph.TransposeAllAxes(in[0], n.Attrs.(op.TransposeAttrs).Perm...)
}

func slice(x *graph.Node, axis, start, limit, stride int) *graph.Node {
	if start == 0 && limit == x.Shape().Dimensions[axis] && stride == 1 {
		return x
	}
	return graph.SliceAxis(x, axis, graph.AxisRange(start, limit).Stride(stride))
}

func concatenate(xs []*graph.Node, axis int) *graph.Node {
	if len(xs) == 1 {
		return xs[0]
	}
	return graph.Concatenate(xs, axis)
}

// pad puts the value between elements, then around them, by concatenation: gomlx's backend in Go has no pad. Negative paddings crop last.
func pad(_ *builder, n *ir.Node, in []*graph.Node) *graph.Node {
	a, x, value := n.Attrs.(op.PadAttrs), in[0], in[1]
	fill := func(x *graph.Node, axis, size int) *graph.Node {
		shape := slices.Clone(x.Shape().Dimensions)
		shape[axis] = size
		return graph.BroadcastToDims(value, shape...)
	}
	for axis := range a.Low {
		size := x.Shape().Dimensions[axis]
		if gap := a.Interior[axis]; gap > 0 && size > 1 {
			x = graph.Reshape(x, slices.Insert(slices.Clone(x.Shape().Dimensions), axis+1, 1)...)
			x = graph.Concatenate([]*graph.Node{x, fill(x, axis+1, gap)}, axis+1)
			shape := slices.Delete(slices.Clone(x.Shape().Dimensions), axis+1, axis+2)
			shape[axis] = size * (gap + 1)
			x = slice(graph.Reshape(x, shape...), axis, 0, shape[axis]-gap, 1)
		}
		var parts []*graph.Node
		if a.Low[axis] > 0 {
			parts = append(parts, fill(x, axis, a.Low[axis]))
		}
		parts = append(parts, x)
		if a.High[axis] > 0 {
			parts = append(parts, fill(x, axis, a.High[axis]))
		}
		x = concatenate(parts, axis)
		x = slice(x, axis, max(-a.Low[axis], 0), x.Shape().Dimensions[axis]-max(-a.High[axis], 0), 1)
	}
	return x
}

// attributeChecks refuse nodes for what stands in their attributes or types.
var attributeChecks = map[ir.OpID]func(n *ir.Node) error{
	op.IotaID: func(n *ir.Node) error {
		if n.Results[0].Type.DType.IsComplex() {
			return errors.New("gomlx's iota has no complex numbers")
		}
		return nil
	},
	op.CompareID: func(n *ir.Node) error {
		if n.Attrs.(op.CompareAttrs).Total && !elementTypes[n.Inputs[0].Type.DType].IsInt() {
			return errors.New("gomlx's backend in Go has no total order")
		}
		return nil
	},
	op.ScatterID: checkScatter,
	op.ConvertID: func(n *ir.Node) error {
		if n.Results[0].Type.DType.IsComplex() || n.Inputs[0].Type.DType.IsComplex() {
			return errors.New("gomlx's backend in Go has no complex numbers")
		}
		return nil
	},
	op.ConvID: func(n *ir.Node) error {
		if len(n.Attrs.(op.ConvAttrs).InputSpatial) == 0 {
			return errors.New("gomlx's convolution wants a spatial dimension; use a product")
		}
		if slices.Contains(n.Attrs.(op.ConvAttrs).Reversal, true) {
			return errors.New("gomlx's convolution does not reverse kernels")
		}
		return nil
	},
	op.ReduceWindowID: func(n *ir.Node) error {
		if len(n.Regions) > 0 || reduceOps[n.Attrs.(op.ReduceWindowAttrs).Combine] == 0 {
			return errors.New("gomlx folds windows by sums, products and extremes only")
		}
		if elementTypes[n.Inputs[0].Type.DType] == dtypes.Bool {
			return errors.New("gomlx folds windows of numbers only")
		}
		if a := n.Attrs.(op.ReduceWindowAttrs); slices.Min(append(slices.Concat(a.PadLow, a.PadHigh), 0)) < 0 {
			return errors.New("gomlx's windows have no negative padding")
		}
		return nil
	},
}

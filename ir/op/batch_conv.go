package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
)

func init() {
	batching(map[ir.OpID]ir.BatchRule{ConvID: convBatch, ReduceWindowID: reduceWindowBatch, ReduceID: reduceRegionBatch})
}

// convBatch: lanes of the input are more batches, lanes of the kernel more output features, and lanes of both groups of features.
// Groups stay the slowest part of their dimension.
func convBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	a, input, kernel := n.Attrs.(ConvAttrs), in[0], in[1]
	groups := max(a.FeatureGroups, a.BatchGroups)
	switch {
	case size == 0:
		return nil, nil
	case axes[1] < 0:
		input = mergeLanes(b, MoveAxis(b, input, axes[0], 0), a.InputBatch, a.BatchGroups)
		return oneInFront(splitLanes(b, Conv(b, input, kernel, a), a.OutputBatch, 1, size))
	case axes[0] < 0:
		kernel = mergeLanes(b, MoveAxis(b, kernel, axes[1], 0), a.KernelOutput, groups)
		return oneInFront(splitLanes(b, Conv(b, input, kernel, a), a.OutputFeature, groups, size))
	case a.BatchGroups > 1:
		return nil, nil
	}
	input = mergeLanes(b, MoveAxis(b, input, axes[0], 0), a.InputFeature, 1)
	kernel = mergeLanes(b, MoveAxis(b, kernel, axes[1], 0), a.KernelOutput, 1)
	a.FeatureGroups *= size
	return oneInFront(splitLanes(b, Conv(b, input, kernel, a), a.OutputFeature, 1, size))
}

// mergeLanes puts the lanes in front of x into dimension dim (of x without lanes), behind its groups.
func mergeLanes(b *ir.Builder, x *ir.Value, dim, groups int) *ir.Value {
	size := x.Type.Shape[0]
	shape := slices.Clone(x.Type.Shape[1:])
	split := slices.Replace(slices.Clone(x.Type.Shape), dim+1, dim+2, groups, shape[dim]/groups)
	shape[dim] *= size
	return Reshape(b, MoveAxis(b, Reshape(b, x, split), 0, dim+1), shape)
}

// splitLanes is the inverse: it takes the lanes out of dimension dim to the front.
func splitLanes(b *ir.Builder, x *ir.Value, dim, groups, size int) *ir.Value {
	shape := slices.Clone(x.Type.Shape)
	own := shape[dim] / max(size, 1)
	split := slices.Replace(slices.Clone(shape), dim, dim+1, groups, size, own/groups)
	shape[dim] = own
	return Reshape(b, MoveAxis(b, Reshape(b, x, split), dim+1, 0), slices.Insert(shape, 0, size))
}

// reduceWindowBatch has windows of one lane.
func reduceWindowBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	k := len(in) / 2
	if anyLanes(axes[k:]) {
		return nil, nil
	}
	a := n.Attrs.(ReduceWindowAttrs)
	a.Window, a.Strides, a.BaseDilation, a.WindowDilation = with(a.Window, 0, 1), with(a.Strides, 0, 1), with(a.BaseDilation, 0, 1), with(a.WindowDilation, 0, 1)
	a.PadLow, a.PadHigh = with(a.PadLow, 0, 0), with(a.PadHigh, 0, 0)
	return inFront(b.Emit(n.Op, a, n.Regions, slices.Concat(allLanes(b, in[:k], axes[:k], size), in[k:])...))
}

func reduceRegionBatch(b *ir.Builder, n *ir.Node, in []*ir.Value, axes []int, size int) ([]*ir.Value, []int) {
	k := len(in) / 2
	if anyLanes(axes[k:]) {
		return nil, nil
	}
	folded := beside(0, n.Attrs.(ReduceAttrs).Axes)
	return inFront(b.Emit(n.Op, ReduceAttrs{Axes: folded}, n.Regions, slices.Concat(allLanes(b, in[:k], axes[:k], size), in[k:])...))
}

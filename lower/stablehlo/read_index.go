package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// indexRules are the operations that read and write at computed places.
var indexRules = map[string]readRule{
	"stablehlo.gather":               readGather,
	"stablehlo.scatter":              readScatter,
	"stablehlo.dynamic_slice":        readDynamicSlice,
	"stablehlo.dynamic_update_slice": readDynamicUpdateSlice,
}

func readGather(s *site) []*ir.Value {
	s.operands(2)
	return one(s.gather(s.ints("slice_sizes")))
}

// gather reads gather and dynamic_gather, which have the window's extents from different places.
func (s *site) gather(sizes []int) *ir.Value {
	f := s.fields("dimension_numbers")
	return op.Gather(s.b, s.in[0], s.in[1], op.GatherAttrs{
		OffsetDims:               f.ints("offset_dims"),
		CollapsedSliceDims:       f.ints("collapsed_slice_dims"),
		OperandBatchingDims:      f.ints("operand_batching_dims"),
		StartIndicesBatchingDims: f.ints("start_indices_batching_dims"),
		StartIndexMap:            f.ints("start_index_map"),
		IndexVectorDim:           f.int("index_vector_dim", 0),
		SliceSizes:               sizes,
		IndicesAreSorted:         s.boolOr("indices_are_sorted", false),
	})
}

func readScatter(s *site) []*ir.Value {
	n := len(s.in) / 2
	if n == 0 || len(s.in)%2 == 0 {
		s.fail("operands", fmt.Sprint(len(s.in)), "arrays, indices, and updates for each array")
	}
	f := s.fields("scatter_dimension_numbers")
	a := op.ScatterAttrs{
		UpdateWindowDims:           f.ints("update_window_dims"),
		InsertedWindowDims:         f.ints("inserted_window_dims"),
		InputBatchingDims:          f.ints("input_batching_dims"),
		ScatterIndicesBatchingDims: f.ints("scatter_indices_batching_dims"),
		ScatterDimsToOperandDims:   f.ints("scatter_dims_to_operand_dims"),
		IndexVectorDim:             f.int("index_vector_dim", 0),
		IndicesAreSorted:           s.boolOr("indices_are_sorted", false),
		UniqueIndices:              s.boolOr("unique_indices", false),
	}
	region := s.scalarRegion(0, 2*n, n)
	xs, updates := slices.Clone(s.in[:n]), slices.Clone(s.in[n+1:])
	for i := range n {
		acc := region.Params[i].Type
		xs[i] = s.promote(fmt.Sprintf("operand %d", i), xs[i], acc)
		updates[i] = s.promote(fmt.Sprintf("update %d", i), updates[i], acc)
	}
	if n > 1 {
		return op.ScatterMany(s.b, xs, s.in[n], updates, a, region)
	}
	if a.Combine = op.CombineOf(region); a.Combine != op.CombineRegion {
		region = nil
	}
	return one(op.Scatter(s.b, xs[0], s.in[n], updates[0], a, region))
}

func readDynamicSlice(s *site) []*ir.Value {
	s.atLeast(1)
	return one(op.DynamicSlice(s.b, s.in[0], s.ints("slice_sizes"), s.in[1:]...))
}

func readDynamicUpdateSlice(s *site) []*ir.Value {
	s.atLeast(2)
	return one(op.DynamicUpdateSlice(s.b, s.in[0], s.in[1], s.in[2:]...))
}

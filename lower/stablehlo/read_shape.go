package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// shapeRules are the operations that move elements without computing.
var shapeRules = map[string]readRule{
	"stablehlo.broadcast_in_dim": func(s *site) []*ir.Value {
		s.operands(1)
		return one(s.broadcast(s.in[0], s.ints("broadcast_dimensions"), s.declared(0).Shape))
	},
	"stablehlo.broadcast": readBroadcast,
	"stablehlo.reshape": func(s *site) []*ir.Value {
		s.operands(1)
		return one(op.Reshape(s.b, s.in[0], s.declared(0).Shape))
	},
	"stablehlo.transpose": func(s *site) []*ir.Value {
		s.operands(1)
		return one(op.Transpose(s.b, s.in[0], s.ints("permutation")))
	},
	"stablehlo.slice": func(s *site) []*ir.Value {
		s.operands(1)
		return one(op.Slice(s.b, s.in[0], s.ints("start_indices"), s.ints("limit_indices"), s.ints("strides")))
	},
	"stablehlo.pad": func(s *site) []*ir.Value {
		s.operands(2)
		return one(op.Pad(s.b, s.in[0], s.in[1], s.ints("edge_padding_low"), s.ints("edge_padding_high"), s.ints("interior_padding")))
	},
	"stablehlo.concatenate": readConcatenate,
	"stablehlo.reverse":     readReverse,
	"stablehlo.iota":        readIota,
}

// broadcast is op.Broadcast for dimensions in any order.
func (s *site) broadcast(x *ir.Value, dims, shape []int) *ir.Value {
	if len(dims) == x.Type.Rank() && !slices.IsSorted(dims) {
		perm := make([]int, len(dims))
		for i := range perm {
			perm[i] = i
		}
		slices.SortFunc(perm, func(i, j int) int { return dims[i] - dims[j] })
		x, dims = op.Transpose(s.b, x, perm), slices.Sorted(slices.Values(dims))
	}
	return op.Broadcast(s.b, x, dims, shape)
}

// readBroadcast reads the old operation that adds dimensions in front.
func readBroadcast(s *site) []*ir.Value {
	s.operands(1)
	x, sizes := s.in[0], s.ints("broadcast_sizes")
	dims := make([]int, x.Type.Rank())
	for i := range dims {
		dims[i] = len(sizes) + i
	}
	return one(op.Broadcast(s.b, x, dims, slices.Concat(sizes, x.Type.Shape)))
}

func readConcatenate(s *site) []*ir.Value {
	s.atLeast(1)
	if len(s.in) == 1 && s.int("dimension") < s.in[0].Type.Rank() && s.int("dimension") >= 0 {
		return s.in
	}
	return one(op.Concatenate(s.b, s.int("dimension"), s.in...))
}

func readReverse(s *site) []*ir.Value {
	s.operands(1)
	dims := s.ints("dimensions")
	if len(dims) == 0 {
		return s.in
	}
	return one(op.Reverse(s.b, s.in[0], dims...))
}

func readIota(s *site) []*ir.Value {
	s.operands(0)
	t, dim := s.declared(0), s.int("iota_dimension")
	if dim < 0 || dim >= t.Rank() {
		s.fail("iota_dimension", fmt.Sprint(dim), fmt.Sprintf("a dimension of %s", t))
	}
	return one(s.converted(op.Iota(s.b, t.DType.Wide(), t.Shape, dim), t.DType))
}

package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// readRaggedDot reads chlo.ragged_dot, a product in which one dimension of lhs falls into groups of given sizes. It becomes a product
// with lhs repeated for each group, zero outside of the group:
//
//	ragged dimension of lhs   result
//	free                      each group is multiplied by its own part of rhs: the group is contracted as well
//	contracted                one product for each group, which comes first in the result
//	batch                     the plain product
func readRaggedDot(s *site) []*ir.Value {
	s.operands(3)
	f := s.fields("ragged_dot_dimension_numbers")
	a := op.DotAttrs{
		LhsBatch:    f.ints("lhs_batching_dimensions"),
		RhsBatch:    f.ints("rhs_batching_dimensions"),
		LhsContract: f.ints("lhs_contracting_dimensions"),
		RhsContract: f.ints("rhs_contracting_dimensions"),
	}
	ragged, group := f.ints("lhs_ragged_dimensions"), f.ints("rhs_group_dimensions")
	lhs, sizes := s.in[0].Type, s.in[2].Type
	if len(ragged) != 1 || ragged[0] < 0 || ragged[0] >= lhs.Rank() {
		s.fail("lhs_ragged_dimensions", fmt.Sprint(ragged), fmt.Sprintf("one dimension of %s", lhs))
	}
	if !sizes.DType.IsInt() || sizes.Rank() == 0 {
		s.fail("operand 2", sizes.String(), "a vector of integers, the sizes of groups")
	}
	if sizes.Rank() > 1 {
		s.unsupported("sizes of groups that differ along a batch: " + sizes.String())
	}
	switch r := ragged[0]; {
	case slices.Contains(a.LhsBatch, r):
		s.groupDims(group, 0)
	case slices.Contains(a.LhsContract, r):
		s.groupDims(group, 0)
		s.in[0] = s.groups(s.in[0], r)
		a.LhsBatch, a.LhsContract = behindGroup(a.LhsBatch), behindGroup(a.LhsContract)
		out := s.product(func(x, y *ir.Value) *ir.Value { return op.Dot(s.b, x, y, a) })
		return one(op.MoveAxis(s.b, out, len(a.LhsBatch), 0))
	default:
		s.groupDims(group, 1)
		if rhs := s.in[1].Type; group[0] < 0 || group[0] >= rhs.Rank() || rhs.Shape[group[0]] != sizes.Shape[0] {
			s.fail("rhs_group_dimensions", fmt.Sprintf("%v of %s", group, rhs), fmt.Sprintf("a dimension of extent %d, the number of groups", sizes.Shape[0]))
		}
		s.in[0] = s.groups(s.in[0], r)
		a.LhsBatch = behindGroup(a.LhsBatch)
		a.LhsContract, a.RhsContract = append([]int{0}, behindGroup(a.LhsContract)...), append(slices.Clone(group), a.RhsContract...)
	}
	return one(s.product(func(x, y *ir.Value) *ir.Value { return op.Dot(s.b, x, y, a) }))
}

func (s *site) groupDims(group []int, want int) {
	if len(group) != want {
		s.fail("rhs_group_dimensions", fmt.Sprint(group), fmt.Sprintf("%d dimensions", want))
	}
}

// behindGroup shifts dimensions by the one of groups in front.
func behindGroup(dims []int) []int {
	out := make([]int, len(dims))
	for i, d := range dims {
		out[i] = d + 1
	}
	return out
}

// groups repeats x for each group, with zeros where dimension ragged is not in the group.
func (s *site) groups(x *ir.Value, ragged int) *ir.Value {
	sizes := s.converted(s.in[2], dtype.Int64)
	ends := op.CumSum(s.b, sizes, 0, false)
	starts := op.Sub(s.b, ends, sizes)
	n, m := sizes.Type.Shape[0], x.Type.Shape[ragged]
	table := []int{n, m}
	at := op.Iota(s.b, dtype.Int64, table, 1)
	inside := op.And(s.b,
		op.Ge(s.b, at, op.Broadcast(s.b, starts, []int{0}, table)),
		op.Lt(s.b, at, op.Broadcast(s.b, ends, []int{0}, table)))
	shape := append([]int{n}, x.Type.Shape...)
	all := op.Broadcast(s.b, x, behindGroup(identity(x.Type.Rank())), shape)
	return op.Select(s.b, op.Broadcast(s.b, inside, []int{0, ragged + 1}, shape), all, op.ZerosLike(s.b, all))
}

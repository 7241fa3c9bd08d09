package stablehlo

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// collectiveRules are the operations between devices. A program runs on one device here, so each group of devices is this one alone.
var collectiveRules = map[string]readRule{
	"stablehlo.partition_id": readDeviceID,
	"stablehlo.replica_id":   readDeviceID,
	"stablehlo.all_gather": func(s *site) []*ir.Value {
		s.alone()
		s.dimension("all_gather_dim")
		return s.in
	},
	"stablehlo.all_reduce": readAllReduce,
	"stablehlo.all_to_all": func(s *site) []*ir.Value {
		s.alone()
		s.dimension("split_dimension")
		s.dimension("concat_dimension")
		if n := s.int("split_count"); n != 1 {
			s.fail("split_count", fmt.Sprint(n), "1, the size of the group")
		}
		return s.in
	},
	"stablehlo.reduce_scatter": func(s *site) []*ir.Value {
		s.dimension("scatter_dimension")
		return readAllReduce(s)
	},
	"stablehlo.collective_reduce": readAllReduce,
	"stablehlo.collective_broadcast": func(s *site) []*ir.Value {
		s.alone()
		return s.in
	},
	"stablehlo.collective_permute": readPermute,
	"stablehlo.after_all":          readToken,
	"stablehlo.create_token":       readToken,
}

func readDeviceID(s *site) []*ir.Value {
	s.operands(0)
	return one(op.ScalarInt(s.b, dtype.Uint32, 0))
}

// readToken makes a token: programs run in order anyway.
func readToken(s *site) []*ir.Value {
	for i, v := range s.in {
		if !v.Type.Equal(tokenType) {
			s.fail(fmt.Sprintf("operand %d", i), v.Type.String(), "a token")
		}
	}
	return one(op.Full(s.b, tokenType, 0))
}

// alone refuses groups of several devices.
func (s *site) alone() {
	s.atLeast(1)
	groups, ok := s.attr("replica_groups").(*syntax.Dense)
	if !ok {
		s.unsupported("groups by axes of a mesh")
	}
	if len(groups.Type.Shape) != 2 {
		s.fail("replica_groups", groups.Type.String(), "a matrix: groups of devices")
	}
	seen := map[int]bool{}
	for _, id := range s.ints("replica_groups") {
		if id >= 0 && seen[id] {
			s.fail("replica_groups", fmt.Sprint(s.ints("replica_groups")), "each device once")
		}
		seen[id] = true
	}
	if !seen[0] && groups.Type.Shape[0] > 0 && groups.Type.Shape[1] > 0 {
		s.fail("replica_groups", fmt.Sprint(s.ints("replica_groups")), "all devices from 0 on")
	}
	if len(seen) > 1 || groups.Type.Shape[1] > 1 {
		s.unsupported("groups of several devices")
	}
}

// dimension checks that an attribute is a dimension of the first operand.
func (s *site) dimension(name string) {
	s.atLeast(1)
	if d := s.int(name); d < 0 || d >= s.in[0].Type.Rank() {
		s.fail(name, fmt.Sprint(d), fmt.Sprintf("a dimension of %s", s.in[0].Type))
	}
}

// readAllReduce checks the computation, which one device does not run.
func readAllReduce(s *site) []*ir.Value {
	s.alone()
	region := s.scalarRegion(0, 2, 1)
	out := make([]*ir.Value, len(s.in))
	for i, v := range s.in {
		out[i] = s.promote(fmt.Sprintf("operand %d", i), v, region.Params[0].Type)
	}
	return out
}

// readPermute returns the operand if this device sends it to itself, else zeros.
func readPermute(s *site) []*ir.Value {
	s.operands(1)
	if t := s.dense("source_target_pairs").Type; len(t.Shape) != 2 || t.Shape[1] != 2 {
		s.fail("source_target_pairs", t.String(), "a matrix of two columns")
	}
	pairs := s.ints("source_target_pairs")
	sources, targets := map[int]bool{}, map[int]bool{}
	several := false
	for i := 0; i < len(pairs); i += 2 {
		from, to := pairs[i], pairs[i+1]
		if from < 0 || to < 0 || sources[from] || targets[to] {
			s.fail("source_target_pairs", fmt.Sprint(pairs), "each source and each target once")
		}
		sources[from], targets[to] = true, true
		several = several || from > 0 || to > 0
	}
	switch {
	case several:
		s.unsupported("pairs of several devices")
	case len(pairs) > 0:
		return s.in
	}
	return one(op.ZerosLike(s.b, s.in[0]))
}
